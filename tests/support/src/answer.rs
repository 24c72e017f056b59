//! The answer that a client receives for a request, whichever way it was sent.

use serde_json::Value;

/// An answer. Two of them are equal when status and body are; headers differ from run to run.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as JSON; as a JSON string when it is none.
    pub body: Value,
    /// The body as text.
    pub text: String,
    /// Names in lower case, with their values.
    headers: Vec<(String, String)>,
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.body) == (other.status, &other.body)
    }
}

impl Answer {
    /// An answer with that body, to compare others with.
    pub fn of(status: u16, body: Value) -> Self {
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        Self { status, body, text, headers: Vec::new() }
    }

    /// An answer as it was received.
    pub(crate) fn received(status: u16, headers: Vec<(String, String)>, text: String) -> Self {
        let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
        Self { status, body, text, headers }
    }

    /// Returns the body, when it is JSON.
    pub fn json(&self) -> Option<&Value> {
        serde_json::from_str::<Value>(&self.text).is_ok().then_some(&self.body)
    }

    /// Returns the value of the first header of that name, which is written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Returns the values of all headers of that name, which is written in lower case.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Returns the cookies that the answer sets, as `name=value`.
    pub fn cookies(&self) -> impl Iterator<Item = &str> {
        self.headers("set-cookie").filter_map(|header| header.split(';').next())
    }

    /// Returns a header field `Cookie` that sends back every cookie of this answer.
    pub fn cookie_field(&self) -> String {
        let cookies: Vec<&str> = self.cookies().collect();
        format!("Cookie: {}\r\n", cookies.join("; "))
    }
}
