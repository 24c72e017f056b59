//! From a HAR file to what came and went: REST entries, and Bayeux traffic folded into pushes.
//!
//! Exporters differ, so that no entry spoils the file: one that cannot be used is left out and named. GWS is found by its
//! traffic, and not by the first address that looks like it.

use std::collections::BTreeMap;

use gws_sms_fake::_cli_internals::contract::json::reason;
use gws_sms_fake::_cli_internals::contract::recorded::envelope::har_text;
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::gws::timestamp::Timestamp;
use gws_sms_fake::_cli_internals::scenario::read::Lines;
use gws_sms_fake::_cli_internals::scenario::record::{Recorded, content};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::recording::exchange::{Exchange, Observer, signed_in};
use crate::recording::har_entry::{Call, Omission, exchange};
use crate::recording::origin::{Traffic, choose};

/// The place of GWS in a HAR file.
#[derive(Clone, Debug)]
pub struct HarSource {
    /// The origins of GWS, where the user names them.
    pub origins: Vec<String>,
    /// The path of CometD.
    pub cometd_path: String,
}

/// The result of reading a HAR file.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) recorded: Vec<Recorded>,
    /// The origins that the entries are of, in every way in which the file writes them.
    pub(crate) origins: Vec<String>,
    pub(crate) left_out: Vec<LeftOut>,
    /// True if half of a conversation is missing: a request or its answer, the REST side or the push side.
    pub(crate) is_incomplete: bool,
}

/// An entry that is left out.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    /// The file, the line, and the number of the entry.
    place: String,
    call: Option<Call>,
    why: String,
}

impl LeftOut {
    /// The place, the request, and why it is left out. `path` takes secrets out of a path.
    pub(crate) fn in_words(&self, path: impl FnOnce(&str) -> String) -> String {
        let Self { place, call, why } = self;
        let request = call.as_ref().map(|call| {
            // A method is any word that an exporter likes.
            let method = if Observer::is_method(&call.method) { &call.method } else { "a request" };
            format!("{method} {} ", path(call.address.path()))
        });
        format!("{place}: {}left out: {why}", request.unwrap_or_default())
    }
}

/// Reads a file.
pub(crate) fn import(file: &str, bytes: &[u8], source: &HarSource) -> Result<Imported, Error> {
    let text = har_text(bytes);
    let entries = entries(file, &text)?;
    let calls: Vec<Result<Call, Omission>> = entries
        .iter()
        .map(|entry| entry.value.as_ref().map_err(Clone::clone).and_then(Call::of))
        .collect();
    let seen = calls.iter().flatten().map(|call| (&call.address, call.traffic));
    let origins = choose(file, &source.origins, seen)?;
    let mut observer = Observer::new(&source.cometd_path);
    let mut taken: Vec<(Exchange, Timestamp)> = Vec::new();
    let mut left_out = Vec::new();
    let mut sides = Sides::default();
    for (entry, call) in entries.iter().zip(&calls) {
        let outcome = match (&entry.value, call) {
            (Ok(value), Ok(call)) => {
                let outcome = take(value, call, &observer, source, &origins);
                sides.count(call.traffic, &outcome);
                outcome
            }
            (_, Err(omission)) | (Err(omission), _) => Err(omission.clone()),
        };
        match outcome {
            Ok(exchange) => taken.push(exchange),
            Err(Omission { why, .. }) => {
                let Entry { line, number, .. } = entry;
                let place = format!("{file}:{line}: entry {number}");
                left_out.push(LeftOut { place, call: call.clone().ok(), why });
            }
        }
    }
    if taken.is_empty() {
        let whys = left_out.iter().map(|LeftOut { place, why, .. }| format!("\n{place}: {why}"));
        let whys: String = whys.collect();
        return Err(Error::new(format!(
            "{file}:1: there is no request below /api/; export the traffic of a client of GWS, from the desktop's own page{whys}"
        )));
    }
    // A browser may leave credentials and cookies out; then the one who signs in is meant.
    let mut names = taken
        .iter()
        .filter_map(|(exchange, _)| signed_in(exchange, content(&exchange.answer).as_ref()));
    observer.otherwise = names.next().filter(|first| names.all(|other| other == *first));
    let exchanges = in_order(taken);
    let recorded = exchanges.iter().flat_map(|exchange| observer.observe(exchange)).collect();
    let addresses = calls.iter().flatten().map(|call| &call.address);
    let spellings = addresses.filter(|address| origins.contains(&address.origin));
    let spellings = spellings.map(|address| address.spelling.clone());
    let mut origins: Vec<String> = spellings.chain(origins.iter().cloned()).collect();
    // The longer one first: the shorter may be its beginning.
    origins.sort_by(|one, other| other.cmp(one));
    origins.dedup();
    Ok(Imported { recorded, origins, left_out, is_incomplete: sides.are_incomplete() })
}

/// The exchange of an entry, where a scenario has a place for it.
fn take(
    entry: &Value,
    call: &Call,
    observer: &Observer,
    source: &HarSource,
    origins: &[String],
) -> Result<(Exchange, Timestamp), Omission> {
    if !origins.contains(&call.address.origin) {
        let why = "its origin is not that of GWS; if it is, name it with --origin";
        return Err(Omission::of(why));
    }
    let is_elsewhere = call.traffic == Traffic::Push && !observer.is_push(&call.address.target);
    if is_elsewhere {
        let path = &source.cometd_path;
        return Err(Omission::of(format!(
            "its Bayeux messages are not below {path}; name the path of CometD with --cometd-path"
        )));
    }
    if !Observer::is_method(&call.method) {
        return Err(Omission::of("a scenario has no place for the method"));
    }
    if !observer.takes(&call.method, &call.address.target) {
        return Err(Omission::of("the path is neither below /api/ nor that of CometD"));
    }
    exchange(entry, call)
}

/// The sides of the conversations: how much of each was taken, and how much was left out.
#[derive(Debug, Default)]
struct Sides {
    rest: Side,
    push: Side,
    halves: usize,
}

#[derive(Debug, Default)]
struct Side {
    taken: usize,
    left_out: usize,
}

impl Sides {
    fn count<T>(&mut self, traffic: Traffic, outcome: &Result<T, Omission>) {
        self.halves += usize::from(outcome.as_ref().is_err_and(|omission| omission.is_half));
        let side = match traffic {
            Traffic::Push => &mut self.push,
            Traffic::Rest => &mut self.rest,
            // It need not be of GWS.
            Traffic::Perhaps | Traffic::No if outcome.is_err() => return,
            Traffic::Perhaps | Traffic::No => &mut self.rest,
        };
        side.taken += usize::from(outcome.is_ok());
        side.left_out += usize::from(outcome.is_err());
    }

    fn are_incomplete(&self) -> bool {
        let is_lost = |side: &Side| side.taken == 0 && side.left_out > 0;
        self.halves > 0 || is_lost(&self.rest) || is_lost(&self.push)
    }
}

/// An entry, and where it stands.
struct Entry {
    line: usize,
    number: usize,
    value: Result<Value, Omission>,
}

/// The entries as they stand in the text.
fn entries(file: &str, text: &str) -> Result<Vec<Entry>, Error> {
    let mut lines = Lines::new(text);
    let wrong = |line: usize, error: &serde_json::Error| {
        // Of a value that is another one than wanted, serde would show the value.
        let reason = match error.classify() {
            Category::Data => "a value has another type than in a HAR file".to_owned(),
            _ => reason(error),
        };
        let line = line + error.line() - 1;
        Error::new(format!("{file}:{line}: {reason}; export the HAR file again"))
    };
    let mut value: &RawValue = serde_json::from_str(text).map_err(|error| wrong(1, &error))?;
    let mut line = lines.of(value);
    for name in ["log", "entries"] {
        // Of a name that comes several times, the last one counts.
        let mut members: BTreeMap<String, &RawValue> =
            serde_json::from_str(value.get()).map_err(|error| wrong(line, &error))?;
        value = members.remove(name).ok_or_else(|| {
            Error::new(format!(
                "{file}:1: there is no /log/entries; name a HAR file, as browsers export it"
            ))
        })?;
        line = lines.of(value);
    }
    let entries: Vec<&RawValue> =
        serde_json::from_str(value.get()).map_err(|error| wrong(line, &error))?;
    let entries = entries.into_iter().enumerate().map(|(index, raw)| Entry {
        line: lines.of(raw),
        number: index + 1,
        value: serde_json::from_str(raw.get()).map_err(|error| Omission::of(reason(&error))),
    });
    Ok(entries.collect())
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
