use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{HttpClient, PUSH, Transport, connect, disconnect, in_both_ways, subscribe};

/// Sends one message of a new session, and compares the reply.
async fn check(
    transport: Transport,
    message: fn(&str) -> Value,
    expected: Value,
    rule: Option<&str>,
) {
    let gws = transport.start();
    rule.into_iter().for_each(|rule| gws.expect_violation(rule));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    assert_eq!(client.bayeux(json!([message(&id)])).await, json!([expected]));
}

fn unsubscribe(client: &str, subscription: Value) -> Value {
    json!({ "channel": "/meta/unsubscribe", "clientId": client, "subscription": subscription })
}

async fn echoes_the_subscription_as_it_was_given(transport: Transport) {
    let reply = json!({
        "channel": "/meta/subscribe",
        "subscription": "/v2/me/*",
        "successful": true,
    });
    check(transport, |id| subscribe(id, "/v2/me/*"), reply, None).await;
    let several = json!({
        "channel": "/meta/subscribe",
        "id": "77",
        "subscription": ["/v2/me/calls", "/v2/me/chats"],
        "successful": true,
    });
    let message = |id: &str| json!({ "channel": "/meta/subscribe", "id": 77, "clientId": id, "subscription": ["/v2/me/calls", "/v2/me/chats"] });
    check(transport, message, several, None).await;
}

async fn refuses_meta_channels(transport: Transport) {
    for (subscription, error) in [
        ("/meta/connect", "403:denied_by_security_policy:subscribe_denied"),
        ("/meta/**", "403:denied_by_security_policy:create_denied"),
    ] {
        let gws = transport.start();
        gws.expect_violation("bayeux-subscription");
        let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
        let id = client.handshake().await;
        let reply = client.bayeux(json!([subscribe(&id, subscription)])).await;
        let refused = json!([{
            "channel": "/meta/subscribe",
            "subscription": subscription,
            "error": error,
            "successful": false,
        }]);
        assert_eq!(reply, refused);
    }
}

async fn refuses_a_subscription_that_is_none(transport: Transport) {
    let missing = json!({
        "channel": "/meta/subscribe",
        "error": "403::subscription_missing",
        "successful": false,
    });
    let message = |id: &str| json!({ "channel": "/meta/subscribe", "clientId": id });
    check(transport, message, missing, Some("bayeux-subscription")).await;
    let invalid = json!({
        "channel": "/meta/subscribe",
        "subscription": 7,
        "error": "403::subscription_invalid",
        "successful": false,
    });
    let message =
        |id: &str| json!({ "channel": "/meta/subscribe", "clientId": id, "subscription": 7 });
    check(transport, message, invalid, Some("bayeux-subscription")).await;
}

async fn a_malformed_channel_is_answered_with_http_500(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-subscription");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    assert_eq!(client.post(PUSH, &json!([subscribe(&id, "/a/*/b")])).await.status, 500);
}

async fn unsubscribe_succeeds_for_a_channel_that_is_known(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-subscription");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/calls")])).await;
    for (channel, successful) in
        [("/v2/me/calls", true), ("/v2/me/calls", true), ("/never", false), ("/meta/**", false)]
    {
        let reply = client.bayeux(json!([unsubscribe(&id, json!(channel))])).await;
        assert_eq!(reply[0]["successful"], successful, "{channel}");
    }
}

async fn an_unknown_client_is_advised_to_handshake_on_connect_only(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-client-unknown");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for (message, advised) in [
        (connect("nosuchclient"), true),
        (connect("aaaaaaaéaaaaaaaa"), true),
        (subscribe("nosuchclient", "/a"), false),
        (unsubscribe("nosuchclient", json!("/a")), false),
        (disconnect("nosuchclient"), false),
        (json!({ "channel": "/a", "clientId": "nosuchclient", "data": {} }), false),
        (json!({ "channel": "/a", "data": {} }), false),
    ] {
        let mut reply = client.bayeux(json!([message])).await[0].take();
        let advice = reply.as_object_mut().unwrap().remove("advice");
        assert_eq!(advice, advised.then(|| json!({ "reconnect": "handshake", "interval": 0 })));
        assert_eq!(reply["error"], "402::Unknown client");
        assert_eq!(reply.get("subscription"), message.get("subscription"));
    }
}

async fn a_client_without_its_cookie_is_unknown(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-cookie");
    let id = HttpClient::of(&gws, fixtures::SUPERVISOR).handshake().await;
    let other_jar = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let reply = other_jar.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
}

async fn a_client_without_its_cookie_is_known_where_the_client_id_is_trusted(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().trust_client_session());
    let id = HttpClient::of(&gws, fixtures::SUPERVISOR).handshake().await;
    let other_jar = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(other_jar.bayeux(json!([connect(&id)])).await[0]["successful"], true);
}

async fn a_session_is_used_by_its_own_user_only(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().trust_client_session());
    gws.expect_violation("bayeux-user");
    let id = HttpClient::of(&gws, fixtures::SUPERVISOR).handshake().await;
    let reply = HttpClient::of(&gws, fixtures::AGENT).bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
}

async fn a_client_of_another_fake_is_unknown_and_counts_for_nobody(transport: Transport) {
    let other = transport.start();
    let id = HttpClient::of(&other, fixtures::SUPERVISOR).handshake().await;
    let gws = transport.start();
    let reply = HttpClient::of(&gws, fixtures::SUPERVISOR).bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    gws.verify();
    assert!(gws.report().contains("a client of an earlier fake"), "{}", gws.report());
}

/// What is told to who uses another's clientId is not told to the client.
async fn a_client_is_not_to_blame_for_who_uses_its_id(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("bayeux-user");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    // On the same connection, as behind a proxy.
    let other = client.with_credentials(fixtures::AGENT);
    let reply = other.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    let reply = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["successful"], true);
}

in_both_ways!(
    echoes_the_subscription_as_it_was_given,
    refuses_meta_channels,
    refuses_a_subscription_that_is_none,
    a_malformed_channel_is_answered_with_http_500,
    unsubscribe_succeeds_for_a_channel_that_is_known,
    an_unknown_client_is_advised_to_handshake_on_connect_only,
    a_client_without_its_cookie_is_unknown,
    a_client_without_its_cookie_is_known_where_the_client_id_is_trusted,
    a_session_is_used_by_its_own_user_only,
    a_client_of_another_fake_is_unknown_and_counts_for_nobody,
    a_client_is_not_to_blame_for_who_uses_its_id
);
