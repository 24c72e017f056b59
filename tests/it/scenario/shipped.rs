//! The scenarios of `fixtures/scenarios`: each is played to a client to its end, and what is recorded of that is the same
//! scenario. With `UPDATE_SCENARIOS=1` they are recorded anew.

use std::path::{Path, PathBuf};

use gws_sms_fake::fixtures::{
    AGENT, FixtureUser, OTHER_AGENT, OTHER_SUPERVISOR, SESSION, SUPERVISOR,
};
use gws_sms_fake::{FakeGws, Operation};
use serde_json::{Value, json};

use support::{Answer, Desktop, HttpClient, intrude_path, own_path, taken};

/// A fake, and whether it is recorded: then the test is also what no client does.
struct Play<'g> {
    gws: &'g FakeGws,
    live: bool,
}

impl Play<'_> {
    async fn signs_in(&self, user: FixtureUser) -> Desktop {
        let desktop = Desktop::sign_in(self.gws, user).await;
        self.settled(&[user]).await;
        desktop
    }

    /// Waits until everything has been told to these users, and their clients listen again.
    async fn settled(&self, users: &[FixtureUser]) {
        self.gws.idle().await;
        for user in users {
            self.gws.user(user.user_name).connect_held().await;
        }
    }

    async fn does(&self, desktop: &Desktop, path: &str, operation: Operation, mut body: Value) {
        body["operationName"] = json!(operation.as_str());
        assert_eq!(desktop.http.post(path, &body).await, taken(), "{operation:?}");
        self.gws.idle().await;
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/scenarios/{name}.json"))
}

/// The actions of those who are not clients. Each stands in front of the first line that has its text, and behind the action
/// before it. A replay does them; a fake that plays passes over them, so no recording has them.
const OTHERS: &[(&str, &[(&str, &str)])] = &[(
    "supervisors-day",
    &[
        (r#""call":"route","replay_only":true,"with":{"user":"a1"}"#, r#""state":"Invited""#),
        (
            r#""call":"customer-writes","replay_only":true,"with":{"session":"${session}","text":"My parcel has not arrived"}"#,
            "My parcel has not arrived",
        ),
        (
            r#""call":"customer-leaves","replay_only":true,"with":{"session":"${session}"}"#,
            // The customer is no participant any longer.
            r#""participants":[{"nickname":"Kristi""#,
        ),
    ],
)];

/// The recording with what others do.
fn with_others(name: &str, recorded: &str) -> String {
    let others = OTHERS.iter().find(|(of, _)| *of == name).map(|(_, others)| *others);
    let mut others = others.unwrap_or_default().iter().peekable();
    let mut text = String::new();
    for line in recorded.lines() {
        if let Some((call, _)) = others.next_if(|(_, before)| line.contains(before)) {
            text += &format!("{{\"step\":\"test\",\"at\":0,{call}}},\n");
        }
        text += &format!("{line}\n");
    }
    assert!(others.next().is_none(), "{name}: {text}");
    text
}

/// Plays the scenario to a client, and records that.
async fn check(name: &str, client: impl AsyncFn(&Play<'_>)) {
    let path = path(name);
    if std::env::var_os("UPDATE_SCENARIOS").is_some() {
        let gws = FakeGws::start();
        gws.clock().pause();
        client(&Play { gws: &gws, live: true }).await;
        gws.idle().await;
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, with_others(name, &gws.recorded())).unwrap();
    }
    let shipped = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let folder = tempfile::tempdir().unwrap();
    let mut played = path;
    // What is recorded of a recording is the same again.
    for round in 1..=2 {
        let gws = FakeGws::play(&played);
        gws.clock().pause();
        client(&Play { gws: &gws, live: false }).await;
        gws.idle().await;
        assert_eq!(with_others(name, &gws.recorded()), shipped, "{name}, round {round}");
        played = folder.path().join(format!("{round}.json"));
        gws.record(&played);
        gws.verify();
    }
}

#[tokio::test]
async fn documented_intrude() {
    check("documented-intrude", async |play| {
        let mut desktop = play.signs_in(SUPERVISOR).await;
        assert_eq!(desktop.intrude("Coach").await, taken());
        let expected = desktop.next_event().await;
        assert_eq!(expected["smssession"]["state"], "Invited");
        assert_eq!(expected["smssession"]["supervisorMode"], "Coach");
        play.settled(&[SUPERVISOR]).await;
        desktop.sign_out().await;
    })
    .await;
}

#[tokio::test]
async fn intrude_accept_coach_barge_in_leave() {
    check("intrude-accept-coach-barge-in-leave", async |play| {
        let users = [AGENT, SUPERVISOR];
        let agent = play.signs_in(AGENT).await;
        let supervisor = play.signs_in(SUPERVISOR).await;
        assert_eq!(supervisor.intrude("Monitor").await, taken());
        play.settled(&users).await;
        let own = own_path(SESSION);
        for (operation, body) in [
            (Operation::Accept, json!({ "nickname": "Paula" })),
            (Operation::SwitchToCoach, json!({})),
            (Operation::SendMessage, json!({ "text": "Look at the depot" })),
            (Operation::SwitchToBargeIn, json!({})),
            (Operation::SendMessage, json!({ "text": "It is on its way now" })),
            (Operation::Leave, json!({})),
        ] {
            play.does(&supervisor, &own, operation, body).await;
            play.settled(&users).await;
        }
        supervisor.sign_out().await;
        agent.sign_out().await;
    })
    .await;
}

#[tokio::test]
async fn refused_intrusions() {
    check("refused-intrusions", async |play| {
        let intrude = json!({ "operationName": "Intrude" });
        let unknown = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Spy" });
        let bogus = format!("/api/v2/users/{}/smssessions/0000UaB58WAR999Z", AGENT.id);
        let mode = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
        for (user, path, body, rule) in [
            (OTHER_SUPERVISOR, intrude_path(), &intrude, "intrude-mode-missing"),
            (OTHER_SUPERVISOR, intrude_path(), &unknown, "intrude-mode"),
            (OTHER_SUPERVISOR, bogus, &mode, "session-unknown"),
            (OTHER_AGENT, intrude_path(), &mode, "supervisor-role"),
        ] {
            if play.live {
                play.gws.expect_violation(rule);
            }
            let Answer { status, .. } = HttpClient::of(play.gws, user).post(&path, body).await;
            assert!(status >= 400, "{rule}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_client_handshakes_again() {
    check("lost-client", async |play| {
        let lost = play.signs_in(SUPERVISOR).await;
        assert_eq!(lost.intrude("Coach").await, taken());
        play.settled(&[SUPERVISOR]).await;
        assert_eq!(lost.http.get("/api/v2/me/smssessions").await.status, 200);
        if play.live {
            play.gws.supervisor().push_faults().forget_client();
        }
        lost.lost().await;
        let again = play.signs_in(SUPERVISOR).await;
        play.does(&again, &own_path(SESSION), Operation::Reject, json!({})).await;
        play.settled(&[SUPERVISOR]).await;
        again.sign_out().await;
    })
    .await;
}

#[tokio::test]
async fn a_supervisors_day() {
    check("supervisors-day", async |play| {
        let users = [AGENT, OTHER_SUPERVISOR];
        let supervisor = play.signs_in(OTHER_SUPERVISOR).await;
        let mut agent = play.signs_in(AGENT).await;
        let channels = json!({ "channels": ["smssession"] });
        for desktop in [&supervisor, &agent] {
            let begin = Operation::StartContactCenterSession;
            play.does(desktop, "/api/v2/me", begin, channels.clone()).await;
            let channel = "/api/v2/me/channels/smssession";
            play.does(desktop, channel, Operation::Ready, json!({})).await;
            play.settled(&users).await;
        }
        for expected in ["NotReady", "Ready"] {
            let event = agent.next_event().await;
            assert_eq!(event["channels"][0]["userState"]["state"], expected);
        }
        let monitored = format!("/api/v2/users/{}/channels/smssession", AGENT.id);
        let paula = json!({ "nickname": "Paula" });
        play.does(&supervisor, &monitored, Operation::Monitor, paula).await;
        let customer = play.live.then(|| play.gws.agent().is_offered_a_session());
        let invited = agent.next_event().await;
        let session = own_path(invited["smssession"]["id"].as_str().unwrap());
        play.settled(&users).await;
        let accept = json!({ "nickname": "Kristi" });
        play.does(&agent, &session, Operation::Accept, accept).await;
        if let Some(customer) = &customer {
            customer.writes("My parcel has not arrived");
        }
        play.settled(&users).await;
        for (operation, body) in [
            (Operation::SwitchToCoach, json!({})),
            (Operation::SendMessage, json!({ "text": "Look at the depot" })),
            (Operation::SwitchToBargeIn, json!({})),
            (Operation::SendMessage, json!({ "text": "It is on its way now" })),
        ] {
            play.does(&supervisor, &session, operation, body).await;
            play.settled(&users).await;
        }
        if let Some(customer) = &customer {
            customer.leaves();
        }
        play.settled(&users).await;
        let solved = json!({ "disposition": "Solved" });
        play.does(&agent, &session, Operation::SetDisposition, solved).await;
        play.settled(&users).await;
        play.does(&agent, &session, Operation::Complete, json!({})).await;
        play.settled(&users).await;
        let cancel = Operation::CancelSupervisorMonitoring;
        play.does(&supervisor, &monitored, cancel, json!({})).await;
        for desktop in [agent, supervisor] {
            let http = desktop.http.clone();
            desktop.sign_out().await;
            let end = json!({ "operationName": Operation::EndContactCenterSession.as_str() });
            assert_eq!(http.post("/api/v2/me", &end).await, taken());
        }
    })
    .await;
}
