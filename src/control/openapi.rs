//! The control endpoint, described by an OpenAPI 3.1 document, which is written from the table of its calls.
//!
//! The schemas are those of `schemas/`, each a component of its name; what refers from one file to another refers from one
//! component to another there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::contract::schemas;
use crate::control::interface::Control;
use crate::control::interface::PREFIX;
use crate::control::routes::{Does, needs_body, routes};
use crate::engine::commands::Call;

const COMPONENTS: &str = "#/components/schemas/";

/// The refusals that are possible for every call: the HTTP status and the reason.
const REFUSALS: &[(u16, &str)] = &[
    (400, "The body is none that is taken"),
    (403, "The caller is not on this machine, or a page of another origin"),
    (413, "The body is over the limit"),
    (404, "There is nothing of that id"),
    (409, "As things stand that cannot be; or what was waited for did not come"),
];

/// Describes a fake's endpoint.
pub(super) fn document(control: &Control) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    for call in routes(control) {
        let path = paths.entry(format!("{PREFIX}{}", call.name)).or_default();
        path.insert(call.method.to_ascii_lowercase(), operation(call));
        let named = [Some(call.answer), call.body, Some("control-error")];
        named.into_iter().flatten().for_each(|name| component(name, &mut schemas));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The control endpoint of gws-sms-fake",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What a suite in any language does to a fake of the Genesys Web Services SMS Session API, and what it sees of it. It answers programs on the same machine, and no page of another origin.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": control.fake.options.url }],
        "security": [],
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn operation(call: &Call<Does>) -> Value {
    let mut operation = json!({
        "operationId": operation_id(call),
        "summary": call.summary,
        "responses": { "200": { "description": "It is done", "content": content(call) } },
    });
    let mut refused = |status: u16| {
        let known = REFUSALS.iter().find(|(known, _)| *known == status);
        let description = known.map(|(_, why)| *why).unwrap_or_default();
        let content = json!({ "application/json": { "schema": reference("control-error") } });
        operation["responses"][status.to_string()] =
            json!({ "description": description, "content": content });
    };
    // What has no body refuses one.
    [400, 403, 413].iter().chain(call.refusals).copied().for_each(&mut refused);
    if let Some(body) = call.body {
        operation["requestBody"] = json!({
            "required": needs_body(call),
            "content": { "application/json": { "schema": reference(body) } },
        });
    }
    if call.name.contains("{id}") {
        operation["parameters"] = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
    }
    operation
}

/// `customerWrites`, `getClock`: what a generated client calls it.
fn operation_id(call: &Call<Does>) -> String {
    let words = format!("{}-{}", call.method.to_ascii_lowercase(), call.name);
    let mut words = words
        .strip_prefix("post-")
        .unwrap_or(&words)
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |id, word| {
        let (head, tail) = word.split_at(1);
        id + &head.to_ascii_uppercase() + tail
    })
}

fn content(call: &Call<Does>) -> Value {
    let kind = match call.does {
        Does::Text(kind, _) => kind.split(';').next().expect("a split text has a first part"),
        _ => "application/json",
    };
    let schema = match call.answer {
        "" => json!({ "type": "string" }),
        name => reference(name),
    };
    let mut content = Map::new();
    content.insert(kind.to_owned(), json!({ "schema": schema }));
    Value::Object(content)
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{schema}") })
}

/// Adds the component of that name, and those that it refers to. A definition within a file is a component of its own, since
/// generators of types take `$defs` for a property: `common.state` is the definition `state` of `common.json`.
fn component(name: &str, components: &mut BTreeMap<String, Value>) {
    if components.contains_key(name) {
        return;
    }
    let (file, definition) = name.split_once('.').unwrap_or((name, ""));
    let Some(schema) = schemas::find(file) else { return };
    let mut document = match definition {
        "" => schema.document().clone(),
        definition => schema.document()["$defs"][definition].clone(),
    };
    if let Some(fields) = document.as_object_mut() {
        // The first two would make another base of what is referred to here.
        for field in ["$id", "$schema", "$defs"] {
            fields.remove(field);
        }
    }
    simplify(&mut document);
    let mut referred = Vec::new();
    refer(file, &mut document, &mut referred);
    components.insert(name.to_owned(), document);
    referred.iter().for_each(|other| component(other, components));
}

/// Writes what generators of types misread in a way that they read: an array with a first element of its own has elements that
/// are one of the two, and conditions, which no type has, are left out. The endpoint checks the schemas themselves.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let first = fields.remove("prefixItems");
            if let (Some(Value::Array(mut elements)), Some(items)) =
                (first, fields.get_mut("items"))
            {
                elements.push(items.take());
                *items = json!({ "anyOf": elements });
            }
            for condition in ["if", "then", "else"] {
                fields.remove(condition);
            }
            fields.values_mut().for_each(simplify);
            let is_empty = |all: &Value| {
                all.as_array().is_some_and(|all| all.iter().all(|one| *one == json!({})))
            };
            if fields.get("allOf").is_some_and(is_empty) {
                fields.remove("allOf");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// Makes references between files references between components.
fn refer(own: &str, schema: &mut Value, referred: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                let (file, within) = target.split_once('#').unwrap_or((target.as_str(), ""));
                let file = file.strip_suffix(".json").unwrap_or(own);
                let name = match within.strip_prefix("/$defs/") {
                    Some(definition) => format!("{file}.{definition}"),
                    None => file.to_owned(),
                };
                *target = format!("{COMPONENTS}{name}");
                referred.push(name);
            }
            fields.values_mut().for_each(|below| refer(own, below, referred));
        }
        Value::Array(items) => items.iter_mut().for_each(|below| refer(own, below, referred)),
        _ => {}
    }
}
