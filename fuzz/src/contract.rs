//! Schemas of a user's own, and how they change.

use std::collections::BTreeMap;

use serde_json::Value;

use gws_sms_fake::_cli_internals::contract::check::check_in;
use gws_sms_fake_cli::diff::diff;
use gws_sms_fake_cli::documents::Documents;
use gws_sms_fake::_cli_internals::contract::json;
use gws_sms_fake_cli::lint::files::Files;
use gws_sms_fake_cli::lint::lint;
use gws_sms_fake::_cli_internals::contract::schemas::{Own, find};
use gws_sms_fake::_cli_internals::fixture::contract::wrong_path;
use crate::lines;

/// Files of a contract: the name of a schema and its text, or the path of a fixture and its text. They are linted, compared with
/// those of the same names that are built in, and gone by. What a fake keeps for good is let go of here, so that the target needs no
/// more memory the longer it runs.
///
/// # Panics
///
/// When a schema that is taken cannot be gone by.
pub fn contract(input: &[u8]) {
    let mut files = Files::default();
    let (mut own, mut fixtures) = (BTreeMap::new(), Vec::new());
    let (mut old, mut new) = (Documents::default(), Documents::default());
    for (name, text) in lines(input).take(4) {
        let is_schema = !name.contains('/');
        files.add(
            if is_schema { format!("schemas/{name}.json") } else { format!("fixtures/{name}") },
            text,
        );
        let Ok((value, _)) = json::parse(text) else { continue };
        if !is_schema {
            fixtures.push(value);
            continue;
        }
        new.add(name, value.clone());
        if let Some(schema) = find(name) {
            old.add(name, schema.document.clone());
        }
        own.insert(name.to_owned(), value);
    }
    for finding in lint(&files, &Documents::default(), wrong_path) {
        assert_ne!(finding.to_string(), "");
    }
    diff(&old, &new);
    diff(&new, &old);
    assert_eq!(diff(&new, &new).len(), 0, "what does not change has changed");
    if !own.is_empty() {
        goes_by(own, &fixtures);
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
