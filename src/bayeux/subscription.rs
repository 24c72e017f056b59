//! The channels `/meta/subscribe` and `/meta/unsubscribe` (wire: CometD Java 3.1.12): the channels of a message are
//! processed in their order, up to the first that is refused. Those before it stay.

use serde_json::Value;

use crate::bayeux::batch::{Batch, Thrown};
use crate::bayeux::channel;
use crate::bayeux::io::MessageViolation;
use crate::bayeux::message::{Message, error};
use crate::bayeux::session::Session;

impl Batch<'_, '_> {
    pub(super) fn subscribe(
        &mut self,
        index: usize,
        client: &str,
        message: &Message,
    ) -> Result<Value, Thrown> {
        self.each_channel(index, message, |batch, name| {
            if channel::is_meta(name) {
                let known = channel::is_known_meta(name);
                let denied = error::SUBSCRIBE_DENIED;
                return SubscriptionError::with(if known {
                    denied
                } else {
                    error::SUBSCRIBE_CREATE_DENIED
                });
            }
            let name = channel::parse(name).ok_or(SubscriptionError::Thrown)?;
            let limit = batch.server.settings.subscription_limit;
            let session = batch.server.sessions.get(client);
            let has_all = |session: &Session| session.subscriptions().len() >= limit;
            let takes_room =
                |session: &Session| !channel::is_service(name) && !session.has_subscribed(name);
            if session.is_some_and(|session| has_all(session) && takes_room(session)) {
                return Err(SubscriptionError::TooMany);
            }
            let known = batch.server.channel(name);
            if !channel::is_service(name)
                && let Some(session) = batch.server.sessions.get_mut(client)
            {
                session.subscribe(known);
                batch.received.subscribed.push(name.to_owned());
            }
            Ok(())
        })
    }

    pub(super) fn unsubscribe(
        &mut self,
        index: usize,
        client: &str,
        message: &Message,
    ) -> Result<Value, Thrown> {
        self.each_channel(index, message, |batch, name| {
            if channel::is_known_meta(name) {
                return SubscriptionError::with(error::UNSUBSCRIBE_FAILED);
            }
            if !batch.server.channels.contains(name) {
                return SubscriptionError::with(error::CHANNEL_MISSING);
            }
            if let Some(session) = batch.server.sessions.get_mut(client) {
                session.unsubscribe(name);
            }
            Ok(())
        })
    }

    /// Does something with each channel of a subscription, up to the first that is refused.
    fn each_channel(
        &mut self,
        index: usize,
        message: &Message,
        mut act: impl FnMut(&mut Self, &str) -> Result<(), SubscriptionError>,
    ) -> Result<Value, Thrown> {
        let refusal = match names(message) {
            Err(error) => Err(SubscriptionError::Because(error)),
            Ok(names) if !names.iter().all(|name| channel::is_plain(name)) => {
                Err(SubscriptionError::Thrown)
            }
            Ok(names) if names.is_empty() => {
                self.received.violations.push((index, MessageViolation::Subscription));
                return Ok(message.undecided());
            }
            Ok(names) => names.iter().try_for_each(|name| act(self, name)),
        };
        match refusal {
            Ok(()) => Ok(message.reply(true)),
            Err(SubscriptionError::Thrown) => {
                Err(self.thrown(index, MessageViolation::Subscription))
            }
            Err(SubscriptionError::TooMany) => {
                self.received.violations.push((index, MessageViolation::TooManySubscriptions));
                Ok(message.error(error::SUBSCRIPTION_LIMIT))
            }
            Err(SubscriptionError::Because(error)) => {
                self.received.violations.push((index, MessageViolation::Subscription));
                Ok(message.error(error))
            }
        }
    }
}

/// The reason why a channel is refused.
enum SubscriptionError {
    Because(&'static str),
    /// The client has as many subscriptions as it may have.
    TooMany,
    Thrown,
}

impl SubscriptionError {
    fn with(error: &'static str) -> Result<(), Self> {
        Err(Self::Because(error))
    }
}

/// The channels of a subscription. What is no text in an array is taken as its JSON, as the product does: it is no channel.
fn names(message: &Message) -> Result<Vec<String>, &'static str> {
    match &message.subscription {
        None => Err(error::SUBSCRIPTION_MISSING),
        Some(Value::String(name)) => Ok(vec![name.clone()]),
        Some(Value::Array(items)) => {
            let name = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Ok(items.iter().map(name).collect())
        }
        Some(_) => Err(error::SUBSCRIPTION_INVALID),
    }
}
