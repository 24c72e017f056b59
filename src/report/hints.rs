//! The hints of reports in the words of a suite in another language: calls of the control endpoint and flags of the program in
//! place of calls in Rust.
//!
//! The rule of this file: a hint is written once, in Rust, where it belongs; this file has one row for each call that hints name.

use serde_json::{Value, json};

/// The counterpart, for other languages, of a call in Rust.
#[derive(Clone, Copy)]
enum Means {
    /// These words.
    Words(&'static str),
    /// A call of the control endpoint, which gets the argument as this field.
    Call(&'static str, &'static str),
    /// As a call, or a flag of the program that gets the argument.
    CallOrFlag(&'static str, &'static str, &'static str),
    /// A call of the control endpoint that injects what the last call of the chain names, as this field.
    Injects(&'static str, &'static str),
}

use Means::{Call, CallOrFlag, Injects, Words};

/// The receivers, the calls that begin a chain, and what they mean.
const CALLS: &[(&str, &str, Means)] = &[
    ("gws", "allow", CallOrFlag("allow", "rule", "--allow")),
    ("gws", "expect_violation", Call("expect-violation", "rule")),
    ("gws", "user", Injects("fault", "fault")),
    ("gws", "rest_faults", Injects("exception", "exception")),
    ("gws", "backend_up", Words("POST /__fake/backend-up")),
    ("gws", "blame_from", Words("POST /__fake/blame-from, or --blame-from")),
    (
        "gws",
        "mount",
        Words("\"resources\" of POST /__fake/fakes, or resources/ in a folder of --fixtures"),
    ),
    (
        "builder()",
        "user",
        Words("\"users\" of POST /__fake/fakes, or users/ in a folder of --fixtures"),
    ),
    (
        "builder()",
        "session",
        Words("\"sessions\" of POST /__fake/fakes, or smssessions/ in a folder of --fixtures"),
    ),
    ("builder()", "agent_state", Words("agent-states/ in a folder of --fixtures")),
    ("builder()", "header_limit", Words("--header-limit")),
    ("builder()", "body_limit", Words("--body-limit")),
    ("builder()", "connection_limit", Words("--connection-limit")),
    ("builder()", "idle_timeout", Words("--idle-timeout")),
    ("builder()", "cors_origin", Words("\"corsOrigins\" of POST /__fake/fakes, or --cors-origin")),
    (
        "builder()",
        "trust_client_session",
        Words("\"trustClientSession\" of POST /__fake/fakes, or --trust-client-session"),
    ),
    (
        "builder()",
        "max_sessions_per_browser",
        Words("\"maxSessionsPerBrowser\" of POST /__fake/fakes, or --max-sessions-per-browser"),
    ),
    ("builder()", "subscription_limit", Words("--subscription-limit")),
    ("builder()", "max_queue", Words("--max-queue")),
    ("builder()", "timeline_limit", Words("--timeline-limit")),
    (
        "builder()",
        "lenient_paths",
        Words("\"acceptMisspeltPaths\" of POST /__fake/fakes, or --lenient-paths,"),
    ),
    ("", "url_with_host", Words("the same address with the host localhost")),
    (
        "",
        "capabilities_as_documented",
        Words(
            "\"capabilitiesAsDocumented\" of POST /__fake/fakes, or --capabilities-as-documented",
        ),
    ),
];

/// The parameters of injected faults: the call in the chain, and the field.
const PARAMETERS: &[(&str, &str)] =
    &[("user", "user"), ("by", "user"), ("in_session", "session"), ("times", "times")];

/// Returns a text with its calls in Rust in the words of other languages.
pub(crate) fn for_control(text: &str) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, end, words)) = next_call(rest) {
        translated += &rest[..at];
        translated += &words;
        rest = &rest[end..];
    }
    translated + rest
}

/// Translates the hints in the JSON of a report, a timeline or a list of violations; what clients sent stays as it is.
pub(crate) fn for_control_in_json(value: &mut Value) {
    const TEXTS: [&str; 3] = ["hint", "unusedExceptions", "heldByFaults"];
    match value {
        Value::Array(items) => items.iter_mut().for_each(for_control_in_json),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "body" | "data" => {}
                    name if TEXTS.contains(&name) => translate_texts(field),
                    _ => for_control_in_json(field),
                }
            }
        }
        _ => {}
    }
}

fn translate_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = for_control(text),
        Value::Array(items) => items.iter_mut().for_each(translate_texts),
        Value::Object(fields) => fields.values_mut().for_each(translate_texts),
        _ => {}
    }
}

/// Finds the first call in Rust: where it begins and ends, and what it is for other languages.
fn next_call(text: &str) -> Option<(usize, usize, String)> {
    let found = CALLS.iter().filter_map(|(receiver, name, means)| {
        let dot = if receiver.is_empty() { "" } else { "." };
        let call = format!("{receiver}{dot}{name}(");
        let at = text.match_indices(&call).map(|(at, _)| at).find(|at| begins_a_word(text, *at))?;
        let chain = chain(&text[at + receiver.len() + dot.len()..]);
        let length = receiver.len() + dot.len() + chain.length;
        (chain.length > 0).then(|| (at, at + length, chain.words(*means)))
    });
    found.min_by_key(|(at, ..)| *at)
}

fn begins_a_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_none_or(|letter| !letter.is_ascii_alphanumeric() && !"_.:/".contains(letter))
}

/// A chain of calls, such as `user("s1").push_faults().lose_next_event(..)`.
struct Chain<'t> {
    /// The names and the arguments.
    calls: Vec<(&'t str, &'t str)>,
    /// In bytes.
    length: usize,
}

fn chain(text: &str) -> Chain<'_> {
    let mut calls = Vec::new();
    let mut length = 0;
    loop {
        let dot = usize::from(!calls.is_empty());
        let rest = &text[length..];
        let Some(rest) = (if dot == 1 { rest.strip_prefix('.') } else { Some(rest) }) else {
            break;
        };
        let is_of_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let name_ends = rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len());
        let Some(arguments) = rest[name_ends..].strip_prefix('(') else { break };
        let Some(closes) = arguments.find(')') else { break };
        if name_ends == 0 {
            break;
        }
        calls.push((&rest[..name_ends], &arguments[..closes]));
        length += dot + name_ends + 1 + closes + 1;
    }
    Chain { calls, length }
}

impl Chain<'_> {
    fn words(&self, means: Means) -> String {
        match means {
            Words(words) => words.to_owned(),
            Call(call, field) => {
                let argument = self.calls.first().map_or("", |(_, argument)| *argument);
                format!("POST /__fake/{call} {}", json!({ field: value(argument) }))
            }
            CallOrFlag(call, field, flag) => {
                let rule =
                    self.calls.first().map_or("", |(_, argument)| argument.trim_matches('"'));
                format!("{}, or {flag} {rule}", self.words(Call(call, field)))
            }
            Injects(call, field) => {
                let mut body = json!({});
                for (name, argument) in &self.calls {
                    if let Some(operation) = argument.strip_prefix("Operation::") {
                        body["operationName"] = json!(operation);
                    }
                    if let Some((_, field)) = PARAMETERS.iter().find(|(known, _)| known == name) {
                        body[*field] = value(argument);
                    }
                    if *name == "always" {
                        body["times"] = json!("always");
                    }
                }
                body[field] = self.calls.last().map_or(Value::Null, |(name, _)| json!(name));
                format!("POST /__fake/{call} {body}")
            }
        }
    }
}

/// The value of an argument: a text in quotes, or a number.
fn value(argument: &str) -> Value {
    serde_json::from_str(argument).unwrap_or_else(|_| json!(argument))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn calls_in_rust_become_calls_of_the_control_endpoint() {
        for (rust, control) in [
            (
                "to accept it (the answer does not change): gws.allow(\"method\")",
                "to accept it (the answer does not change): POST /__fake/allow {\"rule\":\"method\"}, or --allow method",
            ),
            (
                "gws.user(\"s1\").push_faults().lose_next_event(..) was injected",
                "POST /__fake/fault {\"fault\":\"lose_next_event\",\"user\":\"s1\"} was injected",
            ),
            (
                "gws.rest_faults(Operation::Intrude).by(\"s1\").in_session(\"S\").times(2).hang(..) was injected",
                "POST /__fake/exception {\"exception\":\"hang\",\"operationName\":\"Intrude\",\"session\":\"S\",\"times\":2,\"user\":\"s1\"} was injected",
            ),
            ("raise the limit: builder().body_limit(..)", "raise the limit: --body-limit"),
            ("https://gws.user(x", "https://gws.user(x"),
        ] {
            assert_eq!(for_control(rust), control);
        }
    }

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, found) } else { found.push(path) }
        }
    }

    /// The texts are in the code between quotes; a row that is missing leaves a call in Rust.
    #[test]
    fn every_hint_of_the_library_has_words_for_other_languages() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut untranslated = Vec::new();
        for file in files {
            let is_code = !file.ends_with("report/hints.rs")
                && !file.components().any(|part| part.as_os_str() == "tests");
            let text = fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let lines = text.lines().filter(|line| is_code && !line.trim_start().starts_with("//"));
            for line in lines {
                let text = line.replace("\\\"", "\"");
                let names_a_call = |text: &str| {
                    text.match_indices("builder().")
                        .any(|(at, _)| begins_a_word(text, at) && text[..at].contains('"'))
                        || text.match_indices("gws.").any(|(at, _)| {
                            begins_a_word(text, at)
                                && !text[..at].ends_with('-')
                                && text[..at].contains('"')
                                && !text[at..].starts_with("gws.example")
                        })
                };
                if names_a_call(&for_control(&text)) {
                    untranslated.push(format!("{}: {}", file.display(), line.trim()));
                }
            }
        }
        assert_eq!(untranslated, [""; 0]);
    }
}
