//! The description of the control endpoint, and whether an answer is as it says. Every test that asks the endpoint checks so.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::raw::RawConnection;

/// Returns what the endpoint of the fake at that address says of itself. All fakes of a process say the same, but for those that
/// were asked of another fake, which cannot be asked for fakes.
pub fn document(url: &str) -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let request = "GET /__fake/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let answer = RawConnection::to(url).exchange(request);
        assert_eq!(answer.status, 200, "{}", answer.text);
        let document: Value = answer.body;
        assert!(document["paths"]["/__fake/fakes"].is_object(), "a fake of another fake: {url}");
        document
    })
}

/// By method, path and status.
type Validators = BTreeMap<(String, String, u16), Validator>;

/// Panics unless the answer of the fake at that address is described and has the schema that the description names. What is
/// answered to a path or a method that does not exist belongs to no operation.
#[track_caller]
pub fn check(url: &str, method: &str, path: &str, status: u16, body: &Value) {
    static VALIDATORS: Mutex<Validators> = Mutex::new(Validators::new());
    if !path.starts_with("/__fake/") {
        return;
    }
    let (template, operations) = match paths(url).find(|(template, _)| fits(template, path)) {
        Some(found) => found,
        None => return assert_eq!(status, 404, "{method} {path}: got {body}, want it described"),
    };
    let operation = &operations[method.to_ascii_lowercase()];
    if operation.is_null() {
        return assert_eq!(status, 405, "{method} {path}: got {body}, want it described");
    }
    let described = &operation["responses"][status.to_string()];
    assert!(described.is_object(), "{method} {path}: got {status} {body}, want it described");
    let mut validators = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let key = (method.to_owned(), template.clone(), status);
    let validator = validators.entry(key).or_insert_with(|| validator(document(url), described));
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:#?}\n{body:#}");
}

/// Returns each path with its operations.
pub fn paths(url: &str) -> impl Iterator<Item = (&'static String, &'static Value)> + use<> {
    document(url)["paths"].as_object().unwrap().iter()
}

fn fits(template: &str, path: &str) -> bool {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    match template.strip_suffix("{id}") {
        Some(before) => path.strip_prefix(before).is_some_and(|id| !id.is_empty()),
        None => template == path,
    }
}

fn validator(document: &Value, described: &Value) -> Validator {
    let content = described["content"].as_object().unwrap().values().next().unwrap();
    let mut schema = json!({ "components": document["components"] });
    match &content["schema"]["$ref"] {
        Value::Null => schema["type"] = content["schema"]["type"].clone(),
        reference => schema["$ref"] = reference.clone(),
    }
    jsonschema::draft202012::new(&schema).unwrap()
}
