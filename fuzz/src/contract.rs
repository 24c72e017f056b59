//! Schemas of a user's own, and how they change.

use std::collections::BTreeMap;

use serde_json::Value;

use gws_sms_fake::_cli_internals::contract::check::check_in;
use gws_sms_fake::_cli_internals::contract::json;
use gws_sms_fake::_cli_internals::contract::schemas::{Own, find};
use gws_sms_fake_cli::fuzzing::{diffs, lints};

use crate::lines;

/// Files of a contract: the name of a schema and its text, or the path of a fixture and its text. They are linted, compared with
/// those of the same names that are built in, and gone by. What a fake keeps for good is let go of here, so that the target needs no
/// more memory the longer it runs.
///
/// # Panics
///
/// When a schema that is taken cannot be gone by.
pub fn contract(input: &[u8]) {
    let (mut files, mut fixtures) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for (name, text) in lines(input).take(4) {
        let is_schema = !name.contains('/');
        let path =
            if is_schema { format!("schemas/{name}.json") } else { format!("fixtures/{name}") };
        files.push((path, text));
        let Ok((value, _)) = json::parse(text) else { continue };
        if !is_schema {
            fixtures.push(value);
            continue;
        }
        if let Some(schema) = find(name) {
            old.insert(name.to_owned(), schema.document().clone());
        }
        new.insert(name.to_owned(), value);
    }
    lints(files);
    diffs(&old, &new);
    if !new.is_empty() {
        goes_by(new, &fixtures);
    }
}

fn goes_by(own: BTreeMap<String, Value>, fixtures: &[Value]) {
    let names: Vec<String> = own.keys().cloned().collect();
    let Ok(own) = Own::of(own) else { return };
    let Ok(schemas) = own.among_built_in() else { return };
    for name in names {
        for value in fixtures.iter().chain([&Value::Null]) {
            check_in(&schemas, &name, value);
        }
    }
}
