//! No recording has what was planted; each rule replaces what it names, and keeps it where it is switched off.

use std::collections::BTreeMap;
use std::time::Duration;

use gws_sms_fake::_cli_internals::contract::schemas;
use gws_sms_fake::_cli_internals::contract::template::filled_in;
use gws_sms_fake::_cli_internals::scenario::read::{read, resolved};
use gws_sms_fake::_cli_internals::scenario::record::{Recorded, RecordedEvent};
use gws_sms_fake::_cli_internals::scenario::step::{BayeuxMessage, Step};
use gws_sms_fake::_cli_internals::scenario::write::write;
use serde_json::{Value, json};

use super::planted::{FORMS, Form, Planter, Searched, URL};
use crate::recording::journal::{JournalLine, finish, line};
use crate::recording::redact::Redactor;
use crate::recording::redactions::REDACTIONS;

const PATH: &str = "/api/v2/me/smssessions/0000UaB58WAR003N";

fn redactor(keep: &[&str]) -> Redactor {
    let keep: Vec<String> = keep.iter().map(|&name| name.to_owned()).collect();
    Redactor::new(&keep, BTreeMap::new(), vec![URL.to_owned()]).unwrap()
}

fn recorded(order: u64, what: RecordedEvent) -> Recorded {
    Recorded { began: order, ended: order, at: Duration::from_millis(order), group: None, what }
}

fn request(path: &str, body: Value, answer: Value) -> RecordedEvent {
    RecordedEvent::Request {
        by: Some("Jo.Doe".to_owned()),
        method: "POST".to_owned(),
        path: path.to_owned(),
        body: Some(body),
        status: 200,
        answer: Some(answer),
    }
}

/// The lines of `FILE.part`, and the scenario that is made of them.
fn files(redactor: &mut Redactor, what: Vec<RecordedEvent>) -> [String; 2] {
    let over = (1..).zip(what).map(|(order, what)| redactor.recorded(recorded(order, what)));
    let part: String = over.map(|recorded| line(&JournalLine::Over(Box::new(recorded)))).collect();
    let made = write(&finish("x.part", &part, "x").unwrap().scenario);
    [part, made]
}

/// Every secret that is in one of the texts.
fn found(planter: &Planter, texts: &[String]) -> Vec<String> {
    let texts: Vec<Searched> = texts.iter().map(|text| Searched::new(text)).collect();
    let secrets = planter.secrets.iter();
    secrets.filter_map(|secret| texts.iter().find_map(|text| secret.found_in(text))).collect()
}

#[test]
fn nothing_that_is_planted_in_a_message_of_any_schema_is_in_the_files() {
    let mut leaks = Vec::new();
    let mut messages = 0;
    let mut secrets = 0;
    let elsewhere = ["fixture", "control-", "scenario", "common"];
    for (name, _) in schemas::all() {
        if elsewhere.iter().any(|name_part| name.contains(name_part)) {
            continue;
        }
        for round in (0..FORMS.len()).step_by(6) {
            let mut planter = Planter::of_round(round);
            let message = planter.message(name);
            let publish = BayeuxMessage::Publish {
                channel: "/v2/me/smssessions".to_owned(),
                data: Some(message.clone()),
            };
            let push = RecordedEvent::Push {
                to: "Jo.Doe".to_owned(),
                channel: "/v2/me/smssessions".to_owned(),
                data: message.clone(),
            };
            let what = vec![
                request(PATH, message.clone(), Value::Null),
                request(PATH, Value::Null, message.clone()),
                // As a text, as it is where a proxy in between has broken it.
                request(PATH, Value::from(message.to_string()), Value::from(message.to_string())),
                RecordedEvent::Bayeux { by: "Jo.Doe".to_owned(), message: publish },
                push,
            ];
            let files = files(&mut redactor(&[]), what);
            assert!(!files.iter().any(|file| file.contains("Jo.Doe")), "{name}: {files:?}");
            leaks.extend(found(&planter, &files));
            messages += 1;
            secrets += planter.secrets.len();
        }
    }
    assert!(messages > 150 && secrets > 20_000, "{messages} messages, {secrets} secrets");
    leaks.sort();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn nothing_that_is_planted_in_a_path_or_a_channel_is_in_the_files() {
    let mut leaks = Vec::new();
    for form in FORMS {
        let mut planter = Planter::default();
        let mut path = |shape: &str| {
            let planted = planter.of_form(shape, form);
            let encoded =
                percent_encoding::utf8_percent_encode(&planted, percent_encoding::NON_ALPHANUMERIC);
            shape.replace("{}", &encoded.to_string())
        };
        let shapes = [
            "/api/v2/{}",
            "/api/v2/me/{}",
            "/api/v2/unknown/{}",
            "/api/v2/me/{}/smssessions",
            "/api/v2/me;jsessionid={}",
            "/api/v2/me;{}=1/channels",
            "/{}/api/v2/me",
            "/api/v2/me/channels/{}",
            "/api/v2/me?{}",
            "/api/v2/me?{}=1",
            "/api/v2/me?fields={}",
            "/api/v2/me?fields=*&x={}&y",
            "/api/v2/me?a=b?{}",
            "/api/v2/me#{}",
            "/api/v2//{}",
            "/api/v2/queues/{}",
            "/api/v2/me/%7B{}%7D",
            "/api/v2/me/{}.json",
        ];
        let mut paths: Vec<String> = shapes.iter().map(|shape| path(shape)).collect();
        // An id stands there by the word of a schema.
        if ![Form::SessionId, Form::UserId].contains(&form) {
            paths.extend(["/api/v2/users/{}/smssessions/{}", "/api/v2/contacts/{}"].map(&mut path));
        }
        let mut what: Vec<RecordedEvent> = paths
            .iter()
            .map(|path| {
                request(path, Value::Null, json!({ "uri": format!("{URL}{path}"), "path": path }))
            })
            .collect();
        let mut channel = |shape: &str| shape.replace("{}", &planter.of_form(shape, form));
        let channels = vec![channel("/v2/me/{}"), channel("/{}"), channel("/v2/{}/smssessions")];
        for message in [
            BayeuxMessage::Subscribe { channels: channels.clone() },
            BayeuxMessage::Unsubscribe { channels },
            BayeuxMessage::Publish { channel: channel("/service/{}"), data: None },
        ] {
            what.push(RecordedEvent::Bayeux { by: "Jo.Doe".to_owned(), message });
        }
        let to = "Jo.Doe".to_owned();
        let channel = channel("/v2/me/smssessions/{}");
        what.push(RecordedEvent::Push { to, channel, data: Value::Null });
        let files = files(&mut redactor(&[]), what);
        read("paths", &files[1]).unwrap_or_else(|error| panic!("{error}"));
        leaks.extend(found(&planter, &files));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// A rule with an example: its name, a request, and the values that it replaces.
fn samples() -> Vec<(&'static str, RecordedEvent, &'static str)> {
    let body = |body: Value| request(PATH, body, Value::Null);
    vec![
        ("credentials", body(json!({ "password": "hunter2" })), "hunter2"),
        ("user-names", request(PATH, Value::Null, json!({ "userName": "jane.doe" })), "jane.doe"),
        ("names", body(json!({ "nickname": "Jane" })), "Jane"),
        ("texts", body(json!({ "text": "my parcel" })), "my parcel"),
        ("phone-numbers", body(json!({ "text": "+49 30 1234567" })), "1234567"),
        ("user-data", body(json!({ "userData": { "text": "a claim" } })), "a claim"),
        ("user-data-keys", body(json!({ "userData": { "swordfish": null } })), "swordfish"),
        ("user-data-keys", body(json!({ "keys": ["swordfish"] })), "swordfish"),
        ("links", body(json!({ "url": "https://planted.example/x" })), "planted.example"),
        ("paths", request("/api/v2/planted?q=1", Value::Null, Value::Null), "planted"),
        ("unknown", body(json!({ "bonus": null, "text": { "salary": 4711 } })), "4711"),
        ("field-names", body(json!({ "swordfish": null })), "swordfish"),
    ]
}

#[test]
fn each_rule_replaces_what_it_names_and_keeps_it_where_it_is_switched_off() {
    for rule in REDACTIONS {
        assert!(
            samples().iter().any(|(name, ..)| *name == rule.name),
            "{} is not shown",
            rule.name
        );
    }
    let others: Vec<&str> = REDACTIONS.iter().map(|redaction| redaction.name).collect();
    for (name, what, planted) in samples() {
        let kept = |keep: &[&str]| {
            let [part, made] = files(&mut redactor(keep), vec![what.clone()]);
            assert_eq!(part.contains(planted), made.contains(planted), "{name}: {part}\n{made}");
            part.contains(planted)
        };
        assert!(!kept(&[]), "{name} is not replaced");
        assert!(kept(&[name]), "{name} is not kept");
        let others: Vec<&str> = others.iter().copied().filter(|value| *value != name).collect();
        assert!(!kept(&others), "{name} is switched off by another rule");
    }
}

#[test]
fn the_same_value_is_replaced_by_the_same_name_wherever_it_stands() {
    let answer = json!({ "text": "one", "nickname": "one", "userData": { "x": "one", "one": "+49 30 1234567" } });
    let asked = json!({ "text": "one", "noticeText": "+49 30 1234567", "keys": ["one"] });
    let path = "/api/v2/contacts/one?x=%2B49%2030%201234567";
    let [_, made] = files(&mut redactor(&[]), vec![request(path, asked, answer)]);
    for (part, want) in [
        (r#""path":"/api/v2/contacts/${segment-1}?${segment-2}=${phone-1}""#, 1),
        ("${segment-1}", 6),
        (r#""segment-2":"${segment-1}""#, 1),
        ("${phone-1}", 3),
    ] {
        assert_eq!(made.matches(part).count(), want, "{part} in {made}");
    }
}

#[test]
fn a_number_and_a_text_of_the_same_digits_stay_what_they_are() {
    let asked = json!({ "text": "4711", "nickname": 4711 });
    let [_, made] = files(&mut redactor(&[]), vec![request(PATH, asked, Value::Null)]);
    assert!(made.contains(r#"{"nickname":"${number-1}","text":"${text-1}"}"#), "{made}");
}

#[test]
fn what_looks_like_a_reference_and_is_kept_is_none() {
    let what =
        request(PATH, json!({ "text": "${planted} $ ${url}" }), json!({ "text": "${other}" }));
    let [_, made] = files(&mut redactor(&["texts"]), vec![what]);
    let scenario = read("x", &made).unwrap_or_else(|error| panic!("{error}"));
    let names = resolved(&scenario.head.names, URL).unwrap();
    let Step::Request(request) = &scenario.steps[0].step else { panic!("{made}") };
    let filled = |body: &Option<Value>| filled_in(body.as_ref().unwrap(), &names).unwrap();
    assert_eq!(filled(&request.body), json!({ "text": "${planted} $ ${url}" }));
    assert_eq!(filled(&request.answer.body), json!({ "text": "${other}" }));
}

#[test]
fn what_gws_calls_its_own_things_is_kept() {
    let session = json!({
        "statusCode": 0, "messageType": "SMSsessionStateChangeMessage", "notificationType": "StatusChange",
        "smssession": {
            "id": "0000UaB58WAR003N", "state": "Chatting", "capabilities": ["Leave", "SendMessage"],
            "uri": format!("{URL}/api/v2/smssessions/0000UaB58WAR003N"), "receivedDate": "2024-05-01 10:00:00.000+0000",
            "participants": [{ "participantId": "00AF5367D3D00001", "type": "Agent", "visibility": "All" }],
        },
    });
    let user = json!({ "id": "4ff5b43c856d4cb2a3d6c20a88740257", "roles": ["ROLE_AGENT"], "enabled": true });
    let start = json!({ "operationName": "StartContactCenterSession", "channels": ["smssession"] });
    let all =
        recorded(1, request("/api/v2/me/smssessions?fields=*", start, json!([session, user])));
    let as_it_came = serde_json::to_string(&all).unwrap().replace(URL, "${url}");
    let redacted = serde_json::to_string(&redactor(&[]).recorded(all)).unwrap();
    assert_eq!(redacted, as_it_came.replace("Jo.Doe", "user-1"));
}

#[test]
fn a_client_is_not_held_to_a_field_whose_name_was_replaced() {
    let asked = json!({ "operationName": "AttachUserData", "userData": { "swordfish": "x" } });
    let pushed = json!({ "smssession": { "userData": { "swordfish": "x" } } });
    let push = |data: &Value| RecordedEvent::Push {
        to: "Jo.Doe".to_owned(),
        channel: "/v2/me/smssessions".to_owned(),
        data: data.clone(),
    };
    let [_, made] =
        files(&mut redactor(&[]), vec![request(PATH, asked.clone(), Value::Null), push(&pushed)]);
    assert!(
        made.contains(r#""matching":"any""#) && made.contains(r#""data-1":"data-1""#),
        "{made}"
    );
    assert!(made.contains(r#""userData":{"key-1":"${data-1}"}"#), "{made}");
    let [_, made] = files(
        &mut redactor(&["user-data-keys"]),
        vec![request(PATH, asked, Value::Null), push(&pushed)],
    );
    assert!(!made.contains("matching") && !made.contains(r#""let":{"data"#), "{made}");
}
