//! Status codes: with what each broken rule is answered.
//!
//! The rule of this file: [`REFUSALS`] has one row for each rule that GWS answers with a refusal. The meaning of each
//! statusCode is documented (GWS 8.6.0 ReturnValues); the pair of 20 and 403 was seen on the wire; every other HTTP
//! status is inferred, and a builder setting overrides the pair. Texts other than "Access denied" and that of `csrf-token`
//! are the fake's own.

use serde_json::{Value, json};

use crate::rule::{Rule, rule};

/// How a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// `None`: an answer without GWS's envelope.
    pub(crate) status_code: Option<u8>,
    pub(crate) http: u16,
    /// The envelope's statusMessage; without an envelope the whole body, unless it is empty.
    pub(crate) message: &'static str,
}

impl Refusal {
    /// The refusal of that rule, or `None` for a rule that is not answered by the REST side.
    pub(crate) fn of(rule: &Rule) -> Option<Self> {
        REFUSALS
            .iter()
            .find(|(other, ..)| other.id == rule.id)
            .map(|&(_, status_code, http, message)| Self { status_code, http, message })
    }

    /// GWS's envelope: on an error the two fields and nothing else (GWS 8.6.0 ReturnValues, documented).
    pub(crate) fn envelope(self) -> Option<Value> {
        let status_code = self.status_code?;
        Some(json!({ "statusCode": status_code, "statusMessage": self.message }))
    }
}

type Row = (&'static Rule, Option<u8>, u16, &'static str);

const REQUIRED: &str = "A required parameter is missing or the request cannot be read";
const INVALID: &str = "A parameter is not valid for the current state";
const FORBIDDEN: &str = "The operation is forbidden";
const PERMISSION: &str = "The user lacks permission";
const NOT_FOUND: &str = "The resource was not found";
const DENIED: &str = "Access denied";
/// Documented (GWS 8.5.2 CSRFProtection), and the whole body.
const CSRF: &str = "Missing or invalid Csrf token";

/// Rule, statusCode, HTTP status, statusMessage.
#[rustfmt::skip]
const REFUSALS: &[Row] = &[
    (rule("header-size"),            None,     431, ""),
    (rule("body-size"),              Some(1),  413, REQUIRED),
    (rule("credentials-missing"),    Some(20), 403, DENIED),
    (rule("credentials-malformed"),  Some(20), 403, DENIED),
    (rule("credentials-wrong"),      Some(20), 403, DENIED),
    (rule("http-session-unknown"),   Some(20), 403, DENIED),
    (rule("csrf-token"),             None,     403, CSRF),
    // No refusal: whoever asks what is not allowed is told what is.
    (rule("cors"),                   None,     200, ""),
    (rule("path-unknown"),           Some(6),  404, NOT_FOUND),
    (rule("method"),                 Some(3),  405, FORBIDDEN),
    (rule("not-modelled"),           None,     501, ""),
    (rule("query-string"),           Some(2),  400, INVALID),
    (rule("content-type"),           Some(2),  400, INVALID),
    (rule("content-charset"),        Some(2),  400, INVALID),
    (rule("http-malformed"),         Some(1),  400, REQUIRED),
    (rule("body-json"),              Some(1),  400, REQUIRED),
    (rule("body-utf-8"),             Some(1),  400, REQUIRED),
    (rule("body-byte-order-mark"),   Some(1),  400, REQUIRED),
    (rule("body-nesting"),           Some(1),  400, REQUIRED),
    (rule("body-object"),            Some(1),  400, REQUIRED),
    (rule("operation-name-missing"), Some(1),  400, REQUIRED),
    (rule("parameter-missing"),      Some(1),  400, REQUIRED),
    (rule("intrude-mode-missing"),   Some(1),  400, REQUIRED),
    (rule("duplicate-key"),          Some(2),  400, INVALID),
    (rule("unknown-field"),          Some(2),  400, INVALID),
    (rule("parameter-value"),        Some(2),  400, INVALID),
    (rule("operation-unknown"),      Some(2),  400, INVALID),
    (rule("intrude-mode"),           Some(2),  400, INVALID),
    (rule("intrude-monitoring"),     Some(2),  400, INVALID),
    (rule("intrude-state"),          Some(2),  400, INVALID),
    (rule("intrude-own-session"),    Some(2),  400, INVALID),
    (rule("intrude-twice"),          Some(2),  400, INVALID),
    (rule("accept-state"),           Some(2),  400, INVALID),
    (rule("reject-state"),           Some(2),  400, INVALID),
    (rule("feature-missing"),        Some(5),  403, PERMISSION),
    (rule("supervisor-role"),        Some(5),  403, PERMISSION),
    (rule("user-unknown"),           Some(6),  404, NOT_FOUND),
    (rule("session-unknown"),        Some(6),  404, NOT_FOUND),
    (rule("session-owner"),          Some(6),  404, NOT_FOUND),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RULES;

    #[test]
    fn every_rule_of_the_rest_side_has_one_refusal() {
        for rule in RULES {
            let rows = REFUSALS.iter().filter(|(other, ..)| *other == rule).count();
            let wanted = usize::from(!rule.id.starts_with("bayeux-"));
            assert_eq!(rows, wanted, "rows of rule {}", rule.id);
        }
    }
}
