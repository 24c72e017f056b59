//! The user and the session of an example of each operation, so that a fresh fake accepts it.
//!
//! The rule of this file: [`UNUSUAL_EXAMPLES`] has one row for each operation that the usual sender of its path cannot send as the
//! first one.

use gws_sms_fake::_cli_internals::fixture::embedded::{
    AGENT, FixtureUser, INVITED_SESSION, OTHER_AGENT, OTHER_SUPERVISOR, SESSION, SUPERVISOR,
    request,
};
use gws_sms_fake::_cli_internals::gws::identity::SMS_CHANNEL;
use gws_sms_fake::_cli_internals::gws::operation::Operation::{self, *};
use gws_sms_fake::_cli_internals::gws::operation::{Family, OPERATIONS};
use serde_json::{Value, json};

/// One request that a fresh fake takes.
pub(super) struct Example {
    pub(super) user: FixtureUser,
    pub(super) session: &'static str,
    /// The operations before it in the same session, with their users.
    pub(super) before: &'static [(FixtureUser, Operation)],
}

const JOINED: &[(FixtureUser, Operation)] = &[(SUPERVISOR, Intrude), (SUPERVISOR, Accept)];
const COACHING: &[(FixtureUser, Operation)] =
    &[(SUPERVISOR, Intrude), (SUPERVISOR, Accept), (SUPERVISOR, SwitchToCoach)];
const SIGNED_IN: &[(FixtureUser, Operation)] = &[(AGENT, StartContactCenterSession)];
const IN_COMPANY: &[(FixtureUser, Operation)] = &[(AGENT, Invite), (OTHER_AGENT, Accept)];

/// The example of an operation that the usual sender of its path cannot send as the first one.
struct UnusualExample {
    operation: Operation,
    user: FixtureUser,
    session: &'static str,
    before: &'static [(FixtureUser, Operation)],
}

impl UnusualExample {
    const fn of(operation: Operation, user: FixtureUser) -> Self {
        Self { operation, user, session: SESSION, before: &[] }
    }

    const fn about(self, session: &'static str) -> Self {
        Self { session, ..self }
    }

    const fn after(self, before: &'static [(FixtureUser, Operation)]) -> Self {
        Self { before, ..self }
    }
}

const UNUSUAL_EXAMPLES: &[UnusualExample] = &[
    UnusualExample::of(Accept, AGENT).about(INVITED_SESSION),
    UnusualExample::of(Reject, AGENT).about(INVITED_SESSION),
    UnusualExample::of(CancelConsult, AGENT).after(&[(AGENT, Consult)]),
    UnusualExample::of(RemoveParticipantFromConference, AGENT).after(IN_COMPANY),
    UnusualExample::of(SendToAgents, AGENT).after(IN_COMPANY),
    UnusualExample::of(SendCustomNoticeToAgents, AGENT).after(IN_COMPANY),
    UnusualExample::of(SendStartTypingToAgentsNotification, AGENT).after(IN_COMPANY),
    UnusualExample::of(SendStopTypingToAgentsNotification, AGENT).after(IN_COMPANY),
    UnusualExample::of(SwitchToMonitor, SUPERVISOR).after(COACHING),
    UnusualExample::of(SwitchToCoach, SUPERVISOR).after(JOINED),
    UnusualExample::of(SwitchToBargeIn, SUPERVISOR).after(JOINED),
    UnusualExample::of(CancelSupervisorMonitoring, SUPERVISOR),
    UnusualExample::of(Ready, AGENT).after(SIGNED_IN),
    UnusualExample::of(NotReady, AGENT).after(SIGNED_IN),
    UnusualExample::of(AfterCallWork, AGENT).after(SIGNED_IN),
    UnusualExample::of(AuxWork, AGENT).after(SIGNED_IN),
];

/// The request of an operation.
pub(super) fn example(operation: Operation) -> Example {
    let unusual = UNUSUAL_EXAMPLES.iter().find(|unusual| unusual.operation == operation);
    if let Some(&UnusualExample { user, session, before, .. }) = unusual {
        return Example { user, session, before };
    }
    let user = match operation.family() {
        Family::Session | Family::Me | Family::Channel => AGENT,
        Family::Supervision => SUPERVISOR,
        // The other one monitors the agent already.
        Family::Monitoring => OTHER_SUPERVISOR,
    };
    Example { user, session: SESSION, before: &[] }
}

/// Its body.
pub(super) fn body(operation: Operation) -> Value {
    serde_json::from_str(request(operation)).expect("an embedded request is JSON")
}

/// Returns the value in its path for an id of that name.
pub(super) fn id(name: &str, session: &'static str) -> &'static str {
    match name {
        "smssessionId" => session,
        "channel" => SMS_CHANNEL,
        "section" => "interaction-workspace",
        _ => AGENT.id,
    }
}

/// Returns the operations before it, each with its path.
pub(super) fn before(example: &Example) -> Value {
    let step = |(user, operation): &(FixtureUser, Operation)| {
        let path = operation.family().path();
        let path = ["smssessionId", "userId", "channel"].iter().fold(
            path.to_owned(),
            |path, parameter| {
                path.replace(&format!("{{{parameter}}}"), id(parameter, example.session))
            },
        );
        json!({ "user": user.user_name, "path": path, "operationName": operation.as_str() })
    };
    example.before.iter().map(step).collect()
}

/// The operations of a path.
pub(super) fn operations(family: Family) -> impl Iterator<Item = Operation> {
    OPERATIONS.iter().copied().filter(move |operation| operation.family() == family)
}
