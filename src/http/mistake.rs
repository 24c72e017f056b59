//! What a client of the push side did wrong, in words.
//!
//! Rules: bayeux-message, bayeux-client-unknown, bayeux-cookie, bayeux-user, bayeux-subscription, bayeux-publish.

use crate::bayeux::message::Message;
use crate::bayeux::server::Mistake;
use crate::http::ids::Origin;
use crate::http::shared::State;
use crate::rule::{Violation, rule};

/// The cookie that belongs to a session (wire).
pub(crate) const BROWSER: &str = "BAYEUX_BROWSER";

/// A message in a word or two, for the time line.
pub(crate) fn describe(message: &Message) -> String {
    let name = message.channel.strip_prefix("/meta/");
    match (name, &message.subscription) {
        (Some(name), Some(serde_json::Value::String(subscription))) => {
            format!("{name} {subscription}")
        }
        (Some(name), Some(subscription)) => format!("{name} {subscription}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => format!("publish {}", message.channel),
    }
}

pub(crate) fn blame(state: &State, index: usize, mistake: Mistake, message: &Message) -> Violation {
    let client = message.client_id.as_deref();
    let got = client.unwrap_or("nothing").to_owned();
    let place = format!("/{index}/clientId");
    match mistake {
        Mistake::UnknownClient => {
            let broken = const { rule("bayeux-client-unknown") };
            let violation = Violation::new(broken, place, got, "the clientId of a living session");
            match client.map(|client| state.ids.origin(client)) {
                Some(Origin::Own) => violation
                    .hint("the session has expired or was disconnected: handshake again")
                    .note(),
                Some(Origin::OtherFake) => violation
                    .hint("a client of an earlier fake is still running: disconnect it")
                    .note(),
                _ => violation.hint("send the clientId of the handshake's reply"),
            }
        }
        Mistake::WrongBrowser => {
            let broken = const { rule("bayeux-cookie") };
            let place = format!("header Cookie, {BROWSER}");
            Violation::new(broken, place, "another value or none", "that of the handshake's answer")
                .hint("keep cookies between requests; for a jar that refuses IP addresses: url_with_host(\"localhost\"), or builder().trust_client_session()")
        }
        Mistake::WrongOwner => {
            let broken = const { rule("bayeux-user") };
            Violation::new(broken, place, got, "a session of the caller")
                .hint("each user's client makes a handshake of its own")
        }
        Mistake::Subscription => {
            let broken = const { rule("bayeux-subscription") };
            let got =
                message.subscription.as_ref().map_or("nothing".to_owned(), ToString::to_string);
            Violation::new(
                broken,
                format!("/{index}/subscription"),
                got,
                "channels that may be subscribed",
            )
            .hint("subscribe to /v2/me/smssessions or /v2/me/*")
        }
        Mistake::Publish => {
            let broken = const { rule("bayeux-publish") };
            let got = message.channel.clone();
            Violation::new(
                broken,
                format!("/{index}/channel"),
                got,
                "a channel that clients publish to",
            )
            .hint("requests to GWS go over REST")
        }
        Mistake::HandshakeInCompany => {
            let broken = const { rule("bayeux-message") };
            Violation::new(
                broken,
                format!("/{index}/channel"),
                "a handshake beside other messages",
                "a handshake alone",
            )
            .hint("send the handshake first, and wait for its reply")
        }
    }
}
