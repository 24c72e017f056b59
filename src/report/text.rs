//! The report of a fake, as text: what broke, what was expected and did not come, and the time line.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::channel;
use crate::bayeux::exchange::Loss;
use crate::contract::check::cut;
use crate::exception::Exceptions;
use crate::fault::{EventFault, Fault, Faults, Ordered};
use crate::gws::status::Refusal;
use crate::report::held::{Held, loss};
use crate::rule::{Rule, Verdict, Violation};
use crate::timeline::{Ending, Entry, Notified, Push, Rest, TimeLine, What};
use crate::verdict::{Exemptions, LeftUndone};

/// What there is to report of a fake.
pub(crate) struct Facts<'a> {
    pub(crate) timeline: &'a TimeLine,
    pub(crate) exemptions: &'a Exemptions,
    pub(crate) faults: &'a Faults,
    pub(crate) exceptions: &'a Exceptions,
    /// Events that faults still hold.
    pub(crate) held: Vec<Held>,
    /// What clients have left undone.
    pub(crate) left_undone: Vec<LeftUndone>,
    /// Why the scenario that is played was not followed to its end.
    pub(crate) unplayed: Option<String>,
    /// What wiremock says of the test's mocks.
    pub(crate) unmet: Option<String>,
    /// Where the fake was started.
    pub(crate) started_at: &'a str,
}

/// Values that are longer are cut in the middle.
const LONG: usize = 100;

/// What to do about a fault or an exception that was not met.
const MEET_IT: &str = "have the clients meet it, or leave it out";

impl Facts<'_> {
    /// Whether the test is to fail.
    pub(crate) fn broken(&self) -> bool {
        self.violations().next().is_some()
            || self.undone(Verdict::Violation).next().is_some()
            || !self.missing().is_empty()
            || self.unmet.is_some()
            || self.unplayed.is_some()
            || self.faults.unused().next().is_some()
            || self.held.iter().any(Held::waits)
            || self.exceptions.unused().next().is_some()
    }

    /// The violations that were neither allowed nor expected.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        self.exemptions.violations(self.timeline)
    }

    /// What was left undone, of that verdict, and is neither allowed nor expected.
    pub(crate) fn undone(&self, verdict: Verdict) -> impl Iterator<Item = &LeftUndone> {
        let mut once = self.exemptions.once_left(self.timeline);
        let of_verdict = self.left_undone.iter().filter(move |it| it.violation.verdict == verdict);
        of_verdict.filter(move |it| self.exemptions.fails(it.violation.rule, &mut once))
    }

    /// The rules of which a violation was expected and none came.
    pub(crate) fn missing(&self) -> Vec<&'static Rule> {
        let mut missing = self.exemptions.missing(self.timeline);
        let came = |rule: &Rule| {
            let undone = self.left_undone.iter().map(|it| &it.violation);
            undone.filter(|it| it.verdict == Verdict::Violation).any(|it| it.rule.id == rule.id)
        };
        missing.retain(|rule| !came(rule));
        missing
    }

    /// The whole report.
    pub(crate) fn report(&self) -> String {
        let mut report = String::new();
        let _ = writeln!(report, "{}", self.headline());
        if let Some(unplayed) = &self.unplayed {
            let _ = write!(report, "\n{}", indented(unplayed));
        }
        let like = |one: &Violation, other: &Violation| {
            (one.rule.id, &one.place, &one.got) == (other.rule.id, &other.place, &other.got)
        };
        let all: Vec<_> = self.violations().collect();
        for (index, (entry, violation)) in all.iter().enumerate() {
            if all[..index].iter().any(|(_, earlier)| like(earlier, violation)) {
                continue;
            }
            let _ = write!(report, "\n{}", indented(&explain(entry, violation)));
            let more = all[index + 1..].iter().filter(|(_, later)| like(later, violation)).count();
            if more > 0 {
                let _ = writeln!(report, "  and {more} more like it, marked ✗ below");
            }
        }
        for LeftUndone { user, violation } in self.undone(Verdict::Violation) {
            let _ = write!(
                report,
                "\n{}",
                indented(&explain_for(&format!("client of {user}"), violation))
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
        for Ordered { user_name, fault, .. } in self.faults.unused() {
            let name = fault.as_str();
            let _ = write!(
                report,
                "\n  gws.user(\"{user_name}\").faults().{name}(..) was ordered and never happened; {MEET_IT}\n"
            );
        }
        for held in self.held.iter().filter(|held| held.waits()) {
            let _ = write!(report, "\n{}", indented(&held.in_words()));
        }
        for programmed in self.exceptions.unused() {
            let (words, happened) = (&programmed.words, count_times(programmed.happened));
            let _ = write!(report, "\n  {words} was programmed and {happened}; {MEET_IT}\n");
        }
        let notes = self.timeline.findings(Verdict::Note).map(|(entry, note)| explain(entry, note));
        let undone = self.undone(Verdict::Note);
        let undone = undone.map(|it| explain_for(&format!("client of {}", it.user), &it.violation));
        let held = self.held.iter().filter(|held| !held.waits());
        let held = held.map(|held| held.in_words() + "\n");
        let notes: String = notes.chain(undone).chain(held).map(|note| indented(&note)).collect();
        if !notes.is_empty() {
            let _ = write!(report, "\n  notes, which fail no test:\n{notes}");
        }
        let _ = write!(report, "\n{}", self.lines());
        report
    }

    /// The time line, one line an entry.
    fn lines(&self) -> String {
        let mut lines = match self.timeline.dropped().entries {
            0 => String::new(),
            dropped => format!(
                "  of the older entries {dropped} were dropped, which break no rule; to keep more: builder().time_line_limit(..)\n"
            ),
        };
        let held: Vec<&Violation> = self.violations().map(|(_, violation)| violation).collect();
        let is_held = |violation: &Violation| held.iter().any(|it| std::ptr::eq(*it, violation));
        for entry in self.timeline.entries() {
            let (later, lost) = (self.subscribed_later(entry), self.lost_with(entry));
            let _ = writeln!(lines, "  {}{later}{lost}", line_of(entry, is_held));
        }
        if lines.is_empty() {
            lines.push_str("  nothing reached the fake\n");
        }
        lines
    }

    /// With which answers an event was lost.
    fn lost_with(&self, entry: &Entry) -> String {
        let What::Notification(Notified { receipts, .. }) = &entry.what else {
            return String::new();
        };
        let carriers = receipts.iter().filter_map(|receipt| match receipt.lost {
            Some((_, Loss::Unwritten(carrier))) => self.timeline.entry(carrier),
            _ => None,
        });
        let named = carriers.filter_map(|carrier| match &carrier.what {
            What::Push(push) => {
                Some(format!(": that to {} of {}", messages(push), moment(carrier.at)))
            }
            _ => None,
        });
        named.collect()
    }

    /// When a client of the user subscribed after all, if an event was published to nobody.
    fn subscribed_later(&self, entry: &Entry) -> String {
        let What::Notification(Notified { receipts, channel, fault: None, .. }) = &entry.what
        else {
            return String::new();
        };
        let covers = |later: &&Entry| match &later.what {
            What::Push(push) => {
                push.subscribed.iter().any(|pattern| channel::matches(pattern, channel))
            }
            _ => false,
        };
        let mut later = self.timeline.entries().filter(|it| it.number > entry.number);
        let later = later.find(|it| it.user == entry.user && covers(it));
        match later.filter(|_| receipts.is_empty()) {
            Some(later) => format!(" before {}", moment(later.at)),
            None => String::new(),
        }
    }

    fn headline(&self) -> String {
        let requests = count(self.timeline.requests(), "request");
        let violations = self.violations().count() + self.undone(Verdict::Violation).count();
        let at = self.started_at;
        if violations > 0 {
            let violations = count(violations, "violation");
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

/// One line of the time line, by what is known of the exemptions by now.
pub(crate) fn line(entry: &Entry, exemptions: &Exemptions) -> String {
    line_of(entry, |violation| exemptions.hold_against(violation.rule))
}

fn line_of(entry: &Entry, is_held: impl Fn(&Violation) -> bool) -> String {
    let user = entry.user.as_deref().unwrap_or("-");
    let mut line = format!("{:>10}  {user:<3} ", moment(entry.at));
    match &entry.what {
        What::Rest(rest) => describe_rest(&mut line, rest),
        What::Push(push) => describe_push(&mut line, entry.at, push),
        What::Notification(notified) => describe_notification(&mut line, entry.at, notified),
        What::Refused { reason } => {
            let _ = write!(line, "no HTTP request: {reason}");
        }
        What::Remark(remark) => line.push_str(&cut(remark, 2 * LONG)),
    }
    for finding in &entry.findings {
        let mark = match finding.verdict {
            Verdict::Note => "note",
            Verdict::Violation if is_held(finding) => "✗",
            Verdict::Violation => "allowed",
        };
        let _ = write!(line, "  {mark} {}", finding.rule.id);
    }
    line
}

fn describe_rest(line: &mut String, rest: &Rest) {
    let target = cut(&rest.target, LONG);
    let _ = write!(line, "{} {target}", rest.method);
    let operation = rest.operation.map(|operation| operation.as_str());
    if let Some(operation) = operation.or(rest.further.as_deref()) {
        let _ = write!(line, " {operation}");
    }
    line.push_str(&ending(&rest.ending));
    if let Some(rule) = rest.done.filter(|_| rest.operation.is_some()) {
        let _ = write!(line, " ({})", rule.id);
    }
    if rest.mocked {
        line.push_str(if rest.further.is_some() { " (own contract)" } else { " (mock)" });
    }
    match rest.exception {
        Some(exception) if matches!(rest.ending, Ending::Open) => {
            let _ = write!(line, "  {} programmed", exception.as_str());
        }
        Some(exception) if !matches!(rest.ending, Ending::HungUp { .. }) => {
            let _ = write!(line, "  {}", exception.outcome());
        }
        _ => {}
    }
}

fn describe_push(line: &mut String, began: Duration, push: &Push) {
    line.push_str(&messages(push));
    match &push.ending {
        Ending::Open if push.held => line.push_str("  held"),
        Ending::Answered { at, .. } if push.held => {
            let _ = write!(line, "  held {}{}", span(*at - began), ending(&push.ending));
        }
        other => line.push_str(&ending(other)),
    }
}

fn describe_notification(line: &mut String, at: Duration, notified: &Notified) {
    let data = &notified.data;
    let _ = write!(line, "<- {}", cut(&notified.channel, LONG));
    for field in ["/notificationType", "/smssession/state", "/smssession/supervisorMode"] {
        if let Some(value) = data.pointer(field).and_then(Value::as_str) {
            let _ = write!(line, " {}", cut(value, LONG));
        }
    }
    let arrived = notified.receipts.iter().filter_map(|receipt| receipt.delivered);
    if let Some(kind) = notified.kind {
        let _ = write!(line, " ({})", kind.rule.id);
    }
    if let Some(fault) = notified.fault {
        let _ = write!(line, "  {}", fault.outcome());
    }
    let lost = notified.receipts.iter().filter_map(|receipt| receipt.lost);
    let mut lost: Vec<&str> = lost.map(|(_, how)| loss(how)).collect();
    lost.dedup();
    match arrived.min() {
        _ if matches!(notified.fault, Some(Fault::Event(EventFault::Lose | EventFault::Never))) => {
        }
        _ if notified.receipts.is_empty() => line.push_str("  to nobody: no client has subscribed"),
        None if !lost.is_empty() => {}
        None => line.push_str("  not delivered yet"),
        Some(delivered) => {
            let _ = write!(line, "  delivered after {}", span(delivered.saturating_sub(at)));
        }
    }
    for how in lost {
        let _ = write!(line, "  LOST {how}");
    }
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Open => "  not answered yet".to_owned(),
        Ending::Cut { at } => format!("  cut at {}", moment(*at)),
        Ending::HungUp { at } => format!("  the client hung up at {}", moment(*at)),
        Ending::Answered { status, .. } => {
            let code = ending.status_code();
            code.map_or(format!("  {status}"), |code| format!("  {status} statusCode {code}"))
        }
    }
}

/// The messages of a request of the push side, each in a word or two.
fn messages(push: &Push) -> String {
    push.messages.iter().map(|message| cut(message, LONG)).collect::<Vec<_>>().join(", ")
}

/// A violation with what broke it, its place, its rule and what to do.
fn explain(entry: &Entry, violation: &Violation) -> String {
    let user = || entry.user.as_deref().unwrap_or("everybody");
    let what = match &entry.what {
        What::Rest(rest) => format!("{} {}", rest.method, cut(&rest.target, 2 * LONG)),
        What::Push(push) => format!("on the push side: {}", messages(push)),
        What::Notification(notified) => {
            format!("event to {} on {}", user(), cut(&notified.channel, LONG))
        }
        What::Refused { .. } | What::Remark(_) => "on a connection".to_owned(),
    };
    explain_for(&what, violation)
}

fn explain_for(what: &str, violation: &Violation) -> String {
    let Violation { rule, verdict, place, got, want, hint } = violation;
    let (place, got) = (cut(place, LONG), cut(got, 2 * LONG));
    let mut text = format!("{what}\n{place}  got {got}, want {want}");
    if let Some(hint) = hint {
        let _ = write!(text, "; {hint}");
    }
    let Rule { id, text: demand, certainty, source, .. } = rule;
    let _ = write!(text, "\nrule {id}: {demand} ({certainty}: {source})");
    if *verdict == Verdict::Violation {
        let _ = write!(text, "\nto let it pass: gws.allow(\"{id}\")");
    }
    text + "\n"
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

pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn count_times(times: u32) -> String {
    match times {
        0 => "never happened".to_owned(),
        1 => "happened only once".to_owned(),
        times => format!("happened only {times} times"),
    }
}

fn moment(at: Duration) -> String {
    format!("+{}", span(at))
}

fn span(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1000.0)
}
