//! The events that are named lost when a client ends, and those that are not.

use super::*;
use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::io::{Loss, Lost};

fn lost(client: &str, label: u64, how: Loss) -> Lost {
    Lost { client: client.into(), label, how }
}

fn answer(received: Received) -> BayeuxReply {
    let Outcome::Answer(answer) = received.outcome else { panic!("not answered") };
    answer
}

/// The client `p1`, which has connected once, acknowledges or not, and has an event with the label 70 waiting.
fn with_an_event(acknowledges: bool) -> Bench {
    let mut bench = Bench::of(&[]);
    let handshake = json!({ "channel": "/meta/handshake", "ext": { "ack": acknowledges } });
    bench.send("p1", handshake);
    bench.send("p1", connect("first"));
    bench.server.deliver("p1", &written("/a", &json!(1)), 70);
    bench
}

#[test]
fn what_leaves_with_the_last_answer_of_a_client_is_lost_only_when_that_is_not_written() {
    for acknowledges in [false, true] {
        let mut bench = with_an_event(acknowledges);
        let batch = json!([connect("c"), { "channel": "/meta/disconnect" }]);
        let last = answer(bench.send("p1", batch));
        assert_eq!(last.labels(), [("p1".into(), 70)]);
        assert_eq!(bench.server.take_lost(), []);
        bench.server.unwritten(last, 7);
        assert_eq!(bench.server.take_lost(), [lost("p1", 70, Loss::Unwritten(7))]);
    }
}

/// With the extension `ack` events leave with connects only.
#[test]
fn what_a_client_that_disconnects_leaves_behind_is_lost() {
    let mut bench = with_an_event(true);
    bench.send("p1", json!({ "channel": "/meta/disconnect" }));
    assert_eq!(bench.server.take_lost(), [lost("p1", 70, Loss::Disconnected)]);
    assert_eq!(bench.server.take_lost(), []);
}

#[test]
fn what_an_ended_client_would_have_been_told_is_lost_when_it_is_seen_to_have_hung_up() {
    let mut bench = with_an_event(false);
    bench.send("p1", connect("c"));
    let held = bench.hold("p1", connect("c"));
    bench.server.deliver("p1", &written("/a", &json!(2)), 71);
    bench.server.disconnect("p1");
    bench.server.abandon(&held, bench.now);
    assert_eq!(bench.server.take_lost(), [lost("p1", 71, Loss::Disconnected)]);
}

#[test]
fn what_was_not_written_waits_before_what_came_since_where_so_set() {
    let mut bench = with_an_event(false);
    bench.server.settings.keep_on_hangup = true;
    bench.server.deliver("p1", &written("/a", &json!(2)), 71);
    let unwritten = answer(bench.send("p1", connect("c")));
    bench.server.deliver("p1", &written("/a", &json!(3)), 72);
    assert_eq!(bench.server.unwritten(unwritten, 7), []);
    let again = answer(bench.send("p1", connect("c")));
    assert_eq!(again.labels().iter().map(|(_, label)| *label).collect::<Vec<_>>(), [70, 71, 72]);
    assert_eq!(bench.server.take_lost(), []);
}

#[test]
fn what_was_not_written_wakes_the_connect_that_is_held_by_now_where_so_set() {
    let mut bench = with_an_event(false);
    bench.server.settings.keep_on_hangup = true;
    let unwritten = answer(bench.send("p1", connect("c")));
    let held = bench.hold("p1", connect("c"));
    assert_eq!(bench.server.unwritten(unwritten, 7), ["p1".into()]);
    assert_eq!(bench.poll(&held)[0]["data"], 1);
}
