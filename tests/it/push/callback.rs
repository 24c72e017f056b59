//! The transport callback-polling (JSONP), and what no transport takes.

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use support::{
    HttpClient, PUSH, Transport, connect, disconnect, handshake, in_both_ways, subscribe,
};

/// Sends messages as the parameters of a script's address.
async fn ask(client: &HttpClient, callback: &str, messages: &[&str]) -> Response {
    let messages = messages.iter().map(|message| ("message", *message));
    let query = form_urlencoded::Serializer::new(format!("{PUSH}?jsonp={callback}"))
        .extend_pairs(messages)
        .finish();
    client.send(Method::GET, &query, "", String::new()).await
}

/// The messages with which the script calls `f`.
async fn received(client: &HttpClient, messages: Value) -> Value {
    let response = ask(client, "f", &[&messages.to_string()]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript;charset=UTF-8");
    let script = response.text().await.unwrap();
    let argument = script.strip_prefix("f(").and_then(|tail| tail.strip_suffix(')'));
    serde_json::from_str(argument.unwrap()).unwrap()
}

#[tokio::test]
async fn a_session_lives_in_scripts_and_its_events_come_with_connects() {
    let gws = FakeGws::start();
    gws.allow("bayeux-topic");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let shaken = received(&client, json!([handshake()])).await;
    let id = shaken[0]["clientId"].as_str().unwrap().to_owned();
    received(&client, json!([connect(&id)])).await;
    received(&client, json!([subscribe(&id, "/chat")])).await;
    let publish = json!([{ "channel": "/chat", "clientId": id, "data": "ü" }]);
    let reply = json!([{ "channel": "/chat", "successful": true }]);
    assert_eq!(received(&client, publish).await, reply);
    let event = received(&client, json!([connect(&id)])).await;
    assert_eq!(event[0], json!({ "channel": "/chat", "data": "ü" }));
    let held = {
        let (client, id) = (client.clone(), id.clone());
        tokio::spawn(async move { received(&client, json!([connect(&id)])).await })
    };
    gws.supervisor().connect_held().await;
    received(&client, json!([disconnect(&id)])).await;
    assert_eq!(held.await.unwrap()[0]["advice"], json!({ "reconnect": "none" }));
}

async fn several_parameters_are_one_batch(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id =
        received(&client, json!([handshake()])).await[0]["clientId"].as_str().unwrap().to_owned();
    let [a, b] =
        ["/v2/me/calls", "/v2/me/chats"].map(|channel| subscribe(&id, channel).to_string());
    let script = ask(&client, "f", &[&a, "", &b]).await.text().await.unwrap();
    assert_eq!(script.matches("\"successful\":true").count(), 2, "{script}");
}

async fn a_session_stays_with_its_transport(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-transport");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    assert_eq!(received(&client, json!([connect(&id)])).await[0]["error"], "402::Unknown client");
}

async fn a_request_that_no_transport_accepts_is_answered_with_an_error_page(transport: Transport) {
    for (query, rule) in [
        ("", "bayeux-method"),
        ("?message=%5B%5D", "bayeux-method"),
        ("?jsonp=alert(1)&message=%5B%5D", "bayeux-callback"),
        (&format!("?jsonp={}&message=%5B%5D", "f".repeat(65)), "bayeux-callback"),
        ("?jsonp=&message=%5B%5D", "bayeux-callback"),
    ] {
        let gws = transport.start();
        gws.expect_violation(rule);
        let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
        let path = format!("{PUSH}{query}");
        let response = client.send(Method::GET, &path, "", String::new()).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html;charset=iso-8859-1", "{query}");
        let page = response.text().await.unwrap();
        assert!(page.contains("Unknown Bayeux Transport"), "{query}: {page}");
    }
}

async fn a_script_without_messages_is_refused_as_its_like_are(transport: Transport) {
    for (messages, status, rule) in [
        (&[][..], 500, Some("bayeux-callback")),
        (&[""][..], 200, None),
        (&["", ""][..], 500, Some("bayeux-body")),
        (&["[]"][..], 500, Some("bayeux-body")),
        (&["[{\"channel\":"][..], 400, Some("bayeux-body")),
        (&["42"][..], 400, Some("bayeux-body")),
    ] {
        let gws = transport.start();
        rule.into_iter().for_each(|rule| gws.expect_violation(rule));
        let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
        let response = ask(&client, &"f".repeat(64), messages).await;
        assert_eq!(response.status(), status, "{messages:?}");
        assert_eq!(response.text().await.unwrap(), "", "{messages:?}");
    }
}

/// The product looks at the charset of a body, and at nothing else of its type.
#[tokio::test]
async fn a_body_is_json_in_its_charset_whatever_its_type_says() {
    for (kind, body, status, rule) in [
        (
            "application/json;charset=UTF-8",
            &b"{\"channel\":\"/\xc3\xbc\"}"[..],
            500,
            Some("bayeux-message"),
        ),
        ("text/plain", &b"[{\"channel\":\"/meta/handshake\"}]"[..], 200, None),
        (
            "application/json; charset=ISO-8859-1",
            &b"[{\"channel\":\"/meta/handshake\",\"x\":\"\xfc\"}]"[..],
            200,
            None,
        ),
        (
            "application/json",
            &b"[{\"channel\":\"/meta/handshake\",\"x\":\"\xfc\"}]"[..],
            400,
            Some("bayeux-body"),
        ),
        ("application/json; charset=klingon", &b"[]"[..], 500, Some("bayeux-body")),
        ("application/x-www-form-urlencoded", &b"message=%5B%5D"[..], 400, Some("bayeux-body")),
    ] {
        let gws = FakeGws::start();
        rule.into_iter().for_each(|rule| gws.expect_violation(rule));
        let user = fixtures::SUPERVISOR;
        let request = reqwest::Client::new().post(format!("{}{PUSH}", gws.url()));
        let request = request.basic_auth(user.user_name, Some(user.password));
        let response = request.header(CONTENT_TYPE, kind).body(body).send().await.unwrap();
        assert_eq!(response.status(), status, "{kind}");
    }
}

in_both_ways!(
    several_parameters_are_one_batch,
    a_session_stays_with_its_transport,
    a_request_that_no_transport_accepts_is_answered_with_an_error_page,
    a_script_without_messages_is_refused_as_its_like_are
);
