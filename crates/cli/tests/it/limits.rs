//! `gws-sms-fake serve`: flags for how much it takes. Each is met by something small, and named by the rule that this breaks.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::running::Program;
use support::raw::{SUPERVISOR, WATCHDOG, me};

/// Sends bytes on a connection of their own, and returns the connection.
fn send(program: &Program, bytes: &str) -> TcpStream {
    let address = program.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(WATCHDOG)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

fn push(message: &str) -> String {
    let body = format!("[{message}]");
    format!(
        "POST /api/v2/notifications HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn each_limit_is_a_flag() {
    let handshake = push(
        r#"{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}"#,
    );
    for (flag, value, sent, rule) in [
        ("--body-limit", "10", handshake.as_str(), "body-size"),
        ("--header-limit", "40", &me(), "header-size"),
        ("--connection-limit", "1", &me(), "connection-limit"),
        ("--idle-timeout", "1", "G", "http-malformed"),
    ] {
        let mut program = Program::serve(&[flag, value]).await;
        // One more than the one connection that there may be.
        let earlier = (rule == "connection-limit").then(|| send(&program, ""));
        let open = send(&program, sent);
        program.line(&format!("✗ {rule}")).await;
        drop((earlier, open));
        assert_eq!(program.end("-TERM").await.code, Some(2), "{flag}");
    }
}

#[tokio::test]
async fn the_timeline_limit_drops_older_entries() {
    let program = Program::serve(&["--timeline-limit", "10"]).await;
    let mut stream = send(&program, &me().repeat(29));
    let last = me().replace("Host: gws\r\n", "Host: gws\r\nConnection: close\r\n");
    stream.write_all(last.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 30);
    let ended = program.end("-TERM").await;
    assert!(ended.said.contains("of the older entries 20 were dropped"), "{ended:?}");
}
