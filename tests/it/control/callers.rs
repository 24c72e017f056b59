//! Who may call the control endpoint. What a browser says of a page is looked at in full in `src/http/control/callers.rs`.

use gws_sms_fake::FakeGws;

use support::raw::RawConnection;

/// Status and body of the answer to a request with that header.
fn answer(gws: &FakeGws, request: &str, header: &str) -> (u16, String) {
    let request = format!("{request} HTTP/1.1\r\n{header}Content-Length: 0\r\n\r\n");
    let answer = RawConnection::open(gws).exchange(request);
    (answer.status, answer.text)
}

fn refused(want: &str, got: &str) -> (u16, String) {
    (403, format!(r#"{{"error":"/__fake/ answers {want} only; got {got}"}}"#))
}

#[test]
fn a_page_of_another_origin_changes_nothing_and_sees_nothing() {
    let gws = FakeGws::builder().control().start();
    let want = "programs, and pages of its own origin";
    for request in ["POST /__fake/backend-down", "GET /__fake/timeline", "OPTIONS /__fake/reset"] {
        let header = "Host: localhost:1\r\nOrigin: https://page.example\r\n";
        let expected = refused(want, "Origin: https://page.example");
        assert_eq!(answer(&gws, request, header), expected);
        let header = "Host: localhost:1\r\nSec-Fetch-Site: cross-site\r\n";
        assert_eq!(answer(&gws, request, header), refused(want, "Sec-Fetch-Site: cross-site"));
    }
    let up = gws.agent().is_offered_a_session();
    gws.agent().accepts(up.session());
}

#[test]
fn a_page_whose_name_was_made_to_lead_here_is_refused() {
    let gws = FakeGws::builder().control().start();
    let header = "Host: rebound.example:8090\r\nOrigin: http://rebound.example:8090\r\n";
    let want = "requests to 127.0.0.1, [::1] or localhost";
    let expected = refused(want, "Host: rebound.example:8090");
    assert_eq!(answer(&gws, "POST /__fake/reset", header), expected);
}

#[test]
fn a_page_of_its_own_origin_and_a_program_are_answered() {
    let gws = FakeGws::builder().control().start();
    let own = "Host: localhost:1\r\nOrigin: http://localhost:1\r\nSec-Fetch-Site: same-origin\r\n";
    for header in [own, "Host: localhost:1\r\n"] {
        assert_eq!(answer(&gws, "POST /__fake/reset", header), (200, "{}".to_owned()));
    }
}
