//! Requests that become what a test has programmed.

use std::time::Duration;

use axum::response::Response;

use crate::gws::handle::handle;
use crate::gws::outcome::Caller;
use crate::gws::status;
use crate::gws::timestamp::Timestamp;
use crate::http::authenticate::Authenticated;
use crate::http::connection::inject;
use crate::http::shared::{Shared, State};
use crate::http::socket::ConnectionFault;
use crate::http::validate::Validated;
use crate::http::wait::until_moment;
use crate::rest_fault::RestFault;
use crate::timeline::{Ending, Entry};

/// What is programmed for a request, and the number under which. One that is malformed, or whose sender is not known, meets
/// none.
pub(crate) fn next(
    state: &mut State,
    entry: u64,
    authenticated: &Authenticated,
    validated: &Validated,
    moment: Timestamp,
) -> Option<(u64, RestFault)> {
    let well_formed = authenticated.violation.is_none()
        && validated.violations.is_empty()
        && validated.command.is_some();
    let operation = validated.operation.filter(|_| well_formed)?;
    let user = authenticated.user.as_deref()?;
    let command = validated.command.as_ref()?;
    let met = state.rest_faults.peek(operation, user, validated.session.as_deref())?;
    // One in place of which GWS does not see the request hides no bug of the client: what GWS would refuse does not meet it.
    if matches!(met, RestFault::Refuse { .. } | RestFault::ResetBefore) {
        let client = authenticated.any_http_session().map(str::to_owned);
        let caller = Caller { user: user.to_owned(), client };
        handle(&mut state.world.clone(), &caller, command, moment).ok()?;
    }
    let next = state.rest_faults.next(operation, user, validated.session.as_deref())?;
    if let Some(rest) = state.timeline.rest_mut(entry) {
        rest.rest_fault = Some(next.1);
    }
    Some(next)
}

/// Waits until the request is to be worked through. `false`: it is not, since the fake or its world is gone by then.
pub(crate) async fn hold_back(
    shared: &Shared,
    entry: u64,
    injected: Option<(u64, RestFault)>,
) -> bool {
    let generation = shared.look(State::generation);
    let is_over = |state: &State| state.generation() != generation;
    match injected {
        Some((_, RestFault::Delay(by))) => {
            let due = shared.clock.now().saturating_add(by);
            shared.change(|state| held_back(state, entry, Some(due)));
            tokio::select! {
                () = until_moment(shared, due) => {}
                () = until_so(shared, is_over) => {}
            }
            shared.change(|state| held_back(state, entry, None));
        }
        Some((number, RestFault::Hang)) => {
            let released =
                |state: &State| state.rest_faults.get(number).is_none_or(|it| it.released);
            until_so(shared, |state| is_over(state) || released(state)).await;
        }
        _ => {}
    }
    !shared.is_closed() && !shared.look(is_over)
}

/// Says until when a request is held back, or that it is no longer.
pub(crate) fn held_back(state: &mut State, entry: u64, until: Option<Duration>) {
    if let Some(rest) = state.timeline.rest_mut(entry) {
        rest.held_back = until;
    }
}

/// The next moment at which a request that is held back is worked through.
pub(crate) fn next_due(state: &State) -> Option<Duration> {
    let open = state.timeline.entries().filter_map(Entry::rest);
    let open = open.filter(|rest| matches!(rest.ending, Ending::Open));
    open.filter_map(|rest| rest.held_back).min()
}

/// Waits until that is so, or the fake is gone.
async fn until_so(shared: &Shared, is_so: impl Fn(&State) -> bool) {
    let mut changes = shared.changes();
    while !shared.is_closed() && !shared.look(&is_so) {
        let _ = changes.changed().await;
    }
}

/// The envelope of a refusal that a test has programmed.
pub(crate) fn refusal(status_code: u8) -> serde_json::Value {
    status::envelope(status_code, "Refused, as the test programmed")
}

/// What is no JSON, though it says so.
pub(crate) const GARBAGE: &str = "{\"statusCode\":<html>\u{0}";

/// What befalls the connection with the answer.
pub(crate) fn spoil(response: &mut Response, rest_fault: RestFault) {
    match rest_fault {
        RestFault::ResetWithin => inject(response, ConnectionFault::ResetWithin),
        RestFault::ResetAfter => inject(response, ConnectionFault::ResetAfter),
        RestFault::Truncate => inject(response, ConnectionFault::Truncate),
        _ => {}
    }
}
