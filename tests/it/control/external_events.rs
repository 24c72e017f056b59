//! What a suite in another language makes happen under `/__fake/`.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{Answer, Desktop, HttpClient};

fn start() -> FakeGws {
    FakeGws::builder().control().start()
}

async fn happens(gws: &FakeGws, what: &str, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(&format!("/__fake/{what}"), &body).await
}

fn happened() -> Answer {
    Answer::of(200, json!({}))
}

#[tokio::test]
async fn a_customer_and_an_agent_have_a_conversation() {
    let gws = start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;

    let offered = happens(&gws, "route", json!({ "user": "a1", "customer": "Ann" })).await;
    let session = offered.body["session"].as_str().unwrap().to_owned();
    assert_eq!(offered, Answer::of(200, json!({ "session": session })));
    let invited = agent.next_event().await;
    assert_eq!(invited["smssession"]["state"], "Invited");
    assert_eq!(invited["smssession"]["id"], session);

    let accept = json!({ "user": "a1", "session": session, "operationName": "Accept" });
    assert_eq!(happens(&gws, "operation", accept).await, happened());
    let of_session = json!({ "session": session });
    let says = json!({ "session": session, "text": "Hello" });
    assert_eq!(happens(&gws, "customer-types", of_session.clone()).await, happened_in(&session));
    assert_eq!(
        happens(&gws, "customer-stops-typing", of_session.clone()).await,
        happened_in(&session)
    );
    assert_eq!(happens(&gws, "customer-writes", says).await, happened_in(&session));
    assert_eq!(happens(&gws, "customer-leaves", of_session).await, happened_in(&session));

    let mut received = Vec::new();
    for _ in 0..8 {
        let event = agent.next_event().await;
        let of = event["messages"][0]["type"].as_str().or(event["notificationType"].as_str());
        received.push(of.unwrap().to_owned());
    }
    assert_eq!(
        received,
        [
            "StatusChange",
            "ParticipantsUpdated",
            "ParticipantJoined",
            "TypingStarted",
            "TypingStopped",
            "Text",
            "ParticipantsUpdated",
            "ParticipantLeft",
        ]
    );
    agent.sign_out().await;
}

fn happened_in(session: &str) -> Answer {
    Answer::of(200, json!({ "session": session }))
}

#[tokio::test]
async fn an_invitation_is_revoked() {
    let gws = start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let of = json!({ "user": fixtures::AGENT.id, "session": fixtures::INVITED_SESSION });
    assert_eq!(happens(&gws, "revoke", of).await, happened_in(fixtures::INVITED_SESSION));
    assert_eq!(agent.next_event().await["smssession"]["state"], "Revoked");
    agent.sign_out().await;
}

#[tokio::test]
async fn the_backend_goes_down_and_up() {
    let gws = start();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let path = format!("/api/v2/me/smssessions/{}", fixtures::INVITED_SESSION);
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(happens(&gws, "backend-down", json!({})).await, happened());
    assert_eq!(agent.post(&path, &accept).await.status, 500);
    assert_eq!(happens(&gws, "backend-up", json!({})).await, happened());
    assert_eq!(agent.post(&path, &accept).await.status, 200);
}

#[tokio::test]
async fn a_fault_is_injected() {
    let gws = start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let lose = json!({ "user": "a1", "fault": "lose_next_event" });
    let delay = json!({ "user": "a1", "fault": "delay_next_event", "milliseconds": 1 });
    assert_eq!(happens(&gws, "fault", lose).await, happened());
    assert_eq!(happens(&gws, "fault", delay).await, happened());
    gws.customer(fixtures::SESSION).writes("lost").writes("late");
    assert_eq!(agent.next_event().await["messages"][0]["text"], "late");
    agent.sign_out().await;
}

#[tokio::test]
async fn an_event_that_is_not_possible_is_refused_with_the_reason() {
    let gws = start();
    for (what, body, status, error) in [
        (
            "customer-writes",
            json!({ "session": fixtures::LEFT_SESSION, "text": "Hello" }),
            409,
            "session 0000UaB58WAR003Q: got no customer in it, want one; the customer has left, or the session is over",
        ),
        (
            "customer-leaves",
            json!({ "session": "0000UaB58WAR03N" }),
            409,
            "session: got 0000UaB58WAR03N, want the id of an SMS session; did you mean 0000UaB58WAR003N? (rule session-unknown)",
        ),
        (
            "route",
            json!({ "user": "a1", "session": fixtures::SESSION }),
            409,
            "session 0000UaB58WAR003N: got one that an agent has or is offered, want one that waits in a queue, or that nobody has",
        ),
        (
            "route",
            json!({ "user": "a9" }),
            400,
            "/user: got \"a9\", want the id or userName of one of a1, a2, n1, s1, s2",
        ),
        (
            "revoke",
            json!({ "user": "a1", "session": fixtures::SESSION }),
            409,
            "session 0000UaB58WAR003N: got a1 in state Chatting, want state Invited",
        ),
        (
            "operation",
            json!({ "user": "a1", "session": fixtures::SESSION, "operationName": "Acept" }),
            400,
            "/operationName: got \"Acept\"; did you mean \"Accept\"?",
        ),
        (
            "operation",
            json!({ "user": "a1", "session": fixtures::SESSION, "operationName": "SendMessage" }),
            409,
            "parameters of SendMessage: /text: got nothing, want a value",
        ),
        (
            "operation",
            json!({ "user": "a1", "session": fixtures::SESSION, "operationName": "Accept" }),
            409,
            "Accept of 0000UaB58WAR003N: /operationName: got state Chatting, want state Invited; \
             the invitation has been answered: answer it once (rule accept-state)",
        ),
        ("customer-writes", json!({ "session": "x" }), 400, "/text: got nothing, want a value"),
        (
            "fault",
            json!({ "user": "a1", "fault": "delay_next_event" }),
            400,
            "/milliseconds: got nothing, want a value",
        ),
        (
            "operation",
            json!({ "user": "a1", "operationName": "Accept" }),
            400,
            "/session: got nothing, want the id of a session for Accept",
        ),
        (
            "operation",
            json!({ "user": "s1", "session": fixtures::SESSION, "operationName": "Monitor" }),
            400,
            "/session: got one, want agent for Monitor",
        ),
    ] {
        let expected = Answer::of(status, json!({ "error": error }));
        assert_eq!(happens(&gws, what, body).await, expected);
    }
}

#[tokio::test]
async fn a_fault_that_is_misspelt_is_named_with_the_nearest_one() {
    let gws = start();
    for (what, body, error) in [
        (
            "fault",
            json!({ "user": "a1", "fault": "loose_next_event" }),
            "; did you mean \"lose_next_event\"?",
        ),
        (
            "exception",
            json!({ "operationName": "Intrude", "exception": "hangs" }),
            "; did you mean \"hang\"?",
        ),
    ] {
        let answer = happens(&gws, what, body).await;
        let text = answer.body["error"].as_str().unwrap();
        assert!(answer.status == 400 && text.ends_with(error), "{text}");
    }
}

#[tokio::test]
async fn an_operation_of_every_path_is_performed() {
    let gws = start();
    let mode = json!({ "supervisorVisibilityMode": "Coach" });
    for body in [
        json!({ "user": "s1", "session": fixtures::SESSION, "operationName": "Intrude", "parameters": mode }),
        json!({ "user": "s2", "agent": "a1", "operationName": "Monitor" }),
        json!({ "user": "a1", "operationName": "StartContactCenterSession", "parameters": { "channels": ["voice"] } }),
        json!({ "user": "a1", "channel": "voice", "operationName": "Ready" }),
    ] {
        assert_eq!(happens(&gws, "operation", body).await, happened());
    }
    gws.supervisor().notifications().state("Invited").once();
}
