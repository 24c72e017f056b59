//! Pages of another site, to which a browser gives no cookie.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::json;

use support::{HttpClient, PUSH, connect, intrude_path, subscribe};

const PAGE: &str = "http://localhost:3000";
const CAUSE: &str = "got no cookie, from a page on http://localhost:3000 to 127.0.0.1, want ";
const ADVICE: &str = "; to a browser these are two sites, and it keeps and sends no cookie: use the same host name for both\n";

/// A browser that shows this page and keeps no cookie.
fn browser(gws: &FakeGws, page: &str) -> HttpClient {
    HttpClient::of(gws, fixtures::SUPERVISOR).with_header("Origin", page).without_cookies()
}

/// The page signs in, listens, and goes on although it is refused.
async fn is_refused_again_and_again(page: &HttpClient) {
    assert_eq!(page.get("/api/v2/me").await.status, 200);
    let without_credentials = page.without_credentials();
    for _ in 0..20 {
        let id = page.handshake().await;
        let refused = page.bayeux(json!([subscribe(&id, "/v2/me/smssessions")])).await;
        assert_eq!(refused[0]["error"], "402::Unknown client");
        page.bayeux(json!([connect(&id)])).await;
        assert_eq!(without_credentials.get("/api/v2/me").await.status, 403);
    }
}

#[tokio::test]
async fn a_page_on_another_name_of_the_machine_is_named_once_as_the_cause() {
    let gws = FakeGws::start();
    is_refused_again_and_again(&browser(&gws, PAGE)).await;
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.starts_with("contract broken: 1 violation in 81 requests "), "{report}");
    let (violations, notes) = report.split_once("notes, which fail no test:").unwrap();
    assert!(violations.contains(CAUSE) && violations.contains(ADVICE), "{report}");
    assert_eq!(report.matches(CAUSE).count(), 1, "{report}");
    // What follows from it is there, and in few words.
    let later = "a page on http://localhost:3000 has no cookie of 127.0.0.1, as was said before";
    assert!((1..=4).contains(&notes.matches(later).count()), "{report}");
    assert!(notes.contains("more like it, marked note below"), "{report}");
    gws.allow("bayeux-cookie");
    gws.verify();
}

#[tokio::test]
async fn a_page_that_the_browser_calls_cross_site_is_named_whatever_its_host() {
    let gws = FakeGws::builder().csrf_protection().cors_origin("http://desk.example").start();
    let page = browser(&gws, "http://desk.example").with_header("Sec-Fetch-Site", "cross-site");
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    page.post(&intrude_path(), &body).await;
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(
        report.contains("got no cookie, from a page on http://desk.example to 127.0.0.1, want "),
        "{report}"
    );
    assert!(report.contains(ADVICE), "{report}");
    gws.allow("csrf-token");
}

#[tokio::test]
async fn a_page_of_the_same_site_is_blamed_for_what_it_does() {
    let gws = FakeGws::start();
    for page in [
        browser(&gws, "http://127.0.0.1:3000"),
        browser(&gws, PAGE).with_header("Sec-Fetch-Site", "same-site"),
        browser(&gws, PAGE).with_header("Cookie", "JSESSIONID=none"),
    ] {
        page.post(PUSH, &json!([subscribe("none", "/v2/me/smssessions")])).await;
    }
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.starts_with("contract broken: 3 violations in 3 requests "), "{report}");
    assert!(!report.contains("from a page on"), "{report}");
    gws.allow("bayeux-client-unknown");
}
