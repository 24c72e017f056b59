//! Long scenarios: the time to play them grows as the number of their steps does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::scenario::player::{Incoming, Player, Speed};
use crate::scenario::read::read;

/// Steps that each bind a name, answer with the one before, and push: as many names as there are requests.
fn text(requests: usize) -> String {
    let mut text = r#"{"step":"scenario","version":1,"let":{"n-0":"0"}}"#.to_owned();
    for number in 1..=requests {
        let before = number - 1;
        let request = json!({
            "step": "request", "by": "s1", "method": "POST", "path": format!("/a/${{n-{number}}}"),
            "body": { "operationName": "Ready", "text": format!("${{t-{number}}}") },
            "answer": { "status": 200, "body": { "before": format!("${{n-{before}}}") } },
        });
        let push = json!({
            "step": "push", "to": "s1", "channel": "/v2/me/x", "data": format!("${{n-{number}}}"),
        });
        text += &format!("\n{request}\n{push}");
    }
    text
}

/// The time that a client takes to follow so many requests.
fn time_to_play(requests: usize) -> Duration {
    let scenario = read("long.json", &text(requests)).unwrap();
    let mut player = Player::new(vec![Arc::new(scenario)], Speed::AtOnce, "http://127.0.0.1:1");
    let begun = Instant::now();
    assert_eq!(player.begin(), []);
    for number in 1..=requests {
        let path = format!("/a/{number}");
        let body = json!({ "operationName": "Ready", "text": "Hello" });
        let incoming =
            Incoming::Request { by: Some("s1"), method: "POST", path: &path, body: Some(&body) };
        let follows = player.incoming(incoming).unwrap_or_else(|| panic!("{:?}", player.failure()));
        let before = json!({ "before": Value::from((number - 1).to_string()) });
        assert_eq!((follows.answer, follows.behind.len()), (Some((200, Some(before))), 1));
    }
    assert_eq!(player.failure(), None);
    begun.elapsed()
}

#[test]
fn a_hundred_thousand_steps_are_played_in_linear_time() {
    let took = time_to_play(100_000);
    // A copy of the names with each step would take many minutes.
    assert!(took < Duration::from_secs(60), "{took:?}");
}
