//! Tests that guard the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gws_sms_fake::rules;
use serde_json::Value;
use support::root;

/// Every file below a folder with that ending, as its path from the root and its text.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The sources of the library, and of the program.
const SOURCES: [&str; 2] = ["src", "crates/cli/src"];

/// The lines of both packages' sources that have one of the words, outside the files that may.
fn named_in_sources(words: &[&str], permitted: &[&str]) -> Vec<String> {
    SOURCES.iter().flat_map(|folder| named(folder, words, permitted)).collect()
}

/// The lines of a folder's sources that have one of the words, outside the files that may.
fn named(folder: &str, words: &[&str], permitted: &[&str]) -> Vec<String> {
    let sources = files(folder, "rs").into_iter();
    let sources =
        sources.filter(|(name, _)| !permitted.iter().any(|prefix| name.starts_with(prefix)));
    let lines = sources.flat_map(|(name, text)| {
        let line = |(number, line): (usize, &str)| {
            let code = line.split("//").next().unwrap_or_default();
            let found = words.iter().any(|word| code.contains(word));
            found.then(|| format!("{name}:{}: {}", number + 1, line.trim()))
        };
        text.lines().enumerate().filter_map(line).collect::<Vec<_>>()
    });
    lines.collect()
}

const NONE: [&str; 0] = [];

/// What the library names, and where, [`crate::structure`] says.
#[test]
fn the_program_names_a_foreign_crate_in_its_file_only() {
    for (word, files) in [
        ("jsonschema", &["crates/cli/src/lint/", "crates/cli/src/documents.rs"][..]),
        ("rustls", &["crates/cli/src/upstream.rs"]),
        ("annotate_snippets", &["crates/cli/src/check/human.rs"]),
        ("indicatif", &["crates/cli/src/terminal_line.rs"]),
        ("encoding_rs", &["crates/cli/src/recording/charset.rs"]),
        ("flate2", &["crates/cli/src/recording/content_coding.rs"]),
        // What recordings are, and what fakes have found.
        ("quick_junit", &["crates/cli/src/check/junit.rs", "crates/cli/src/exec/junit.rs"]),
        ("rustix::", &["crates/cli/src/exec/"]),
        ("win32job", &["crates/cli/src/exec/"]),
    ] {
        assert_eq!(named("crates/cli/src", &[word], files), NONE, "{word}");
    }
}

#[test]
fn what_the_program_exports_depends_on_no_machine() {
    let words = ["tokio", "reqwest", "std::fs", "std::env", "Instant", "SystemTime", "Utc::now"];
    assert_eq!(named("crates/cli/src/export/", &words, &[]), NONE);
}

/// Their limits, such as that of lines in a function, take the place of a limit of lines in a file.
#[test]
fn every_package_has_the_lints_of_the_workspace() {
    let manifest = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    assert!(manifest("Cargo.toml").contains("\ntoo_many_lines = \"warn\"\n"));
    for name in ["Cargo.toml", "crates/cli/Cargo.toml", "tests/support/Cargo.toml"] {
        assert!(manifest(name).contains("\n[lints]\nworkspace = true\n"), "{name}");
    }
}

/// The program reaches the library's internals, so that it needs exactly this version; the library needs no program.
#[test]
fn the_program_depends_on_this_version_of_the_library_and_not_the_other_way_round() {
    let manifest = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let library = manifest("Cargo.toml");
    let (_, package) = library.split_once("[package]").unwrap();
    assert!(!package.contains("gws-sms-fake-cli"), "{package}");
    let version = env!("CARGO_PKG_VERSION");
    let pinned = format!("\ngws-sms-fake = {{ version = \"={version}\", path = \"../..\",");
    assert!(manifest("crates/cli/Cargo.toml").contains(&pinned), "want: {pinned}");
}

#[test]
fn nothing_sleeps() {
    assert_eq!(named_in_sources(&["sleep("], &[]), NONE);
    for folder in ["tests", "crates/cli/tests"] {
        assert_eq!(named(folder, &["sleep("], &["tests/it/repository.rs"]), NONE);
    }
}

/// What runs on Linux builds on the others too, and what it brings along is looked at.
#[test]
fn the_workflow_builds_on_every_system() {
    let workflow = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    for want in [
        ".ci/run",
        "[macos-latest, windows-latest]",
        "cargo build --locked --workspace --all-features",
        "cargo test --locked --workspace --all-features --no-run",
        "cargo-deny-action",
    ] {
        assert!(workflow.contains(want), "want: {want}");
    }
    assert!(root().join("deny.toml").is_file());
}

#[test]
fn the_changelog_begins_with_the_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## [")).unwrap();
    assert_eq!(newest.split(']').next(), Some(env!("CARGO_PKG_VERSION")));
}

/// The fake refuses to start with a fixture that breaks its schema, so that starting it proves all of them.
#[test]
fn every_fixture_is_valid() {
    let builder = gws_sms_fake::FakeGws::builder().without_fixtures();
    builder.fixtures(root().join("fixtures")).start();
}

#[test]
fn the_changelog_has_the_right_number_of_rules() {
    let (all, demands) = (rules().count(), rules().filter(|rule| rule.is_demand()).count());
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let counted = format!("{all} rules, {demands} of which a client can break");
    assert!(changelog.contains(&counted), "want: {counted}");
}

/// A rule that nothing names would be a promise that nothing keeps.
#[test]
fn every_rule_is_named_where_it_is_kept() {
    let mut named = String::new();
    for (name, text) in files("src", "rs").into_iter().chain(files("schemas", "json")) {
        if !name.starts_with("src/rules/") {
            named.push_str(&text);
        }
    }
    let words: BTreeSet<&str> =
        named.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').collect();
    let unnamed: Vec<&str> =
        rules().map(|rule| rule.id()).filter(|id| !words.contains(id)).collect();
    assert_eq!(unnamed, [""; 0]);
}

/// What a file says of its rules at its head is so.
#[test]
fn every_rule_that_a_file_names_at_its_head_exists() {
    let known: BTreeSet<&str> = rules().map(|rule| rule.id()).collect();
    let mut unknown = Vec::new();
    for (name, text) in files("src", "rs") {
        let head: String = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let Some((_, named)) = head.split_once("Rules: ") else { continue };
        let ids = named.split([',', ';', '.']).map(str::trim);
        let ids = ids.filter(|id| id.contains('-') && !id.contains(' '));
        unknown.extend(ids.filter(|id| !known.contains(id)).map(|id| format!("{name}: {id}")));
    }
    assert_eq!(unknown, [""; 0]);
}

/// Each property that an answer or a notification has, and each parameter of a request, names its rule.
#[test]
fn every_field_and_parameter_names_its_rule() {
    let known: BTreeSet<&str> = rules().map(|rule| rule.id()).collect();
    let mut unnamed = Vec::new();
    for (name, text) in files("schemas", "json") {
        let ours = ["fixture", "bayeux-answer", "control-", "scenario"]
            .iter()
            .any(|part| name.contains(part));
        if !ours {
            let schema: Value = serde_json::from_str(&text).unwrap();
            unnamed_properties(&name, &schema, &known, &mut unnamed);
        }
    }
    assert_eq!(unnamed, [""; 0]);
}

fn unnamed_properties(
    place: &str,
    schema: &Value,
    known: &BTreeSet<&str>,
    unnamed: &mut Vec<String>,
) {
    if let Some(properties) = schema["properties"].as_object() {
        let named = |value: &Value| value["x-rule"].as_str().is_some_and(|id| known.contains(id));
        let conditional =
            place.ends_with("/if") || place.ends_with("/then") || place.ends_with("/else");
        for (name, property) in properties.iter().filter(|_| !conditional) {
            if name != "operationName" && property.is_object() && !named(property) {
                unnamed.push(format!("{place}/{name}"));
            }
        }
    }
    match schema {
        Value::Object(below) => {
            for (name, below) in below {
                unnamed_properties(&format!("{place}/{name}"), below, known, unnamed);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| unnamed_properties(place, item, known, unnamed));
        }
        _ => {}
    }
}

/// The files that say which packages are installed hold for every machine: no folder, and no server but the registry.
#[test]
fn no_file_of_requirements_or_locks_names_a_machine() {
    let mut named = Vec::new();
    for folder in ["examples", "crates/cli/tests/foreign"] {
        let requirements = [files(folder, "txt"), files(folder, "in"), files(folder, "json")];
        for (name, text) in requirements.into_iter().flatten() {
            let lines = text.lines().filter(|line| {
                let is_option = name.ends_with(".txt") && line.starts_with('-');
                let address = line.split_once("\"resolved\": \"").map(|(_, address)| address);
                let is_elsewhere = address
                    .is_some_and(|address| !address.starts_with("https://registry.npmjs.org/"));
                is_option || is_elsewhere || line.contains("file:") || line.contains("127.0.0.1")
            });
            named.extend(lines.map(|line| format!("{name}: {line}")));
        }
    }
    assert_eq!(named, NONE);
}
