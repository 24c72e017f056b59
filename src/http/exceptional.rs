//! Requests that become what a test has programmed.

use axum::response::Response;

use crate::exception::Exception;
use crate::gws::status;
use crate::http::connection::befall;
use crate::http::identify::Identity;
use crate::http::inspect::Inspected;
use crate::http::shared::{Shared, State};
use crate::http::socket::Mishap;
use crate::http::waiting::until_moment;
use crate::timeline::What;

/// What is programmed for a request, and the number under which. One that is malformed, or whose sender is not known, meets
/// none.
pub(crate) fn next(
    state: &mut State,
    entry: u64,
    identity: &Identity,
    inspected: &Inspected,
) -> Option<(u64, Exception)> {
    let well_formed = identity.finding.is_none() && inspected.command.is_some();
    let operation = inspected.operation.filter(|_| well_formed)?;
    let user = identity.user.as_deref()?;
    let next = state.exceptions.next(operation, user, inspected.session.as_deref())?;
    if let Some(entry) = state.timeline.entry_mut(entry)
        && let What::Rest(rest) = &mut entry.what
    {
        rest.exception = Some(next.1);
    }
    Some(next)
}

/// Waits until the request is to be worked through.
pub(crate) async fn hold_back(shared: &Shared, programmed: Option<(u64, Exception)>) {
    match programmed {
        Some((_, Exception::Delay(by))) => {
            until_moment(shared, shared.clock.now().saturating_add(by)).await;
        }
        Some((number, Exception::Hang)) => {
            let mut changes = shared.changes();
            let released =
                |state: &State| state.exceptions.get(number).is_none_or(|it| it.released);
            while !shared.look(released) && !shared.is_closed() {
                let _ = changes.changed().await;
            }
        }
        _ => {}
    }
}

/// The envelope of a refusal that a test has programmed.
pub(crate) fn refusal(status_code: u8) -> serde_json::Value {
    status::envelope(status_code, "Refused, as the test programmed")
}

/// What is no JSON, though it says so.
pub(crate) const GARBAGE: &str = "{\"statusCode\":<html>\u{0}";

/// What befalls the connection with the answer.
pub(crate) fn spoil(response: &mut Response, exception: Exception) {
    match exception {
        Exception::ResetWithin => befall(response, Mishap::ResetWithin),
        Exception::ResetAfter => befall(response, Mishap::ResetAfter),
        Exception::Truncate => befall(response, Mishap::Truncate),
        _ => {}
    }
}
