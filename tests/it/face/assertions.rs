//! Assertions over what the fake has received and told: which ones are meant, how many, in which order, and what they say.

use expect_test::expect;
use gws_sms_fake::fixtures::{AGENT, INVITED_SESSION, OTHER_SUPERVISOR, SESSION, SUPERVISOR};
use gws_sms_fake::{Error, FakeGws, Mode, Notifications, Observed, Operation, Received};
use serde_json::json;

use support::panicked;
use support::report::stable;
use support::{Desktop, HttpClient, intrude_path, own_path, taken};

/// `s1` intrudes as a coach and accepts, `s2` intrudes to monitor, and `a1` accepts another session: four requests of three
/// users, each with what it tells. Only `a1` has a client that is connected.
async fn four_requests() -> FakeGws {
    let gws = FakeGws::start();
    let agent = Desktop::sign_in(&gws, AGENT).await;
    gws.agent().connect_held().await;
    let (first, second) =
        (HttpClient::of(&gws, SUPERVISOR), HttpClient::of(&gws, OTHER_SUPERVISOR));
    let intrude = |mode| json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
    assert_eq!(first.post(&intrude_path(), &intrude("Coach")).await, taken());
    let accept = json!({ "operationName": "Accept", "nickname": "Boss" });
    assert_eq!(first.post(&own_path(SESSION), &accept).await, taken());
    assert_eq!(second.post(&intrude_path(), &intrude("Monitor")).await, taken());
    assert_eq!(agent.operate(INVITED_SESSION, "Accept").await, taken());
    gws.idle().await;
    agent.sign_out().await;
    gws
}

fn count(of: &Received) -> usize {
    of.at_least(0).len()
}

fn told(of: &Notifications) -> usize {
    of.at_least(0).len()
}

#[tokio::test]
async fn requests_are_selected_by_user_session_and_body() {
    let gws = four_requests().await;
    let (intrudes, accepts) = (gws.received(Operation::Intrude), gws.received(Operation::Accept));
    for (of, want) in [
        (intrudes.clone(), 2),
        (accepts.clone(), 2),
        (gws.received(Operation::Monitor), 0),
        (intrudes.clone().by("s1"), 1),
        (intrudes.clone().by("s2"), 1),
        (intrudes.clone().by("a1"), 0),
        (intrudes.clone().in_session(SESSION), 2),
        (intrudes.clone().in_session(INVITED_SESSION), 0),
        (accepts.clone().in_session(SESSION), 1),
        (accepts.clone().in_session(SESSION).by("a1"), 0),
        (accepts.clone().in_session(INVITED_SESSION).by("a1"), 1),
        (intrudes.clone().mode(Mode::Coach), 1),
        (intrudes.clone().mode(Mode::BargeIn), 0),
        (intrudes.clone().mode(Mode::Monitor).by("s2"), 1),
        (intrudes.clone().mode(Mode::Monitor).by("s1"), 0),
        (intrudes.clone().with("/operationName", "Intrude"), 2),
        (accepts.clone().with("/nickname", "Boss"), 1),
        (accepts.clone().with("/nickname", "boss"), 0),
        (accepts.clone().with("/nickname", json!(["Boss"])), 0),
        (accepts.with("/nobody", json!(null)), 0),
    ] {
        assert_eq!(count(&of), want, "{of:?}");
    }
    let once = intrudes.by("s1").once();
    assert_eq!(once.path(), intrude_path());
    assert_eq!(once.body()["supervisorVisibilityMode"], "Coach");
}

/// The first ones come first, and those that GWS refuses count.
#[tokio::test]
async fn refused_requests_are_received_too_and_come_in_their_order() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-mode");
    let client = HttpClient::of(&gws, SUPERVISOR);
    for mode in ["monitor", "Monitor"] {
        let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        client.post(&intrude_path(), &body).await;
    }
    let requests = gws.received(Operation::Intrude).times(2);
    let modes: Vec<_> =
        requests.iter().map(|request| request.body()["supervisorVisibilityMode"].clone()).collect();
    assert_eq!(modes, ["monitor", "Monitor"]);
}

#[tokio::test]
async fn notifications_are_selected_by_their_fields() {
    let gws = four_requests().await;
    let (agent, first, second) = (gws.agent(), gws.supervisor(), gws.user("s2"));
    for (of, want) in [
        (agent.notifications().kind("StatusChange"), 1),
        (agent.notifications().kind("StatusChange").in_session(INVITED_SESSION), 1),
        (agent.notifications().kind("StatusChange").in_session(SESSION), 0),
        (agent.notifications().in_session(SESSION).about("s1"), 2),
        (agent.notifications().in_session(SESSION).kind("ParticipantsUpdated").about("s1"), 1),
        (agent.notifications().in_session(INVITED_SESSION).about("s1"), 0),
        (agent.notifications().about("s2"), 0),
        (agent.notifications().about("a2"), 0),
        (first.notifications().kind("StatusChange"), 2),
        (first.notifications().state("Invited"), 1),
        (first.notifications().state("Chatting").kind("StatusChange"), 1),
        (first.notifications().state("Invited").mode(Mode::Coach).kind("StatusChange"), 1),
        (first.notifications().state("Invited").mode(Mode::BargeIn).kind("StatusChange"), 0),
        (first.notifications().mode(Mode::Monitor), 0),
        (second.notifications().state("Invited").mode(Mode::Monitor), 1),
        (second.notifications().state("Chatting"), 0),
        (first.notifications().with("/smssession/id", SESSION).state("Invited"), 1),
        (first.notifications().with("/smssession/id", INVITED_SESSION), 0),
        // Who has no client is told all the same, and nothing is delivered.
        (first.notifications().state("Invited").delivered(), 0),
        (agent.notifications().kind("StatusChange").delivered(), 1),
    ] {
        assert_eq!(told(&of), want, "{of:?}");
    }
    let invited = first.notifications().state("Invited").once();
    assert_eq!(invited.channel(), "/v2/me/smssessions");
    assert_eq!(invited.data()["smssession"]["supervisorMode"], "Coach");
    let states = first.notifications().kind("StatusChange").times(2);
    states[0].clone().state("Invited");
    states[1].clone().state("Chatting");
}

#[test]
fn an_unknown_user_is_the_sender_of_no_notification() {
    let gws = FakeGws::start();
    let panic = panicked::by(|| drop(gws.agent().notifications().about("s3")));
    assert_eq!(panic.text, "got the user name \"s3\", want one of a1, a2, n1, s1, s2");
    assert_eq!(panic.file, file!());
}

/// What an assertion says, or nothing.
fn said<T>(asserted: Result<T, Error>) -> String {
    asserted.err().map(|error| error.to_string()).unwrap_or_default()
}

/// Their first lines.
fn first_line(said: &str) -> &str {
    said.lines().next().unwrap_or_default()
}

#[tokio::test]
async fn so_many_are_wanted_and_so_many_came() {
    let gws = four_requests().await;
    let (two, none) = (gws.received(Operation::Intrude), gws.received(Operation::Monitor));
    let (one_told, none_told) =
        (gws.supervisor().notifications().state("Invited"), gws.user("a2").notifications());
    let lines = [
        said(two.try_once()),
        said(none.try_once()),
        said(two.try_never()),
        said(none.try_never()),
        said(two.try_times(1)),
        said(two.try_times(2)),
        said(two.try_times(3)),
        said(two.try_at_least(2)),
        said(two.try_at_least(3)),
        said(two.try_at_most(2)),
        said(two.try_at_most(1)),
        said(two.try_at_most(0)),
        said(one_told.try_once()),
        said(none_told.try_once()),
        said(one_told.try_never()),
        said(none_told.try_never()),
        said(one_told.try_times(2)),
        said(one_told.try_at_least(1)),
        said(one_told.try_at_least(2)),
        said(one_told.try_at_most(1)),
        said(one_told.try_at_most(0)),
    ];
    let lines: Vec<&str> = lines.iter().map(|said| first_line(said)).collect();
    assert_eq!(
        lines,
        [
            "requests of Intrude: got 2, want 1",
            "requests of Monitor: got 0, want 1; the timeline shows what came instead",
            "requests of Intrude: got 2, want 0",
            "",
            "requests of Intrude: got 2, want 1",
            "",
            "requests of Intrude: got 2, want 3",
            "",
            "requests of Intrude: got 2, want at least 3",
            "",
            "requests of Intrude: got 2, want at most 1",
            "requests of Intrude: got 2, want 0",
            "",
            "notifications to a2: got 0, want 1; the timeline shows what came instead",
            "notifications to s1 with /smssession/state \"Invited\": got 1, want 0",
            "",
            "notifications to s1 with /smssession/state \"Invited\": got 1, want 2",
            "",
            "notifications to s1 with /smssession/state \"Invited\": got 1, want at least 2",
            "",
            "notifications to s1 with /smssession/state \"Invited\": got 1, want 0",
        ]
    );
}

#[tokio::test]
async fn a_failed_assertion_names_what_was_wanted_and_what_came() {
    let gws = four_requests().await;
    let (received, told) = (gws.received(Operation::Intrude), gws.supervisor().notifications());
    let said = [
        said(received.clone().in_session(SESSION).try_once()),
        said(received.by("s1").mode(Mode::Monitor).try_once()),
        said(told.clone().kind("StatusChange").in_session(SESSION).try_never()),
        said(told.about("s2").mode(Mode::BargeIn).delivered().try_at_least(1)),
    ];
    expect![[r#"
        requests of Intrude in session 0000UaB58WAR003N: got 2, want 1
          +  s1  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
          +  s2  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
        requests of Intrude by s1 with /supervisorVisibilityMode "Monitor": got 0, want 1; the timeline shows what came instead
        notifications to s1 with /notificationType "StatusChange" in session 0000UaB58WAR003N: got 2, want 0
          +  s1  <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change)  to nobody: no client has subscribed
          +  s1  <- /v2/me/smssessions StatusChange Chatting (notification-status-change)  to nobody: no client has subscribed
        notifications to s1 about s2 with /smssession/supervisorMode "BargeIn" that were delivered: got 0, want at least 1; the timeline shows what came instead
    "#]]
    .assert_eq(&stable(&said.join("\n")));
}

#[test]
fn a_failed_assertion_shows_five_entries_and_not_all() {
    let gws = FakeGws::start();
    for _ in 0..7 {
        gws.customer(SESSION).writes("Hello?");
    }
    let said = said(gws.agent().notifications().try_never());
    assert_eq!(first_line(&said), "notifications to a1: got 7, want 0");
    assert_eq!(said.lines().count(), 6);
}

/// Each one panics where `try_` returns an error, with the same words and the report, at the line of the test.
#[tokio::test]
async fn a_failed_assertion_panics_with_the_report_at_the_line_of_the_test() {
    let gws = four_requests().await;
    let (received, told) = (gws.received(Operation::Intrude), gws.supervisor().notifications());
    let thrice: [&dyn Observed; 3] = [&received; 3];
    let wrong: [(&dyn Fn(), Error); 12] = [
        (&|| drop(received.once()), received.try_once().unwrap_err()),
        (&|| received.never(), received.try_never().unwrap_err()),
        (&|| drop(received.times(3)), received.try_times(3).unwrap_err()),
        (&|| drop(received.at_least(3)), received.try_at_least(3).unwrap_err()),
        (&|| drop(received.at_most(1)), received.try_at_most(1).unwrap_err()),
        (&|| drop(told.once()), told.try_once().unwrap_err()),
        (&|| told.never(), told.try_never().unwrap_err()),
        (&|| drop(told.times(1)), told.try_times(1).unwrap_err()),
        (&|| drop(told.at_least(100)), told.try_at_least(100).unwrap_err()),
        (&|| drop(told.at_most(1)), told.try_at_most(1).unwrap_err()),
        (&|| gws.in_order(&thrice), gws.try_in_order(&thrice).unwrap_err()),
        (&|| gws.nothing_else(), gws.try_nothing_else().unwrap_err()),
    ];
    for (act, error) in wrong {
        let panic = panicked::by(act);
        let report = panic.text.strip_prefix(&format!("{error}\n"));
        let report = report.unwrap_or_else(|| panic!("{error} and not {}", panic.text));
        assert!(report.starts_with("contract kept: "), "{report}");
        assert!(report.contains("\n     +") || report.contains("\n    +"), "{report}");
        assert_eq!(panic.file, file!(), "{error}");
    }
}

#[tokio::test]
async fn requests_and_notifications_come_in_order() {
    let gws = four_requests().await;
    let (intrude, accept) = (gws.received(Operation::Intrude), gws.received(Operation::Accept));
    let told = || gws.supervisor().notifications();
    let (invited, chatting) = (told().state("Invited"), told().state("Chatting"));
    let agent = gws.agent().notifications().about("s1");
    gws.in_order(&[&intrude, &invited, &accept, &chatting, &agent, &intrude, &accept]);
    gws.in_order(&[]);
    // Two of the same are two, and there is no third.
    gws.in_order(&[&intrude, &intrude]);
    let orders: [&[&dyn Observed]; 4] = [
        &[&accept, &invited],
        &[&intrude, &chatting, &invited],
        &[&intrude, &intrude, &intrude],
        &[&intrude, &gws.received(Operation::Transfer)],
    ];
    let said: Vec<String> = orders.iter().map(|order| said(gws.try_in_order(order))).collect();
    expect![[r#"
        in order, number 2 of 2: notifications to s1 with /smssession/state "Invited": none came after
          +  s1  POST /api/v2/me/smssessions/0000UaB58WAR003N Accept  200 statusCode 0 (state-accept)
        it came before:
          +  s1  <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change)  to nobody: no client has subscribed
        in order, number 3 of 3: notifications to s1 with /smssession/state "Invited": none came after
          +  s1  <- /v2/me/smssessions StatusChange Chatting (notification-status-change)  to nobody: no client has subscribed
        it came before:
          +  s1  <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change)  to nobody: no client has subscribed
        in order, number 3 of 3: requests of Intrude: none came after
          +  s2  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
        in order, number 2 of 2: requests of Transfer: none came after
          +  s1  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
    "#]]
    .assert_eq(&stable(&said.join("\n")));
}
