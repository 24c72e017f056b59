//! What must hold whatever was done.

use std::collections::BTreeMap;

use gws_sms_fake::FakeGws;
use gws_sms_fake::contract::{Check, Severity};
use serde_json::Value;

use super::act::CALLERS;
use super::play::{Expected, Play, Sent, WRONG};
use support::Answer;

/// Whatever the moment, a test can look.
pub(super) async fn look(gws: &FakeGws) {
    if let Err(report) = gws.try_verify() {
        let report = report.to_string();
        assert!(!report.contains("gws-sms-fake itself is wrong"), "{report}");
    }
    assert!(gws.report().contains("request") && gws.stable_report().contains("request"));
    let recorded = gws.recorded();
    assert!(serde_json::from_str::<Value>(&recorded).is_ok(), "{recorded}");
    // What is not modelled is answered in words.
    conforms(&Check::new(), "the timeline", &gws.report_json()["timeLine"].to_string());
    #[cfg(feature = "control")]
    for name in ["timeline", "violations", "verify", "users", "sessions", "exceptions", "faults"] {
        use support::raw::{AsyncRawConnection, request};
        let path = format!("/__fake/{name}");
        let request = request("GET", &path, "", "", "");
        let answer = AsyncRawConnection::new(gws).exchange(request).await.expect(name);
        support::documented::check(gws.url(), "GET", &path, answer.status, &answer.body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// What the fake said conforms to the contract, whatever clients have said.
fn conforms(check: &Check, name: &str, text: &str) {
    let checked = check.text(name, text);
    let errors =
        checked.diagnostics().iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    let ours = errors.filter(|error| error.pointer().split('/').nth(2) != Some("body"));
    let ours: Vec<String> = ours
        .map(|diagnostic| {
            format!(
                "{}: got {}, want {}",
                diagnostic.pointer(),
                diagnostic.got(),
                diagnostic.want()
            )
        })
        .collect();
    assert!(ours.is_empty(), "{name}: {ours:#?}\n{text}");
}

/// At the end, when nothing goes on any more.
pub(super) fn check(play: &Play) {
    let report = play.gws.report_json();
    let entries = report["timeLine"].as_array().unwrap();
    let of_kind = |kind: &'static str| entries.iter().filter(move |entry| entry["kind"] == kind);
    let gone = |entry: &&Value| play.gone.iter().any(|path| entry["target"] == path.as_str());

    let requests = of_kind("request").filter(|entry| !gone(entry));
    // Nobody else's requests are wrong in form.
    let of_caller = |entry: &&Value| CALLERS.iter().any(|caller| entry["user"] == caller.user_name);
    let (requests, malformed): (Vec<_>, Vec<_>) = requests.partition(of_caller);
    let mut broken: Vec<&str> =
        malformed.iter().flat_map(|entry| violations(entry).first().copied()).collect();
    let mut want = play.broken.clone();
    want.sort_unstable();
    broken.sort_unstable();
    assert_eq!(broken, want, "what wrong requests break");
    assert_eq!(requests.len(), play.sent.len(), "requests in the timeline, and sent");
    for (entry, sent) in requests.iter().zip(&play.sent) {
        check_request(entry, sent);
    }
    for path in &play.gone {
        let entry = of_kind("request").find(|entry| entry["target"] == path.as_str());
        check_gone(path, entry, entries);
    }
    let (wrong, right): (Vec<_>, Vec<_>) =
        of_kind("bayeux").partition(|entry| entry["user"] == WRONG.user_name);
    let broken: Vec<Vec<&str>> = wrong.iter().map(|entry| violations(entry)).collect();
    let want: Vec<Vec<&str>> = play.wrong_bayeux.iter().map(|message| rules(message)).collect();
    assert_eq!(broken, want, "what the wrong clients of the push side break");
    for entry in right {
        assert_eq!(violations(entry), [""; 0], "a desktop that does as it is told: {entry:#}");
    }
    let remarks = of_kind("notification").map(|entry| (entry["user"].clone(), violations(entry)));
    let not_found: Vec<_> = remarks.filter(|(_, broken)| !broken.is_empty()).collect();
    let one = (Value::from(WRONG.user_name), vec!["bayeux-not-subscribed"]);
    assert_eq!(not_found, vec![one; play.not_subscribed], "events that found nobody");
    // The verdict has lost none, and has no other ones.
    let found: usize = entries.iter().map(|entry| violations(entry).len()).sum();
    assert_eq!(report["violations"].as_array().unwrap().len(), found);
    let given_up = of_kind("remark").find(|entry| {
        entry["text"].as_str().unwrap().contains("did not connect again while the clock")
    });
    assert_eq!(given_up, None, "a desktop that was given up");
    check_heard(play);
}

fn rules(rule: &str) -> Vec<&str> {
    if rule.is_empty() { Vec::new() } else { vec![rule] }
}

/// The rules that an entry breaks.
fn violations(entry: &Value) -> Vec<&str> {
    let diagnostics = entry["findings"].as_array().unwrap().iter();
    let broken = diagnostics.filter(|diagnostic| diagnostic["verdict"] == "violation");
    broken.map(|diagnostic| diagnostic["rule"].as_str().unwrap()).collect()
}

/// Whether GWS refuses it for something that its client could not know.
fn is_excused(entry: &Value) -> bool {
    let mut notes = entry["findings"].as_array().unwrap().iter();
    notes.any(|note| {
        let hint = note["hint"].as_str().unwrap_or_default();
        note["rule"] == "backend-down"
            || hint.contains("was lost, as the test injected")
            || hint.ends_with("again, this is a violation")
    })
}

fn check_request(entry: &Value, sent: &Sent) {
    let Sent { what, expected, answer } = sent;
    let answer = answer.as_ref().unwrap_or_else(|| panic!("{what}: never answered"));
    check_answer(entry, what, answer.as_ref());
    let code = entry["ending"]["body"]["statusCode"].as_u64();
    // GWS says 7 where something of it was taken.
    let refused = code.is_none_or(|code| code != 0 && code != 7);
    let blamed_or_excused = !violations(entry).is_empty() || is_excused(entry);
    match expected {
        Expected::Taken => {
            assert_eq!(violations(entry), [""; 0], "{what}: {entry:#}");
            assert!(!refused || !entry["exception"].is_null(), "{what}: {entry:#}");
        }
        Expected::RefusedWithReason => {
            // A note may stand beside what is taken.
            let reason = if refused { blamed_or_excused } else { violations(entry).is_empty() };
            assert!(reason || !entry["exception"].is_null(), "{what}: {entry:#}");
        }
    }
}

/// What the client got is what the timeline says, but for what a fault did to it.
fn check_answer(entry: &Value, what: &str, answer: Option<&Answer>) {
    let fault = entry["exception"].as_str().unwrap_or_default();
    let cut = ["reset_before_answer", "reset_within_answer", "truncate"].contains(&fault);
    let Some(answer) = answer else {
        // A reset may overtake the answer before it.
        assert!(cut || fault == "reset_after_answer", "{what}: cut\n{entry:#}");
        return;
    };
    assert!(!cut, "{what}: got {answer:?}\n{entry:#}");
    assert_eq!(entry["ending"]["status"], answer.status, "{what}: {entry:#}");
    if fault == "garbage" {
        assert_eq!(answer.json(), None);
    } else if let Some(body) = answer.json() {
        assert_eq!(entry["ending"]["body"], *body, "{what}: {entry:#}");
        conforms(&Check::new().strict(), what, &answer.text);
    }
}

/// That the client hung up stands in the timeline, or what was wrong with what it sent.
fn check_gone(path: &str, entry: Option<&Value>, entries: &[Value]) {
    match entry {
        Some(entry) => {
            let known = ["session-unknown", "operation-name-missing", "http-malformed"];
            let broken = violations(entry).iter().any(|rule| known.contains(rule));
            assert!(broken || entry["ending"]["is"] == "hung up", "{path}: {entry:#}");
        }
        None => {
            let remarks = entries.iter().filter(|entry| entry["kind"] == "remark");
            let mut remarks = remarks.filter_map(|notification| notification["text"].as_str());
            assert!(
                remarks
                    .any(|notification| notification.contains(path)
                        && notification.contains("hung up")),
                "{path} is lost"
            );
        }
    }
}

/// Every answer and every event on the push side conforms; and of messages each desktop reads one after the other.
fn check_heard(play: &Play) {
    for (user, heard) in &play.heard {
        for desktop in heard.lock().unwrap().iter() {
            let mut last = BTreeMap::new();
            for answer in desktop {
                conforms(&Check::new().strict(), user, &answer.to_string());
                let events = answer.as_array().unwrap().iter().map(|message| &message["data"]);
                for data in events.filter(|_| !play.any_how.contains(user)) {
                    check_indices(user, data, &mut last);
                }
            }
        }
    }
}

fn check_indices(user: &str, data: &Value, last: &mut BTreeMap<String, u64>) {
    if let Some(session) = data.get("smssession").filter(|view| view["state"] != "Chatting") {
        // Who comes in again reads the log from its beginning.
        last.remove(session["id"].as_str().unwrap());
    }
    let Some(messages) = data["messages"].as_array() else { return };
    let session = data["smssessionUri"].as_str().and_then(|text| text.rsplit('/').next()).unwrap();
    let last = last.entry(session.to_owned()).or_default();
    for message in messages {
        let index = message["index"].as_u64().unwrap();
        assert!(index > *last, "{user}: index {index} after {last} in {data}");
        *last = index;
    }
}
