//! A second opinion on what a request leads to: each user's part in each session, written from the pages alone and without
//! the tables of the code, so that a mistake in one of them shows.

use std::fmt;

use crate::gws::operation::Mode::{BargeIn, Coach, Monitor};
use crate::gws::operation::{Mode, Operation};
use crate::gws::participant::Role::{self, Agent, Consulted, Supervisor};
use crate::gws::transition::State::{
    self, Chatting, Completed, Invited, JoinFailed, LeftChat, Revoked,
};
use crate::gws::world::Following;

use super::steps::{Event, Request, Step, Whom, is_supervisor};
use super::{AGENT, SUPERVISOR};

/// What everybody's part in everything is.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) following: Following,
    pub(super) intrude_needs_monitoring: bool,
    /// In the order of [`PLACES`](super::steps::PLACES); the last one has not begun before it is routed.
    pub(super) sessions: Vec<Session>,
    monitoring: Vec<Monitoring>,
    signed_in: Vec<&'static str>,
    pub(super) backend_is_up: bool,
    /// Whether the latest step was taken.
    pub(super) taken: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) begun: bool,
    pub(super) customer: bool,
    /// In the order in which they came.
    pub(super) parts: Vec<Part>,
    queued: Vec<(Role, &'static str)>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) user: &'static str,
    pub(super) role: Role,
    pub(super) state: State,
    by: Option<&'static str>,
}

#[derive(Clone)]
struct Monitoring {
    supervisor: &'static str,
    agent: &'static str,
    mode: Mode,
    next_chat: bool,
    /// That of a fixture is none before its supervisor has signed in.
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
            let parts = vec![Part { user: AGENT.user_name, role: Agent, state, by: None }];
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
                let active = |it: &Monitoring| it.supervisor == me && it.agent == agent;
                self.monitoring.remove(self.monitoring.iter().position(active)?);
                Some(())
            }
            Operation::StartContactCenterSession => {
                self.signed_in.push(me);
                need(self.backend_is_up)
            }
            Operation::EndContactCenterSession => {
                self.signed_in.retain(|it| *it != me);
                Some(())
            }
            Operation::Ready | Operation::NotReady => need(self.signed_in.contains(&me)),
            _ if !self.backend_is_up => None,
            Operation::Intrude => self.intrude(request),
            Operation::Accept => self.accept(request),
            _ => self.sessions[request.place].request(request),
        }
    }

    fn monitor(&mut self, request: &Request, mode: Mode) -> Option<()> {
        let (supervisor, agent) = (request.user.user_name, request.target.user()?);
        need(is_supervisor(request.user) && supervisor != agent)?;
        self.monitoring.retain(|it| (it.supervisor, it.agent) != (supervisor, agent));
        let next_chat = request.next_chat;
        self.monitoring.push(Monitoring { supervisor, agent, mode, next_chat, is_new: true });
        // They come in one order, whoever began first.
        self.monitoring.sort_by_key(|it| it.supervisor);
        Some(())
    }

    fn intrude(&mut self, request: &Request) -> Option<()> {
        let (me, agent) = (request.user.user_name, request.target.user()?);
        let monitors = |it: &&Monitoring| it.supervisor == me && it.agent == agent;
        let monitored = self.monitoring.iter().find(monitors).map(|it| it.mode);
        let session = &mut self.sessions[request.place];
        let handled = session.part(agent).is_some_and(|it| it.is_agent() && it.state == Chatting);
        let away = [None, Some(Completed), Some(Revoked), Some(JoinFailed)];
        need(is_supervisor(request.user) && me != agent && handled)?;
        need(away.contains(&session.state(me)))?;
        need(!self.intrude_needs_monitoring || monitored.is_some())?;
        session.enter(me, Supervisor(request.mode.or(monitored)?), Invited, None);
        Some(())
    }

    /// Who monitors the agent comes along.
    fn accept(&mut self, request: &Request) -> Option<()> {
        let me = request.user.user_name;
        let session = &mut self.sessions[request.place];
        let part = session.part_mut(me).filter(|it| it.state == Invited)?;
        part.state = Chatting;
        let agent = part.is_agent();
        let state = if self.following == Following::Joins { Chatting } else { Invited };
        self.monitoring.retain(|it| {
            let away =
                [None, Some(Completed), Some(Revoked)].contains(&session.state(it.supervisor));
            let watches = it.is_new || self.signed_in.contains(&it.supervisor);
            let comes = agent && it.agent == me && away && watches;
            if comes {
                session.enter(it.supervisor, Supervisor(it.mode), state, None);
            }
            !(comes && it.next_chat)
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
                need(session.may_be_offered(user.user_name))?;
                let next =
                    if session.queued.is_empty() { None } else { Some(session.queued.remove(0)) };
                let (role, by) = next.map_or((Agent, None), |(role, by)| (role, Some(by)));
                session.enter(user.user_name, role, Invited, by);
                Some(())
            }
            Event::Revoked(user, place) => {
                let part = self.sessions[place].part_mut(user.user_name)?;
                need(part.state == Invited)?;
                part.state = Revoked;
                Some(())
            }
            Event::BackendDown | Event::BackendUp => {
                self.backend_is_up = matches!(event, Event::BackendUp);
                Some(())
            }
        }
    }
}

impl Session {
    fn request(&mut self, request: &Request) -> Option<()> {
        let me = request.user.user_name;
        let Part { role, state, .. } = *self.part(me)?;
        let chats = state == Chatting;
        let may_meet = need(chats && role != Consulted);
        match request.operation {
            Operation::Reject => {
                need(state == Invited)?;
                self.part_mut(me)?.state = Completed;
            }
            Operation::Leave => {
                need(chats || state == LeftChat)?;
                let alone = role.mode().is_none() && !self.agents().any(|it| it.user != me);
                let to = if state == LeftChat || alone { LeftChat } else { Completed };
                self.goes(me, to);
                if chats && alone {
                    self.customer = false;
                    self.queued.clear();
                    self.withdraw(|_| true);
                }
            }
            Operation::Complete => {
                need(chats && role == Agent || matches!(state, LeftChat | JoinFailed))?;
                self.goes(me, Completed);
                let over = self.agents().next().is_none();
                let queue = request.target == Whom::Queue;
                if queue {
                    self.queued.push((Agent, me));
                }
                if over {
                    self.withdraw(|_| true);
                }
                if over && !queue {
                    self.customer = false;
                    self.queued.clear();
                }
                if over || queue {
                    self.release_supervisors();
                }
            }
            Operation::Transfer => {
                need(may_meet.is_some() || state == LeftChat)?;
                self.bring(me, request.target, Agent)?;
                self.goes(me, Completed);
                if request.target == Whom::Queue {
                    self.release_supervisors();
                }
            }
            Operation::Invite => may_meet.and_then(|()| self.bring(me, request.target, Agent))?,
            Operation::Consult => {
                may_meet.and_then(|()| self.bring(me, request.target, Consulted))?;
            }
            Operation::CancelConsult => {
                may_meet?;
                self.queued.retain(|it| *it != (Consulted, me));
                self.withdraw(|it| it.role == Consulted && it.by == Some(me));
            }
            Operation::RemoveParticipantFromConference => {
                need(chats && matches!(role, Agent | Supervisor(BargeIn)))?;
                let other = self.part(request.target.user()?)?;
                let seen = role != Agent || other.role != Supervisor(Monitor);
                let user = other.user;
                need(user != me && other.state == Chatting && seen)?;
                self.goes(user, Completed);
            }
            Operation::SwitchToMonitor => self.switch(me, chats, Monitor)?,
            Operation::SwitchToCoach => self.switch(me, chats, Coach)?,
            Operation::SwitchToBargeIn => self.switch(me, chats, BargeIn)?,
            Operation::AttachUserData
            | Operation::UpdateUserData
            | Operation::DeleteUserData
            | Operation::SetDisposition => {
                need(may_meet.is_some() || matches!(state, LeftChat | JoinFailed))?;
            }
            Operation::SendToAgents
            | Operation::SendCustomNoticeToAgents
            | Operation::SendStartTypingToAgentsNotification
            | Operation::SendStopTypingToAgentsNotification => {
                let other = |it: &&Part| it.state == Chatting && it.user != me;
                let mut others = self.parts.iter().filter(other);
                let company = others.any(|it| it.role != Supervisor(Monitor));
                let silent = role == Supervisor(Monitor) || role == Agent && !company;
                need(chats && !silent)?;
            }
            Operation::SendMessage
            | Operation::SendUrl
            | Operation::SendCustomNotice
            | Operation::SendStartTypingNotification
            | Operation::SendStopTypingNotification => {
                need(may_meet.is_some() && role != Supervisor(Monitor))?;
            }
            // They have no page.
            Operation::InFocus | Operation::SetInFocus => return None,
            other => unreachable!("{other:?}"),
        }
        Some(())
    }

    fn part(&self, user: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.user == user)
    }

    fn part_mut(&mut self, user: &str) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.user == user)
    }

    pub(super) fn state(&self, user: &str) -> Option<State> {
        self.part(user).map(|part| part.state)
    }

    fn agents(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_agent() && part.state == Chatting)
    }

    fn enter(&mut self, user: &'static str, role: Role, state: State, by: Option<&'static str>) {
        if self.part(user).is_none() {
            self.parts.push(Part { user, role, state, by });
        }
        *self.part_mut(user).unwrap() = Part { user, role, state, by };
    }

    fn may_be_offered(&self, user: &str) -> bool {
        [None, Some(Completed), Some(Revoked), Some(LeftChat)].contains(&self.state(user))
    }

    fn bring(&mut self, me: &'static str, target: Whom, role: Role) -> Option<()> {
        let Some(user) = target.user() else {
            self.queued.push((role, me));
            return Some(());
        };
        need(user != me)?;
        let consulted = |it: &&mut Part| it.role == Consulted && it.state == Chatting;
        if let Some(part) = self.part_mut(user).filter(consulted).filter(|_| role == Agent) {
            part.role = Agent;
            return Some(());
        }
        need(self.may_be_offered(user))?;
        self.enter(user, role, Invited, Some(me));
        Some(())
    }

    /// When no agent is left whom the customer sees, the one who was consulted takes over.
    fn goes(&mut self, user: &str, to: State) {
        if let Some(part) = self.part_mut(user) {
            part.state = to;
        }
        if self.agents().any(|it| it.role == Agent) {
            return;
        }
        let heir = self.agents().next().map(|it| it.user);
        if let Some(heir) = heir {
            self.part_mut(heir).unwrap().role = Agent;
        }
    }

    fn switch(&mut self, me: &str, chats: bool, to: Mode) -> Option<()> {
        let part = self.part_mut(me)?;
        need(chats && part.role.mode().is_some_and(|mode| mode != to))?;
        part.role = Supervisor(to);
        Some(())
    }

    fn withdraw(&mut self, fits: impl Fn(&Part) -> bool) {
        let fits = |it: &&mut Part| it.state == Invited && it.by.is_some() && fits(it);
        self.parts.iter_mut().filter(fits).for_each(|it| it.state = Revoked);
    }

    fn release_supervisors(&mut self) {
        let here = |it: &&mut Part| !it.is_agent() && matches!(it.state, Invited | Chatting);
        self.parts.iter_mut().filter(here).for_each(|it| it.state = Revoked);
    }
}

impl Part {
    fn is_agent(&self) -> bool {
        self.role.mode().is_none()
    }
}

fn need(fulfilled: bool) -> Option<()> {
    fulfilled.then_some(())
}
