//! CORS: what a browser is told, on both sides.

use expect_test::{Expect, expect};
use gws_sms_fake::wiremock::matchers::path;
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, ORIGIN,
};
use reqwest::{Client, Method, Response};
use serde_json::json;

use support::{HttpClient, PUSH, connect, handshake, intrude_path, subscribe, taken};

const ME: &str = "/api/v2/me";
const PAGE: &str = "http://localhost:3000";

/// Those headers of an answer that are for browsers, each in a line.
fn for_browsers(headers: &HeaderMap) -> String {
    let name_and_value = |(name, value): (&reqwest::header::HeaderName, _)| {
        let value: &reqwest::header::HeaderValue = value;
        let value = value.to_str().unwrap();
        let wanted = name.as_str().starts_with("access-control-") || name == "vary";
        wanted.then(|| format!("{name}: {value}\n"))
    };
    let mut lines: Vec<String> = headers.iter().filter_map(name_and_value).collect();
    lines.sort();
    lines.concat()
}

/// What an answer that is no preflight's has for that page.
fn headers_for(page: &str) -> String {
    format!(
        "access-control-allow-credentials: true\n\
         access-control-allow-origin: {page}\n\
         access-control-expose-headers: x-csrf-header,x-csrf-token\n\
         vary: origin\n"
    )
}

fn browser(gws: &FakeGws) -> HttpClient {
    HttpClient::of(gws, fixtures::SUPERVISOR).with_header("Origin", PAGE)
}

/// A preflight as a browser sends it: without credentials and cookies.
async fn preflight(gws: &FakeGws, path: &str, page: &str, method: &str, headers: &str) -> Response {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(Method::OPTIONS, format!("{}{path}", gws.url()));
    let request = request.header(ORIGIN, page).header(ACCESS_CONTROL_REQUEST_METHOD, method);
    let request = match headers {
        "" => request,
        headers => request.header(ACCESS_CONTROL_REQUEST_HEADERS, headers),
    };
    request.send().await.unwrap()
}

/// Status, headers for browsers, body, and the report without its times and the place in this file.
async fn outcome(gws: &FakeGws, answer: Response) -> String {
    let status = answer.status().as_u16();
    let headers = for_browsers(answer.headers());
    let body = answer.text().await.unwrap();
    gws.verify();
    let report = gws.report();
    let (_, report) = report.split_once('\n').unwrap();
    let is_time = |word: &str| word == "ms" || word.starts_with('+');
    let timeless = |line: &str| {
        let words = line.split_whitespace().filter(|word| !is_time(word));
        words.collect::<Vec<_>>().join(" ") + "\n"
    };
    let report: String = report.trim().lines().map(timeless).collect();
    format!("{status} {body:?}\n{headers}{}", report.replace(gws.url(), "http://gws"))
}

async fn check(path: &str, page: &str, method: &str, headers: &str, expected: Expect) {
    let gws = FakeGws::start();
    let answer = preflight(&gws, path, page, method, headers).await;
    expected.assert_eq(&outcome(&gws, answer).await);
}

#[tokio::test]
async fn a_preflight_is_answered_without_credentials() {
    let headers = "authorization,content-type,x-csrf-token,x-requested-with";
    check(&intrude_path(), PAGE, "POST", headers, expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        - OPTIONS /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 200
    "#]]).await;
}

#[tokio::test]
async fn a_preflight_is_answered_on_the_push_side() {
    check(PUSH, PAGE, "POST", "content-type", expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        - OPTIONS /api/v2/notifications 200
    "#]]).await;
}

#[tokio::test]
async fn a_preflight_for_a_path_that_is_not_there_is_answered() {
    check("/nonsense", PAGE, "DELETE", "", expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        - OPTIONS /nonsense 200
    "#]]).await;
}

#[tokio::test]
async fn a_header_that_is_not_allowed_is_noted() {
    check(ME, PAGE, "GET", "x-foo, Authorization,x-bar", expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        notes, which fail no test:
        OPTIONS /api/v2/me
        header Access-Control-Request-Headers got x-foo, x-bar, want only x-requested-with, content-type, accept, origin, cookie, authorization, ssid, surl, contactcenterid, x-csrf-token; the browser will not send the request: leave out what GWS does not allow
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)

        - OPTIONS /api/v2/me 200 note cors
    "#]]).await;
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_noted() {
    check(ME, PAGE, "PATCH", "", expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        notes, which fail no test:
        OPTIONS /api/v2/me
        header Access-Control-Request-Method got PATCH, want one of GET, POST, PUT, DELETE, OPTIONS; the browser will not send the request: send it with a method that GWS allows
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)

        - OPTIONS /api/v2/me 200 note cors
    "#]]).await;
}

#[tokio::test]
async fn an_origin_that_is_not_allowed_is_noted() {
    check(ME, "https://desktop.example", "GET", "", expect![[r#"
        200 ""
        notes, which fail no test:
        OPTIONS /api/v2/me
        header Origin got https://desktop.example, want http or https on one of localhost, 127.0.0.1, [::1]; the browser will not send the request: builder().cors_origin(..) adds an origin
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)

        - OPTIONS /api/v2/me 200 note cors
    "#]]).await;
}

#[tokio::test]
async fn all_that_is_not_allowed_is_noted_with_all_that_is() {
    let gws = FakeGws::builder().cors_origin("https://desktop.example").start();
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(Method::OPTIONS, format!("{}{ME}", gws.url()));
    let request = request.header(HOST, "gws.test:8090").header(ORIGIN, "null");
    let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "patch");
    let answer = request.header(ACCESS_CONTROL_REQUEST_HEADERS, "x-foo").send().await.unwrap();
    expect![[r#"
        200 ""
        notes, which fail no test:
        OPTIONS /api/v2/me
        header Origin got null, want http or https on one of gws.test, localhost, 127.0.0.1, [::1], or https://desktop.example; the browser will not send the request: builder().cors_origin(..) adds an origin
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)
        OPTIONS /api/v2/me
        header Access-Control-Request-Method got patch, want one of GET, POST, PUT, DELETE, OPTIONS; the browser will not send the request: send it with a method that GWS allows
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)
        OPTIONS /api/v2/me
        header Access-Control-Request-Headers got x-foo, want only x-requested-with, content-type, accept, origin, cookie, authorization, ssid, surl, contactcenterid, x-csrf-token; the browser will not send the request: leave out what GWS does not allow
        rule cors: a page asks for what CORS allows: origin, method and header (documented: GWS 8.5.2 Dep/CSRFProtection)

        - OPTIONS /api/v2/me 200 note cors (3 times)
    "#]].assert_eq(&outcome(&gws, answer).await);
}

/// Fetch calls HEAD safelisted: a browser sends it whatever the list says.
#[tokio::test]
async fn head_needs_not_to_be_allowed() {
    check(ME, PAGE, "HEAD", "authorization", expect![[r#"
        200 ""
        access-control-allow-credentials: true
        access-control-allow-headers: x-requested-with,content-type,accept,origin,cookie,authorization,ssid,surl,contactcenterid,x-csrf-token
        access-control-allow-methods: GET,POST,PUT,DELETE,OPTIONS
        access-control-allow-origin: http://localhost:3000
        access-control-max-age: 120
        vary: origin
        - OPTIONS /api/v2/me 200
    "#]]).await;
}

#[tokio::test]
async fn a_preflight_is_no_mock_s() {
    let gws = FakeGws::start();
    gws.mount(Mock::given(path(ME)).respond_with(ResponseTemplate::new(500)));
    assert_eq!(preflight(&gws, ME, PAGE, "GET", "").await.status(), 200);
}

/// Which pages may read an answer that was sent to a host of that name.
async fn check_origin(gws: &FakeGws, host: &str, page: &str, allowed: bool) {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}{ME}", gws.url())).header(HOST, host).header(ORIGIN, page);
    let answer = request.basic_auth("s1", Some("password")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{page}");
    let expected = if allowed { headers_for(page) } else { String::new() };
    assert_eq!(for_browsers(answer.headers()), expected, "{page} at {host}");
}

#[tokio::test]
async fn pages_of_the_same_host_and_of_loopback_names_may_call() {
    let gws = FakeGws::start();
    for page in [
        "http://gws.test",
        "http://gws.test:3000",
        "https://gws.test:8443",
        "http://localhost",
        "https://localhost:5173",
        "http://127.0.0.1:4200",
        "http://[::1]:8080",
    ] {
        check_origin(&gws, "gws.test:8090", page, true).await;
    }
    for page in [
        "null",
        "http://desktop.example",
        "http://gws.test.example",
        "http://localhost.example",
        "http://127.0.0.2",
        "file://localhost",
        "nonsense",
        "",
    ] {
        check_origin(&gws, "gws.test:8090", page, false).await;
    }
}

#[tokio::test]
async fn a_setting_adds_an_origin() {
    let gws = FakeGws::builder()
        .cors_origin("https://desktop.example")
        .cors_origin("http://other.example:8080")
        .start();
    for (page, allowed) in [
        ("https://desktop.example", true),
        ("http://other.example:8080", true),
        ("http://localhost:3000", true),
        ("http://desktop.example", false),
        ("https://desktop.example:8443", false),
        ("http://other.example", false),
        ("https://sub.desktop.example", false),
    ] {
        check_origin(&gws, "gws.test", page, allowed).await;
    }
}

#[test]
fn a_setting_that_is_no_origin_is_refused_at_the_start() {
    for origin in [
        "",
        "*",
        "null",
        "desktop.example",
        "https://*.example",
        "https://desktop.example/",
        "https://desktop.example/page",
        "https://user@desktop.example",
        "https://desktop.example:443",
        "http://desktop.example:80",
        "ftp://desktop.example",
    ] {
        let error = FakeGws::builder().cors_origin(origin).try_start().unwrap_err().to_string();
        let want = "want an origin as a browser sends it, such as https://desktop.example: no path, no wildcard, and no port that is the usual one";
        assert_eq!(error, format!("cors_origin: got {origin:?}, {want}"));
    }
}

#[test]
fn no_setting_makes_a_refusal_of_a_note() {
    let error = FakeGws::builder().answer("cors", 3, 403).try_start().unwrap_err().to_string();
    assert_eq!(error, "answer of cors: this rule is not answered with GWS's envelope");
}

#[tokio::test]
async fn answers_and_refusals_of_both_sides_are_for_the_page() {
    let gws = FakeGws::start();
    for rule in ["credentials-missing", "path-unknown", "bayeux-body", "not-modelled"] {
        gws.expect_violation(rule);
    }
    let client = browser(&gws);
    let anonymous = HttpClient::anonymous(&gws).with_header("Origin", PAGE);
    for (client, method, path, body, status) in [
        (&anonymous, Method::GET, ME, "", 403),
        (&anonymous, Method::POST, PUSH, "[]", 403),
        (&client, Method::GET, ME, "", 200),
        (&client, Method::GET, "/nonsense", "", 404),
        (&client, Method::GET, "/api/v2/me/calls", "", 501),
        (&client, Method::POST, PUSH, "42", 400),
        (&client, Method::POST, PUSH, &json!([handshake()]).to_string(), 200),
    ] {
        let answer = client.send(method, path, "application/json", body.to_owned()).await;
        assert_eq!(answer.status(), status, "{path} {body}");
        assert_eq!(for_browsers(answer.headers()), headers_for(PAGE), "{path} {body}");
    }
}

#[tokio::test]
async fn a_held_connect_is_for_the_page() {
    let gws = FakeGws::start();
    let client = browser(&gws);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    client.bayeux(json!([connect(&id)])).await;
    let held = tokio::spawn({
        let (client, body) = (client.clone(), json!([connect(&id)]).to_string());
        async move { client.send(Method::POST, PUSH, "application/json", body).await }
    });
    gws.supervisor().connect_held().await;
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    assert_eq!(client.post(&intrude_path(), &body).await, taken());
    gws.supervisor().next_notification().await.delivered().await;
    assert_eq!(for_browsers(held.await.unwrap().headers()), headers_for(PAGE));
}

#[tokio::test]
async fn the_answer_of_a_mock_is_for_the_page() {
    let gws = FakeGws::start();
    gws.mount(Mock::given(path("/custom")).respond_with(ResponseTemplate::new(200)));
    let answer = browser(&gws).send(Method::GET, "/custom", "", String::new()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(for_browsers(answer.headers()), headers_for(PAGE));
}

#[tokio::test]
async fn a_client_that_is_no_page_is_sent_no_cors_headers() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let answer = client.send(Method::GET, ME, "", String::new()).await;
    assert_eq!(for_browsers(answer.headers()), "");
}

#[tokio::test]
async fn options_that_ask_nothing_are_no_preflight() {
    let gws = FakeGws::start();
    gws.expect_violation("not-modelled");
    for client in [HttpClient::anonymous(&gws), browser(&gws)] {
        let answer = client.send(Method::OPTIONS, ME, "", String::new()).await;
        assert_eq!(answer.status(), 501);
        assert_eq!(for_browsers(answer.headers()), "");
    }
    let client = HttpClient::anonymous(&gws).with_header("Access-Control-Request-Method", "GET");
    assert_eq!(client.send(Method::OPTIONS, ME, "", String::new()).await.status(), 501);
}

#[cfg(feature = "control")]
#[tokio::test]
async fn the_control_endpoint_is_for_no_page() {
    let gws = FakeGws::builder().control().start();
    let path = "/__fake/timeline";
    let answer = browser(&gws).send(Method::GET, path, "", String::new()).await;
    assert_eq!((answer.status().as_u16(), for_browsers(answer.headers())), (403, String::new()));
    let answer = preflight(&gws, path, PAGE, "GET", "").await;
    assert_eq!((answer.status().as_u16(), for_browsers(answer.headers())), (403, String::new()));
}
