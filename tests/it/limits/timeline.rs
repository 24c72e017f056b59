//! The bound of the timeline: what is dropped, what stays, and what is said of it.

use gws_sms_fake::{FakeGws, Operation};
use serde_json::json;

use crate::limits::lines_with;
use support::raw::{self, RawConnection};

const DROPPED: &str = "of the older entries 80 were dropped, which break no rule; to keep more: builder().timeline_limit(..)";

/// A fake that keeps 20 entries and was asked 100 times.
fn full() -> (FakeGws, RawConnection) {
    let gws = FakeGws::builder().timeline_limit(20).start();
    let mut connection = RawConnection::open(&gws);
    (0..100).for_each(|_| assert_eq!(connection.exchange(raw::me()).status, 200));
    (gws, connection)
}

#[test]
fn the_report_counts_what_was_dropped() {
    let (gws, _connection) = full();
    assert_eq!(lines_with(&gws, "dropped"), [DROPPED]);
    assert_eq!(lines_with(&gws, "GET /api/v2/me").len(), 1);
    assert_eq!(lines_with(&gws, "(this line 19 more times, until ").len(), 1);
    assert!(gws.report().starts_with("contract kept: 100 requests"), "{}", gws.report());
    let report = gws.report_json();
    assert_eq!((&report["requests"], &report["dropped"]), (&json!(100), &json!(80)));
    assert_eq!(report["timeLine"].as_array().unwrap().len(), 20);
    assert_eq!(report["timeLine"][0]["number"], 81);
}

#[test]
fn a_violation_and_its_neighbours_stay() {
    let gws = FakeGws::builder().timeline_limit(20).start();
    gws.expect_violation("path-unknown");
    let mut connection = RawConnection::open(&gws);
    for number in 0..100 {
        let path = if number == 30 { "nothing" } else { "me" };
        let request =
            format!("GET /api/v2/{path} HTTP/1.1\r\nHost: gws\r\n{}\r\n", raw::SUPERVISOR);
        connection.exchange(request);
    }
    let report = gws.report_json();
    let numbers = report["timeLine"].as_array().unwrap().iter();
    let numbers: Vec<u64> = numbers.map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (21..=41).chain(81..=100).collect::<Vec<_>>());
    gws.verify();
}

#[test]
fn a_request_counts_although_its_entry_was_dropped() {
    let (gws, mut connection) = full();
    // Of Intrude there is none among what is kept, and nobody knows of the rest.
    let error = gws.received(Operation::Intrude).try_never().unwrap_err().to_string();
    assert_eq!(
        error,
        "requests of Intrude: got 0, want 0; but of older entries the timeline has dropped 80, which nobody can look at: let it keep more, with builder().timeline_limit(..); the timeline shows what came instead"
    );
    let error = gws.try_nothing_else().unwrap_err().to_string();
    assert!(error.starts_with("nothing else: got 0; but of older entries"), "{error}");
    connection.exchange(raw::intrude(raw::INTRUDE));
    gws.received(Operation::Intrude).at_least(1);
    assert!(gws.recorded().contains("incomplete: 82 older entries"), "{}", gws.recorded());
}

#[cfg(feature = "control")]
#[test]
fn a_reset_begins_to_count_anew() {
    let gws = FakeGws::builder().control().timeline_limit(20).start();
    let mut connection = RawConnection::open(&gws);
    (0..100).for_each(|_| assert_eq!(connection.exchange(raw::me()).status, 200));
    assert_eq!(lines_with(&gws, "dropped").len(), 1);
    let host = raw::address(&gws);
    let reset = format!("POST /__fake/reset HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(connection.exchange(reset).status, 200);
    connection.exchange(raw::me());
    assert_eq!(lines_with(&gws, "dropped"), [""; 0]);
    gws.received(Operation::Intrude).never();
}

/// With it what is dropped counts as exercised.
#[test]
fn the_coverage_is_that_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let written = |limit: usize| {
        let file = folder.path().join(format!("{limit}.jsonl"));
        let gws = FakeGws::builder().timeline_limit(limit).coverage(&file).start();
        let mut connection = RawConnection::open(&gws);
        assert_eq!(connection.exchange(raw::intrude(raw::INTRUDE)).status, 200);
        (0..50).for_each(|_| drop(connection.exchange(raw::me())));
        drop(gws);
        std::fs::read_to_string(file).unwrap()
    };
    let all = written(1000);
    assert!(all.contains("Intrude"), "{all}");
    assert_eq!(written(10), all);
}
