//! The entries that stay, and those that are dropped.

use serde_json::Value;

use crate::engine::log::timeline::*;
use crate::rules::rule;

const NOTHING: Duration = Duration::ZERO;

fn remark(timeline: &mut Timeline) -> u64 {
    timeline.push(NOTHING, None, EntryKind::Remark(String::new()))
}

fn blame(timeline: &mut Timeline, number: u64) {
    let violation = Violation::new(const { rule("method") }, "", "", "");
    timeline.entry_mut(number).unwrap().violations.push(violation);
}

fn request(timeline: &mut Timeline) -> u64 {
    let push = Push {
        messages: Vec::new(),
        sent: Vec::new(),
        had_events: false,
        subscribed: Vec::new(),
        held: true,
        ending: Ending::Open,
    };
    timeline.push(NOTHING, None, EntryKind::Push(push))
}

/// A notification that goes to one client.
fn notification(timeline: &mut Timeline) -> u64 {
    let receipts = Receipt::of(vec!["one".into()]);
    let notified = Notified { receipts, ..Notified::new(None, String::new(), &Value::Null) };
    timeline.push(NOTHING, None, EntryKind::Notification(notified))
}

/// Sheds until there are 5, besides those that stay; what is left.
fn left(timeline: &mut Timeline) -> Vec<u64> {
    timeline.shed(5, |_| true, |_| {});
    timeline.entries().map(|entry| entry.number).collect()
}

#[test]
fn the_oldest_are_dropped_and_counted_and_the_numbers_go_on() {
    let mut timeline = Timeline::default();
    (0..100).for_each(|_| {
        remark(&mut timeline);
    });
    let mut shown = Vec::new();
    timeline.shed(5, |_| true, |entry| shown.push(entry.number));
    assert_eq!(shown, (1..=95).collect::<Vec<_>>());
    assert_eq!(left(&mut timeline), [96, 97, 98, 99, 100]);
    assert_eq!(timeline.dropped(), Dropped { entries: 95, requests: 0 });
    assert_eq!(remark(&mut timeline), 101);
    assert!(timeline.entry(95).is_none());
    assert_eq!(timeline.entry(96).map(|entry| entry.number), Some(96));
}

#[test]
fn a_violation_stays_with_ten_entries_on_both_sides() {
    let mut timeline = Timeline::default();
    for number in 1..=100 {
        remark(&mut timeline);
        if number == 50 {
            blame(&mut timeline, 50);
        }
        timeline.shed(20, |_| true, |_| {});
    }
    let stay: Vec<u64> = (40..=60).chain(96..=100).collect();
    assert_eq!(left(&mut timeline), stay);
    assert_eq!(timeline.entry(50).map(|entry| entry.violations.len()), Some(1));
}

#[test]
fn a_violation_that_does_not_count_is_dropped_with_the_others() {
    let mut timeline = Timeline::default();
    for number in 1..=1_000 {
        remark(&mut timeline);
        blame(&mut timeline, number);
        timeline.shed(5, |_| false, |_| {});
    }
    assert_eq!(left(&mut timeline), (996..=1_000).collect::<Vec<_>>());
}

#[test]
fn what_is_not_over_stays_and_goes_once_it_is() {
    let mut timeline = Timeline::default();
    let held = request(&mut timeline);
    let event = notification(&mut timeline);
    (0..200).for_each(|_| {
        remark(&mut timeline);
    });
    assert_eq!(left(&mut timeline), [held, event, 198, 199, 200, 201, 202]);
    timeline.end(held, Ending::HungUp { at: NOTHING });
    timeline.notified_mut(event).unwrap().receipts[0].delivered = Some(NOTHING);
    // Looking is worth it once there are many.
    for _ in 0..1000 {
        let number = request(&mut timeline);
        (0..10).for_each(|_| {
            remark(&mut timeline);
        });
        timeline.shed(5, |_| true, |_| {});
        timeline.end(number, Ending::HungUp { at: NOTHING });
    }
    let number = request(&mut timeline);
    assert!(timeline.entry(held).is_none() && timeline.entry(event).is_none());
    assert!(timeline.entries().count() < 200, "{}", timeline.entries().count());
    assert_eq!(timeline.entries().last().map(|entry| entry.number), Some(number));
}

#[test]
fn the_requests_that_were_dropped_are_counted_among_all() {
    let mut timeline = Timeline::default();
    for _ in 0..50 {
        let number = request(&mut timeline);
        timeline.end(number, Ending::HungUp { at: NOTHING });
        remark(&mut timeline);
    }
    timeline.shed(5, |_| true, |_| {});
    assert_eq!((timeline.requests(), timeline.dropped().requests), (50, 48));
}

#[test]
fn those_behind_an_entry_are_found_among_the_older_and_the_newest() {
    let mut timeline = Timeline::default();
    let held = request(&mut timeline);
    (0..20).for_each(|_| {
        remark(&mut timeline);
    });
    timeline.shed(3, |_| true, |_| {});
    let behind =
        |number| timeline.after_entry(number).map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!(behind(0), [held, 19, 20, 21]);
    assert_eq!(behind(held), [19, 20, 21]);
    assert_eq!(behind(20), [21]);
    assert_eq!(behind(21), [0; 0]);
}
