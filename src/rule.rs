//! Rules: what GWS demands of a client, each with its source and how sure we are of it.
//!
//! The rule of this file: a rule stands here once, and everything else names it by its id. An id that is not in
//! [`RULES`] does not compile, because [`rule`] looks it up in a constant.

use std::fmt;

/// How sure we are of a behaviour, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// A published page of the vendor says so, or the specification or book of CometD.
    Documented,
    /// It was seen on the wire of the real product, or read in its source.
    Wire,
    /// Public client code expects it.
    #[expect(dead_code, reason = "no rule rests on client code alone yet")]
    Client,
    /// A sibling page of the same API says so of another medium.
    Analogy,
    /// Nothing says so; it is what the rest makes most likely.
    Inferred,
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Documented => "documented",
            Self::Wire => "wire",
            Self::Client => "client",
            Self::Analogy => "analogy",
            Self::Inferred => "inferred",
        })
    }
}

/// One thing that GWS demands of its clients.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    /// What is demanded, as a sentence without a full stop.
    pub(crate) demand: &'static str,
    pub(crate) certainty: Certainty,
    pub(crate) source: &'static str,
}

/// What a broken rule means for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The client could have known better: the test fails.
    Violation,
    /// Worth knowing; the test does not fail.
    Note,
}

/// A rule that a client broke: where, what came, and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: &'static Rule,
    pub(crate) verdict: Verdict,
    /// A JSON pointer into the body, `header X`, `path segment N` or `request line`.
    pub(crate) place: Box<str>,
    pub(crate) got: Box<str>,
    pub(crate) want: Box<str>,
    /// The nearest right thing, or what to do.
    pub(crate) hint: Option<Box<str>>,
}

impl Violation {
    pub(crate) fn new(
        rule: &'static Rule,
        place: impl Into<Box<str>>,
        got: impl Into<Box<str>>,
        want: impl Into<Box<str>>,
    ) -> Self {
        Self {
            rule,
            verdict: Verdict::Violation,
            place: place.into(),
            got: got.into(),
            want: want.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn note(mut self) -> Self {
        self.verdict = Verdict::Note;
        self
    }
}

/// The rule of that id. In a constant an id that does not exist is an error of the compiler.
pub(crate) const fn rule(id: &str) -> &'static Rule {
    let mut index = 0;
    while index < RULES.len() {
        if same(RULES[index].id.as_bytes(), id.as_bytes()) {
            return &RULES[index];
        }
        index += 1;
    }
    panic!("no rule has this id");
}

/// The rule of an id that comes from a test, or else the nearest id there is.
pub(crate) fn find(id: &str) -> Result<&'static Rule, &'static str> {
    RULES
        .iter()
        .find(|rule| rule.id == id)
        .ok_or_else(|| nearest(id, RULES.iter().map(|rule| rule.id)).unwrap_or(RULES[0].id))
}

/// Of the candidates the one that is most like `got`, if one is like it at all.
pub(crate) fn nearest<'a>(got: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = got.trim().to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

use Certainty::{Analogy, Documented, Inferred, Wire};

const fn row(
    id: &'static str,
    certainty: Certainty,
    source: &'static str,
    demand: &'static str,
) -> Rule {
    Rule { id, demand, certainty, source }
}

const INTRUDE: &str = "GWS 8.5.2 SMSIntrude";
const ACCEPT: &str = "HTCC 8.5.2 SMSAccept";
const REJECT: &str = "GWS 8.5.2 SMSReject";
const RETURN_VALUES: &str = "GWS 8.6.0 ReturnValues";
const CSRF: &str = "GWS 8.5.2 CSRFProtection";
const CORS: &str = "GWS 8.5.2 Dep/CSRFProtection";
const URLS: &str = "URLs of the GWS 8.5.2 operation pages";
const JAVA: &str = "CometD Java server 3.1.12";

/// Every rule that is checked.
#[rustfmt::skip]
pub(crate) const RULES: &[Rule] = &[
    // HTTP itself
    row("http-malformed", Documented, "RFC 9112", "a request is well-formed HTTP/1.1 and is sent to its end"),
    row("header-size", Analogy, "Jetty 9.4, requestHeaderSize", "the header of a request stays within the server's limit"),
    row("body-size", Inferred, RETURN_VALUES, "a body stays within the server's limit"),
    // who is calling
    row("credentials-missing", Wire, "GWS 8.5.2 log; HTCC InterpretingaResponse", "a request carries Basic credentials or the cookie JSESSIONID"),
    row("credentials-malformed", Inferred, "RFC 7617", "an Authorization header is well-formed Basic credentials"),
    row("credentials-wrong", Inferred, RETURN_VALUES, "the user name and the password of the credentials are a user's"),
    row("http-session-unknown", Inferred, RETURN_VALUES, "the cookie JSESSIONID is one that this server gave"),
    row("csrf-token", Documented, CSRF, "a PUT, POST or DELETE carries in X-CSRF-TOKEN the token of the HTTP session of its cookie (only with csrf_protection)"),
    row("cors", Documented, CORS, "a page asks for what CORS allows: origin, method and header"),
    // what is called
    row("path-unknown", Inferred, URLS, "the path is one that GWS has, letter by letter"),
    row("method", Inferred, "RFC 9110", "a path is called with a method that it has"),
    row("not-modelled", Inferred, "README, Not modelled", "the request is one that this fake models"),
    row("query-string", Inferred, RETURN_VALUES, "only documented query parameters are sent"),
    // the body
    row("content-type", Documented, CSRF, "a body is announced with Content-Type: application/json"),
    row("content-charset", Inferred, "RFC 8259", "a JSON body is in UTF-8 and says nothing else"),
    row("body-json", Inferred, RETURN_VALUES, "the body is JSON"),
    row("body-utf-8", Inferred, "RFC 8259", "the bytes of the body are UTF-8"),
    row("body-byte-order-mark", Inferred, "RFC 8259", "the body does not begin with a byte order mark"),
    row("body-nesting", Inferred, "serde_json's limit", "the body is nested at most 127 deep"),
    row("body-object", Documented, URLS, "the body is one JSON object"),
    row("duplicate-key", Inferred, "RFC 8259", "an object has each key once"),
    row("unknown-field", Inferred, RETURN_VALUES, "a request has only the documented fields"),
    row("parameter-missing", Documented, RETURN_VALUES, "a request has every mandatory parameter"),
    row("parameter-value", Documented, RETURN_VALUES, "a parameter has the documented type and value"),
    row("operation-name-missing", Inferred, RETURN_VALUES, "the body names its operation in operationName"),
    row("operation-unknown", Inferred, RETURN_VALUES, "operationName is an operation of the path it is sent to"),
    // who may what
    row("feature-missing", Documented, INTRUDE, "the caller has the feature api-multimedia"),
    row("supervisor-role", Inferred, INTRUDE, "who intrudes is a supervisor"),
    row("user-unknown", Inferred, RETURN_VALUES, "the user in the path exists"),
    row("session-unknown", Inferred, RETURN_VALUES, "the SMS session in the path exists"),
    row("session-owner", Inferred, RETURN_VALUES, "the SMS session is one of the user in the path"),
    // Intrude, Accept, Reject
    row("intrude-mode", Documented, INTRUDE, "supervisorVisibilityMode is Monitor, Coach or BargeIn"),
    row("intrude-mode-missing", Documented, INTRUDE, "an Intrude without supervisorVisibilityMode comes from a supervisor who monitors the agent"),
    row("intrude-monitoring", Inferred, INTRUDE, "who intrudes monitors the agent (only with intrude_needs_monitoring)"),
    row("intrude-state", Inferred, INTRUDE, "the agent is handling the session: it is Chatting"),
    row("intrude-own-session", Inferred, INTRUDE, "the session is another user's"),
    row("intrude-twice", Inferred, INTRUDE, "the supervisor is not in the session, nor invited to it"),
    row("accept-state", Documented, ACCEPT, "Accept is sent in a session that is Invited"),
    row("reject-state", Documented, REJECT, "Reject is sent in a session that is Invited"),
    // push
    row("bayeux-body", Wire, JAVA, "the body of a Bayeux request is a JSON object or array of objects"),
    row("bayeux-message", Wire, JAVA, "a Bayeux message has a well-formed channel, and a handshake comes alone"),
    row("bayeux-method", Wire, JAVA, "Bayeux requests are POST"),
    row("bayeux-websocket", Documented, "HTCC 8.5.2 Dep/CometD", "the transport is long-polling; a client that tries WebSocket falls back"),
    row("bayeux-client-unknown", Wire, JAVA, "a message carries the clientId of a living session"),
    row("bayeux-cookie", Wire, JAVA, "a message carries the cookie BAYEUX_BROWSER that came with its session"),
    row("bayeux-user", Inferred, JAVA, "a session is used by the user who made the handshake"),
    row("bayeux-subscription", Wire, JAVA, "a subscription is a string or an array of strings, and names channels that may be subscribed"),
    row("bayeux-publish", Wire, JAVA, "a client publishes to no /meta channel"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the README is written by this test, when `UPDATE_README` is set.
    #[test]
    fn the_readme_lists_every_rule() {
        let (begin, end) = ("<!-- rules -->\n", "<!-- /rules -->");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(begin).unwrap();
        let (table, after) = rest.split_once(end).unwrap();
        let rows = RULES.iter().map(|Rule { id, demand, certainty, source }| {
            format!("| `{id}` | {demand} | {certainty}: {source} |\n")
        });
        let wanted =
            format!("\n| rule | demand | source |\n|---|---|---|\n{}\n", rows.collect::<String>());
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        } else {
            assert_eq!(table, wanted, "UPDATE_README=1 cargo test rewrites it");
        }
    }

    #[test]
    fn an_id_stands_once() {
        for (index, rule) in RULES.iter().enumerate() {
            assert!(
                RULES[..index].iter().all(|other| other.id != rule.id),
                "{} stands twice",
                rule.id
            );
        }
    }

    #[test]
    fn the_nearest_is_found_and_nothing_is_forced() {
        assert_eq!(find("intrude-mode").map(|rule| rule.id), Ok("intrude-mode"));
        assert_eq!(find("IntrudeMode"), Err("intrude-mode"));
        assert_eq!(nearest("zzz", ["Monitor"].into_iter()), None);
    }
}
