//! What a client of the push side did wrong, in words.
//!
//! Rules: bayeux-message, bayeux-advice, bayeux-batch, bayeux-client-unknown, bayeux-cookie, bayeux-user,
//! bayeux-transport, bayeux-subscription, bayeux-publish, bayeux-publish-topic, bayeux-topic, bayeux-multiple-clients,
//! bayeux-connect-parallel.

use serde_json::Value;

use crate::bayeux::channel;
use crate::bayeux::io::MessageViolation;
use crate::bayeux::message::Message;
use crate::engine::delivery::Delivery;
use crate::engine::ids::{Ids, Origin};
use crate::gws::notification::TOPICS;
use crate::rules::{Violation, nearest, rule};

/// The cookie that belongs to a session (wire).
pub(crate) const BROWSER: &str = "BAYEUX_BROWSER";

/// A message in a word or two, for the timeline.
pub(crate) fn describe(message: &Message) -> String {
    let name = message.channel.strip_prefix("/meta/");
    match (name, &message.subscription) {
        (Some(name), Some(Value::String(subscription))) => {
            format!("{name} {subscription}")
        }
        (Some(name), Some(subscription)) => format!("{name} {subscription}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => format!("publish {}", message.channel),
    }
}

/// `browser` is the cookie that came with the request.
pub(crate) fn push_violation(
    delivery: &Delivery,
    ids: &Ids,
    index: usize,
    violation: MessageViolation,
    message: &Message,
    browser: Option<&str>,
) -> Violation {
    let client = message.client_id.as_deref();
    let got = client.unwrap_or("nothing").to_owned();
    let place = format!("/{index}/clientId");
    match violation {
        MessageViolation::UnknownClient => {
            let broken = const { rule("bayeux-client-unknown") };
            let violation = Violation::new(broken, place, got, "the clientId of a living session");
            match client.map(|client| ids.origin(client)) {
                Some(Origin::Own) => violation
                    .hint("the session has expired or was disconnected: handshake again")
                    .note(),
                Some(Origin::OtherFake) => violation
                    .hint("a client of an earlier fake is still running: disconnect it")
                    .note(),
                _ => violation.hint("send the clientId of the handshake's reply"),
            }
        }
        MessageViolation::WrongBrowser => {
            let broken = const { rule("bayeux-cookie") };
            let place = format!("header Cookie, {BROWSER}");
            let want = "the one that the handshake's answer set";
            let got = if browser.is_some() { "another one" } else { "nothing" };
            let violation = Violation::new(broken, place, got, want);
            let client = client.and_then(|client| delivery.clients.get(client));
            if client.is_some_and(|client| client.lost_its_cookie) {
                return violation.hint("the test injected lose_next_cookie()").note();
            }
            violation.hint("keep cookies between requests; for a jar that refuses IP addresses: url_with_host(\"localhost\"), or builder().trust_client_session()")
        }
        MessageViolation::WrongTransport => {
            let broken = const { rule("bayeux-transport") };
            Violation::new(broken, place, got, "a session that was made on this transport")
                .hint("make another handshake on the transport that the client falls back to")
        }
        MessageViolation::OtherClient => {
            let broken = const { rule("bayeux-batch") };
            Violation::new(broken, place, got, "the clientId of the first message")
                .hint("send the messages of two sessions in two requests")
        }
        MessageViolation::MultipleClients => {
            let broken = const { rule("bayeux-multiple-clients") };
            let got = "a connect beside a held one of another session";
            let place = format!("header Cookie, {BROWSER}");
            Violation::new(broken, place, got, "as many held connects as maxSessionsPerBrowser")
                .hint("each client keeps cookies of its own; for several in one browser: builder().max_sessions_per_browser(..)")
                .note()
        }
        MessageViolation::WrongOwner => {
            let broken = const { rule("bayeux-user") };
            Violation::new(broken, place, got, "a session of the caller")
                .hint("each user's client makes a handshake of its own")
        }
        MessageViolation::Subscription => {
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
        MessageViolation::TooManySubscriptions => {
            let broken = const { rule("bayeux-subscription-limit") };
            let limit = delivery.server.subscription_limit();
            let got = format!("one more than {limit} subscriptions");
            let place = format!("/{index}/subscription");
            Violation::new(broken, place, got, format!("at most {limit}"))
                .hint("subscribe to a pattern such as /v2/me/*, or raise the limit: builder().subscription_limit(..)")
        }
        MessageViolation::Publish => {
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
        MessageViolation::Message => {
            let broken = const { rule("bayeux-message") };
            let invalid = message.invalid.as_ref();
            let (field, got) = match invalid {
                Some(invalid) => (invalid.field, invalid.got.clone()),
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
        MessageViolation::Advice => {
            let broken = const { rule("bayeux-advice") };
            let invalid = message.advice.as_ref().and_then(|advice| advice.as_ref().err());
            let (field, got) = invalid
                .map_or(("advice", String::new()), |invalid| (invalid.field, invalid.got.clone()));
            Violation::new(broken, format!("/{index}/{field}"), got, "numbers, in milliseconds")
                .hint("GWS answers this with HTTP 500: send {\"timeout\": 0}, or no advice")
        }
        MessageViolation::HandshakeInCompany => {
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

/// A connect that came while another one of its client was held.
pub(crate) fn parallel() -> Violation {
    let broken = const { rule("bayeux-connect-parallel") };
    let got = "a connect beside another one of the same client, which is answered 500";
    Violation::new(broken, "the whole body", got, "one connect at a time")
        .hint("connect again when the answer to the connect before has come, or has been given up and its connection closed")
}

/// Subscriptions to channels on which GWS tells nothing, and messages to channels on which only GWS tells.
pub(crate) fn topics(
    messages: &[Message],
    mistakes: &[(usize, MessageViolation)],
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let fine = |index: usize| mistakes.iter().all(|(other, _)| *other != index);
    for (index, message) in messages.iter().enumerate().filter(|(index, _)| fine(*index)) {
        if message.channel == "/meta/subscribe" {
            let unknown = message.subscriptions().filter(|it| !is_documented(it));
            violations.extend(unknown.map(|channel| {
                let broken = const { rule("bayeux-topic") };
                let got = format!("{channel:?}");
                let place = format!("/{index}/subscription");
                let violation = Violation::new(broken, place, got, "a topic of GWS");
                violation.hint(match nearest(channel, TOPICS.iter().copied()) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => "subscribe to /v2/me/smssessions or /v2/me/*".to_owned(),
                })
            }));
        } else if TOPICS.contains(&message.channel.as_str()) {
            let broken = const { rule("bayeux-publish-topic") };
            let (place, got) = (format!("/{index}/channel"), message.channel.clone());
            let violation = Violation::new(broken, place, got, "a channel that is no topic of GWS");
            violations.push(violation.hint("requests to GWS go over REST"));
        }
    }
    violations
}

/// Whether it is a topic of GWS, or a pattern that covers one.
fn is_documented(channel: &str) -> bool {
    let channel = channel::parse(channel).unwrap_or(channel);
    TOPICS.iter().any(|topic| channel::matches(channel, topic))
}
