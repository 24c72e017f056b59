//! The body of a request or of an answer, as exporters write it into a HAR file: as a text, in base64, or taken apart into
//! the parameters of a form.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Some exporters leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The body of a request or of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HarBody {
    /// Nothing was sent.
    Absent,
    /// It is in the file.
    Present {
        /// A JSON pointer from `postData` or `content` on.
        pointer: String,
        /// The bytes that were sent, as far as the file shows them.
        bytes: Vec<u8>,
    },
    /// It was sent, and the file does not have it.
    Missing {
        /// The length of the body in bytes.
        size: u64,
    },
    /// The file has it in a form that cannot be read.
    Undecodable {
        /// The form in words.
        got: &'static str,
    },
}

impl HarBody {
    /// The body of a request, from the value of `request`.
    pub fn of_request(request: &Value) -> Self {
        let post = &request["postData"];
        let body = Self::of_part(post);
        let body = body.or_else(|| of_params(post["params"].as_array()?));
        body.unwrap_or_else(|| Self::of_size(&request["bodySize"]))
    }

    /// The body of an answer, from the value of `response`.
    pub fn of_response(response: &Value) -> Self {
        let content = &response["content"];
        Self::of_part(content).unwrap_or_else(|| Self::of_size(&content["size"]))
    }

    /// The JSON in it; null where there is none.
    pub fn json(&self) -> Value {
        match self {
            Self::Present { bytes, .. } => serde_json::from_slice(bytes).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn of_part(part: &Value) -> Option<Self> {
        let text = part["text"].as_str().filter(|text| !text.trim().is_empty())?;
        let pointer = "/text".to_owned();
        let encoding = part["encoding"].as_str().unwrap_or_default().to_ascii_lowercase();
        Some(match encoding.as_str() {
            "base64" => match BASE64.decode(without_space(text).as_bytes()) {
                Ok(bytes) => Self::Present { pointer, bytes },
                Err(_) => Self::Undecodable { got: "a text that is no base64" },
            },
            "" | "none" | "utf8" | "utf-8" => {
                let is_form = part["mimeType"]
                    .as_str()
                    .is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
                let message = if is_form { bayeux_form(text) } else { None };
                let bytes = message.unwrap_or_else(|| text.to_owned()).into_bytes();
                Self::Present { pointer, bytes }
            }
            _ => Self::Undecodable { got: "an encoding that is not base64" },
        })
    }

    fn of_size(size: &Value) -> Self {
        match size.as_u64() {
            None | Some(0) => Self::Absent,
            Some(size) => Self::Missing { size },
        }
    }
}

/// Base64 may be broken into lines.
fn without_space(text: &str) -> Cow<'_, str> {
    match text.contains(|letter: char| letter.is_ascii_whitespace()) {
        true => text.split_ascii_whitespace().collect(),
        false => Cow::Borrowed(text),
    }
}

/// The messages of a Bayeux request that is sent as a form.
fn bayeux_form(text: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(text.as_bytes());
    parameters.find(|(name, _)| name == "message").map(|(_, messages)| messages.into_owned())
}

/// The body that was taken apart into parameters. One that is JSON has no parameters of its own: its text was split at `&`
/// and at the first `=` behind it.
fn of_params(params: &[Value]) -> Option<HarBody> {
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let message =
        params.iter().position(|of| of["name"] == "message" && is_json(&text(of, "value")));
    if let Some(index) = message {
        let pointer = format!("/params/{index}/value");
        return Some(HarBody::Present {
            pointer,
            bytes: text(&params[index], "value").into_bytes(),
        });
    }
    let joined: Vec<String> = params
        .iter()
        .map(|of| match text(of, "value") {
            value if value.is_empty() => text(of, "name"),
            value => format!("{}={value}", text(of, "name")),
        })
        .collect();
    let joined = joined.join("&");
    let decoded = percent_decode_str(&joined).decode_utf8().unwrap_or_default();
    let body = if !is_json(&joined) && is_json(&decoded) { decoded.as_ref() } else { &joined };
    let pointer = if params.len() == 1 { "/params/0/name" } else { "/params" };
    (!body.is_empty())
        .then(|| HarBody::Present { pointer: pointer.to_owned(), bytes: body.as_bytes().to_vec() })
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: &HarBody, expected: &str) {
        let found = match body {
            HarBody::Absent => "absent".to_owned(),
            HarBody::Present { pointer, bytes } => {
                format!("{pointer} {}", String::from_utf8_lossy(bytes))
            }
            HarBody::Missing { size } => format!("missing {size}"),
            HarBody::Undecodable { got } => (*got).to_owned(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_body_is_read_in_whatever_form_an_exporter_wrote_it() {
        for (content, expected) in [
            (json!({ "text": "{}", "size": 2 }), "/text {}"),
            (json!({ "text": "e30=", "encoding": "base64" }), "/text {}"),
            (json!({ "text": "e3\n0", "encoding": "Base64" }), "/text {}"),
            (json!({ "text": "{}", "encoding": "base64" }), "a text that is no base64"),
            (json!({ "text": "{}", "encoding": "gzip" }), "an encoding that is not base64"),
            (json!({ "size": 430, "comment": "not included" }), "missing 430"),
            (json!({ "size": 430, "_file": "1.json" }), "missing 430"),
            (json!({ "size": 430, "text": "" }), "missing 430"),
            (json!({ "size": 0, "text": "" }), "absent"),
            (json!({ "size": -1 }), "absent"),
            (json!(null), "absent"),
        ] {
            check(&HarBody::of_response(&json!({ "content": content })), expected);
        }
        check(&HarBody::of_response(&Value::Null), "absent");
    }

    #[test]
    fn the_body_of_a_request_may_be_taken_apart_into_parameters() {
        let param = |name: &str, value: &str| json!({ "name": name, "value": value });
        for (params, expected) in [
            (json!([param("{\"text\":\"x\"}", "")]), "/params/0/name {\"text\":\"x\"}"),
            (json!([param("{\"text\":\"a", "b\"}")]), "/params/0/name {\"text\":\"a=b\"}"),
            (json!([param("{\"text\":\"a", ""), param("b\"}", "")]), "/params {\"text\":\"a&b\"}"),
            (json!([param("%7B%22a%22%3A1%7D", "")]), "/params/0/name {\"a\":1}"),
            (json!([param("message", "[{}]")]), "/params/0/value [{}]"),
            (json!([param("user", "jo")]), "/params/0/name user=jo"),
            (json!([]), "missing 7"),
        ] {
            check(
                &HarBody::of_request(&json!({ "bodySize": 7, "postData": { "params": params } })),
                expected,
            );
        }
        let form = "application/x-www-form-urlencoded;charset=UTF-8";
        let post = json!({ "mimeType": form, "text": "message=%5B%7B%7D%5D" });
        check(&HarBody::of_request(&json!({ "postData": post })), "/text [{}]");
        check(&HarBody::of_request(&json!({ "bodySize": -1 })), "absent");
    }
}
