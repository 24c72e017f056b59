//! Plays one case: sends its requests as bytes, and compares the answers.

use std::collections::BTreeMap;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gws_sms_fake::FakeGws;
use serde_json::{Value, json};

use support::Answer;
use support::raw::{RawConnection, me, post};
use support::{PUSH, TableFake, Transport};

/// The headers of an answer that are compared.
const HEADERS: [&str; 3] = ["content-type", "set-cookie", "connection"];

/// One case while it is played.
pub(super) struct Player {
    transport: Transport,
    gws: TableFake,
    /// The cookie with which the supervisor has signed in, so that no answer begins another HTTP session.
    signed_in: String,
    connections: BTreeMap<String, RawConnection>,
    known: BTreeMap<String, Value>,
    /// The clock is set forward beside, and waits for clients that connect again.
    advance: Option<JoinHandle<()>>,
}

impl Player {
    /// Plays a case; says what was not as in its script.
    pub(super) fn play(transport: Transport, script: &str) -> Result<(), String> {
        let builder = FakeGws::builder()
            .cometd_timeout(Duration::from_secs(2))
            .cometd_max_interval(Duration::from_secs(3));
        let gws = transport.start_with(builder);
        // The cases are of CometD, and not of GWS: their channels are not its topics, and clients publish.
        ["bayeux-topic", "bayeux-publish-topic"].iter().for_each(|rule| gws.allow(rule));
        gws.pause_clock();
        let signed_in = RawConnection::open(&gws).exchange(me()).cookie_field();
        let signed_in = signed_in.trim_end().trim_start_matches("Cookie: ").to_owned();
        let (connections, known) = (BTreeMap::new(), BTreeMap::new());
        let mut player = Self { transport, gws, signed_in, connections, known, advance: None };
        for (number, line) in script.lines().enumerate() {
            player.step(line).map_err(|failure| format!("line {}: {failure}", number + 1))?;
        }
        Ok(())
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        let (kind, rest) = line.split_at(line.find(' ').unwrap_or(line.len()));
        let parts: Vec<&str> = rest.trim_start().split(" | ").collect();
        match (kind, parts.as_slice()) {
            ("#", _) => {}
            ("!", [rule]) => self.gws.expect_violation(rule),
            ("?", [rule]) => self.gws.allow(rule),
            (">", [connection, target, headers @ .., body]) => {
                self.send(connection, target, headers, if *body == "-" { "" } else { body });
            }
            ("<", [connection, status, headers @ .., body]) => {
                return self.read(
                    connection,
                    status,
                    headers,
                    if *body == "-" { "" } else { body },
                );
            }
            ("*", [action]) => self.act(action),
            _ => panic!("no step: {line}"),
        }
        Ok(())
    }

    fn send(&mut self, connection: &str, target: &str, headers: &[&str], body: &str) {
        let (method, path) = target.split_once(' ').unwrap_or((target, ""));
        let mut head = format!("{method} {PUSH}{path} HTTP/1.1\r\nHost: gws\r\n");
        let mut cookies = self.signed_in.clone();
        for header in headers {
            match header.strip_prefix("Cookie: ") {
                Some(cookie) => cookies = format!("{cookies}; {}", self.filled_in(cookie)),
                None => head += &format!("{header}\r\n"),
            }
        }
        let body = self.filled_in(body);
        head += &format!("Cookie: {cookies}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let gws = &self.gws;
        let connections = &mut self.connections;
        let connection = connections.entry(connection.to_owned());
        connection.or_insert_with(|| RawConnection::open(gws)).send(head);
    }

    /// The text with what has been learnt in place of its names.
    fn filled_in(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.replace(name, &value)
        })
    }

    fn read(
        &mut self,
        connection: &str,
        status: &str,
        headers: &[&str],
        body: &str,
    ) -> Result<(), String> {
        let answer = self.connections.get_mut(connection).and_then(RawConnection::answer);
        let answer = answer.ok_or("got the end of the connection, want an answer")?;
        same("status", &answer.status.to_string(), status)?;
        // Without a server nobody decides on the connection.
        let is_served = self.transport == Transport::Socket;
        let is_compared = |name: &str| name != "connection" || is_served;
        for name in HEADERS.into_iter().filter(|name| is_compared(name)) {
            self.compare_header(&answer, name, headers)?;
        }
        if body != "..." {
            self.compare_body(&answer.text, body)?;
        }
        Ok(())
    }

    fn compare_header(
        &mut self,
        answer: &Answer,
        name: &str,
        headers: &[&str],
    ) -> Result<(), String> {
        let got: Vec<&str> = answer.headers(name).collect();
        let fields = headers.iter().filter_map(|header| header.split_once(": "));
        let want: Vec<&str> = fields
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|field| field.1)
            .collect();
        if let ([got], Some(before)) = (&*got, want.first().and_then(|text| text.find("$browser")))
            && !self.known.contains_key("$browser")
        {
            let browser = got
                .get(before..)
                .and_then(|from_browser| from_browser.split(';').next())
                .unwrap_or_default();
            self.known.insert("$browser".to_owned(), json!(browser));
        }
        same(name, &got.join(" | "), &self.filled_in(&want.join(" | ")))
    }

    /// What stands around the array of a script is text, and the array is JSON.
    fn compare_body(&mut self, got: &str, want: &str) -> Result<(), String> {
        let parts = |text: &str| {
            let start = text.find('[').unwrap_or(text.len());
            let end = text.rfind(']').map_or(text.len(), |end| end + 1);
            let (before, array, after) = (&text[..start], &text[start..end], &text[end..]);
            (format!("{before}[]{after}"), array.to_owned())
        };
        let ((got_around, got), (want_around, want)) = (parts(got), parts(want));
        same("body", &got_around, &want_around)?;
        if want.is_empty() {
            return same("body", &got, &want);
        }
        let got: Value = serde_json::from_str(&got).map_err(|error| format!("{error}: {got}"))?;
        let mut want: Value = serde_json::from_str(&want).unwrap();
        self.learn(&mut want, &got);
        same("body", &got.to_string(), &want.to_string())
    }

    /// Puts what is known, and what is learnt from this answer, in the place of names.
    fn learn(&mut self, want: &mut Value, got: &Value) {
        match want {
            Value::String(name) if name.starts_with('$') => {
                let value = self.known.entry(name.clone()).or_insert_with(|| got.clone());
                *want = value.clone();
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.learn(item, &got[index]);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    self.learn(field, &got[name]);
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, action: &str) {
        match action.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
            ["parked"] => self.gws.connect_held("s1"),
            ["wait", milliseconds] => {
                if let Some(advance) = self.advance.take() {
                    advance.join().unwrap();
                }
                let by = Duration::from_millis(milliseconds.parse().unwrap());
                match &self.gws {
                    TableFake::Served(gws) => {
                        let clock = gws.clock();
                        self.advance = Some(thread::spawn(move || clock.advance(by).blocking()));
                    }
                    gws => gws.advance(by),
                }
            }
            ["publish", channel, data] => self.publish(channel, data),
            ["deliver", channel, data] => {
                self.gws.deliver("s1", channel, &serde_json::from_str(data).unwrap());
            }
            ["disconnect"] => {
                self.gws.disconnect_client("s1");
            }
            _ => panic!("no action: {action}"),
        }
    }

    /// Publishes from a session of a browser of its own.
    fn publish(&self, channel: &str, data: &str) {
        let mut connection = RawConnection::open(&self.gws);
        let handshake = json!({ "channel": "/meta/handshake" }).to_string();
        let shaken = connection.exchange(post(PUSH, handshake));
        let reply = &shaken.body;
        let data: Value = serde_json::from_str(data).unwrap();
        let client = &reply[0]["clientId"];
        let messages = json!([
            { "channel": channel, "clientId": client, "data": data },
            { "channel": "/meta/disconnect", "clientId": client },
        ]);
        let body = messages.to_string();
        let request = format!(
            "POST {PUSH} HTTP/1.1\r\nHost: gws\r\n{}Content-Length: {}\r\n\r\n{body}",
            shaken.cookie_field(),
            body.len()
        );
        let published = connection.exchange(request);
        assert!(published.text.contains("\"successful\":true"), "{}", published.text);
    }
}

fn same(what: &str, got: &str, want: &str) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got}, want {want}")) }
}
