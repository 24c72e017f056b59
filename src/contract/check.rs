//! The comparison of a value with a schema, in words.
//!
//! Rules: the schema names the rule of a property in its annotation `x-rule`; without one, unknown-field and
//! parameter-value; always parameter-missing and parameter-empty.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};

use crate::contract::json::below;
use crate::contract::schemas::{self, Among};
use crate::contract::secrets::hidden;
use crate::rules::{self, Rule, Violation, nearest, rule};

/// The text of a diagnostic's want if the schema has no such field.
pub(crate) const NO_SUCH_FIELD: &str = "no such field";
/// The place of a diagnostic that is about the whole value.
pub(crate) const WHOLE: &str = "the whole value";

/// The violations of the schema of that name in `value`; none for a name that has no schema.
pub fn check(schema: &str, value: &Value) -> Vec<Violation> {
    check_in(schemas::built_in(), schema, value)
}

/// As [`check`], for a schema among others than those of this crate.
pub fn check_in(schemas: &Among<'_>, name: &str, value: &Value) -> Vec<Violation> {
    if !schemas.can_check(name, value) {
        return vec![too_costly(name)];
    }
    if schemas.accepts(name, value) {
        return Vec::new();
    }
    let Some((schema, validator)) = schemas.with_validator(name) else { return Vec::new() };
    departures(validator, schema.document(), value)
}

/// The violations in `value` of a schema that has been compiled.
pub fn departures(validator: &Validator, schema: &Value, value: &Value) -> Vec<Violation> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for error in validator.iter_errors(value) {
        describe(&error, schema, &mut found);
    }
    found
}

/// Tells if a value conforms to the schema of that name.
pub(crate) fn conforms(schemas: &Among<'_>, name: &str, value: &Value) -> bool {
    let is_valid = |(_, validator): (_, &Validator)| validator.is_valid(value);
    schemas.can_check(name, value)
        && (schemas.accepts(name, value) || schemas.with_validator(name).is_some_and(is_valid))
}

/// The note about a value that is not held against its schema: the schema is to blame, not the client.
pub fn too_costly(name: &str) -> Violation {
    let want = format!(
        "a value that can be checked against {name}.json, and the schemas that it refers to, within a bounded number of steps"
    );
    let hint = "a schema of the custom contract refers to itself more than once for the same value, so that each level doubles the steps: \
        merge these references, or nest the value less";
    let got = "a value that is nested too deep for it";
    Violation::new(const { rule("schema-recursion") }, WHOLE, got, want).hint(hint).note()
}

/// A JSON value for a message: cut in the middle when it is long.
pub fn brief(value: &Value) -> String {
    let text = value.to_string();
    // Before it is cut: behind a cut nobody sees of what it was the value.
    cut(&hidden(&text), 80)
}

/// A text cut in the middle when it is longer than `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most / 2).collect();
    let tail: String = text.chars().skip(length - most / 2).collect();
    format!("{head}…{tail}")
}

fn describe(error: &ValidationError<'_>, schema: &Value, found: &mut Vec<Violation>) {
    let place = error.instance_path().as_str();
    let broken = named_rule(error, schema);
    let value = |want: String| {
        let rule = broken.unwrap_or(const { rule("parameter-value") });
        Violation::new(rule, shown(place), brief(error.instance()), want)
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for field in unexpected {
                found.push(unknown_field(error, schema, field));
            }
        }
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let rule = const { rule("parameter-missing") };
            let violation = Violation::new(rule, below(place, property), "nothing", "a value");
            found.push(violation.hint(format!("send {property}")));
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            // Null is as if it were absent, and nothing to send.
            let options = || options.iter().filter(|option| !option.is_null());
            let names = options().map(brief).collect::<Vec<_>>().join(", ");
            let got = error.instance().as_str().unwrap_or_default();
            let meant = nearest(got, options().filter_map(Value::as_str));
            found.push(value(format!("one of {names}")).hint(match meant {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "send one of them, letter by letter".to_owned(),
            }));
        }
        ValidationErrorKind::Constant { expected_value } => {
            found.push(value(brief(expected_value)).hint("send it letter by letter"));
        }
        ValidationErrorKind::Type { kind } => {
            let kind = kind_name(kind);
            let object = if kind == "string" { error.instance().as_object() } else { None };
            let inside = object.and_then(only_text);
            found.push(value(kind).hint(match inside {
                Some(text) => format!("send {text} by itself, without an object around it"),
                None => "send a value of that type".to_owned(),
            }));
        }
        ValidationErrorKind::Minimum { limit } => {
            found.push(value(format!("at least {limit}")).hint("send a larger one"));
        }
        ValidationErrorKind::Maximum { limit } => {
            found.push(value(format!("at most {limit}")).hint("send a smaller one"));
        }
        ValidationErrorKind::Pattern { pattern } => {
            let violation = value(format!("text of the form {pattern}"));
            found.push(violation.hint("send a value of that form"));
        }
        ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MinItems { .. } => {
            let rule = const { rule("parameter-empty") };
            let violation =
                Violation::new(rule, shown(place), brief(error.instance()), "something in it");
            found.push(violation.hint("leave it out, or send something"));
        }
        ValidationErrorKind::FalseSchema => {
            let rule = broken.unwrap_or(const { rule("unknown-field") });
            let violation =
                Violation::new(rule, shown(place), brief(error.instance()), NO_SUCH_FIELD);
            found.push(violation.hint("leave it out"));
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            for nearer in nearest_branch(context) {
                describe(nearer, schema, found);
            }
        }
        _ => found.push(value(error.to_string()).hint("see the schema")),
    }
}

/// The branch of a `oneOf` that was meant: the one whose constants fit, and of those the one with the fewest errors.
fn nearest_branch<'a>(
    branches: &'a [Vec<ValidationError<'static>>],
) -> &'a [ValidationError<'static>] {
    let other_kind = |error: &&ValidationError<'_>| {
        matches!(
            error.kind(),
            ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. }
        )
    };
    let distance = |errors: &&Vec<ValidationError<'_>>| {
        (errors.iter().filter(other_kind).count(), errors.len())
    };
    branches.iter().min_by_key(distance).map(Vec::as_slice).unwrap_or_default()
}

/// The greatest number of fields that a hint lists.
const LISTED: usize = 8;

fn unknown_field(error: &ValidationError<'_>, schema: &Value, field: &str) -> Violation {
    let place = below(error.instance_path().as_str(), field);
    let got = error.instance().get(field).map(brief).unwrap_or_default();
    let violation = Violation::new(const { rule("unknown-field") }, place, got, NO_SUCH_FIELD);
    let known =
        owner(error, schema).and_then(|owner| owner.get("properties")).and_then(Value::as_object);
    let known = || known.into_iter().flat_map(|known| known.keys().map(String::as_str));
    let inside = error.instance().get(field).and_then(Value::as_object);
    let within = known().find(|name| inside.is_some_and(|inside| inside.contains_key(*name)));
    violation.hint(match (nearest(field, known()), within) {
        (Some(nearest), _) => format!("did you mean \"{nearest}\"?"),
        (None, Some(within)) => format!("send \"{within}\" without an object around it"),
        (None, None) => {
            let given = error.instance().as_object();
            let is_free = |name: &&str| given.is_none_or(|given| !given.contains_key(*name));
            match known().filter(is_free).collect::<Vec<_>>().as_slice() {
                others @ [_, ..] if others.len() <= LISTED => {
                    format!("leave it out, or send another field: {}", others.join(", "))
                }
                _ => "leave it out".to_owned(),
            }
        }
    })
}

/// The text that is all there is in an object, as JSON.
fn only_text(object: &Map<String, Value>) -> Option<String> {
    let mut values = object.values();
    let only = values.next().filter(|value| value.is_string() && object.len() == 1)?;
    Some(brief(only))
}

/// The part of the document that holds the keyword which failed, where no `$ref` leads out of the document.
fn owner<'a>(error: &ValidationError<'_>, schema: &'a Value) -> Option<&'a Value> {
    let path = error.evaluation_path().as_str();
    let (owner, _) = path.rsplit_once('/')?;
    schema.pointer(owner)
}

/// The rule that the document names nearest above the keyword which failed.
fn named_rule(error: &ValidationError<'_>, schema: &Value) -> Option<&'static Rule> {
    let mut place = schema;
    let mut named = None;
    for segment in error.evaluation_path().as_str().split('/').skip(1) {
        let Some(below) = place.pointer(&format!("/{segment}")) else { break };
        place = below;
        named = place.get("x-rule").and_then(Value::as_str).or(named);
    }
    named.and_then(rules::of_id)
}

fn kind_name(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            // Null is as if it were absent, and nothing to send.
            let kinds = kinds.iter().map(|kind| kind.to_string()).filter(|kind| kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
    }
}

fn shown(pointer: &str) -> String {
    if pointer.is_empty() { WHOLE.to_owned() } else { pointer.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(schema: &str, value: &Value) -> String {
        let line = |violation: Violation| {
            let hint = violation.hint.unwrap_or_default();
            format!(
                "{} {} got {} want {}; {hint}",
                violation.rule.id, violation.place, violation.got, violation.want
            )
        };
        check(schema, value).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_request_that_conforms_has_nothing_to_report() {
        for mode in ["Monitor", "Coach", "BargeIn"] {
            let request = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
            assert_eq!(report("intrude-request", &request), "");
        }
        assert_eq!(report("intrude-request", &json!({ "operationName": "Intrude" })), "");
    }

    #[test]
    fn a_mode_in_lower_case_is_named_with_what_was_meant() {
        let request = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
        assert_eq!(
            report("intrude-request", &request),
            "intrude-mode /supervisorVisibilityMode got \"monitor\" \
             want one of \"Monitor\", \"Coach\", \"BargeIn\"; did you mean \"Monitor\"?"
        );
    }

    #[test]
    fn a_mode_that_is_no_string_breaks_the_same_rule() {
        let request = json!({ "operationName": "Intrude", "supervisorVisibilityMode": 7 });
        assert_eq!(
            report("intrude-request", &request),
            "intrude-mode /supervisorVisibilityMode got 7 \
             want one of \"Monitor\", \"Coach\", \"BargeIn\"; send one of them, letter by letter"
        );
    }

    #[test]
    fn null_in_an_optional_parameter_is_taken_and_not_named_among_what_is_wanted() {
        let request = json!({ "operationName": "Transfer", "queueName": "Parcels", "text": null });
        assert_eq!(report("transfer-request", &request), "");
        let request =
            json!({ "operationName": "Transfer", "queueName": 7, "text": "x", "treatAs": 7 });
        assert_eq!(
            report("transfer-request", &request).replace("\n", " | "),
            "transfer-queue-name /queueName got 7 want string; send a value of that type | \
             transfer-treat-as /treatAs got 7 want one of \"Normal\", \"System\"; \
             send one of them, letter by letter"
        );
    }

    #[test]
    fn what_stands_in_an_object_that_is_too_much_is_named() {
        let inside = json!({ "supervisorVisibilityMode": "Coach" });
        let request = json!({ "operationName": "Intrude", "parameters": inside });
        assert_eq!(
            report("intrude-request", &request),
            "unknown-field /parameters got {\"supervisorVisibilityMode\":\"Coach\"} \
             want no such field; send \"supervisorVisibilityMode\" without an object around it"
        );
        for (channel, hint) in [
            (
                json!({ "channel": "voice" }),
                "send \"voice\" by itself, without an object around it",
            ),
            (json!({ "channel": "voice", "state": "Ready" }), "send a value of that type"),
            (json!(7), "send a value of that type"),
        ] {
            let name = "StartContactCenterSession";
            let request = json!({ "operationName": name, "channels": ["email", channel] });
            assert_eq!(
                report("start-contact-center-session-request", &request),
                format!("contact-center-channels /channels/1 got {channel} want string; {hint}")
            );
        }
    }

    #[test]
    fn an_unknown_field_is_named_with_the_nearest_one() {
        let request = json!({ "operationName": "Intrude", "supervisorVisibiltyMode": "Coach" });
        assert_eq!(
            report("intrude-request", &request),
            "unknown-field /supervisorVisibiltyMode got \"Coach\" want no such field; \
             did you mean \"supervisorVisibilityMode\"?"
        );
    }

    #[test]
    fn a_parameter_of_another_type_is_named() {
        let request = json!({ "operationName": "Accept", "nickname": 7, "saveLAR": "yes" });
        assert_eq!(
            report("accept-request", &request),
            "accept-nickname /nickname got 7 want string; send a value of that type\n\
             accept-save-lar /saveLAR got \"yes\" want boolean; send a value of that type"
        );
    }
}
