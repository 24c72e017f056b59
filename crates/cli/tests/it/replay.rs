//! `gws-sms-fake replay`: a recorded session against fakes that are as the recorded one, and against others.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use gws_sms_fake::{Builder, FakeGws, fixtures};
use serde_json::{Value, json};
use tempfile::TempDir;

use support::ports::ReservedPort;
use support::{Desktop, own_path, taken};

/// A recorded session, in a file of its own.
pub(crate) struct Recording {
    folder: TempDir,
}

/// The end of the program: its exit code and its output.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) errors: String,
}

impl Ended {
    /// Place and rule of each difference, of what was printed as JSON.
    fn differences(&self) -> Vec<(String, String)> {
        let said: Value = serde_json::from_str(&self.said).unwrap_or_else(|_| panic!("{self:?}"));
        let differences = said["differences"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        differences
            .map(|difference| (text(&difference["place"]), text(&difference["rule"])))
            .collect()
    }
}

impl Recording {
    /// A supervisor intrudes, with a wrong mode at first, accepts, writes to the agent and leaves.
    pub(crate) async fn of_a_session() -> Self {
        let gws = FakeGws::builder().allow("intrude-mode").start();
        let mut supervisor = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
        assert_eq!(supervisor.intrude("monitor").await.status, 400);
        assert_eq!(supervisor.intrude("Coach").await, taken());
        supervisor.next_event().await;
        assert_eq!(supervisor.operate(fixtures::SESSION, "Accept").await, taken());
        for _ in 0..3 {
            supervisor.next_event().await;
        }
        let advice = json!({ "operationName": "SendMessage", "text": "Look at the depot" });
        let session = own_path(fixtures::SESSION);
        assert_eq!(supervisor.http.post(&session, &advice).await, taken());
        supervisor.next_event().await;
        assert_eq!(supervisor.operate(fixtures::SESSION, "Leave").await, taken());
        supervisor.next_event().await;
        supervisor.sign_out().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("session.json"), gws.recorded()).unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("session.json")
    }

    /// Changes the text of the file.
    fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.file(), text.replace(from, to)).unwrap();
    }

    pub(crate) async fn replay(&self, url: &str, arguments: &[&str]) -> Ended {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        program.arg("replay").arg(self.file()).args(["--against", url]).args(arguments);
        program.env("REPLAY_PASSWORD", fixtures::SUPERVISOR.password);
        program.env_remove("REPLAY_NOT_SET");
        let ended = tokio::task::spawn_blocking(move || program.output());
        let output = ended.await.unwrap().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (said, errors) = (text(output.stdout), text(output.stderr));
        Ended { code: output.status.code(), said, errors }
    }

    /// Returns the differences from a fake that is built so.
    async fn differences(&self, with: impl FnOnce(Builder) -> Builder) -> Vec<(String, String)> {
        let gws = with(FakeGws::builder().allow("intrude-mode")).start();
        let ended = self.replay(gws.url(), &["--format", "json", "--wait-timeout", "2000"]).await;
        let differences = ended.differences();
        let code = if differences.is_empty() { 0 } else { 2 };
        assert_eq!(ended.code, Some(code), "{ended:?}");
        differences
    }
}

fn named(differences: &[(String, String)], place: &str, rule: &str) -> bool {
    differences.contains(&(place.to_owned(), rule.to_owned()))
}

#[tokio::test]
async fn the_fake_itself_shows_no_difference() {
    let recording = Recording::of_a_session().await;
    let gws = FakeGws::builder().allow("intrude-mode").start();
    let ended = recording.replay(gws.url(), &["--wait-timeout", "5000"]).await;
    assert_eq!((ended.code, ended.errors.contains("gws-sms-fake:")), (Some(0), false), "{ended:?}");
    assert!(ended.said.contains("does what"), "{ended:?}");
}

#[tokio::test]
async fn a_named_user_and_pushes_before_their_answers_are_no_difference() {
    let recording = Recording::of_a_session().await;
    let gws = FakeGws::builder().allow("intrude-mode").notifications_first().start();
    let user = ["--user", "s1", "--password-env", "REPLAY_PASSWORD", "--wait-timeout", "5000"];
    let ended = recording.replay(gws.url(), &user).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_message_that_a_client_published_is_sent_and_comes_back_to_it() {
    let publish = |data: &str| {
        format!(r#"{{"step":"bayeux","by":"s1","message":"publish","channel":"/chat"{data}}}"#)
    };
    let steps = [
        r#"{"step":"scenario","version":1,"let":{"text":"on its way"}}"#.to_owned(),
        r#"{"step":"bayeux","by":"s1","message":"handshake"}"#.to_owned(),
        r#"{"step":"bayeux","by":"s1","message":"subscribe","channels":["/chat"]}"#.to_owned(),
        publish(r#","data":{"text":"${text}"}"#),
        publish(""),
        r#"{"step":"bayeux","by":"s1","message":"disconnect"}"#.to_owned(),
    ];
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording { folder };
    std::fs::write(recording.file(), steps.join("\n")).unwrap();
    let gws = FakeGws::builder().allow("bayeux-topic").start();
    let ended = recording.replay(gws.url(), &["--wait-timeout", "5000"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let note = ":5: step 4: publish /chat by s1: not sent, since the step has no data";
    assert!(ended.errors.trim_end().ends_with(note), "{ended:?}");
    let sent = r#""message":"publish","channel":"/chat","data":{"text":"on its way"}"#;
    assert!(gws.recorded().contains(sent), "{}", gws.recorded());
}

#[tokio::test]
async fn another_status_code_is_named_with_its_rule() {
    let recording = Recording::of_a_session().await;
    let found = recording.differences(|builder| builder.answer("intrude-mode", 3, 403)).await;
    assert!(named(&found, "HTTP status", "status-2"), "{found:?}");
    assert!(named(&found, "/statusCode", "field-reply-status-code"), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[tokio::test]
async fn other_capabilities_are_named_with_their_rule() {
    let recording = Recording::of_a_session().await;
    let found = recording.differences(Builder::capabilities_as_documented).await;
    let capabilities = ("/smssession/capabilities", "field-smssession-capabilities");
    assert!(named(&found, capabilities.0, capabilities.1), "{found:?}");
    assert!(found.iter().all(|other| other.1 == capabilities.1), "{found:?}");
}

#[tokio::test]
async fn a_push_that_is_missing_and_one_too_many_are_named() {
    let recording = Recording::of_a_session().await;
    recording.edit(
        "\"notificationType\":\"ParticipantsUpdated\"",
        "\"notificationType\":\"PropertiesUpdated\"",
    );
    let found = recording.differences(|builder| builder).await;
    assert!(named(&found, "the push", "notification-properties-updated"), "{found:?}");
    assert!(named(&found, "the push", "notification-participants-updated"), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[tokio::test]
async fn text_names_step_place_and_rule_of_a_difference() {
    let recording = Recording::of_a_session().await;
    let gws = FakeGws::builder().allow("intrude-mode").answer("intrude-mode", 3, 403).start();
    let ended = recording.replay(gws.url(), &["--wait-timeout", "5000"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for part in ["session.json:", ": step ", "/statusCode: got 3, want 2", "rule status-2 ("] {
        assert!(ended.said.contains(part), "{part}: {ended:?}");
    }
}

#[tokio::test]
async fn wrong_usage_of_replay_exits_with_1() {
    let recording = Recording::of_a_session().await;
    let gws = FakeGws::builder().start();
    let url = gws.url().to_owned();
    let check = async |url: &str, arguments: &[&str], wanted: &str| {
        let ended = tokio::time::timeout(Duration::from_secs(60), recording.replay(url, arguments));
        let ended = ended.await.unwrap();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.contains(wanted), "{wanted}: {ended:?}");
    };
    let password = ["--user", "s1", "--password-env", "REPLAY_NOT_SET"];
    check(&url, &password, "REPLAY_NOT_SET").await;
    check(&url, &["--user", "s1"], "--password-env").await;
    let two = [&["--user", "a1", "--password-env", "REPLAY_PASSWORD"][..]; 2].concat();
    check(&url, &two, "2 users given; give --user once for each of").await;
    check("ftp://gws.example", &[], "give an address that begins with http:// or https://").await;
    let nobody = ReservedPort::new();
    check(&format!("http://{}", nobody.address()), &[], "correct the address, or start the system")
        .await;
    std::fs::write(recording.file(), "[{").unwrap();
    check(&url, &[], "session.json:1").await;
    std::fs::remove_file(recording.file()).unwrap();
    check(&url, &[], "name a scenario").await;
}

#[tokio::test]
async fn an_address_with_credentials_is_refused_and_not_shown() {
    let recording = Recording::of_a_session().await;
    let ended = recording.replay("http://jo:secret@127.0.0.1:1", &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("--against has credentials in its address"), "{ended:?}");
    assert!(!format!("{ended:?}").contains("secret"), "{ended:?}");
    let ended = recording.replay("http://", &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("give one such as http://gws.example:8080"), "{ended:?}");
}
