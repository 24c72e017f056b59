//! The verdict of a fake whose end somebody else tells: a suite in another language, or the program.

use serde_json::{Value, json};

use crate::report::text::count;

/// The result of a fake at its end: its report, its number of requests, and if it is broken.
#[derive(Clone, Debug)]
pub struct Verdict {
    name: String,
    broken: bool,
    report: String,
    verification: Value,
    requests: u64,
    fakes: usize,
    /// The first rule that was broken, if there is one.
    kind: String,
    pub(super) is_reported: bool,
}

impl Verdict {
    pub(super) fn new(name: String, broken: bool, report: String, verification: Value) -> Self {
        let kind = kind(&verification).to_owned();
        let requests = verification["requests"].as_u64().unwrap_or_default();
        let fakes = 1;
        Self { name, broken, report, verification, requests, fakes, kind, is_reported: false }
    }

    /// The name of the fake.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells if the contract was broken, or if something expected did not come.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The report for people: [`FakeGws::report`](crate::FakeGws::report).
    pub fn report(&self) -> &str {
        &self.report
    }

    /// The number of requests that came to the fake, on both sides.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// The number of fakes whose verdict this is. It is 1, but for the verdict on the oldest of very many fakes, whose tests
    /// have received their verdicts, and that all kept the contract.
    pub fn fakes(&self) -> usize {
        self.fakes
    }

    /// Tells if the test of this fake received the verdict, in the answer to DELETE. If it did, the test has already
    /// failed where it should.
    pub fn was_told(&self) -> bool {
        self.is_reported
    }

    /// The id of the first rule that was broken, or `expectation` for anything else that failed.
    pub fn broken_rule(&self) -> Option<&str> {
        self.broken.then_some(&self.kind)
    }

    /// It was told: of one that was kept, a line is left, since a suite may have very many.
    pub(super) fn tell(&mut self) {
        self.is_reported = true;
        self.verification = Value::Null;
        if !self.broken {
            let headline = self.report.lines().next().unwrap_or_default();
            self.report = format!("{headline}\n");
        }
    }

    /// Adds a later verdict, which was told as well: the contract was kept by both.
    pub(super) fn join(&mut self, later: &Self) {
        self.requests += later.requests;
        self.fakes += later.fakes;
        let requests = usize::try_from(self.requests).unwrap_or(usize::MAX);
        self.report = format!("contract kept: {}\n", count(requests, "request"));
        self.name = count(self.fakes, "earlier fake");
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self { broken, report, verification, .. } = self;
        json!({ "broken": broken, "report": report, "verification": verification })
    }
}

/// The first rule that a fake found broken.
fn kind(verification: &Value) -> &str {
    let lists = ["violations", "leftUndone"].iter().map(|list| &verification[list]);
    let rules = lists.filter_map(|list| list[0]["rule"].as_str());
    rules.chain(["expectation"]).next().expect("the chain ends with a name")
}
