//! Contracts as they are written and changed: the mistakes in a contract, and the clients that a change breaks.
//!
//! A contract is a folder with `schemas/*.json`, JSON Schemas 2020-12 that are named by their files, and with `fixtures/`,
//! values that should conform to them or not. The crate's own is such a folder.

use std::path::Path;

use gws_sms_fake::_cli_internals::contract::fixture_schema::ContractDiagnostic;
use gws_sms_fake::_cli_internals::contract::schemas;
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::fixture::contract::wrong_path;
use gws_sms_fake::_cli_internals::fixture::embedded;
use gws_sms_fake::_cli_internals::fixture::load::Sources;

use crate::diff::reading::read;
use crate::documents::Documents;
use crate::lint;
use crate::lint::files::{FOLDERS, Files};

pub use crate::diff::SchemaChange;
pub use crate::lint::LintDiagnostic;

/// Looks for what is wrong with the contract in a folder: schemas that are none, references that lead nowhere, objects that
/// are open by accident, definitions that nothing uses, enumerations with values that no fixture has, fixtures that
/// should conform and do not, or the other way round, and what of a further operation a fake would refuse. Schemas of this crate that its schemas refer to need not be there.
///
/// # Errors
///
/// When the folder cannot be read, or has neither `schemas` nor `fixtures`.
///
/// ```
/// use gws_sms_fake_cli::contract_folder::lint;
///
/// let folder = tempfile::tempdir()?;
/// std::fs::create_dir_all(folder.path().join("fixtures/valid/intrude-request"))?;
/// let request = r#"{"operationName": "Intrude", "mode": "Coach"}"#;
/// std::fs::write(folder.path().join("fixtures/valid/intrude-request/coach.json"), request)?;
/// let findings = lint(folder.path())?;
/// assert_eq!((findings.len(), findings[0].place.as_str()), (1, "/mode"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lint(folder: &Path) -> Result<Vec<LintDiagnostic>, Error> {
    let shown = folder.display();
    let files = Files::of_folder(folder)?;
    if files.is_empty() {
        let wanted = FOLDERS.join(" or ");
        return Err(Error::new(format!(
            "{shown}: there is no .json file in {wanted}; name the folder of a contract"
        )));
    }
    let mut diagnostics = lint::lint(&files, &own_schemas(), wrong_path);
    diagnostics.extend(apart(folder));
    diagnostics.sort();
    Ok(diagnostics)
}

/// Returns the conflicts between the users and sessions of a folder and the built-in ones. A file that cannot be
/// read has a finding already.
fn apart(folder: &Path) -> Vec<LintDiagnostic> {
    let fixtures = folder.join("fixtures");
    let mut sources = Sources::built_in();
    let found = sources.found(&fixtures);
    let wrong = found.map(|_| sources.apart()).unwrap_or_default();
    let diagnostic = |(origin, wrong): (String, ContractDiagnostic)| {
        let file = Path::new(&origin).strip_prefix(folder).unwrap_or(Path::new(&origin));
        let parts = file.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>();
        LintDiagnostic::of(&parts.join("/"), &wrong)
    };
    wrong.into_iter().map(diagnostic).collect()
}

/// Looks for what is wrong with the contract that is built in.
pub fn lint_built_in() -> Vec<LintDiagnostic> {
    let mut files = Files::default();
    for (name, text) in schemas::texts() {
        files.add(format!("schemas/{name}.json"), text.as_bytes());
    }
    for file in embedded::all() {
        files.add(format!("fixtures/{}", file.path), file.text.as_bytes());
    }
    lint::lint(&files, &Documents::default(), wrong_path)
}

/// Every change from the schemas at one place to those at another, the breaking ones first. A place is a folder, with
/// `schemas` in it or not, a file with one schema, or one with many under `$defs`.
///
/// Messages that a client sends must still conform to the new schemas: stricter schemas break it. Messages that it receives
/// must conform to the old schemas: looser schemas break it. The name of a schema says which messages it describes: `-request`
/// and `-fixture`, or `-response` and `-notification`.
///
/// # Errors
///
/// When one of the places cannot be read, or has no JSON.
///
/// ```
/// use gws_sms_fake_cli::contract_folder::diff;
///
/// let folder = tempfile::tempdir()?;
/// let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
/// for (place, modes) in [(&old, r#"["Monitor", "Coach"]"#), (&new, r#"["Monitor"]"#)] {
///     std::fs::create_dir(place)?;
///     std::fs::write(place.join("ring-request.json"), format!(r#"{{"enum": {modes}}}"#))?;
/// }
/// let changes = diff(&old, &new)?;
/// assert!(changes[0].breaking);
/// assert_eq!((changes[0].kind, changes[0].place.as_str()), ("value removed", "/enum"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diff(old: &Path, new: &Path) -> Result<Vec<SchemaChange>, Error> {
    Ok(crate::diff::diff(&read(old)?, &read(new)?))
}

fn own_schemas() -> Documents {
    let mut documents = Documents::default();
    for (name, document) in schemas::all() {
        documents.add(name, document.clone());
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Place, walk};

    #[test]
    fn nothing_is_wrong_with_the_contract_that_is_built_in() {
        let found: Vec<String> = lint_built_in().iter().map(ToString::to_string).collect();
        assert_eq!(found, [""; 0]);
    }

    /// Opening another object is a decision, and not only a reason.
    #[test]
    fn the_objects_that_are_open_are_these() {
        let mut open = Vec::new();
        for (name, document) in schemas::all() {
            walk(Place::root(name), document, &mut |place, schema| {
                if schema.get("x-open").is_some() {
                    open.push(format!("{name}{}", place.pointer));
                }
            });
        }
        let expected = [
            "bayeux-message/properties/advice",
            "common/$defs/otherMedium",
            "control-fake/properties/resources",
            "scenario-head/properties/let",
            "scenario-step/$defs/test/properties/with",
            "start-contact-center-session-request/properties/mobileSession",
            "user-data",
        ];
        assert_eq!(open, expected);
    }

    /// Each way in which a value can depart from a schema has a fixture that must fail so.
    #[test]
    fn what_must_fail_breaks_rules_of_every_kind_that_schemas_name() {
        use gws_sms_fake::_cli_internals::rules::{self, RuleKind};
        let rules = embedded::all().into_iter().filter(|file| file.path.starts_with("invalid"));
        let rules: Vec<_> = rules
            .filter_map(|file| {
                let fixture: serde_json::Value = serde_json::from_str(file.text).ok()?;
                rules::of_id(fixture["rule"].as_str()?)
            })
            .collect();
        for kind in [RuleKind::Demand, RuleKind::Parameter, RuleKind::Field] {
            assert!(rules.iter().any(|rule| rule.kind() == kind), "{kind:?}");
        }
        for id in ["unknown-field", "parameter-missing", "parameter-empty", "parameter-value"] {
            assert!(rules.iter().any(|rule| rule.id() == id), "{id}");
        }
    }
}
