//! The verdict of a fake whose end somebody else tells: a suite in another language, or the program.

use std::time::Instant;

use serde_json::{Value, json};

use crate::api::fake::FakeGws;
use crate::control::PREFIX;
use crate::error::Error;

/// What a fake found until its end.
#[derive(Clone, Debug)]
pub struct Verdict {
    name: String,
    broken: bool,
    report: String,
    verification: Value,
    /// What it broke first, if it broke anything.
    kind: String,
    pub(super) told: bool,
}

impl Verdict {
    /// What the fake is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the contract was broken, or something expected did not come.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Why, for people: [`FakeGws::report`].
    pub fn report(&self) -> &str {
        &self.report
    }

    /// Whether the test that it is of was told it, by the answer to DELETE: then that test has failed where it should.
    pub fn was_told(&self) -> bool {
        self.told
    }

    /// The id of the first rule that was broken, or `expectation` for anything else that failed.
    pub fn broken_rule(&self) -> Option<&str> {
        self.broken.then_some(&self.kind)
    }

    /// It was told: of one that was kept, a line is left, since a suite may have very many.
    pub(super) fn tell(&mut self) {
        self.told = true;
        self.verification = Value::Null;
        if !self.broken {
            let headline = self.report.lines().next().unwrap_or_default();
            self.report = format!("{headline}\n");
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self { broken, report, verification, .. } = self;
        json!({ "broken": broken, "report": report, "verification": verification })
    }
}

impl FakeGws {
    /// The verdict by now, under a name for the fake.
    pub fn verdict(&self, name: impl Into<String>) -> Verdict {
        let verified = self.try_verify();
        let report = verified.as_ref().map_or_else(ToString::to_string, |()| self.report());
        let (broken, verification) = (verified.is_err(), self.report_json());
        let kind = kind(&verification).to_owned();
        Verdict { name: name.into(), broken, report, verification, kind, told: false }
    }

    /// The address of the control endpoint, without a slash at its end.
    pub fn control_url(&self) -> String {
        format!("{}{}", self.url, PREFIX.trim_end_matches('/'))
    }

    /// Ends it; its verdict is told by whoever gets it here.
    pub(super) fn end(mut self, name: String) -> Verdict {
        self.told = true;
        self.verdict(name)
    }

    /// Since when no request is in flight and no connect is held; `None` while that is so.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        self.fake.transport.usage.unused_since()
    }

    /// What is to be told at the end of this fake: its own verdict, and those of fakes that nobody has ended.
    pub(super) fn with_kept(&self, verified: Result<(), Error>) -> Result<(), Error> {
        let kept = self.end_fakes();
        let broken = kept.iter().filter(|verdict| verdict.broken).map(|it| it.report.clone());
        let own = verified.err().map(|error| error.to_string());
        let reports: Vec<String> = own.into_iter().chain(broken).collect();
        if reports.is_empty() { Ok(()) } else { Err(Error::new(reports.join("\n"))) }
    }

    /// Ends the fakes that a suite has asked for at the control endpoint and has not ended, and tells their verdicts, with those
    /// of the fakes that have ended by themselves. What was told before is not told again: that is so once an answer to DELETE
    /// was written.
    pub fn end_fakes(&self) -> Vec<Verdict> {
        self.verdicts_of_fakes().into_iter().filter(|verdict| !verdict.told).collect()
    }

    /// As [`end_fakes`](Self::end_fakes), with the verdicts that were told before: one for each fake that was asked for, in
    /// their order.
    pub fn verdicts_of_fakes(&self) -> Vec<Verdict> {
        self.registry.as_ref().map(|registry| registry.end_all()).unwrap_or_default()
    }
}

/// What a fake broke first.
fn kind(verification: &Value) -> &str {
    let lists = ["violations", "leftUndone"].iter().map(|list| &verification[list]);
    let rules = lists.filter_map(|list| list[0]["rule"].as_str());
    rules.chain(["expectation"]).next().unwrap_or_default()
}
