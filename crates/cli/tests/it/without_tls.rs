//! A build without TLS says what to build.

use crate::running::Program;
use support::repository;

#[tokio::test]
async fn serve_with_tls_is_refused() {
    let ended = Program::run(&["serve", "--port", "0", "--tls", "--ca-file", "ca.pem"]).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""));
    let said = "gws-sms-fake: cannot serve: --tls: this build speaks no TLS; build it with `--features tls`\n";
    assert_eq!(ended.errors, said);
}

#[tokio::test]
async fn an_https_upstream_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("story.json");
    let upstream = "https://gws.example";
    let output = output.to_str().unwrap();
    let record = ["record", "--port", "0", "--upstream", upstream, "-o", output];
    let ended = Program::run(&record).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""));
    let said = "gws-sms-fake: cannot record: --upstream https://gws.example needs TLS, and this build has none; build it with `--features tls`\n";
    assert_eq!(ended.errors, said);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was begun");
}

#[tokio::test]
async fn replaying_against_https_is_refused() {
    let scenario = repository("fixtures/scenarios/documented-intrude.json");
    let scenario = scenario.to_str().unwrap();
    let ended = Program::run(&["replay", scenario, "--against", "https://gws.example"]).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""));
    let said = "gws-sms-fake: cannot replay: --against https://gws.example needs TLS, and this build has none; build it with `--features tls`\n";
    assert_eq!(ended.errors, said);
}
