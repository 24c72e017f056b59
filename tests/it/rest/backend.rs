//! The chat backend, down and up again.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::rest::{Family, found, operations};
use support::{Answer, Desktop, HttpClient, TableFake, Transport, in_both_ways, own_path, taken};

fn refused() -> Answer {
    let body =
        json!({ "statusCode": 4, "statusMessage": "Interaction server connection is not opened" });
    Answer::of(500, body)
}

async fn state(gws: &TableFake) -> Value {
    let mut all = Vec::new();
    for user in [fixtures::AGENT, fixtures::SUPERVISOR] {
        all.push(HttpClient::of(gws, user).get("/api/v2/me?subresources=*").await.body);
    }
    Value::Array(all)
}

async fn while_it_is_down_every_operation_on_a_session_fails_and_is_a_note(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().capabilities_as_documented());
    let mut watching = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let supervisor = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let before = state(&gws).await;
    gws.backend_down();
    let mut count = 0;
    for (operation, family) in operations() {
        let client = match family {
            Family::Session => &watching.http,
            Family::Supervision => &supervisor,
            _ => continue,
        };
        let body = fixtures::request(operation);
        let answer = client.post_text(&family.path(), "application/json", body).await;
        assert_eq!(answer, refused(), "{operation:?}");
        count += 1;
    }
    assert_eq!(state(&gws).await, before);
    gws.verify();

    gws.backend_up();
    assert_eq!(watching.events_so_far().await, [json!(null); 0]);
    let types = json!({ "operationName": "SendStartTypingNotification" });
    assert_eq!(watching.http.post(&own_path(fixtures::SESSION), &types).await, taken());
    assert_eq!(watching.next_event().await["messages"][0]["type"], "TypingStarted");
    watching.sign_out().await;
    let report = gws.report();
    assert_eq!(found(&report), [("backend-down".to_owned(), "the chat backend".to_owned())]);
    let more = format!("  and {} more like it, marked note below\n", count - 1);
    assert!(report.contains(&more), "{report}");
}

async fn while_it_is_down_all_that_needs_no_session_goes_on(transport: Transport) {
    let gws = transport.start();
    gws.backend_down();
    let supervisor = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for path in ["/api/v2/me", "/api/v2/me/smssessions?fields=*", "/api/v2/diagnostics/version"] {
        assert_eq!(supervisor.get(path).await.status, 200, "{path}");
    }
    let monitor = json!({ "operationName": "Monitor" });
    assert_eq!(supervisor.post(&Family::Monitoring.path(), &monitor).await, taken());
    let voice = json!({ "operationName": "StartContactCenterSession", "channels": ["voice"] });
    assert_eq!(supervisor.post("/api/v2/me", &voice).await, taken());
}

async fn while_it_is_down_a_wrong_request_is_blamed_all_the_same(transport: Transport) {
    let gws = transport.start();
    gws.backend_down();
    gws.expect_violation("parameter-missing");
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let empty = json!({ "operationName": "SendMessage" });
    assert_eq!(agent.post(&own_path(fixtures::SESSION), &empty).await.status, 400);
}

async fn a_backend_that_goes_down_and_up_is_in_the_timeline(transport: Transport) {
    let gws = transport.start();
    gws.backend_down();
    gws.backend_up();
    let report = gws.report();
    let (down, up) =
        (report.find("the chat backend is down"), report.find("the chat backend is up"));
    assert!(down.is_some() && down < up, "{report}");
}

in_both_ways!(
    while_it_is_down_every_operation_on_a_session_fails_and_is_a_note,
    while_it_is_down_all_that_needs_no_session_goes_on,
    while_it_is_down_a_wrong_request_is_blamed_all_the_same,
    a_backend_that_goes_down_and_up_is_in_the_timeline
);
