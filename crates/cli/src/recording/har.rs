//! From a HAR file, as browsers export it, to what came and went: REST entries, and Bayeux traffic folded into pushes.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Uri;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gws_sms_fake::_cli_internals::contract::json::reason;
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::gws::timestamp::Timestamp;
use gws_sms_fake::_cli_internals::scenario::read::Lines;
use gws_sms_fake::_cli_internals::scenario::record::{Recorded, content};
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::recording::exchange::{Exchange, Observer, cookies, signed_in};

/// What a HAR file has come to.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) recorded: Vec<Recorded>,
    /// The origin that the entries are of.
    pub(crate) origin: String,
    /// What is to be told of it.
    pub(crate) notes: Vec<String>,
}

/// Reads the text of a file.
pub(crate) fn import(file: &str, text: &str, cometd_path: &str) -> Result<Imported, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let entries = entries(file, text)?;
    let mut lines = Lines::new(text);
    let mut observer = Observer::new(cometd_path);
    let mut taken: Vec<(Exchange, Timestamp)> = Vec::new();
    let mut origin = None;
    let mut elsewhere = 0;
    let mut unanswered = 0;
    let mut notes = Vec::new();
    for (index, raw) in entries.into_iter().enumerate() {
        let entry = Entry::read(file, lines.of(raw), index + 1, raw.get())?;
        let url = entry.text("/request/url")?;
        let uri: Option<Uri> = url.parse().ok();
        let target = uri.as_ref().and_then(Uri::path_and_query).map_or("/", |uri| uri.as_str());
        let from = uri
            .as_ref()
            .and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)))
            .map(|(scheme, authority)| format!("{scheme}://{authority}"));
        let method = entry.text("/request/method")?;
        let Some(from) = from.filter(|_| observer.takes(method, target)) else {
            elsewhere += 1;
            continue;
        };
        if *origin.get_or_insert_with(|| from.clone()) != from {
            elsewhere += 1;
            continue;
        }
        match entry.exchange(method, target, &mut notes)? {
            Some(exchange) => taken.push(exchange),
            None => unanswered += 1,
        }
    }
    if elsewhere > 0 {
        notes.push(format!("{elsewhere} entries of other hosts, paths or methods, left out"));
    }
    if unanswered > 0 {
        notes.push(format!("{unanswered} entries without an answer, left out"));
    }
    if taken.is_empty() {
        return Err(Error::new(format!(
            "{file}:1: got no request below /api/, want the traffic of a client of GWS: export it from the desktop's own page"
        )));
    }
    // A browser may leave credentials and cookies out; then the one who signs in is meant.
    let mut names = taken
        .iter()
        .filter_map(|(exchange, _)| signed_in(exchange, content(&exchange.answer).as_ref()));
    observer.otherwise = names.next().filter(|first| names.all(|other| other == *first));
    let exchanges = in_order(taken);
    let recorded = exchanges.iter().flat_map(|exchange| observer.observe(exchange)).collect();
    Ok(Imported { recorded, origin: origin.unwrap_or_default(), notes })
}

/// What is read of a HAR file; everything else in it is passed over.
#[derive(Deserialize)]
struct Har<'t> {
    #[serde(borrow)]
    log: Option<Log<'t>>,
}

#[derive(Deserialize)]
struct Log<'t> {
    #[serde(borrow)]
    entries: Option<Vec<&'t RawValue>>,
}

/// The entries as they stand in the text.
fn entries<'t>(file: &str, text: &'t str) -> Result<Vec<&'t RawValue>, Error> {
    let har: Har<'t> = serde_json::from_str(text).map_err(|error| {
        let line = error.line();
        // Of a value that is another one than wanted, serde would show the value.
        let (got, want) = match error.classify() {
            Category::Data => ("a value of another type".to_owned(), "/log/entries of a HAR file"),
            _ => (reason(&error), "a whole HAR file"),
        };
        Error::new(format!("{file}:{line}: got {got}, want {want}; export it again"))
    })?;
    har.log.and_then(|log| log.entries).ok_or_else(|| {
        Error::new(format!("{file}:1: got no /log/entries, want a HAR file as browsers export it"))
    })
}

/// With orders and offsets, in the order in which they ended.
fn in_order(taken: Vec<(Exchange, Timestamp)>) -> Vec<Exchange> {
    let begun = taken.iter().map(|(_, began)| *began).min().unwrap_or_default();
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (exchange, began) in taken {
        let began_at = (began - begun).to_std().unwrap_or_default();
        let ended_at = began_at.saturating_add(exchange.ended_at);
        exchanges.push(Exchange { began_at, ended_at, ..exchange });
    }
    let mut moments = BTreeMap::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        // What ends at the moment at which another begins is before it.
        moments.insert((exchange.began_at, 1, index), (index, true));
        let behind = if exchange.ended_at == exchange.began_at { 2 } else { 0 };
        moments.insert((exchange.ended_at, behind, index), (index, false));
    }
    for (order, (index, begins)) in moments.into_values().enumerate() {
        let order = u64::try_from(order).unwrap_or(u64::MAX);
        let Some(exchange) = exchanges.get_mut(index) else { continue };
        if begins {
            exchange.began = order;
        } else {
            exchange.ended = order;
        }
    }
    exchanges.sort_by_key(|exchange| exchange.ended);
    exchanges
}

/// An entry, and where it stands.
struct Entry<'a> {
    file: &'a str,
    line: usize,
    number: usize,
    value: Value,
}

impl<'a> Entry<'a> {
    fn read(file: &'a str, line: usize, number: usize, text: &str) -> Result<Self, Error> {
        let value = serde_json::from_str(text).map_err(|error| {
            let got = reason(&error);
            Error::new(format!(
                "{file}:{line}: entry {number}: got {got}, want an entry of a HAR file"
            ))
        })?;
        Ok(Self { file, line, number, value })
    }

    fn wrong(&self, pointer: &str, want: &str) -> Error {
        let Self { file, line, number, value } = self;
        let got = match value.pointer(pointer) {
            None => "nothing",
            Some(Value::String(_)) => "another text",
            Some(_) => "a value of another type",
        };
        Error::new(format!("{file}:{line}: entry {number}: {pointer}: got {got}, want {want}"))
    }

    fn text(&self, pointer: &str) -> Result<&str, Error> {
        let text = self.value.pointer(pointer).and_then(Value::as_str);
        text.ok_or_else(|| self.wrong(pointer, "a text"))
    }

    /// The exchange and when it began; its end is how long it took. `None`: it was not answered.
    fn exchange(
        &self,
        method: &str,
        target: &str,
        notes: &mut Vec<String>,
    ) -> Result<Option<(Exchange, Timestamp)>, Error> {
        let began = self
            .text("/startedDateTime")?
            .parse::<Timestamp>()
            .map_err(|_| self.wrong("/startedDateTime", "a time as in ISO 8601"))?;
        let took = self.value.pointer("/time").and_then(Value::as_f64).unwrap_or_default();
        let took = Duration::try_from_secs_f64(took.max(0.0) / 1000.0).unwrap_or_default();
        let status = self.value.pointer("/response/status").and_then(Value::as_u64);
        let status = status.ok_or_else(|| self.wrong("/response/status", "a number"))?;
        // A status below 200 announces an answer, and is none.
        let Some(status) = u16::try_from(status).ok().filter(|status| (200..600).contains(status))
        else {
            return Ok(None);
        };
        let exchange = Exchange {
            ended_at: took,
            method: method.to_owned(),
            target: target.to_owned(),
            authorization: self.headers("request", "authorization").next().map(str::to_owned),
            cookies: self.headers("request", "cookie").flat_map(cookies).collect(),
            set_cookies: self.headers("response", "set-cookie").flat_map(cookies).collect(),
            body: self.body("/request/postData", notes)?,
            status,
            answer: self.body("/response/content", notes)?,
            ..Exchange::default()
        };
        Ok(Some((exchange, began)))
    }

    fn headers(&self, of: &str, name: &'static str) -> impl Iterator<Item = &str> {
        let headers = self.value.pointer(&format!("/{of}/headers")).and_then(Value::as_array);
        let named = headers.into_iter().flatten().filter(move |header| {
            header["name"].as_str().is_some_and(|header| header.eq_ignore_ascii_case(name))
        });
        named.filter_map(|header| header["value"].as_str())
    }

    /// A body; one that is no text is left out.
    fn body(&self, pointer: &str, notes: &mut Vec<String>) -> Result<Vec<u8>, Error> {
        let part = self.value.pointer(pointer);
        let Some(text) = part.and_then(|part| part["text"].as_str()) else { return Ok(Vec::new()) };
        if part.and_then(|part| part["encoding"].as_str()) != Some("base64") {
            return Ok(text.as_bytes().to_vec());
        }
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| self.wrong(&format!("{pointer}/text"), "base64"))?;
        if std::str::from_utf8(&bytes).is_err() {
            let Self { file, line, number, .. } = self;
            let length = bytes.len();
            notes.push(format!(
                "{file}:{line}: entry {number}: {pointer}: {length} bytes that are no text, left out"
            ));
            return Ok(Vec::new());
        }
        Ok(bytes)
    }
}
