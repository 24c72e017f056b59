//! The report of a fake, as text: what broke, what was expected and did not come, and the timeline.

use std::collections::{HashMap, HashSet, hash_map};
use std::fmt::Write;
use std::ptr;
use std::sync::Arc;

use crate::bayeux::channel;
use crate::bayeux::io::Loss;
use crate::contract::check::cut;
use crate::contract::visible::visible;
use crate::engine::delivery::push_faults::{InjectedFault, InjectedFaults};
use crate::engine::end_of_test::incomplete;
use crate::engine::log::timeline::{Entry, EntryKind, Notified, Timeline};
use crate::engine::log::verdict::{Exemptions, Incomplete};
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::engine::snapshot::Snapshot;
use crate::gws::status::Refusal;
use crate::report::folding::{Row, bounded, folded, kind};
use crate::report::line::{LONG, line_of, messages, moment};
use crate::report::undelivered::UndeliveredEvent;
use crate::rules::{Rule, Verdict, Violation};

/// The facts that a report of a fake is made of.
pub(crate) struct Facts<'a> {
    pub(crate) timeline: &'a Timeline,
    /// The entries from before a reset whose violations count.
    pub(crate) before_reset: &'a [Arc<Entry>],
    pub(crate) exemptions: &'a Exemptions,
    pub(crate) faults: &'a InjectedFaults,
    pub(crate) rest_faults: &'a InjectedRestFaults,
    /// Events that faults still hold.
    pub(crate) held: Vec<UndeliveredEvent>,
    /// The unfinished work of clients.
    pub(crate) incomplete: Vec<Incomplete>,
    /// The reason why the scenario that is played was not followed to its end.
    pub(crate) unplayed: Option<String>,
    /// The expectations of the test's mocks that were not met, in wiremock's words.
    pub(crate) unmet: Option<String>,
    /// The place where the fake was started.
    pub(crate) started_at: &'a str,
}

/// The advice about a fault that was not met.
const MEET_IT: &str = "make a client trigger it, or remove it";

impl Facts<'_> {
    /// Looks at the facts of a copy of a fake.
    pub(crate) fn look<T>(
        snapshot: Snapshot,
        unmet: Option<String>,
        started_at: &str,
        look: impl FnOnce(&Facts<'_>) -> T,
    ) -> T {
        let incomplete = incomplete(&snapshot);
        let Snapshot {
            timeline,
            before_reset,
            exemptions,
            faults,
            rest_faults,
            withheld,
            unplayed,
            ..
        } = snapshot;
        let held = withheld.into_iter().map(|withheld| UndeliveredEvent {
            user_name: withheld.user_name,
            fault: withheld.fault,
            channel: withheld.channel,
        });
        look(&Facts {
            timeline: &timeline,
            before_reset: &before_reset,
            exemptions: &exemptions,
            faults: &faults,
            rest_faults: &rest_faults,
            held: held.collect(),
            incomplete,
            unplayed,
            unmet,
            started_at,
        })
    }

    /// Tells if the test has to fail.
    pub(crate) fn broken(&self) -> bool {
        self.violations().next().is_some()
            || self.undone(Verdict::Violation).next().is_some()
            || !self.missing().is_empty()
            || self.unmet.is_some()
            || self.unplayed.is_some()
            || self.faults.unused().next().is_some()
            || self.held.iter().any(UndeliveredEvent::waits)
            || self.rest_faults.unused().next().is_some()
    }

    /// The violations that were neither allowed nor expected, also those from before a reset.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        self.violations_before_reset().chain(self.violations_since_reset())
    }

    /// The violations of the world that the fake has now.
    pub(crate) fn violations_since_reset(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        self.exemptions.violations(self.timeline)
    }

    /// The violations from before a reset that are not allowed. What a later test expects does not excuse them.
    fn violations_before_reset(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        let all = self
            .before_reset
            .iter()
            .flat_map(|entry| entry.violations.iter().map(move |violation| (&**entry, violation)));
        all.filter(|(_, violation)| {
            !self.exemptions.allow(violation.rule)
                && self.exemptions.verdict(violation) == Verdict::Violation
        })
    }

    /// The notes of the timeline.
    pub(crate) fn notes(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        self.exemptions.notes(self.timeline)
    }

    /// The unfinished work of that verdict that is neither allowed nor expected.
    pub(crate) fn undone(&self, verdict: Verdict) -> impl Iterator<Item = &Incomplete> {
        let mut once = self.exemptions.once_left(self.timeline);
        let of_verdict = self
            .incomplete
            .iter()
            .filter(move |incomplete| self.exemptions.verdict(&incomplete.violation) == verdict);
        of_verdict
            .filter(move |incomplete| self.exemptions.fails(incomplete.violation.rule, &mut once))
    }

    /// The rules of which a violation was expected and none came.
    pub(crate) fn missing(&self) -> Vec<&'static Rule> {
        let mut missing = self.exemptions.missing(self.timeline);
        let was_broken = |rule: &Rule| {
            let undone = self.incomplete.iter().map(|incomplete| &incomplete.violation);
            undone
                .filter(|incomplete| self.exemptions.verdict(incomplete) == Verdict::Violation)
                .any(|incomplete| incomplete.rule.id == rule.id)
        };
        missing.retain(|rule| !was_broken(rule));
        missing
    }

    /// The whole report.
    pub(crate) fn report(&self) -> String {
        let mut report = String::new();
        let _ = writeln!(report, "{}", self.headline());
        if let Some(unplayed) = &self.unplayed {
            let _ = write!(report, "\n{}", indented(unplayed));
        }
        for alike in alike(self.violations()) {
            let _ = write!(report, "\n{}", self.in_words(&alike, "✗"));
        }
        for Incomplete { user, violation } in self.undone(Verdict::Violation) {
            let _ = write!(
                report,
                "\n{}",
                indented(&self.explain_for(&format!("client of {user}"), violation))
            );
        }
        for rule in self.missing() {
            let _ = write!(report, "\n{}", indented(&expected(rule)));
        }
        if let Some(unmet) = &self.unmet {
            let _ = write!(
                report,
                "\n{}",
                indented(&format!(
                    "mounted mocks: {}\nsend what they expect, or mount them with another expectation",
                    unmet.trim()
                ))
            );
        }
        for InjectedFault { user_name, fault, .. } in self.faults.unused() {
            let name = fault.as_str();
            let _ = write!(
                report,
                "\n  gws.user(\"{user_name}\").push_faults().{name}(..) was injected but never triggered; {MEET_IT}\n"
            );
        }
        for held in self.held.iter().filter(|held| held.waits()) {
            let _ = write!(report, "\n{}", indented(&held.in_words()));
        }
        for injected in self.rest_faults.unused() {
            let words = &injected.words;
            let triggered = count_times(injected.triggered);
            let _ = write!(report, "\n  {words} was injected and {triggered}; {MEET_IT}\n");
        }
        let notes = alike(self.notes()).into_iter();
        let notes = notes.map(|alike| self.in_words(&alike, "note"));
        let undone = self.undone(Verdict::Note).map(|incomplete| {
            self.explain_for(&format!("client of {}", incomplete.user), &incomplete.violation)
        });
        let held = self.held.iter().filter(|held| !held.waits());
        let held = held.map(|held| held.in_words() + "\n");
        let others = undone.chain(held).map(|note| indented(&note));
        let notes: String = notes.chain(others).collect();
        if !notes.is_empty() {
            let _ = write!(report, "\n  notes, which fail no test:\n{notes}");
        }
        let _ = write!(report, "\n{}", self.lines());
        report
    }

    /// A violation with what broke it, its place, its rule and what to do.
    fn explain(&self, entry: &Entry, violation: &Violation) -> String {
        let user = || entry.user.as_deref().unwrap_or("everybody");
        let what = match &entry.what {
            EntryKind::Rest(rest) => format!("{} {}", rest.method, cut(&rest.target, 2 * LONG)),
            EntryKind::Push(push) => format!("on the push side: {}", messages(push)),
            EntryKind::Notification(notified) => {
                format!("event to {} on {}", user(), cut(&notified.channel, LONG))
            }
            EntryKind::Refused { .. } | EntryKind::Remark(_) => "on a connection".to_owned(),
        };
        self.explain_for(&what, violation)
    }

    fn explain_for(&self, what: &str, violation: &Violation) -> String {
        let Violation { rule, verdict, place, got, want, hint } = violation;
        let what = visible(what);
        let place = cut(place, LONG);
        let place = visible(&place);
        let got = cut(got, 2 * LONG);
        let got = visible(&got);
        let mut text = format!("{what}\n{place}  got {got}, want {}", visible(want));
        if let Some(hint) = hint {
            let _ = write!(text, "; {}", visible(hint));
        }
        let Rule { id, text: demand, certainty, source, .. } = rule;
        let _ = write!(text, "\nrule {id}: {demand} ({certainty}: {source})");
        match (verdict, self.exemptions.verdict(violation)) {
            (_, Verdict::Violation) => {
                let _ = write!(
                    text,
                    "\nto accept it (the answer does not change): gws.allow(\"{id}\")"
                );
            }
            (Verdict::Violation, Verdict::Note) => {
                text += "\na note, since the rule is less certain than those that clients are blamed for: gws.blame_from(..)";
            }
            (Verdict::Note, Verdict::Note) => {}
        }
        text + "\n"
    }

    /// The words for a violation, and for those that say the same; `mark` is what their lines have in the timeline.
    fn in_words(&self, alike: &Alike<'_>, mark: &str) -> String {
        let mut words = indented(&self.explain(alike.entry, alike.violation));
        if alike.more > 0 {
            let _ = writeln!(words, "  and {} more like it, marked {mark} below", alike.more);
        }
        words
    }

    /// The timeline, one line an entry.
    fn lines(&self) -> String {
        let mut lines = match self.timeline.dropped().entries {
            0 => String::new(),
            dropped => {
                let rule =
                    if self.exemptions.allowed.is_empty() { "" } else { " but allowed ones" };
                format!(
                    "  of the older entries {dropped} were dropped, which break no rule{rule}; to keep more: builder().timeline_limit(..)\n"
                )
            }
        };
        let held: HashSet<*const Violation> =
            self.violations().map(|(_, violation)| ptr::from_ref(violation)).collect();
        let is_held = |violation: &Violation| held.contains(&ptr::from_ref(violation));
        if !self.before_reset.is_empty() {
            lines.push_str("  from before a reset, what breaks the contract:\n");
            for entry in self.before_reset {
                let _ = writeln!(lines, "  {}", line_of(entry, self.exemptions, is_held));
            }
            lines.push_str("  since the reset:\n");
        }
        let subscribing: Vec<&Entry> =
            self.timeline.entries().filter(|entry| is_subscribing(entry)).collect();
        let entries: Vec<&Entry> = self.timeline.entries().collect();
        let line = |entry: &Entry| {
            let later = subscribed_later(entry, &subscribing);
            let lost = self.lost_with(entry);
            format!("{}{later}{lost}", line_of(entry, self.exemptions, is_held))
        };
        let kinds: Vec<u64> = entries.iter().map(|entry| kind(&line(entry))).collect();
        for row in bounded(folded(&kinds)) {
            let _ = match row {
                Row::Entry(index) => writeln!(lines, "  {}", line(entries[index])),
                Row::Again { entries: 1, times, last } => {
                    let until = moment(entries[last].at);
                    writeln!(lines, "  (this line {times} more times, until {until})")
                }
                Row::Again { entries: count, times, last } => {
                    let until = moment(entries[last].at);
                    writeln!(lines, "  (these {count} lines {times} more times, until {until})")
                }
                Row::LeftOut(rows) => {
                    writeln!(
                        lines,
                        "  ({rows} lines are left out here; the report as JSON has them)"
                    )
                }
            };
        }
        if lines.is_empty() {
            lines.push_str("  nothing reached the fake\n");
        }
        lines
    }

    /// The answers with which an event was lost, in words.
    fn lost_with(&self, entry: &Entry) -> String {
        let EntryKind::Notification(Notified { receipts, .. }) = &entry.what else {
            return String::new();
        };
        let carriers = receipts.iter().filter_map(|receipt| match receipt.lost {
            Some((_, Loss::Unwritten(carrier))) => self.timeline.entry(carrier),
            _ => None,
        });
        let named = carriers.filter_map(|carrier| match &carrier.what {
            EntryKind::Push(push) => {
                Some(format!(": that to {} of {}", messages(push), moment(carrier.at)))
            }
            _ => None,
        });
        named.collect()
    }

    fn headline(&self) -> String {
        let requests = count(self.timeline.requests(), "request");
        let violations = self.violations().count() + self.undone(Verdict::Violation).count();
        let at = self.started_at;
        if violations > 0 {
            let violations = match self.violations_before_reset().count() {
                0 => count(violations, "violation"),
                before => {
                    format!("{} ({before} from before a reset)", count(violations, "violation"))
                }
            };
            return format!("contract broken: {violations} in {requests} (fake started at {at})");
        }
        if self.unplayed.is_some() {
            return format!("scenario not followed: after {requests} (fake started at {at})");
        }
        if self.broken() {
            return format!("expectation not met after {requests} (fake started at {at})");
        }
        format!("contract kept: {requests} (fake started at {at})")
    }
}

/// A violation or a note, and how many more say the same.
struct Alike<'a> {
    entry: &'a Entry,
    violation: &'a Violation,
    more: usize,
}

/// Returns these violations, of those that say the same the first one.
fn alike<'a>(violations: impl Iterator<Item = (&'a Entry, &'a Violation)>) -> Vec<Alike<'a>> {
    let mut all: Vec<Alike<'_>> = Vec::new();
    let mut known = HashMap::new();
    for (entry, violation) in violations {
        let said = (violation.rule.id, below_the_message(&violation.place), &violation.got);
        match known.entry(said) {
            hash_map::Entry::Vacant(new) => {
                new.insert(all.len());
                all.push(Alike { entry, violation, more: 0 });
            }
            hash_map::Entry::Occupied(first) => all[*first.get()].more += 1,
        }
    }
    all
}

/// The place within a message of a request that may have several of them.
fn below_the_message(place: &str) -> &str {
    let rest = place.strip_prefix('/').unwrap_or_default();
    let number = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    if number > 0 { &rest[number..] } else { place }
}

fn is_subscribing(entry: &Entry) -> bool {
    matches!(&entry.what, EntryKind::Push(push) if !push.subscribed.is_empty())
}

/// A remark on a client of the user that subscribed later, if an event was published to nobody; otherwise an empty
/// text.
fn subscribed_later(entry: &Entry, subscribing: &[&Entry]) -> String {
    let EntryKind::Notification(Notified { receipts, channel, fault: None, .. }) = &entry.what
    else {
        return String::new();
    };
    if !receipts.is_empty() {
        return String::new();
    }
    let covers = |later: &&&Entry| match &later.what {
        EntryKind::Push(push) => {
            later.user == entry.user
                && push.subscribed.iter().any(|pattern| channel::matches(pattern, channel))
        }
        _ => false,
    };
    let later = subscribing.partition_point(|earlier| earlier.number <= entry.number);
    match subscribing[later..].iter().find(covers) {
        Some(later) => format!(" before {}", moment(later.at)),
        None => String::new(),
    }
}

fn expected(rule: &Rule) -> String {
    let Rule { id, text: demand, .. } = rule;
    let answer = Refusal::of(rule).map(|refusal| format!(", which is answered {}", refusal.http));
    format!(
        "expected a violation of rule {id}, and none came\nthe rule: {demand}{}\nsend what breaks it, or leave out gws.expect_violation(\"{id}\")\n",
        answer.unwrap_or_default()
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn count_times(times: u32) -> String {
    match times {
        0 => "never triggered".to_owned(),
        1 => "triggered only once".to_owned(),
        times => format!("triggered only {times} times"),
    }
}
