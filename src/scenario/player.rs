//! A scenario while it is played: what may come next, what it is answered, and what follows.
//!
//! The rule of this file: the first thing that departs from the scenario ends it. What was wanted and what came is kept, and
//! nothing is played from then on.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::contract::json_diff::difference;
use crate::contract::secrets::{hidden, hide_in};
use crate::contract::template::{Names, filled_in, learn, learn_text, names_in, text_filled_in};
use crate::error::Error;
use crate::rules::nearest;
use crate::scenario::read::resolved;
use crate::scenario::step::{
    BayeuxMessage, ExpectedAnswer, Matching, Numbered, Push, Request, Scenario, Step,
};
use crate::scenario::target::canonical;

/// A message of a client.
#[derive(Clone, Copy, Debug)]
pub enum Incoming<'a> {
    Request { by: Option<&'a str>, method: &'a str, path: &'a str, body: Option<&'a Value> },
    Bayeux { by: &'a str, message: &'a BayeuxMessage },
}

impl Incoming<'_> {
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Request { by, method, path, body } => {
                let operation = body.and_then(|body| body.get("operationName"));
                let operation =
                    operation.and_then(Value::as_str).map(|operation| format!(" {operation}"));
                let by = by.unwrap_or("nobody who has signed in");
                format!("{method} {path}{} by {by}", operation.unwrap_or_default())
            }
            Self::Bayeux { by, message } => format!("{} by {by}", message.in_words()),
        }
    }
}

/// The speed at which the offsets of a scenario pass on the fake's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Everything follows at once.
    AtOnce,
    /// An offset takes so many times as long: 1 is the speed of the recording.
    Times(f64),
}

/// An effect of a scenario, and its delay after the step before.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledEffect {
    pub(crate) after: Duration,
    pub(crate) act: ScenarioEffect,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ScenarioEffect {
    Push {
        to: String,
        channel: String,
        data: Value,
    },
    /// A call of the test, and where it stands, for what is told when it cannot be done.
    Test {
        place: String,
        call: String,
        with: Value,
    },
}

/// The effects of a message from a client.
#[derive(Debug, Default)]
pub struct Effects {
    /// The answer to a request.
    pub(crate) answer: Option<(u16, Option<Value>)>,
    /// The effects before the answer.
    pub(crate) before: Vec<ScheduledEffect>,
    /// The effects after the answer.
    pub(crate) behind: Vec<ScheduledEffect>,
    /// The number of the group that it is one of.
    pub(crate) group: Option<u64>,
}

/// A scenario, and how far it has come.
#[derive(Debug)]
pub struct Player {
    scenario: Arc<Scenario>,
    /// The scenarios that are played after this one.
    queued: VecDeque<Arc<Scenario>>,
    speed: Speed,
    /// The index of the next step.
    next: usize,
    /// The indices of the steps that have come, if the next step is a group.
    come: BTreeSet<usize>,
    /// Counts the groups that have begun.
    groups: u64,
    names: Names,
    /// The address of the fake.
    url: String,
    /// The offset of the last step that has one.
    at: Duration,
    deviation: Option<String>,
}

impl Player {
    /// Plays these, one after the other, at that address.
    pub fn new(scenarios: Vec<Arc<Scenario>>, speed: Speed, url: &str) -> Self {
        let mut player = Self {
            scenario: Arc::default(),
            queued: VecDeque::from(scenarios),
            speed,
            next: 0,
            come: BTreeSet::new(),
            groups: 0,
            names: Names::new(),
            url: url.to_owned(),
            at: Duration::ZERO,
            deviation: None,
        };
        player.take_next();
        player
    }

    /// Turns to the next scenario, if there is one.
    fn take_next(&mut self) -> bool {
        let Some(next) = self.queued.pop_front() else { return false };
        let names = resolved(&next.head.names, &self.url);
        self.names = names.expect("that each name has a value was seen when the file was read");
        (self.scenario, self.next, self.at) = (next, 0, Duration::ZERO);
        true
    }

    /// The effects before a client has sent anything.
    pub fn begin(&mut self) -> Vec<ScheduledEffect> {
        let mut follows = Effects::default();
        self.go_on(None, &mut follows);
        self.begin_next(&mut follows);
        follows.before.into_iter().chain(follows.behind).collect()
    }

    /// Begins the next scenario where one has been played to its end; what happens in it at once is added.
    fn begin_next(&mut self, follows: &mut Effects) {
        while self.next == self.scenario.steps.len() && self.take_next() {
            let mut begun = Effects::default();
            self.go_on(None, &mut begun);
            // What the last scenario still has to tell comes first.
            let last = follows.behind.last().map(|due| due.after).unwrap_or_default();
            let begun = begun.before.into_iter().chain(begun.behind);
            follows.behind.extend(
                begun.map(|due| ScheduledEffect { after: due.after.saturating_add(last), ..due }),
            );
        }
    }

    /// The effects of a message from a client. `None`: the scenario has ended by a deviation, which [`Self::failure`]
    /// returns.
    pub fn incoming(&mut self, incoming: Incoming<'_>) -> Option<Effects> {
        if self.deviation.is_some() {
            return None;
        }
        let scenario = Arc::clone(&self.scenario);
        // A connect is never waited for, and may always come.
        if let Incoming::Bayeux { message: BayeuxMessage::Connect, .. } = incoming {
            return Some(Effects::default());
        }
        let Some(expected) = scenario.steps.get(self.next) else {
            return self.deviate(None, &format!("got {}, want nothing more", incoming.in_words()));
        };
        match self.step(expected, incoming) {
            Ok(mut follows) => {
                self.begin_next(&mut follows);
                Some(follows)
            }
            Err(why) => self.deviate(Some(expected), &why),
        }
    }

    /// Ends it: it cannot go on.
    pub(crate) fn stop(&mut self, why: String) {
        self.deviation.get_or_insert(why);
    }

    /// The place of a step in the file, and its number.
    fn place(&self, step: &Numbered) -> String {
        let file = &self.scenario.file;
        let of = self.scenario.steps.len();
        format!("{file}:{}: step {} of {of}", step.line, step.number)
    }

    /// The reason why the scenario has not been followed to its end: the deviation, or the step that did not come.
    pub fn failure(&self) -> Option<String> {
        if let Some(deviation) = &self.deviation {
            return Some(deviation.clone());
        }
        let next = self.scenario.steps.get(self.next)?;
        let (file, Numbered { number, line, step }) = (&self.scenario.file, next);
        let of = self.scenario.steps.len();
        let words = self.missing(step);
        Some(format!(
            "{file}:{line}: the scenario was not finished: step {number} of {of} did not come: {words}"
        ))
    }

    /// The number of steps of the scenario that have come, and the number of all its steps.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.scenario.steps.len())
    }

    /// Tells if a client departed from the scenario, which has ended it.
    #[cfg(feature = "control")]
    pub(crate) fn has_deviated(&self) -> bool {
        self.deviation.is_some()
    }

    /// The steps of a group that have not come, or the step.
    fn missing(&self, step: &Step) -> String {
        match step {
            Step::Group { steps } => {
                let left = self.left(steps).map(|(_, step)| step.in_words());
                left.collect::<Vec<_>>().join(", and ")
            }
            step => step.in_words(),
        }
    }

    /// The steps of a group that are still to come, with their places. Connects are never waited for.
    fn left<'s>(&self, steps: &'s [Step]) -> impl Iterator<Item = (usize, &'s Step)> {
        steps.iter().enumerate().filter(|(index, step)| self.is_left(*index, step))
    }

    fn is_left(&self, index: usize, step: &Step) -> bool {
        !step.is_connect() && !self.come.contains(&index)
    }

    fn deviate(&mut self, expected: Option<&Numbered>, why: &str) -> Option<Effects> {
        let file = &self.scenario.file;
        self.deviation = Some(match expected {
            Some(step) => {
                let place = self.place(step);
                let words = self.missing(&step.step);
                format!("{place}: want {words}\n{why}")
            }
            None => format!("{file}: behind the last step: {why}"),
        });
        None
    }

    fn step(&mut self, expected: &Numbered, incoming: Incoming<'_>) -> Result<Effects, String> {
        let mut follows = Effects::default();
        match &expected.step {
            Step::Group { steps } => {
                let (index, step) = self.nearest(steps, incoming)?;
                self.matches(step, incoming)?;
                self.groups += u64::from(self.come.is_empty());
                self.come.insert(index);
                follows.group = Some(self.groups);
                follows.answer = self.answer(step)?;
                if self.left(steps).next().is_some() {
                    return Ok(follows);
                }
                self.come.clear();
            }
            step => {
                self.matches(step, incoming)?;
                follows.answer = self.answer(step)?;
            }
        }
        self.next += 1;
        self.go_on(expected.step.at(), &mut follows);
        Ok(follows)
    }

    /// Collects what happens up to the next step of a client. `from`: the offset of the step that has come.
    fn go_on(&mut self, from: Option<Duration>, follows: &mut Effects) {
        let scenario = Arc::clone(&self.scenario);
        let mut waited = Duration::ZERO;
        let from = from.unwrap_or(self.at);
        let mut now = from;
        while let Some(numbered) = scenario.steps.get(self.next) {
            let step = &numbered.step;
            let act = match step {
                Step::Push(push) => {
                    now = step.at().unwrap_or(now).max(now);
                    match self.push(push) {
                        Ok(act) => act,
                        Err(why) => {
                            self.stop(format!(
                                "{}: {}: {why}",
                                self.place(numbered),
                                step.in_words()
                            ));
                            return;
                        }
                    }
                }
                Step::Test { replay_only: true, .. } => {
                    self.next += 1;
                    continue;
                }
                Step::Test { call, with, .. } => {
                    now = step.at().unwrap_or(now).max(now);
                    let with = filled_in(with, &self.names).unwrap_or_else(|_| with.clone());
                    ScenarioEffect::Test { place: self.place(numbered), call: call.clone(), with }
                }
                Step::Wait { milliseconds } => {
                    waited = waited.saturating_add(Duration::from_millis(*milliseconds));
                    self.next += 1;
                    continue;
                }
                step if step.is_idle() => {
                    now = step.at().unwrap_or(now).max(now);
                    self.next += 1;
                    continue;
                }
                Step::Request(_) | Step::Bayeux(_) | Step::Group { .. } => break,
            };
            let after = self.slowed(now.saturating_sub(from).saturating_add(waited));
            let before = matches!(step, Step::Push(Push { before_answer: true, .. }));
            let due = ScheduledEffect { after, act };
            let list = if before { &mut follows.before } else { &mut follows.behind };
            list.push(due);
            self.next += 1;
        }
        self.at = now;
    }

    /// An event with its names filled in; a match that takes anything may have left one of them open.
    fn push(&mut self, push: &Push) -> Result<ScenarioEffect, String> {
        let data = filled_in(&push.data, &self.names)
            .map_err(|unfilled| format!("{unfilled} from what came; match its request closer"))?;
        for (name, pointer) in &push.capture {
            let value = data
                .pointer(pointer)
                .ok_or_else(|| format!("its data has nothing at {pointer:?}"))?;
            self.names.insert(name.clone(), value.clone());
        }
        Ok(ScenarioEffect::Push { to: push.to.clone(), channel: push.channel.clone(), data })
    }

    fn slowed(&self, span: Duration) -> Duration {
        match self.speed {
            Speed::AtOnce => Duration::ZERO,
            Speed::Times(factor) => {
                Duration::try_from_secs_f64(span.as_secs_f64() * factor).unwrap_or(span)
            }
        }
    }

    /// The step of a group that what came is meant by: of those that it matches, the one that leaves least open.
    fn nearest<'s>(
        &mut self,
        steps: &'s [Step],
        incoming: Incoming<'_>,
    ) -> Result<(usize, &'s Step), String> {
        let mut nearest: Option<((Matching, usize), usize, &Step)> = None;
        let mut whys = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if !self.is_left(index, step) {
                continue;
            }
            match self.matches(step, incoming) {
                Ok(new) => {
                    self.forget(&new);
                    let open = (step.matching(), new.len());
                    if nearest.as_ref().is_none_or(|(least, ..)| open < *least) {
                        nearest = Some((open, index, step));
                    }
                    if open == (Matching::Exact, 0) {
                        break;
                    }
                }
                Err(why) => whys.push(why),
            }
        }
        // A difference within a body is nearer than another request.
        whys.sort_by_key(|why| !why.contains('\n'));
        let nearest = nearest.map(|(_, index, step)| (index, step));
        nearest.ok_or_else(|| {
            whys.into_iter().next().expect("a group that is waited for has a step that is left")
        })
    }

    fn forget(&mut self, names: &[String]) {
        for name in names {
            self.names.remove(name);
        }
    }

    /// Compares a step with a message that came. If they match, the names of the step are bound, and the new ones are
    /// returned; otherwise the difference is.
    fn matches(&mut self, step: &Step, incoming: Incoming<'_>) -> Result<Vec<String>, String> {
        // No copy of the names: there may be as many as there are steps.
        let mut new = Vec::new();
        let matched = match (step, incoming) {
            (Step::Request(request), Incoming::Request { .. }) => {
                self.matches_request(request, incoming, &mut new)
            }
            (Step::Bayeux(expected), Incoming::Bayeux { by, message }) if expected.by == by => {
                let met = expected.message.met_by(message, &mut self.names, &mut new);
                met.map_err(|different| match different.is_empty() {
                    true => format!("got {}", incoming.in_words()),
                    false => format!("got it with other data\n{}", different.join("\n")),
                })
            }
            _ => Err(format!("got {}", incoming.in_words())),
        };
        if matched.is_err() {
            self.forget(&new);
        }
        matched.map(|()| new)
    }

    fn matches_request(
        &mut self,
        expected: &Request,
        incoming: Incoming<'_>,
        new: &mut Vec<String>,
    ) -> Result<(), String> {
        let Incoming::Request { by, method, path, body } = incoming else {
            return Err(String::new());
        };
        let is_sent_so = (expected.by.as_deref(), expected.method.as_str()) == (by, method);
        // Secrets are not compared: a recording has none, and a report must not show them.
        if !is_sent_so || !self.matches_target(&hidden(&expected.path), &hidden(path), new) {
            return Err(format!("got {}", incoming.in_words()));
        }
        let names = &mut self.names;
        let (want, got) = match (&expected.body, body) {
            (Some(want), Some(got)) => (want, got),
            (None, None) => return Ok(()),
            (None, Some(_)) if expected.matching != Matching::Exact => return Ok(()),
            (None, Some(_)) => return Err(format!("got {} with a body", incoming.in_words())),
            (Some(_), None) if expected.matching == Matching::Any => return Ok(()),
            (Some(_), None) => return Err(format!("got {} without a body", incoming.in_words())),
        };
        learn(want, got, names, new);
        let mut want = filled_in(want, names).unwrap_or_else(|_| want.clone());
        let mut got = got.clone();
        [&mut want, &mut got].into_iter().for_each(hide_in);
        let different = match expected.matching {
            Matching::Any => Vec::new(),
            Matching::Exact => difference(&want, &got, true),
            Matching::Partial => difference(&want, &got, false),
        };
        if different.is_empty() {
            return Ok(());
        }
        Err(format!("got it with another body\n{}", different.join("\n")))
    }

    /// Tells if a path with its query is the wanted one: as it is written, or else in another spelling of the same.
    fn matches_target(&mut self, want: &str, got: &str, new: &mut Vec<String>) -> bool {
        if self.is_target(want, got, new) {
            return true;
        }
        self.forget(new);
        new.clear();
        self.is_target(&canonical(want), &canonical(got), new)
    }

    fn is_target(&mut self, want: &str, got: &str, new: &mut Vec<String>) -> bool {
        learn_text(want, got, &mut self.names, new);
        let query = want.split_once('?').map_or("", |(_, query)| query);
        let value =
            |name: &String| self.names.get(name).and_then(Value::as_str).unwrap_or_default();
        // A name in the query stands for the value of one parameter.
        let is_too_long =
            |name: &String| query.contains(&format!("${{{name}}}")) && value(name).contains('&');
        !new.iter().any(is_too_long)
            && text_filled_in(want, &self.names).as_deref().unwrap_or(want) == got
    }

    fn answer(&mut self, step: &Step) -> Result<Option<(u16, Option<Value>)>, String> {
        let Step::Request(request) = step else { return Ok(None) };
        let ExpectedAnswer { status, body, capture } = &request.answer;
        let body = body
            .as_ref()
            .map(|body| filled_in(body, &self.names))
            .transpose()
            .map_err(|unfilled| format!("in its answer, {unfilled}"))?;
        for (name, pointer) in capture {
            let value = body
                .as_ref()
                .and_then(|body| body.pointer(pointer))
                .ok_or_else(|| format!("its answer has nothing at {pointer}"))?;
            self.names.insert(name.clone(), value.clone());
        }
        Ok(Some((*status, body)))
    }
}

/// Checks that a scenario fits the fake that is to play it: its users are there, and its calls of the test can be made. Fails
/// with the first step that does not fit. `call` checks a call of a test and what it is given, which is `None` while names are
/// still to be filled in.
pub fn fits(
    scenario: &Scenario,
    users: &[&str],
    call: impl Fn(&str, Option<&Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    for Numbered { number, line, step } in &scenario.steps {
        step_fits(step, users, &call).map_err(|wrong| {
            Error::new(format!("{}:{line}: step {number}: {wrong}", scenario.file))
        })?;
    }
    Ok(())
}

fn step_fits(
    step: &Step,
    users: &[&str],
    call: &impl Fn(&str, Option<&Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    match step {
        Step::Request(request) => {
            request.by.as_deref().map_or(Ok(()), |by| is_user("by", by, users))
        }
        Step::Bayeux(bayeux) => is_user("by", &bayeux.by, users),
        Step::Push(push) => is_user("to", &push.to, users),
        Step::Group { steps } => steps.iter().try_for_each(|step| step_fits(step, users, call)),
        Step::Wait { .. } => Ok(()),
        Step::Test { call: name, with, .. } => {
            let mut names = Vec::new();
            names_in(with, &mut names);
            call(name, names.is_empty().then_some(with))
        }
    }
}

fn is_user(field: &str, name: &str, users: &[&str]) -> Result<(), Error> {
    if users.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, users.iter().copied())
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default();
    let users = users.join(", ");
    Err(Error::new(format!("/{field}: got {name:?}, want the userName of one of {users}{meant}")))
}
