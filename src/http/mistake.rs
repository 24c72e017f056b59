//! What a client of the push side did wrong, in words.
//!
//! Rules: bayeux-message, bayeux-advice, bayeux-batch, bayeux-client-unknown, bayeux-cookie, bayeux-user,
//! bayeux-transport, bayeux-subscription, bayeux-publish, bayeux-multiple-clients.

use crate::bayeux::exchange::Mistake;
use crate::bayeux::message::Message;
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
        Mistake::WrongTransport => {
            let broken = const { rule("bayeux-transport") };
            Violation::new(broken, place, got, "a session that was made on this transport")
                .hint("make another handshake on the transport that the client falls back to")
        }
        Mistake::OtherClient => {
            let broken = const { rule("bayeux-batch") };
            Violation::new(broken, place, got, "the clientId of the first message")
                .hint("send the messages of two sessions in two requests")
        }
        Mistake::MultipleClients => {
            let broken = const { rule("bayeux-multiple-clients") };
            let got = "a connect beside a held one of another session";
            let place = format!("header Cookie, {BROWSER}");
            Violation::new(broken, place, got, "as many held connects as maxSessionsPerBrowser")
                .hint("each client keeps cookies of its own; for several in one browser: builder().max_sessions_per_browser(..)")
                .note()
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
        Mistake::Message => {
            let broken = const { rule("bayeux-message") };
            let flaw = message.flaw.as_ref();
            let (field, got) = match flaw {
                Some(flaw) => (flaw.field, flaw.got.clone()),
                None => ("channel", format!("{:?}", message.channel)),
            };
            let want = if field == "channel" {
                "a channel such as /meta/connect or /v2/me/smssessions"
            } else {
                "letters, digits, blanks and !#$()*+-./@_{}~"
            };
            Violation::new(broken, format!("/{index}/{field}"), got, want)
                .hint(format!("GWS answers this with HTTP 500: mend the {field}"))
        }
        Mistake::Advice => {
            let broken = const { rule("bayeux-advice") };
            let flaw = message.advice.as_ref().and_then(|advice| advice.as_ref().err());
            let (field, got) =
                flaw.map_or(("advice", String::new()), |flaw| (flaw.field, flaw.got.clone()));
            Violation::new(broken, format!("/{index}/{field}"), got, "numbers, in milliseconds")
                .hint("GWS answers this with HTTP 500: send {\"timeout\": 0}, or no advice")
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
