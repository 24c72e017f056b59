//! Each kind of change, and whom it breaks.

use gws_sms_fake::_cli_internals::contract::schemas;
use serde_json::{Value, json};

use crate::diff::{SchemaChange, diff};
use crate::documents::Documents;

fn documents(schemas: &[(&str, &Value)]) -> Documents {
    let mut documents = Documents::default();
    for (name, schema) in schemas {
        documents.add(name, (*schema).clone());
    }
    documents
}

fn changes(name: &str, old: &Value, new: &Value) -> Vec<SchemaChange> {
    diff(&documents(&[(name, old)]), &documents(&[(name, new)]))
}

/// Compares the kinds of the changes, their places, and whether each breaks a client that sends, and one that receives.
#[track_caller]
fn check(old: &Value, new: &Value, expected: &[&str]) {
    let requests = changes("ring-request", old, new);
    let responses = changes("ring-response", old, new);
    let mut found: Vec<String> = Vec::new();
    for change in &requests {
        let same =
            |other: &&SchemaChange| (other.kind, &other.place) == (change.kind, &change.place);
        let response = responses.iter().filter(same).any(|response| response.breaking);
        let breaks = match (change.breaking, response) {
            (true, true) => "breaks both",
            (true, false) => "breaks senders",
            (false, true) => "breaks receivers",
            (false, false) => "breaks nobody",
        };
        found.push(format!("{} {} {breaks}", change.place, change.kind));
    }
    found.sort();
    assert_eq!(found, expected);
}

/// A change is the reverse of the reverse change.
#[track_caller]
fn check_both_ways(old: &Value, new: &Value, there: &[&str], back: &[&str]) {
    check(old, new, there);
    check(new, old, back);
}

#[test]
fn what_says_the_same_is_no_change() {
    let schema = json!({ "title": "One", "type": "object", "x-rule": "a", "enum": [1, "b"] });
    let other =
        json!({ "title": "Other", "type": ["object"], "$comment": "x", "enum": ["b", 1.0] });
    check(&schema, &other, &[]);
}

#[test]
fn a_keyword_at_its_default_value_is_no_change() {
    let types = ["array", "boolean", "null", "number", "object", "string"];
    for (schema, defaults) in [
        (json!({ "type": "string" }), json!({ "minLength": 0 })),
        (json!({ "type": "string" }), json!({ "minLength": 0.0 })),
        (json!({ "type": "array" }), json!({ "minItems": 0, "uniqueItems": false, "items": true })),
        (json!({ "contains": { "const": 1 } }), json!({ "minContains": 1 })),
        (json!({ "type": "array" }), json!({ "minContains": 3, "maxContains": 4 })),
        (
            json!({ "type": "object" }),
            json!({
                "minProperties": 0, "required": [], "properties": {}, "patternProperties": {},
                "additionalProperties": true, "propertyNames": {}, "dependentRequired": {},
                "dependentSchemas": { "a": true },
            }),
        ),
        (json!({}), json!({ "type": types, "not": false, "unevaluatedProperties": true })),
    ] {
        let mut more = schema.clone();
        more.as_object_mut().unwrap().extend(defaults.as_object().unwrap().clone());
        check_both_ways(&schema, &more, &[], &[]);
    }
}

#[test]
fn a_keyword_that_leaves_its_default_value_is_a_change() {
    check_both_ways(
        &json!({ "minLength": 0 }),
        &json!({ "minLength": 1 }),
        &["/minLength limit tightened breaks senders"],
        &["/minLength limit loosened breaks receivers"],
    );
    check_both_ways(
        &json!({ "not": false }),
        &json!({ "not": { "const": 1 } }),
        &["/not condition added breaks senders"],
        &["/not condition removed breaks receivers"],
    );
}

#[test]
fn required_properties() {
    check_both_ways(
        &json!({ "required": ["a"] }),
        &json!({ "required": ["a", "b"] }),
        &["/required property required now breaks senders"],
        &["/required property no longer required breaks receivers"],
    );
}

/// A new property breaks clients or not, depending on the values that were allowed in its place.
#[test]
fn properties() {
    let closed = |names: Value| json!({ "properties": names, "additionalProperties": false });
    check_both_ways(
        &closed(json!({})),
        &closed(json!({ "a": { "type": "string" } })),
        &["/properties/a property added breaks receivers"],
        &["/properties/a property removed breaks senders"],
    );
    check_both_ways(
        &json!({}),
        &json!({ "properties": { "a": { "type": "string" } } }),
        &["/properties/a property added breaks senders"],
        &["/properties/a property removed breaks receivers"],
    );
    check(
        &json!({}),
        &json!({ "properties": { "a": true } }),
        &["/properties/a property added breaks nobody"],
    );
    check(
        &json!({ "patternProperties": { "^a": true } }),
        &json!({ "patternProperties": { "^a": true }, "properties": { "a": true } }),
        &["/properties/a property added breaks both"],
    );
}

#[test]
fn closed_and_opened() {
    check_both_ways(
        &json!({ "additionalProperties": { "type": "string" } }),
        &json!({ "additionalProperties": false }),
        &["/additionalProperties closed breaks senders"],
        &["/additionalProperties opened breaks receivers"],
    );
}

#[test]
fn types() {
    check_both_ways(
        &json!({ "type": "integer" }),
        &json!({ "type": "number" }),
        &["/type type widened breaks receivers"],
        &["/type type narrowed breaks senders"],
    );
    let both = ["/type type narrowed breaks senders", "/type type widened breaks receivers"];
    check(&json!({ "type": "string" }), &json!({ "type": "array" }), &both);
    check(&json!({}), &json!({ "type": "string" }), &["/type type narrowed breaks senders"]);
}

#[test]
fn values() {
    check_both_ways(
        &json!({ "const": "a" }),
        &json!({ "enum": ["a", "b"] }),
        &["/enum value added breaks receivers"],
        &["/const value removed breaks senders"],
    );
    check_both_ways(
        &json!({}),
        &json!({ "enum": ["a"] }),
        &["/enum values listed now breaks senders"],
        &["/enum values no longer listed breaks receivers"],
    );
}

#[test]
fn limits_and_forms() {
    for (keyword, looser, stricter) in [("minimum", 1, 2), ("maxLength", 9, 8), ("minItems", 0, 1)]
    {
        let place = format!("/{keyword} limit");
        check_both_ways(
            &json!({ keyword: looser }),
            &json!({ keyword: stricter }),
            &[&format!("{place} tightened breaks senders")],
            &[&format!("{place} loosened breaks receivers")],
        );
    }
    check_both_ways(
        &json!({}),
        &json!({ "uniqueItems": true }),
        &["/uniqueItems limit tightened breaks senders"],
        &["/uniqueItems limit loosened breaks receivers"],
    );
    check_both_ways(
        &json!({}),
        &json!({ "pattern": "a" }),
        &["/pattern form demanded now breaks senders"],
        &["/pattern form no longer demanded breaks receivers"],
    );
    check(
        &json!({ "pattern": "a" }),
        &json!({ "pattern": "b" }),
        &["/pattern another form demanded breaks both"],
    );
}

#[test]
fn items_and_what_is_not_so() {
    let integer = json!({ "type": "integer" });
    let number = json!({ "type": "number" });
    check(
        &json!({ "items": integer }),
        &json!({ "items": number }),
        &["/items/type type widened breaks receivers"],
    );
    check(
        &json!({ "not": integer }),
        &json!({ "not": number }),
        &["/not/type type widened breaks senders"],
    );
    check_both_ways(
        &json!({}),
        &json!({ "not": number }),
        &["/not condition added breaks senders"],
        &["/not condition removed breaks receivers"],
    );
    check(
        &json!({ "prefixItems": [integer] }),
        &json!({ "prefixItems": [integer, number] }),
        &["/prefixItems change that cannot be judged breaks both"],
    );
}

#[test]
fn branches() {
    let a = json!({ "const": "a" });
    let b = json!({ "const": "b" });
    for (keyword, added, removed) in [
        ("anyOf", "breaks receivers", "breaks senders"),
        ("oneOf", "breaks receivers", "breaks senders"),
        ("allOf", "breaks senders", "breaks receivers"),
    ] {
        check_both_ways(
            &json!({ keyword: [a] }),
            &json!({ keyword: [b, a] }),
            &[&format!("/{keyword}/0 branch added {added}")],
            &[&format!("/{keyword}/0 branch removed {removed}")],
        );
    }
    // Both may fit: what fits the new branch may fit none exactly any more.
    let some = json!({ "type": "string" });
    check(
        &json!({ "oneOf": [a] }),
        &json!({ "oneOf": [a, some] }),
        &["/oneOf/1 branch added breaks both"],
    );
}

#[test]
fn conditions() {
    let with = |condition: Value, then: Value| json!({ "if": condition, "then": then });
    let a = json!({ "const": "a" });
    let b = json!({ "const": "b" });
    check_both_ways(
        &json!({}),
        &with(a.clone(), b.clone()),
        &["/if condition added breaks senders"],
        &["/if condition removed breaks receivers"],
    );
    check(
        &with(a.clone(), b.clone()),
        &with(b.clone(), b.clone()),
        &["/if condition changed breaks both"],
    );
    check(
        &with(a.clone(), b),
        &with(a, json!(true)),
        &["/then/const values no longer listed breaks receivers"],
    );
    check(
        &json!({ "dependentRequired": { "a": ["b"] } }),
        &json!({ "dependentRequired": { "a": ["b", "c"] } }),
        &["/dependentRequired/a property required now breaks senders"],
    );
}

#[test]
fn what_is_not_known_cannot_be_judged() {
    let kind = "change that cannot be judged breaks both";
    check(&json!({}), &json!({ "$dynamicRef": "#a" }), &[&format!("/$dynamicRef {kind}")]);
    let open = json!({ "unevaluatedProperties": false });
    let mut named = open.clone();
    named["properties"] = json!({ "a": true });
    check(&open, &open, &[]);
    check(
        &open,
        &named,
        &["/properties/a property added breaks nobody", &format!("/unevaluatedProperties {kind}")],
    );
}

/// A change in a schema that others refer to stands once, with the direction of each that it reaches.
#[test]
fn references_are_followed_and_the_direction_is_that_of_the_message() {
    let refers = json!({ "items": { "$ref": "shared.json#/$defs/tone" } });
    let shared = |tones: Value| json!({ "$defs": { "tone": { "enum": tones } } });
    let of = |shared: Value| {
        documents(&[("shared", &shared), ("ring-request", &refers), ("ring-response", &refers)])
    };
    let found = diff(&of(shared(json!(["a"]))), &of(shared(json!(["a", "b"]))));
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "breaking: shared.json#/$defs/tone/enum: value added: was [\"a\"], is \"b\" \
             (response: ring-response)",
            "not breaking: shared.json#/$defs/tone/enum: value added: was [\"a\"], is \"b\" \
             (request: ring-request)",
        ]
    );
    // In another place it is the same.
    let inline = json!({ "items": { "enum": ["a"] } });
    let old = documents(&[("ring-request", &inline)]);
    let new = documents(&[("shared", &shared(json!(["a"]))), ("ring-request", &refers)]);
    assert_eq!(diff(&old, &new), []);
}

#[test]
fn a_schema_that_refers_to_itself_comes_to_an_end() {
    let tree = json!({
        "type": "object",
        "properties": { "child": { "$ref": "#" } },
        "additionalProperties": { "$ref": "#" },
    });
    assert_eq!(changes("ring-request", &tree, &tree), []);
    let found = changes("ring-request", &json!({}), &tree);
    assert!(found.iter().any(|change| change.kind == "type narrowed" && change.breaking));
    let ever = json!({ "$ref": "#" });
    assert_eq!(changes("ring-request", &ever, &ever), []);
}

#[test]
fn schemas_come_and_go() {
    let none = Documents::default();
    let schema = json!({});
    for (name, added) in
        [("ring-request", false), ("ring-response", false), ("ring-notification", true)]
    {
        let some = documents(&[(name, &schema)]);
        let breaking = |changes: Vec<SchemaChange>| {
            changes.into_iter().map(|change| change.breaking).collect()
        };
        let [there, back]: [Vec<bool>; 2] = [diff(&none, &some), diff(&some, &none)].map(breaking);
        assert_eq!((there, back), (vec![added], vec![true]), "{name}");
    }
}

/// The schemas that are built in do not differ from themselves, and every keyword that they use is known.
#[test]
fn the_own_schemas_are_unchanged_and_known() {
    let mut own = Documents::default();
    for (name, document) in schemas::all() {
        own.add(name, document.clone());
    }
    assert_eq!(diff(&own, &own), []);
    let mut changed = own.clone();
    let mut common = own.get("common").unwrap().clone();
    common["$defs"]["state"]["enum"].as_array_mut().unwrap().push(json!("Ringing"));
    changed.add("common", common);
    let found = diff(&own, &changed);
    let fixtures = found.iter().find(|change| change.direction == "request").unwrap();
    assert!(!fixtures.breaking && fixtures.of.contains(&"smssession-fixture".to_owned()));
    let push_change = found.iter().find(|change| change.direction == "notification").unwrap();
    assert!(
        push_change.breaking && push_change.of == ["smssession-state-change-notification"],
        "{push_change}"
    );
}
