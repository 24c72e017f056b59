//! What random actors do: clients of agents and supervisors on both sides, and the test that has the fake in its hand.

use std::fmt;
use std::time::Duration;

use gws_sms_fake::fixtures::{self, AGENT, FixtureUser, OTHER_AGENT, OTHER_SUPERVISOR, SUPERVISOR};
use gws_sms_fake::{FaultHandle, Operation, PushFaults, RestFaults};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::wrong::{WRONG_BAYEUX, WRONG_REQUESTS, WrongBayeux, WrongRequest};

/// Those that listen to the push side, and make no mistake there.
pub(super) const LISTENERS: [FixtureUser; 3] = [AGENT, OTHER_AGENT, SUPERVISOR];

/// Who sends requests.
pub(super) const CALLERS: [FixtureUser; 4] = [AGENT, OTHER_AGENT, SUPERVISOR, OTHER_SUPERVISOR];

/// The session that a customer begins is the first one that the fake numbers itself.
pub(super) const NEW_SESSION: &str = "0000FaKE0W000001";

pub(super) const PLACES: [&str; 5] = [
    fixtures::SESSION,
    fixtures::INVITED_SESSION,
    fixtures::LEFT_SESSION,
    fixtures::COMPLETED_SESSION,
    NEW_SESSION,
];

/// What a test orders, as it stands in the table of faults: what it is ordered by, and whether the user's events may come twice,
/// late or not at all then.
pub(super) type Fault = (&'static str, Events, fn(&PushFaults, Duration));

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Events {
    InOrder,
    AnyHow,
}

use Events::{AnyHow, InOrder};

#[rustfmt::skip]
pub(super) const FAULTS: &[Fault] = &[
    ("lose_next_event",       AnyHow,  |faults, _| drop(faults.lose_next_event().clone())),
    ("duplicate_next_event",  AnyHow,  |faults, _| drop(faults.duplicate_next_event().clone())),
    ("delay_next_event",      AnyHow,  |faults, span| drop(faults.delay_next_event(span).clone())),
    ("reorder_next_events",   AnyHow,  |faults, _| drop(faults.reorder_next_events().clone())),
    ("deliver_on_subscribe",  AnyHow,  |faults, _| drop(faults.deliver_on_subscribe().clone())),
    ("deliver_before_answer", InOrder, |faults, _| drop(faults.deliver_before_answer().clone())),
    ("deliver_after_answer",  InOrder, |faults, _| drop(faults.deliver_after_answer().clone())),
    ("never_deliver",         AnyHow,  |faults, _| drop(faults.never_deliver().clone())),
    ("refuse_next_handshake", InOrder, |faults, _| drop(faults.refuse_next_handshake().clone())),
    ("lose_next_cookie",      InOrder, |faults, _| drop(faults.lose_next_cookie().clone())),
    ("forget_client",         InOrder, |faults, _| drop(faults.forget_client().clone())),
    ("disconnect_client",     InOrder, |faults, _| drop(faults.disconnect_client().clone())),
    ("fail_held_connect",     InOrder, |faults, _| drop(faults.fail_held_connect().clone())),
    ("cut_held_connect",      InOrder, |faults, _| drop(faults.cut_held_connect().clone())),
    ("advise_none",           InOrder, |faults, _| drop(faults.advise_none().clone())),
    ("advise_interval",       InOrder, |faults, span| drop(faults.advise_interval(span).clone())),
];

/// What a test programs, as it stands in the table of exceptions, and whether requests wait by it.
pub(super) type Exception = (&'static str, Waits, fn(RestFaults, Duration) -> FaultHandle);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Waits {
    No,
    Yes,
}

#[rustfmt::skip]
pub(super) const REST_FAULTS: &[Exception] = &[
    ("refuse",              Waits::No,  |next, _| next.refuse(5, 500)),
    ("delay",               Waits::Yes, |next, span| next.delay(span)),
    ("hang",                Waits::Yes, |next, _| next.hang()),
    ("reset_before_answer", Waits::No,  |next, _| next.reset_before_answer()),
    ("reset_within_answer", Waits::No,  |next, _| next.reset_within_answer()),
    ("reset_after_answer",  Waits::No,  |next, _| next.reset_after_answer()),
    ("truncate",            Waits::No,  |next, _| next.truncate()),
    ("garbage",             Waits::No,  |next, _| next.garbage()),
];

#[derive(Clone)]
pub(super) enum Act {
    /// A desktop begins to listen, unless it does.
    Listens(FixtureUser),
    /// It disconnects as it should.
    Leaves(FixtureUser),
    /// It is ended, and its connections are closed, whatever goes on in them.
    Dies(FixtureUser),
    Reads(FixtureUser, &'static str),
    /// A request that is right in form.
    Operates(FixtureUser, Operation, &'static str, FixtureUser),
    /// Something that the session offers its user at this moment.
    Offered(FixtureUser, &'static str, Index),
    Refused(&'static WrongRequest),
    /// As a wrong one, by a client that hangs up behind it and reads no answer.
    WrongAndGone,
    /// Half a request, by a client that hangs up then.
    Half,
    WrongBayeux(&'static WrongBayeux),
    Customer(&'static str, CustomerActs),
    /// What an agent does by himself, where GWS takes it.
    Performs(FixtureUser, Operation, &'static str),
    Routed(FixtureUser),
    Backend(bool),
    Advance(Duration),
    Order(FixtureUser, &'static Fault, Duration),
    Program(FixtureUser, Operation, &'static Exception, u32, Duration),
    /// Those that hang go on.
    Release,
    Looks,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum CustomerActs {
    Writes,
    Types,
    StopsTyping,
    Leaves,
}

/// What the clients of these tests send.
const OPERATIONS: &[Operation] = &[
    Operation::Accept,
    Operation::Reject,
    Operation::Complete,
    Operation::Leave,
    Operation::SendMessage,
    Operation::SendToAgents,
    Operation::SendStartTypingNotification,
    Operation::AttachUserData,
    Operation::SetDisposition,
    Operation::Invite,
    Operation::Consult,
    Operation::CancelConsult,
    Operation::RemoveParticipantFromConference,
    Operation::Transfer,
    Operation::SwitchToBargeIn,
    Operation::Intrude,
    Operation::Intrude,
    Operation::Monitor,
    Operation::CancelSupervisorMonitoring,
    Operation::StartContactCenterSession,
    Operation::Ready,
];

const READS: &[&str] =
    &["/me", "/me/smssessions", "/me/channels", "/me/devices", "/me/settings", "/services"];

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    // Without somebody who listens little is told.
    let listens = select(&LISTENERS[..]).prop_map(Act::Listens);
    (listens.clone(), listens, prop::collection::vec(act(), 15..40))
        .prop_map(|(one, two, acts)| [one, two].into_iter().chain(acts).collect())
}

fn act() -> impl Strategy<Value = Act> {
    let span = || (0..4000_u64).prop_map(Duration::from_millis);
    let place = || prop_oneof![2 => Just(PLACES[0]), 3 => select(&PLACES[..])];
    let (caller, listener) = (|| select(&CALLERS[..]), || select(&LISTENERS[..]));
    let operation = || select(OPERATIONS);
    let customer = prop_oneof![
        5 => Just(CustomerActs::Writes),
        1 => Just(CustomerActs::Types),
        1 => Just(CustomerActs::StopsTyping),
        1 => Just(CustomerActs::Leaves),
    ];
    let advance = prop_oneof![
        3 => span(),
        // A held connect is answered, and one whose client is gone expires.
        1 => (10..70_u64).prop_map(Duration::from_secs),
    ];
    let clients = prop_oneof![
        4 => listener().prop_map(Act::Listens),
        1 => listener().prop_map(Act::Leaves),
        1 => listener().prop_map(Act::Dies),
        3 => (caller(), select(READS)).prop_map(|(user, path)| Act::Reads(user, path)),
        8 => (caller(), operation(), place(), caller())
            .prop_map(|(user, operation, place, target)| Act::Operates(user, operation, place, target)),
        8 => (caller(), place(), any::<Index>())
            .prop_map(|(user, place, which)| Act::Offered(user, place, which)),
    ];
    let wrong = prop_oneof![
        6 => row(WRONG_REQUESTS).prop_map(Act::Refused),
        1 => Just(Act::WrongAndGone),
        1 => Just(Act::Half),
        4 => row(WRONG_BAYEUX).prop_map(Act::WrongBayeux),
    ];
    let test = prop_oneof![
        6 => (place(), customer).prop_map(|(place, acts)| Act::Customer(place, acts)),
        3 => (caller(), operation(), place())
            .prop_map(|(user, operation, place)| Act::Performs(user, operation, place)),
        1 => caller().prop_map(Act::Routed),
        1 => prop::bool::weighted(0.7).prop_map(Act::Backend),
        3 => advance.prop_map(Act::Advance),
        2 => Just(Act::Looks),
    ];
    let trouble = prop_oneof![
        4 => (listener(), row(FAULTS), span())
            .prop_map(|(user, fault, span)| Act::Order(user, fault, span)),
        4 => (caller(), operation(), row(REST_FAULTS), 1..3_u32, span())
            .prop_map(|(user, operation, what, times, span)| Act::Program(user, operation, what, times, span)),
        1 => Just(Act::Release),
    ];
    prop_oneof![5 => clients, 2 => wrong, 3 => test, 2 => trouble]
}

pub(super) fn row<T: fmt::Debug>(table: &'static [T]) -> impl Strategy<Value = &'static T> {
    (0..table.len()).prop_map(move |index| &table[index])
}

impl fmt::Debug for Act {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listens(user) => write!(to, "{} listens", user.user_name),
            Self::Leaves(user) => write!(to, "{} disconnects", user.user_name),
            Self::Dies(user) => write!(to, "the desktop of {} dies", user.user_name),
            Self::Reads(user, path) => write!(to, "{} reads {path}", user.user_name),
            Self::Operates(user, operation, place, target) => {
                let (user, target) = (user.user_name, target.user_name);
                write!(to, "{user}: {operation:?} in {place}, target {target}")
            }
            Self::Offered(user, place, which) => {
                write!(to, "{} does what {place} offers, {which:?}", user.user_name)
            }
            Self::Refused((sender, method, path, kind, body, rule)) => {
                let body = String::from_utf8_lossy(body);
                write!(to, "{sender:?} breaks {rule}: {method} {path} {kind} {body}")
            }
            Self::WrongAndGone => write!(to, "a wrong request of a client that hangs up"),
            Self::Half => write!(to, "half a request"),
            Self::WrongBayeux(message) => write!(to, "a wrong client: {message:?}"),
            Self::Customer(place, acts) => write!(to, "the customer {acts:?} in {place}"),
            Self::Performs(user, operation, place) => {
                write!(to, "the test has {} {operation:?} in {place}", user.user_name)
            }
            Self::Routed(user) => write!(to, "a session is routed to {}", user.user_name),
            Self::Backend(up) => write!(to, "the backend is up: {up}"),
            Self::Advance(span) => write!(to, "the clock goes on by {span:?}"),
            Self::Order(user, (name, ..), span) => {
                write!(to, "{}: {name} {span:?}", user.user_name)
            }
            Self::Program(user, operation, (name, ..), times, span) => {
                write!(to, "on {times} {operation:?} of {}: {name} {span:?}", user.user_name)
            }
            Self::Release => write!(to, "what hangs goes on"),
            Self::Looks => write!(to, "the test looks"),
        }
    }
}
