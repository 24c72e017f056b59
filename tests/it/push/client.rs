//! What the tests of the push side share.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use serde_json::Value;
use support::{CometdClient, RawConnection, Reachable};

/// A client on a socket of its own.
pub(crate) type Client = CometdClient<RawConnection>;

/// Whether something has not come about yet.
pub(crate) fn is_pending(waiting: Pin<&mut impl Future>) -> bool {
    waiting.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// The texts of the messages that a customer or an agent wrote, of all events among these messages.
pub(crate) fn texts(messages: &Value) -> Vec<&str> {
    let events = messages.as_array().unwrap().iter();
    let written = events.filter_map(|event| event["data"]["messages"].as_array()).flatten();
    written.filter_map(|message| message["text"].as_str()).collect()
}

/// What the only violation so far is, in the words of the report. It is of that rule, and is let pass from now on.
#[track_caller]
pub(crate) fn violation(gws: &impl Reachable, rule: &str) -> String {
    let report = gws.failure().expect("a violation");
    let mut parts = report.split("\n\n");
    let headline = parts.next().unwrap();
    assert!(headline.starts_with("contract broken: 1 violation in"), "{report}");
    let violation = parts.next().unwrap().to_owned();
    assert!(violation.contains(&format!("\n  rule {rule}: ")), "{report}");
    gws.let_pass(rule);
    assert_eq!(gws.failure(), None);
    violation
}
