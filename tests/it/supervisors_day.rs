//! A supervisor's day, over real HTTP and real CometD: two desktops, and a customer in the hand of the test.

use gws_sms_fake::{Customer, FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use support::{Desktop, own_path, taken};

/// What a desktop is told next, in a line: who sees whom, and what is said.
async fn told(desktop: &mut Desktop) -> String {
    let event = desktop.next_event().await;
    if let Some(messages) = event["messages"].as_array() {
        return messages.iter().map(said).collect::<Vec<_>>().join("; ");
    }
    if let Some(channels) = event["channels"].as_array() {
        let (channel, state) = (&channels[0]["channel"], &channels[0]["userState"]["state"]);
        return format!("{} is {}", word(channel), word(state));
    }
    let session = &event["smssession"];
    let people = session["participants"].as_array().map(Vec::as_slice).unwrap_or_default();
    let people: Vec<_> = people.iter().map(|it| word(&it["nickname"])).collect();
    let kind = word(&event["notificationType"]);
    format!("{kind} {} [{}]", word(&session["state"]), people.join(", "))
}

fn said(message: &Value) -> String {
    let (who, kind) = (word(&message["from"]["nickname"]), word(&message["type"]));
    let text = message["text"].as_str().map(|text| format!(" {text:?}")).unwrap_or_default();
    format!("{who}: {kind}{text} for {}", word(&message["visibility"]))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("nothing")
}

async fn check_told(desktop: &mut Desktop, expected: &[&str]) {
    for line in expected {
        assert_eq!(told(desktop).await, *line);
    }
}

async fn does(desktop: &Desktop, path: &str, operation: Operation, mut body: Value) {
    body["operationName"] = json!(operation.as_str());
    assert_eq!(desktop.http.post(path, &body).await, taken(), "{operation:?}");
}

async fn signs_in(gws: &FakeGws, user: fixtures::FixtureUser) -> Desktop {
    let mut desktop = Desktop::sign_in(gws, user).await;
    let channels = json!({ "channels": ["smssession"] });
    does(&desktop, "/api/v2/me", Operation::StartContactCenterSession, channels).await;
    check_told(&mut desktop, &["smssession is NotReady"]).await;
    let channel = "/api/v2/me/channels/smssession";
    does(&desktop, channel, Operation::Ready, json!({})).await;
    check_told(&mut desktop, &["smssession is Ready"]).await;
    desktop
}

/// Whom the customer sees.
fn seen_by(customer: &Customer) -> Vec<String> {
    customer.participants().iter().map(|it| word(&it["nickname"]).to_owned()).collect()
}

#[tokio::test]
async fn a_supervisors_day() {
    let gws = FakeGws::start();
    let mut supervisor = signs_in(&gws, fixtures::OTHER_SUPERVISOR).await;
    let mut agent = signs_in(&gws, fixtures::AGENT).await;

    // The supervisor monitors the agent, who is not told.
    let monitored = format!("/api/v2/users/{}/channels/smssession", fixtures::AGENT.id);
    let nickname = json!({ "nickname": "Paula" });
    does(&supervisor, &monitored, Operation::Monitor, nickname).await;

    // A customer writes, and the agent accepts: the supervisor is in the session, unseen.
    let customer = gws.agent().is_offered_a_session();
    let session = own_path(customer.session());
    check_told(&mut agent, &["StatusChange Invited []"]).await;
    let nickname = json!({ "nickname": "Kristi" });
    does(&agent, &session, Operation::Accept, nickname).await;
    let log = "PersonP: ParticipantJoined for All; Kristi: ParticipantJoined for All";
    check_told(
        &mut agent,
        &["StatusChange Chatting []", "ParticipantsUpdated Chatting [PersonP, Kristi]", log],
    )
    .await;
    check_told(
        &mut supervisor,
        &[
            "StatusChange Chatting []",
            "ParticipantsUpdated Chatting [PersonP, Kristi, Paula]",
            &format!("{log}; Paula: ParticipantJoined for Supervisors"),
        ],
    )
    .await;
    customer.writes("My parcel has not arrived");
    for desktop in [&mut agent, &mut supervisor] {
        check_told(desktop, &[r#"PersonP: Text "My parcel has not arrived" for All"#]).await;
    }

    // The supervisor coaches: the agent sees it, the customer does not.
    does(&supervisor, &session, Operation::SwitchToCoach, json!({})).await;
    let advice = json!({ "text": "Look at the depot" });
    does(&supervisor, &session, Operation::SendMessage, advice).await;
    for desktop in [&mut agent, &mut supervisor] {
        check_told(
            desktop,
            &[
                "ParticipantsUpdated Chatting [PersonP, Kristi, Paula]",
                "Paula: ParticipantRejoined for Agents",
                r#"Paula: Text "Look at the depot" for Agents"#,
            ],
        )
        .await;
    }
    assert_eq!(seen_by(&customer), ["PersonP", "Kristi"]);

    // The supervisor barges in: everybody sees it.
    does(&supervisor, &session, Operation::SwitchToBargeIn, json!({})).await;
    let help = json!({ "text": "It is on its way now" });
    does(&supervisor, &session, Operation::SendMessage, help).await;
    for desktop in [&mut agent, &mut supervisor] {
        check_told(
            desktop,
            &[
                "ParticipantsUpdated Chatting [PersonP, Kristi, Paula]",
                "Paula: ParticipantRejoined for All",
                r#"Paula: Text "It is on its way now" for All"#,
            ],
        )
        .await;
    }
    assert_eq!(seen_by(&customer), ["PersonP", "Kristi", "Paula"]);
    assert_eq!(customer.messages().last().unwrap()["text"], "It is on its way now");

    // The customer leaves, and everything completes.
    customer.leaves();
    for desktop in [&mut agent, &mut supervisor] {
        check_told(
            desktop,
            &["ParticipantsUpdated Chatting [Kristi, Paula]", "PersonP: ParticipantLeft for All"],
        )
        .await;
    }
    let sold = json!({ "disposition": "Solved" });
    does(&agent, &session, Operation::SetDisposition, sold).await;
    for desktop in [&mut agent, &mut supervisor] {
        check_told(desktop, &["PropertiesUpdated Chatting [Kristi, Paula]"]).await;
    }
    does(&agent, &session, Operation::Complete, json!({})).await;
    check_told(&mut agent, &["StatusChange Completed []"]).await;
    check_told(
        &mut supervisor,
        &[
            "ParticipantsUpdated Chatting [Paula]",
            "Kristi: ParticipantLeft for All",
            "StatusChange Revoked []",
        ],
    )
    .await;

    // Both sign out; the end of the HTTP session is the last step.
    does(&supervisor, &monitored, Operation::CancelSupervisorMonitoring, json!({})).await;
    for desktop in [agent, supervisor] {
        let http = desktop.http.clone();
        desktop.sign_out().await;
        let end = json!({ "operationName": Operation::EndContactCenterSession.as_str() });
        assert_eq!(http.post("/api/v2/me", &end).await, taken());
    }
}
