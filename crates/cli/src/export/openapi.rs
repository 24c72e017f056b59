//! OpenAPI 3.1 of the REST side.

use gws_sms_fake::_cli_internals::gws::operation::{Family, Operation};
use gws_sms_fake::_cli_internals::gws::resource::{
    QueryParameter, QueryValue, Resource, SUBRESOURCES,
};
use gws_sms_fake::_cli_internals::gws::route::{PREFIX, Target, paths};
use serde_json::{Map, Value, json};

use crate::export::answers::answers;
use crate::export::components::Components;
use crate::export::examples::{self, before, example, operations};
use crate::export::push;

/// An OpenAPI 3.1 document of the modelled API: what is read, every operation with its parameters, and what each is answered,
/// with the statuses of the tables. The example of an operation in its body belongs to the example of the same name in its
/// path; `x-operations` says who sends it, and what goes before it, so that a fresh fake takes it.
///
/// ```
/// let document = gws_sms_fake_cli::export::openapi();
/// let me = &document["paths"]["/api/v2/me"];
/// assert_eq!(me["get"]["operationId"], "readMe");
/// ```
pub fn openapi() -> Value {
    let mut components = Components::default();
    let mut described = Map::new();
    for (pattern, methods) in paths() {
        let mut item = Map::new();
        let path = template(pattern);
        for (method, target) in methods {
            let operation = match target {
                Target::Read(resource) => read(*resource, &path, &mut components),
                Target::Operate(family) => operate(*family, &path, &mut components),
                Target::NotModelled => continue,
            };
            item.insert(method.to_lowercase(), operation);
        }
        if !item.is_empty() {
            described.insert(path, Value::Object(item));
        }
    }
    described.insert(push::PATH.to_owned(), push::path(&mut components));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Genesys Web Services, SMS Session API, as gws-sms-fake models it",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{
            "url": "{url}",
            "description": "the fake, or a real GWS",
            "variables": { "url": { "default": "http://127.0.0.1:8090" } },
        }],
        "security": [{ "basic": [] }, { "cookie": [] }],
        "paths": described,
        "components": {
            "schemas": components.all(),
            "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "JSESSIONID" },
            },
        },
    })
}

const INTRODUCTION: &str = "GWS wraps each answer in an envelope with a statusCode, which is 0 for success. Each refusal has \
two fields: x-rules lists the rules that a request can violate, and x-certainty gives the certainty of each pair of statusCode \
and HTTP status: documented, wire, client, analogy or inferred. The command gws-sms-fake rules explains the rules. A path answers \
other methods with 405. OPTIONS without an origin is not modelled; gws-sms-fake answers it with 501.";

/// The path with the names of its ids, which the segments before them say.
fn template(pattern: &str) -> String {
    let mut path = PREFIX.to_owned();
    let mut before = "";
    for segment in pattern.split('/') {
        path.push('/');
        match (segment, before) {
            ("{}", "smssessions") => path.push_str("{smssessionId}"),
            ("{}", "users") => path.push_str("{userId}"),
            ("{}", "contacts") => path.push_str("{contactId}"),
            ("{}", "channels") => path.push_str("{channel}"),
            ("{}", "settings") => path.push_str("{section}"),
            (other, _) => path.push_str(other),
        }
        before = segment;
    }
    path
}

/// The names of the ids in a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn read(resource: Resource, path: &str, components: &mut Components) -> Value {
    let ids = names(path).map(|name| {
        let mut parameter = id(name, components);
        parameter["example"] =
            json!(examples::id(name, gws_sms_fake::_cli_internals::fixture::embedded::SESSION));
        parameter
    });
    let mut parameters: Vec<Value> = ids.collect();
    parameters.extend(resource.parameters().map(query));
    let mut described = json!({
        "operationId": format!("read{resource:?}"),
        "summary": format!("Read {}", path.strip_prefix(PREFIX).unwrap_or(path)),
        "parameters": parameters,
        "responses": answers(Target::Read(resource), components),
    });
    if resource == Resource::Version {
        described["security"] = json!([]);
    }
    described
}

fn operate(family: Family, path: &str, components: &mut Components) -> Value {
    let ids = names(path).map(|name| {
        let mut parameter = id(name, components);
        let ids = operations(family).map(|operation| {
            let id = examples::id(name, example(operation).session);
            (operation.as_str().to_owned(), json!({ "value": id }))
        });
        parameter["examples"] = Value::Object(ids.collect());
        parameter
    });
    let parameters: Vec<Value> = ids.collect();
    let bodies = operations(family).map(|operation| {
        let reference = components.refer(operation.request_schema());
        (operation.as_str(), reference["$ref"].clone())
    });
    let mapping: Map<String, Value> =
        bodies.map(|(name, schema)| (name.to_owned(), schema)).collect();
    let of_body = operations(family).map(|operation| {
        (operation.as_str().to_owned(), json!({ "value": examples::body(operation) }))
    });
    let described =
        operations(family).map(|operation| (operation.as_str().to_owned(), about(operation)));
    let one_of: Vec<Value> = mapping.values().map(|schema| json!({ "$ref": schema })).collect();
    json!({
        "operationId": format!("operate{family:?}"),
        "summary": format!("Perform an operation on {}", path.strip_prefix(PREFIX).unwrap_or(path)),
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": {
                    "oneOf": one_of,
                    "discriminator": { "propertyName": "operationName", "mapping": mapping },
                },
                "examples": of_body.collect::<Map<_, _>>(),
            } },
        },
        "responses": answers(Target::Operate(family), components),
        "x-operations": described.collect::<Map<_, _>>(),
    })
}

/// Returns the description of an operation: its effect, its certainty, and the way to send its example.
fn about(operation: Operation) -> Value {
    let rule = operation.rule();
    let id = rule.id();
    let text = rule.text();
    let certainty = rule.certainty();
    let source = rule.source();
    let example = example(operation);
    json!({
        "summary": text,
        "x-rule": id,
        "x-certainty": certainty.as_str(),
        "source": source,
        "user": example.user.user_name,
        "before": before(&example),
        "only-with-capabilities-as-documented": !operation.has_page(),
    })
}

fn id(name: &str, components: &mut Components) -> Value {
    let schema = match name {
        "smssessionId" => components.refer("common.smssessionId"),
        "channel" | "section" => json!({ "type": "string", "pattern": "^[A-Za-z-]+$" }),
        _ => components.refer("common.userId"),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn query(parameter: &QueryParameter) -> Value {
    let QueryParameter { name, value, rule, .. } = parameter;
    let (schema, example) = match value {
        QueryValue::AllFields => (json!({ "const": "*" }), json!("*")),
        QueryValue::Subresources => {
            let one = format!("({})", SUBRESOURCES.join("|"));
            let pattern = format!("^(\\*|{one}(,{one})*)$");
            (json!({ "type": "string", "pattern": pattern }), json!("*"))
        }
        QueryValue::StartIndex => (whole_number(1), json!(1)),
        QueryValue::Count => (whole_number(0), json!(10)),
        QueryValue::Word(word) => (json!({ "const": word }), json!(word)),
    };
    json!({
        "name": name,
        "in": "query",
        "description": rule.text(),
        "schema": schema,
        "example": example,
        "x-rule": rule.id(),
        "x-certainty": rule.certainty().as_str(),
    })
}

fn whole_number(least: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": u32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_its_operations_have_it() {
        for (pattern, methods) in paths() {
            let families = methods.iter().filter_map(|(_, target)| match target {
                Target::Operate(family) => Some(family),
                _ => None,
            });
            families.for_each(|family| assert_eq!(template(pattern), family.path()));
        }
        assert_eq!(template("contacts/{}"), "/api/v2/contacts/{contactId}");
    }
}
