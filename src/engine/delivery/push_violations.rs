//! The violations of clients on the push side, in words.
//!
//! Rules: bayeux-message, bayeux-advice, bayeux-batch, bayeux-client-unknown, bayeux-cookie, bayeux-user,
//! bayeux-transport, bayeux-subscription, bayeux-publish, bayeux-publish-topic, bayeux-topic, bayeux-multiple-clients,
//! bayeux-connect-parallel.

use std::borrow::Cow;

use serde_json::Value;

use crate::bayeux::channel;
use crate::bayeux::io::MessageViolation;
use crate::bayeux::message::Message;
use crate::engine::delivery::Delivery;
use crate::engine::ids::{Ids, Origin};
use crate::gws::notification::{TOPICS, meant_topic};
use crate::rules::{Rule, Violation, rule};

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

/// The words for a message that CometD refuses, or that is worth a note.
struct Row {
    rule: &'static Rule,
    place: String,
    got: String,
    want: Cow<'static, str>,
    hint: Cow<'static, str>,
}

/// Makes a violation of a message. `browser` is the cookie that came with the request.
pub(crate) fn push_violation(
    delivery: &Delivery,
    ids: &Ids,
    index: usize,
    violation: MessageViolation,
    message: &Message,
    browser: Option<&str>,
) -> Violation {
    let Row { rule, place, got, want, hint } = row(delivery, index, violation, message, browser);
    let made = Violation::new(rule, place, got, want);
    match excuse(delivery, ids, violation, message) {
        Some(excuse) => made.hint(excuse).note(),
        None if violation == MessageViolation::MultipleClients => made.hint(hint).note(),
        None => made.hint(hint),
    }
}

/// Returns the reason for which a client could not know better, if there is one.
fn excuse(
    delivery: &Delivery,
    ids: &Ids,
    violation: MessageViolation,
    message: &Message,
) -> Option<&'static str> {
    let client = message.client_id.as_deref()?;
    match violation {
        MessageViolation::UnknownClient => match ids.origin(client) {
            Origin::Own => Some("the session has expired or was disconnected: handshake again"),
            Origin::OtherFake => {
                Some("a client of an earlier fake is still running: disconnect it")
            }
            _ => None,
        },
        MessageViolation::WrongBrowser => {
            let lost_its_cookie = delivery.clients.get(client)?.lost_its_cookie;
            lost_its_cookie.then_some("the test injected lose_next_cookie()")
        }
        _ => None,
    }
}

/// Returns the words for a violation: one arm for each.
fn row(
    delivery: &Delivery,
    index: usize,
    violation: MessageViolation,
    message: &Message,
    browser: Option<&str>,
) -> Row {
    let field = |name: &str| format!("/{index}/{name}");
    let cookie = || format!("header Cookie, {BROWSER}");
    let client = || message.client_id.clone().unwrap_or_else(|| "nothing".to_owned());
    match violation {
        MessageViolation::UnknownClient => Row {
            rule: const { rule("bayeux-client-unknown") },
            place: field("clientId"),
            got: client(),
            want: "the clientId of a living session".into(),
            hint: "send the clientId of the handshake's reply".into(),
        },
        MessageViolation::WrongBrowser => Row {
            rule: const { rule("bayeux-cookie") },
            place: cookie(),
            got: if browser.is_some() { "another one" } else { "nothing" }.to_owned(),
            want: "the one that the handshake's answer set".into(),
            hint: "keep cookies between requests; for a jar that refuses IP addresses: url_with_host(\"localhost\"), or builder().trust_client_session()".into(),
        },
        MessageViolation::WrongTransport => Row {
            rule: const { rule("bayeux-transport") },
            place: field("clientId"),
            got: client(),
            want: "a session that was made on this transport".into(),
            hint: "make another handshake on the transport that the client falls back to".into(),
        },
        MessageViolation::OtherClient => Row {
            rule: const { rule("bayeux-batch") },
            place: field("clientId"),
            got: client(),
            want: "the clientId of the first message".into(),
            hint: "send the messages of two sessions in two requests".into(),
        },
        MessageViolation::MultipleClients => Row {
            rule: const { rule("bayeux-multiple-clients") },
            place: cookie(),
            got: "a connect beside a held one of another session".to_owned(),
            want: "as many held connects as maxSessionsPerBrowser".into(),
            hint: "each client keeps cookies of its own; for several in one browser: builder().max_sessions_per_browser(..)".into(),
        },
        MessageViolation::WrongOwner => Row {
            rule: const { rule("bayeux-user") },
            place: field("clientId"),
            got: client(),
            want: "a session of the caller".into(),
            hint: "each user's client makes a handshake of its own".into(),
        },
        MessageViolation::Subscription => Row {
            rule: const { rule("bayeux-subscription") },
            place: field("subscription"),
            got: message.subscription.as_ref().map_or("nothing".to_owned(), ToString::to_string),
            want: "channels that may be subscribed".into(),
            hint: "subscribe to /v2/me/smssessions or /v2/me/*".into(),
        },
        MessageViolation::TooManySubscriptions => {
            let limit = delivery.server.subscription_limit();
            Row {
                rule: const { rule("bayeux-subscription-limit") },
                place: field("subscription"),
                got: format!("one more than {limit} subscriptions"),
                want: format!("at most {limit}").into(),
                hint: "subscribe to a pattern such as /v2/me/*, or raise the limit: builder().subscription_limit(..)".into(),
            }
        }
        MessageViolation::Publish => Row {
            rule: const { rule("bayeux-publish") },
            place: field("channel"),
            got: message.channel.clone(),
            want: "a channel that clients publish to".into(),
            hint: "requests to GWS go over REST".into(),
        },
        MessageViolation::Message => malformed(message, field),
        MessageViolation::Advice => {
            let invalid = message.advice.as_ref().and_then(|advice| advice.as_ref().err());
            Row {
                rule: const { rule("bayeux-advice") },
                place: field(invalid.map_or("advice", |invalid| invalid.field)),
                got: invalid.map_or_else(String::new, |invalid| invalid.got.clone()),
                want: "numbers, in milliseconds".into(),
                hint: "GWS answers this with HTTP 500: send {\"timeout\": 0}, or no advice".into(),
            }
        }
        MessageViolation::HandshakeInCompany => Row {
            rule: const { rule("bayeux-message") },
            place: field("channel"),
            got: "a handshake beside other messages".to_owned(),
            want: "a handshake alone".into(),
            hint: "send the handshake first, and wait for its reply".into(),
        },
    }
}

/// Returns the words for a message with a field that CometD does not take.
fn malformed(message: &Message, place: impl Fn(&str) -> String) -> Row {
    let (field, got) = match &message.invalid {
        Some(invalid) => (invalid.field, invalid.got.clone()),
        None => ("channel", format!("{:?}", message.channel)),
    };
    let want = if field == "channel" {
        "a channel such as /meta/connect or /v2/me/smssessions"
    } else {
        "letters, digits, blanks and !#$()*+-./@_{}~"
    };
    Row {
        rule: const { rule("bayeux-message") },
        place: place(field),
        got,
        want: want.into(),
        hint: format!("GWS answers this with HTTP 500: mend the {field}").into(),
    }
}

/// The rule of [`parallel`].
pub(crate) const PARALLEL: &Rule = rule("bayeux-connect-parallel");

/// A connect that came while another one of its client was held: a violation if that comes `again`. The first time is a note, since
/// the client may have given the older connect up and not have closed its connection yet.
pub(crate) fn parallel(again: bool) -> Violation {
    let got = "a connect beside another one of the same client, which is answered 500";
    let violation = Violation::new(PARALLEL, "the whole body", got, "one connect at a time");
    if again {
        violation.hint("connect again when the answer to the connect before has come, or has been given up and its connection closed")
    } else {
        violation
            .hint("close the connection of a connect that is given up before the next one; again, this is a violation")
            .note()
    }
}

/// Subscriptions to channels on which GWS tells nothing, and messages to channels on which only GWS tells.
pub(crate) fn topics(
    messages: &[Message],
    malformed: &[(usize, MessageViolation)],
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let fine = |index: usize| malformed.iter().all(|(other, _)| *other != index);
    for (index, message) in messages.iter().enumerate().filter(|(index, _)| fine(*index)) {
        if message.channel == "/meta/subscribe" {
            let unknown =
                message.subscriptions().filter(|subscription| !is_documented(subscription));
            violations.extend(unknown.map(|channel| {
                let broken = const { rule("bayeux-topic") };
                let got = format!("{channel:?}");
                let place = format!("/{index}/subscription");
                let violation = Violation::new(broken, place, got, "a topic of GWS");
                violation.hint(match meant_topic(channel) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => "subscribe to /v2/me/smssessions or /v2/me/*".to_owned(),
                })
            }));
        } else if TOPICS.contains(&message.channel.as_str()) {
            let broken = const { rule("bayeux-publish-topic") };
            let place = format!("/{index}/channel");
            let got = message.channel.clone();
            let violation = Violation::new(broken, place, got, "a channel that is no topic of GWS");
            violations.push(violation.hint("requests to GWS go over REST"));
        }
    }
    violations
}

/// Tells if the channel is a topic of GWS, or a pattern that covers one.
fn is_documented(channel: &str) -> bool {
    let channel = channel::parse(channel).unwrap_or(channel);
    TOPICS.iter().any(|topic| channel::matches(channel, topic))
}
