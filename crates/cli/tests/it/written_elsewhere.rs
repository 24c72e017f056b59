//! Files that were written on another system: with CRLF at the ends of their lines, or with a byte order mark in front.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gws_sms_fake_cli::contract_folder::lint;
use gws_sms_fake_cli::coverage::merged::Coverage;
use gws_sms_fake_cli::recording::har::HarSource;
use gws_sms_fake_cli::recording::proxy::import_har;
use support::written_elsewhere::{check, own};

#[test]
fn files_of_the_program_are_read_with_crlf_and_a_byte_order_mark_is_named() {
    let har = "{\n\"log\": {\n\"entries\": [\n{\"startedDateTime\":\"2024-05-01T10:00:00.000Z\",\
        \"request\":{\"method\":\"GET\",\"url\":\"https://gws.example/api/v2/me\",\"headers\":[]},\
        \"response\":{\"status\":200,\"headers\":[],\"content\":{}}}\n]\n}\n}\n";
    let imports = |folder: &Path, file: &Path| {
        let made = folder.join("made.json");
        let cometd_path = "/api/v2/notifications".to_owned();
        let source = HarSource { origins: Vec::new(), cometd_path };
        let imported = import_har(file, &made, &source, &[], BTreeMap::new());
        imported.map(drop).map_err(|error| error.to_string())
    };
    // Some browsers write it so.
    check("browser.har", har, imports, "read");
    let covers = |_: &Path, file: &Path| {
        let added = Coverage::new().add("FILE", &fs::read(file).unwrap());
        added.map_err(|error| error.to_string())
    };
    let line = "{\"gws-sms-fake\":\"0.1.0\",\"exercised\":{}}\n";
    check(
        "coverage.jsonl",
        &line.repeat(2),
        covers,
        "FILE, line 1: no fake has written \"\\u{feff}",
    );
    let lints = |folder: &Path, _: &Path| match lint(folder) {
        Ok(diagnostics) if diagnostics.is_empty() => Ok(()),
        Ok(diagnostics) => Err(diagnostics[0].to_string()),
        Err(error) => Err(error.to_string()),
    };
    let request = "fixtures/requests/intrude.json";
    check(request, &own(request), lints, &format!("{request}: byte 1: got EF BB BF, "));
}
