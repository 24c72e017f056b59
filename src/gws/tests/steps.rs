//! The steps of a random sequence: who sends what, or what happens; how one is drawn, and how one is read.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::parts::ReferenceParty;
use super::reference::Model;
use super::*;
use crate::fixture::embedded::request;
use crate::gws::external_event::ExternalEvent;
use crate::gws::operation::{OPERATIONS, Operation};
use crate::gws::transition::State;

pub(super) const USERS: [FixtureUser; 4] = [AGENT, OTHER_AGENT, SUPERVISOR, OTHER_SUPERVISOR];

/// The session that a customer begins is the first one that the fake numbers itself.
const NEW_SESSION: &str = "0000FaKE0W000001";

pub(super) const PLACES: [&str; 6] =
    [SESSION, INVITED_SESSION, LEFT_SESSION, JOIN_FAILED_SESSION, COMPLETED_SESSION, NEW_SESSION];

#[derive(Clone)]
pub(super) enum Step {
    Request(Request),
    Event(Event),
}

/// A request; parameters that the operation has no use for are left out of its body.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) user: FixtureUser,
    pub(super) operation: Operation,
    /// The index in [`PLACES`].
    pub(super) place: usize,
    pub(super) target: Whom,
    pub(super) mode: Option<Mode>,
    pub(super) next_chat: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    User(FixtureUser),
    Queue,
}

pub(super) fn is_supervisor(user: FixtureUser) -> bool {
    [SUPERVISOR, OTHER_SUPERVISOR].contains(&user)
}

impl Whom {
    pub(super) fn user(self) -> Option<&'static str> {
        match self {
            Self::User(user) => Some(user.user_name),
            Self::Queue => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Writes(usize),
    Types(usize),
    StopsTyping(usize),
    Leaves(usize),
    Routed(FixtureUser, usize),
    Revoked(FixtureUser, usize),
    BackendDown,
    BackendUp,
}

impl Step {
    /// The session that it is about, if any, in [`PLACES`].
    pub(super) fn place(&self) -> Option<usize> {
        match self {
            Self::Request(request) => Some(request.place),
            Self::Event(Event::BackendDown | Event::BackendUp) => None,
            Self::Event(
                Event::Writes(place)
                | Event::Types(place)
                | Event::StopsTyping(place)
                | Event::Leaves(place)
                | Event::Routed(_, place)
                | Event::Revoked(_, place),
            ) => Some(*place),
        }
    }
}

impl Request {
    pub(super) fn command(&self) -> Command {
        command(self.operation, PLACES[self.place], self.target, self.mode, self.next_chat)
    }
}

/// The command of a body of the fixtures, with that target in it.
pub(super) fn command(
    operation: Operation,
    session: &str,
    target: Whom,
    mode: Option<Mode>,
    next_chat: bool,
) -> Command {
    let mut body: Value = serde_json::from_str(request(operation)).unwrap();
    let (agent, uri) = match target {
        Whom::User(user) => (user.id, format!("{API}/users/{}", user.id)),
        Whom::Queue => ("", format!("{API}/queues/Parcels")),
    };
    let ids: &[&str] = match operation {
        Operation::Intrude => &[agent, session],
        Operation::Monitor | Operation::Coach | Operation::BargeIn => &[agent],
        Operation::CancelSupervisorMonitoring => &[agent],
        Operation::Ready | Operation::NotReady | Operation::AfterCallWork | Operation::AuxWork => {
            &["smssession"]
        }
        _ => &[session],
    };
    match operation {
        // Everybody goes by his own name.
        Operation::Accept => body = json!({ "operationName": "Accept" }),
        Operation::Complete if target == Whom::Queue => body["queueName"] = json!("Parcels"),
        Operation::Transfer
        | Operation::Invite
        | Operation::Consult
        | Operation::RemoveParticipantFromConference => body["targetUri"] = json!(uri),
        Operation::Intrude => {
            body["supervisorVisibilityMode"] = json!(mode.map(Mode::as_str));
        }
        Operation::Monitor | Operation::Coach | Operation::BargeIn if next_chat => {
            body["supervisorMonitoringMode"] = json!("NextChat");
        }
        _ => {}
    }
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    Command::parse(operation, &ids, &body)
}

impl Event {
    pub(super) fn external_event(&self, world: &World) -> ExternalEvent {
        let at = |place: usize| PLACES[place].to_owned();
        match *self {
            Self::Writes(place) => {
                ExternalEvent::CustomerWrites { session: at(place), text: "Hello?".to_owned() }
            }
            Self::Types(place) => ExternalEvent::CustomerTypes { session: at(place) },
            Self::StopsTyping(place) => ExternalEvent::CustomerStopsTyping { session: at(place) },
            Self::Leaves(place) => ExternalEvent::CustomerLeaves { session: at(place) },
            Self::Routed(user, place) => {
                let session = world.session(PLACES[place]).map(|session| session.id.clone());
                let customer = "PersonN".to_owned();
                ExternalEvent::Routed { user: user.id.to_owned(), session, customer }
            }
            Self::Revoked(user, place) => {
                ExternalEvent::Revoked { user: user.id.to_owned(), session: at(place) }
            }
            Self::BackendDown => ExternalEvent::BackendDown,
            Self::BackendUp => ExternalEvent::BackendUp,
        }
    }
}

/// A user, the operations that he may send, the index of the session, and the targets.
type Draw = (FixtureUser, Vec<Operation>, usize, Vec<Whom>);

/// One step; what is unlikely to be taken is drawn less often.
pub(super) fn step(model: &Model) -> BoxedStrategy<Step> {
    let operations: Vec<Operation> = OPERATIONS.to_vec();
    // Those without a page are refused before they come here.
    let operations: Vec<_> =
        operations.into_iter().filter(|operation| operation.has_page()).collect();
    let everybody: Vec<Whom> = USERS.map(Whom::User).into_iter().chain([Whom::Queue]).collect();
    let odd = (select(&USERS[..]), 0..PLACES.len())
        .prop_map(move |(user, place)| (user, operations.clone(), place, everybody.clone()));
    let draw = prop_oneof![7 => Union::new_weighted(likely(model)), 1 => odd];
    let mode = select(&[None, Some(Monitor), Some(Coach), Some(BargeIn)][..]);
    let request = (draw, mode, any::<bool>()).prop_flat_map(|(draw, mode, next_chat)| {
        let (user, operations, place, targets) = draw;
        (select(operations), select(targets)).prop_map(move |(operation, target)| {
            Step::Request(Request { user, operation, place, target, mode, next_chat })
        })
    });
    let backend = if model.backend_is_up { Event::BackendDown } else { Event::BackendUp };
    let backend = (if model.backend_is_up { 1 } else { 40 }, Just(Step::Event(backend)));
    let place = prop_oneof![0..PLACES.len(), select(vec![0, PLACES.len() - 1])];
    let event = (select(&USERS[..]), place).prop_flat_map(|(user, place)| {
        prop_oneof![
            2 => Just(Event::Writes(place)),
            1 => Just(Event::Types(place)),
            1 => Just(Event::StopsTyping(place)),
            1 => Just(Event::Leaves(place)),
            4 => Just(Event::Routed(user, place)),
            1 => Just(Event::Revoked(user, place)),
        ]
    });
    prop_oneof![60 => request, 10 => event.prop_map(Step::Event), backend.0 => backend.1].boxed()
}

/// The draws that are likely to be accepted in the present states, and the coming of supervisors, in one session above
/// all, so that many meet.
fn likely(model: &Model) -> Vec<(u32, Just<Draw>)> {
    let user = |name: &str| *USERS.iter().find(|user| user.user_name == name).unwrap();
    let mut likely = Vec::new();
    for (place, session) in model.sessions.iter().enumerate() {
        let chat = |part: &&ReferenceParty| part.state == State::Chatting;
        let agents: Vec<Whom> = session
            .parts
            .iter()
            .filter(chat)
            .filter(|part| part.role.mode().is_none())
            .map(|agent| Whom::User(user(agent.user)))
            .collect();
        let (mut here, mut away): (Vec<_>, Vec<_>) = USERS.iter().partition(|user| {
            session.state(user.user_name).is_some_and(|state| state == State::Chatting)
        });
        here.retain(|_| session.begun);
        away.retain(|_| session.begun);
        for part in session.parts.iter().filter(|part| part.state.is_live()) {
            let (meet, other) = meeting(part);
            let others = |of: &[FixtureUser]| -> Vec<Whom> {
                let of = of.iter().filter(|user| user.user_name != part.user);
                of.copied().map(Whom::User).chain([Whom::Queue]).collect()
            };
            let remove = vec![Operation::RemoveParticipantFromConference];
            let draws = [
                (user(part.user), meet.to_vec(), place, others(&away)),
                (user(part.user), other.to_vec(), place, others(&USERS)),
                (user(part.user), remove, place, others(&here)),
            ];
            let draws = draws
                .into_iter()
                .take(if part.state == State::Chatting { 3 } else { 2 })
                .filter(|(_, operations, ..)| !operations.is_empty());
            likely.extend(draws.map(|draw| (if place == 0 { 12 } else { 2 }, Just(draw))));
        }
        let coming = [SUPERVISOR, OTHER_SUPERVISOR].into_iter();
        let coming = coming.filter(|user| session.state(user.user_name) != Some(State::Chatting));
        for supervisor in coming.filter(|_| !agents.is_empty()) {
            let draw = (supervisor, vec![Operation::Intrude], place, agents.clone());
            likely.push((if place == 0 { 24 } else { 3 }, Just(draw)));
        }
    }
    let agents = vec![Whom::User(AGENT), Whom::User(OTHER_AGENT)];
    let follow = vec![Operation::Monitor, Operation::Coach, Operation::BargeIn];
    let following = [SUPERVISOR, OTHER_SUPERVISOR]
        .map(|supervisor| (supervisor, follow.clone(), 0, agents.clone()));
    likely.extend(following.map(|draw| (3, Just(draw))));
    likely
}

/// The operations that a part is likely to be in a state for: those that bring others in, and the rest.
fn meeting(part: &ReferenceParty) -> (&'static [Operation], &'static [Operation]) {
    use Operation::*;
    match part.state {
        State::Invited => (&[], &[Accept, Accept, Accept, Accept, Accept, Reject]),
        State::Chatting if part.role.mode().is_some() => (
            &[Invite, Consult, Transfer],
            &[SwitchToMonitor, SwitchToCoach, SwitchToBargeIn, SendMessage, SendToAgents, Leave],
        ),
        State::Chatting => (
            &[Invite, Invite, Consult, Consult, Transfer],
            &[CancelConsult, SendMessage, SendToAgents, SetDisposition, Leave, Complete],
        ),
        State::LeftChat => (&[Transfer], &[Complete, Leave, AttachUserData]),
        State::JoinFailed => (&[], &[Complete, DeleteUserData]),
        State::Completed | State::Revoked => (&[], &[]),
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(Request { user, operation, place, target, mode, next_chat }) => {
                let user = user.user_name;
                let name = operation.as_str();
                let place = PLACES[*place];
                let target = target.user().unwrap_or("a queue");
                write!(to, "{user}: {name} in {place}, target {target}")?;
                match operation {
                    Operation::Intrude => write!(to, ", mode {mode:?}"),
                    Operation::Monitor | Operation::Coach | Operation::BargeIn if *next_chat => {
                        write!(to, ", NextChat")
                    }
                    _ => Ok(()),
                }
            }
            Self::Event(event) => match event {
                Event::Writes(place) => write!(to, "the customer writes in {}", PLACES[*place]),
                Event::Types(place) => write!(to, "the customer types in {}", PLACES[*place]),
                Event::StopsTyping(place) => {
                    write!(to, "the customer types no more in {}", PLACES[*place])
                }
                Event::Leaves(place) => write!(to, "the customer leaves {}", PLACES[*place]),
                Event::Routed(user, place) => {
                    write!(to, "{} is routed to {}", PLACES[*place], user.user_name)
                }
                Event::Revoked(user, place) => {
                    write!(to, "{} is taken back from {}", PLACES[*place], user.user_name)
                }
                Event::BackendDown => write!(to, "the backend is down"),
                Event::BackendUp => write!(to, "the backend is up"),
            },
        }
    }
}
