//! A second opinion on what a request leads to: each user's part in each session, written from the pages alone and without
//! the tables of the code, so that a mistake in one of them shows.

use std::fmt;

use crate::gws::operation::Mode::{BargeIn, Coach, Monitor};
use crate::gws::operation::{Mode, Operation};
use crate::gws::participant::Role::{Agent, Supervisor};
use crate::gws::transition::State::{Chatting, Completed, Invited, JoinFailed, LeftChat, Revoked};
use crate::gws::world::Following;

use super::parts::{ReferenceParty, Session, need};
use super::steps::{Event, Request, Step, is_supervisor};
use super::{AGENT, SUPERVISOR};

/// The parts of all users in all sessions, as the reference sees them.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) following: Following,
    pub(super) intrude_needs_monitoring: bool,
    /// In the order of [`PLACES`](super::steps::PLACES); the last one has not begun before it is routed.
    pub(super) sessions: Vec<Session>,
    monitoring: Vec<Monitoring>,
    signed_in: Vec<&'static str>,
    pub(super) backend_is_up: bool,
    /// True if the latest step was accepted.
    pub(super) taken: bool,
}

#[derive(Clone)]
struct Monitoring {
    supervisor: &'static str,
    agent: &'static str,
    mode: Mode,
    next_chat: bool,
    /// True for a monitoring of a request; one of a fixture has no effect before its supervisor has signed in.
    is_new: bool,
}

/// The failing sequence is read without it.
impl fmt::Debug for Model {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs = self.intrude_needs_monitoring;
        write!(to, "following {:?}, intrude needs monitoring {needs}", self.following)
    }
}

impl Model {
    pub(super) fn new(following: Following, intrude_needs_monitoring: bool) -> Self {
        let session = |state, customer| {
            let parts =
                vec![ReferenceParty { user: AGENT.user_name, role: Agent, state, by: None }];
            Session { begun: true, customer, parts, ..Session::default() }
        };
        let fixtures = [
            session(Chatting, true),
            session(Invited, true),
            session(LeftChat, false),
            session(JoinFailed, true),
            session(Completed, false),
            Session::default(),
        ];
        let coach = Monitoring {
            supervisor: SUPERVISOR.user_name,
            agent: AGENT.user_name,
            mode: Coach,
            next_chat: false,
            is_new: false,
        };
        Self {
            following,
            intrude_needs_monitoring,
            sessions: fixtures.into(),
            monitoring: vec![coach],
            signed_in: Vec::new(),
            backend_is_up: true,
            taken: true,
        }
    }

    /// The step is taken, or refused and without effect.
    pub(super) fn step(mut self, step: &Step) -> Self {
        let before = self.clone();
        let taken = match step {
            Step::Request(request) => self.request(request),
            Step::Event(event) => self.event(event),
        };
        let mut after = if taken.is_some() { self } else { before };
        after.taken = taken.is_some();
        after
    }

    fn request(&mut self, request: &Request) -> Option<()> {
        let Request { user, operation, target, .. } = request;
        let me = user.user_name;
        match operation {
            Operation::Monitor => self.monitor(request, Monitor),
            Operation::Coach => self.monitor(request, Coach),
            Operation::BargeIn => self.monitor(request, BargeIn),
            Operation::CancelSupervisorMonitoring => {
                let agent = target.user()?;
                let active = |monitoring: &Monitoring| {
                    monitoring.supervisor == me && monitoring.agent == agent
                };
                self.monitoring.remove(self.monitoring.iter().position(active)?);
                Some(())
            }
            Operation::StartContactCenterSession => {
                self.signed_in.push(me);
                need(self.backend_is_up)
            }
            Operation::EndContactCenterSession => {
                self.signed_in.retain(|user| *user != me);
                Some(())
            }
            Operation::Ready
            | Operation::NotReady
            | Operation::AfterCallWork
            | Operation::AuxWork => need(self.signed_in.contains(&me)),
            Operation::DoNotDisturbOn | Operation::DoNotDisturbOff => Some(()),
            _ if !self.backend_is_up => None,
            Operation::Intrude => self.intrude(request),
            Operation::Accept => self.accept(request),
            _ => self.sessions[request.place].request(request),
        }
    }

    fn monitor(&mut self, request: &Request, mode: Mode) -> Option<()> {
        let supervisor = request.user.user_name;
        let agent = request.target.user()?;
        need(is_supervisor(request.user) && supervisor != agent)?;
        self.monitoring
            .retain(|monitoring| (monitoring.supervisor, monitoring.agent) != (supervisor, agent));
        let next_chat = request.next_chat;
        self.monitoring.push(Monitoring { supervisor, agent, mode, next_chat, is_new: true });
        // They come in one order, whoever began first.
        self.monitoring.sort_by_key(|monitoring| monitoring.supervisor);
        Some(())
    }

    fn intrude(&mut self, request: &Request) -> Option<()> {
        let me = request.user.user_name;
        let agent = request.target.user()?;
        let monitors =
            |monitoring: &&Monitoring| monitoring.supervisor == me && monitoring.agent == agent;
        let monitored = self.monitoring.iter().find(monitors).map(|monitoring| monitoring.mode);
        let session = &mut self.sessions[request.place];
        let handled =
            session.part(agent).is_some_and(|part| part.is_agent() && part.state == Chatting);
        let away = [None, Some(Completed), Some(Revoked), Some(JoinFailed)];
        need(is_supervisor(request.user) && me != agent && handled)?;
        need(away.contains(&session.state(me)))?;
        need(!self.intrude_needs_monitoring || monitored.is_some())?;
        session.join(me, Supervisor(request.mode.or(monitored)?), Invited, None);
        Some(())
    }

    /// Accepts an invitation; supervisors who monitor the agent come along.
    fn accept(&mut self, request: &Request) -> Option<()> {
        let me = request.user.user_name;
        let session = &mut self.sessions[request.place];
        let part = session.part_mut(me).filter(|part| part.state == Invited)?;
        part.state = Chatting;
        let agent = part.is_agent();
        let state = if self.following == Following::Joins { Chatting } else { Invited };
        self.monitoring.retain(|monitoring| {
            let before = session.state(monitoring.supervisor);
            // Who is invited may have left before, as with any invitation.
            let away = [None, Some(Completed), Some(Revoked)].contains(&before)
                || state == Invited && before == Some(LeftChat);
            let watches = monitoring.is_new || self.signed_in.contains(&monitoring.supervisor);
            let comes = agent && monitoring.agent == me && away && watches;
            if comes {
                session.join(monitoring.supervisor, Supervisor(monitoring.mode), state, None);
            }
            !(comes && monitoring.next_chat)
        });
        Some(())
    }

    fn event(&mut self, event: &Event) -> Option<()> {
        match *event {
            Event::Writes(place) | Event::Types(place) | Event::StopsTyping(place) => {
                need(self.sessions[place].customer)
            }
            Event::Leaves(place) => need(std::mem::take(&mut self.sessions[place].customer)),
            Event::Routed(user, place) => {
                let session = &mut self.sessions[place];
                if !session.begun {
                    *session = Session { begun: true, customer: true, ..Session::default() };
                }
                let offered = |part: &ReferenceParty| part.is_agent() && part.state == Invited;
                let handled = session.agents().next().is_some() && session.queued.is_empty();
                need(!handled && !session.parts.iter().any(offered))?;
                need(session.may_be_offered(user.user_name))?;
                let next =
                    if session.queued.is_empty() { None } else { Some(session.queued.remove(0)) };
                let (role, by) = next.map_or((Agent, None), |(role, by)| (role, Some(by)));
                session.join(user.user_name, role, Invited, by);
                Some(())
            }
            Event::Revoked(user, place) => {
                let part = self.sessions[place].part_mut(user.user_name)?;
                need(part.state == Invited)?;
                part.state = Revoked;
                self.sessions[place].wait_where_nobody_is();
                Some(())
            }
            Event::BackendDown | Event::BackendUp => {
                self.backend_is_up = matches!(event, Event::BackendUp);
                Some(())
            }
        }
    }
}
