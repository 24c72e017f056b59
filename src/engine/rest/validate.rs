//! A REST request as it comes in, before GWS looks at it: all that can be wrong with its form.
//!
//! Rules: path-unknown, method, not-modelled, query-string, content-type, content-charset, body-object,
//! operation-name-missing, operation-unknown; and those of `contract`.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::Value;

use crate::contract::check::{brief, check_in};
use crate::contract::json;
use crate::engine::settings::Settings;
use crate::fixture::contract::{Contract, CustomOperation};
use crate::gws::aliases;
use crate::gws::capability::Lists;
use crate::gws::operation::command::Command;
use crate::gws::operation::{Family, Named, OPERATIONS, Operation};
use crate::gws::resource::{Query, Resource, unknown_query};
use crate::gws::route::{self, Misspelt, Route, Target};
use crate::rules::{Verdict, Violation, nearest, rule};

/// A request after the check of its form.
#[derive(Debug, Default)]
pub(crate) struct Validated {
    pub(crate) operation: Option<Operation>,
    /// The id of the session in the path.
    pub(crate) session: Option<String>,
    /// The request with all that it says; only when nothing is wrong.
    pub(crate) command: Option<Command>,
    /// The operation of a user's own contract: then the command only finds out whether its session is the caller's.
    pub(crate) custom_operation: Option<CustomOperation>,
    /// The methods of the path, when the request has another.
    pub(crate) allow: Option<String>,
    /// The violations; the first of them decides the answer.
    pub(crate) violations: Vec<Violation>,
    /// The notes, which report nothing wrong.
    pub(crate) notes: Vec<Violation>,
    /// For a [probe](is_probe), what it is refused for, which breaks nothing.
    pub(crate) refused_probe: Option<Violation>,
}

/// The paths that browsers and health checks ask for by themselves, and no client of GWS does.
const PROBED: [&str; 6] = [
    "/",
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
    "/robots.txt",
    "/.well-known/appspecific/com.chrome.devtools.json",
];

/// Tells if a request comes from a person with a browser or from a health check, and not from a client of GWS.
pub(crate) fn is_probe(method: &str, target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    ["GET", "HEAD", "OPTIONS"].contains(&method) && PROBED.contains(&path)
}

/// The settings that the form of a request depends on.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    /// The answers of fixtures, by path below the prefix.
    pub(crate) statics: &'a BTreeMap<String, Value>,
    pub(crate) misspelt: Misspelt,
    pub(crate) lists: Lists,
    pub(crate) contract: &'a Contract,
}

impl<'a> Form<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        let statics = &settings.fixtures.statics;
        let misspelt = settings.misspelt;
        Self { statics, misspelt, lists: settings.gws.lists, contract: &settings.contract }
    }
}

/// Looks at the form of a request against the contract.
pub(crate) fn validate(form: Form<'_>, head: &Parts, body: &[u8]) -> Validated {
    let mut validated = Validated::default();
    let method = head.method.as_str();
    let path = head.uri.path();
    let query = head.uri.query().unwrap_or_default();
    match route::route(method, path, |path| form.statics.contains_key(path), form.misspelt) {
        Ok(Route { target, ids, note }) => {
            match target {
                Target::Read(resource) => validated.read(resource, ids, query),
                Target::Operate(family) => {
                    validated.session = session(family, &ids).cloned();
                    validated.no_query(query);
                    validated.content_type(head);
                    validated.body(form, family, &ids, body);
                }
                Target::NotModelled => {}
            }
            validated.notes.extend(note);
        }
        Err(misrouted) if is_probe(method, path) => {
            validated.refused_probe = Some(misrouted.violation);
        }
        Err(misrouted) => {
            validated.allow = misrouted.allow;
            validated.violations.push(misrouted.violation);
        }
    }
    if !validated.violations.is_empty() {
        validated.command = None;
    }
    validated
}

impl Validated {
    /// Returns the form of a request whose body could not be read.
    pub(crate) fn unreadable(violation: Violation) -> Self {
        Self { violations: vec![violation], ..Self::default() }
    }

    fn read(&mut self, resource: Resource, ids: Vec<String>, query: &str) {
        let mut found = Vec::new();
        let query = Query::parse(resource, query, &mut found);
        self.add(found);
        let id = ids.into_iter().next().unwrap_or_default();
        self.command = Some(Command::Read { resource, id, query });
    }

    /// Takes violations, and notes, which refuse nothing.
    fn add(&mut self, found: Vec<Violation>) {
        let is_note = |violation: &Violation| violation.verdict == Verdict::Note;
        let (notes, violations): (Vec<_>, Vec<_>) = found.into_iter().partition(is_note);
        self.notes.extend(notes);
        self.violations.extend(violations);
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
        if got == want {
            return;
        }
        let shown = String::from_utf8_lossy(got.as_bytes()).into_owned();
        let parts: Vec<&str> = shown.split(';').map(str::trim).collect();
        let kind = parts.join(";").parse::<mime::Mime>().ok();
        let Some(kind) = kind.filter(|kind| kind.essence_str() == want) else {
            let hint = if shown.starts_with("application/x-www-form-urlencoded") {
                "send the parameters as one JSON object, with Content-Type: application/json"
            } else {
                hint
            };
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
            // What was not announced as JSON need not be JSON.
            Err(violation) if violation.rule.id == "body-json" && self.found("content-type") => {
                return;
            }
            Err(violation) => return self.violations.push(violation),
        };
        let Some(fields) = body.as_object() else {
            let broken = const { rule("body-object") };
            let violation =
                Violation::new(broken, "the whole body", brief(&body), "one JSON object");
            let hint = match body.as_array().map(Vec::as_slice) {
                Some([Value::Object(_)]) => "send the object by itself, without an array around it",
                _ => "send {\"operationName\": ..}",
            };
            self.violations.push(violation.hint(hint));
            return;
        };
        self.violations.extend(duplicates);
        match fields.get("operationName") {
            Some(Value::String(name)) => {
                let (name, note) = aliases::operation_name(name, form.lists);
                self.notes.extend(note);
                let name = name.to_owned();
                self.operation(form, family, &name, ids, &mut body);
            }
            None => {
                let names = Operation::names(family).collect::<Vec<_>>();
                let hint =
                    match (nearest("operationName", fields.keys().map(String::as_str)), &names[..])
                    {
                        (Some(got), _) => format!("\"{got}\" is spelt \"operationName\""),
                        (None, [name]) => format!("send \"operationName\": \"{name}\""),
                        (None, _) => "send operationName".to_owned(),
                    };
                let broken = const { rule("operation-name-missing") };
                let want = one_of(&names);
                let violation = Violation::new(broken, "/operationName", "nothing", want);
                self.violations.push(violation.hint(hint));
            }
            Some(other) => {
                let broken = const { rule("operation-unknown") };
                let got = brief(other);
                let violation = Violation::new(broken, "/operationName", got, "a string");
                self.violations.push(violation.hint("send the operation's name as a string"));
            }
        }
    }

    /// Takes an agent state that only this contact center may have.
    fn agent_state(&mut self, form: Form<'_>, name: &str, ids: &[String], body: &Value) {
        self.add(check_in(form.contract.schemas, "set-agent-state", body));
        self.command = Some(Command::SetAgentState {
            channel: ids.first().cloned(),
            operation: None,
            name: name.to_owned(),
        });
    }

    fn found(&self, rule: &str) -> bool {
        self.violations.iter().any(|violation| violation.rule.id == rule)
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
            Named::Operation(operation)
                if operation.has_page() || form.lists == Lists::Documented =>
            {
                operation
            }
            Named::Operation(_) => {
                let misrouted = route::not_modelled("operationName", name);
                return self.violations.push(misrouted.violation);
            }
            Named::Elsewhere(other) => {
                let hint = sent_elsewhere(name, family, other);
                return self.violations.push(unknown_operation(family, name).hint(hint));
            }
            Named::Unknown if family == Family::Channel && is_state(form, name) => {
                return self.agent_state(form, name, ids, body);
            }
            Named::Unknown => {
                let Some(custom_operation) = form.contract.operation(family, name) else {
                    let violation = unknown_operation(family, name);
                    return self.violations.push(violation.hint(meant_operation(name, family)));
                };
                let schema = &custom_operation.schema;
                self.add(check_in(form.contract.schemas, schema, body));
                let (resource, query) = (custom_operation.reads(), Query::default());
                let id = ids.first().cloned().unwrap_or_default();
                self.command = Some(Command::Read { resource, id, query });
                self.custom_operation = Some(custom_operation.clone());
                return;
            }
        };
        self.operation = Some(operation);
        self.notes.extend(aliases::parameters(name, body));
        if body["operationName"] != name {
            body["operationName"] = Value::from(name);
        }
        let schema = operation.request_schema();
        leave_out_nulls(form, schema, body);
        self.add(check_in(form.contract.schemas, schema, body));
        self.command = Some(Command::parse(operation, ids, body));
    }
}

/// Tells if a name on the path of a channel may be an agent state of the contact center: GWS alone knows which there are, so that
/// none is wrong in its form.
fn is_state(form: Form<'_>, name: &str) -> bool {
    form.contract.operation(Family::Channel, name).is_none()
}

/// Takes the parameters out of a body that are null, and that its schema does not demand (rule null-is-absent).
fn leave_out_nulls(form: Form<'_>, schema: &str, body: &mut Value) {
    let Some(fields) = body.as_object_mut().filter(|fields| fields.values().any(Value::is_null))
    else {
        return;
    };
    let schema = form.contract.schemas.find(schema).map(|schema| schema.document());
    let Some(schema) = schema else { return };
    let is_demanded = |name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|required| required.iter().any(|required| required == name))
    };
    fields.retain(|name, value| {
        !value.is_null() || schema["properties"].get(name).is_none() || is_demanded(name)
    });
}

/// The session among the ids of a path.
fn session(family: Family, ids: &[String]) -> Option<&String> {
    match family {
        Family::Session => ids.first(),
        Family::Supervision => ids.get(1),
        Family::Monitoring | Family::Me | Family::Channel => None,
    }
}

/// A hint at the operation that was probably meant: one of this path, or else one of another.
fn meant_operation(name: &str, family: Family) -> String {
    if let Some(meant) = nearest(name, Operation::names(family)) {
        return format!("did you mean \"{meant}\"?");
    }
    match nearest(name, OPERATIONS.iter().map(|operation| operation.as_str()))
        .map(Operation::of_name)
    {
        Some(Ok(meant)) => {
            let name = meant.as_str();
            format!("did you mean \"{name}\"? {}", sent_elsewhere(name, family, meant.family()))
        }
        _ => "send an operation of this path".to_owned(),
    }
}

/// A hint at the path of an operation that belongs to another family.
fn sent_elsewhere(name: &str, family: Family, other: Family) -> String {
    let here = family.beginning();
    let there = other.beginning();
    let path = other.path();
    if here == there {
        return format!("{name} is sent to {path}");
    }
    format!("{name} is sent to {path}: the operation exists on {there}, not on {here}")
}

/// A name, or several of which one is wanted.
fn one_of(names: &[&str]) -> String {
    match names {
        [name] => (*name).to_owned(),
        names => format!("one of {}", names.join(", ")),
    }
}

fn unknown_operation(family: Family, name: &str) -> Violation {
    let broken = const { rule("operation-unknown") };
    let got = format!("{name:?}");
    Violation::new(broken, "/operationName", got, format!("an operation of {}", family.path()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const INTRUDE: &str = "/api/v2/users/u/smssessions/s";
    const OWN: &str = "/api/v2/me/smssessions/s";
    const JSON: &str = "application/json";

    /// Posts the body, and compares what is found: the rule, what came and was wanted, and what to do.
    #[track_caller]
    fn check_found(path: &str, content_type: &str, body: &str, expected: &str) {
        let request = Request::post(path).header(CONTENT_TYPE, content_type).body(()).unwrap();
        let statics = BTreeMap::new();
        let misspelt = Misspelt::Refused;
        let lists = Lists::Accepted;
        let form = Form { statics: &statics, misspelt, lists, contract: &Contract::default() };
        let found = validate(form, &request.into_parts().0, body.as_bytes()).violations;
        let said = found.iter().map(|violation| {
            let hint = violation.hint.as_deref().unwrap_or_default();
            format!("{}: got {}, want {}; {hint}", violation.rule.id, violation.got, violation.want)
        });
        assert_eq!(said.collect::<Vec<_>>().join("\n"), expected);
    }

    #[test]
    fn an_operation_of_another_path_is_said_to_be_where_it_is() {
        check_found(
            INTRUDE,
            JSON,
            r#"{"operationName":"Accept"}"#,
            "operation-unknown: got \"Accept\", \
             want an operation of /api/v2/users/{userId}/smssessions/{smssessionId}; \
             Accept is sent to /api/v2/me/smssessions/{smssessionId}: \
             the operation exists on /me, not on /users",
        );
        check_found(
            OWN,
            JSON,
            r#"{"operationName":"StartContactCenterSession"}"#,
            "operation-unknown: got \"StartContactCenterSession\", \
             want an operation of /api/v2/me/smssessions/{smssessionId}; \
             StartContactCenterSession is sent to /api/v2/me",
        );
    }

    #[test]
    fn the_nearest_operation_is_looked_for_on_all_paths() {
        for (got, hint) in [
            ("Intrude ", "did you mean \"Intrude\"?"),
            (
                "accept",
                "did you mean \"Accept\"? Accept is sent to /api/v2/me/smssessions/{smssessionId}: \
                 the operation exists on /me, not on /users",
            ),
            ("Xyzzy", "send an operation of this path"),
        ] {
            let want = "an operation of /api/v2/users/{userId}/smssessions/{smssessionId}";
            check_found(
                INTRUDE,
                JSON,
                &format!(r#"{{"operationName":{got:?}}}"#),
                &format!("operation-unknown: got {got:?}, want {want}; {hint}"),
            );
        }
    }

    #[test]
    fn a_body_without_its_operation_is_told_the_name() {
        for (path, body, want, hint) in [
            (INTRUDE, "{}", "Intrude", r#"send "operationName": "Intrude""#),
            (INTRUDE, r#"{"operation":1}"#, "Intrude", r#""operation" is spelt "operationName""#),
            (
                "/api/v2/me/channels/voice",
                "{}",
                "one of Ready, NotReady, AfterCallWork, AuxWork",
                "send operationName",
            ),
        ] {
            let said = format!("operation-name-missing: got nothing, want {want}; {hint}");
            check_found(path, JSON, body, &said);
        }
    }

    #[test]
    fn an_object_in_an_array_is_told_to_come_out_of_it() {
        let alone = "send the object by itself, without an array around it";
        for (body, hint) in [("[{}]", alone), ("[]", r#"send {"operationName": ..}"#)] {
            let said = format!("body-object: got {body}, want one JSON object; {hint}");
            check_found(INTRUDE, JSON, body, &said);
        }
    }

    #[test]
    fn a_form_is_refused_once_and_told_to_be_json() {
        let form = "application/x-www-form-urlencoded";
        let said = "content-type: got application/x-www-form-urlencoded, want application/json; \
                    send the parameters as one JSON object, with Content-Type: application/json";
        check_found(INTRUDE, form, "operationName=Intrude", said);
        // A body that is JSON all the same is looked at.
        let missing = "operation-name-missing: got nothing, want Intrude; \
                       send \"operationName\": \"Intrude\"";
        check_found(INTRUDE, form, "{}", &format!("{said}\n{missing}"));
    }
}
