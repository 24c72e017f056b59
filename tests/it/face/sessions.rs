//! A session to look at, and the setting for what a completed one shows.

use gws_sms_fake::fixtures::{AGENT, INVITED_SESSION, SESSION};
use gws_sms_fake::{Builder, FakeGws, Mode, NotificationType, Operation, SessionState};
use serde_json::{Value, json};

use support::panicked;

#[test]
fn a_session_shows_its_state_for_each_user_as_it_changes() {
    let gws = FakeGws::start();
    let session = gws.session(INVITED_SESSION);
    assert_eq!(session.id(), INVITED_SESSION);
    assert_eq!(session.state_of("a1"), Some(SessionState::Invited));
    assert_eq!(session.state_of("a2"), None);
    gws.agent().accepts(INVITED_SESSION);
    assert_eq!(session.state_of("a1"), Some(SessionState::Chatting));
    assert_eq!(session.seen_by("a1").unwrap()["state"], "Chatting");
    assert_eq!(session.seen_by("a2"), None);
}

#[test]
fn a_session_shows_participants_and_messages_that_not_everybody_sees() {
    let gws = FakeGws::start();
    let coach = json!({ "supervisorVisibilityMode": Mode::Coach.as_str() });
    let supervisor = gws.supervisor();
    supervisor.performs(Operation::Intrude, SESSION, coach);
    supervisor.performs(Operation::Accept, SESSION, json!({}));
    supervisor.performs(Operation::SendMessage, SESSION, json!({ "text": "Ask for the number" }));
    let session = gws.session(SESSION);
    let visibilities = |participants: Vec<Value>| -> Vec<String> {
        let shown = participants.iter().map(|one| one["visibility"].as_str().unwrap().to_owned());
        shown.collect()
    };
    assert_eq!(visibilities(session.participants()), ["All", "All", "Agents"]);
    assert_eq!(session.messages().last().unwrap()["text"], "Ask for the number");
    assert_ne!(gws.customer(SESSION).messages().last().unwrap()["text"], "Ask for the number");
    assert_eq!(session.user_data()["id"], gws.session(SESSION).user_data()["id"]);
}

#[test]
fn an_unknown_session_is_refused_with_the_nearest_one_and_the_line_of_the_test() {
    let gws = FakeGws::start();
    let acts: [(&str, &dyn Fn()); 2] = [
        ("session", &|| drop(gws.session("0000UaB58WAR003M"))),
        ("customer", &|| drop(gws.customer("0000UaB58WAR003M"))),
    ];
    for (name, act) in acts {
        let panic = panicked::by(act);
        let text = panic.text;
        assert!(
            text.starts_with("got the session \"0000UaB58WAR003M\", want one of 0000"),
            "{text}"
        );
        assert!(text.contains("; did you mean \"0000UaB58WAR003"), "{name}: {text}");
        assert_eq!(panic.file, file!(), "{name}");
    }
}

/// The `capabilities` of the last StatusChange to `a1`, in a fake where `act` has completed a session.
fn when_completed(builder: Builder, act: fn(&FakeGws)) -> Value {
    let gws = builder.start();
    act(&gws);
    let notifications =
        gws.user(AGENT.user_name).notifications().kind(NotificationType::StatusChange);
    let changes = notifications.state(SessionState::Completed).at_least(1);
    changes.last().unwrap().data()["smssession"]["capabilities"].clone()
}

#[test]
fn a_completed_session_has_an_empty_list_of_capabilities_only_where_the_setting_says_so() {
    let ways: [fn(&FakeGws); 2] = [
        |gws| drop(gws.agent().completes(SESSION).clone()),
        |gws| drop(gws.agent().performs(Operation::Reject, INVITED_SESSION, json!({})).clone()),
    ];
    for act in ways {
        assert_eq!(when_completed(FakeGws::builder(), act), Value::Null);
        let builder = FakeGws::builder().empty_capabilities_when_completed();
        assert_eq!(when_completed(builder, act), json!([]));
    }
}
