//! Files of a custom contract with the operation `PlaceInQueue`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Returns a folder with these files.
pub fn folder(files: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, value) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
    folder
}

/// The schema of the operation.
pub fn place_in_queue() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "properties": {
            "operationName": { "const": "PlaceInQueue" },
            "queue": { "enum": ["night", "day"] },
        },
        "required": ["operationName", "queue"],
        "additionalProperties": false,
    });
    ("schemas/place-in-queue-request.json", schema)
}

/// The notification of the operation.
pub fn notification() -> Value {
    json!({
        "messageType": "SMSsessionStateChangeMessage", "notificationType": "StatusChange",
        "smssession": { "id": "${session}", "state": "Completed", "uri": "${url}/api/v2/smssessions/${session}" },
    })
}

/// The schema of user data with a field `case`.
pub fn user_data() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "properties": { "case": { "type": "string", "pattern": "^[0-9]+$" } },
        "additionalProperties": false,
    });
    ("schemas/user-data.json", schema)
}
