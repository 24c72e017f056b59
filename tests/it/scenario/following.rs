//! What is told when: before an answer and behind it, at its offset, to several clients, and what a test does.

use std::time::Duration;

use expect_test::expect;
use gws_sms_fake::fixtures::{AGENT, SUPERVISOR};
use serde_json::json;

use super::file;
use super::playing::{
    ME, SIGN_IN, SIGN_OUT, check_failure, drop_failed, played, post, push, ready, scenario,
};
use support::{Desktop, HttpClient, taken};

const CHANNEL: &str = "/api/v2/me/channels/smssession";

#[tokio::test]
async fn an_event_is_sent_before_the_answer_or_after_it_as_the_scenario_says() {
    let mut early = json!({ "step": "push", "to": "s1", "channel": "/v2/me/x", "data": 1 });
    early["before_answer"] = json!(true);
    let late = push("s1", &json!(2));
    let steps = [SIGN_IN, &post(CHANNEL, &ready(), "any"), &early.to_string(), &late, SIGN_OUT];
    let (_folder, gws) = played(&steps);
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    assert_eq!(desktop.http.post(CHANNEL, &ready()).await, taken());
    assert_eq!([desktop.next_event().await, desktop.next_event().await], [json!(1), json!(2)]);
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn offsets_and_waits_pass_on_the_fakes_clock() {
    let request = json!({
        "step": "request", "at": 1_000, "by": "s1", "method": "GET", "path": "/a", "answer": { "status": 200 },
    });
    let push = |at: u64, data: u64| {
        json!({ "step": "push", "at": at, "to": "s1", "channel": "/v2/me/x", "data": data })
            .to_string()
    };
    let wait = r#"{"step":"wait","milliseconds":500}"#;
    let steps = [
        SIGN_IN,
        &request.to_string(),
        &push(1_000, 0),
        &push(3_000, 1),
        wait,
        &push(3_000, 2),
        SIGN_OUT,
    ];
    let (_folder, builder) = scenario(&steps);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    desktop.http.get("/a").await;
    assert_eq!(desktop.next_event().await, json!(0));
    gws.clock().advance(Duration::from_millis(1_999)).await;
    let before = gws.clock().now();
    gws.clock().advance(Duration::from_millis(1)).await;
    assert_eq!(desktop.next_event().await, json!(1));
    gws.clock().advance(Duration::from_millis(500)).await;
    assert_eq!(desktop.next_event().await, json!(2));
    assert_eq!(gws.clock().now() - before, Duration::from_millis(501));
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn at_once_by_default_and_idle_connects_are_not_waited_for() {
    let connect = r#"{"step":"bayeux","at":30000,"by":"s1","message":"connect"}"#;
    let wait = r#"{"step":"wait","milliseconds":3600000}"#;
    let late =
        json!({ "step": "push", "at": 60_000, "to": "s1", "channel": "/v2/me/x", "data": 1 });
    let steps = [SIGN_IN, connect, connect, wait, &late.to_string(), SIGN_OUT, connect];
    let (_folder, gws) = played(&steps);
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    assert_eq!(desktop.next_event().await, json!(1));
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn steps_after_a_wait_that_never_ends_are_still_pending() {
    let wait = json!({ "step": "wait", "milliseconds": u64::MAX }).to_string();
    let late = r#"{"step":"push","to":"s1","channel":"/v2/me/x","data":1}"#;
    let waits = vec![wait.as_str(); 2_000];
    let steps = [&[SIGN_IN][..], &waits, &[late, SIGN_OUT]].concat();
    let (_folder, builder) = scenario(&steps);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    Desktop::sign_in(&gws, SUPERVISOR).await.sign_out().await;
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.contains("1 of its steps were still to come"), "{report}");
    drop_failed(gws);
}

#[tokio::test]
async fn a_published_message_is_compared_when_the_step_has_data() {
    let publish = |data: &str| {
        format!(r#"{{"step":"bayeux","by":"s1","message":"publish","channel":"/chat"{data}}}"#)
    };
    let named = publish(r#","data":{"text":"${text}"}"#);
    let (_folder, builder) = scenario(&[SIGN_IN, &publish(""), &named, &named, SIGN_OUT]);
    let gws = builder.allow("bayeux-topic").start();
    let desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    let publish = |text: &str| json!([{ "channel": "/chat", "clientId": desktop.client_id(), "data": { "text": text } }]);
    for text in ["any", "one", "one"] {
        desktop.http.bayeux(publish(text)).await;
    }
    let again = gws.recorded();
    desktop.sign_out().await;
    gws.verify();
    for text in ["any", "one"] {
        assert!(
            again.contains(&format!(r#""channel":"/chat","data":{{"text":"{text}"}}}}"#)),
            "{again}"
        );
    }

    let (folder, builder) = scenario(&[SIGN_IN, &named, &named]);
    let gws = builder.allow("bayeux-topic").start();
    let desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    let publish = |text: &str| json!([{ "channel": "/chat", "clientId": desktop.client_id(), "data": { "text": text } }]);
    for text in ["one", "two"] {
        desktop.http.bayeux(publish(text)).await;
    }
    check_failure(
        &gws,
        &folder,
        expect![[r#"
            scenario.json:7: step 5 of 5: want publish /chat by s1
            got it with other data
            /text  got "two", want "one""#]],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn a_step_of_the_test_is_performed_by_the_fake() {
    let customer = json!({
        "step": "test", "call": "customer-writes",
        "with": { "session": "0000UaB58WAR003N", "text": "Hello" },
    });
    let sign_in = SIGN_IN.replace("s1", "a1");
    let sign_out = SIGN_OUT.replace("s1", "a1");
    let (_folder, gws) = played(&[&sign_in, &customer.to_string(), &sign_out]);
    let mut desktop = Desktop::sign_in(&gws, AGENT).await;
    assert_eq!(desktop.next_event().await["messages"][0]["text"], "Hello");
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn a_step_of_the_test_that_fails_is_reported() {
    let leaves = r#"{"step":"test","call":"customer-leaves","with":{"session":"none"}}"#;
    let (folder, gws) = played(&[leaves, SIGN_OUT]);
    check_failure(
        &gws,
        &folder,
        expect![
            "scenario.json:3: step 1 of 2: the scenario could not go on: customer-leaves: session: got none, want the id of an SMS session; the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), 0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), 0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed) (rule session-unknown)"
        ],
    );
    assert_eq!(HttpClient::of(&gws, SUPERVISOR).get(ME).await.status, 500);
    drop_failed(gws);
}

#[tokio::test]
async fn several_clients_follow_one_scenario() {
    let of_agent = SIGN_IN.replace("s1", "a1");
    let pushed = [push("a1", &json!("agent")), push("s1", &json!("supervisor"))];
    let steps = [
        SIGN_IN,
        &of_agent,
        &post(CHANNEL, &ready(), "any"),
        &pushed[0],
        &pushed[1],
        SIGN_OUT,
        &SIGN_OUT.replace("s1", "a1"),
    ];
    let (_folder, gws) = played(&steps);
    let mut supervisor = Desktop::sign_in(&gws, SUPERVISOR).await;
    let mut agent = Desktop::sign_in(&gws, AGENT).await;
    assert_eq!(supervisor.http.post(CHANNEL, &ready()).await, taken());
    assert_eq!(agent.next_event().await, "agent");
    assert_eq!(supervisor.next_event().await, "supervisor");
    supervisor.sign_out().await;
    agent.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn scenarios_are_played_one_after_the_other() {
    let (_first, builder) = scenario(&[&post("/a/${x}", &ready(), "any")]);
    let text = r#"[{"step":"scenario","version":1,"let":{"x":"2","u":"${url}"}},"#.to_owned()
        + &post("/b/${x}", &ready(), "any").replace("\"statusCode\":0", "\"u\":\"${u}\"")
        + "]";
    let (second, path) = file(&text);
    let gws = builder.play(path).start();
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(client.post("/a/1", &ready()).await, taken());
    check_failure(
        &gws,
        &second,
        expect![
            "scenario.json:1: the scenario was not finished: step 1 of 1 did not come: POST /b/${x} Ready by s1"
        ],
    );
    assert_eq!(client.post("/b/2", &ready()).await.body, json!({ "u": gws.url() }));
    gws.verify();
}
