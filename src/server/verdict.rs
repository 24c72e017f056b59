//! The facts of a fake: what its verdict goes by, what its report tells, and what a barrier says that gives up.

use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::end_of_test::incomplete;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::engine::snapshot::Snapshot;
use crate::report::text::Facts;
use crate::report::undelivered::UndeliveredEvent;
use crate::server::running_fake::RunningFake;

/// Looks at the facts, once all that follows from the answers so far is in them.
pub(crate) fn facts<T>(fake: &RunningFake, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let unmet = fake.mocks.unmet();
    let snapshot = fake.snapshot();
    let incomplete = incomplete(&snapshot);
    let Snapshot { timeline, exemptions, faults, rest_faults, withheld, unplayed, .. } = snapshot;
    let held = withheld.into_iter().map(|it| UndeliveredEvent {
        user_name: it.user_name,
        fault: it.fault,
        channel: it.channel,
    });
    of(&Facts {
        timeline: &timeline,
        exemptions: &exemptions,
        faults: &faults,
        rest_faults: &rest_faults,
        held: held.collect(),
        incomplete,
        unplayed,
        unmet,
        started_at: &fake.options.started_at,
    })
}

/// Returns what a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(fake: &RunningFake, failure: &str) -> String {
    let (timeline, mut exemptions) =
        fake.look(|engine| (engine.log.timeline.clone(), engine.log.exemptions.clone()));
    exemptions.allowed.append(&mut exemptions.expected);
    // The test is not at its end: what is expected may still come, and nothing is left undone yet.
    let facts = Facts {
        timeline: &timeline,
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
