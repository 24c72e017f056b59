//! The parsers that `fuzz/` reaches: they take what others write, and need no file, socket or process.

use std::collections::BTreeMap;

use gws_sms_fake::_cli_internals::fixture::contract::wrong_path;
use gws_sms_fake::_cli_internals::scenario::step::Scenario;
use serde_json::Value;

use crate::diff::diff;
use crate::documents::Documents;
use crate::lint::files::Files;
use crate::lint::lint;
use crate::recording::proxy::redactor;
use crate::recording::redactions::REDACTIONS;
use crate::recording::{har, journal};

/// Makes scenarios of a HAR file: with every redaction, and with none. There are none when the file is refused.
///
/// # Panics
///
/// When the redactions cannot be chosen by their own names.
pub fn scenarios_of_har(text: &str) -> Vec<Scenario> {
    let cometd_path = "/api/v2/notifications".to_owned();
    let source = har::HarSource { origins: Vec::new(), cometd_path };
    let Ok(imported) = har::import("a HAR file", text.as_bytes(), &source) else {
        return Vec::new();
    };
    let all: Vec<String> = REDACTIONS.iter().map(|redaction| redaction.name.to_owned()).collect();
    let scenario = |keep: &[String]| {
        let mut redactor = redactor(keep, BTreeMap::new(), imported.origins.clone())
            .unwrap_or_else(|error| panic!("{error}"));
        let recorded = imported.recorded.iter().cloned();
        let recorded: Vec<_> = recorded.map(|recorded| redactor.recorded(recorded)).collect();
        journal::of(&recorded)
    };
    vec![scenario(&[]), scenario(&all)]
}

/// Finishes a recording, if it is one.
pub fn finished(text: &str) -> Option<Scenario> {
    journal::finish("a recording", text, "a scenario").ok().map(|finished| finished.scenario)
}

/// Summarizes a scenario, as `record` and `import` print it.
pub fn summary(scenario: &Scenario) -> String {
    journal::summary(scenario)
}

/// Lints files of a contract, by their paths.
///
/// # Panics
///
/// When a diagnostic has no text.
pub fn lints<'a>(contract: impl IntoIterator<Item = (String, &'a [u8])>) {
    let mut files = Files::default();
    for (path, bytes) in contract {
        files.add(path, bytes);
    }
    for diagnostic in lint(&files, &Documents::default(), wrong_path) {
        assert_ne!(diagnostic.to_string(), "");
    }
}

/// Compares schemas, by their names, in both directions.
///
/// # Panics
///
/// When schemas differ from themselves.
pub fn diffs(old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) {
    let documents = |schemas: &BTreeMap<String, Value>| {
        let mut documents = Documents::default();
        for (name, schema) in schemas {
            documents.add(name, schema.clone());
        }
        documents
    };
    let old = documents(old);
    let new = documents(new);
    diff(&old, &new);
    diff(&new, &old);
    assert_eq!(diff(&new, &new).len(), 0, "schemas differ from themselves");
}
