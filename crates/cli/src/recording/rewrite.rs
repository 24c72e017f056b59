//! The changes of a proxy that keep a client on it: URLs in bodies and headers, cookie attributes, Origin and Referer.

use axum::http::{HeaderMap, HeaderValue, Uri};
use gws_sms_fake::_cli_internals::error::Error;

/// Headers of one connection, which are not handed on to the next.
pub(crate) mod hop {
    use axum::http::HeaderName;
    pub(crate) use axum::http::header::CONTENT_LENGTH;
    use axum::http::header::{
        ACCEPT_ENCODING, CONNECTION, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    };

    pub(super) const HEADERS: [HeaderName; 9] = [
        CONNECTION,
        CONTENT_LENGTH,
        HOST,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    /// Without it hardly any upstream compresses, so that most bodies pass as they are.
    pub(super) const NOT_ASKED: HeaderName = ACCEPT_ENCODING;
}

/// The two addresses.
#[derive(Clone, Debug)]
pub(crate) struct Rewrite {
    upstream: String,
    /// The spellings of the proxy's address, first the one for answers.
    proxies: Vec<String>,
    /// The spellings of the upstream's address.
    spellings: Vec<String>,
}

impl Rewrite {
    pub(crate) fn new(upstream: &str, proxy: &str) -> Result<Self, Error> {
        // Credentials are not shown.
        let shown = match upstream.rsplit_once('@') {
            Some((_, host)) => host,
            None => upstream,
        };
        let wrong = |what: &str| {
            Error::new(format!(
                "--upstream {shown:?} {what}; give an origin such as http://gws.example:8080"
            ))
        };
        let uri: Uri = upstream.parse().map_err(|_| wrong("is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("is not a complete URL"));
        };
        if !["http", "https"].contains(&scheme) {
            return Err(wrong("has a scheme that is not http or https"));
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(wrong("has a path"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("has credentials in it"));
        }
        let default = if scheme == "https" { 443 } else { 80 };
        let host = authority.host();
        let mut origin = format!("{scheme}://{authority}");
        let mut spellings = Vec::new();
        if authority.port_u16().unwrap_or(default) == default {
            // As a browser writes it. The longer spelling goes first: the shorter one is its beginning.
            origin = format!("{scheme}://{host}");
            spellings.push(format!("{origin}:{default}"));
        }
        spellings.push(origin.clone());
        Ok(Self { upstream: origin, proxies: also_called(proxy), spellings })
    }

    /// Every way in which a client on this machine may write the proxy.
    pub(crate) fn proxies(&self) -> &[String] {
        &self.proxies
    }

    /// The same for a client that calls the proxy by that host: what it is told stays where it is.
    pub(crate) fn called(&self, host: &str) -> Self {
        let mut called = self.clone();
        let called_so = format!("http://{host}");
        if let Some(index) = called.proxies.iter().position(|proxy| *proxy == called_so) {
            called.proxies.swap(0, index);
        }
        called
    }

    /// The address that answers have in the place of the upstream's.
    fn proxy(&self) -> &str {
        self.proxies.first().map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn upstream(&self) -> &str {
        &self.upstream
    }

    /// Returns the address to which a request for that path and query goes.
    pub(crate) fn uri_there(&self, target: &str) -> Result<Uri, String> {
        let there = format!("{}{}", self.upstream, self.there(target));
        there.parse().map_err(|error| format!("{error}"))
    }

    /// A text of the client as the upstream is to see it.
    pub(crate) fn there(&self, text: &str) -> String {
        self.proxies
            .iter()
            .fold(text.to_owned(), |text, spelling| replaced(&text, spelling, &self.upstream))
    }

    /// A text of the upstream as the client is to see it.
    pub(crate) fn back(&self, text: &str) -> String {
        self.spellings
            .iter()
            .fold(text.to_owned(), |text, spelling| replaced(&text, spelling, self.proxy()))
    }

    pub(crate) fn request_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut there = changed(headers, |text| self.there(text));
        there.remove(hop::NOT_ASKED);
        there
    }

    pub(crate) fn answer_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut back = changed(headers, |text| self.back(text));
        let cookies: Vec<HeaderValue> =
            back.get_all("set-cookie").iter().map(|value| self.cookie(value)).collect();
        back.remove("set-cookie");
        for cookie in cookies {
            back.append("set-cookie", cookie);
        }
        back
    }

    /// A cookie that the client keeps for the proxy, which has no TLS: without Domain, and without what demands TLS.
    fn cookie(&self, value: &HeaderValue) -> HeaderValue {
        let Ok(text) = value.to_str() else { return value.clone() };
        let parts: Vec<&str> = text
            .split(';')
            .map(str::trim)
            .enumerate()
            .filter(|(index, part)| {
                let part = part.to_ascii_lowercase();
                let dropped = part == "secure" || part == "partitioned" || part == "samesite=none";
                *index == 0 || !(dropped || part.starts_with("domain="))
            })
            .map(|(_, part)| part)
            .collect();
        HeaderValue::from_str(&parts.join("; ")).unwrap_or_else(|_| value.clone())
    }
}

/// Returns an address, and for a loopback address the other loopback addresses of this machine.
fn also_called(proxy: &str) -> Vec<String> {
    let names = ["127.0.0.1", "[::1]", "localhost"];
    let of = |name: &str| proxy.strip_prefix(&format!("http://{name}:")).map(str::to_owned);
    let Some(port) = names.iter().find_map(|name| of(name)) else {
        return vec![proxy.to_owned()];
    };
    let mut all: Vec<String> = names.iter().map(|name| format!("http://{name}:{port}")).collect();
    all.sort_by_key(|origin| origin != proxy);
    all
}

/// The headers that are handed on, with their texts changed.
fn changed(headers: &HeaderMap, change: impl Fn(&str) -> String) -> HeaderMap {
    let listed: Vec<String> = headers
        .get_all("connection")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let mut handed_on = HeaderMap::new();
    for (name, value) in headers {
        if hop::HEADERS.contains(name) || listed.iter().any(|listed| listed == name.as_str()) {
            continue;
        }
        let text = value.to_str().ok().and_then(|text| HeaderValue::from_str(&change(text)).ok());
        handed_on.append(name.clone(), text.unwrap_or_else(|| value.clone()));
    }
    handed_on
}

/// An origin replaced by another, plain, escaped as in some JSON, and encoded as in queries; not where a longer host or
/// port only begins with it.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let escaped = |origin: &str| origin.replace('/', "\\/");
    let encoded = |origin: &str| origin.replace(':', "%3A").replace('/', "%2F");
    let text = whole_replaced(text, from, to);
    let text = whole_replaced(&text, &escaped(from), &escaped(to));
    whole_replaced(&text, &encoded(from), &encoded(to))
}

fn whole_replaced(text: &str, from: &str, to: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(from) {
        let (before, found) = rest.split_at(start);
        let behind = &found[from.len()..];
        let longer = behind
            .starts_with(|letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter))
            || behind.starts_with("%3A");
        done.push_str(before);
        done.push_str(if longer { from } else { to });
        rest = behind;
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(upstream: &str) -> Rewrite {
        Rewrite::new(upstream, "http://127.0.0.1:1").unwrap()
    }

    #[test]
    fn only_the_whole_origin_is_replaced_however_it_is_written() {
        let spelling = rewrite("http://gws.example");
        for (text, want) in [
            ("\"http://gws.example/api\"", "\"http://127.0.0.1:1/api\""),
            ("http://gws.example:80/", "http://127.0.0.1:1/"),
            ("http://gws.example:8080/", "http://gws.example:8080/"),
            ("http://gws.example.org", "http://gws.example.org"),
            ("http:\\/\\/gws.example\\/a", "http:\\/\\/127.0.0.1:1\\/a"),
            ("?to=http%3A%2F%2Fgws.example%2Fa", "?to=http%3A%2F%2F127.0.0.1%3A1%2Fa"),
        ] {
            assert_eq!(spelling.back(text), want);
        }
        assert_eq!(
            spelling.there("http://127.0.0.1:1/x http://127.0.0.1:12/"),
            "http://gws.example/x http://127.0.0.1:12/"
        );
    }

    #[test]
    fn an_https_origin_is_replaced_with_its_port_and_without() {
        for upstream in ["https://gws.example", "https://gws.example:443"] {
            let spelling = rewrite(upstream);
            for (text, want) in [
                ("\"https://gws.example/api\"", "\"http://127.0.0.1:1/api\""),
                ("\"https://gws.example:443/api\"", "\"http://127.0.0.1:1/api\""),
                ("https://gws.example:443", "http://127.0.0.1:1"),
                ("https:\\/\\/gws.example:443\\/a", "http:\\/\\/127.0.0.1:1\\/a"),
                ("?to=https%3A%2F%2Fgws.example%3A443%2Fa", "?to=http%3A%2F%2F127.0.0.1%3A1%2Fa"),
                ("https://gws.example:4430/", "https://gws.example:4430/"),
                ("https://gws.example:80/", "https://gws.example:80/"),
                ("https://gws.example.org/", "https://gws.example.org/"),
                ("http://gws.example/", "http://gws.example/"),
            ] {
                assert_eq!(spelling.back(text), want, "{upstream}");
            }
            assert_eq!(
                spelling.uri_there("/a?b=http://127.0.0.1:1/c").unwrap(),
                "https://gws.example/a?b=https://gws.example/c"
            );
        }
        let other = rewrite("https://gws.example:8443");
        assert_eq!(other.back("https://gws.example:8443/a"), "http://127.0.0.1:1/a");
        assert_eq!(other.back("https://gws.example/a"), "https://gws.example/a");
    }

    #[test]
    fn a_page_on_the_proxy_is_one_of_an_https_upstream() {
        let spelling = rewrite("https://gws.example:443");
        let mut headers = HeaderMap::new();
        headers.append("origin", HeaderValue::from_static("http://127.0.0.1:1"));
        headers.append("referer", HeaderValue::from_static("http://127.0.0.1:1/ui/"));
        let there = spelling.request_headers(&headers);
        // As a browser would write them, which leaves the usual port out.
        assert_eq!(there["origin"], "https://gws.example");
        assert_eq!(there["referer"], "https://gws.example/ui/");
        let mut headers = HeaderMap::new();
        headers.append("location", HeaderValue::from_static("https://gws.example:443/login"));
        let cookie = "JSESSIONID=1;Path=/;Domain=.gws.example;Secure;HttpOnly";
        headers.append("set-cookie", HeaderValue::from_static(cookie));
        let allowed = "https://gws.example";
        headers.append("access-control-allow-origin", HeaderValue::from_static(allowed));
        let back = spelling.answer_headers(&headers);
        assert_eq!(back["location"], "http://127.0.0.1:1/login");
        assert_eq!(back["set-cookie"], "JSESSIONID=1; Path=/; HttpOnly");
        assert_eq!(back["access-control-allow-origin"], "http://127.0.0.1:1");
    }

    #[test]
    fn a_client_stays_at_the_name_by_which_it_has_called() {
        let spelling = rewrite("http://gws.example");
        for (host, stays) in [
            ("localhost:1", "http://localhost:1"),
            ("[::1]:1", "http://[::1]:1"),
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("another.example:1", "http://127.0.0.1:1"),
        ] {
            let spelling = spelling.called(host);
            assert_eq!(spelling.back("http://gws.example/x"), format!("{stays}/x"));
            for own in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"] {
                assert_eq!(spelling.there(own), "http://gws.example");
            }
        }
    }

    #[test]
    fn a_cookie_stays_with_the_proxy() {
        let spelling = rewrite("http://gws.example");
        let mut headers = HeaderMap::new();
        let cookie = "JSESSIONID=1; Path=/; Domain=gws.example; Secure; HttpOnly; SameSite=None";
        headers.append("set-cookie", HeaderValue::from_static(cookie));
        headers.append("location", HeaderValue::from_static("http://gws.example/login"));
        headers.append("connection", HeaderValue::from_static("X-Own"));
        headers.append("x-own", HeaderValue::from_static("1"));
        let back = spelling.answer_headers(&headers);
        assert_eq!(back["set-cookie"], "JSESSIONID=1; Path=/; HttpOnly");
        assert_eq!(back["location"], "http://127.0.0.1:1/login");
        assert_eq!(back.len(), 2);
    }

    #[test]
    fn an_upstream_that_is_no_origin_is_refused() {
        for wrong in ["gws", "ftp://gws.example", "http://gws.example/api", "http://a:b@gws", ""] {
            let error = Rewrite::new(wrong, "http://127.0.0.1:1").unwrap_err().to_string();
            assert!(error.ends_with("give an origin such as http://gws.example:8080"), "{error}");
            assert!(!error.contains("a:b"), "{error}");
        }
    }
}
