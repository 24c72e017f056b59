//! The end of a fake: its verdict, its report, and a test's body between its start and its end.

use std::path::Path;
use std::sync::PoisonError;

use serde_json::Value;

use crate::api::assertions::self_check;
use crate::api::fake::FakeGws;
use crate::api::known_rule::find_rule;
use crate::api::test_outcome::TestOutcome;
use crate::engine::playback::recording::recorded;
use crate::error::{Error, demand};
use crate::report::json;
use crate::report::stable::stable;
use crate::report::text::Facts;
use crate::rules::Certainty;
use crate::scenario::write::write;
use crate::server::verdict::facts;

impl FakeGws {
    /// Allows violations of a rule: they fail no test. The answers do not change.
    ///
    /// # Panics
    ///
    /// Panics if there is no such rule.
    #[track_caller]
    pub fn allow(&self, rule: &str) {
        let rule = demand(find_rule(rule));
        self.fake.change(|engine, _| engine.log.exemptions.allowed.push(rule));
    }

    /// Allows one violation of a rule: the first one that no other exemption covers. Two calls allow two violations.
    ///
    /// # Panics
    ///
    /// Panics if there is no such rule.
    #[track_caller]
    pub fn allow_once(&self, rule: &str) {
        let rule = demand(find_rule(rule));
        self.fake.change(|engine, _| engine.log.exemptions.once.push(rule));
    }

    /// Expects a violation of a rule: at least one must come before the fake is verified, and none of them fails the
    /// test.
    ///
    /// # Panics
    ///
    /// Panics if there is no such rule.
    #[track_caller]
    pub fn expect_violation(&self, rule: &str) {
        let rule = demand(find_rule(rule));
        self.fake.change(|engine, _| engine.log.exemptions.expected.push(rule));
    }

    /// Blames clients for violations of rules that are as certain as this or more, including those since the start of
    /// the fake: [`Builder::blame_from`](crate::Builder::blame_from).
    pub fn blame_from(&self, least: Certainty) {
        self.fake.change(|engine, _| engine.log.exemptions.blame_from = Some(least));
    }

    /// Verifies that the contract was not broken so far.
    ///
    /// # Panics
    ///
    /// Panics with the report if the contract was broken.
    #[track_caller]
    pub fn verify(&self) {
        if let Err(report) = self.try_verify() {
            self.fake.change(|engine, _| engine.log.reported = true);
            panic!("{report}");
        }
    }

    /// Does the same as [`verify`](Self::verify), without a panic.
    ///
    /// # Errors
    ///
    /// Fails with the report if the contract was broken.
    pub fn try_verify(&self) -> Result<(), Error> {
        facts(&self.fake, verify)
    }

    /// The whole report: the violations, the expected violations that did not come, the notes, and the timeline.
    pub fn report(&self) -> String {
        facts(&self.fake, |facts| facts.report())
    }

    /// The report without the parts that differ from run to run: times, ports, ids that the fake drew, and the line
    /// that started it. A test may keep it as a snapshot; the lines of requests that ran at the same time may change
    /// places.
    pub fn stable_report(&self) -> String {
        let report = self.report();
        let ids = self.fake.look(|engine| engine.ids.clone());
        stable(&report, |word| ids.is_drawn(word))
    }

    /// The whole report as JSON: `broken`, `violations`, `leftUndone`, `expectedAndNotSeen`, `mountedMocks`, `unusedFaults`,
    /// `unusedExceptions`, `notes`, `dropped` (how many older entries there were) and `timeLine`.
    pub fn report_json(&self) -> Value {
        facts(&self.fake, json::report)
    }

    /// The requests, answers and events so far, as the text of a scenario in its canonical form:
    /// [`Builder::play`](crate::Builder::play) plays it. Requests without an answer are left out, both those that wait
    /// and those whose answer a test has cut. If the timeline has dropped older entries, the title says so.
    pub fn recorded(&self) -> String {
        write(&recorded(&self.fake.snapshot(), &self.url))
    }

    /// Writes [`recorded`](Self::recorded) to a file when the fake is dropped, with any verdict. If the file cannot be
    /// written, the drop fails the test.
    pub fn record(&self, path: impl AsRef<Path>) {
        let path = path.as_ref().to_owned();
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
    }

    /// Writes the files that the test asked for; returns the reasons why one was not written, each with its line's end.
    fn write_files(&self) -> String {
        let path = self.recording.lock().unwrap_or_else(PoisonError::into_inner).take();
        let recording = path.and_then(|path| {
            let error = std::fs::write(&path, self.recorded()).err()?;
            Some(format!(
                "{}: {error}; the scenario was not written: name a file that can be written",
                path.display()
            ))
        });
        let coverage = self.write_coverage().err().map(|error| error.to_string());
        let unwritten = recording.into_iter().chain(coverage);
        unwritten.map(|why| format!("gws-sms-fake: {why}\n")).collect()
    }

    /// Runs a test's body.
    pub(crate) async fn run<R: TestOutcome>(self, body: impl AsyncFnOnce(&Self) -> R) {
        let outcome = body(&self).await;
        self.finish(outcome.failure());
    }

    /// The end of a test whose body has returned.
    #[track_caller]
    pub(crate) fn finish(self, failure: Option<String>) {
        let verified = self.try_verify();
        let message = match (failure, verified) {
            (None, Ok(())) => return,
            (None, Err(report)) => report.to_string(),
            (Some(failure), Ok(())) => format!("the test failed: {failure}\n\n{}", self.report()),
            (Some(failure), Err(report)) => format!("the test failed: {failure}\n\n{report}"),
        };
        self.fake.change(|engine, _| engine.log.reported = true);
        panic!("{message}");
    }
}

impl Drop for FakeGws {
    fn drop(&mut self) {
        let unwritten = self.write_files();
        self.fake.close();
        self.listeners.close();
        self.accepting.abort();
        let panicking = std::thread::panicking();
        let reported = panicking && self.fake.look(|engine| engine.log.reported);
        #[cfg(feature = "control")]
        let reported = reported || self.is_reported;
        let verified = if reported { Ok(()) } else { self.try_verify() };
        if panicking && !reported && verified.is_ok() {
            // The test has failed by itself: what reached the fake may show why.
            eprintln!("{}", self.report());
        }
        #[cfg(feature = "control")]
        let verified = self.with_kept(verified);
        self.fake.mocks.end();
        match verified {
            Ok(()) if unwritten.is_empty() => {}
            Ok(()) if panicking => eprint!("{unwritten}"),
            Ok(()) => panic!("{unwritten}"),
            Err(report) if panicking => eprintln!("{unwritten}{report}"),
            Err(report) => panic!(
                "{unwritten}{report}\nThe fake reports this when it is dropped. To see an error that the test returned, run the test with FakeGws::test."
            ),
        }
    }
}

/// Fails with the report when the contract was broken.
pub(crate) fn verify(facts: &Facts<'_>) -> Result<(), Error> {
    let violations = own_violations_in_debug(facts);
    if !violations.is_empty() {
        let violations = violations.join("\n  ");
        return Err(Error::new(format!(
            "gws-sms-fake itself is wrong, please report it:\n  {violations}"
        )));
    }
    if facts.broken() { Err(Error::new(facts.report())) } else { Ok(()) }
}

/// Every test of a debug build proves that what the fake sends conforms to its own schemas.
fn own_violations_in_debug(facts: &Facts<'_>) -> Vec<String> {
    if cfg!(debug_assertions) { self_check(facts.timeline) } else { Vec::new() }
}
