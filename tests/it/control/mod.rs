//! The control endpoint, under `/__fake/`, without the program.

mod assertions;
mod barriers;
mod callers;
mod described;
mod external_events;
mod fakes;
mod notifications;
mod push_faults;
mod queries;
mod rest_faults;
mod world;

use gws_sms_fake::FakeGws;
use serde_json::Value;
use support::HttpClient;

const TIMELINE: &str = "/__fake/timeline";
const NOTIFICATIONS: &str = "/__fake/notifications";

fn start() -> FakeGws {
    FakeGws::builder().control().start()
}

/// What is there under that path.
async fn look(gws: &FakeGws, path: &str) -> Value {
    let answer = HttpClient::anonymous(gws).get(path).await;
    assert_eq!(answer.status, 200);
    answer.body
}

/// The timeline without its times, which differ from run to run, and with the one clientId as `"ID"`.
async fn timeline(gws: &FakeGws, client: &str) -> Value {
    let mut entries = look(gws, TIMELINE).await;
    let mut last = 0.0;
    for entry in entries.as_array_mut().unwrap() {
        let at = entry.as_object_mut().unwrap().remove("atMilliseconds").unwrap();
        assert!(at.as_f64().unwrap() >= last, "{at} comes after {last}");
        last = at.as_f64().unwrap();
    }
    serde_json::from_str(&entries.to_string().replace(client, "ID")).unwrap()
}
