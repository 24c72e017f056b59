//! The JSON Schemas, compiled once per process. They refer to each other by `$id`; no network is asked.
//!
//! The embedded ones are [`built_in`]. A contract of a user's own is these with some of his added, or in their place; it is
//! kept for good, as the embedded ones are, so that its validators are compiled once however many fakes go by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use include_dir::{Dir, include_dir};
use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::contract::acceptance::Acceptance;
use crate::contract::evaluations::{Evaluations, endless_in_words};
use crate::contract::index::SchemaIndex;

/// The beginning of every `$id`.
const BASE: &str = "https://schemas.gws-sms-fake.example/";

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// A schema as it is written and as it is checked, each of which is made when it is first asked for.
#[derive(Default)]
pub struct Schema<'d> {
    /// The text of a schema of this crate, whose document is kept for good.
    text: &'static str,
    document: OnceLock<&'d Value>,
    acceptance: OnceLock<Acceptance<'d>>,
    validator: OnceLock<Validator>,
}

/// Schemas that may refer to each other, as long as their documents are there.
pub struct Among<'d> {
    schemas: BTreeMap<&'d str, Schema<'d>>,
    index: OnceLock<SchemaIndex<'d>>,
    /// The schemas that some values take very many evaluations of; none, where there are only those of this crate.
    costly: BTreeMap<&'d str, Evaluations<'d>>,
}

/// Schemas that are kept for good.
pub(crate) type Schemas = Among<'static>;

static BUILT_IN: LazyLock<Schemas> = LazyLock::new(|| {
    Schemas::of(texts().map(|(name, text)| (name, Schema { text, ..Schema::default() })).collect())
});

/// The schemas of this crate that refer to others, with the names of those.
static REFERENCES: LazyLock<Vec<(&str, BTreeSet<&str>)>> = LazyLock::new(|| {
    let of = |(name, document)| {
        let mut referred = BTreeSet::new();
        refer(document, &mut referred);
        (name, referred)
    };
    built_in().all().map(of).filter(|(_, referred)| !referred.is_empty()).collect()
});

/// Adds the names of the files that references in it lead to.
fn refer<'d>(schema: &'d Value, referred: &mut BTreeSet<&'d str>) {
    match schema {
        Value::Object(fields) => {
            let file = schema["$ref"].as_str().and_then(|text| text.split('#').next());
            let file = file.and_then(|file| file.rsplit('/').next());
            referred.extend(file.and_then(|file| file.strip_suffix(".json")));
            fields.values().for_each(|below| refer(below, referred));
        }
        Value::Array(items) => items.iter().for_each(|below| refer(below, referred)),
        _ => {}
    }
}

/// The schemas of users, by their text.
static OWN: Mutex<BTreeMap<String, &'static Schemas>> = Mutex::new(BTreeMap::new());

fn lock() -> MutexGuard<'static, BTreeMap<String, &'static Schemas>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The schemas of this crate.
pub(crate) fn built_in() -> &'static Schemas {
    &BUILT_IN
}

/// The schema of that name of this crate, if there is one.
pub fn find(name: &str) -> Option<&'static Schema<'static>> {
    built_in().find(name)
}

/// Every schema of this crate, with its name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Value)> {
    built_in().all()
}

/// Every schema as it is written, with its name.
pub fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = FOLDER.files();
    files.filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
}

/// The `$id` of a schema of that name.
pub fn id(name: &str) -> String {
    format!("{BASE}{name}.json")
}

/// The schemas of requests, with their names.
#[cfg(test)]
pub(crate) fn requests() -> impl Iterator<Item = (&'static str, &'static Value)> {
    built_in().all().filter(|(name, _)| name.ends_with("-request"))
}

impl<'d> Schema<'d> {
    fn of(document: &'d Value) -> Self {
        Self { document: OnceLock::from(document), ..Self::default() }
    }

    /// Returns the schema as it is written.
    pub fn document(&self) -> &'d Value {
        self.document.get_or_init(|| {
            let document = serde_json::from_str(self.text);
            Box::leak(Box::new(document.expect("an embedded schema is JSON")))
        })
    }
}

impl std::fmt::Debug for Among<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.schemas.keys()).finish()
    }
}

impl Schemas {
    /// The schemas of this crate with others added, or in the place of those with their names. Each is proven to be one and
    /// to refer to others that there are; otherwise its name is told, and what is wrong.
    pub(crate) fn with(own: BTreeMap<String, Value>) -> Result<&'static Self, (String, String)> {
        let key = Value::from_iter(own.clone()).to_string();
        if let Some(known) = lock().get(&key) {
            return Ok(known);
        }
        let own: &'static Own = Box::leak(Box::new(Own::of(own)?));
        let all: &'static Self = Box::leak(Box::new(own.among_built_in()?));
        Ok(lock().entry(key).or_insert(all))
    }
}

/// Schemas of a user, each of which is a schema.
pub struct Own(BTreeMap<String, Value>);

impl Own {
    /// Takes schemas by their names, unless one of them is no schema.
    pub fn of(mut own: BTreeMap<String, Value>) -> Result<Self, (String, String)> {
        for (name, document) in &mut own {
            if let Some(fields) = document.as_object_mut() {
                // By it the others refer to it, as by its file.
                fields.insert("$id".to_owned(), Value::from(format!("{BASE}{name}.json")));
            }
            if let Err(error) = jsonschema::meta::validate(document) {
                let place = error.instance_path().to_string();
                return Err((name.clone(), format!("{place}: {error}")));
            }
        }
        Ok(Self(own))
    }

    /// These schemas together with those of this crate.
    pub fn among_built_in(&self) -> Result<Among<'_>, (String, String)> {
        let own = self.0.iter().map(|(name, document)| (name.as_str(), document));
        let mut documents: BTreeMap<&str, &Value> = built_in().all().collect();
        documents.extend(own);
        let name = |error: &String| {
            let named = self
                .0
                .keys()
                .find(|name| error.contains(&format!("{name}.json")))
                .or(self.0.keys().next())
                .cloned();
            named.expect("the built-in schemas alone find each other")
        };
        let schemas = documents.into_iter().map(|(name, document)| (name, Schema::of(document)));
        let mut all = Among::of(schemas.collect());
        all.registry(all.all()).map_err(|error| (name(&error), error))?;
        let built_in: Vec<&str> = all.schemas.keys().copied().collect();
        // Those of the user first, so that an error names the file to mend.
        for name in self.0.keys().map(String::as_str).chain(built_in) {
            all.find_costly(name)
                .map_err(|endless| (name.to_owned(), endless_in_words(endless)))?;
        }
        for name in self.0.keys() {
            all.compiled(name).map_err(|error| (name.clone(), error))?;
        }
        // What is built in must find in them what it refers to.
        for (name, referred) in REFERENCES.iter().filter(|(name, _)| !self.0.contains_key(*name)) {
            let Some(own) = self.0.keys().find(|own| referred.contains(own.as_str())) else {
                continue;
            };
            all.compiled(name).map_err(|error| {
                (own.clone(), format!("the built-in {name}.json refers to it: {error}"))
            })?;
        }
        Ok(all)
    }
}

impl<'d> Among<'d> {
    fn of(schemas: BTreeMap<&'d str, Schema<'d>>) -> Self {
        Self { schemas, index: OnceLock::new(), costly: BTreeMap::new() }
    }

    /// Returns the registry of these documents, in which references are looked up.
    fn registry<'r>(
        &self,
        documents: impl Iterator<Item = (&'r str, &'r Value)>,
    ) -> Result<Registry<'r>, String> {
        let named = documents.map(|(name, document)| (id(name), document));
        let registry = Registry::new().extend(named).and_then(|builder| builder.prepare());
        registry.map_err(|error| error.to_string())
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Schema<'d>> {
        self.schemas.get(name)
    }

    /// Every schema, with its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'d str, &'d Value)> + Clone {
        self.schemas.iter().map(|(name, schema)| (*name, schema.document()))
    }

    /// The schemas of messages, by the type that a message names.
    pub(crate) fn index(&self) -> &SchemaIndex<'d> {
        self.index.get_or_init(|| SchemaIndex::of(self.all()))
    }

    /// The schema of that name, and its validator; all of them were proven to be schemas.
    pub(crate) fn with_validator(&self, name: &str) -> Option<(&Schema<'d>, &Validator)> {
        let schema = self.find(name)?;
        let compile = || {
            self.compile(schema.document()).unwrap_or_else(|compile| panic!("{name}: {compile}"))
        };
        Some((schema, schema.validator.get_or_init(compile)))
    }

    /// Looks if some values take very many evaluations of a schema.
    fn find_costly(&mut self, name: &str) -> Result<(), &'d Value> {
        if let Some((name, schema)) = self.schemas.get_key_value(name) {
            let find = |name: &str| self.schemas.get(name).map(Schema::document);
            let costly = Evaluations::of(schema.document(), find)?;
            self.costly.extend(costly.map(|costly| (*name, costly)));
        }
        Ok(())
    }

    /// Tells if a value surely conforms to the schema of that name, which is quickly decided.
    pub(crate) fn accepts(&self, name: &str, value: &Value) -> bool {
        let Some(schema) = self.find(name) else { return false };
        let find = |name: &str| self.find(name).map(Schema::document);
        let read = || Acceptance::of(schema.document(), find);
        schema.acceptance.get_or_init(read).accepts(value)
    }

    /// Tells if a value can be held against the schema of that name without an excessive number of evaluations.
    pub(crate) fn can_check(&self, name: &str, value: &Value) -> bool {
        self.costly.get(name).is_none_or(|costly| costly.allows(value))
    }

    fn compiled(&self, name: &str) -> Result<(), String> {
        self.find(name).map_or(Ok(()), |schema| self.compile(schema.document()).map(drop))
    }

    fn compile(&self, document: &'d Value) -> Result<Validator, String> {
        // Those that it leads to are fewer than all.
        let (mut names, mut next) = (BTreeSet::new(), vec![document]);
        while let Some(document) = next.pop() {
            let mut referred = BTreeSet::new();
            refer(document, &mut referred);
            let new = referred.into_iter().filter(|name| names.insert(*name));
            next.extend(new.filter_map(|name| self.find(name)).map(Schema::document));
        }
        let referred =
            names.into_iter().filter_map(|name| Some((name, self.find(name)?.document())));
        let registry = self.registry(referred)?;
        let options = jsonschema::options().with_registry(&registry);
        options.build(document).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_named_by_its_id() {
        for (name, document) in built_in().all() {
            jsonschema::meta::validate(document).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(document["$id"], format!("{BASE}{name}.json"));
            assert!(built_in().with_validator(name).is_some());
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
