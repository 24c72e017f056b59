//! `gws-sms-fake serve --tls`

use std::fs;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::running::Program;
use support::raw::me;
use support::repository;
use support::tls::Trusting;

#[tokio::test]
async fn the_ca_file_has_the_certificate_that_a_client_must_trust() {
    let folder = TempDir::new().unwrap();
    let [ca, ready] = ["ca.pem", "ready"].map(|name| folder.path().join(name));
    let [ca_name, ready_name] = [&ca, &ready].map(|file| file.to_str().unwrap());
    fs::write(&ca, "that of an earlier run").unwrap();
    let program =
        Program::serve(&["--tls", "--ca-file", ca_name, "--ready-file", ready_name]).await;
    assert!(
        program.greeting.contains(&format!("curl -sS --cacert {ca_name} ")),
        "{}",
        program.greeting
    );
    let url = fs::read_to_string(&ready).unwrap();
    assert_eq!(url, program.url());
    let trust = Trusting::ca(&fs::read_to_string(&ca).unwrap());
    let mut stream = trust.connect(&url).await.unwrap();
    stream.write_all(me().as_bytes()).await.unwrap();
    let mut status_line = [0; 15];
    stream.read_exact(&mut status_line).await.unwrap();
    assert_eq!(&status_line, b"HTTP/1.1 200 OK");
    stream.shutdown().await.unwrap();
    let ended = program.end("-TERM").await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_page_of_the_control_endpoints_own_origin_is_answered() {
    let folder = TempDir::new().unwrap();
    let ca = folder.path().join("ca.pem");
    let program = Program::serve(&["--tls", "--ca-file", ca.to_str().unwrap()]).await;
    let trust = Trusting::ca(&fs::read_to_string(&ca).unwrap());
    let host = program.url().strip_prefix("https://").unwrap().to_owned();
    for (origin, expected) in [
        (program.url().to_owned(), "HTTP/1.1 200 OK"),
        (format!("http://{host}"), "HTTP/1.1 403 Fo"),
    ] {
        let mut stream = trust.connect(program.url()).await.unwrap();
        let head =
            format!("GET /__fake/clock HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut status_line = [0; 15];
        stream.read_exact(&mut status_line).await.unwrap();
        assert_eq!(std::str::from_utf8(&status_line).unwrap(), expected, "{origin}");
    }
    program.end("-TERM").await;
}

#[tokio::test]
async fn scenarios_are_played_over_tls() {
    let scenario = repository("fixtures/scenarios/documented-intrude.json");
    let scenario = scenario.to_str().unwrap();
    let program = Program::play(&[scenario, "--tls"]).await;
    assert!(program.url().starts_with("https://127.0.0.1:"), "{}", program.greeting);
    assert!(program.greeting.contains("curl -sS --insecure "), "{}", program.greeting);
    program.end("-TERM").await;
}

#[tokio::test]
async fn a_ca_file_without_tls_is_wrong_usage() {
    let ended = Program::run(&["serve", "--port", "0", "--ca-file", "ca.pem"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("--tls"), "{ended:?}");
}
