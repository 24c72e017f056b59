//! Bodies of the push side, as requests of a few clients at moments that the input names.

use std::time::Duration;

use serde_json::json;

use crate::lines;
use gws_sms_fake::_cli_internals::bayeux::answer::BayeuxReply;
use gws_sms_fake::_cli_internals::bayeux::event::event;
use gws_sms_fake::_cli_internals::bayeux::io::{Outcome, Request, Ticket, Tried};
use gws_sms_fake::_cli_internals::bayeux::message;
use gws_sms_fake::_cli_internals::bayeux::options::CometdOptions;
use gws_sms_fake::_cli_internals::bayeux::server::Server;
use gws_sms_fake::_cli_internals::bayeux::session::Transport;
use gws_sms_fake::_cli_internals::contract::check::check;
use gws_sms_fake::_cli_internals::contract::json;

/// The client that a handshake makes is called `c` and the number of its line, with 19 digits. The letters before a body say who sends it and when:
/// `p` or `q` for the user, `b` for a cookie, `c` for callback-polling, `k` for what hanging up keeps; a digit for so many times
/// two seconds that pass before; `e` for an event that comes behind it, and `h` for a client that hangs up.
///
/// # Panics
///
/// When an answer departs from its schema, or a connect is held beyond its deadline.
pub fn bayeux(input: &[u8]) {
    let keep_on_hangup = input.first() == Some(&b'k');
    let server = Server::new(CometdOptions { keep_on_hangup, ..CometdOptions::default() });
    let mut run = Run { server, keep_on_hangup, now: Duration::ZERO, held: Vec::new() };
    for (number, (letters, body)) in lines(input).enumerate() {
        run.pass(letters);
        run.send(number, letters, body);
        run.try_held(letters.contains('h'));
    }
    while let Some(due) = run.server.next_due().filter(|due| *due > run.now) {
        run.now = due;
        run.server.sweep(due);
        run.try_held(false);
    }
    let deadlines = run.held.iter().map(|ticket| ticket.deadline);
    assert_eq!(deadlines.count(), 0, "held beyond the deadline");
}

struct Run {
    server: Server,
    keep_on_hangup: bool,
    now: Duration,
    held: Vec<Ticket>,
}

impl Run {
    fn pass(&mut self, letters: &str) {
        let digits = letters.chars().filter_map(|it| it.to_digit(10));
        self.now += Duration::from_secs(2) * digits.sum::<u32>();
    }

    fn send(&mut self, number: usize, letters: &str, body: &[u8]) {
        let Ok((body, _)) = json::parse(body) else { return };
        let Some(messages) = message::batch(&body) else { return };
        let owner = ["p", "q"].into_iter().find(|owner| letters.contains(owner));
        let callback = letters.contains('c');
        let transport = if callback { Transport::CallbackPolling } else { Transport::LongPolling };
        let label = number as u64;
        let request = Request {
            messages: &messages,
            transport,
            browser: letters.contains('b').then_some("cookie"),
            owner,
            new_client: format!("c{number:019}").into(),
            new_browser: "cookie".to_owned(),
            label,
            time: 1_000_000 + self.now.as_millis() as i64,
        };
        let received = self.server.receive(request, self.now);
        for (index, _) in received.violations {
            assert!(index < messages.len(), "a mistake in a message that there is not");
        }
        match received.outcome {
            Outcome::Answer(answer) => self.answered(answer, letters.contains('h')),
            Outcome::Hold(ticket) => self.held.push(ticket),
            Outcome::Failed => {}
        }
        if letters.contains('e') {
            let (owner, data) = (Some("p"), json!({ "messageType": "any" }));
            self.server.publish(
                owner,
                "/v2/me/smssessions",
                &event("/v2/me/smssessions", Some(&data)),
                label,
            );
        }
    }

    fn answered(&mut self, answer: BayeuxReply, hangs_up: bool) {
        let body = answer.body();
        let (messages, duplicates) = json::parse(body.as_bytes()).expect("an answer in JSON");
        assert_eq!(duplicates.len(), 0, "{body}");
        let wrong = check("bayeux-answer", &messages);
        assert!(wrong.is_empty(), "{body}\n{wrong:?}");
        if hangs_up {
            self.server.unwritten(answer, 0);
        }
    }

    fn try_held(&mut self, hangs_up: bool) {
        for ticket in std::mem::take(&mut self.held) {
            if hangs_up && self.keep_on_hangup {
                self.server.abandon(&ticket, self.now);
                continue;
            }
            match self.server.poll(&ticket, self.now) {
                Tried::Waiting => self.held.push(ticket),
                Tried::Answer(answer) => self.answered(answer, hangs_up),
                Tried::Released(_) => {}
            }
        }
        self.server.take_lost();
    }
}
