//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;
use std::path::Path;

use gws_sms_fake::contract::{Diagnostic, Summary};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::check::repository::Repository;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The characters that need no encoding in the path of a URI.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn report(
    repository: &Repository,
    checked: &Summary,
    diagnostics: &[Diagnostic],
) -> Value {
    let ids: BTreeMap<&str, &Diagnostic> =
        diagnostics.iter().map(|diagnostic| (diagnostic.id(), diagnostic)).collect();
    let index = |id: &str| ids.keys().position(|other| *other == id);
    let results = diagnostics.iter().map(|diagnostic| {
        let mut result = result(repository, diagnostic);
        result["ruleIndex"] = json!(index(diagnostic.id()));
        result
    });
    let troubles = checked
        .troubles()
        .iter()
        .map(|trouble| json!({ "level": "error", "message": { "text": trouble } }));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gws-sms-fake",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": ids.values().map(|id| rule(id)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": checked.troubles().is_empty(),
                "toolExecutionNotifications": troubles.collect::<Vec<_>>(),
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// Returns the rule that a finding breaks.
fn rule(diagnostic: &Diagnostic) -> Value {
    let (text, help) = match diagnostic.rule() {
        Some(rule) => (rule.text(), format!("{}: {}", rule.certainty(), rule.source())),
        None if diagnostic.schema().is_some() => {
            ("a file has the form that its schema says", "the schemas of this program".to_owned())
        }
        None => ("what is checked can be told what it is", "this program".to_owned()),
    };
    json!({
        "id": diagnostic.id(),
        "shortDescription": { "text": text },
        "help": { "text": help },
    })
}

fn result(repository: &Repository, diagnostic: &Diagnostic) -> Value {
    let mut text =
        format!("{}: got {}, want {}", diagnostic.place(), diagnostic.got(), diagnostic.want());
    if let Some(hint) = diagnostic.hint() {
        text += &format!("; {hint}");
    }
    let region = json!({
        "startLine": diagnostic.line(),
        "startColumn": diagnostic.column(),
        "endColumn": diagnostic.end_column(),
        "snippet": { "text": diagnostic.excerpt() },
    });
    let location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&repository.path(diagnostic.file())) },
            "region": region,
        },
        "logicalLocations": [{ "fullyQualifiedName": diagnostic.place() }],
    });
    json!({
        "ruleId": diagnostic.id(),
        "level": diagnostic.severity().as_str(),
        "message": { "text": text },
        "locations": [location],
    })
}

/// A file as a reference: relative where the file is in the repository.
fn uri(file: &str) -> String {
    let path = utf8_percent_encode(file, PATH);
    match Path::new(file).is_absolute() {
        true => format!("file:///{}", path.to_string().trim_start_matches('/')),
        false => path.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_reference() {
        assert_eq!(uri("recordings/a b#1.json"), "recordings/a%20b%231.json");
        if cfg!(unix) {
            assert_eq!(uri("/tmp/ä.json"), "file:///tmp/%C3%A4.json");
        }
    }
}
