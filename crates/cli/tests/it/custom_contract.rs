//! `gws-sms-fake lint` on a custom contract.

use expect_test::expect;
use gws_sms_fake::FakeGws;
use gws_sms_fake_cli::contract_folder::lint;
use serde_json::{Value, json};
use support::contract::{folder, notification, place_in_queue, user_data};

#[test]
fn an_open_schema_of_a_custom_contract_is_found_by_lint() {
    let request = |queue: &str| json!({ "operationName": "PlaceInQueue", "queue": queue });
    let named = |(path, mut schema): (&'static str, Value)| {
        let name = path.trim_start_matches("schemas/");
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$id"] = json!(format!("https://schemas.gws-sms-fake.example/{name}"));
        (path, schema)
    };
    let (path, mut open) = user_data();
    open.as_object_mut().unwrap().remove("additionalProperties");
    let folder = folder(&[
        named(place_in_queue()),
        named((path, open)),
        ("fixtures/requests/place-in-queue.json", request("day")),
        ("fixtures/valid/place-in-queue-request/night.json", request("night")),
        ("fixtures/answers/place-in-queue.json", json!({ "statusCode": 0 })),
        ("fixtures/notifications/place-in-queue.json", notification()),
    ]);
    let found = lint(folder.path()).unwrap();
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    expect![[r#"schemas/user-data.json: the whole file: got an object without additionalProperties, unevaluatedProperties, want a closed object; add "additionalProperties": false, or "x-open" with the reason"#]].assert_eq(&found.join("\n"));
    FakeGws::builder().contract(folder.path()).start().verify();
}
