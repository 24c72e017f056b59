//! The facts of a fake: what its verdict goes by, what its report tells, and what a barrier says that gives up.

use crate::exception::Exceptions;
use crate::fault::Faults;
use crate::http::left_undone::left_undone;
use crate::http::shared::Shared;
use crate::http::{mocks, playing};
use crate::report::held::Held;
use crate::report::text::Facts;

/// Looks at the facts, once all that follows from the answers so far is in them.
pub(crate) fn facts<T>(shared: &Shared, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let unmet = mocks::unmet(shared);
    let started_at = &shared.settings.started_at;
    shared.look_settled(|state| {
        let held = state.withheld.held().map(|(user, fault, channel)| Held {
            user_name: state.world.name(user),
            fault,
            channel: channel.to_owned(),
        });
        let facts = Facts {
            timeline: &state.timeline,
            exemptions: &state.exemptions,
            faults: &state.faults,
            exceptions: &state.exceptions,
            held: held.collect(),
            left_undone: left_undone(state, shared.settings.whole_session),
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
            faults: &Faults::default(),
            exceptions: &Exceptions::default(),
            held: Vec::new(),
            left_undone: Vec::new(),
            unplayed: None,
            unmet: None,
            started_at,
        };
        format!("{failure}\n{}", facts.report())
    })
}
