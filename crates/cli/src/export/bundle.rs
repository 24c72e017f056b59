//! All schemas in one document, each under its `$id`: a compound document of JSON Schema 2020-12.

use gws_sms_fake::_cli_internals::contract::schemas;
use serde_json::{Map, Value, json};

/// Every schema of the contract in one JSON document: a validator that has read it finds each by its `$id`, and asks no
/// network.
///
/// ```
/// let bundle = gws_sms_fake_cli::export::schemas();
/// let intrude = &bundle["$defs"]["https://schemas.gws-sms-fake.example/intrude-request.json"];
/// assert_eq!(intrude["properties"]["operationName"]["const"], "Intrude");
/// ```
pub fn schemas() -> Value {
    let all = schemas::all().map(|(_, document)| (id(document), document.clone()));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schemas::id("bundle"),
        "title": "Every schema of gws-sms-fake; each is found by its $id",
        "$defs": all.collect::<Map<_, _>>(),
    })
}

fn id(document: &Value) -> String {
    document["$id"].as_str().unwrap_or_default().to_owned()
}
