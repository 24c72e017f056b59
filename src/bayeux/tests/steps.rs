//! The next steps that a client may take, and the way in which they are drawn.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::bayeux::options::CometdOptions;
use crate::bayeux::session::{InjectedAdvice, ReleaseReason};

/// A client: its id, its browser, and whether it acknowledges what it gets. The first letter is its owner.
pub(super) type Client = (&'static str, &'static str, bool);

pub(super) const CLIENTS: [Client; 4] =
    [("p1", "one", false), ("p2", "one", false), ("p3", "two", true), ("b1", "three", false)];
const CHANNELS: [&str; 3] = ["/a", "/a/b", "/c/d/e"];
const PATTERNS: [&str; 7] = ["/a", "/a/b", "/c/d/e", "/a/*", "/a/**", "/**", "/c/*"];

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// One request, whose answer may not reach the client.
    Send(Client, Vec<Act>, Way),
    /// The client closes its connection while its connect is held, which the server may notice.
    HangUp(Client, Noticed),
    Publish(Option<&'static str>, &'static str),
    Deliver(Client, &'static str),
    EndSession(Client),
    Pass(u64),
    /// Something that a test orders for the clients of an owner.
    Order(&'static str, AdminAction),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum AdminAction {
    Forget,
    Disconnect,
    ReleaseReason(ReleaseReason),
    Advise(InjectedAdvice),
}

/// The moment at which the server notices that a client has hung up: before it writes to it, or when it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Noticed {
    AtOnce,
    WhenWritten,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Connect {
        timeout: Option<u64>,
        interval: Option<u64>,
        acknowledged: u8,
    },
    Subscribe(Vec<&'static str>),
    Unsubscribe(&'static str),
    Publish(&'static str),
    Disconnect,
    /// A message that makes CometD throw.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    Arrives,
    IsLost,
}

fn act() -> impl Strategy<Value = Act> {
    let timeout =
        prop_oneof![4 => Just(None), 2 => Just(Some(0)), 2 => (1..40_000_u64).prop_map(Some)];
    let interval = prop_oneof![4 => Just(None), 1 => (0..20_000_u64).prop_map(Some)];
    prop_oneof![
        6 => (timeout, interval, 0..3_u8).prop_map(|(timeout, interval, acknowledged)| {
            Act::Connect { timeout, interval, acknowledged }
        }),
        3 => vec(select(&PATTERNS[..]), 1..3).prop_map(Act::Subscribe),
        1 => select(&PATTERNS[..]).prop_map(Act::Unsubscribe),
        3 => select(&CHANNELS[..]).prop_map(Act::Publish),
        1 => prop_oneof![Just(Act::Disconnect), Just(Act::Broken)],
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let client = || select(&CLIENTS[..]);
    let channel = || select(&CHANNELS[..]);
    let owner = select(&[None, Some("p"), Some("b")][..]);
    let noticed = select(&[Noticed::AtOnce, Noticed::WhenWritten][..]);
    let interval =
        (0..20_000_u64).prop_map(|millis| InjectedAdvice::Interval(Duration::from_millis(millis)));
    let advice = prop_oneof![Just(InjectedAdvice::None), interval];
    let ordered = prop_oneof![
        1 => Just(AdminAction::Forget),
        1 => Just(AdminAction::Disconnect),
        1 => select(&[ReleaseReason::Failed, ReleaseReason::Cut][..]).prop_map(AdminAction::ReleaseReason),
        2 => advice.prop_map(AdminAction::Advise),
    ];
    let way = prop_oneof![5 => Just(Way::Arrives), 1 => Just(Way::IsLost)];
    let acts = prop_oneof![4 => vec(act(), 1), 1 => vec(act(), 2..4)];
    prop_oneof![
        12 => (client(), acts, way).prop_map(|(client, acts, way)| Step::Send(client, acts, way)),
        2 => (client(), noticed).prop_map(|(client, noticed)| Step::HangUp(client, noticed)),
        4 => (owner, channel()).prop_map(|(owner, channel)| Step::Publish(owner, channel)),
        1 => (client(), channel()).prop_map(|(client, channel)| Step::Deliver(client, channel)),
        1 => client().prop_map(Step::EndSession),
        3 => (0..15_000_u64).prop_map(Step::Pass),
        1 => (select(&["p", "b"][..]), ordered).prop_map(|(owner, ordered_step)| Step::Order(owner, ordered_step)),
    ]
}

pub(super) fn settings() -> impl Strategy<Value = CometdOptions> {
    let limit = select(&[None, Some(1)][..]);
    (any::<bool>(), any::<bool>(), limit).prop_map(|(connects_only, keep, limit)| CometdOptions {
        meta_connect_deliver_only: connects_only,
        max_sessions_per_browser: limit,
        keep_on_hangup: keep,
        ..CometdOptions::default()
    })
}
