//! The verdicts on the fakes of one run, in words.

use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::Verdict;

use crate::colour;

/// The words for fakes whose contract was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// One line for each.
    OneLine,
    /// The full report of the first fake, which is the command's own, and none for the others.
    Timeline,
}

/// Returns the full report of each fake whose contract was broken, and words for the others. A fake whose test has received the
/// report has one line, if its contract was broken. With several fakes, the last line counts them and their requests, and the
/// fake of the command counts only if a request has reached it.
pub(crate) fn in_words(verdicts: &[Verdict], detail: Detail) -> Vec<String> {
    let has_several = verdicts.len() > 1;
    let is_used = |(place, verdict): &(usize, &Verdict)| {
        *place > 0 || !has_several || verdict.requests() > 0 || verdict.is_broken()
    };
    let used: Vec<_> = verdicts.iter().enumerate().filter(is_used).collect();
    let is_shown = |(place, verdict): &&(usize, &Verdict)| {
        let may_be = detail == Detail::OneLine || *place == 0;
        verdict.is_broken() || may_be && !verdict.was_told()
    };
    let shown = used.iter().filter(is_shown);
    let mut words: Vec<String> = shown
        .map(|(place, verdict)| {
            let headline = verdict.report().lines().next().unwrap_or_default();
            match (verdict.is_broken(), verdict.was_told()) {
                (true, true) => {
                    colour::report(&format!("{headline}; its test has the report"), false)
                }
                (true, false) => colour::report(verdict.report(), false),
                (false, _) if *place == 0 && detail == Detail::Timeline => {
                    colour::report(verdict.report(), true)
                }
                (false, _) => colour::report(headline, true),
            }
        })
        .collect();
    if has_several {
        let used: Vec<&Verdict> = used.into_iter().map(|(_, verdict)| verdict).collect();
        let kept = !used.iter().any(|verdict| verdict.is_broken());
        words.push(colour::report(&total(&used), kept));
    }
    words
}

/// Returns the verdict on all fakes together, in one line.
fn total(verdicts: &[&Verdict]) -> String {
    let requests: u64 = verdicts.iter().map(|verdict| verdict.requests()).sum();
    let requests = count(usize::try_from(requests).unwrap_or(usize::MAX), "request");
    let fakes = count(verdicts.iter().map(|verdict| verdict.fakes()).sum(), "fake");
    let broken = verdicts.iter().filter(|verdict| verdict.is_broken()).count();
    match broken {
        0 => format!("contract kept: {requests} to {fakes}"),
        broken => format!("contract broken by {broken} of {fakes}: {requests} in all"),
    }
}
