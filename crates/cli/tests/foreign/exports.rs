//! The exports of the program, read by validators that were not written here; and Schemathesis, which sends what the exported
//! OpenAPI describes to the served fake.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

use crate::install::Package;
use crate::script::folder;
use crate::{not_run, npm, pip};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gws-sms-fake");
const VALIDATE: (&str, &str) = ("validate.py", include_str!("pip/exports/validate.py"));
const HOOKS: (&str, &str) = ("hooks.py", include_str!("pip/exports/hooks.py"));
const ASYNCAPI: (&str, &str) = ("asyncapi.mjs", include_str!("npm/exports/asyncapi.mjs"));
const USE: (&str, &str) = ("use.ts", include_str!("npm/types/use.ts"));
const SCHEMAS: (&str, &str) = ("schemas.mjs", include_str!("npm/exports/schemas.mjs"));
/// Whatever Schemathesis finds wrong with an answer, but for what is no matter of the document.
const CHECKS: &str = "server_errors_are_documented,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("exports::openapi_is_valid_for_openapi_spec_validator", &pip::EXPORTS, |installed| {
            let folder = exported(installed, "openapi", &[VALIDATE]);
            let mut python = Command::new(pip::interpreter(installed));
            said(python.args(["validate.py", "openapi.json"]).current_dir(folder.path()));
        }),
        trial("exports::asyncapi_is_valid_for_its_parser", &npm::EXPORTS, |installed| {
            let folder = exported(installed, "asyncapi", &[ASYNCAPI]);
            let mut node = Command::new("node");
            let said =
                said(node.args(["asyncapi.mjs", "asyncapi.json"]).current_dir(folder.path()));
            let addresses: BTreeSet<&str> = said.split_whitespace().collect();
            assert_eq!(addresses, BTreeSet::from(["/v2/me/channels", "/v2/me/smssessions"]));
        }),
        trial(
            "exports::the_control_endpoint_has_types_that_a_suite_in_typescript_can_use",
            &npm::TYPES,
            |installed| {
                let folder = folder(installed, &[USE]);
                let modules = installed.join("node_modules");
                let steps = "curl --silent --fail \"$GWS_CONTROL_URL/openapi.json\" > control.json && \
                     node \"$1/openapi-typescript/bin/cli.js\" control.json --output control.ts && \
                     node \"$1/typescript/bin/tsc\" --noEmit --strict use.ts";
                let mut exec = Command::new(PROGRAM);
                exec.args(["exec", "--", "sh", "-c", steps, "sh"]).arg(modules);
                said(exec.env("NO_PROXY", "127.0.0.1").current_dir(folder.path()));
            },
        ),
        trial(
            "exports::schemas_are_compiled_by_ajv_from_one_document",
            &npm::EXPORTS,
            |installed| {
                let folder = exported(installed, "schemas", &[SCHEMAS]);
                let mut node = Command::new("node");
                let said =
                    said(node.args(["schemas.mjs", "schemas.json"]).current_dir(folder.path()));
                let schemas = support::repository("schemas");
                let schemas = fs::read_dir(schemas).unwrap().count();
                assert_eq!(said.trim(), format!("{schemas}\ntrue\nfalse"));
            },
        ),
        trial(
            "exports::schemathesis_meets_no_answer_that_openapi_lacks_and_has_every_operation_done",
            &pip::EXPORTS,
            |installed| {
                let folder = exported(installed, "openapi", &[HOOKS]);
                let phases = "--phases=examples,coverage,fuzzing";
                let own = "--generation-with-security-parameters=false";
                let seen = schemathesis(installed, folder.path(), &[phases, own]);
                assert_eq!(undone(&described(folder.path()), &seen), [""; 0]);
            },
        ),
        trial(
            "exports::schemathesis_meets_no_answer_that_openapi_lacks_with_credentials_of_its_own",
            &pip::EXPORTS,
            |installed| {
                let folder = exported(installed, "openapi", &[HOOKS]);
                let seen = schemathesis(installed, folder.path(), &["--phases=coverage"]);
                let denied = seen
                    .iter()
                    .filter(|participant| participant["entry"]["ending"]["status"] == 403);
                assert_ne!(denied.count(), 0);
            },
        ),
    ]
}

fn trial(name: &'static str, package: &'static Package, test: fn(&Path)) -> Trial {
    Trial::ignorable_test(name, move || -> Result<Completion, Failed> {
        match package.folder() {
            Ok(folder) => {
                test(folder);
                Ok(Completion::Completed)
            }
            Err(unusable) => not_run(unusable),
        }
    })
}

/// A folder with what the program exports, and with these files.
fn exported(installed: &Path, what: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = folder(installed, files);
    let file = folder.path().join(format!("{what}.json"));
    said(Command::new(PROGRAM).args(["export", what, "-o"]).arg(file));
    folder
}

/// Returns the output of a command that succeeds.
#[track_caller]
fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}: {status}\n{said}{}", String::from_utf8_lossy(&stderr));
    said
}

/// Runs it with those arguments, and yields what the timeline of the fake had of each of its requests.
#[track_caller]
fn schemathesis(installed: &Path, folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let served = Served::start();
    let mut command = Command::new(pip::interpreter(installed));
    command.args(["-m", "schemathesis.cli", "run", "openapi.json", "--url", &served.url]);
    command.args(["--checks", CHECKS, "--max-examples=8", "--generation-deterministic"]);
    command.args(["--no-shrink", "--no-color", "--request-timeout=10"]).args(arguments);
    command.current_dir(folder).env("PYTHONPATH", folder).env("SCHEMATHESIS_HOOKS", "hooks");
    command.env("GWS_URL", &served.url).env("GWS_OPENAPI", "openapi.json").env("GWS_SEEN", "seen");
    said(&mut command);
    let seen = fs::read_to_string(folder.join("seen")).unwrap();
    seen.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn described(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("openapi.json")).unwrap()).unwrap()
}

/// Returns the parts of the document that GWS has not once done or read.
fn undone(document: &Value, seen: &[Value]) -> Vec<String> {
    let done = seen.iter().filter(|participant| participant["entry"]["ending"]["status"] == 200);
    let mut done_there: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for exercised in done {
        let entry = &exercised["entry"];
        let what = entry["operation"].as_str().or(entry["method"].as_str()).unwrap_or("POST");
        done_there.entry(exercised["path"].as_str().unwrap()).or_default().insert(what);
    }
    let mut undone = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let done = done_there.get(path.as_str());
        let operations = item["post"]["x-operations"].as_object();
        let named =
            operations.into_iter().flat_map(|operation| operation.keys().map(String::as_str));
        let read = item.get("get").map(|_| "GET");
        let posted = item.get("post").filter(|_| operations.is_none()).map(|_| "POST");
        let wanted = named.chain(read).chain(posted);
        let wanted = wanted.filter(|method| !done.is_some_and(|done| done.contains(method)));
        undone.extend(wanted.map(|method| format!("{method} {path}")));
    }
    undone
}

/// The program that serves; dropped, it is ended.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    /// Operations without a page are taken too.
    fn start() -> Self {
        let mut program = Command::new(PROGRAM);
        program.args(["serve", "--port", "0", "--capabilities-as-documented"]);
        let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.rsplit(' ').next().unwrap().to_owned();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("ready; "));
        assert!(ready, "{first}");
        // The rest is the timeline; it is read, or else the pipe would fill.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
