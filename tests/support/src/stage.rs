//! Two agents and a supervisor, all connected, and what each of them is told of what one of them does, as short text.

use std::fmt::Write;

use gws_sms_fake::fixtures::FixtureUser;
use gws_sms_fake::{Builder, FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::http_client::{intrude_path, own_path};
use crate::transport::Served;

/// A fake with `a1`, `a2` and `s1` connected to it.
pub struct Stage<G = FakeGws> {
    /// The fake.
    pub gws: G,
    /// In this order, with their names.
    desktops: Vec<(&'static str, Desktop)>,
}

impl Stage {
    /// Starts a fake with the defaults, and connects all three.
    pub async fn set() -> Self {
        Self::of(FakeGws::builder()).await
    }

    /// Starts that fake, and connects all three.
    pub async fn of(builder: Builder) -> Self {
        Self::on(builder.start()).await
    }
}

impl<G: Served> Stage<G> {
    /// Connects all three to that fake.
    pub async fn on(gws: G) -> Self {
        let mut desktops = Vec::new();
        for user in [fixtures::AGENT, fixtures::OTHER_AGENT, fixtures::SUPERVISOR] {
            let mut desktop = Desktop::sign_in(&gws, user).await;
            // The first sign-in is not to be told in a test.
            desktop.events_so_far().await;
            desktops.push((user.user_name, desktop));
        }
        Self { gws, desktops }
    }

    /// The second agent joins the conversation, and the supervisor in that mode; what is told of it is left out.
    pub async fn with_company(mut self, mode: &str) -> Self {
        self.join(fixtures::OTHER_AGENT).await;
        self.supervise(mode).await;
        self
    }

    /// The agent invites that user, who accepts; what is told of it is left out.
    pub async fn join(&mut self, user: FixtureUser) {
        let path = format!("/api/v2/users/{}", user.id);
        let target = json!({ "targetUri": format!("{}{path}", self.gws.address()) });
        self.gws.perform("a1", Operation::Invite, fixtures::SESSION, target);
        self.gws.perform(user.user_name, Operation::Accept, fixtures::SESSION, json!({}));
        self.notifications().await;
    }

    /// The supervisor intrudes in that mode, and accepts.
    pub async fn supervise(&mut self, mode: &str) {
        let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        self.post("s1", &intrude_path(), intrude).await;
        self.operate("s1", fixtures::SESSION, json!({ "operationName": "Accept" })).await;
    }

    /// One operation on a session of the user's own: the reply, and what each client is told.
    pub async fn operate(&mut self, user: &str, session: &str, body: Value) -> String {
        self.post(user, &own_path(session), body).await
    }

    /// One operation at any path: the reply, and what each client is told.
    pub async fn post(&mut self, user: &str, path: &str, body: Value) -> String {
        let (_, desktop) = self.desktops.iter().find(|(name, _)| *name == user).unwrap();
        let answer = desktop.http.post(path, &body).await;
        let operation = body["operationName"].as_str().unwrap();
        let mut text = format!("{user} {operation}: {} {}\n", answer.status, answer.body);
        for line in self.notifications().await.lines() {
            let _ = writeln!(text, "  {line}");
        }
        text
    }

    /// The notifications that each client has received since the last call, one line each.
    pub async fn notifications(&mut self) -> String {
        let mut text = String::new();
        for (name, desktop) in &mut self.desktops {
            for event in desktop.events_so_far().await {
                let _ = writeln!(text, "{name} {}", in_short(&event));
            }
        }
        text
    }

    /// Everybody leaves.
    pub async fn clear(self) -> G {
        for (_, desktop) in self.desktops {
            desktop.sign_out().await;
        }
        self.gws
    }
}

/// The parts of a notification in which one differs from another. What each holds in full is compared elsewhere.
pub fn in_short(event: &Value) -> String {
    let kind = event["notificationType"].as_str().unwrap_or_default();
    if let Some(messages) = event["messages"].as_array() {
        let messages: Vec<String> = messages.iter().map(message).collect();
        return format!("{kind}: {}", messages.join(", "));
    }
    if let Some(channels) = event["channels"].as_array() {
        let state = |value: &Value| {
            format!("{} {}", word(&value["channel"]), word(&value["userState"]["state"]))
        };
        return channels.iter().map(state).collect::<Vec<_>>().join(", ");
    }
    let session = &event["smssession"];
    let mut text = format!("{kind}: {}", word(&session["state"]));
    for participant in session["participants"].as_array().into_iter().flatten() {
        let _ = write!(
            text,
            " {}({})",
            word(&participant["nickname"]),
            word(&participant["visibility"])
        );
    }
    if session.get("capabilities").is_none() {
        text.push_str(" offers nothing");
    }
    for (name, value) in [
        ("as", &session["supervisorMode"]),
        ("reference", &event["referenceId"]),
        ("error", &event["errorMessage"]),
    ] {
        if !value.is_null() {
            let _ = write!(text, " {name} {}", word(value));
        }
    }
    text
}

fn message(message: &Value) -> String {
    let content = ["text", "url", "noticeText"].into_iter().find_map(|field| message.get(field));
    let content = content.map(|content| format!(" {content}")).unwrap_or_default();
    let (index, from) = (&message["index"], word(&message["from"]["nickname"]));
    let (kind, visibility) = (word(&message["type"]), word(&message["visibility"]));
    format!("{index} {from} {kind}({visibility}){content}")
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
