//! The REST side, by operation and situation. A table that takes a `Transport` runs over sockets and against the engine; what faults,
//! mocks, CORS and several clients at one moment do needs a server.

mod answer_invitation;
mod backend;
mod bad_requests;
mod broken_answers;
mod contact_center;
mod cors;
mod csrf;
mod ended_sessions;
mod faults;
mod identity;
mod intrude;
mod operations;
mod ordering;
mod other_site;
mod probes;
mod queries;
mod reading;
mod refusals;
mod resources;
mod right_requests;
mod spelling;
mod supervision;
mod user_data;

use gws_sms_fake::Operation::{self, *};
use gws_sms_fake::fixtures;

use support::{intrude_path, own_path};

/// The kind of path that an operation is sent to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Family {
    Session,
    Supervision,
    Monitoring,
    Me,
    Channel,
}

impl Family {
    pub(crate) const ALL: [Self; 5] =
        [Self::Session, Self::Supervision, Self::Monitoring, Self::Me, Self::Channel];

    /// The path, with the ids of fixtures.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Session => own_path(fixtures::SESSION),
            Self::Supervision => intrude_path(),
            Self::Monitoring => {
                format!("/api/v2/users/{}/channels/smssession", fixtures::AGENT.id)
            }
            Self::Me => "/api/v2/me".to_owned(),
            Self::Channel => "/api/v2/me/channels/smssession".to_owned(),
        }
    }

    /// The path as messages write it.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::Session => "/api/v2/me/smssessions/{smssessionId}",
            Self::Supervision => "/api/v2/users/{userId}/smssessions/{smssessionId}",
            Self::Monitoring => "/api/v2/users/{userId}/channels/smssession",
            Self::Me => "/api/v2/me",
            Self::Channel => "/api/v2/me/channels/{channel}",
        }
    }
}

/// The user who usually sends an operation of that family.
pub(crate) fn sender(family: Family) -> fixtures::FixtureUser {
    match family {
        Family::Supervision | Family::Monitoring => fixtures::SUPERVISOR,
        _ => fixtures::AGENT,
    }
}

/// Every operation, by the path that it is sent to.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[(Family, &[Operation])] = &[
    (Family::Session, &[
        Accept, Reject, Complete, Leave, LeaveAndComplete, SendMessage, SendUrl, SendCustomNotice,
        SendCustomNoticeToAgents, SendToAgents, SendStartTypingNotification, SendStopTypingNotification,
        SendStartTypingToAgentsNotification, SendStopTypingToAgentsNotification, AttachUserData, UpdateUserData,
        DeleteUserData, SetDisposition, Invite, Consult, CancelConsult, RemoveParticipantFromConference, Transfer,
        SwitchToMonitor, SwitchToCoach, SwitchToBargeIn, SetInFocus, InFocus,
    ]),
    (Family::Supervision, &[Intrude]),
    (Family::Monitoring, &[Monitor, Coach, BargeIn, CancelSupervisorMonitoring]),
    (Family::Me, &[
        StartContactCenterSession, EndContactCenterSession, DoNotDisturbOn, DoNotDisturbOff,
    ]),
    (Family::Channel, &[Ready, NotReady, AfterCallWork, AuxWork]),
];

/// Every operation with the family of its path.
pub(crate) fn operations() -> impl Iterator<Item = (Operation, Family)> {
    OPERATIONS
        .iter()
        .flat_map(|(family, operations)| operations.iter().map(|operation| (*operation, *family)))
}

/// The rule and the place of each violation and note that a report explains.
pub(crate) fn found(report: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = report.lines().collect();
    let pair = |pair: &[&str]| {
        let (rule, _) = pair[1].strip_prefix("  rule ")?.split_once(": ")?;
        let (place, _) = pair[0].trim_start().split_once("  got ")?;
        Some((rule.to_owned(), place.to_owned()))
    };
    lines.windows(2).filter_map(pair).collect()
}

#[test]
fn the_table_above_has_every_operation() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/requests");
    let (files, rows) = (std::fs::read_dir(folder).unwrap().count(), operations().count());
    assert_eq!(rows, files);
    for (operation, _) in operations() {
        assert!(fixtures::request(operation).contains(operation.as_str()), "{operation:?}");
    }
}
