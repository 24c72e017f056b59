//! The schemas of a custom contract: those of a folder next to those of this crate, or in their place; and the operations
//! that they add.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::contract::folder::json_files_in;
use crate::contract::index::operations;
use crate::contract::json;
use crate::contract::schemas::{Schemas, built_in};
use crate::error::Error;
use crate::rules::Violation;

/// Reads `schemas/*.json` of a folder: all schemas together, and those of the folder by their names.
pub(crate) fn read_schemas(
    folder: &Path,
) -> Result<(&'static Schemas, BTreeMap<String, Value>), Error> {
    let mut own = BTreeMap::new();
    for path in json_files(&folder.join("schemas"))? {
        own.insert(stem(&path), read_file(&path)?);
    }
    if own.is_empty() {
        let shown = folder.display();
        return Err(Error::new(format!(
            "{shown}: got no schema, want a folder with schemas/*.json, and fixtures/ beside it; for fixtures alone there is fixtures(..)"
        )));
    }
    let schemas = Schemas::with(own.clone()).map_err(|(name, what)| {
        let file = schema_file(folder, &name);
        Error::new(format!("{file}: {what}, want a JSON Schema whose $refs lead somewhere, and not back for the same value"))
    })?;
    Ok((schemas, own))
}

/// The path of the schema of that name.
pub(crate) fn schema_file(folder: &Path, name: &str) -> String {
    folder.join("schemas").join(format!("{name}.json")).display().to_string()
}

/// The `.json` files of a folder, none where it is not there, in the order of their names.
pub(crate) fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    json_files_in(folder).map_err(|error| unreadable(folder, &error))
}

/// A file's name without its ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The value of a file of strict JSON.
pub(crate) fn read_file(path: &Path) -> Result<Value, Error> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    read(&path.display().to_string(), &bytes)
}

/// The value of strict JSON that stands there.
pub fn read(origin: &str, bytes: &[u8]) -> Result<Value, Error> {
    let (value, duplicates) =
        json::parse(bytes).map_err(|wrong| mismatch(origin, &of_file(wrong)))?;
    duplicates.first().map_or(Ok(value), |wrong| Err(mismatch(origin, wrong)))
}

/// Turns the violation of a body into one of a file.
fn of_file(wrong: Violation) -> Violation {
    let place = wrong.place.strip_prefix("body, ").unwrap_or(&wrong.place).to_owned();
    let hint = wrong.hint.map(|hint| hint.replace("body", "file").into());
    Violation { place: place.into(), hint, ..wrong }
}

/// An error that names the file, the place in it, and the values.
pub(crate) fn mismatch(origin: &str, wrong: &Violation) -> Error {
    let Violation { place, got, want, hint, .. } = wrong;
    let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    Error::new(format!("{origin}: {place}: got {got}, want {want}{hint}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: {error}; want one that can be read", path.display()))
}

/// The custom operations: those of which this crate has no schema, each with the name of its schema without the ending.
pub fn custom_operations<'s>(
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
) -> impl Iterator<Item = (&'s str, &'s str)> {
    let is_known = |name: &str| operations(built_in().all()).any(|(_, known)| known == name);
    operations(schemas).filter(move |(_, name)| !is_known(name))
}

/// The custom operation that a fixture is of: the one with the longest name that the file's begins with.
pub(crate) fn custom_operation_of_file<'s>(
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
    file: &str,
) -> Option<&'s str> {
    let is_of = |name: &&str| {
        file.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    custom_operations(schemas).map(|(name, _)| name).filter(is_of).max_by_key(|name| name.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::index::answer_to;

    #[test]
    fn what_this_crate_has_is_no_custom_operation() {
        assert_eq!(custom_operations(built_in().all()).collect::<Vec<_>>(), []);
        for (name, _) in operations(built_in().all()) {
            assert_eq!(answer_to(built_in().all(), name), None, "{name}");
        }
    }

    #[test]
    fn a_fixture_is_of_the_operation_with_the_longest_name() {
        let of = |name: &str| json!({ "properties": { "operationName": { "const": name } } });
        let schemas = BTreeMap::from([
            ("intrude-request", of("Intrude")),
            ("ring-request", of("Ring")),
            ("ring-twice-request", of("RingTwice")),
            ("ring-twice-response", json!({})),
        ]);
        let all = || schemas.iter().map(|(name, schema)| (*name, schema));
        for (file, expected) in [
            ("ring", Some("ring")),
            ("ring-low", Some("ring")),
            ("ring-twice-low", Some("ring-twice")),
            ("ringing", None),
            ("intrude", None),
        ] {
            assert_eq!(custom_operation_of_file(all(), file), expected, "{file}");
        }
        assert_eq!(answer_to(all(), "ring-twice"), Some("ring-twice-response"));
        assert_eq!(answer_to(all(), "ring"), None);
    }
}
