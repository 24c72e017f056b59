//! The facts of a fake: what its verdict goes by, what its report tells, and what a barrier says that gives up.

use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::end_of_test::incomplete;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::report::text::Facts;
use crate::report::undelivered::UndeliveredEvent;
use crate::server::shared::Shared;
use crate::server::{mocks, playing};

/// Looks at the facts, once all that follows from the answers so far is in them.
pub(crate) fn facts<T>(shared: &Shared, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let unmet = mocks::unmet(shared);
    let started_at = &shared.settings.started_at;
    shared.look_settled(|state| {
        let held = state.withheld.held().map(|(user, fault, channel)| UndeliveredEvent {
            user_name: state.world.name(user),
            fault,
            channel: channel.to_owned(),
        });
        let facts = Facts {
            timeline: &state.timeline,
            exemptions: &state.exemptions,
            faults: &state.faults,
            rest_faults: &state.rest_faults,
            held: held.collect(),
            incomplete: incomplete(state, shared.settings.require_complete_sessions),
            unplayed: playing::unfinished(state),
            unmet,
            started_at,
        };
        of(&facts)
    })
}

/// What a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(shared: &Shared, failure: &str) -> String {
    let started_at = &shared.settings.started_at;
    shared.look(|state| {
        let mut exemptions = state.exemptions.clone();
        exemptions.allowed.append(&mut exemptions.expected);
        // The test is not at its end: what is expected may still come, and nothing is left undone yet.
        let facts = Facts {
            timeline: &state.timeline,
            exemptions: &exemptions,
            faults: &InjectedFaults::default(),
            rest_faults: &InjectedRestFaults::default(),
            held: Vec::new(),
            incomplete: Vec::new(),
            unplayed: None,
            unmet: None,
            started_at,
        };
        format!("{failure}\n{}", facts.report())
    })
}
