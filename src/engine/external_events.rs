//! The events that happen without a request, since a test plays the other people: from the world on they go the way of a request.

use serde_json::Value;

use crate::contract::check::check;
use crate::engine::Engine;
use crate::engine::io::Moment;
use crate::engine::settings::Settings;
use crate::error::Error;
use crate::gws::capability::Lists;
use crate::gws::external_event::{self, ExternalEvent, TEST, in_words};
use crate::gws::handle::handle;
use crate::gws::notification::Notification;
use crate::gws::operation::command::Command;
use crate::gws::operation::{Family, Operation};
use crate::gws::outcome::{Caller, KnownCaller};

impl Engine {
    /// Makes an external event happen; returns the session's id, where there is one.
    pub(crate) fn act(
        &mut self,
        event: &ExternalEvent,
        now: Moment,
    ) -> Result<Option<String>, Error> {
        let moment = self.timestamp(now.at);
        let done = external_event::act(&mut self.rest.world, event, moment).map_err(Error::new)?;
        let what = format!("{} ({})", done.what, done.rule.id);
        self.publish_act(None, &what, done.notifications, now);
        Ok(done.session)
    }

    /// Performs an operation of a user on a session of his own; see [`operation`].
    pub(crate) fn act_as(
        &mut self,
        user: &str,
        operation: &Performed,
        now: Moment,
    ) -> Result<(), Error> {
        let Performed { name, session, command } = operation;
        let caller = KnownCaller { user: user.to_owned(), client: Some(TEST.to_owned()) };
        let moment = self.timestamp(now.at);
        let done = handle(&mut self.rest.world, &Caller::User(caller), command, moment)
            .map_err(|refused| Error::new(format!("{name} of {session}: {}", in_words(refused))))?;
        let what = format!("{name} {session}, by the test ({})", done.rule.id);
        self.publish_act(Some(user), &what, done.notifications, now);
        Ok(())
    }

    fn publish_act(
        &mut self,
        user: Option<&str>,
        what: &str,
        notifications: Vec<Notification>,
        now: Moment,
    ) {
        let user = user.map(|user| self.rest.world.name(user));
        self.log.remark(user, what, now.at);
        let ticket = self.delivery.order.take(notifications);
        let (delivery, mut book) = self.delivery(now.at);
        delivery.release(&mut book, ticket);
    }
}

/// An operation on a session of a user's own, whose parameters are right.
#[derive(Debug)]
pub(crate) struct Performed {
    name: &'static str,
    session: String,
    command: Command,
}

/// Checks an operation that a test wants a user to perform.
pub(crate) fn operation(
    settings: &Settings,
    operation: Operation,
    session: &str,
    mut parameters: Value,
) -> Result<Performed, Error> {
    let name = operation.as_str();
    if operation.family() != Family::Session {
        let got = operation.family().path();
        let want = Family::Session.path();
        return Err(Error::new(format!("{name} is sent to {got}; want an operation of {want}")));
    }
    if !operation.has_page() && settings.gws.lists == Lists::Accepted {
        return Err(Error::new(format!(
            "{name}: got a name without a page, want one that is modelled; or capabilities_as_documented()"
        )));
    }
    let Some(fields) = parameters.as_object_mut() else {
        return Err(Error::new(format!("parameters of {name}: got {parameters}, want an object")));
    };
    fields.insert("operationName".to_owned(), Value::from(name));
    if let Some(wrong) = check(operation.request_schema(), &parameters).into_iter().next() {
        let place = wrong.place;
        let got = wrong.got;
        let want = wrong.want;
        return Err(Error::new(format!("parameters of {name}: {place}: got {got}, want {want}")));
    }
    let command = Command::parse(operation, &[session.to_owned()], &parameters);
    Ok(Performed { name, session: session.to_owned(), command })
}
