//! Any two small schemas: what is said not to break takes nothing away from who sends, and gives nothing new to who receives.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use crate::diff::diff;
use crate::documents::{Documents, compile};

/// Values small enough that many of them conform to a schema of the same making.
fn value() -> impl Strategy<Value = Value> {
    let small = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..3i32).prop_map(Value::from),
        prop_oneof![Just(""), Just("a"), Just("ab"), Just("b")].prop_map(Value::from),
        Just(json!(1.0)),
        Just(json!(0.5)),
    ];
    small.prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

/// One keyword with what it says.
fn keyword(inner: BoxedStrategy<Value>) -> BoxedStrategy<(String, Value)> {
    let number = (0..3u32).prop_map(Value::from);
    let name = prop_oneof![Just("a"), Just("b")].prop_map(Value::from);
    let kind = ["null", "boolean", "integer", "number", "string", "array", "object"];
    let kind = prop::sample::select(kind.to_vec());
    let with = |name: &'static [&'static str], of: BoxedStrategy<Value>| {
        (prop::sample::select(name.to_vec()), of)
            .prop_map(|(name, value)| (name.to_owned(), value))
            .boxed()
    };
    let limits: &'static [&'static str] = &[
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ];
    let list = prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from).boxed();
    let by_name = prop::collection::btree_map("[ab]", inner.clone(), 0..3)
        .prop_map(|pairs| pairs.into_iter().collect::<Value>())
        .boxed();
    let names = prop::collection::btree_set("[ab]", 0..3)
        .prop_map(|name| name.into_iter().collect::<Value>())
        .boxed();
    let dependent = names.clone().prop_map(|name| json!({ "a": name })).boxed();
    let branch = ("[ab]", inner.clone()).prop_map(|(says, of_b)| {
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "const": says }, "b": of_b } })
    });
    let branches = prop::collection::vec(branch, 1..3).prop_map(Value::from).boxed();
    prop_oneof![
        3 => with(&["type"], prop::collection::btree_set(kind, 1..4).prop_map(|kinds| kinds.into_iter().collect::<Value>()).boxed()),
        2 => with(&["enum"], prop::collection::vec(value(), 1..3).prop_map(Value::from).boxed()),
        1 => with(&["const"], value().boxed()),
        2 => with(limits, number.clone().boxed()),
        1 => with(&["minContains", "maxContains", "multipleOf"], (1..3u32).prop_map(Value::from).boxed()),
        1 => with(&["pattern"], name.boxed()),
        1 => with(&["uniqueItems"], any::<bool>().prop_map(Value::from).boxed()),
        1 => with(&["required"], names),
        1 => with(&["dependentRequired"], dependent),
        3 => with(&["properties"], by_name.clone()),
        1 => with(&["patternProperties", "dependentSchemas"], by_name),
        3 => with(&["additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames",
            "unevaluatedProperties", "unevaluatedItems"], inner),
        2 => with(&["allOf", "anyOf", "oneOf", "prefixItems"], list),
        2 => with(&["oneOf"], branches),
        1 => with(&["$ref"], prop_oneof![Just("#/$defs/a"), Just("#/$defs/b")].prop_map(Value::from).boxed()),
    ]
    .boxed()
}

fn schema() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![1 => any::<bool>().prop_map(Value::from), 3 => Just(json!({ "type": "string" }))];
    let inner = leaf
        .prop_recursive(2, 12, 3, |inner| {
            prop::collection::vec(keyword(inner.boxed()), 0..4)
                .prop_map(|keywords| keywords.into_iter().collect::<Value>())
        })
        .boxed();
    (prop::collection::vec(keyword(inner.clone()), 0..5), inner.clone(), inner)
        .prop_map(|(keywords, a, b)| {
            let mut schema: Value = keywords.into_iter().collect();
            schema["$defs"] = json!({ "a": a, "b": b });
            schema
        })
        .boxed()
}

/// A schema, and one that differs from it in a few places.
fn two_schemas() -> impl Strategy<Value = (Value, Value)> {
    let leaf = || {
        prop_oneof![
            any::<bool>().prop_map(Value::from),
            Just(json!({ "type": ["integer", "object"] }))
        ]
    };
    let other =
        prop::collection::vec((any::<prop::sample::Index>(), keyword(leaf().boxed())), 1..3);
    (schema(), other, any::<bool>()).prop_map(|(old, edits, back)| {
        let mut new = old.clone();
        for (at, (name, value)) in edits {
            let mut places = Vec::new();
            objects("", &new, &mut places);
            if let Some(Value::Object(schema)) = new.pointer_mut(&places[at.index(places.len())]) {
                schema.insert(name, value);
            }
        }
        if back { (new, old) } else { (old, new) }
    })
}

/// The places with schemas that are objects.
fn objects(place: &str, schema: &Value, found: &mut Vec<String>) {
    use crate::documents::{Place, walk};
    let root = Place { name: String::new(), pointer: place.to_owned() };
    walk(root, schema, &mut |place, schema| {
        if schema.is_object() {
            found.push(place.pointer.clone());
        }
    });
}

fn documents(name: &str, schema: &Value) -> Documents {
    let mut documents = Documents::default();
    documents.add(name, schema.clone());
    documents
}

fn breaks(name: &str, old: &Value, new: &Value) -> bool {
    diff(&documents(name, old), &documents(name, new)).iter().any(|change| change.breaking)
}

proptest! {
    #![proptest_config(Config {
        cases: 512,
        // The same schemas in every run; another seed is a thing to try by hand.
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn what_does_not_break_takes_nothing_away_and_gives_nothing_new(
        (old, new) in two_schemas(),
        values in prop::collection::vec(value(), 12),
    ) {
        let none = Documents::default();
        let registry = none.registry().unwrap();
        let (Ok(was), Ok(is)) = (compile(&old, &registry), compile(&new, &registry)) else {
            // A reference that leads round and round is no schema.
            return Ok(());
        };
        let sender = breaks("a-request", &old, &new);
        let receiver = breaks("a-response", &old, &new);
        for value in values {
            let was = was.is_valid(&value);
            let is = is.is_valid(&value);
            prop_assert!(sender || !was || is, "{value} was taken: {old} and now {new}");
            prop_assert!(receiver || was || !is, "{value} was never sent: {old} and now {new}");
        }
    }
}
