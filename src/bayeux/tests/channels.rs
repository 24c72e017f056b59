//! The channels that there are, when very many come and go.

use super::*;

#[test]
fn of_very_many_channels_those_with_a_subscriber_are_there() {
    let mut bench = Bench::of(&["p1", "q1"]);
    let subscription = |name: &str| json!({ "channel": "/meta/subscribe", "subscription": name });
    bench.send("p1", subscription("/private/kept"));
    for number in 0..10_000 {
        let name = format!("/private/{number}");
        bench.send("q1", subscription(&name));
        bench.send("q1", json!({ "channel": "/meta/unsubscribe", "subscription": name }));
        assert!(bench.server.channels.len() <= MANY_CHANNELS, "{number}");
    }
    assert!(bench.server.channels.contains("/private/kept"));
    assert!(!bench.server.channels.contains("/private/0"));
}
