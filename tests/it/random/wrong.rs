//! Clients that are wrong in one place, whatever else goes on, and the rule that they break.

use gws_sms_fake::fixtures::AGENT_WITHOUT_SMS;

use support::raw::{credentials, request};

/// A request that is wrong in form: who sends it, method, path below `/api/v2`, type, body, and the rule.
pub(super) type WrongRequest =
    (Sender, &'static str, &'static str, &'static str, &'static [u8], &'static str);

#[derive(Clone, Copy, Debug)]
pub(super) enum Sender {
    /// With credentials that are right.
    Somebody,
    Nobody,
    /// With that in place of credentials.
    With(&'static str),
}

use Sender::{Nobody, Somebody, With};

const OWN: &str = "/me/smssessions/0000UaB58WAR003N";
const INTRUDE: &str = "/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N";
const JSON: &str = "application/json";

#[rustfmt::skip]
pub(super) const WRONG_REQUESTS: &[WrongRequest] = &[
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"#, "body-json"),
    (Somebody, "POST", OWN, JSON, b"[]", "body-object"),
    (Somebody, "POST", OWN, JSON, b"{\"operationName\":\"Reject\",\"\xff\":1}", "body-utf-8"),
    (Somebody, "POST", OWN, JSON, b"\xef\xbb\xbf{\"operationName\":\"Reject\"}", "body-byte-order-mark"),
    (Somebody, "POST", OWN, JSON, b"{}", "operation-name-missing"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"Xyzzy"}"#, "operation-unknown"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"Intrude"}"#, "operation-unknown"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"InFocus"}"#, "not-modelled"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"Reject","texxt":""}"#, "unknown-field"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"SendMessage"}"#, "parameter-missing"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"SendMessage","text":7}"#, "send-message-text"),
    (Somebody, "POST", OWN, JSON, br#"{"operationName":"Reject","operationName":"Reject"}"#, "duplicate-key"),
    (Somebody, "POST", OWN, "text/plain", br#"{"operationName":"Reject"}"#, "content-type"),
    (Somebody, "POST", INTRUDE, JSON, br#"{"operationName":"Intrude","supervisorVisibilityMode":"coach"}"#, "intrude-mode"),
    (Somebody, "PUT", OWN, JSON, br#"{"operationName":"Reject"}"#, "method"),
    (Somebody, "GET", "/Me", "", b"", "path-unknown"),
    (Somebody, "GET", "/me/calls", "", b"", "not-modelled"),
    (Somebody, "GET", "/me?also=1", "", b"", "query-string"),
    (Nobody, "GET", "/me", "", b"", "credentials-missing"),
    (With("Basic czE6d3Jvbmc="), "GET", "/me", "", b"", "credentials-wrong"),
    (With("Basic %"), "GET", "/me", "", b"", "credentials-malformed"),
];

/// The bytes of a wrong request.
pub(super) fn bytes((sender, method, path, kind, body, _): &WrongRequest) -> Vec<u8> {
    let fields = match sender {
        // Nobody else is him, so that what is counted of the others is not touched.
        Somebody => credentials(AGENT_WITHOUT_SMS),
        Nobody => String::new(),
        With(what) => format!("Authorization: {what}\r\n"),
    };
    request(method, &format!("/api/v2{path}"), &fields, kind, body)
}

/// What a wrong client of the push side does, one request after the other. Each names the rule that it breaks, or none.
pub(super) type WrongBayeux = &'static [(Sends, &'static str)];

#[derive(Clone, Copy, Debug)]
pub(super) enum Sends {
    Handshake,
    /// `$` stands for the clientId.
    Message(&'static str),
    WithoutCookies(&'static str),
    /// By that method.
    By(&'static str, &'static str),
    /// A connect that is held.
    HeldConnect,
    /// Another connect beside a held one, which is noted the first time and breaks the rule the second time.
    ConnectBeside,
    /// Not the client, but the test orders that its next connect is told not to come again.
    AdvisedNone,
    /// Nor this: a session is routed to its user, which the rule is broken by.
    Routed,
}

use Sends::*;

const CONNECT: &str = r#"[{"channel":"/meta/connect","clientId":"$","connectionType":"long-polling","advice":{"timeout":0}}]"#;
const DISCONNECT: &str = r#"[{"channel":"/meta/disconnect","clientId":"$"}]"#;
const SUBSCRIBE: &str =
    r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":"/v2/me/*"}]"#;

/// What is published to a topic reaches everybody, so that it has a form that there is.
#[rustfmt::skip]
pub(super) const WRONG_BAYEUX: &[WrongBayeux] = &[
    &[(Message("7"), "bayeux-body")],
    &[(Message(r#"[{"clientId":"1"}]"#), "bayeux-message")],
    &[(By("PUT", "[]"), "bayeux-method")],
    &[(Message(r#"[{"channel":"/meta/connect","clientId":"made up","connectionType":"long-polling"}]"#), "bayeux-client-unknown")],
    &[(Handshake, ""), (WithoutCookies(CONNECT), "bayeux-cookie")],
    &[(Handshake, ""), (Message(r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":"/v2/me/smsessions"}]"#), "bayeux-topic")],
    &[(Handshake, ""), (Message(r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":"/meta/connect"}]"#), "bayeux-subscription")],
    &[(Handshake, ""), (Message(r#"[{"channel":"/v2/me/smssessions","clientId":"$","data":{"statusCode":0}}]"#), "bayeux-publish-topic")],
    &[(Handshake, ""), (Message(r#"[{"channel":"/v2/*","clientId":"$","data":{}}]"#), "bayeux-publish")],
    &[(Handshake, ""), (Message(DISCONNECT), ""), (Message(CONNECT), "bayeux-after-disconnect")],
    &[(Handshake, ""), (AdvisedNone, ""), (Message(CONNECT), ""), (Message(CONNECT), "bayeux-reconnect")],
    &[(Handshake, ""), (Message(CONNECT), ""), (Routed, "bayeux-not-subscribed")],
    &[(Handshake, ""), (Message(SUBSCRIBE), ""), (Message(CONNECT), ""), (HeldConnect, ""), (ConnectBeside, ""), (ConnectBeside, "bayeux-connect-parallel")],
];
