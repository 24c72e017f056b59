use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, SET_COOKIE};
use serde_json::{Value, json};

use support::raw::{RawConnection, post_with};
use support::{HttpClient, PUSH, Transport, connect, handshake, in_both_ways, subscribe};

async fn answers_with_a_client_id_a_cookie_and_the_advice(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().cometd_timeout(Duration::from_secs(20)));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    client.get("/api/v2/me").await;
    let mut message = handshake();
    message["id"] = json!("1");
    let body = json!([message]).to_string();
    let response = client.send(Method::POST, PUSH, "application/json", body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json;charset=utf-8");
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("BAYEUX_BROWSER=") && cookie.ends_with("; Path=/; HttpOnly"));
    let mut reply: Value = response.json().await.unwrap();
    let client_id = reply[0]["clientId"].take();
    assert!(client_id.as_str().unwrap().len() >= 20);
    let expected = json!([{
        "channel": "/meta/handshake",
        "id": "1",
        "version": "1.0",
        "minimumVersion": "1.0",
        "clientId": null,
        "supportedConnectionTypes": ["long-polling", "callback-polling"],
        "advice": { "reconnect": "retry", "interval": 0, "timeout": 20_000 },
        "successful": true,
    }]);
    assert_eq!(reply, expected);
}

async fn sets_the_cookie_only_where_there_is_none(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let first = client.handshake().await;
    let body = json!([handshake()]).to_string();
    let second = client.send(Method::POST, PUSH, "application/json", body).await;
    assert!(!second.headers().contains_key(SET_COOKIE));
    // The first session stays.
    let reply = client.bayeux(json!([connect(&first)])).await;
    assert_eq!(reply[0]["successful"], true);
}

async fn is_taken_at_every_path_below_the_base_and_whatever_the_content_type(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for (below, kind) in [("/", ""), ("/handshake", "text/plain"), ("", "application/json")] {
        let path = format!("{PUSH}{below}");
        let body = handshake().to_string();
        let response = client.send(Method::POST, &path, kind, body).await;
        let reply: Value = response.json().await.unwrap();
        assert_eq!(reply[0]["successful"], true, "{path}");
    }
}

async fn is_taken_at_the_path_that_was_set(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().cometd_path("/genesys/cometd"));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let answer = client.post("/genesys/cometd/handshake", &json!([handshake()])).await;
    assert_eq!(answer.body[0]["successful"], true);
}

async fn in_company_is_answered_with_http_500(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-message");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let answer = client.post(PUSH, &json!([handshake(), subscribe("x", "/v2/me/*")])).await;
    assert_eq!((answer.status, answer.body), (500, json!("")));
}

#[tokio::test]
async fn a_websocket_is_refused_and_noted() {
    let gws = FakeGws::start();
    let request = reqwest::Client::new().get(format!("{}{PUSH}", gws.url()));
    let request = request.header("Upgrade", "websocket").header("Connection", "Upgrade");
    assert_eq!(request.send().await.unwrap().status(), 400);
    gws.verify();
    assert!(gws.report().contains("note bayeux-websocket"), "{}", gws.report());
}

/// As curl and the HTTP client of Java offer HTTP/2.
#[tokio::test]
async fn an_upgrade_to_something_else_is_passed_over() {
    let gws = FakeGws::start();
    let user = fixtures::SUPERVISOR;
    let request = reqwest::Client::new().post(format!("{}{PUSH}", gws.url()));
    let request = request.basic_auth(user.user_name, Some(user.password));
    let request = request.header("Upgrade", "h2c").header("Connection", "Upgrade");
    let reply: Value = request.json(&handshake()).send().await.unwrap().json().await.unwrap();
    assert_eq!(reply[0]["successful"], true);
}

async fn a_setting_overrides_the_pair_on_both_sides(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().answer("credentials-missing", 20, 401));
    gws.expect_violation("credentials-missing");
    let anonymous = HttpClient::anonymous(&gws);
    assert_eq!(anonymous.get("/api/v2/me").await.status, 401);
    assert_eq!(anonymous.post(PUSH, &json!([handshake()])).await.status, 401);
}

async fn a_body_that_is_no_bayeux_is_refused_with_its_status(transport: Transport) {
    for (method, body, status, rule) in [
        (Method::POST, "[{\"channel\":", 400, Some("bayeux-body")),
        (Method::POST, "42", 400, Some("bayeux-body")),
        (Method::POST, "[42]", 400, Some("bayeux-body")),
        (Method::POST, "[]", 500, Some("bayeux-body")),
        (Method::POST, "null", 200, None),
        (Method::POST, r#"[{"channel":"/a?b"}]"#, 500, Some("bayeux-message")),
        (Method::POST, r#"[{"channel":"/a","id":"ü"}]"#, 500, Some("bayeux-message")),
        (Method::POST, r#"[{"id":"1"}]"#, 500, Some("bayeux-message")),
        (Method::PUT, "[]", 400, Some("bayeux-method")),
        (Method::POST, "", 200, None),
        (Method::OPTIONS, "", 200, None),
    ] {
        let gws = transport.start();
        rule.into_iter().for_each(|rule| gws.expect_violation(rule));
        let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
        let response = client.send(method.clone(), PUSH, "application/json", body).await;
        assert_eq!(response.status(), status, "{method} {body}");
        assert!(response.headers().get(CONTENT_TYPE).is_none(), "{method} {body}");
        assert_eq!(response.text().await.unwrap(), "", "{method} {body}");
    }
}

/// A message that the product throws at, in a session that it knows.
async fn a_message_that_is_none_is_answered_with_http_500_and_the_connection_closed(
    transport: Transport,
) {
    for (message, rule) in [
        (json!({ "channel": "foo" }), "bayeux-message"),
        (json!({ "channel": "/a//b" }), "bayeux-message"),
        (json!({ "channel": "/meta/connect", "advice": { "timeout": "0" } }), "bayeux-advice"),
    ] {
        let gws = transport.start();
        gws.expect_violation(rule);
        let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
        let mut body = message.clone();
        body["clientId"] = json!(client.handshake().await);
        let body = body.to_string();
        let response = client.send(Method::POST, PUSH, "application/json", body).await;
        assert_eq!(response.status(), 500, "{message}");
        assert_eq!(response.headers()["connection"], "close", "{message}");
        assert_eq!(response.text().await.unwrap(), "", "{message}");
    }
}

async fn the_messages_of_one_request_are_of_one_session(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-batch");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let (first, second) = (client.handshake().await, client.handshake().await);
    let messages = [&first, &second].map(|id| subscribe(id, "/v2/me/smssessions"));
    let reply = client.bayeux(json!(messages)).await;
    assert_eq!(
        (&reply[0]["successful"], &reply[1]["error"]),
        (&json!(true), &json!("402::Unknown client"))
    );
}

/// As the Java client sends it.
#[test]
fn an_empty_cookie_header_is_as_none() {
    let gws = FakeGws::start();
    let body = json!([handshake()]).to_string();
    let fields = format!("Cookie:\r\nContent-Length: {}\r\n", body.len());
    let answer = RawConnection::open(&gws).exchange(post_with(PUSH, &fields, body));
    assert_eq!(answer.status, 200);
    assert!(answer.headers("set-cookie").any(|header| header.starts_with("BAYEUX_BROWSER=")));
}

in_both_ways!(
    answers_with_a_client_id_a_cookie_and_the_advice,
    sets_the_cookie_only_where_there_is_none,
    is_taken_at_every_path_below_the_base_and_whatever_the_content_type,
    is_taken_at_the_path_that_was_set,
    in_company_is_answered_with_http_500,
    a_setting_overrides_the_pair_on_both_sides,
    a_body_that_is_no_bayeux_is_refused_with_its_status,
    a_message_that_is_none_is_answered_with_http_500_and_the_connection_closed,
    the_messages_of_one_request_are_of_one_session
);
