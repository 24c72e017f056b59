//! Connections: too many of them, and clients that stop in the middle of a request or of an answer.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use gws_sms_fake::FakeGws;

use crate::limits::blamed;
use support::raw::{self, RawConnection};

/// In real time: whoever pauses for as long is given up. Here all do; `server/connection` tests who does not, without real time.
const IDLE: Duration = Duration::from_millis(300);

#[test]
fn a_connection_too_many_is_answered_503_and_blamed() {
    let gws = FakeGws::builder().connection_limit(2).start();
    let mut kept = [RawConnection::open(&gws), RawConnection::open(&gws)];
    kept.iter_mut().for_each(|connection| assert_eq!(connection.exchange(raw::me()).status, 200));
    let mut refused = RawConnection::open(&gws);
    let answer = refused.exchange(raw::me());
    assert_eq!((answer.status, answer.text.as_str()), (503, "Too many connections\n"));
    assert!(refused.answer().is_none());
    assert_eq!(kept[0].exchange(raw::me()).status, 200);
    assert_eq!(
        blamed(&gws, "connection-limit"),
        "got one more than 2 connections, want at most 2 at a time; keep connections and use them again, or raise the limit: builder().connection_limit(..)"
    );
}

/// It has read that there are too many, and has not closed yet.
#[test]
fn whoever_is_being_refused_takes_nobodys_place() {
    let gws = FakeGws::builder().connection_limit(1).start();
    let mut first = RawConnection::open(&gws);
    assert_eq!(first.exchange(raw::me()).status, 200);
    let mut refused = RawConnection::open(&gws);
    assert_eq!(refused.exchange(raw::me()).status, 503);
    first.end_sending();
    assert!(first.answer().is_none());
    assert_eq!(RawConnection::open(&gws).exchange(raw::me()).status, 200);
    blamed(&gws, "connection-limit");
}

#[test]
fn whoever_closes_makes_room() {
    let gws = FakeGws::builder().connection_limit(1).start();
    for _ in 0..20 {
        let mut connection = RawConnection::open(&gws);
        assert_eq!(connection.exchange(raw::me()).status, 200);
        connection.end_sending();
        assert!(connection.answer().is_none(), "the fake has closed, and knows it");
    }
    gws.verify();
}

#[test]
fn half_a_header_is_given_up_and_blamed() {
    let gws = FakeGws::builder().idle_timeout(IDLE).start();
    let mut connection = RawConnection::open(&gws);
    connection.send("GET /api/v2/me HTTP/1.1\r\nHos");
    assert!(connection.answer().is_none());
    assert_eq!(
        blamed(&gws, "http-malformed"),
        "got no end of the header within 300ms, want a whole HTTP/1.1 request; send the header to its end, an empty line"
    );
}

#[test]
fn half_a_header_after_a_complete_request_times_out() {
    let gws = FakeGws::builder().idle_timeout(IDLE).start();
    let mut connection = RawConnection::open(&gws);
    assert_eq!(connection.exchange(raw::me()).status, 200);
    connection.send("G");
    assert!(connection.answer().is_none());
    assert!(blamed(&gws, "http-malformed").starts_with("got no end of the header"));
}

#[test]
fn half_a_header_in_one_piece_with_a_complete_request_times_out() {
    let gws = FakeGws::builder().idle_timeout(IDLE).start();
    let mut connection = RawConnection::open(&gws);
    assert_eq!(connection.exchange(raw::me() + "GET /api/v2/me HTTP/1.1\r\nHos").status, 200);
    assert!(connection.answer().is_none());
    assert!(blamed(&gws, "http-malformed").starts_with("got no end of the header"));
}

#[test]
fn half_a_body_is_refused() {
    let gws = FakeGws::builder().idle_timeout(IDLE).start();
    let mut connection = RawConnection::open(&gws);
    let length = "Content-Length: 100\r\n";
    let answer = connection.exchange(raw::post_with(&support::intrude_path(), length, "{"));
    assert_eq!(answer.status, 400);
    assert!(blamed(&gws, "http-malformed").starts_with("got no end of the body within 300ms"));
}

/// The system takes some of what is written for it, and then nothing.
#[test]
fn a_client_that_reads_no_answer_is_given_up_and_blamed() {
    let gws = FakeGws::builder().idle_timeout(IDLE).start();
    let mut stream = TcpStream::connect(raw::address(&gws)).unwrap();
    stream.set_write_timeout(Some(raw::WATCHDOG)).unwrap();
    while let Ok(()) = stream.write_all(raw::me().repeat(1000).as_bytes()) {}
    assert_eq!(
        blamed(&gws, "answer-unread"),
        "got an answer of which the client has taken nothing for 300ms, want a client that reads its answers; read each answer to its end, or close the connection; how long is waited: builder().idle_timeout(..)"
    );
}
