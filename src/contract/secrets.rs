//! Secrets in what people are shown: the values of fields and parameters with names such as `password` and `access_token`.
//!
//! The log hides them when it takes something in, so that no report, timeline, verdict or line on standard output has them.

use std::borrow::Cow;

use serde_json::Value;

/// The text in the place of a secret.
const HIDDEN: &str = "(hidden)";

/// Parts of the names of secrets, without their separators and in lower case.
const NAMES: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "token",
    "jsessionid",
    "authorization",
    "apikey",
    "credential",
    "cookie",
];

/// Values of fields with such names that are no secrets, or that are hidden already.
const HARMLESS: [&str; 5] = ["nothing", "true", "false", "null", HIDDEN];

/// Tells if a field or a parameter of that name has a secret for its value.
pub(crate) fn is_secret(name: &str) -> bool {
    let plain = |letter: &char| letter.is_ascii_alphanumeric();
    let name: String =
        name.chars().filter(plain).map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.iter().any(|part| name.contains(part))
}

/// Returns a text with the value hidden of each secret that it names, as JSON, a parameter or a header would.
pub(crate) fn hidden(text: &str) -> Cow<'_, str> {
    if !text.contains([':', '=']) || !(text.contains('%') || is_secret(text)) {
        return Cow::Borrowed(text);
    }
    let is_of_name = |letter: char| letter.is_alphanumeric() || "_-.%".contains(letter);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_name) {
        let name = &rest[begin..];
        let name = &name[..name.find(|letter| !is_of_name(letter)).unwrap_or(name.len())];
        let behind = begin + name.len();
        shown.push_str(&rest[..behind]);
        rest = &rest[behind..];
        let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        if let Some((separator, value)) = value(rest).filter(|_| is_secret(&decoded)) {
            shown.push_str(&rest[..separator]);
            shown.push_str(HIDDEN);
            rest = &rest[separator + value..];
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Returns the lengths of the separator between a name and its value, and of the value, behind the name.
fn value(behind_name: &str) -> Option<(usize, usize)> {
    let rest = behind_name.trim_start_matches(['"', '\'', '\\']).trim_start();
    let rest = rest.strip_prefix([':', '='])?.trim_start();
    let separator = behind_name.len() - rest.len();
    let quoted = rest.trim_start_matches('\\');
    let escapes = rest.len() - quoted.len();
    let length = match quoted.strip_prefix(['"', '\'']) {
        Some(inside) => {
            let quote = quoted.as_bytes()[0];
            let is_end = |at: &usize| {
                let escaped =
                    inside.as_bytes()[..*at].iter().rev().take_while(|byte| **byte == b'\\');
                inside.as_bytes()[*at] == quote && escaped.count() == escapes
            };
            let end = (0..inside.len()).find(is_end).map_or(inside.len(), |at| at + 1);
            escapes + 1 + end
        }
        // A parameter of a path ends where its segment does.
        None => rest
            .find(|letter: char| letter.is_whitespace() || "&;,/?#}])".contains(letter))
            .unwrap_or(rest.len()),
    };
    (length > 0 && !HARMLESS.contains(&&rest[..length])).then_some((separator, length))
}

/// Hides the values of all fields in a value that are secrets.
pub(crate) fn hide_in(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret(name) && !field.is_null() && !field.is_boolean() {
                    *field = Value::from(HIDDEN);
                } else {
                    hide_in(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_in),
        Value::String(text) => {
            if let Cow::Owned(shown) = hidden(text) {
                *text = shown;
            }
        }
        _ => {}
    }
}

/// Returns the text for the value at a place such as `/userData/password` or `query access_token`. A header's is hidden by the
/// rule that speaks of it.
pub(crate) fn hidden_at<'t>(place: &str, text: &'t str) -> Cow<'t, str> {
    let name = place.rsplit(['/', ' ']).next().unwrap_or(place);
    if !place.starts_with("header ") && is_secret(name) && !HARMLESS.contains(&text) {
        return Cow::Borrowed(HIDDEN);
    }
    hidden(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_value_of_a_secret_is_hidden_in_a_text() {
        for (text, expected) in [
            ("/api/v2/me?password=x1&fields=*", "/api/v2/me?password=(hidden)&fields=*"),
            ("/api/v2/me?access_token=x1", "/api/v2/me?access_token=(hidden)"),
            ("/api/v2/me?pass%77ord=x1", "/api/v2/me?pass%77ord=(hidden)"),
            ("/api/v2/me;jsessionid=x1/y?a=b", "/api/v2/me;jsessionid=(hidden)/y?a=b"),
            (r#"{"a":{"Password": "x\"1"},"b":1}"#, r#"{"a":{"Password": (hidden)},"b":1}"#),
            (r#"{\"password\":\"x1\",\"b\":1}"#, r#"{\"password\":(hidden),\"b\":1}"#),
            (r#"{"clientSecret":17}"#, r#"{"clientSecret":(hidden)}"#),
            (r#"{"password":"x1 is cut"#, r#"{"password":(hidden)"#),
            ("password: nothing", "password: nothing"),
            (r#"{"changePassword":true}"#, r#"{"changePassword":true}"#),
            ("the password is right: yes", "the password is right: yes"),
            ("/api/v2/me?fields=*", "/api/v2/me?fields=*"),
        ] {
            assert_eq!(hidden(text), expected);
        }
    }

    #[test]
    fn the_value_of_a_secret_is_hidden_in_a_value_and_at_its_place() {
        let mut value = json!({ "a": [{ "api_key": "x1", "key": 1 }], "token": { "b": 1 } });
        hide_in(&mut value);
        assert_eq!(
            value,
            json!({ "a": [{ "api_key": "(hidden)", "key": 1 }], "token": "(hidden)" })
        );
        assert_eq!(hidden_at("/userData/password", "\"x1\""), "(hidden)");
        assert_eq!(hidden_at("query access_token", "x1"), "(hidden)");
        assert_eq!(hidden_at("header Cookie", "another one"), "another one");
        assert_eq!(hidden_at("/userData/case", "\"x1\""), "\"x1\"");
    }
}
