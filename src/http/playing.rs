//! A fake that plays a scenario: requests are answered from it, and events come from it.
//!
//! What is checked of a request is checked all the same; but where the scenario itself has it refused, that it is sent is what
//! the scenario wants, and no violation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use serde_json::Value;

use crate::bayeux::io::MessageViolation;
use crate::bayeux::message::Message;
use crate::gws::route;
use crate::http::authenticate::Authenticated;
use crate::http::connection::when_written;
use crate::http::reply::{self, Reply};
use crate::http::request::Begun;
use crate::http::shared::{Shared, State};
use crate::http::socket::Written;
use crate::http::validate::Validated;
use crate::http::wait::{until_moment, whenever_due};
use crate::http::{commands, rest, rest_faults};
use crate::rules::{Verdict, Violation};
use crate::scenario::player::{Effects, Incoming, Player, ScenarioEffect, ScheduledEffect};
use crate::scenario::step::BayeuxMessage;
use crate::timeline::{EntryKind, Notified};

/// Begins to play.
pub(crate) fn begin(shared: &Arc<Shared>, mut player: Player) {
    let due = player.begin();
    shared.change(|state| state.player = Some(player));
    run(shared, due);
}

/// Why the scenario that is played has not come to its end, if it has not.
pub(crate) fn unfinished(state: &State) -> Option<String> {
    let player = state.player.as_ref()?;
    player.failure().or_else(|| state.scheduled.incomplete())
}

/// Answers a request from the scenario.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    mut begun: Begun,
    (head, body): (&Parts, &[u8]),
    authenticated: &Authenticated,
    validated: Validated,
) -> Response<Body> {
    let path = head.uri.path_and_query().map_or("*", |target| target.as_str());
    let (reply, before, behind) = shared.change(|state| {
        let line = (head.method.as_str(), path);
        let user = authenticated.user.as_deref();
        let follows = match request(state, begun.number, user, line, body) {
            Some(Ok(follows)) => follows,
            Some(Err(why)) => {
                Effects { answer: Some((500, Some(Value::from(why)))), ..Effects::default() }
            }
            None => Effects { answer: Some((500, None)), ..Effects::default() },
        };
        let (status, answer) = follows.answer.unwrap_or((200, None));
        let open = route::is_open(head.method.as_str(), head.uri.path());
        let violation = authenticated.violation.iter().filter(|_| !open).cloned();
        let violations = violation.chain(validated.violations).chain(validated.notes).collect();
        rest::find(state, &begun, counted(violations, status));
        if let Some(rest) = state.timeline.rest_mut(begun.number) {
            rest.mocked = true;
        }
        (Reply::of(status, answer), follows.before, follows.behind)
    });
    run_before(shared, begun.number, before).await;
    shared.change(|state| begun.answered(state, reply.status, reply.body.as_bytes()));
    let mut response = reply::send(Arc::clone(shared), reply, authenticated, true).await;
    run_when_written(shared, &mut response, behind);
    response
}

/// Does what comes before the answer to that request, which is held back until it is done.
async fn run_before(shared: &Arc<Shared>, number: u64, due: Vec<ScheduledEffect>) {
    let last = due.iter().map(|it| it.after).max().unwrap_or_default();
    let moment = shared.clock.now().saturating_add(last);
    run(shared, due);
    if last.is_zero() {
        return;
    }
    shared.change(|state| rest_faults::held_back(state, number, Some(moment)));
    tokio::select! {
        () = until_moment(shared, moment) => act_due(shared, moment),
        () = shared.closed() => {}
    }
    shared.change(|state| rest_faults::held_back(state, number, None));
}

/// What a request is answered and what follows, if a scenario is played; `Err`: it is no longer followed.
fn request(
    state: &mut State,
    number: u64,
    user: Option<&str>,
    (method, path): (&str, &str),
    body: &[u8],
) -> Option<Result<Effects, String>> {
    let by = user.map(|user| state.world.name(user));
    let text = || String::from_utf8_lossy(body).into_owned();
    let body = (!body.is_empty())
        .then(|| serde_json::from_slice(body).unwrap_or_else(|_| Value::from(text())));
    let player = state.player.as_mut()?;
    let came = Incoming::Request { by: by.as_deref(), method, path, body: body.as_ref() };
    let follows = player.incoming(came).ok_or_else(|| player.failure().unwrap_or_default());
    if follows.is_err() {
        // Nothing is played from then on.
        state.scheduled.acts.clear();
    }
    if let (Ok(Effects { group, .. }), Some(entry)) = (&follows, state.timeline.entry_mut(number)) {
        entry.group = *group;
    }
    Some(follows)
}

/// What follows from the messages of a request on the push side that were taken.
pub(crate) fn bayeux(
    state: &mut State,
    number: u64,
    user: &str,
    messages: &[Message],
    mistakes: &[(usize, MessageViolation)],
) -> Effects {
    let by = state.world.name(user);
    let mut all = Effects::default();
    let fine = |index: usize| mistakes.iter().all(|(other, _)| *other != index);
    for (_, message) in messages.iter().enumerate().filter(|(index, _)| fine(*index)) {
        let Some(player) = state.player.as_mut() else { break };
        let came = Incoming::Bayeux { by: &by, message: &BayeuxMessage::of(message) };
        let follows = player.incoming(came).unwrap_or_else(|| {
            state.scheduled.acts.clear();
            Effects::default()
        });
        all.before.extend(follows.before);
        all.behind.extend(follows.behind);
        all.group = all.group.or(follows.group);
    }
    if let Some(entry) = state.timeline.entry_mut(number) {
        entry.group = all.group;
    }
    all
}

/// The findings that count of a request that is answered from a scenario with this status.
pub(crate) fn counted(violations: Vec<Violation>, status: u16) -> Vec<Violation> {
    let unknown = ["not-modelled", "path-unknown"];
    let violations = violations.into_iter().filter(|it| !unknown.contains(&it.rule.id));
    let wanted = violations.map(|mut violation| {
        if status >= 400 {
            violation.verdict = Verdict::Note;
        }
        violation
    });
    wanted.collect()
}

/// Does what is due: at once what is due at once, and everything else when its time has come, in its order.
pub(crate) fn run(shared: &Arc<Shared>, due: Vec<ScheduledEffect>) {
    let begun = shared.clock.now();
    let now = due.iter().take_while(|it| it.after.is_zero()).count();
    let mut due = due;
    let later = due.split_off(now);
    due.into_iter().for_each(|due| act(shared, due.act));
    if later.is_empty() {
        return;
    }
    let later = later.into_iter().map(|due| (begun.saturating_add(due.after), due.act));
    let watched = shared.change(|state| {
        later.for_each(|(at, act)| state.scheduled.add(at, act));
        std::mem::replace(&mut state.scheduled.watched, true)
    });
    if !watched {
        whenever_due(shared, |state| state.scheduled.next_due(), act_due);
    }
}

/// Does what is due once the answer is written.
pub(crate) fn run_when_written(
    shared: &Arc<Shared>,
    response: &mut Response<Body>,
    due: Vec<ScheduledEffect>,
) {
    if !due.is_empty() {
        let shared = Arc::clone(shared);
        when_written(response, Written::new(move |_written| run(&shared, due)));
    }
}

/// Does what is due by then, in its order.
pub(crate) fn act_due(shared: &Arc<Shared>, now: Duration) {
    let due = shared.lock().scheduled.take_due(now);
    due.into_iter().for_each(|it| act(shared, it));
}

/// What a scenario has do later.
#[derive(Debug, Default)]
pub(crate) struct Scheduled {
    /// By moment, and of one moment in the order in which they were scheduled.
    acts: BTreeMap<(Duration, u64), ScenarioEffect>,
    count: u64,
    /// Whether somebody waits for the moments.
    watched: bool,
}

impl Scheduled {
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.acts.keys().next().map(|(at, _)| *at)
    }

    fn add(&mut self, at: Duration, act: ScenarioEffect) {
        self.count += 1;
        self.acts.insert((at, self.count), act);
    }

    fn take_due(&mut self, now: Duration) -> Vec<ScenarioEffect> {
        let later = self.acts.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.acts, later).into_values().collect()
    }

    /// What a scenario still has to do whose clients are through with it.
    pub(crate) fn incomplete(&self) -> Option<String> {
        let ((at, _), act) = self.acts.first_key_value()?;
        let left = self.acts.len();
        let what = match act {
            ScenarioEffect::Push { to, channel, .. } => format!("push to {to} on {channel}"),
            ScenarioEffect::Test { call, .. } => format!("test {call}"),
        };
        Some(format!(
            "the scenario was not finished: {left} of its steps were still to come, the next at {} ms of the fake's clock: {what}; let its time pass before the end",
            at.as_millis()
        ))
    }
}

fn act(shared: &Arc<Shared>, act: ScenarioEffect) {
    match act {
        ScenarioEffect::Push { to, channel, data } => push(shared, &to, channel, data),
        ScenarioEffect::Test { place, call, with } => {
            if let Err(error) = commands::call(shared, &call, &with) {
                stop(shared, format!("{place}: the scenario could not go on: {error}"));
            }
        }
    }
}

/// The scenario cannot go on.
fn stop(shared: &Shared, why: String) {
    let now = shared.clock.now();
    shared.change(|state| {
        let number = state.timeline.push(now, None, EntryKind::Remark(why.clone()));
        state.show(number);
        if let Some(player) = &mut state.player {
            player.stop(why);
        }
        state.scheduled.acts.clear();
    });
}

/// Publishes an event of the scenario. That its user is there was seen when the fake was started.
fn push(shared: &Shared, to: &str, channel: String, data: Value) {
    shared.change(|state| {
        let to = state.world.user_named(to).map(|user| user.id.clone());
        let notified = Notified::new(to, channel, &data);
        state.publish_or_fail(notified, shared.clock.now(), &mut Vec::new());
    });
}
