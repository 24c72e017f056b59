//! The proof that the fast path has the same result as the thorough one, for any text in any form.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;

use crate::contract::recorded::options::Reading;
use crate::contract::recorded::run::Coming;
use crate::contract::recorded::split::Form;
use crate::contract::recorded::{Check, Summary};

/// Gives so many bytes at a time, and at the end an error or none.
struct Dripping<'t> {
    left: &'t [u8],
    at_a_time: usize,
    broken: bool,
}

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() && self.broken {
            return Err(io::Error::other("the disk is gone"));
        }
        let count = self.at_a_time.min(into.len());
        self.left.read(&mut into[..count])
    }
}

/// The way in which a text is handed to the reader.
#[derive(Clone, Copy, Debug)]
struct Given {
    form: Form,
    eager: bool,
    at_a_time: usize,
    room: usize,
    broken: bool,
}

/// All that a check says: what it tells while it goes on, and what it comes to.
fn said(check: &Check, quick: bool, text: &[u8], given: Given) -> (Vec<String>, String) {
    let Given { form, eager, at_a_time, room, broken } = given;
    let mut check = check.clone();
    check.reading = Reading { room, quick };
    let reader = Dripping { left: text, at_a_time, broken };
    let mut progress_lines = Vec::new();
    let checked = check.what_comes("a.part", reader, Coming { form, eager }, &mut |progress| {
        progress_lines.push(format!("{progress:?}"));
    });
    (progress_lines, format!("{checked:?}"))
}

#[track_caller]
fn compare(check: &Check, text: &[u8], given: Given) {
    let [quick, thorough] = [true, false].map(|quick| said(check, quick, text, given));
    assert_eq!(quick, thorough, "{given:?} {}", text.escape_ascii());
}

/// Checks that go by other things.
fn checks() -> Vec<Check> {
    let new = Check::new();
    let mut checks = vec![new.clone(), new.clone().strict()];
    for schema in ["intrude-request", "bayeux-answer", "bayeux-message", "response", "scenario"] {
        checks.push(new.clone().schema(schema).unwrap());
    }
    checks
}

/// The values that a line may be made of: whole messages, and values that are none.
fn messages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    for folder in ["requests", "notifications", "smssessions"] {
        let mut paths: Vec<_> =
            fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
        all.extend(paths.into_iter().map(|path| read(path).to_string()));
    }
    let others = [
        r#"{"statusCode":0}"#,
        r#"{"statusCode":0,"version":"8.5.2"}"#,
        r#"{"statusCode":0,"unknown":"1"}"#,
        r#"{"statusCode":6,"statusMessage":"ä€𝄞"}"#,
        r#"{"channel":"/meta/connect","clientId":"c","connectionType":"long-polling"}"#,
        r#"{"channel":"/meta/connect","successful":true,"advice":{"timeout":1}}"#,
        r#"{"channel":"/v2/me/smssessions","data":{"messageType":"Other"}}"#,
        r#"{"channel":"voice","operationName":"Intrude"}"#,
        r#"{"channel":7,"statusCode":0}"#,
        r#"{"notificationType":"Error","errorMessage":"x","referenceId":1,"statusCode":1}"#,
        r#"{"messageType":null}"#,
        r#"{"messageType":"MessageLogUpdate"}"#,
        r#"{"operationName":"Intrud"}"#,
        r#"{"operationName":"Intrude","x":"$"}"#,
        r#"{"operationName":"Intrude","operationName":"Intrude"}"#,
        r#"{"operationName":"Intrude","operation\u004eame":"Intrude"}"#,
        r#"{"operationName":"Intrude","$serde_json::private::RawValue":"{}"}"#,
        r#"{"$serde_json::private::RawValue":"{\"operationName\":\"Intrude\"}"}"#,
        r#"{"operationName":"Intrude","step":"request"}"#,
        r#"{"step":"request","body":{"operationName":"Intrude"},"answer":{"status":400}}"#,
        r#"{"step":"push","data":{"messageType":"${kind}"}}"#,
        r#"{"over":{"what":{"request":{"body":{"operationName":"Leave"},"status":200}}}}"#,
        r#"{"note":{"at":1,"text":"x"}}"#,
        r#"{"number":1,"findings":[],"kind":"request","body":{"operationName":"Leave"}}"#,
        r#"{"timeLine":[{"number":1,"findings":[],"kind":"remark"}],"statusCode":0}"#,
        r#"{"log":{"entries":[{"request":{"url":"/api/v2/me"},"response":{}}]},"statusCode":0}"#,
        r#"{"operationName":"SetDisposition","x":1e999}"#,
        r#"[{"operationName":"Intrude"},{"operationName":"Leave"}]"#,
        "{}",
        "7",
        "\"x\"",
        "nul",
    ];
    all.extend(others.map(str::to_owned));
    let deep = |depth| format!("{{\"statusCode\":{}0{}}}", "[".repeat(depth), "]".repeat(depth));
    all.extend([deep(126), deep(127), deep(500)]);
    all
}

/// A change of a text, at a place that is given as a share of its length.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    /// As most are.
    Unchanged,
    Flipped(usize, u8),
    Cut(usize),
    Put(usize, &'static [u8]),
    /// Over several lines.
    Spread,
    /// The first field a second time, as it is or otherwise.
    Twice(bool),
    /// Long for any room.
    Long,
}

use Mutation::{Cut, Flipped, Long, Put, Spread, Twice, Unchanged};

const PUT: [&[u8]; 14] = [
    b"\r\n",
    b"\n",
    b"\r",
    b" \t",
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\xED\xA0\x80",
    b"\\ud800",
    b"1e999",
    b"-",
    b",",
    b"${x}",
    b"\"",
    b"\0",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        12 => Just(Unchanged),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Flipped(at, byte)),
        1 => any::<usize>().prop_map(Cut),
        3 => (any::<usize>(), prop::sample::select(PUT.to_vec())).prop_map(|(at, put)| Put(at, put)),
        2 => Just(Spread),
        1 => any::<bool>().prop_map(Twice),
        1 => Just(Long),
    ]
}

fn mutated(text: &str, mutation: Mutation) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    match mutation {
        Unchanged => {}
        Flipped(at, byte) => {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        Cut(at) => bytes.truncate(at % bytes.len()),
        Put(at, put) => {
            let at = at % (bytes.len() + 1);
            bytes.splice(at..at, put.iter().copied());
        }
        Spread => return text.replace(',', ",\n ").into_bytes(),
        Twice(escaped) => {
            let first = text.strip_prefix('{').and_then(|rest| rest.split(',').next());
            let Some(first) = first.filter(|_| text.contains(',')) else { return bytes };
            let first = if escaped { first.replacen('a', "\\u0061", 1) } else { first.to_owned() };
            return text.replacen('{', &format!("{{{first},"), 1).into_bytes();
        }
        Long => return text.replacen(':', &format!(":{}", " ".repeat(300)), 1).into_bytes(),
    }
    bytes
}

/// Lines, some of which are none, with what stands between them.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let message = prop::sample::select(messages());
    let line = (message, mutation()).prop_map(|(text, mutation)| mutated(&text, mutation));
    let between: [&[u8]; 6] = [b"\n", b"\r\n", b"\n\n", b" \n \t\n", b" ", b""];
    let weighted = prop_oneof![
        6 => Just(between[0]),
        3 => prop::sample::select(between.to_vec()),
    ];
    let begun: [&[u8]; 4] = [b"", b"", b"\xEF\xBB\xBF", b"\n "];
    let lines = prop::collection::vec((line, weighted), 0..6);
    (prop::sample::select(begun.to_vec()), lines, any::<bool>()).prop_map(
        |(begun, lines, ended)| {
            let mut text = begun.to_vec();
            let count = lines.len();
            for (index, (line, between)) in lines.into_iter().enumerate() {
                text.extend(line);
                if ended || index + 1 < count {
                    text.extend(between);
                }
            }
            text
        },
    )
}

fn given() -> impl Strategy<Value = Given> {
    let form = prop::sample::select(vec![Form::Values, Form::Lines]);
    let at_a_time = prop::sample::select(vec![1, 7, 64, 100_000]);
    let room = prop::sample::select(vec![1, 3, 50, 300, 2000, 64 * 1024]);
    let broken = prop::bool::weighted(0.1);
    (form, any::<bool>(), at_a_time, room, broken).prop_map(
        |(form, eager, at_a_time, room, broken)| Given { form, eager, at_a_time, room, broken },
    )
}

fn config() -> Config {
    Config {
        cases: 3000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_ways_say_the_same(
        check in prop::sample::select(checks()),
        text in text(),
        given in given(),
    ) {
        compare(&check, &text, given);
    }
}

/// Each message alone, however it comes.
#[test]
fn both_ways_say_the_same_of_each_message() {
    for check in checks() {
        for text in messages() {
            for form in [Form::Values, Form::Lines] {
                for room in [8, 64 * 1024] {
                    let given = Given { form, eager: true, at_a_time: room, room, broken: false };
                    compare(&check, text.as_bytes(), given);
                    compare(&check, format!("{text}\n{text}\r\n").as_bytes(), given);
                }
            }
        }
    }
}

/// The place of a text is the same if it follows one in the same line that was taken.
#[test]
fn both_ways_say_the_same_of_a_place_behind_a_line_that_was_taken() {
    let taken = r#"{"statusCode":0}"#;
    for broken in ["{\"statusCode\":", "{\"operationName\":7}", "nul", "{} x"] {
        for between in ["\n", "\n  ", "\r\n\t", "\n\n "] {
            let text = [taken, between, taken, between, broken].concat();
            for (form, room) in
                [(Form::Values, 64 * 1024), (Form::Lines, 64 * 1024), (Form::Values, 20)]
            {
                let given = Given { form, eager: true, at_a_time: 7, room, broken: false };
                compare(&Check::new(), text.as_bytes(), given);
            }
        }
    }
}

/// Files and folders, with a contract of one's own whose fixtures have names in them.
#[test]
fn both_ways_say_the_same_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let put = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let all = messages();
    for (index, text) in all.iter().enumerate() {
        put(&format!("recordings/{index}.json"), text.as_bytes());
        put(&format!("recordings/below/{index}.json"), mutated(text, Spread).as_slice());
    }
    for ending in ["jsonl", "ndjson", "part", "json", "har", "txt"] {
        put(&format!("recordings/all.{ending}"), all.join("\n").as_bytes());
    }
    put("recordings/empty.json", b" \n");
    put("recordings/marked.json", b"\xEF\xBB\xBF{\"statusCode\":0}");
    put("own/schemas/x-response.json", br#"{"properties":{"statusCode":{},"x":{}}}"#);
    // What stands alone is held against it in an array.
    put("own/schemas/bayeux-answer.json", br#"{"minItems":2}"#);
    put("own/schemas/ring-request.json", br#"{"properties":{"operationName":{"const":"Ring"}}}"#);
    let says = r#"{"messageType":"MessageLogUpdated","uri":"${url}/x","x":"${other}"}"#;
    put("own/fixtures/notifications/log.json", says.as_bytes());
    put("own/fixtures/notifications/other.json", br#"{"messageType":"MessageLogUpdated"}"#);
    put("own/fixtures/answers/ring.json", br#"{"statusCode":0,"x":"${session}"}"#);
    put("own/fixtures/requests/ring.json", br#"{"operationName":"Ring"}"#);
    // Open schemas take what stands around messages, and so does one of two for the same operation.
    let open = |of: &str| format!(r#"{{"properties":{{{of}}}}}"#);
    let of_intrude = open(r#""operationName":{"const":"Intrude"}"#);
    let of_log = open(r#""messageType":{"const":"MessageLogUpdated"}"#);
    for (name, schema) in [
        ("response", open(r#""statusCode":{}"#)),
        ("intrude-request", of_intrude.clone()),
        ("intrude-again-request", of_intrude),
        ("message-log-updated-notification", of_log),
    ] {
        put(&format!("open/schemas/{name}.json"), schema.as_bytes());
    }
    put("open/fixtures/notifications/log.json", says.as_bytes());
    put("open/fixtures/answers/channel.json", br#"{"statusCode":0,"channel":"/x","data":{}}"#);
    let own = Check::new().contract(root.join("own")).unwrap();
    let answers = own.clone().schema("bayeux-answer").unwrap();
    let open = Check::new().contract(root.join("open")).unwrap();
    let others = [own.clone(), own.strict(), answers, open.clone(), open.strict()];
    for check in checks().into_iter().chain(others) {
        let said = |quick| {
            let mut check = check.clone();
            check.reading.quick = quick;
            let mut progress_lines = Vec::new();
            let folders = ["recordings", "own/fixtures", "open/fixtures", "none"];
            let paths = folders.map(|folder| root.join(folder));
            let checked: Summary =
                check.each(paths, &mut |check| progress_lines.push(format!("{check:?}")));
            (progress_lines, format!("{checked:?}"))
        };
        assert_eq!(said(true), said(false));
    }
}
