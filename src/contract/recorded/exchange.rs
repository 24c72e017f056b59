//! A request and its answer, as scenarios, HAR files and timelines have them: what each says of the other.
//!
//! The rule of this file: a request that GWS refused, with HTTP status 400 or more or with another statusCode than 0, is
//! expected not to conform, so that what is wrong with it is a note. What GWS took, or what has no answer, has to conform.

use serde_json::Value;

use crate::contract::index::answer_to;
use crate::contract::recorded::part::Refused;
use crate::contract::schemas::Schemas;

/// A request and the answer to it, as values.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a> {
    pub(super) sent: &'a Value,
    /// The HTTP status; null where none came.
    pub(super) status: &'a Value,
    pub(super) body: &'a Value,
}

impl Exchange<'_> {
    pub(super) fn refused(self) -> Refused {
        let status = self.status.as_u64().is_some_and(|status| status >= 400);
        let code = self.body["statusCode"].as_f64().is_some_and(|code| code != 0.0);
        if status || code { Refused::Yes } else { Refused::No }
    }

    /// The schema of the answer, where one goes with that of the request; a refusal is as any other.
    pub(super) fn answer(self, schemas: &'static Schemas) -> Option<&'static str> {
        if self.refused() != Refused::No {
            return None;
        }
        let operation = self.sent["operationName"].as_str()?;
        let name = schemas.index().request(operation)?.strip_suffix("-request")?;
        answer_to(schemas.all(), name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_refused_by_the_status_or_by_the_code_in_the_body() {
        for (status, body, expected) in [
            (json!(200), json!({ "statusCode": 0 }), Refused::No),
            (json!(200), json!({ "statusCode": 2 }), Refused::Yes),
            (json!(200), json!({ "statusCode": "2" }), Refused::No),
            (json!(400), json!("<html>"), Refused::Yes),
            (json!(399), json!(null), Refused::No),
            (json!(null), json!(null), Refused::No),
        ] {
            let exchange = Exchange { sent: &Value::Null, status: &status, body: &body };
            assert_eq!(exchange.refused(), expected, "{status} {body}");
        }
    }
}
