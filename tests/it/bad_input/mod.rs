//! What no HTTP library would send, and clients that vanish: each is answered or closed, each stands in the timeline, and
//! the next client is served as if nothing had happened.

mod bodies;
mod hanging_up;
mod heads;
mod lengths;
mod no_http;
mod no_start;
mod paths;
mod sizes;

use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;
use gws_sms_fake::serde_json::json;

use support::intrude_path;
use support::raw::{self, INTRUDE, RawConnection, chunked, intrude, me, post, post_with};
use support::watch::{Lines, watched};

/// The line of a request that tells nobody anything.
const GET_ME: &str = "GET /api/v2/me";
/// The line of what an Intrude tells, which follows its answer.
const INVITED: &str = "<- /v2/me/smssessions";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const MIB: usize = 1024 * 1024;

/// A client sends these bytes, and breaks that rule and no other.
#[track_caller]
fn check(rule: &str, request: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&broken(rule, |connection| connection.send(request)));
}

/// A client sends these bytes, then closes its side, and breaks that rule and no other.
#[track_caller]
fn check_ended(rule: &str, request: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&broken(rule, |connection| {
        connection.send(request);
        connection.end_sending();
    }));
}

/// A client sends these bytes, and GWS takes the request as it takes every good one. The last line of the timeline has
/// that text.
#[track_caller]
fn check_taken(last: &str, request: impl AsRef<[u8]>, expected: Expect) {
    let (gws, lines) = watched_fake();
    let mut connection = RawConnection::open(&gws);
    connection.send(request);
    expected.assert_eq(&outcome(&gws, connection, || lines.wait_for(last)));
    gws.verify();
}

#[track_caller]
fn broken(rule: &str, act: impl FnOnce(&mut RawConnection)) -> String {
    let (gws, lines) = watched_fake();
    let mut connection = RawConnection::open(&gws);
    act(&mut connection);
    let outcome = outcome(&gws, connection, || lines.wait_for(rule));
    gws.try_verify().unwrap_err();
    gws.allow(rule);
    outcome
}

/// The answer, whether the connection is kept, what is wrong, and the timeline once it is settled. The next client is
/// served as ever.
fn outcome(gws: &FakeGws, mut connection: RawConnection, settled: impl FnOnce()) -> String {
    let mut outcome = String::new();
    let answer = connection.answer();
    settled();
    let report = gws.report();
    match answer {
        Some(answer) => {
            let kept = if connection.answers_again() { "kept" } else { "closed" };
            let _ = writeln!(outcome, "{}, connection {kept}", answer.status);
            if !answer.text.is_empty() {
                let kind = answer.header("content-type").unwrap_or("no Content-Type");
                let _ = writeln!(outcome, "{kind}: {}", answer.text);
            }
        }
        None => outcome.push_str("no answer, connection closed\n"),
    }
    for diagnostic in report.lines().filter(|line| line.contains("  got ")) {
        let _ = writeln!(outcome, "{}", diagnostic.trim());
    }
    assert_eq!(RawConnection::open(gws).exchange(me()).status, 200);
    outcome.replace(gws.url(), "http://gws") + &timeline(&report)
}

/// The timeline of a report without its times, which differ from run to run.
pub(crate) fn timeline(report: &str) -> String {
    let (_, lines) = report.trim_end().rsplit_once("\n\n").unwrap();
    let is_time = |word: &str| word == "ms" || word.contains('.') && word.parse::<f64>().is_ok();
    let timeless = |line: &str| {
        let words = line.split_whitespace().filter(|word| !is_time(word));
        words.collect::<Vec<_>>().join(" ") + "\n"
    };
    lines.lines().map(timeless).collect()
}

/// A fake with the defaults, and the lines of its timeline.
fn watched_fake() -> (FakeGws, Lines) {
    watched(FakeGws::builder())
}
