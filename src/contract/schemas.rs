//! The JSON Schemas, embedded and compiled once per process. They refer to each other by `$id`; no network is asked.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use jsonschema::{Registry, Validator};
use serde_json::Value;

/// What every `$id` begins with.
const BASE: &str = "https://schemas.gws-sms-fake.example/";

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// A schema as it is written and as it is checked.
pub(crate) struct Schema {
    pub(crate) document: Value,
    validator: OnceLock<Validator>,
}

impl Schema {
    pub(crate) fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| compile(&self.document))
    }
}

/// The schema of that name, if there is one.
pub(crate) fn find(name: &str) -> Option<&'static Schema> {
    SCHEMAS.get(name)
}

/// Every schema, with its name.
#[cfg(feature = "cli")]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Value)> {
    SCHEMAS.iter().map(|(name, schema)| (*name, &schema.document))
}

/// Every schema as it is written, with its name.
#[cfg(feature = "cli")]
pub(crate) fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = FOLDER.files();
    files.filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
}

/// The `$id` of a schema of that name.
#[cfg(feature = "cli")]
pub(crate) fn id(name: &str) -> String {
    format!("{BASE}{name}.json")
}

/// The schemas of requests, with their names.
#[cfg(test)]
pub(crate) fn requests() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let requests = SCHEMAS.iter().filter(|(name, _)| name.ends_with("-request"));
    requests.map(|(name, schema)| (*name, &schema.document))
}

static SCHEMAS: LazyLock<BTreeMap<&'static str, Schema>> = LazyLock::new(|| {
    let schema = |text: &str| Schema { document: read(text), validator: OnceLock::new() };
    let files = FOLDER.files().filter_map(|file| {
        let name = file.path().file_stem()?.to_str()?;
        Some((name, schema(file.contents_utf8()?)))
    });
    files.collect()
});

static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let documents =
        SCHEMAS.iter().map(|(name, schema)| (format!("{BASE}{name}.json"), &schema.document));
    let registry = Registry::new().extend(documents).and_then(|builder| builder.prepare());
    registry.unwrap_or_else(|error| panic!("an embedded schema refers to nothing: {error}"))
});

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("an embedded schema: {error}"))
}

fn compile(document: &Value) -> Validator {
    let validator = jsonschema::options().with_registry(&REGISTRY).build(document);
    validator.unwrap_or_else(|error| panic!("an embedded schema: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_named_by_its_id() {
        for (name, schema) in SCHEMAS.iter() {
            jsonschema::meta::validate(&schema.document)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(schema.document["$id"], format!("{BASE}{name}.json"));
            schema.validator();
        }
    }

    #[test]
    fn every_file_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(find(name).is_some(), "{name} is not embedded");
        }
    }
}
