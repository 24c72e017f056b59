//! What clients have left undone at the end: notes, and violations where a test asks for whole sessions.

use std::panic::catch_unwind;

use gws_sms_fake::fixtures::{AGENT, INVITED_SESSION, SESSION, SUPERVISOR};
use gws_sms_fake::{FakeGws, Operation};
use serde_json::json;

use super::client::{texts, violation};
use support::RawCometdClient;
use support::panicked::panic_text;
use support::raw;
use support::watch::{Lines, watched};
use support::{connect, own_path, subscribe};

/// Something that is left undone: what the client does, the rule, and whose it is and what there is, in the report's words.
struct Undone {
    happens: fn(&FakeGws),
    rule: &'static str,
    received: &'static str,
}

const UNDONE: [Undone; 6] = [
    Undone {
        happens: |gws| drop(RawCometdClient::handshake(gws, AGENT)),
        rule: "never-connected",
        received: "  client of a1\n  at the end  got a handshake and no connect, want a connect after the handshake; ",
    },
    Undone {
        happens: |gws| drop(RawCometdClient::start(gws, SUPERVISOR)),
        rule: "never-disconnected",
        received: "  client of s1\n  at the end  got a session that is still open, want a disconnect; ",
    },
    Undone {
        happens: |gws| poll(gws, 3),
        rule: "only-polling",
        received: "  client of s1\n  at the end  got 3 GETs of sessions, and no handshake, want a CometD client that has subscribed; ",
    },
    Undone {
        happens: |gws| {
            let mut client = RawCometdClient::start(gws, AGENT);
            let invited = gws.agent().is_offered_a_session();
            gws.agent().next_notification().blocking();
            assert_eq!(client.connect()[0]["data"]["smssession"]["id"], invited.session());
            client.disconnect();
        },
        rule: "invitation-unanswered",
        received: "  client of a1\n  at the end  got the session ",
    },
    Undone {
        happens: |gws| {
            let mut client = RawCometdClient::start(gws, SUPERVISOR);
            let mut rest = raw::RawConnection::open(gws);
            rest.exchange(raw::intrude(raw::INTRUDE));
            rest.exchange(raw::post(&own_path(SESSION), r#"{"operationName":"Accept"}"#));
            client.connect();
            client.disconnect();
        },
        rule: "supervision-unfinished",
        received: "  client of s1\n  at the end  got a supervisor who has signed out is still in the session 0000UaB58WAR003N, want Leave before the client ends; ",
    },
    Undone {
        happens: |gws| {
            // An event waits only for a client that is still there.
            gws.allow("never-disconnected");
            RawCometdClient::start(gws, AGENT);
            gws.customer(SESSION).writes("one").writes("two");
        },
        rule: "event-uncollected",
        received: "  client of a1\n  at the end  got 2 that no connect has collected, want no event that still waits; ",
    },
];

/// Asks for the sessions of `s1` so often.
fn poll(gws: &FakeGws, times: usize) {
    let mut connection = raw::RawConnection::open(gws);
    for _ in 0..times {
        let sessions = raw::me().replacen("/api/v2/me", "/api/v2/me/smssessions", 1);
        assert_eq!(connection.exchange(sessions).status, 200);
    }
}

#[test]
fn an_incomplete_session_is_a_note() {
    for Undone { happens, rule, received } in UNDONE {
        let gws = FakeGws::start();
        happens(&gws);

        gws.verify();

        let report = gws.report();
        assert!(report.starts_with("contract kept: "), "{report}");
        let (_, notes) = report.split_once("\n  notes, which fail no test:\n").expect(rule);
        assert!(notes.contains(received), "{received}\n{report}");
        assert!(notes.contains(&format!("\n  rule {rule}: ")), "{report}");
    }
}

#[test]
fn an_incomplete_session_violates_the_contract_when_complete_sessions_are_required() {
    for Undone { happens, rule, received } in UNDONE {
        let gws = FakeGws::builder().require_complete_sessions().start();
        happens(&gws);

        let violation = violation(&gws, rule);

        assert!(violation.starts_with(received), "{received}\n{violation}");
        assert!(!gws.report().contains(&format!("rule {rule}: ")), "it is told no longer");
    }
}

#[test]
fn an_incomplete_session_can_be_expected() {
    for Undone { happens, rule, .. } in UNDONE {
        let gws = FakeGws::builder().require_complete_sessions().start();
        gws.expect_violation(rule);
        let missing = gws.try_verify().unwrap_err().to_string();
        assert!(missing.contains(&format!("expected a violation of rule {rule}, and none came")));

        happens(&gws);

        gws.verify();
    }
}

/// A note is none: whoever expects a violation has to ask for whole sessions.
#[test]
fn an_incomplete_session_that_is_a_note_does_not_fulfil_an_expectation() {
    let gws = FakeGws::start();
    gws.expect_violation("never-connected");
    RawCometdClient::handshake(&gws, AGENT);
    let report = panic_text(&catch_unwind(|| drop(gws)).unwrap_err());
    assert!(report.contains("expected a violation of rule never-connected, and none came"));
}

#[test]
fn the_drop_of_a_fake_reports_incomplete_sessions() {
    let gws = FakeGws::builder().require_complete_sessions().start();
    RawCometdClient::handshake(&gws, AGENT);
    RawCometdClient::start(&gws, SUPERVISOR);
    let report = panic_text(&catch_unwind(|| drop(gws)).unwrap_err());
    assert!(report.starts_with("contract broken: 2 violations in 4 requests"), "{report}");
    for rule in ["never-connected", "never-disconnected"] {
        assert!(
            report.contains(&format!(
                "to accept it (the answer does not change): gws.allow(\"{rule}\")"
            )),
            "{report}"
        );
    }
}

/// A fake that wants whole sessions, and is verified when it is dropped.
fn strict() -> FakeGws {
    FakeGws::builder().require_complete_sessions().start()
}

#[test]
fn a_client_that_does_everything_leaves_nothing_undone() {
    let gws = strict();
    let mut client = RawCometdClient::start(&gws, AGENT);
    let invited = gws.agent().is_offered_a_session();
    let session = invited.session().to_owned();
    assert_eq!(client.connect()[0]["data"]["smssession"]["state"], "Invited");
    gws.agent().next_notification().blocking().delivered().blocking();
    gws.agent().accepts(&session);
    client.connect();
    client.hold(&gws, AGENT);
    invited.writes("one");
    assert_eq!(texts(&client.answer()), ["one"]);
    poll(&gws, 2);
    client.disconnect();
}

#[test]
fn an_invitation_that_is_answered_or_withdrawn_is_not_incomplete() {
    let ends: [fn(&FakeGws); 3] = [
        |gws| drop(gws.agent().accepts(INVITED_SESSION).clone()),
        |gws| drop(gws.agent().loses_the_invitation(INVITED_SESSION).clone()),
        |gws| {
            gws.agent().performs(Operation::Reject, INVITED_SESSION, json!({}));
        },
    ];
    for end in ends {
        let gws = strict();
        let mut client = RawCometdClient::start(&gws, AGENT);
        gws.agent().loses_the_invitation(INVITED_SESSION).is_offered(INVITED_SESSION);
        let received = client.connect();
        assert_eq!(received[1]["data"]["smssession"]["state"], "Invited");
        gws.agent().next_notification().blocking();
        gws.agent().next_notification().blocking().delivered().blocking();
        let unanswered = gws.try_verify().unwrap_err().to_string();
        assert!(unanswered.contains("invitation-unanswered"), "{unanswered}");

        end(&gws);

        client.connect();
        client.disconnect();
    }
}

#[test]
fn an_invitation_that_reached_no_client_is_not_incomplete() {
    let gws = strict();
    gws.agent().is_offered_a_session();
    let mut client = RawCometdClient::handshake(&gws, AGENT);
    client.connect();
    client.disconnect();
}

#[test]
fn a_client_that_listens_may_ask_for_its_sessions_as_often_as_it_likes() {
    let gws = strict();
    let mut client = RawCometdClient::start(&gws, SUPERVISOR);
    poll(&gws, 10);
    client.disconnect();
    poll(&gws, 10);
}

#[test]
fn other_requests_are_no_polling() {
    let gws = strict();
    let mut connection = raw::RawConnection::open(&gws);
    for _ in 0..5 {
        assert_eq!(connection.exchange(raw::me()).status, 200);
    }
}

/// Nobody can disconnect a session that the server has ended.
#[test]
fn a_session_that_the_server_ended_is_not_incomplete() {
    let ends: [fn(&FakeGws); 2] = [
        |gws| drop(gws.agent().push_faults().forget_client().clone()),
        |gws| drop(gws.agent().push_faults().disconnect_client().clone()),
    ];
    for end in ends {
        let gws = strict();
        RawCometdClient::start(&gws, AGENT);
        end(&gws);
    }
}

/// An event that is on its way, or has been, is no longer waiting.
#[test]
fn an_event_that_was_delivered_or_lost_is_not_uncollected() {
    let gws = FakeGws::builder().require_complete_sessions().allow("never-disconnected").start();
    let mut client = RawCometdClient::start(&gws, AGENT);
    gws.customer(SESSION).writes("one");
    assert_eq!(texts(&client.connect()), ["one"]);
    gws.agent().push_faults().lose_next_event();
    gws.customer(SESSION).writes("two");
}

/// With the extension `ack` an event waits until the client has said that it came.
#[test]
fn an_event_that_was_not_acknowledged_is_uncollected() {
    let gws = FakeGws::builder().require_complete_sessions().allow("never-disconnected").start();
    let mut client = RawCometdClient::handshake_with_ack(&gws, AGENT);
    client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
    gws.customer(SESSION).writes("one");
    let received = client.connect();
    assert_eq!(texts(&received), ["one"]);
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.contains("event-uncollected"), "{report}");

    let mut message = connect(&client.id);
    message["ext"] = json!({ "ack": received[1]["ext"]["ack"] });
    message["advice"] = json!({ "timeout": 0 });
    client.ask(json!([message]));

    gws.verify();
}

/// A client with a habit.
type Habit = fn(&FakeGws, &Lines);

/// Habits that GWS takes and that lose events: notes, and violations where complete sessions are required.
#[test]
fn a_habit_is_a_note_and_a_violation_when_complete_sessions_are_required() {
    let habits: [(&str, Habit); 2] = [
        ("connects-abandoned", |gws, lines| {
            let mut client = RawCometdClient::start(gws, AGENT);
            for _ in 0..2 {
                client.hold(gws, AGENT);
                client.hang_up(gws, lines);
            }
            client.connect_at_once();
            client.disconnect();
        }),
        ("bayeux-ack-stale", |gws, _| {
            let mut client = RawCometdClient::handshake_with_ack(gws, AGENT);
            client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
            let first = client.connect();
            for text in ["one", "two"] {
                gws.customer(SESSION).writes(text);
                let mut stale = connect(&client.id);
                stale["ext"] = json!({ "ack": first[0]["ext"]["ack"] });
                client.ask(json!([stale]));
            }
            client.disconnect();
        }),
    ];
    for (rule, habit) in habits {
        let (gws, lines) = watched(FakeGws::builder());
        habit(&gws, &lines);
        gws.verify();
        let report = gws.report();
        assert!(report.contains(&format!("  note {rule}")), "{report}");

        let (gws, lines) = watched(FakeGws::builder().require_complete_sessions());
        for other in ["event-uncollected", "bayeux-connect-parallel"] {
            gws.allow(other);
        }
        gws.expect_violation(rule);
        habit(&gws, &lines);
    }
}

#[test]
fn an_event_that_is_delivered_again_is_shown_behind_the_stale_ack() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::handshake_with_ack(&gws, AGENT);
    client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
    let first = client.connect();
    gws.customer(SESSION).writes("one");
    for _ in 0..2 {
        let mut stale = connect(&client.id);
        stale["ext"] = json!({ "ack": first[0]["ext"]["ack"] });
        assert_eq!(texts(&client.ask(json!([stale]))), ["one"]);
    }
    client.disconnect();
    let report = gws.report();
    assert!(report.contains(", and again once, since it was not acknowledged"), "{report}");
}

#[test]
fn incomplete_sessions_are_reported_for_each_client() {
    let gws = FakeGws::builder().require_complete_sessions().start();
    let first = RawCometdClient::handshake(&gws, AGENT);
    let _second = first.sister(&gws, AGENT);
    let report = gws.try_verify().unwrap_err().to_string();
    gws.allow("never-connected");
    assert!(report.starts_with("contract broken: 2 violations in 2 requests"), "{report}");
}
