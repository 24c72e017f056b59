//! A scenario while it is played, and the recording of what a fake has seen.
//!
//! [`play`] answers requests from the scenario and brings about its effects; [`recording`] makes a scenario of the timeline.
//!
//! Invariant: while a scenario is played, the world is not asked.

pub(crate) mod play;
pub(crate) mod recording;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::scenario::player::{Player, ScenarioEffect};

/// The scenario that is played, and the effects that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Playback {
    pub(crate) player: Option<Player>,
    /// By moment, and of one moment in the order in which they were scheduled.
    effects: BTreeMap<(Duration, u64), ScenarioEffect>,
    count: u64,
}

impl Playback {
    /// Returns the moment of the next effect.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.effects.keys().next().map(|(at, _)| *at)
    }

    fn schedule(&mut self, at: Duration, effect: ScenarioEffect) {
        self.count += 1;
        self.effects.insert((at, self.count), effect);
    }

    fn take_due(&mut self, now: Duration) -> Vec<ScenarioEffect> {
        let later = self.effects.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.effects, later).into_values().collect()
    }

    /// Stops the effects: nothing is played from now on.
    fn stop_effects(&mut self) {
        self.effects.clear();
    }

    /// Returns why the scenario that is played has not come to its end, if it has not.
    pub(crate) fn unfinished(&self) -> Option<String> {
        let player = self.player.as_ref()?;
        player.failure().or_else(|| self.outstanding())
    }

    /// Returns what a scenario still has to do whose clients are through with it.
    fn outstanding(&self) -> Option<String> {
        let ((at, _), effect) = self.effects.first_key_value()?;
        let left = self.effects.len();
        let what = match effect {
            ScenarioEffect::Push { to, channel, .. } => format!("push to {to} on {channel}"),
            ScenarioEffect::Test { call, .. } => format!("test {call}"),
        };
        Some(format!(
            "the scenario was not finished: {left} of its steps were still to come, the next at {} ms of the fake's clock: {what}; let its time pass before the end",
            at.as_millis()
        ))
    }
}
