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
use crate::gws::refusal::unknown_session;
use crate::gws::session::Party;

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

    /// Performs an operation of a user; see [`operation`].
    pub(crate) fn act_as(
        &mut self,
        user: &str,
        performed: &Performed,
        now: Moment,
    ) -> Result<(), Error> {
        let Performed { operation, target, parameters } = performed;
        let name = operation.as_str();
        let ids = self.ids_in_path(*operation, target)?;
        let command = Command::parse(*operation, &ids, parameters);
        let caller = KnownCaller { user: user.to_owned(), client: Some(TEST.to_owned()) };
        let moment = self.timestamp(now.at);
        let words = if target.is_empty() { String::new() } else { format!(" of {target}") };
        let done = handle(&mut self.rest.world, &Caller::User(caller), &command, moment)
            .map_err(|refused| Error::new(format!("{name}{words}: {}", in_words(refused))))?;
        let target = if target.is_empty() { String::new() } else { format!(" {target}") };
        let what = format!("{name}{target}, by the test ({})", done.rule.id);
        self.publish_act(Some(user), &what, done.notifications, now);
        Ok(())
    }

    /// Returns the ids that a client would write in the path of an operation on that target.
    fn ids_in_path(&self, operation: Operation, target: &str) -> Result<Vec<String>, Error> {
        let name = operation.as_str();
        let world = &self.rest.world;
        let target = target.to_owned();
        match operation.family() {
            Family::Session | Family::Channel => Ok(vec![target]),
            Family::Supervision => {
                let Some(session) = world.session(&target) else {
                    let unknown = unknown_session(world, &target, "session");
                    return Err(Error::new(format!(
                        "{name} of {target}: {}",
                        in_words(unknown.into())
                    )));
                };
                // Of several agents the one who is in the conversation is meant.
                let mut parties: Vec<&Party> =
                    session.parties.iter().filter(|party| party.is_agent()).collect();
                parties.sort_by_key(|party| !party.joined());
                let agent = parties.first().map(|party| party.user.clone());
                let agent = agent.ok_or_else(|| {
                    Error::new(format!("{name} of {target}: got a session that no agent has, want one that an agent has"))
                })?;
                Ok(vec![agent, target])
            }
            Family::Monitoring => {
                let agent = world.user(&target).or_else(|| world.user_named(&target));
                let agent = agent.map(|agent| vec![agent.id.clone()]);
                agent.ok_or_else(|| {
                    let want = format!("the userName or the id of one of {}", world.user_names());
                    Error::new(format!("{name}: got the agent {target:?}, want {want}"))
                })
            }
            Family::Me if target.is_empty() => Ok(Vec::new()),
            Family::Me => {
                let path = Family::Me.path();
                Err(Error::new(format!(
                    "{name}: got {target:?}, want nothing: the operation is sent to {path}"
                )))
            }
        }
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

/// An operation of a user whose parameters are right.
#[derive(Debug)]
pub(crate) struct Performed {
    operation: Operation,
    /// The id of a session, the name or the id of an agent, the name of a channel, or nothing: as the operation's path has it.
    target: String,
    /// With `operationName`.
    parameters: Value,
}

/// Checks the parameters of an operation that a test wants a user to perform.
pub(crate) fn operation(
    settings: &Settings,
    operation: Operation,
    target: &str,
    mut parameters: Value,
) -> Result<Performed, Error> {
    let name = operation.as_str();
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
    Ok(Performed { operation, target: target.to_owned(), parameters })
}
