//! The description of the control endpoint: it has every route, and there is no other one.

use std::collections::BTreeSet;

use gws_sms_fake::FakeGws;
use reqwest::Method;
use reqwest::header::ALLOW;
use serde_json::Value;

use support::HttpClient;
use support::documented;

/// The methods that a path is said to have.
fn described(operations: &Value) -> BTreeSet<String> {
    operations.as_object().unwrap().keys().map(|key| key.to_ascii_uppercase()).collect()
}

/// That its paths are those of the endpoint, `an_unknown_route_is_answered_404_with_the_nearest_one` shows.
#[tokio::test]
async fn every_method_of_a_path_is_described_and_no_other() {
    let gws = FakeGws::builder().control().start();
    for (path, operations) in documented::paths(gws.url()) {
        let path = path.replace("{id}", "1");
        let answer =
            HttpClient::anonymous(&gws).send(Method::PATCH, &path, "", String::new()).await;
        assert_eq!(answer.status(), 405, "{path}");
        let allowed = answer.headers()[ALLOW].to_str().unwrap().split(", ").map(str::to_owned);
        assert_eq!(allowed.collect::<BTreeSet<_>>(), described(operations), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_described_is_demanded_and_no_other_one_is_taken() {
    let gws = FakeGws::builder().control().body_limit(40).start();
    let long = format!("{{}}{}", " ".repeat(40));
    for (path, operations) in documented::paths(gws.url()) {
        for method in described(operations) {
            let operation = &operations[method.to_ascii_lowercase()];
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            for (body, status) in [
                (r#""no object""#, 400),
                ("garbage{", 400),
                (r#"{"unknown":1}"#, 400),
                (long.as_str(), 413),
            ] {
                let client = HttpClient::anonymous(&gws);
                let answer = client.send(method.clone(), path, "", body.to_owned()).await;
                assert_eq!(answer.status(), status, "{method} {path} {body}");
                documented::check(
                    gws.url(),
                    method.as_str(),
                    path,
                    status,
                    &answer.json().await.unwrap(),
                );
            }
            if operation["requestBody"].is_null() && method == Method::POST {
                for body in ["", "{}"] {
                    let client = HttpClient::anonymous(&gws);
                    let answer = client.send(method.clone(), path, "", body.to_owned()).await;
                    assert_eq!(answer.status(), 200, "{method} {path} {body:?}");
                }
            }
        }
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_what_it_is_for() {
    let gws = FakeGws::builder().control().start();
    let operations =
        documented::paths(gws.url()).flat_map(|(_, path)| path.as_object().unwrap().values());
    let mut ids = BTreeSet::new();
    for operation in operations {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{operation}");
        assert!(operation["summary"].as_str().unwrap().contains(' '), "{operation}");
    }
    assert!(ids.contains("customerWrites") && ids.contains("deleteFakesId"), "{ids:?}");
}

/// What a schema of the description refers to is in it.
#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let gws = FakeGws::builder().control().start();
    let document = documented::document(gws.url());
    references(document, &mut found);
    assert!(found.len() > 40, "{found:?}");
    for reference in found {
        let there = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(there.is_some_and(Value::is_object), "{reference}");
    }
}

/// Generators of types take the first of `prefixItems` for the whole array, and know no conditions.
#[test]
fn the_description_has_nothing_that_generators_of_types_misread() {
    fn misread(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                let words = ["prefixItems", "$defs", "if", "then", "else"].into_iter();
                let is_schema =
                    |word: &&str| fields.get(*word).is_some_and(|below| !below["type"].is_string());
                found.extend(words.filter(is_schema).map(str::to_owned));
                fields.values().for_each(|below| misread(below, found));
            }
            Value::Array(items) => items.iter().for_each(|item| misread(item, found)),
            _ => {}
        }
    }
    let gws = FakeGws::builder().control().start();
    let document = documented::document(gws.url());
    let mut found = Vec::new();
    misread(document, &mut found);
    assert_eq!(found, [""; 0]);
    let steps = &document["components"]["schemas"]["scenario"]["items"]["anyOf"];
    assert_eq!(steps[0]["$ref"], "#/components/schemas/scenario-head");
    assert_eq!(steps[1]["$ref"], "#/components/schemas/scenario-step");
    assert_eq!(document["paths"]["/__fake/idle"]["post"]["requestBody"]["required"], false);
    assert_eq!(document["paths"]["/__fake/parked"]["post"]["requestBody"]["required"], true);
}
