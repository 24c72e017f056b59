//! Status codes: with what each broken rule is answered.
//!
//! The rule of this file: [`REFUSALS`] has one row for each rule that GWS answers with a refusal, and [`pairs`] one for each
//! statusCode with its HTTP status, whose rule says how sure we are of it. A builder setting overrides the pair. Texts other
//! than "Access denied" and that of `csrf-token` are the fake's own.

use std::fmt;

use serde_json::{Value, json};

use crate::rules::{Rule, RuleKind, rule};

/// The answer by which a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `None`: an answer without GWS's envelope.
    pub status_code: Option<u8>,
    pub http: u16,
    /// The envelope's statusMessage; without an envelope the whole body, unless it is empty.
    pub message: &'static str,
    /// The rule that documents statusCode and HTTP status.
    pub rule: &'static Rule,
}

impl Refusal {
    /// The refusal of that rule, or `None` for a rule that is not answered by the REST side.
    pub fn of(rule: &Rule) -> Option<Self> {
        let row = REFUSALS.iter().find(|(other, _)| other.id == rule.id);
        match row {
            Some((_, refusal)) => Some(**refusal),
            None => (rule.kind == RuleKind::Parameter).then_some(INVALID),
        }
    }

    /// GWS's envelope: on an error the two fields and nothing else (GWS 8.6.0 ReturnValues, documented).
    pub(crate) fn envelope(self) -> Option<Value> {
        Some(envelope(self.status_code?, self.message))
    }
}

/// Every rule that has a row of its own, and how it is answered.
pub fn refusals() -> impl Iterator<Item = (&'static Rule, Refusal)> {
    REFUSALS.iter().map(|(rule, refusal)| (*rule, **refusal))
}

/// The range of the refusals that a test may ask for, in words.
pub(crate) const REFUSABLE: &str = "a statusCode from 1 to 20 and an HTTP status from 400 to 599";

/// Tells if a refusal is in that range.
pub(crate) fn is_refusable(status_code: u8, http: u16) -> bool {
    (1..=20).contains(&status_code) && (400..=599).contains(&http)
}

pub(crate) fn envelope(status_code: u8, message: &str) -> Value {
    json!({ "statusCode": status_code, "statusMessage": message })
}

/// The code of an answer that reports an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ErrorCode {
    /// `None`: an answer without GWS's envelope.
    pub(crate) status_code: Option<u8>,
    pub(crate) http: u16,
}

/// The rule that says which HTTP status comes with a statusCode; of several the one with that HTTP status.
pub fn rule_of(status_code: Option<u64>, http: u16) -> Option<&'static Rule> {
    if status_code == Some(0) {
        return Some(const { rule("status-0") });
    }
    if status_code == Some(7) {
        return Some(const { rule("status-7") });
    }
    let of_code = || {
        let refusals = REFUSALS.iter().map(|(_, refusal)| *refusal);
        refusals.filter(move |refusal| refusal.status_code.map(u64::from) == status_code)
    };
    let exact = of_code().find(|refusal| refusal.http == http);
    let nearest = || if status_code.is_some() { of_code().next() } else { None };
    exact.or_else(nearest).map(|refusal| refusal.rule)
}

/// The code of a request that succeeded in part (rule status-7).
pub(crate) const PARTIAL_SUCCESS: ErrorCode = ErrorCode { status_code: Some(7), http: 200 };

/// The error codes that GWS answers with, some of them several times.
pub(crate) fn error_codes() -> impl Iterator<Item = ErrorCode> {
    let refusals = REFUSALS.iter().map(|(_, refusal)| {
        let Refusal { status_code, http, rule, .. } = **refusal;
        (rule, ErrorCode { status_code, http })
    });
    // What is not allowed across origins is no refusal, and what is not modelled is none of GWS's.
    let of_gws =
        refusals.filter(|(rule, _)| !["status-cors", "status-not-modelled"].contains(&rule.id));
    of_gws.map(|(_, code)| code).chain([PARTIAL_SUCCESS])
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status_code, http } = self;
        match status_code {
            Some(code) => write!(formatter, "{code} (HTTP {http})"),
            None => write!(formatter, "HTTP {http}"),
        }
    }
}

const fn with_envelope(
    status_code: u8,
    http: u16,
    message: &'static str,
    rule: &'static Rule,
) -> Refusal {
    Refusal { status_code: Some(status_code), http, message, rule }
}

const fn bare(http: u16, message: &'static str, rule: &'static Rule) -> Refusal {
    Refusal { status_code: None, http, message, rule }
}

/// Each statusCode with its HTTP status, its text, and the rule that holds their source.
mod pairs {
    use super::{Refusal, bare, rule, with_envelope};

    pub(super) const REQUIRED: Refusal = with_envelope(
        1,
        400,
        "A required parameter is missing or the request cannot be read",
        rule("status-1"),
    );
    pub(super) const TOO_LARGE: Refusal = with_envelope(
        1,
        413,
        "A required parameter is missing or the request cannot be read",
        rule("status-1-too-large"),
    );
    pub(super) const INVALID: Refusal =
        with_envelope(2, 400, "A parameter is not valid for the current state", rule("status-2"));
    pub(super) const FORBIDDEN: Refusal =
        with_envelope(3, 403, "The operation is forbidden", rule("status-3"));
    pub(super) const METHOD: Refusal =
        with_envelope(3, 405, "The operation is forbidden", rule("status-3-method"));
    pub(super) const INTERNAL: Refusal =
        with_envelope(4, 500, "Interaction server connection is not opened", rule("status-4"));
    pub(super) const PERMISSION: Refusal =
        with_envelope(5, 403, "The user lacks permission", rule("status-5"));
    pub(super) const NOT_FOUND: Refusal =
        with_envelope(6, 404, "The resource was not found", rule("status-6"));
    pub(super) const NOT_AUTHENTICATED: Refusal =
        with_envelope(20, 403, "Access denied", rule("status-20"));
    pub(super) const CSRF: Refusal =
        bare(403, "Missing or invalid Csrf token", rule("status-csrf"));
    // No refusal: whoever asks what is not allowed is told what is.
    pub(super) const CORS: Refusal = bare(200, "", rule("status-cors"));
    pub(super) const HEADER: Refusal = bare(431, "", rule("status-header"));
    pub(super) const NOT_MODELLED: Refusal = bare(501, "", rule("status-not-modelled"));
}

use pairs::*;

/// The rule that is broken, and the answer. A rule of a parameter is answered with [`INVALID`].
const REFUSALS: &[(&Rule, &Refusal)] = &[
    (rule("header-size"), &HEADER),
    (rule("body-size"), &TOO_LARGE),
    (rule("credentials-missing"), &NOT_AUTHENTICATED),
    (rule("credentials-malformed"), &NOT_AUTHENTICATED),
    (rule("credentials-wrong"), &NOT_AUTHENTICATED),
    (rule("http-session-unknown"), &NOT_AUTHENTICATED),
    (rule("csrf-token"), &CSRF),
    (rule("cors"), &CORS),
    (rule("path-unknown"), &NOT_FOUND),
    (rule("method"), &METHOD),
    (rule("not-modelled"), &NOT_MODELLED),
    (rule("query-string"), &INVALID),
    (rule("content-type"), &INVALID),
    (rule("content-charset"), &INVALID),
    (rule("http-malformed"), &REQUIRED),
    (rule("body-json"), &REQUIRED),
    (rule("body-utf-8"), &REQUIRED),
    (rule("body-byte-order-mark"), &REQUIRED),
    (rule("body-nesting"), &REQUIRED),
    (rule("body-object"), &REQUIRED),
    (rule("operation-name-missing"), &REQUIRED),
    (rule("parameter-missing"), &REQUIRED),
    (rule("parameter-empty"), &INVALID),
    (rule("intrude-mode-missing"), &REQUIRED),
    (rule("duplicate-key"), &INVALID),
    (rule("unknown-field"), &INVALID),
    (rule("parameter-value"), &INVALID),
    (rule("operation-unknown"), &INVALID),
    (rule("intrude-mode"), &INVALID),
    (rule("intrude-monitoring"), &INVALID),
    (rule("intrude-state"), &INVALID),
    (rule("intrude-own-session"), &INVALID),
    (rule("intrude-twice"), &INVALID),
    (rule("accept-state"), &INVALID),
    (rule("reject-state"), &INVALID),
    (rule("feature-missing"), &PERMISSION),
    (rule("supervisor-role"), &PERMISSION),
    (rule("user-unknown"), &NOT_FOUND),
    (rule("session-unknown"), &NOT_FOUND),
    (rule("session-owner"), &NOT_FOUND),
    (rule("query-fields"), &INVALID),
    (rule("query-subresources"), &INVALID),
    (rule("query-start-index"), &INVALID),
    (rule("query-count"), &INVALID),
    (rule("query-contact-type"), &INVALID),
    (rule("contact-unknown"), &NOT_FOUND),
    (rule("agent-state-unknown"), &INVALID),
    (rule("channel-state"), &INVALID),
    (rule("operation-state"), &INVALID),
    (rule("capability"), &FORBIDDEN),
    (rule("target-unknown"), &NOT_FOUND),
    (rule("target-self"), &INVALID),
    (rule("target-in-session"), &INVALID),
    (rule("target-not-in-session"), &INVALID),
    (rule("remove-visibility"), &FORBIDDEN),
    (rule("remove-last-agent"), &INVALID),
    (rule("monitoring-own"), &INVALID),
    (rule("monitoring-active"), &INVALID),
    (rule("backend-down"), &INTERNAL),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rules;

    #[test]
    fn every_rule_that_can_be_broken_on_the_rest_side_has_one_refusal() {
        for rule in rules() {
            let rows = REFUSALS.iter().filter(|(other, _)| *other == rule).count();
            let elsewhere = ["tls-", "bayeux-", "spelling-", "cancel-consult-", "never-"];
            // Never refused.
            let notes = ["channel-unknown", "schema-recursion"];
            // Of a connection, whatever is sent on it.
            let of_connections = ["connection-limit", "answer-unread"];
            let at_the_end = [
                "only-polling",
                "connects-abandoned",
                "supervision-unfinished",
                "invitation-unanswered",
                "event-uncollected",
                "status-code-ignored",
            ];
            let answered = rule.kind == RuleKind::Demand
                && !elsewhere.iter().any(|name_part| rule.id.starts_with(name_part))
                && !notes.contains(&rule.id)
                && !of_connections.contains(&rule.id)
                && !at_the_end.contains(&rule.id);
            let wanted = usize::from(answered || rule.id == "backend-down");
            assert_eq!(rows, wanted, "rows of rule {}", rule.id);
        }
    }
}
