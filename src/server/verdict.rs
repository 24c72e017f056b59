//! The facts of a fake: those of its verdict, of its report, and of a barrier that gives up.

use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::report::text::Facts;
use crate::server::running_fake::RunningFake;

/// Looks at the facts, once all that follows from the answers so far is in them.
pub(crate) fn facts<T>(fake: &RunningFake, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let unmet = fake.mocks.unmet();
    Facts::look(fake.snapshot(), unmet, &fake.options.started_at, of)
}

/// Returns what a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(fake: &RunningFake, failure: &str) -> String {
    let (timeline, mut exemptions) =
        fake.look(|engine| (engine.log.timeline.clone(), engine.log.exemptions.clone()));
    exemptions.allowed.append(&mut exemptions.expected);
    // The test is not at its end: what is expected may still come, and nothing is left undone yet.
    let facts = Facts {
        timeline: &timeline,
        before_reset: &[],
        exemptions: &exemptions,
        faults: &InjectedFaults::default(),
        rest_faults: &InjectedRestFaults::default(),
        held: Vec::new(),
        incomplete: Vec::new(),
        unplayed: None,
        unmet: None,
        started_at: &fake.options.started_at,
    };
    format!("{failure}\n{}", facts.report())
}
