use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{
    Answer, HttpClient, PUSH, Served, TableFake, Transport, connect, disconnect, in_both_ways,
    intrude_path, subscribe, taken,
};

fn connected() -> Value {
    json!([{ "channel": "/meta/connect", "successful": true }])
}

/// A session that has connected for the first time.
async fn session(gws: &TableFake) -> (HttpClient, String) {
    let client = HttpClient::of(gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/smssessions")])).await;
    assert_eq!(client.bayeux(json!([connect(&id)])).await, connected());
    (client, id)
}

/// Sends a connect and waits until it is held.
async fn hold(gws: &TableFake, client: &HttpClient, id: &str) -> tokio::task::JoinHandle<Answer> {
    let (client, message) = (client.clone(), json!([connect(id)]));
    let held = tokio::spawn(async move { client.post(PUSH, &message).await });
    gws.connects_of("s1").held().await;
    held
}

async fn the_first_connect_is_answered_at_once_with_advice_when_it_carried_some(
    transport: Transport,
) {
    let gws = transport.start_with(FakeGws::builder().cometd_timeout(Duration::from_secs(20)));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let mut message = connect(&id);
    message["advice"] = json!({ "timeout": 0 });
    let expected = json!([{
        "channel": "/meta/connect",
        "advice": { "reconnect": "retry", "interval": 0, "timeout": 20_000 },
        "successful": true,
    }]);
    assert_eq!(client.bayeux(json!([message])).await, expected);
}

async fn a_held_one_is_answered_with_the_notification(transport: Transport) {
    let gws = transport.start();
    let (client, id) = session(&gws).await;
    let held = hold(&gws, &client, &id).await;
    assert_eq!(client.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await, taken());
    let answer = held.await.unwrap().body;
    assert_eq!(answer[0]["channel"], "/v2/me/smssessions");
    assert_eq!(answer[0]["data"]["smssession"]["state"], "Invited");
    assert_eq!(answer[1], connected()[0]);
    assert_eq!(answer.as_array().unwrap().len(), 2);
}

async fn events_from_between_two_connects_are_sent_at_once(transport: Transport) {
    let gws = transport.start();
    let (client, id) = session(&gws).await;
    client.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    let answer = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(answer.as_array().unwrap().len(), 2);
}

async fn in_a_batch_it_is_not_held(transport: Transport) {
    let gws = transport.start();
    let (client, id) = session(&gws).await;
    let answer = client.bayeux(json!([connect(&id), subscribe(&id, "/v2/me/calls")])).await;
    assert_eq!(answer[0], connected()[0]);
    assert_eq!(answer[1]["subscription"], "/v2/me/calls");
}

async fn a_held_one_delays_no_other_request(transport: Transport) {
    let gws = transport.start();
    let (client, id) = session(&gws).await;
    let held = hold(&gws, &client, &id).await;
    for _ in 0..100 {
        assert_eq!(client.get("/api/v2/me").await.status, 200);
    }
    client.bayeux(json!([disconnect(&id)])).await;
    held.await.unwrap();
}

async fn a_second_one_takes_the_place_of_the_first(transport: Transport) {
    let gws = transport.start();
    let (client, id) = session(&gws).await;
    let first = hold(&gws, &client, &id).await;
    let (other, message) = (client.clone(), json!([connect(&id)]));
    let second = tokio::spawn(async move { other.post(PUSH, &message).await });
    let superseded = first.await.unwrap();
    assert_eq!((superseded.status, superseded.body), (500, json!("")));
    gws.connects_of("s1").held().await;
    client.bayeux(json!([disconnect(&id)])).await;
    assert_eq!(second.await.unwrap().body[0]["advice"]["reconnect"], "none");
}

async fn a_connect_of_an_expired_client_is_unknown_and_the_timeline_says_why(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().cometd_max_interval(Duration::ZERO));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let reply = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    assert!(gws.report().contains("s1  CometD session expired"), "{}", gws.report());
}

async fn times_without_end_are_taken(transport: Transport) {
    let builder = FakeGws::builder().cometd_timeout(Duration::MAX).wait_timeout(Duration::MAX);
    let gws = transport.start_with(builder.cometd_max_interval(Duration::MAX));
    let (client, id) = session(&gws).await;
    let held = hold(&gws, &client, &id).await;
    client.bayeux(json!([disconnect(&id)])).await;
    assert_eq!(held.await.unwrap().status, 200);
}

async fn a_disconnect_ends_it_with_the_advice_not_to_come_again(transport: Transport) {
    let gws = transport.start();
    gws.allow("bayeux-after-disconnect");
    let (client, id) = session(&gws).await;
    let held = hold(&gws, &client, &id).await;
    let reply = client.bayeux(json!([disconnect(&id)])).await;
    assert_eq!(reply, json!([{ "channel": "/meta/disconnect", "successful": true }]));
    let expected = json!([{
        "channel": "/meta/connect",
        "advice": { "reconnect": "none" },
        "successful": true,
    }]);
    assert_eq!(held.await.unwrap(), Answer::of(200, expected));
    let late = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(late[0]["error"], "402::Unknown client");
}

async fn a_second_session_of_one_browser_is_advised_to_wait_and_that_is_noted(
    transport: Transport,
) {
    let gws = transport.start();
    let (client, first) = session(&gws).await;
    let second = client.handshake().await;
    client.bayeux(json!([connect(&second)])).await;
    let held = hold(&gws, &client, &first).await;
    let expected = json!([{
        "channel": "/meta/connect",
        "advice": { "reconnect": "retry", "interval": 2000, "multiple-clients": true },
        "successful": true,
    }]);
    assert_eq!(client.bayeux(json!([connect(&second)])).await, expected);
    client.bayeux(json!([disconnect(&first)])).await;
    held.await.unwrap();
    gws.verify();
    assert!(gws.report().contains("note bayeux-multiple-clients"), "{}", gws.report());
}

async fn any_number_of_sessions_of_one_browser_is_held_where_so_set(transport: Transport) {
    let interval = Duration::from_millis(100);
    let builder = FakeGws::builder().max_sessions_per_browser(None);
    let gws = transport.start_with(builder.multi_session_interval(interval));
    let (client, first) = session(&gws).await;
    let second = client.handshake().await;
    client.bayeux(json!([connect(&second)])).await;
    let mut held = Vec::new();
    for id in [&first, &second] {
        held.push(hold(&gws, &client, id).await);
    }
    for id in [&first, &second] {
        client.bayeux(json!([disconnect(id)])).await;
    }
    for held in held {
        assert_eq!(held.await.unwrap().body[0]["advice"], json!({ "reconnect": "none" }));
    }
}

async fn events_come_with_it_only_where_so_set(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().meta_connect_deliver_only());
    gws.allow("bayeux-topic");
    let (client, id) = session(&gws).await;
    client.bayeux(json!([subscribe(&id, "/chat")])).await;
    let publish = json!({ "channel": "/chat", "clientId": id, "data": 1 });
    let reply = json!([{ "channel": "/chat", "successful": true }]);
    assert_eq!(client.bayeux(json!([publish])).await, reply);
    let event = json!({ "channel": "/chat", "data": 1 });
    assert_eq!(client.bayeux(json!([connect(&id)])).await, json!([event, connected()[0]]));
}

in_both_ways!(
    the_first_connect_is_answered_at_once_with_advice_when_it_carried_some,
    a_held_one_is_answered_with_the_notification,
    events_from_between_two_connects_are_sent_at_once,
    in_a_batch_it_is_not_held,
    a_held_one_delays_no_other_request,
    a_second_one_takes_the_place_of_the_first,
    a_connect_of_an_expired_client_is_unknown_and_the_timeline_says_why,
    times_without_end_are_taken,
    a_disconnect_ends_it_with_the_advice_not_to_come_again,
    a_second_session_of_one_browser_is_advised_to_wait_and_that_is_noted,
    any_number_of_sessions_of_one_browser_is_held_where_so_set,
    events_come_with_it_only_where_so_set
);
