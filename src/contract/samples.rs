//! The vendor's samples and the crate's own fixtures against the schemas. Each test reports all that departs, not the first.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::contract::check::check;
use crate::contract::{json, schemas};

const NONE: [&str; 0] = [];

fn read(path: &Path) -> Value {
    let (value, duplicates) = json::parse(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(duplicates, [], "{}", path.display());
    value
}

/// The files of a folder, by their names without the ending.
fn folder(name: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(&path)))
        .collect()
}

/// The difference from the schema, in words; nothing if there is none.
fn departures(schema: &str, value: &Value) -> Option<String> {
    if schemas::find(schema).is_none() {
        return Some(format!("there is no schema {schema}"));
    }
    let line = |violation: crate::rules::Violation| {
        format!("{}: got {}, want {}", violation.place, violation.got, violation.want)
    };
    let found: Vec<String> = check(schema, value).into_iter().map(line).collect();
    (!found.is_empty()).then(|| found.join("; "))
}

#[test]
fn the_vendors_samples_conform_where_they_are_not_refused() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/samples.json");
    let samples = read(&samples);
    let mut failures = Vec::new();
    let mut without_schema = Vec::new();
    for sample in samples.as_array().unwrap() {
        let what = sample["what"].as_str().unwrap();
        let Some(schema) = sample["schema"].as_str() else {
            assert!(sample["refused"].is_string(), "{what}: want the reason for no schema");
            without_schema.push(what);
            continue;
        };
        match (sample["refused"].is_string(), departures(schema, &sample["sample"])) {
            (false, Some(found)) => failures.push(format!("{what}: {found}")),
            (true, None) => failures.push(format!("{what}: {schema} accepts it")),
            (true, Some(found)) if found.starts_with("there is no") => failures.push(found),
            _ => {}
        }
    }
    assert_eq!(failures, NONE);
    // They are of other media, or of what surrounds the SMS Session API.
    let others = [
        "the reply with my IM sessions",
        "what is around a notification",
        "the invitation to a chat",
        "what newer servers add to the data of a notification",
        "the error of a device",
        "the reply with a collection of users",
    ];
    assert_eq!(without_schema, others);
}

#[test]
fn every_request_of_the_fixtures_conforms_and_no_operation_is_without_one() {
    let requests = folder("fixtures/requests");
    let conforming = |(name, body): (&String, &Value)| {
        let schema = format!("{name}-request");
        departures(&schema, body).map(|found| format!("{name}: {found}"))
    };
    let mut failures: Vec<String> = requests.iter().filter_map(conforming).collect();
    let schemas = folder("schemas");
    let operations = schemas.keys().filter_map(|name| name.strip_suffix("-request"));
    let without = operations.filter(|name| !requests.contains_key(*name));
    failures.extend(without.map(|name| format!("{name}: no fixture")));
    assert_eq!(failures, NONE);
}

#[test]
fn every_notification_of_the_fixtures_conforms() {
    let schema = |data: &Value| match data["messageType"].as_str() {
        Some("MessageLogUpdated") => "message-log-updated-notification",
        Some("ChannelStateChangeMessageV2") => "channel-state-change-notification",
        _ => "smssession-state-change-notification",
    };
    let conforming = |(name, data): (&String, &Value)| {
        departures(schema(data), data).map(|found| format!("{name}: {found}"))
    };
    let failures: Vec<String> =
        folder("fixtures/notifications").iter().filter_map(conforming).collect();
    assert_eq!(failures, NONE);
}

#[test]
fn every_shipped_scenario_conforms_and_so_does_what_it_pushes_and_sends() {
    let mut failures = Vec::new();
    for (name, scenario) in folder("fixtures/scenarios") {
        failures.extend(departures("scenario", &scenario).map(|found| format!("{name}: {found}")));
        let mut text = scenario.to_string().replace("${url}", "http://127.0.0.1:1");
        for (name, value) in scenario[0]["let"].as_object().unwrap() {
            text = text.replace(&format!("${{{name}}}"), value.as_str().unwrap());
        }
        let steps: Vec<Value> = serde_json::from_str(&text).unwrap();
        for (index, step) in steps.iter().enumerate() {
            let operation = step["body"]["operationName"].as_str();
            let schema = match step["step"].as_str() {
                Some("push") => match step["data"]["messageType"].as_str() {
                    Some("MessageLogUpdated") => "message-log-updated-notification",
                    Some("ChannelStateChangeMessageV2") => "channel-state-change-notification",
                    _ => "smssession-state-change-notification",
                },
                Some("request") if operation.is_some() => "response",
                _ => continue,
            };
            let value = if schema == "response" { &step["answer"]["body"] } else { &step["data"] };
            let found = departures(schema, value);
            failures.extend(found.map(|found| format!("{name}: element {index}: {found}")));
        }
    }
    assert_eq!(failures, NONE);
}
