//! One session as [`reference`](super::reference) has it: everybody's part in it, and what an operation makes of them.

use crate::gws::operation::Mode::{self, BargeIn, Coach, Monitor};
use crate::gws::operation::Operation;
use crate::gws::participant::Role::{self, Agent, Consulted, Supervisor};
use crate::gws::transition::State::{
    self, Chatting, Completed, Invited, JoinFailed, LeftChat, Revoked,
};

use super::steps::{Request, Whom};

#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) begun: bool,
    pub(super) customer: bool,
    /// In the order in which they came.
    pub(super) parts: Vec<ReferenceParty>,
    pub(super) queued: Vec<(Role, &'static str)>,
}

#[derive(Clone, Debug)]
pub(super) struct ReferenceParty {
    pub(super) user: &'static str,
    pub(super) role: Role,
    pub(super) state: State,
    pub(super) by: Option<&'static str>,
}

impl Session {
    pub(super) fn request(&mut self, request: &Request) -> Option<()> {
        let me = request.user.user_name;
        let ReferenceParty { role, state, .. } = *self.part(me)?;
        let chats = state == Chatting;
        let may_meet = need(chats && role != Consulted);
        match request.operation {
            Operation::Reject => {
                need(state == Invited)?;
                self.part_mut(me)?.state = Completed;
                self.wait_where_nobody_is();
            }
            Operation::Leave => {
                need(chats || state == LeftChat)?;
                let alone = role.mode().is_none() && !self.agents().any(|agent| agent.user != me);
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
                self.part_mut(me)?.state = Completed;
                self.bring(me, request.target, Agent)?;
                self.withdraw(|part| {
                    part.by == Some(me) && request.target.user() != Some(part.user)
                });
                self.inherit();
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
                self.queued.retain(|queued| *queued != (Consulted, me));
                self.withdraw(|part| part.role == Consulted && part.by == Some(me));
            }
            Operation::RemoveParticipantFromConference => {
                need(chats && matches!(role, Agent | Supervisor(BargeIn)))?;
                let other = self.part(request.target.user()?)?;
                let seen = role != Agent || other.role != Supervisor(Monitor);
                let user = other.user;
                need(user != me && other.state == Chatting && seen)?;
                need(self.agents().any(|agent| agent.user != user && agent.role == Agent))?;
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
                let other = |part: &&ReferenceParty| part.state == Chatting && part.user != me;
                let mut others = self.parts.iter().filter(other);
                let company = others.any(|part| part.role != Supervisor(Monitor));
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

    pub(super) fn part(&self, user: &str) -> Option<&ReferenceParty> {
        self.parts.iter().find(|part| part.user == user)
    }

    pub(super) fn part_mut(&mut self, user: &str) -> Option<&mut ReferenceParty> {
        self.parts.iter_mut().find(|part| part.user == user)
    }

    pub(super) fn state(&self, user: &str) -> Option<State> {
        self.part(user).map(|part| part.state)
    }

    pub(super) fn agents(&self) -> impl Iterator<Item = &ReferenceParty> {
        self.parts.iter().filter(|part| part.is_agent() && part.state == Chatting)
    }

    pub(super) fn join(
        &mut self,
        user: &'static str,
        role: Role,
        state: State,
        by: Option<&'static str>,
    ) {
        if self.part(user).is_none() {
            self.parts.push(ReferenceParty { user, role, state, by });
        }
        *self.part_mut(user).unwrap() = ReferenceParty { user, role, state, by };
    }

    pub(super) fn may_be_offered(&self, user: &str) -> bool {
        [None, Some(Completed), Some(Revoked), Some(LeftChat)].contains(&self.state(user))
    }

    pub(super) fn bring(&mut self, me: &'static str, target: Whom, role: Role) -> Option<()> {
        let Some(user) = target.user() else {
            self.queued.push((role, me));
            return Some(());
        };
        need(user != me)?;
        let consulted =
            |part: &&mut ReferenceParty| part.role == Consulted && part.state == Chatting;
        if let Some(part) = self.part_mut(user).filter(consulted).filter(|_| role == Agent) {
            part.role = Agent;
            return Some(());
        }
        // A supervisor whom the caller does not see must look like any other user.
        let sees_all = self.part(me).is_some_and(|part| !part.is_agent());
        let unseen = self.part(user).is_some_and(|part| {
            let seen = part.state == Chatting && (sees_all || part.role != Supervisor(Monitor));
            !part.is_agent() && !seen && matches!(part.state, Invited | Chatting)
        });
        need(unseen || self.may_be_offered(user))?;
        self.inherit();
        self.join(user, role, Invited, Some(me));
        Some(())
    }

    pub(super) fn goes(&mut self, user: &str, to: State) {
        if let Some(part) = self.part_mut(user) {
            part.state = to;
        }
        self.inherit();
    }

    /// Lets the consulted agent take over, if no agent is left whom the customer sees.
    pub(super) fn inherit(&mut self) {
        if self.agents().any(|agent| agent.role == Agent) {
            return;
        }
        let successor = self.agents().next().map(|agent| agent.user);
        if let Some(successor) = successor {
            self.part_mut(successor).unwrap().role = Agent;
        }
    }

    pub(super) fn switch(&mut self, me: &str, chats: bool, to: Mode) -> Option<()> {
        let part = self.part_mut(me)?;
        need(chats && part.role.mode().is_some_and(|mode| mode != to))?;
        part.role = Supervisor(to);
        Some(())
    }

    pub(super) fn withdraw(&mut self, fits: impl Fn(&ReferenceParty) -> bool) {
        let fits =
            |part: &&mut ReferenceParty| part.state == Invited && part.by.is_some() && fits(part);
        self.parts.iter_mut().filter(fits).for_each(|part| part.state = Revoked);
    }

    /// With no agent who has it or is offered it, it waits as in a queue.
    pub(super) fn wait_where_nobody_is(&mut self) {
        if !self.parts.iter().any(|part| part.is_agent() && part.state.is_live()) {
            self.release_supervisors();
        }
    }

    pub(super) fn release_supervisors(&mut self) {
        let here = |part: &&mut ReferenceParty| {
            !part.is_agent() && matches!(part.state, Invited | Chatting)
        };
        self.parts.iter_mut().filter(here).for_each(|part| part.state = Revoked);
    }
}

impl ReferenceParty {
    pub(super) fn is_agent(&self) -> bool {
        self.role.mode().is_none()
    }
}

pub(super) fn need(fulfilled: bool) -> Option<()> {
    fulfilled.then_some(())
}
