//! What is refused before a request can come: it stands in the timeline, and disturbs nobody else.

use expect_test::expect;
use gws_sms_fake::FakeGws;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::bad_input::timeline;
use support::raw::{RawConnection, me};
use support::tls::Trusting;
use support::watch::watched;

/// The next client is served as ever.
async fn serves(gws: &FakeGws) {
    let mut stream = Trusting::ca(gws.ca_certificate().unwrap()).connect(gws.url()).await.unwrap();
    stream.write_all(me().as_bytes()).await.unwrap();
    let mut status_line = [0; 15];
    stream.read_exact(&mut status_line).await.unwrap();
    assert_eq!(&status_line, b"HTTP/1.1 200 OK");
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_ca_is_a_violation() {
    let (gws, lines) = watched(FakeGws::builder().tls());
    let other = FakeGws::builder().tls().start();
    let refused =
        Trusting::ca(other.ca_certificate().unwrap()).connect(gws.url()).await.unwrap_err();
    assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
    lines.wait_for("tls-handshake");
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(
        report.contains("let the client trust the CA of this fake: ca_certificate()"),
        "{report}"
    );
    gws.expect_violation("tls-handshake");
    serves(&gws).await;
    expect![[r#"
        - no HTTP request: a handshake that its client ended with the alert UnknownCA allowed tls-handshake
        s1 GET /api/v2/me 200 statusCode 0
    "#]].assert_eq(&timeline(&gws.report()));
}

#[tokio::test]
async fn a_client_that_speaks_no_tls_is_a_violation() {
    let gws = FakeGws::builder().tls().start();
    let mut connection = RawConnection::open(&gws);
    connection.send(me());
    assert!(connection.answer().is_none(), "the connection is closed");
    let report = gws.try_verify().unwrap_err().to_string();
    let diagnostic = "connection  got bytes without TLS, want a whole TLS handshake; begin the address with https://, as url() does";
    assert!(report.contains(diagnostic), "{report}");
    gws.expect_violation("tls-handshake");
    serves(&gws).await;
    expect![[r#"
        - no HTTP request: bytes without TLS allowed tls-handshake
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

#[tokio::test]
async fn half_a_handshake_is_a_violation() {
    let (gws, lines) = watched(FakeGws::builder().tls());
    let mut connection = RawConnection::open(&gws);
    connection.send([22, 3, 1]);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    lines.wait_for("tls-handshake");
    gws.expect_violation("tls-handshake");
    serves(&gws).await;
    expect![[r#"
        - no HTTP request: half a handshake allowed tls-handshake
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

#[tokio::test]
async fn stalling_handshakes_do_not_delay_other_clients() {
    let gws = FakeGws::builder().tls().start();
    let mut stalled = Vec::new();
    for _ in 0..50 {
        let mut connection = RawConnection::open(&gws);
        connection.send([22, 3, 1]);
        stalled.push(connection);
    }
    serves(&gws).await;
    // Before their clients hang up.
    drop(gws);
    drop(stalled);
}

#[tokio::test]
async fn a_connection_without_a_byte_leaves_no_trace() {
    let gws = FakeGws::builder().tls().start();
    let mut connection = RawConnection::open(&gws);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    serves(&gws).await;
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

#[tokio::test]
async fn bytes_that_are_no_http_within_tls_are_a_violation() {
    let (gws, lines) = watched(FakeGws::builder().tls());
    gws.expect_violation("http-malformed");
    let trust = Trusting::ca(gws.ca_certificate().unwrap());
    let mut stream = trust.connect(gws.url()).await.unwrap();
    stream.write_all(b"\x00\x01\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    let mut stream = trust.connect(gws.url()).await.unwrap();
    stream.write_all(b"GET /api/v2/me HTTP/1.1\r\nHost: g").await.unwrap();
    stream.shutdown().await.unwrap();
    lines.wait_for("half a request");
    serves(&gws).await;
    expect![[r#"
        - no HTTP request: bytes that are none allowed http-malformed
        - no HTTP request: half a request allowed http-malformed
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}
