//! One entry of a HAR file: a request and its answer as an exporter wrote them, or the reason why it is left out.

use std::time::Duration;

use gws_sms_fake::_cli_internals::contract::recorded::har::is_bayeux;
use gws_sms_fake::_cli_internals::contract::recorded::har_body::HarBody;
use gws_sms_fake::_cli_internals::gws::timestamp::Timestamp;
use gws_sms_fake::_cli_internals::report::text::count;
use serde_json::Value;

use crate::recording::charset::BodyText;
use crate::recording::exchange::{Exchange, cookies};
use crate::recording::origin::{Address, Traffic};

/// The part of an entry that is read before the origin of GWS is known.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) address: Address,
    pub(crate) traffic: Traffic,
}

/// The reason why an entry is left out.
#[derive(Clone, Debug)]
pub(crate) struct Omission {
    pub(crate) why: String,
    /// True if the file has only one half of the exchange.
    pub(crate) is_half: bool,
}

impl Omission {
    pub(crate) fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_half: false }
    }
}

impl Call {
    /// The request of an entry; why there is none otherwise.
    pub(crate) fn of(entry: &Value) -> Result<Self, Omission> {
        let request = &entry["request"];
        let method = text(entry, "/request/method")?.to_owned();
        let url = text(entry, "/request/url")?;
        let address = Address::of(url)
            .ok_or_else(|| wrong(entry, "/request/url", "an address with a host"))?;
        let sent = HarBody::of_request(request).json();
        let answered = HarBody::of_response(&entry["response"]).json();
        // A redirect is sent by whoever leads to GWS.
        let is_redirect = status(entry).is_some_and(|status| (300..400).contains(&status));
        let is_of_gws = sent["operationName"].is_string() || answered["statusCode"].is_u64();
        let traffic = match address.is_below_api_v2() {
            _ if is_redirect => Traffic::No,
            _ if is_bayeux(&sent) => Traffic::Push,
            true if is_of_gws => Traffic::Rest,
            true => Traffic::Perhaps,
            false => Traffic::No,
        };
        Ok(Self { method, address, traffic })
    }
}

/// The exchange of an entry, and when it began; its end is how long it took.
pub(crate) fn exchange(entry: &Value, call: &Call) -> Result<(Exchange, Timestamp), Omission> {
    let response = entry.get("response").filter(|response| response.is_object());
    let response = response.ok_or_else(|| Omission::of("there is no answer"))?;
    let Some(status) = status(entry) else {
        // Nothing that an exporter writes is shown, but for numbers.
        let status = response["status"].as_i64();
        let status = status.map_or("no status".to_owned(), |status| format!("the status {status}"));
        return Err(Omission::of(format!("there is no answer, but {status}")));
    };
    let began = text(entry, "/startedDateTime")?
        .parse::<Timestamp>()
        .map_err(|_| wrong(entry, "/startedDateTime", "a time as in ISO 8601"))?;
    let took = entry.pointer("/time").and_then(Value::as_f64).unwrap_or_default();
    let took = Duration::try_from_secs_f64(took.max(0.0) / 1000.0).unwrap_or_default();
    let request = &entry["request"];
    let sent_type = request["postData"]["mimeType"].as_str();
    let answered_type = response["content"]["mimeType"].as_str();
    let body = bytes(HarBody::of_request(request), sent_type, "the request")?;
    let answer = bytes(HarBody::of_response(response), answered_type, "the answer")?;
    let listed = |of: &Value| {
        let cookies = of["cookies"].as_array().into_iter().flatten();
        let pair = |cookie: &Value| {
            Some((cookie["name"].as_str()?.to_owned(), cookie["value"].as_str()?.to_owned()))
        };
        cookies.filter_map(pair).collect::<Vec<_>>()
    };
    let sent = headers(request, "cookie").into_iter().flat_map(cookies);
    let set = headers(response, "set-cookie").into_iter().flat_map(cookies);
    let exchange = Exchange {
        ended_at: took,
        method: call.method.clone(),
        target: call.address.target.clone(),
        authorization: headers(request, "authorization").first().map(|value| (*value).to_owned()),
        cookies: sent.chain(listed(request)).collect(),
        set_cookies: set.chain(listed(response)).collect(),
        body,
        status,
        answer,
        ..Exchange::default()
    };
    Ok((exchange, began))
}

/// The status of an answer. One below 200 announces an answer, and is none; exporters write 0 or -1 where none came.
fn status(entry: &Value) -> Option<u16> {
    let status = entry.pointer("/response/status")?.as_f64()?;
    (200.0..600.0).contains(&status).then_some(status as u16)
}

/// The values of a header. Exporters write headers as a list, or as an object by their names.
fn headers<'e>(of: &'e Value, name: &str) -> Vec<&'e str> {
    let is_named = |other: &str| other.eq_ignore_ascii_case(name);
    match &of["headers"] {
        Value::Array(headers) => headers
            .iter()
            .filter(|header| header["name"].as_str().is_some_and(is_named))
            .filter_map(|header| header["value"].as_str())
            .collect(),
        Value::Object(headers) => headers
            .iter()
            .filter(|(name, _)| is_named(name))
            .flat_map(|(_, value)| match value {
                Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
                value => Vec::from_iter(value.as_str()),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The bytes of a body, in UTF-8.
fn bytes(body: HarBody, content_type: Option<&str>, of: &str) -> Result<Vec<u8>, Omission> {
    let lost = |got: String| Omission {
        why: format!("{of} had a body: got {got}, want its text; record it again with all bodies"),
        is_half: true,
    };
    match body {
        HarBody::Absent => Ok(Vec::new()),
        HarBody::Missing { size } => {
            let bytes = count(usize::try_from(size).unwrap_or(usize::MAX), "byte");
            Err(lost(format!("{bytes} that the file does not have")))
        }
        HarBody::Undecodable { got } => Err(lost(got.to_owned())),
        // A text is UTF-8 in the file, whatever it was on the wire.
        HarBody::Present { bytes, .. } => match String::from_utf8(bytes) {
            Ok(text) => Ok(text.into_bytes()),
            Err(error) => match BodyText::of(error.as_bytes(), content_type) {
                Some(body) => Ok(body.text.into_bytes()),
                None => Err(lost(format!(
                    "{} in no known charset",
                    count(error.as_bytes().len(), "byte")
                ))),
            },
        },
    }
}

fn text<'e>(entry: &'e Value, pointer: &str) -> Result<&'e str, Omission> {
    let text = entry.pointer(pointer).and_then(Value::as_str);
    text.ok_or_else(|| wrong(entry, pointer, "a text"))
}

fn wrong(entry: &Value, pointer: &str, want: &str) -> Omission {
    let got = match entry.pointer(pointer) {
        None => "nothing",
        Some(Value::String(_)) => "another text",
        Some(_) => "a value of another type",
    };
    Omission::of(format!("{pointer}: got {got}, want {want}"))
}
