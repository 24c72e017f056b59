//! Fakes whose end somebody else tells: a suite in another language, or the program.

use std::time::Instant;

use crate::api::fake::FakeGws;
use crate::api::fake::verdict::Verdict;
use crate::control::PREFIX;
use crate::error::Error;
use crate::report::hints;

impl FakeGws {
    /// The verdict by now, under a name for the fake. Its hints name calls of the control endpoint and flags of the program.
    pub fn verdict(&self, name: impl Into<String>) -> Verdict {
        let verified = self.try_verify();
        let report = verified.as_ref().map_or_else(ToString::to_string, |()| self.report());
        let broken = verified.is_err();
        let mut verification = self.report_json();
        hints::for_control_in_json(&mut verification);
        Verdict::new(name.into(), broken, hints::for_control(&report), verification)
    }

    /// The address of the control endpoint, without a slash at its end.
    pub fn control_url(&self) -> String {
        format!("{}{}", self.url, PREFIX.trim_end_matches('/'))
    }

    /// Ends it; its verdict is told by whoever gets it here.
    pub(super) fn end(mut self, name: String) -> Verdict {
        self.is_reported = true;
        self.verdict(name)
    }

    /// The time since which no request is in flight and no connect is held; `None` while one is.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        self.fake.transport.idle_tracker.unused_since()
    }

    /// Adds the verdicts of fakes that nobody has ended to this fake's own verdict.
    pub(super) fn with_kept(&self, verified: Result<(), Error>) -> Result<(), Error> {
        let kept = self.end_fakes();
        let broken =
            kept.iter().filter(|kept| kept.is_broken()).map(|kept| kept.report().to_owned());
        let own = verified.err().map(|error| error.to_string());
        let reports: Vec<String> = own.into_iter().chain(broken).collect();
        if reports.is_empty() { Ok(()) } else { Err(Error::new(reports.join("\n"))) }
    }

    /// Ends the fakes that a suite has asked for at the control endpoint and has not ended, and returns their verdicts,
    /// with those of the fakes that have ended by themselves. A verdict is returned once: it counts as returned when it
    /// was written in an answer to DELETE.
    pub fn end_fakes(&self) -> Vec<Verdict> {
        self.verdicts_of_fakes().into_iter().filter(|verdict| !verdict.was_told()).collect()
    }

    /// Does the same as [`end_fakes`](Self::end_fakes), with the verdicts that were returned before: one for each fake
    /// that was asked for, in their order.
    pub fn verdicts_of_fakes(&self) -> Vec<Verdict> {
        self.end_others.as_ref().map(|end| end()).unwrap_or_default()
    }
}
