//! What a test does to the fake without HTTP: from the world on it goes the way of a request.

use serde_json::Value;

use crate::contract::check::check;
use crate::error::Error;
use crate::gws::capability::Lists;
use crate::gws::external_event::{self, ExternalEvent, TEST, in_words};
use crate::gws::handle::handle;
use crate::gws::notification::Notification;
use crate::gws::operation::command::Command;
use crate::gws::operation::{Family, Operation};
use crate::gws::outcome::Caller;
use crate::http::shared::{Shared, State};
use crate::timeline::EntryKind;

/// Makes it happen; returns the session's id, where there is one.
pub(crate) fn act(shared: &Shared, event: &ExternalEvent) -> Result<Option<String>, Error> {
    shared.change(|state| {
        let now = shared.clock.now();
        let triggered = external_event::act(&mut state.world, event, shared.clock.timestamp(now));
        let triggered = triggered.map_err(Error::new)?;
        let what = format!("{} ({})", triggered.what, triggered.rule.id);
        record(shared, state, None, what, triggered.notifications);
        Ok(triggered.session)
    })
}

/// A user performs an operation on a session of his own.
pub(crate) fn perform(
    shared: &Shared,
    user: &str,
    operation: Operation,
    session: &str,
    parameters: Value,
) -> Result<(), Error> {
    let name = operation.as_str();
    if operation.family() != Family::Session {
        let (got, want) = (operation.family().path(), Family::Session.path());
        return Err(Error::new(format!("{name} is sent to {got}; want an operation of {want}")));
    }
    if !operation.has_page() && shared.settings.gws.lists == Lists::Accepted {
        return Err(Error::new(format!(
            "{name}: got a name without a page, want one that is modelled; or capabilities_as_documented()"
        )));
    }
    let mut body = parameters;
    let Some(fields) = body.as_object_mut() else {
        return Err(Error::new(format!("parameters of {name}: got {body}, want an object")));
    };
    fields.insert("operationName".to_owned(), Value::from(name));
    if let Some(wrong) = check(operation.request_schema(), &body).into_iter().next() {
        let (place, got, want) = (wrong.place, wrong.got, wrong.want);
        return Err(Error::new(format!("parameters of {name}: {place}: got {got}, want {want}")));
    }
    let command = Command::parse(operation, &[session.to_owned()], &body);
    let caller = Caller { user: user.to_owned(), client: Some(TEST.to_owned()) };
    shared.change(|state| {
        let now = shared.clock.now();
        let done = handle(&mut state.world, &caller, &command, shared.clock.timestamp(now));
        let done = done
            .map_err(|refused| Error::new(format!("{name} of {session}: {}", in_words(refused))))?;
        let what = format!("{name} {session}, by the test ({})", done.rule.id);
        record(shared, state, Some(user), what, done.notifications);
        Ok(())
    })
}

fn record(
    shared: &Shared,
    state: &mut State,
    user: Option<&str>,
    what: String,
    notifications: Vec<Notification>,
) {
    let now = shared.clock.now();
    let user = user.map(|user| state.world.name(user));
    let number = state.timeline.push(now, user, EntryKind::Remark(what));
    state.show(number);
    let ticket = state.outgoing.take(notifications);
    state.release(ticket, now);
}
