//! The data that the program does not reveal.

use gws_sms_fake::FakeGws;
use gws_sms_fake_cli::exec::junit::of_verdicts;
use support::raw::RawConnection;

/// Basic credentials of `s1` with the password `shut-sesame-4711`.
const WRONG: &str = "czE6c2h1dC1zZXNhbWUtNDcxMQ==";

#[test]
fn a_junit_report_of_a_violation_has_no_secret_in_it() {
    let gws = FakeGws::start();
    let head = "GET /api/v2/me HTTP/1.1\r\nHost: z\r\nConnection: close\r\n";
    let request =
        format!("{head}Authorization: Basic {WRONG}\r\nCookie: JSESSIONID=session-4711\r\n\r\n");
    assert_eq!(RawConnection::open(&gws).exchange(request).status, 403);
    let junit = of_verdicts(&[gws.verdict("z")]).unwrap();
    assert!(junit.contains("credentials-wrong"), "{junit}");
    for secret in ["shut-sesame-4711", "session-4711", WRONG] {
        assert!(!junit.contains(secret), "{secret} in {junit}");
    }
    gws.allow("credentials-wrong");
}
