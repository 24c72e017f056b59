//! The schemas of a folder, of its `schemas`, of one file, or of one that has many under `$defs`.

use std::fs;
use std::path::Path;

use gws_sms_fake::_cli_internals::contract::folder::json_files_in;
use gws_sms_fake::_cli_internals::contract::json;
use gws_sms_fake::_cli_internals::error::Error;
use serde_json::Value;

use crate::documents::Documents;

pub(crate) fn read(path: &Path) -> Result<Documents, Error> {
    let mut documents = Documents::default();
    if !path.is_dir() {
        add(path, &mut documents)?;
        return Ok(documents);
    }
    let within = path.join("schemas");
    let folder = if within.is_dir() { within } else { path.to_owned() };
    let paths = json_files_in(&folder).map_err(|error| unreadable(&folder, &error))?;
    if paths.is_empty() {
        let shown = folder.display();
        return Err(Error::new(format!(
            "{shown}: there is no .json file; name a folder or a file with JSON Schemas"
        )));
    }
    for path in paths {
        add(&path, &mut documents)?;
    }
    Ok(documents)
}

fn add(path: &Path, documents: &mut Documents) -> Result<(), Error> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let (document, duplicates) = match json::parse(&bytes) {
        Ok((document, duplicates)) => (document, duplicates.into_iter().next()),
        Err(wrong) => (Value::Null, Some(wrong)),
    };
    if let Some(wrong) = duplicates {
        let place = wrong.place.strip_prefix("body, ").unwrap_or(&wrong.place);
        let got = wrong.got;
        let want = wrong.want;
        return Err(Error::new(format!(
            "{shown}: {place}: {got} where {want} is due; correct the JSON"
        )));
    }
    if !document.is_object() && !document.is_boolean() {
        return Err(Error::new(format!(
            "{shown}: the JSON is not a schema; name a file with a JSON Schema"
        )));
    }
    let bundled: Vec<(String, Value)> = document
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(_, schema)| Some((name(schema)?, schema.clone())))
        .collect();
    if bundled.is_empty() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        // A copy under another name is the same schema.
        documents.add(&name(&document).unwrap_or_else(|| stem.into_owned()), document);
    }
    for (name, schema) in bundled {
        documents.add(&name, schema);
    }
    Ok(())
}

/// The last word of its `$id`.
fn name(schema: &Value) -> Option<String> {
    let id = schema.get("$id")?.as_str()?;
    let file = id.rsplit('/').next().filter(|file_name| !file_name.is_empty())?;
    Some(file.strip_suffix(".json").unwrap_or(file).to_owned())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let shown = path.display();
    Error::new(format!("{shown}: {error}; name a folder or a file with JSON Schemas"))
}
