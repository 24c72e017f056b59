//! The files of a contract: `schemas/*.json`, and below `fixtures/` what should pass or fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gws_sms_fake::_cli_internals::contract::folder::json_files_below;
use gws_sms_fake::_cli_internals::contract::json;
use gws_sms_fake::_cli_internals::error::Error;
use serde_json::Value;

use crate::documents::Documents;
use crate::lint::diagnostic::LintDiagnostic;

/// Files by their paths from the folder, with `/` between its parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Vec<u8>>);

/// The contents that could be read.
pub(super) struct Read {
    pub(super) schemas: Documents,
    /// By their paths below `fixtures/`.
    pub(super) fixtures: BTreeMap<String, Value>,
}

/// The folders that count.
pub(crate) const FOLDERS: [&str; 2] = ["schemas", "fixtures"];

impl Files {
    /// Every `.json` file in the two folders of that one.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let mut files = Self::default();
        for name in FOLDERS {
            if folder.join(name).is_dir() {
                files.below(folder, name)?;
            }
        }
        Ok(files)
    }

    pub(crate) fn add(&mut self, path: String, bytes: &[u8]) {
        self.0.insert(path, bytes.to_owned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn below(&mut self, folder: &Path, name: &str) -> Result<(), Error> {
        for path in json_files_below(&folder.join(name))? {
            let parts = path.strip_prefix(folder).unwrap_or(&path).iter();
            let parts = parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>();
            let bytes = fs::read(&path).map_err(|error| {
                Error::new(format!(
                    "{}: {error}; name a folder of files that can be read",
                    path.display()
                ))
            })?;
            self.0.insert(parts.join("/"), bytes);
        }
        Ok(())
    }

    /// The values of the files that are JSON; of the others and of what stands twice in an object a finding each.
    pub(super) fn read(&self, diagnostics: &mut Vec<LintDiagnostic>) -> Read {
        let mut read = Read { schemas: Documents::default(), fixtures: BTreeMap::new() };
        for (path, bytes) in &self.0 {
            let value = match json::parse(bytes) {
                Ok((value, duplicates)) => {
                    diagnostics
                        .extend(duplicates.iter().map(|duplicate| diagnostic(path, duplicate)));
                    value
                }
                Err(wrong) => {
                    diagnostics.push(diagnostic(path, &wrong));
                    continue;
                }
            };
            match path.strip_prefix("schemas/") {
                Some(name) => read.schemas.add(name.strip_suffix(".json").unwrap_or(name), value),
                None => {
                    let path = path.strip_prefix("fixtures/").unwrap_or(path);
                    read.fixtures.insert(path.to_owned(), value);
                }
            }
        }
        read
    }
}

fn diagnostic(
    path: &str,
    wrong: &gws_sms_fake::_cli_internals::rules::Violation,
) -> LintDiagnostic {
    let place = wrong.place.strip_prefix("body, ").unwrap_or(&wrong.place);
    let hint = wrong.hint.as_deref().unwrap_or_default().replace("body", "file");
    LintDiagnostic::new(path, place, &*wrong.got, &wrong.want, &hint)
}
