//! Each thing that can be wrong, in a contract of two files.

use serde_json::{Value, json};

use crate::documents::Documents;
use crate::lint::files::Files;
use crate::lint::lint;

/// A schema with these keywords, in the file `ring-request.json`.
fn schema(keywords: &Value) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://schemas.example/ring-request.json",
    });
    for (keyword, value) in keywords.as_object().unwrap() {
        schema[keyword] = value.clone();
    }
    schema
}

/// Compares what is found in that schema and these fixtures: place, what is there and what should be.
#[track_caller]
fn check_files(schema: &Value, fixtures: &[(&str, &Value)], expected: &[&str]) {
    let mut files = Files::default();
    files.add("schemas/ring-request.json".to_owned(), schema.to_string().as_bytes());
    for (path, value) in fixtures {
        files.add(format!("fixtures/{path}.json"), value.to_string().as_bytes());
    }
    let found: Vec<String> = lint(&files, &Documents::default(), |_| None)
        .iter()
        .map(|other| {
            let file = other.file.rsplit('/').next().unwrap();
            format!("{file} {} got {}, want {}; {}", other.place, other.got, other.want, other.hint)
        })
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check(keywords: &Value, expected: &[&str]) {
    check_files(&schema(keywords), &[], expected);
}

#[test]
fn a_schema_that_is_well_written_has_no_finding() {
    let keywords = json!({
        "type": "object",
        "properties": { "tone": { "$ref": "#/$defs/tone" }, "data": { "type": "object", "x-open": "Of the customer." } },
        "additionalProperties": false,
        "$defs": { "tone": { "enum": ["high", "low"] } },
    });
    let [high, low] = ["high", "low"].map(|tone| json!({ "tone": tone }));
    let wrong = json!({ "at": "/tone", "value": { "tone": "flat" } });
    let fixtures = [
        ("requests/ring", &high),
        ("valid/ring-request/low", &low),
        ("invalid/ring-request/flat", &wrong),
    ];
    check_files(&schema(&keywords), &fixtures, &[]);
}

#[test]
fn a_keyword_that_is_none_is_found_by_the_meta_schema() {
    check(
        &json!({ "type": "objekt" }),
        &[
            "ring-request.json /type got \"objekt\" is not valid under any of the schemas listed in the 'anyOf' keyword, \
           want a schema; write the keyword as JSON Schema 2020-12 has it",
        ],
    );
}

#[test]
fn a_schema_is_of_the_dialect_and_named_by_its_file() {
    check_files(
        &json!({ "$id": "https://schemas.example/ring.json" }),
        &[],
        &[
            "ring-request.json /$id got \"https://schemas.example/ring.json\", \
             want an address that ends with /ring-request.json; \
             name the schema by its file, so that references to the file find it",
            "ring-request.json /$schema got nothing, \
             want \"https://json-schema.org/draft/2020-12/schema\"; schemas of other dialects are not read",
        ],
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_told_what_was_meant() {
    check(
        &json!({ "$ref": "#/$defs/tune", "$defs": { "tone": true } }),
        &[
            "ring-request.json /$defs/tone got a definition that nothing refers to, want one that is used; \
             refer to it, or leave it out",
            "ring-request.json /$ref got \"#/$defs/tune\", which leads nowhere, want a file and a JSON pointer into it; \
             did you mean \"#/$defs/tone\"?",
        ],
    );
    check(
        &json!({ "items": { "$ref": "ring-reqest.json" } }),
        &["ring-request.json /items/$ref got \"ring-reqest.json\", which leads nowhere, \
           want a file and a JSON pointer into it; did you mean \"ring-request.json#\"?"],
    );
}

#[test]
fn what_looks_like_a_reference_in_a_value_is_none() {
    check(&json!({ "const": { "$ref": "nowhere.json", "type": "object" } }), &[]);
}

#[test]
fn an_object_is_closed_or_says_why_not() {
    let hint = "add \"additionalProperties\": false, or \"x-open\" with the reason";
    let want = "want a closed object";
    let words = "additionalProperties, unevaluatedProperties";
    check(
        &json!({ "items": { "type": ["object", "null"] } }),
        &[&format!("ring-request.json /items got an object without {words}, {want}; {hint}")],
    );
    check(
        &json!({ "type": "object", "additionalProperties": true }),
        &[&format!("ring-request.json  got additionalProperties that is true, {want}; {hint}")],
    );
    check(
        &json!({ "type": "object", "x-open": true }),
        &[
            "ring-request.json  got true, want a reason in words; say in x-open why the object is open",
        ],
    );
    check(
        &json!({ "type": "object", "x-open": "Of the customer.", "additionalProperties": false }),
        &["ring-request.json  got x-open, want an object that is open; leave x-open out"],
    );
}

/// Fields make an object of it, whether it says so or not; and a pattern says nothing of the fields beside it.
#[test]
fn what_has_fields_is_an_object() {
    let of = |place: &str| {
        format!(
            "ring-request.json {place} got an object without additionalProperties, unevaluatedProperties, \
             want a closed object; add \"additionalProperties\": false, or \"x-open\" with the reason"
        )
    };
    let tone = json!({ "properties": { "tone": { "type": "string" } } });
    check(&tone, &[&of("")]);
    check(&json!({ "patternProperties": { "^x-": true } }), &[&of("")]);
    check(&json!({ "type": "object", "patternProperties": { "^x-": true } }), &[&of("")]);
    check(&json!({ "oneOf": [tone, { "type": "string" }] }), &[&of("/oneOf/0")]);
    check(&json!({ "items": { "if": tone, "then": tone } }), &[&of("/items/then")]);
    check(&json!({ "type": "string", "properties": {} }), &[]);
    check(&json!({ "patternProperties": { "^x-": true }, "additionalProperties": false }), &[]);
}

/// A keyword next to the object opens nothing, and an object that is closed already must not be closed again.
#[test]
fn what_is_said_of_an_object_in_parts_is_one_object() {
    let tone = json!({ "properties": { "tone": { "type": "string" } } });
    let mut part = tone.clone();
    part["type"] = json!("object");
    check(
        &json!({
            "type": "object", "unevaluatedProperties": false, "allOf": [tone, part],
            "if": tone, "then": tone, "else": { "not": part }, "dependentSchemas": { "tone": tone },
        }),
        &[],
    );
    check(
        &json!({ "additionalProperties": false, "allOf": [{ "properties": { "tone": tone } }] }),
        &[
            "ring-request.json /allOf/0/properties/tone got an object without additionalProperties, unevaluatedProperties, \
             want a closed object; add \"additionalProperties\": false, or \"x-open\" with the reason",
        ],
    );
    check(&json!({ "$ref": "#/$defs/tone", "properties": {}, "$defs": { "tone": true } }), &[]);
}

/// A ring of definitions holds itself and nothing else.
#[test]
fn a_definition_that_only_its_own_kind_refers_to_is_not_used() {
    let unused = |name: &str| {
        format!(
            "ring-request.json /$defs/{name} got a definition that nothing refers to, want one that is used; \
             refer to it, or leave it out"
        )
    };
    let list = |of: &str| json!({ "items": { "$ref": format!("#/$defs/{of}") } });
    let keywords = json!({
        "items": { "$ref": "ring-request.json#/$defs/used/items" },
        "$defs": { "used": list("usedBelow"), "usedBelow": list("used"), "a": list("b"), "b": list("a"), "self": list("self") },
    });
    check(&keywords, &[&unused("a"), &unused("b"), &unused("self")]);
}

/// Schemas that are built in go by one that takes the place of theirs.
#[test]
fn a_definition_that_others_refer_to_is_used() {
    let schema = schema(&json!({ "$defs": { "tone": true } }));
    let mut files = Files::default();
    files.add("schemas/ring-request.json".to_owned(), schema.to_string().as_bytes());
    let mut others = Documents::default();
    others.add("bell", json!({ "$ref": "ring-request.json#/$defs/tone" }));
    assert_eq!(lint(&files, &others, |_| None), []);
}

#[test]
fn each_value_of_an_enumeration_has_a_fixture_or_a_reason() {
    let of = |tone: Value| {
        schema(&json!({ "properties": { "tone": tone }, "additionalProperties": false }))
    };
    let high = json!({ "tone": "high" });
    let fixtures = [("requests/ring", &high)];
    check_files(
        &of(json!({ "enum": ["high", "low"] })),
        &fixtures,
        &[
            "ring-request.json /properties/tone got no fixture with \"low\", want one of each value; \
           add one to fixtures/, or \"x-without-fixture\" with the reason",
        ],
    );
    let reason = json!({ "enum": ["high", "low"], "x-without-fixture": "No client rings low." });
    check_files(&of(reason), &fixtures, &[]);
    let needless = json!({ "enum": ["high"], "x-without-fixture": "No client rings." });
    check_files(
        &of(needless),
        &fixtures,
        &[
            "ring-request.json /properties/tone got x-without-fixture, and a fixture of each value, \
           want one of the two; leave x-without-fixture out",
        ],
    );
}

/// A fixture in one branch says nothing of an enumeration in another.
#[test]
fn a_value_counts_in_the_branch_that_is_meant() {
    let branch = |kind: &str| json!({ "properties": { "kind": { "const": kind }, "tone": { "enum": ["high"] } }, "additionalProperties": false });
    let schema = schema(&json!({ "oneOf": [branch("bell"), branch("horn")] }));
    let bell = json!({ "kind": "bell", "tone": "high" });
    check_files(
        &schema,
        &[("requests/ring", &bell)],
        &[
            "ring-request.json /oneOf/1/properties/tone got no fixture with \"high\", want one of each value; \
           add one to fixtures/, or \"x-without-fixture\" with the reason",
        ],
    );
}

#[test]
fn what_should_pass_passes_and_what_should_fail_fails_where_it_says() {
    let schema = schema(&json!({
        "properties": { "tone": { "type": "string" }, "tune": true }, "additionalProperties": false,
    }));
    let wrong = json!({ "tone": 7 });
    check_files(
        &schema,
        &[("valid/ring-request/seven", &wrong)],
        &["seven.json /tone got 7, want string; send a value of that type"],
    );
    let value =
        |at: &str, rule: &str, value: Value| json!({ "at": at, "rule": rule, "value": value });
    check_files(
        &schema,
        &[(
            "invalid/ring-request/high",
            &value("/tone", "parameter-value", json!({ "tone": "high" })),
        )],
        &[
            "high.json /value got a value that conforms, want a departure from ring-request at /tone; \
           make the schema stricter, or the fixture wrong where it says",
        ],
    );
    check_files(
        &schema,
        &[("invalid/ring-request/there", &value("/tune", "parameter-value", wrong.clone()))],
        &[
            "there.json /value got departures at /tone, want a departure from ring-request at /tune; \
           make the schema stricter, or the fixture wrong where it says",
        ],
    );
    check_files(
        &schema,
        &[("invalid/ring-request/rule", &value("/tone", "unknown-field", wrong.clone()))],
        &["rule.json /rule got \"unknown-field\", want parameter-value; \
           name the rule that is broken, or name it in the schema with x-rule"],
    );
    check_files(
        &schema,
        &[("invalid/ring-request/bare", &wrong)],
        &["bare.json  got {\"tone\":7}, want an object with at, rule and value; \
           say in at, a JSON pointer, where the value must fail"],
    );
}

#[test]
fn a_fixture_has_a_schema_and_a_folder_that_says_which() {
    let schema = schema(&json!({}));
    let value = json!({});
    check_files(
        &schema,
        &[("valid/sing-request/high", &value), ("rings/high", &value)],
        &[
            "high.json  got a fixture in the folder \"rings\", want one of agent-states, answers, invalid, notifications, \
             requests, resources, scenarios, smssessions, users, valid; move it into one of them",
            "high.json  got no schema sing-request, want one to hold it against; \
             write the schema, or move the fixture",
        ],
    );
}

#[test]
fn a_file_that_is_no_strict_json_is_told_with_its_line() {
    let mut files = Files::default();
    files.add("schemas/ring-request.json".to_owned(), b"{\n  \"type\": object\n}");
    files.add("fixtures/requests/sing.json".to_owned(), b"{\"a\": 1, \"a\": 2}");
    let found = lint(&files, &Documents::default(), |_| None);
    let said: Vec<String> = found
        .iter()
        .map(|diagnostic| format!("{} {}", diagnostic.file, diagnostic.place))
        .collect();
    let expected = [
        "fixtures/requests/sing.json ",
        "fixtures/requests/sing.json /a",
        "schemas/ring-request.json line 2 column 11",
    ];
    assert_eq!(said, expected);
}
