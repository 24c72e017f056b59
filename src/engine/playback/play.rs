//! The way of a request through the scenario that is played.
//!
//! The checks of a request are the same as without a scenario; but where the scenario itself has a request refused, it wants that
//! the request is sent, and that is no violation.

use std::time::Duration;

use serde_json::Value;

use crate::bayeux::io::MessageViolation;
use crate::bayeux::message::Message;
use crate::engine::Engine;
use crate::engine::commands;
use crate::engine::io::{EntryId, Moment};
use crate::engine::log::timeline::Notified;
use crate::scenario::player::Incoming;
use crate::scenario::player::{Effects, Player, ScenarioEffect, ScheduledEffect};
use crate::scenario::step::BayeuxMessage;

impl Engine {
    /// Begins to play.
    pub(crate) fn play(&mut self, mut player: Player, now: Moment) {
        let effects = player.begin();
        self.playback.player = Some(player);
        self.run_effects(effects, now);
    }

    /// Follows a request in the scenario: its answer, and the effects before and behind it. A request that departs from the
    /// scenario is answered with the reason.
    pub(crate) fn follow_request(
        &mut self,
        entry: EntryId,
        user: Option<&str>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Effects {
        let by = user.map(|user| self.rest.world.name(user));
        let text = || Value::from(String::from_utf8_lossy(body).into_owned());
        let body =
            (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap_or_else(|_| text()));
        let player = self.playback.player.as_mut().expect("a scenario is played");
        let incoming = Incoming::Request { by: by.as_deref(), method, path, body: body.as_ref() };
        match player.incoming(incoming) {
            Some(effects) => {
                self.join_group(entry, effects.group);
                effects
            }
            None => {
                let why = player.failure().unwrap_or_default();
                self.playback.stop_effects();
                Effects { answer: Some((500, Some(Value::from(why)))), ..Effects::default() }
            }
        }
    }

    /// Follows the messages of a request of the push side, without those that were refused.
    pub(crate) fn follow_messages(
        &mut self,
        entry: EntryId,
        user: &str,
        messages: &[Message],
        refused: &[(usize, MessageViolation)],
    ) -> Effects {
        let mut all = Effects::default();
        if self.playback.player.is_none() {
            return all;
        }
        let by = self.rest.world.name(user);
        let is_taken = |index: usize| refused.iter().all(|(other, _)| *other != index);
        for (_, message) in messages.iter().enumerate().filter(|(index, _)| is_taken(*index)) {
            let Some(player) = self.playback.player.as_mut() else { break };
            let incoming = Incoming::Bayeux { by: &by, message: &BayeuxMessage::of(message) };
            let Some(effects) = player.incoming(incoming) else {
                self.playback.stop_effects();
                continue;
            };
            all.before.extend(effects.before);
            all.behind.extend(effects.behind);
            all.group = all.group.or(effects.group);
        }
        self.join_group(entry, all.group);
        all
    }

    fn join_group(&mut self, entry: EntryId, group: Option<u64>) {
        if let Some(entry) = self.log.timeline.entry_mut(entry) {
            entry.group = group;
        }
    }

    /// Brings about effects: at once those that are due at once, and all others when their time has come, in their order.
    pub(crate) fn run_effects(&mut self, effects: Vec<ScheduledEffect>, now: Moment) {
        let mut is_at_once = true;
        for ScheduledEffect { after, act } in effects {
            is_at_once &= after.is_zero();
            if is_at_once {
                self.run_effect(act, now);
            } else {
                self.playback.schedule(now.at.saturating_add(after), act);
            }
        }
    }

    /// Publishes the events and brings about the effects that are due by now, in their order.
    pub(crate) fn run_due(&mut self, now: Moment) {
        let (delivery, mut book) = self.delivery(now.at);
        delivery.publish_due(&mut book);
        for effect in self.playback.take_due(now.at) {
            self.run_effect(effect, now);
        }
    }

    fn run_effect(&mut self, effect: ScenarioEffect, now: Moment) {
        match effect {
            ScenarioEffect::Push { to, channel, data } => {
                // That its user is there was seen when the scenario was read.
                let to = self.rest.world.user_named(&to).map(|user| user.id.clone());
                let notified = Notified::new(to, channel, &data);
                let (delivery, mut book) = self.delivery(now.at);
                delivery.publish_or_fault(&mut book, notified, &mut Vec::new());
            }
            ScenarioEffect::Test { place, call, with } => {
                if let Err(error) = commands::call(self, &call, &with, now) {
                    let why = format!("{place}: the scenario could not go on: {error}");
                    self.stop_playing(why, now.at);
                }
            }
        }
    }

    /// Stops a scenario that cannot go on.
    fn stop_playing(&mut self, why: String, now: Duration) {
        self.log.remark(None, &why, now);
        if let Some(player) = &mut self.playback.player {
            player.stop(why);
        }
        self.playback.stop_effects();
    }
}
