//! Scenarios that cannot be read or played: each is one error with file, line and step.

use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;

use super::file;

const HEAD: &str = r#"{"step":"scenario","version":1}"#;

/// Starts a fake with that text as its scenario; in the error the file is called by its name only.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let (folder, path) = file(text);
    let error = FakeGws::builder().play(&path).try_start().unwrap_err().to_string();
    let folder = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    expected.assert_eq(&error.replace(&folder, ""));
}

/// A scenario with these steps, of which the first stands in line 3.
#[track_caller]
fn check_steps(steps: &str, expected: Expect) {
    check(&format!("[\n{HEAD},\n{steps}\n]\n"), expected);
}

const GET: &str =
    r#"{"step":"request","by":"s1","method":"GET","path":"/api/v2/me","answer":{"status":200}}"#;

#[test]
fn a_missing_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.json");
    let error = FakeGws::builder().play(&path).try_start().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: ", path.display())), "{error}");
    assert!(error.ends_with("; want a scenario"), "{error}");
}

#[test]
fn a_file_that_is_no_json_is_refused() {
    check(
        "<html>",
        expect!["scenario.json:1: got expected value, want an array of steps, or one step a line"],
    );
    check(
        &format!("[\n{HEAD},\n{GET}\n{GET}\n]"),
        expect!["scenario.json:4: got expected `,` or `]`, want a whole JSON array of steps"],
    );
    check(
        &format!("[\n{HEAD},\n{GET}\n]\n]"),
        expect!["scenario.json:5: got trailing characters, want a whole JSON array of steps"],
    );
}

#[test]
fn half_a_file_is_refused() {
    check(
        &format!("[\n{HEAD},\n{GET},\n{{\"step\":\"requ"),
        expect![
            "scenario.json:4: got EOF while parsing a string, want a whole JSON array of steps"
        ],
    );
    check(
        &format!("{HEAD}\n{GET}\n{{\"step\":\"requ"),
        expect![
            "scenario.json:3: got EOF while parsing a string, want an array of steps, or one step a line"
        ],
    );
}

#[test]
fn an_empty_file_is_refused() {
    check("", expect!["scenario.json:1: got nothing, want an array of steps"]);
    check(" \n \n", expect!["scenario.json:1: got nothing, want an array of steps"]);
    check(
        "[]",
        expect![[
            r#"scenario.json:1: got an empty array, want a head such as {"step":"scenario","version":1}"#
        ]],
    );
    check(
        "\n\n[\n]",
        expect![[
            r#"scenario.json:1: got an empty array, want a head such as {"step":"scenario","version":1}"#
        ]],
    );
}

#[test]
fn json_that_is_no_scenario_is_refused() {
    check(
        r#"{"openapi":"3.1.0"}"#,
        expect!["scenario.json:1: the head: /step: got nothing, want a value; send step"],
    );
    check(
        "[1, 2]",
        expect![
            "scenario.json:1: the head: the whole value: got 1, want object; send a value of that type"
        ],
    );
    check(
        &format!("[\n{GET}\n]"),
        expect!["scenario.json:2: the head: /version: got nothing, want a value; send version"],
    );
}

#[test]
fn another_version_is_refused() {
    check(
        r#"[{"step":"scenario","version":2}]"#,
        expect![
            "scenario.json:1: the head: /version: got 2, want 1, which this version reads; read it with the version of this crate that wrote it"
        ],
    );
    check(
        r#"[{"step":"scenario","version":"1"}]"#,
        expect![[
            r#"scenario.json:1: the head: /version: got "1", want integer; send a value of that type"#
        ]],
    );
    check(
        r#"[{"step":"scenario"}]"#,
        expect!["scenario.json:1: the head: /version: got nothing, want a value; send version"],
    );
}

#[test]
fn an_unknown_step_is_refused() {
    check_steps(
        r#"{"step":"requst","method":"GET"}"#,
        expect![[
            r#"scenario.json:3: step 1: /step: got "requst", want one of request, bayeux, push, group, wait, test; did you mean "request"?"#
        ]],
    );
    check_steps(
        &format!("{GET},\n{{\"step\":\"sleep\"}}"),
        expect![[
            r#"scenario.json:4: step 2: /step: got "sleep", want one of request, bayeux, push, group, wait, test"#
        ]],
    );
    check_steps(
        r#"{"step":"bayeux","by":"s1","message":"handshke"}"#,
        expect![[
            r#"scenario.json:3: step 1: /message: got "handshke", want one of handshake, subscribe, unsubscribe, connect, disconnect, publish; did you mean "handshake"?"#
        ]],
    );
    check_steps(
        "{}",
        expect!["scenario.json:3: step 1: /step: got nothing, want a value; send step"],
    );
}

#[test]
fn a_step_that_is_no_object_is_refused() {
    check_steps(
        &format!("{GET},\n\n7"),
        expect![
            "scenario.json:5: step 2: the whole value: got 7, want object; send a value of that type"
        ],
    );
    check_steps(
        "null",
        expect![
            "scenario.json:3: step 1: the whole value: got null, want object; send a value of that type"
        ],
    );
    check_steps(
        r#"["request"]"#,
        expect![[
            r#"scenario.json:3: step 1: the whole value: got ["request"], want object; send a value of that type"#
        ]],
    );
}

#[test]
fn an_unknown_field_is_refused() {
    check_steps(
        &GET.replace("\"by\"", "\"bye\""),
        expect![[r#"scenario.json:3: step 1: /bye: got "s1", want no such field; leave it out"#]],
    );
    check_steps(
        &GET.replace("\"status\":200", "\"status\":200,\"boddy\":{}"),
        expect!["scenario.json:3: step 1: /answer/boddy: got {}, want no such field; leave it out"],
    );
    check(
        r#"[{"step":"scenario","version":1,"tittle":"x"}]"#,
        expect![[
            r#"scenario.json:1: the head: /tittle: got "x", want no such field; did you mean "title"?"#
        ]],
    );
}

#[test]
fn a_wrong_value_is_refused() {
    check_steps(
        &GET.replace("\"GET\"", "\"get\""),
        expect![[
            r#"scenario.json:3: step 1: /method: got "get", want one of "GET", "POST", "PUT", "DELETE"; did you mean "GET"?"#
        ]],
    );
    check_steps(
        &GET.replace("200", "99"),
        expect![
            "scenario.json:3: step 1: /answer/status: got 99, want at least 200; send a larger one"
        ],
    );
    check_steps(
        r#"{"step":"wait","milliseconds":-1}"#,
        expect![
            "scenario.json:3: step 1: /milliseconds: got -1, want at least 0; send a larger one"
        ],
    );
    check_steps(
        r#"{"step":"group","steps":[]}"#,
        expect![
            "scenario.json:3: step 1: /steps: got [], want something in it; leave it out, or send something"
        ],
    );
    check_steps(
        r#"{"step":"group","steps":[{"step":"wait","milliseconds":1}]}"#,
        expect![[
            r#"scenario.json:3: step 1: /steps/0/step: got "wait", want one of request, bayeux"#
        ]],
    );
}

#[test]
fn a_duplicate_key_is_refused() {
    check_steps(
        &GET.replace("\"by\":\"s1\"", "\"by\":\"s1\",\"by\":\"s2\""),
        expect![[
            r#"scenario.json:3: step 1: /by: got the key "by" a second time, want each key once; send one value for the key"#
        ]],
    );
}

#[test]
fn a_reference_to_an_unknown_name_is_refused() {
    let push = r#"{"step":"push","to":"s1","channel":"/v2/me/x","data":{"id":"${session}"}}"#;
    check_steps(
        &format!("{GET},\n{push}"),
        expect![[
            r#"scenario.json:4: step 2: got ${session}, which nothing before it binds, want a name of the head's "let", of a capture, or of an earlier request"#
        ]],
    );
    check_steps(
        &GET.replace("200", "200,\"body\":[\"a ${b} c\"]"),
        expect![[
            r#"scenario.json:3: step 1: got ${b}, which nothing before it binds, want a name of the head's "let", of a capture, or of an earlier request"#
        ]],
    );
}

#[test]
fn a_cycle_of_captures_is_refused() {
    let answer = |body: &str, capture: &str| {
        let answer = format!(r#""status":200,"body":[{body}],"capture":{{"{capture}":"/0"}}"#);
        GET.replace(r#""status":200"#, &answer)
    };
    let each_other = [answer(r#""${b}""#, "a"), answer(r#""${a}""#, "b")].join(",\n");
    check_steps(
        &each_other,
        expect![[
            r#"scenario.json:3: step 1: got ${b}, which nothing before it binds, want a name of the head's "let", of a capture, or of an earlier request"#
        ]],
    );
    check_steps(
        &answer(r#""${a}""#, "a"),
        expect![[
            r#"scenario.json:3: step 1: got ${a}, which nothing before it binds, want a name of the head's "let", of a capture, or of an earlier request"#
        ]],
    );
    let push =
        r#"{"step":"push","to":"s1","channel":"/v2/me/x","data":["${a}"],"capture":{"a":"/0"}}"#;
    check_steps(
        push,
        expect![[
            r#"scenario.json:3: step 1: got ${a}, which nothing before it binds, want a name of the head's "let", of a capture, or of an earlier request"#
        ]],
    );
}

/// Forty names, each of which stands twice for the one before, would have ten terabytes.
#[test]
fn names_that_double_are_refused() {
    let doubled =
        |number: usize| format!(r#""a{number:02}":"${{a{0:02}}}${{a{0:02}}}""#, number - 1);
    let names: Vec<String> = (1..=40).map(doubled).collect();
    let names = format!(r#"{{"a00":"xxxxxxxxxx",{}}}"#, names.join(","));
    check(
        &format!("[\n{{\"step\":\"scenario\",\"version\":1,\"let\":{names}}}]"),
        expect![
            "scenario.json:2: got /let: a17, in which ${a16} makes a value longer than 1048576 bytes, want names whose values have an end"
        ],
    );
}

#[test]
fn names_that_refer_to_each_other_in_a_circle_are_refused() {
    let lets = |names: &str| format!("[\n{{\"step\":\"scenario\",\"version\":1,\"let\":{names}}}]");
    check(
        &lets(r#"{"a":"${b}","b":"x${a}","c":1}"#),
        expect![
            "scenario.json:2: got /let: a, b, which need each other or a name that there is not, want names whose values have an end"
        ],
    );
    check(
        &lets(r#"{"a":"${a}"}"#),
        expect![
            "scenario.json:2: got /let: a, which need each other or a name that there is not, want names whose values have an end"
        ],
    );
    check(
        &lets(r#"{"a":"${nowhere}"}"#),
        expect![
            "scenario.json:2: got /let: a, which need each other or a name that there is not, want names whose values have an end"
        ],
    );
    check(
        &lets(r#"{"a b":"1"}"#),
        expect![[
            r#"scenario.json:2: the head: /let: got {"a b":"1"}, want "a b" does not match "^[A-Za-z0-9_-]+$"; see the schema"#
        ]],
    );
}

#[test]
fn a_push_to_an_unknown_user_is_refused() {
    let push = r#"{"step":"push","to":"s9","channel":"/v2/me/x","data":{}}"#;
    check_steps(
        &format!("{GET},\n{push}"),
        expect![[
            r#"scenario.json:4: step 2: /to: got "s9", want the userName of one of a1, a2, n1, s1, s2"#
        ]],
    );
    check_steps(
        &GET.replace("\"s1\"", "\"\""),
        expect![[
            r#"scenario.json:3: step 1: /by: got "", want the userName of one of a1, a2, n1, s1, s2"#
        ]],
    );
    check_steps(
        r#"{"step":"bayeux","by":"9101","message":"handshake"}"#,
        expect![[
            r#"scenario.json:3: step 1: /by: got "9101", want the userName of one of a1, a2, n1, s1, s2"#
        ]],
    );
}

#[test]
fn an_unknown_call_is_refused() {
    check_steps(
        r#"{"step":"test","call":"customer-write"}"#,
        expect![[
            r#"scenario.json:3: step 1: got the call "customer-write", want one of reset, notifications, customer-writes, customer-types, customer-stops-typing, customer-leaves, route, revoke, operation, fault, exception, release, allow, allow-once, expect-violation, blame-from, clock-pause, clock-resume, backend-down, backend-up; did you mean customer-writes?"#
        ]],
    );
    check_steps(
        r#"{"step":"test","call":"reset"}"#,
        expect![[
            r#"scenario.json:3: step 1: got the call "reset", which would end the scenario, want another one"#
        ]],
    );
    check_steps(
        r#"{"step":"test","call":"timeline"}"#,
        expect![[
            r#"scenario.json:3: step 1: got the call "timeline", want one of reset, notifications, customer-writes, customer-types, customer-stops-typing, customer-leaves, route, revoke, operation, fault, exception, release, allow, allow-once, expect-violation, blame-from, clock-pause, clock-resume, backend-down, backend-up"#
        ]],
    );
    check_steps(
        r#"{"step":"test","call":"customer-writes","with":{"session":"x"}}"#,
        expect!["scenario.json:3: step 1: customer-writes: /text: got nothing, want a value"],
    );
    check_steps(
        r#"{"step":"test","call":"backend-down","whith":1}"#,
        expect!["scenario.json:3: step 1: /whith: got 1, want no such field; leave it out"],
    );
}

#[test]
fn json_lines_are_read_like_an_array() {
    check(
        &format!("{HEAD}\r\n\r\n{GET}\r\n{{\"step\":\"wait\"}}\r\n"),
        expect![
            "scenario.json:4: step 2: /milliseconds: got nothing, want a value; send milliseconds"
        ],
    );
    let (_folder, path) = file(&format!("{HEAD}\n{{\"step\":\"wait\",\"milliseconds\":1}}\n"));
    FakeGws::play(path).verify();
}

#[test]
fn a_hundred_thousand_steps_are_read_in_linear_time() {
    let steps = format!("{GET},\n").repeat(100_000);
    let (_folder, path) = file(&format!("[\n{HEAD},\n{steps}{}\n]\n", GET.replace("s1", "s9")));
    let begun = Instant::now();
    let error = FakeGws::builder().play(&path).try_start().unwrap_err().to_string();
    let place = path.display();
    assert_eq!(
        error,
        format!(
            r#"{place}:100003: step 100001: /by: got "s9", want the userName of one of a1, a2, n1, s1, s2"#
        )
    );
    // In the square of that it would take hours.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}
