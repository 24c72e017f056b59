//! `gws-sms-fake record` and `replay` as clients of a system that speaks TLS.

use std::fs;
use std::path::Path;

use gws_sms_fake::{FakeGws, fixtures};
use tempfile::TempDir;

use crate::record::{kinds, story};
use crate::replay::Recording;
use crate::running::Program;
use support::HttpClient;
use support::watch::watched;

/// The file of the CA of a fake.
fn ca_file(gws: &FakeGws, folder: &TempDir) -> String {
    let file = folder.path().join("ca.pem");
    fs::write(&file, gws.ca_certificate().unwrap()).unwrap();
    name(&file)
}

fn name(file: &Path) -> String {
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_recording_of_an_upstream_with_tls_plays_without_tls() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::builder().tls().start());
    let (file, ca) = (name(&folder.path().join("story.json")), ca_file(&gws, &folder));
    let recorder = Program::record(gws.url(), &file, &["--upstream-ca", &ca]).await;
    assert!(recorder.url().starts_with("http://"), "{}", recorder.url());
    let received = story(&gws, recorder.url()).await;
    for event in &received {
        assert!(!event.to_string().contains("https://"), "the client stays on the proxy: {event}");
    }
    assert!(
        received.iter().any(|notification| notification.to_string().contains(recorder.url())),
        "{received:?}"
    );
    let ended = recorder.end("-TERM").await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(gws.url()), "{text}");
    let played = FakeGws::builder().play(&file).start();
    assert_eq!(kinds(&story(&played, played.url()).await), kinds(&received));
    played.verify();
}

#[tokio::test]
async fn an_untrusted_upstream_is_answered_502_with_the_reason() {
    let (folder, (gws, lines)) = (TempDir::new().unwrap(), watched(FakeGws::builder().tls()));
    gws.expect_violation("tls-handshake");
    let other = FakeGws::builder().tls().start();
    let (file, ca) = (name(&folder.path().join("story.json")), ca_file(&other, &folder));
    let recorder = Program::record(gws.url(), &file, &["--upstream-ca", &ca]).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(recorder.url());
    let answer = http.get("/api/v2/me").await;
    assert_eq!(answer.status, 502);
    let said = answer.body.as_str().unwrap();
    let hint = "if that is a CA of your own, name its file with --upstream-ca";
    assert!(said.contains("invalid peer certificate") && said.contains(hint), "{said}");
    lines.wait_for("tls-handshake");
    recorder.end("-TERM").await;
}

#[tokio::test]
async fn a_file_that_is_no_ca_is_wrong_usage() {
    let folder = TempDir::new().unwrap();
    let output = name(&folder.path().join("story.json"));
    let text = name(&folder.path().join("text.pem"));
    fs::write(&text, "no certificate").unwrap();
    let missing = name(&folder.path().join("missing.pem"));
    for (upstream, ca, wanted) in [
        (
            "https://127.0.0.1:1",
            &text,
            "text.pem: there is no certificate in it; name a file with the certificate of a CA",
        ),
        ("https://127.0.0.1:1", &missing, "missing.pem: "),
        ("http://127.0.0.1:1", &text, "needs an address that begins with https://"),
    ] {
        let record = ["record", "--port", "0", "--upstream", upstream, "-o", &output];
        let ended = Program::run(&[&record[..], &["--upstream-ca", ca]].concat()).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.contains(wanted), "{wanted}: {ended:?}");
    }
    assert!(!Path::new(&format!("{output}.part")).exists(), "nothing was begun");
}

#[tokio::test]
async fn a_fake_over_tls_shows_no_difference_when_it_is_replayed_against() {
    let (recording, folder) = (Recording::of_a_session().await, TempDir::new().unwrap());
    let (gws, lines) = watched(FakeGws::builder().allow("intrude-mode").tls());
    let ca = ca_file(&gws, &folder);
    let ended = recording.replay(gws.url(), &["--against-ca", &ca, "--wait-timeout", "5000"]).await;
    assert_eq!((ended.code, ended.errors.contains("gws-sms-fake:")), (Some(0), false), "{ended:?}");
    assert!(ended.said.contains("does what"), "{ended:?}");
    gws.expect_violation("tls-handshake");
    let ended = recording.replay(gws.url(), &["--wait-timeout", "5000"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.errors.contains("name its file with --against-ca"), "{ended:?}");
    lines.wait_for("tls-handshake");
}
