//! A REST request as it comes in, before GWS looks at it: all that can be wrong with its form.
//!
//! Rules: path-unknown, method, not-modelled, query-string, content-type, content-charset, body-object,
//! operation-name-missing, operation-unknown; and those of `contract`.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde_json::Value;

use crate::contract::check::{brief, check};
use crate::contract::json;
use crate::gws::capability::Lists;
use crate::gws::operation::command::Command;
use crate::gws::operation::{Family, Named, Operation};
use crate::gws::resource::{Query, Resource, unknown_query};
use crate::gws::route::{self, Misspelt, Route, Target};
use crate::gws::spelling;
use crate::rule::{Violation, nearest, rule};

/// What a request was found to be.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) operation: Option<Operation>,
    /// The id of the session in the path.
    pub(crate) session: Option<String>,
    /// The request with all that it says; only when nothing is wrong.
    pub(crate) command: Option<Command>,
    /// The methods of the path, when the request has another.
    pub(crate) allow: Option<String>,
    /// What is wrong; the first of them decides the answer.
    pub(crate) violations: Vec<Violation>,
    /// What is worth knowing and wrong with nothing.
    pub(crate) notes: Vec<Violation>,
}

/// What of the settings the form of a request depends on.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    /// What fixtures answer, by path below the prefix.
    pub(crate) statics: &'a BTreeMap<String, Value>,
    pub(crate) misspelt: Misspelt,
    pub(crate) lists: Lists,
}

pub(crate) fn inspect(form: Form<'_>, head: &Parts, body: &[u8]) -> Inspected {
    let mut inspected = Inspected::default();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    match route::route(method, path, |path| form.statics.contains_key(path), form.misspelt) {
        Ok(Route { target, ids, note }) => {
            match target {
                Target::Read(resource) => inspected.read(resource, ids, query),
                Target::Operate(family) => {
                    inspected.session = session(family, &ids).cloned();
                    inspected.no_query(query);
                    inspected.content_type(head);
                    inspected.body(form, family, &ids, body);
                }
                Target::NotModelled => {}
            }
            inspected.notes.extend(note);
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
    fn read(&mut self, resource: Resource, ids: Vec<String>, query: &str) {
        let query = Query::parse(resource, query, &mut self.violations);
        let id = ids.into_iter().next().unwrap_or_default();
        self.command = Some(Command::Read { resource, id, query });
    }

    fn no_query(&mut self, query: &str) {
        if !query.is_empty() {
            let hint = "send the parameters in the body".to_owned();
            let got = format!("?{query}");
            self.violations.push(unknown_query(&got, "no query string".to_owned(), hint));
        }
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

    fn body(&mut self, form: Form<'_>, family: Family, ids: &[String], bytes: &[u8]) {
        let (mut body, duplicates) = match json::parse(bytes) {
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
            Some(Value::String(name)) => {
                let (name, note) = spelling::operation_name(name, form.lists);
                self.notes.extend(note);
                let name = name.to_owned();
                self.operation(form, family, &name, ids, &mut body);
            }
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

    fn operation(
        &mut self,
        form: Form<'_>,
        family: Family,
        name: &str,
        ids: &[String],
        body: &mut Value,
    ) {
        let operation = match Operation::named(name, family) {
            Named::Operation(it) if it.has_page() || form.lists == Lists::Documented => it,
            Named::Operation(_) => {
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
        self.notes.extend(spelling::parameters(name, body));
        body["operationName"] = Value::from(name);
        self.violations.extend(check(&operation.request_schema(), body));
        self.command = Some(Command::parse(operation, ids, body));
    }
}

/// The session among the ids of a path.
fn session(family: Family, ids: &[String]) -> Option<&String> {
    match family {
        Family::Session => ids.first(),
        Family::Supervision => ids.get(1),
        Family::Monitoring | Family::Me | Family::Channel => None,
    }
}

fn unknown_operation(family: Family, name: &str) -> Violation {
    let broken = const { rule("operation-unknown") };
    let got = format!("{name:?}");
    Violation::new(broken, "/operationName", got, format!("an operation of {}", family.path()))
}
