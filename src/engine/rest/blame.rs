//! The blame for what GWS refuses: a client is to blame only for what it could have known.
//!
//! Rules: status-code-ignored.

use crate::engine::delivery::Delivery;
use crate::engine::io::EntryId;
use crate::engine::log::timeline::{Entry, Rest, Timeline};
use crate::engine::rest::authenticate::Authenticated;
use crate::engine::rest::excuses::{Cookies, Excuses, Sender};
use crate::engine::rest::rest_faults::RestFault;
use crate::gws::operation::Operation;
use crate::gws::outcome::Refused;
use crate::gws::session::StateChange;
use crate::rules::{Verdict, Violation, rule};

/// Returns what a client did wrong that GWS refused. A state that another client of the same user has changed counts once this one
/// has certainly been told; until then the first refusal is a note, and the next one of its kind is not.
pub(crate) fn blame(
    timeline: &Timeline,
    delivery: &Delivery,
    cookies: Cookies<'_>,
    excuses: &mut Excuses,
    entry: EntryId,
    authenticated: &Authenticated,
    refused: Refused,
) -> Vec<Violation> {
    let Refused { violation, because } = refused;
    let violation = *violation;
    if let Some(change) = because
        && let Some(hint) = excuse(timeline, delivery, cookies, authenticated, &change)
        && excuses.take(timeline, sender(authenticated), violation.rule, &change, entry)
    {
        return vec![violation.hint(hint).note()];
    }
    if let Some(lost) = lost_answer(timeline, entry) {
        let hint =
            format!("the answer to the {} before was lost, as the test injected", lost.as_str());
        return vec![violation.hint(hint).note()];
    }
    let ignored = if violation.verdict == Verdict::Violation {
        ignored_status(timeline, entry)
    } else {
        None
    };
    // The cause stands first; what GWS refuses the request for is last, and is what is answered.
    ignored.into_iter().chain([violation]).collect()
}

/// Returns the reason for which a client need not have known of a change, if there is one.
fn excuse(
    timeline: &Timeline,
    delivery: &Delivery,
    cookies: Cookies<'_>,
    authenticated: &Authenticated,
    change: &StateChange,
) -> Option<&'static str> {
    let sender = sender(authenticated);
    let is_own = |http_session: &str| sender.has(http_session, cookies);
    if change.client.as_deref().is_none_or(is_own)
        || delivery.knows(timeline, is_own, change.notification)
    {
        return None;
    }
    let user = authenticated.user.as_deref().unwrap_or_default();
    Some(if delivery.user_knows(timeline, user, change.notification) {
        "another client changed the state, and only other clients of the user are known to have been told; again, this is a violation"
    } else {
        "another client changed the state, and this one had not been told yet; again, this is a violation"
    })
}

/// Returns the sender of a request.
fn sender(authenticated: &Authenticated) -> Sender {
    match (&authenticated.http_session, &authenticated.user) {
        (Some(id), _) => Sender::Cookie(id.clone()),
        (None, user) => Sender::Credentials(user.clone().unwrap_or_default()),
    }
}

/// The violation of a request that builds upon one that was refused before: the caller's last request about the session
/// should have brought him into it, and was answered with another statusCode than 0.
fn ignored_status(timeline: &Timeline, entry: u64) -> Option<Violation> {
    let this = timeline.entry(entry)?;
    let now = this.rest()?.operation?;
    let session = this.rest()?.session.as_ref()?;
    let about_it = |other: &&Entry| {
        other.user == this.user
            && other.rest().is_some_and(|rest| rest.session.as_ref() == Some(session))
    };
    let before =
        timeline.entries().rev().filter(|earlier| earlier.number < entry).find(about_it)?;
    let operation =
        before.rest()?.operation.filter(|operation| leads_into(*operation) && *operation != now)?;
    let code = before.rest()?.ending.status_code().filter(|code| *code != 0)?;
    let got = format!(
        "{} after an {} that was answered with statusCode {code}",
        now.as_str(),
        operation.as_str()
    );
    let broken = const { rule("status-code-ignored") };
    let want = "nothing that builds upon it";
    Some(Violation::new(broken, "order of requests", got, want).hint(format!(
        "look at statusCode in the answer to {}, and go on only when it is 0",
        operation.as_str()
    )))
}

/// The operation that the caller sends again, since a test had its answer lost: the client could not know that it was done.
fn lost_answer(timeline: &Timeline, entry: u64) -> Option<Operation> {
    let this = timeline.entry(entry)?;
    let now = this.rest()?.operation?;
    let session = &this.rest()?.session;
    let before =
        timeline.entries().rev().filter(|earlier| earlier.number < entry).find(|other| {
            let same = |rest: &Rest| rest.operation == Some(now) && rest.session == *session;
            other.user == this.user && other.rest().is_some_and(same)
        })?;
    let lost = matches!(
        before.rest()?.rest_fault?,
        RestFault::ResetWithin | RestFault::Truncate | RestFault::Garbage
    );
    lost.then_some(now)
}

/// Tells if a user sends the operation to come into a session.
fn leads_into(operation: Operation) -> bool {
    matches!(operation, Operation::Intrude | Operation::Accept)
}
