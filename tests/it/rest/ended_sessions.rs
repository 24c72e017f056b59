//! Requests with the cookie of an HTTP session that has ended: those that a client has left behind are notes.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::json;

use crate::rest::found;
use support::{
    HttpClient, PUSH, TableFake, Transport, connect, disconnect, in_both_ways, subscribe,
};

const ME: &str = "/api/v2/me";

/// A client that has signed in, and has a CometD session.
async fn signed_in(gws: &TableFake) -> (HttpClient, String) {
    let client = HttpClient::of(gws, fixtures::AGENT);
    assert_eq!(client.get(ME).await.status, 200);
    let client = client.without_credentials();
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    client.bayeux(json!([connect(&id)])).await;
    (client, id)
}

async fn end(client: &HttpClient) -> u16 {
    client.post(ME, &json!({ "operationName": "EndContactCenterSession" })).await.status
}

fn rules(gws: &TableFake) -> Vec<String> {
    found(&gws.report()).into_iter().map(|(rule, _)| rule).collect()
}

/// V, I and J send both at the same moment, on two connections.
async fn a_disconnect_and_the_end_are_taken_in_either_order(transport: Transport) {
    for disconnects_first in [true, false] {
        let gws = transport.start_with(FakeGws::builder().require_complete_sessions());
        let (client, id) = signed_in(&gws).await;
        if disconnects_first {
            client.bayeux(json!([disconnect(&id)])).await;
        }
        assert_eq!(end(&client).await, 200);
        if !disconnects_first {
            assert_eq!(client.post(PUSH, &json!([disconnect(&id)])).await.status, 403);
        }
        gws.verify();
    }
}

async fn what_another_window_or_a_get_in_flight_sends_is_a_note(transport: Transport) {
    let gws = transport.start();
    let (client, id) = signed_in(&gws).await;
    client.bayeux(json!([disconnect(&id)])).await;
    assert_eq!(end(&client).await, 200);
    for path in [ME, "/api/v2/me/channels", ME] {
        assert_eq!(client.get(path).await.status, 403, "{path}");
    }
    assert_eq!(end(&client).await, 403);
    gws.verify();
    assert_eq!(rules(&gws), ["http-session-unknown"]);
    assert!(gws.report().contains("and 3 more like it, marked note below"), "{}", gws.report());
}

async fn a_client_that_goes_on_with_an_ended_session_is_blamed(transport: Transport) {
    let gws = transport.start();
    let (client, id) = signed_in(&gws).await;
    client.bayeux(json!([disconnect(&id)])).await;
    assert_eq!(end(&client).await, 200);
    assert_eq!(end(&client).await, 403);
    gws.verify();
    assert_eq!(end(&client).await, 403);
    assert!(gws.try_verify().is_err());
    gws.expect_violation("http-session-unknown");
}

in_both_ways!(
    a_disconnect_and_the_end_are_taken_in_either_order,
    what_another_window_or_a_get_in_flight_sends_is_a_note,
    a_client_that_goes_on_with_an_ended_session_is_blamed
);
