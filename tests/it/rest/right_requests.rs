//! Requests that public clients of GWS and the vendor's own desktop were seen to send: none of them is wrong.
//!
//! The clients are named as in the rules: C, I, J and V are public clients in C#, for iOS, in JavaScript and in Vue, and W is a
//! log of the vendor's desktop.

use std::fs;

use gws_sms_fake::fixtures::AGENT;
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use serde_json::{Value, json};

use crate::rest::{found, operations, sender};
use support::{HttpClient, Transport, in_both_ways, repository};

/// A request that a real GWS takes, and the answer of the fake.
struct Seen {
    by: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
    answer: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Taken,
    /// GWS has it, and the fake does not: 501, of the rule not-modelled.
    NotModelled,
}

use Expected::{NotModelled, Taken};

fn get(by: &'static str, path: &'static str, answer: Expected) -> Seen {
    Seen { by, method: Method::GET, path, body: Value::Null, answer }
}

fn post(by: &'static str, path: &'static str, body: Value) -> Seen {
    Seen { by, method: Method::POST, path, body, answer: Taken }
}

fn operation(by: &'static str, path: &'static str, name: &str) -> Seen {
    post(by, path, json!({ "operationName": name }))
}

/// In the order in which one client may send them.
fn seen() -> Vec<Seen> {
    let start = |by, parameters: Value| {
        let mut body = json!({ "operationName": "StartContactCenterSession" });
        body.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
        post(by, "/api/v2/me", body)
    };
    vec![
        get("C", "/api/v2/me?subresources=*", Taken),
        get("I", "/api/v2/me?subresources=settings", Taken),
        get("W", "/api/v2/me/settings?fields=*", Taken),
        get("I", "/api/v2/me/settings/interaction-workspace", Taken),
        get("W", "/api/v2/me/settings/tserver", Taken),
        start(
            "C",
            json!({ "channels": ["voice", "twitter"], "loginCode": null, "queue": null, "devicePath": null }),
        ),
        start(
            "I",
            json!({ "channels": ["smssession"], "mobileSession": { "mobileDeviceId": "d1", "mobilePushType": "IOS" } }),
        ),
        operation("C", "/api/v2/me", "Ready"),
        operation("J", "/api/v2/me", "NotReady"),
        operation("V", "/api/v2/me", "Ready"),
        operation("documented", "/api/v2/me", "DoNotDisturbOn"),
        operation("documented", "/api/v2/me", "DoNotDisturbOff"),
        operation("W", "/api/v2/me/channels/smssession", "AfterCallWork"),
        operation("W", "/api/v2/me/channels/voice", "AuxWork"),
        operation("W", "/api/v2/me/channels/twitter", "NotReady"),
        get("W", "/api/v2/me/groups?type=dispositions&fields=*", NotModelled),
        get("W", "/api/v2/groups?type=dispositions&fields=*", NotModelled),
        get("W", "/api/v2/workbins?fields=*", NotModelled),
        get("W", "/api/v2/workbins/w1?subresources=*", NotModelled),
        Seen { answer: NotModelled, ..operation("W", "/api/v2/workbins/w1", "Subscribe") },
        get("W", "/api/v2/workbins?workbinIds=w1", NotModelled),
        get("W", "/api/v2/me/devices/d1/settings/tserver", NotModelled),
        get("W", "/api/v2/devices/d1/settings/tserver", NotModelled),
        get("W", "/internal-api/me/settings?fields=*", NotModelled),
        get("W", "/internal-api/operations", NotModelled),
        get("W", "/internal-api/contact-center?subresources=*", NotModelled),
        get("W", "/internal-api/lucene/index", NotModelled),
        get("W", "/internal-api/business-attributes", NotModelled),
        get("W", "/api/v2/features/api-voice", NotModelled),
        get("W", "/api/v2/voice-environments/v1", NotModelled),
        get("W", "/api/v2/queues/q1", NotModelled),
        get("W", "/api/v2/settings/agent-states", NotModelled),
        get("below a resource", "/api/v2/me/smssessions/0000UaB58WAR003N/transcript", NotModelled),
        get(
            "below a resource",
            "/api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/devices",
            NotModelled,
        ),
    ]
}

async fn each_is_taken_or_not_modelled_and_never_wrong(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, AGENT);
    let mut departures = Vec::new();
    for Seen { by, method, path, body, answer } in seen() {
        let before = found(&gws.report()).len();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let content_type = if body.is_empty() { "" } else { "application/json" };
        let status = client.send(method.clone(), path, content_type, body).await.status().as_u16();
        let rules: Vec<String> = found(&gws.report()).into_iter().map(|(rule, _)| rule).collect();
        let is_as_seen = match answer {
            Taken => status == 200 && rules.len() == before,
            NotModelled => status == 501 && rules.iter().all(|rule| rule == "not-modelled"),
        };
        if !is_as_seen {
            departures.push(format!("{by}: {method} {path}: {status}, {rules:?}"));
        }
    }
    gws.allow("not-modelled");
    assert_eq!(departures, [""; 0]);
}

/// Every operation's sample, with null in each parameter that it may leave out, is as the sample without them.
async fn null_in_every_optional_parameter_is_as_if_it_were_absent(transport: Transport) {
    let mut departures = Vec::new();
    for (operation, family) in operations() {
        let schema = repository(&format!("schemas/{}.json", operation.request_schema()));
        let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
        let demanded = schema["required"].as_array().unwrap();
        let sample: Value = serde_json::from_str(fixtures::request(operation)).unwrap();
        let mut answers = Vec::new();
        for adds_null in [false, true] {
            let mut body = sample.clone();
            for (name, _) in schema["properties"].as_object().unwrap() {
                if adds_null && body.get(name).is_none() && !demanded.contains(&json!(name)) {
                    body[name] = Value::Null;
                }
            }
            let gws = transport.start_with(FakeGws::builder().capabilities_as_documented());
            let client = HttpClient::of(&gws, sender(family));
            let answer = client.post(&family.path(), &body).await;
            let report = gws.report();
            let rules: Vec<String> = found(&report).into_iter().map(|(rule, _)| rule).collect();
            rules.iter().for_each(|rule| gws.allow(rule));
            answers.push((answer.status, rules));
        }
        if answers[0] != answers[1] {
            departures.push(format!("{operation:?}: {answers:?}"));
        }
    }
    assert_eq!(departures, [""; 0]);
}

in_both_ways!(
    each_is_taken_or_not_modelled_and_never_wrong,
    null_in_every_optional_parameter_is_as_if_it_were_absent
);
