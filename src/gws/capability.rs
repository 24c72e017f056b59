//! Capabilities: which operations a session offers its user, by situation.
//!
//! The rule of this file: [`CAPABILITIES`] has one row for each situation, with the list of its page, name by name and in
//! its order; [`DEPARTURES`] has one row for each name that this fake treats otherwise, with the reason as its rule. What
//! is offered is accepted, and what is not offered is refused, but for [`UNLISTED`].
//!
//! Rules: capability, and those of the rows. Of two lists for one situation the newer page holds: departure-older-lists.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::gws::operation::Mode::{BargeIn, Coach, Monitor};
use crate::gws::operation::Operation;
use crate::gws::participant::Role::{self, Agent, Consulted, Supervisor};
use crate::gws::transition::Company::{self, Alone, Together};
use crate::gws::transition::State::{self, Chatting, Invited, JoinFailed, LeftChat};
use crate::rules::{Rule, rule};

/// The version of the capability lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lists {
    /// The lists with the departures.
    #[default]
    Accepted,
    /// The lists of the pages, unchanged.
    Documented,
}

/// The circumstances that the list depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Situation {
    pub(crate) state: State,
    pub(crate) role: Role,
    /// The presence of another agent whom the user sees in the conversation.
    pub(crate) company: Company,
}

const ROLES: [Role; 5] =
    [Agent, Consulted, Supervisor(Monitor), Supervisor(Coach), Supervisor(BargeIn)];

/// The capability that one page spells differently from the operation's own page (documented: HTCC SMSSwitchtoCoach).
pub(crate) const SWITCH_BARGE_IN: (&str, &str) = ("SwitchBargeIn", "SwitchToBargeIn");

type Names = &'static [&'static str];

const ACCEPT: Names = &["Accept", "Reject"];
const LEAVE: Names = &["Leave"];
const MEET: Names = &["Transfer", "Invite", "Consult"];
const TRANSFER_LEAVE_MEET: Names = &["Transfer", "Leave", "Invite", "Consult"];
const FOCUS: Names = &["SetInFocus"];
const DATA: Names = &["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
const TO_AGENTS: Names =
    &["SendToAgents", "SendStartTypingToAgentsNotification", "SendStopTypingToAgentsNotification"];
const COMPLETE: Names = &["Complete"];
const SEND: Names = &["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification"];
const MONITOR_COACH: Names = &["SwitchToMonitor", "SwitchToCoach"];
const MONITOR_BARGE_IN: Names = &["SwitchToMonitor", SWITCH_BARGE_IN.0];
const COACH_BARGE_IN: Names = &["SwitchToCoach", SWITCH_BARGE_IN.0];

/// The situations that a row is for: a part that is `None` does not matter.
#[derive(Clone, Copy)]
struct Where {
    state: Option<State>,
    role: Option<Role>,
    company: Option<Company>,
}

const ANYWHERE: Where = Where { state: None, role: None, company: None };

const fn in_state(state: State) -> Where {
    Where { state: Some(state), ..ANYWHERE }
}

impl Where {
    const fn of(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    const fn being(self, company: Company) -> Self {
        Self { company: Some(company), ..self }
    }

    const fn offers(self, names: &'static [Names], rule: &'static Rule) -> PageList {
        PageList { at: self, names, rule }
    }

    const fn departs(
        self,
        name: &'static str,
        departure: CapabilityDeparture,
        rule: &'static Rule,
    ) -> Departure {
        Departure { at: self, name, departure, rule }
    }

    fn is(self, situation: Situation) -> bool {
        let Situation { state, role, company } = situation;
        self.state.is_none_or(|wanted| wanted == state)
            && self.role.is_none_or(|wanted| wanted == role)
            && self.company.is_none_or(|wanted| wanted == company)
    }
}

/// The list of one page.
struct PageList {
    at: Where,
    names: &'static [Names],
    #[expect(dead_code, reason = "the source of the row, for who reads the table")]
    rule: &'static Rule,
}

const CAPABILITIES: &[PageList] = &[
    in_state(Invited).offers(&[ACCEPT], rule("capabilities-invited")),
    in_state(Chatting)
        .of(Agent)
        .being(Alone)
        .offers(&[TRANSFER_LEAVE_MEET, FOCUS, DATA, COMPLETE, SEND], rule("capabilities-chatting")),
    in_state(Chatting).of(Agent).being(Together).offers(
        &[TRANSFER_LEAVE_MEET, FOCUS, DATA, TO_AGENTS, COMPLETE, SEND],
        rule("capabilities-conference"),
    ),
    in_state(Chatting).of(Consulted).offers(&[LEAVE, TO_AGENTS], rule("capabilities-consulted")),
    in_state(Chatting).of(Supervisor(BargeIn)).offers(
        &[LEAVE, FOCUS, DATA, MEET, TO_AGENTS, SEND, MONITOR_COACH],
        rule("capabilities-barge-in"),
    ),
    in_state(Chatting).of(Supervisor(Coach)).offers(
        &[LEAVE, FOCUS, DATA, MEET, TO_AGENTS, SEND, MONITOR_BARGE_IN],
        rule("capabilities-coach"),
    ),
    in_state(Chatting).of(Supervisor(Monitor)).offers(
        &[LEAVE, FOCUS, DATA, MEET, TO_AGENTS, SEND, COACH_BARGE_IN],
        rule("capabilities-monitor"),
    ),
    in_state(LeftChat)
        .offers(&[&["Transfer", "Complete", "Leave", "InFocus"]], rule("capabilities-left")),
    in_state(JoinFailed).offers(&[FOCUS, COMPLETE, DATA], rule("capabilities-join-failed")),
];

/// The treatment of a name that differs from its page.
#[derive(Clone, Copy, Debug)]
enum CapabilityDeparture {
    LeftOut,
    WrittenAs(&'static str),
    /// The list of the page lacks it.
    Added,
}

use CapabilityDeparture::{Added, LeftOut, WrittenAs};

/// A name that is treated otherwise than on its page.
struct Departure {
    at: Where,
    name: &'static str,
    departure: CapabilityDeparture,
    #[expect(dead_code, reason = "the reason of the row, for who reads the table")]
    rule: &'static Rule,
}

const MONITORING: Where = in_state(Chatting).of(Supervisor(Monitor));

const DEPARTURES: &[Departure] = &[
    ANYWHERE.departs("InFocus", LeftOut, rule("departure-in-focus")),
    ANYWHERE.departs("SetInFocus", LeftOut, rule("departure-in-focus")),
    ANYWHERE.departs("LeaveAndComplete", LeftOut, rule("departure-leave-and-complete")),
    ANYWHERE.departs(
        SWITCH_BARGE_IN.0,
        WrittenAs(SWITCH_BARGE_IN.1),
        rule("departure-switch-barge-in"),
    ),
    MONITORING.departs("SendToAgents", LeftOut, rule("departure-monitor-sends")),
    MONITORING.departs(
        "SendStartTypingToAgentsNotification",
        LeftOut,
        rule("departure-monitor-sends"),
    ),
    MONITORING.departs(
        "SendStopTypingToAgentsNotification",
        LeftOut,
        rule("departure-monitor-sends"),
    ),
    MONITORING.departs("SendMessage", LeftOut, rule("departure-monitor-sends")),
    MONITORING.departs("SendStartTypingNotification", LeftOut, rule("departure-monitor-sends")),
    MONITORING.departs("SendStopTypingNotification", LeftOut, rule("departure-monitor-sends")),
    in_state(LeftChat).departs("SetDisposition", Added, rule("departure-left-user-data")),
    in_state(LeftChat).departs("AttachUserData", Added, rule("departure-left-user-data")),
    in_state(LeftChat).departs("DeleteUserData", Added, rule("departure-left-user-data")),
    in_state(LeftChat).departs("UpdateUserData", Added, rule("departure-left-user-data")),
];

/// Operations that have a page and stand in no list: they are accepted where another one is offered
/// (rule departure-unlisted).
const UNLISTED: &[(Operation, &str)] = &[
    (Operation::SendUrl, "SendMessage"),
    (Operation::SendCustomNotice, "SendMessage"),
    (Operation::SendCustomNoticeToAgents, "SendToAgents"),
    (Operation::CancelConsult, "Consult"),
    (Operation::RemoveParticipantFromConference, "Invite"),
    (Operation::LeaveAndComplete, "Leave"),
    (Operation::InFocus, "SetInFocus"),
    (Operation::SetInFocus, "InFocus"),
];

/// The operations that a session offers, in the order of its page.
pub(crate) type Offered = &'static [&'static str];

/// The operations offered, or `None` in a state that has no `capabilities` field (rules capabilities-none, capabilities-revoked).
pub(crate) fn capabilities(situation: Situation, lists: Lists) -> Option<Offered> {
    // Each request asks several times, and there are few situations.
    static MADE: OnceLock<BTreeMap<(Situation, Lists), Made>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let all = situations()
            .flat_map(|situation| [(situation, Lists::Accepted), (situation, Lists::Documented)]);
        all.map(|(situation, lists)| ((situation, lists), make(situation, lists))).collect()
    });
    made.get(&(situation, lists))?.as_deref()
}

type Made = Option<Vec<&'static str>>;

/// Every situation that there is.
fn situations() -> impl Iterator<Item = Situation> {
    State::ALL.into_iter().flat_map(|state| {
        ROLES.into_iter().flat_map(move |role| {
            [Alone, Together].map(|company| Situation { state, role, company })
        })
    })
}

fn make(situation: Situation, lists: Lists) -> Made {
    let page = CAPABILITIES.iter().find(|row| row.at.is(situation))?.names.concat();
    Some(if lists == Lists::Documented { page } else { departed(page, situation) })
}

/// Tells if the operation is accepted in that situation. Names are compared as the operations' own pages write them.
pub(crate) fn accepts(operation: Operation, situation: Situation, lists: Lists) -> bool {
    let offered = capabilities(situation, lists).unwrap_or_default();
    let (on_a_page, own) = SWITCH_BARGE_IN;
    let offers =
        |name: &str| offered.contains(&name) || (name == own && offered.contains(&on_a_page));
    let unlisted = UNLISTED.iter().find(|(other, _)| *other == operation);
    offers(operation.as_str()) || unlisted.is_some_and(|(_, with)| offers(with))
}

fn departed(page: Vec<&'static str>, situation: Situation) -> Vec<&'static str> {
    let here = || DEPARTURES.iter().filter(|row| row.at.is(situation));
    let kept = page.into_iter().filter_map(|name| {
        match here().find(|row| row.name == name).map(|row| row.departure) {
            Some(LeftOut) => None,
            Some(WrittenAs(other)) => Some(other),
            Some(Added) | None => Some(name),
        }
    });
    let added = here().filter(|row| matches!(row.departure, Added));
    kept.chain(added.map(|row| row.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::operation::OPERATIONS;
    use crate::gws::transition::{Cause, next};

    #[test]
    fn whatever_is_offered_is_an_operation_that_the_state_accepts() {
        for (situation, lists) in situations()
            .flat_map(|situation| [(situation, Lists::Accepted), (situation, Lists::Documented)])
        {
            for &name in capabilities(situation, lists).unwrap_or_default() {
                let name = if name == SWITCH_BARGE_IN.0 { SWITCH_BARGE_IN.1 } else { name };
                let operation = Operation::of_name(name).unwrap();
                let next = next(Cause::Does(operation), Some(situation.state), situation.company);
                assert!(next.is_some(), "{name} is offered in {situation:?}");
                assert!(accepts(operation, situation, lists), "{name} in {situation:?}");
                assert!(lists == Lists::Documented || operation.has_page(), "{name}");
            }
        }
    }

    #[test]
    fn every_operation_on_a_session_is_accepted_somewhere() {
        for operation in OPERATIONS {
            if operation.family() == crate::gws::operation::Family::Session {
                let somewhere =
                    situations().any(|situation| accepts(*operation, situation, Lists::Documented));
                assert!(somewhere, "{operation:?}");
            }
        }
    }

    #[test]
    fn a_monitoring_supervisor_is_offered_nothing_to_send() {
        let role = Supervisor(Monitor);
        let situation = Situation { state: Chatting, role, company: Alone };
        let sends = |lists| {
            let offered = capabilities(situation, lists).unwrap();
            offered.iter().filter(|name| name.starts_with("Send")).count()
        };
        assert_eq!((sends(Lists::Accepted), sends(Lists::Documented)), (0, 6));
    }

    #[test]
    fn a_completed_session_offers_nothing() {
        for state in [State::Completed, State::Revoked] {
            let situation = Situation { state, role: Agent, company: Alone };
            assert_eq!(capabilities(situation, Lists::Documented), None);
        }
    }
}
