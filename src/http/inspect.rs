//! A REST request as it comes in, before GWS looks at it: all that can be wrong with its form.
//!
//! Rules: path-unknown, method, not-modelled, query-string, content-type, content-charset, body-object,
//! operation-name-missing, operation-unknown; and those of `contract`.

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde_json::Value;

use crate::contract::check::{brief, check};
use crate::contract::json;
use crate::gws::operation::{Command, Family, Named, Operation};
use crate::gws::route;
use crate::rule::{Violation, nearest, rule};

/// What a request was found to be.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) operation: Option<Operation>,
    /// The request with all that it says; only when nothing is wrong.
    pub(crate) command: Option<Command>,
    /// The methods of the path, when the request has another.
    pub(crate) allow: Option<String>,
    /// What is wrong; the first of them decides the answer.
    pub(crate) violations: Vec<Violation>,
}

/// Query parameters that are documented and not modelled: path and name.
const QUERY: &[(&str, &str)] = &[("/api/v2/me", "subresources"), ("/api/v2/me", "fields")];

pub(crate) fn inspect(head: &Parts, body: &[u8]) -> Inspected {
    let mut inspected = Inspected::default();
    let (method, path) = (head.method.as_str(), head.uri.path());
    match route::route(method, path) {
        Ok(route) => {
            inspected.query(method, path, head.uri.query());
            match route.family {
                None => inspected.command = Some(Command::Me),
                Some(family) => {
                    inspected.content_type(head);
                    inspected.body(family, &route.ids, body);
                }
            }
        }
        Err(misrouted) => {
            inspected.allow = misrouted.allow;
            inspected.violations.push(misrouted.violation);
        }
    }
    if !inspected.violations.is_empty() {
        inspected.command = None;
    }
    inspected
}

impl Inspected {
    fn query(&mut self, method: &str, path: &str, query: Option<&str>) {
        let Some(query) = query.filter(|query| !query.is_empty()) else { return };
        let documented = query.split('&').all(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            QUERY.contains(&(path, name))
        });
        self.violations.push(if documented {
            route::not_modelled(method, &format!("{path}?{query}")).violation
        } else {
            let broken = const { rule("query-string") };
            let got = format!("?{query}");
            Violation::new(broken, "request line", got, "no query string")
                .hint("send the parameters in the body")
        });
    }

    fn content_type(&mut self, head: &Parts) {
        let place = "header Content-Type";
        let broken = const { rule("content-type") };
        let want = "application/json";
        let hint = "send Content-Type: application/json";
        let Some(got) = head.headers.get(CONTENT_TYPE) else {
            self.violations.push(Violation::new(broken, place, "nothing", want).hint(hint));
            return;
        };
        let shown = String::from_utf8_lossy(got.as_bytes()).into_owned();
        let parts: Vec<&str> = shown.split(';').map(str::trim).collect();
        let kind = parts.join(";").parse::<mime::Mime>().ok();
        let Some(kind) = kind.filter(|kind| kind.essence_str() == want) else {
            self.violations.push(Violation::new(broken, place, shown, want).hint(hint));
            return;
        };
        let charset = kind.get_param(mime::CHARSET).map(|charset| charset.as_str().to_lowercase());
        if charset.is_some_and(|charset| charset != "utf-8" && charset != "utf8") {
            let broken = const { rule("content-charset") };
            let violation = Violation::new(broken, place, shown, "charset=utf-8, or none");
            self.violations.push(violation.hint("send the body in UTF-8"));
        }
    }

    fn body(&mut self, family: Family, ids: &[String], bytes: &[u8]) {
        let (body, duplicates) = match json::parse(bytes) {
            Ok(parsed) => parsed,
            Err(violation) => return self.violations.push(violation),
        };
        let Some(fields) = body.as_object() else {
            let broken = const { rule("body-object") };
            let violation =
                Violation::new(broken, "the whole body", brief(&body), "one JSON object");
            self.violations.push(violation.hint("send {\"operationName\": ..}"));
            return;
        };
        self.violations.extend(duplicates);
        match fields.get("operationName") {
            Some(Value::String(name)) => self.operation(family, name, ids, &body),
            None => {
                let names = Operation::names(family).collect::<Vec<_>>().join(", ");
                let broken = const { rule("operation-name-missing") };
                let want = format!("one of {names}");
                let violation = Violation::new(broken, "/operationName", "nothing", want);
                self.violations.push(violation.hint("send operationName"));
            }
            Some(other) => {
                let broken = const { rule("operation-unknown") };
                let got = brief(other);
                let violation = Violation::new(broken, "/operationName", got, "a string");
                self.violations.push(violation.hint("send the operation's name as a string"));
            }
        }
    }

    fn operation(&mut self, family: Family, name: &str, ids: &[String], body: &Value) {
        let operation = match Operation::named(name, family) {
            Named::Modelled(operation) => operation,
            Named::NotModelled => {
                let misrouted = route::not_modelled("operationName", name);
                return self.violations.push(misrouted.violation);
            }
            Named::Elsewhere(other) => {
                let hint = format!("{name} is sent to {}", other.path());
                return self.violations.push(unknown_operation(family, name).hint(hint));
            }
            Named::Unknown => {
                let violation = unknown_operation(family, name);
                let meant = nearest(name, Operation::names(family));
                return self.violations.push(match meant {
                    Some(meant) => violation.hint(format!("did you mean \"{meant}\"?")),
                    None => violation.hint("send an operation of this path"),
                });
            }
        };
        self.operation = Some(operation);
        self.violations.extend(check(&operation.request_schema(), body));
        self.command = Some(Command::parse(operation, ids, body));
    }
}

fn unknown_operation(family: Family, name: &str) -> Violation {
    let broken = const { rule("operation-unknown") };
    let got = format!("{name:?}");
    Violation::new(broken, "/operationName", got, format!("an operation of {}", family.path()))
}
