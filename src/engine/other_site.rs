//! Pages of another site than the fake's: to these a browser gives no cookie, so that all is refused that needs one.
//!
//! The rule of this file: the first such refusal names the cause, and those after it are notes. What a request without its cookie
//! is answered does not change.
//!
//! Rules: credentials-missing, csrf-token, bayeux-cookie, bayeux-client-unknown.

use headers::{HeaderMapExt, Host, Origin};
use http::HeaderMap;
use http::header::COOKIE;

use crate::rules::{Verdict, Violation};

/// The header field in which a browser names the relation of a page to the server, if it names it.
const FETCH_SITE: &str = "sec-fetch-site";

/// The names of one machine, each of which is a site of its own to a browser.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The rules that a request breaks for want of a cookie.
const NEED_A_COOKIE: [&str; 4] =
    ["credentials-missing", "csrf-token", "bayeux-cookie", "bayeux-client-unknown"];

/// A page of another site, and the host that it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherSite {
    page: String,
    page_host: String,
    host: String,
}

impl OtherSite {
    /// Returns the page of another site that sent a request. A browser that does not say so is believed to run on this machine when
    /// both hosts are names of it; of other hosts nobody knows which belong to one site.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let origin = headers.typed_get::<Origin>().filter(|origin| !origin.is_null())?;
        let host = headers.typed_get::<Host>()?.hostname().to_ascii_lowercase();
        let page_host = origin.hostname().to_ascii_lowercase();
        let is_other = match headers.get(FETCH_SITE) {
            Some(site) => site == "cross-site",
            None => page_host != host && [&page_host, &host].iter().all(|name| is_loopback(name)),
        };
        is_other.then(|| Self { page: origin.to_string(), page_host, host })
    }

    /// Returns the page of another site that sent a request without a cookie.
    pub(super) fn without_a_cookie(headers: &HeaderMap) -> Option<Box<Self>> {
        if headers.contains_key(COOKIE) {
            return None;
        }
        Self::of(headers).map(Box::new)
    }

    /// Names the cause of a violation, unless it `is_named` already.
    pub(super) fn explain(&self, violation: Violation, is_named: &mut bool) -> Violation {
        let is_effect =
            violation.verdict == Verdict::Violation && NEED_A_COOKIE.contains(&violation.rule.id);
        if !is_effect {
            return violation;
        }
        let Self { page, page_host, host } = self;
        if std::mem::replace(is_named, true) {
            let hint = format!("a page on {page} has no cookie of {host}, as was said before");
            return violation.hint(hint).note();
        }
        let advice = if page_host == host {
            "use http or https for both"
        } else {
            "use the same host name for both"
        };
        let got = format!("no cookie, from a page on {page} to {host}");
        let hint =
            format!("to a browser these are two sites, and it keeps and sends no cookie: {advice}");
        Violation { got: got.into(), ..violation }.hint(hint)
    }
}

fn is_loopback(host: &str) -> bool {
    LOOPBACK.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), http::HeaderValue::from_static(value)));
        assert_eq!(OtherSite::of(&headers.collect()).is_some(), expected);
    }

    #[test]
    fn names_of_one_machine_are_other_sites_to_each_other() {
        for (page, host, expected) in [
            ("http://localhost:3000", "127.0.0.1:8090", true),
            ("http://127.0.0.1:3000", "LOCALHOST:8090", true),
            ("http://[::1]:3000", "127.0.0.1:8090", true),
            ("http://localhost:3000", "localhost:8090", false),
            ("https://localhost:3000", "localhost:8090", false),
            ("http://page.example", "gws.example", false),
            ("null", "127.0.0.1:8090", false),
        ] {
            check(&[("origin", page), ("host", host)], expected);
        }
        check(&[("host", "127.0.0.1:8090")], false);
    }

    #[test]
    fn a_browser_that_names_the_site_is_believed() {
        for (page, host, site, expected) in [
            ("http://localhost:3000", "127.0.0.1:8090", "same-site", false),
            ("http://page.example", "gws.example", "cross-site", true),
            ("https://localhost:3000", "localhost:8090", "cross-site", true),
            ("null", "127.0.0.1:8090", "cross-site", false),
        ] {
            check(&[("origin", page), ("host", host), (FETCH_SITE, site)], expected);
        }
    }
}
