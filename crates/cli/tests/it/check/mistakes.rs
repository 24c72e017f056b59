//! Recordings that are no JSON, or none that the fake would take.

use expect_test::{Expect, expect};

use crate::check::Recordings;

/// The first finding, without the lines that show it, for each text.
fn check(texts: &[(&str, &[u8])], expected: &Expect) {
    let mut told = String::new();
    for (name, text) in texts {
        let ended = Recordings::of(&[(*name, *text)]).check(&[*name]);
        let first = ended.said.lines().next().unwrap_or_default();
        told += &format!("{first}, exit code {}\n", ended.code.unwrap());
    }
    expected.assert_eq(&told);
}

#[test]
fn each_syntax_error_is_named_with_its_place() {
    let nested = [&b"{\"operationName\":"[..], &[b'['; 127], &[b']'; 127], b"}"].concat();
    check(
        &[
            ("empty.json", b""),
            ("blank.json", b"\n \n"),
            ("empty.jsonl", b"\n\n"),
            ("mark.json", b"\xEF\xBB\xBF{\"operationName\":\"Intrude\"}"),
            ("latin.json", b"{\"operationName\":\n\"Zo\xEB\"}"),
            ("latin-key.json", b"{\"operationName\":\"Ready\",\"\xEB\":1}"),
            ("utf-16.json", b"\xFF\xFE{\0}\0"),
            ("twice.json", b"{\"operationName\":\"Ready\",\"operationName\":\"Ready\"}"),
            ("nested.json", &nested),
            ("cut.json", b"[{\"operationName\":\"Ready\"},{\"operationName\":\"Rea"),
            ("comma.json", b"[{\"operationName\":\"Ready\"},]"),
            ("two.json", b"{\"operationName\":\"Ready\"} {\"operationName\":\"Ready\"}"),
            ("number.json", b"{\"operationName\":1e999}"),
            ("not-a-number.json", b"{\"operationName\":NaN}"),
            ("page.json", b"<html></html>"),
        ],
        &expect![[r#"
            error[body-json]: empty.json:1:1: got nothing, want JSON, exit code 2
            error[body-json]: blank.json:1:1: got nothing, want JSON, exit code 2
            error[body-json]: empty.jsonl:1:1: got nothing, want JSON, exit code 2
            error[body-byte-order-mark]: mark.json:1:1: got EF BB BF, want the first byte of the JSON, exit code 2
            error[body-utf-8]: latin.json:2:4: got EB, which is ë in Latin-1, want UTF-8, exit code 2
            error[body-utf-8]: latin-key.json:1:28: got invalid unicode code point, want UTF-8, exit code 2
            error[body-json]: utf-16.json:1:1: got expected value, want JSON, exit code 2
            error[duplicate-key]: twice.json:1:42: got the key "operationName" a second time, want each key once, exit code 2
            error[body-nesting]: nested.json:1:144: got deeper nesting, want at most 127 levels, exit code 2
            error[body-json]: cut.json:1:49: got EOF while parsing a string, want JSON, exit code 2
            error[body-json]: comma.json:1:28: got trailing comma, want JSON, exit code 2
            error[body-json]: two.json:1:27: got trailing characters, want JSON, exit code 2
            error[body-json]: number.json:1:22: got number out of range, want JSON, exit code 2
            error[body-json]: not-a-number.json:1:18: got expected value, want JSON, exit code 2
            error[body-json]: page.json:1:1: got expected value, want JSON, exit code 2
        "#]],
    );
}

#[test]
fn messages_before_a_syntax_error_are_checked_and_those_after_it_are_reported_as_unread() {
    let text =
        r#"[{"operationName":"Accept","nickname":7},{"operationName":]},{"operationName":"Fly"}]"#;
    let ended = Recordings::of(&[("a.json", text)]).check(&["a.json"]);
    assert_eq!(ended.code, Some(2));
    expect![[r#"
        error[accept-nickname]: a.json:1:39: got 7, want string
          |
        1 | [{"operationName":"Accept","nickname":7}
          |                                       ^ /0/nickname
          |
          = help: send a value of that type
          = note: rule accept-nickname (documented: HTCC 8.5.2 SMSAccept), schema accept-request

        error[body-json]: a.json:1:59: got expected value, want JSON
          |
        1 | [{"operationName":"Accept","nickname":7},{"operationName":]
          |                                                           ^
          |
          = help: mend it, and check again: what stands behind it was not read
          = note: rule body-json (inferred: GWS 8.6.0 ReturnValues)

        contract broken: 2 errors and 0 notes in 1 message of 1 file
          compared: accept-request 1
    "#]]
    .assert_eq(&ended.said);
}
