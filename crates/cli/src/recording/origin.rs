//! The origin of GWS among the addresses of a HAR file, found by what is sent there.

use std::collections::BTreeMap;

use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::report::text::count;

/// Below which GWS has the requests that are known of it.
const API_V2: &str = "/api/v2/";

/// An absolute address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Scheme, host and port as a browser writes them: in lower case, and without the default port.
    pub(crate) origin: String,
    /// The origin as the file writes it.
    pub(crate) spelling: String,
    /// Path and query.
    pub(crate) target: String,
}

/// The sign of GWS that an entry shows, the surest one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Traffic {
    /// An operation, or an answer with a statusCode, below `/api/v2/`.
    Rest,
    /// Bayeux messages.
    Push,
    /// Something else below `/api/v2/`.
    Perhaps,
    No,
}

impl Address {
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or_default();
        if scheme.is_empty() || host.is_empty() {
            return None;
        }
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let spelling = format!("{scheme}://{host}");
        Some(Self { origin: origin(&spelling), spelling, target })
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn is_below_api_v2(&self) -> bool {
        self.path().starts_with(API_V2)
    }
}

/// An origin as a browser writes it.
fn origin(spelling: &str) -> String {
    let lower = spelling.trim_end_matches('/').to_ascii_lowercase();
    let default = if lower.starts_with("https:") { ":443" } else { ":80" };
    lower.strip_suffix(default).map_or(lower.clone(), str::to_owned)
}

/// The origins of GWS: those that the user has named, or the one with the surest signs of GWS. Two that are as sure cannot be
/// told apart.
pub(crate) fn choose<'a>(
    file: &str,
    named: &[String],
    seen: impl Iterator<Item = (&'a Address, Traffic)>,
) -> Result<Vec<String>, Error> {
    // How many entries each origin has of its surest kind.
    let mut surest: BTreeMap<&str, (Traffic, usize)> = BTreeMap::new();
    for (address, traffic) in seen {
        let (known, count) = surest.entry(&address.origin).or_insert((traffic, 0));
        if traffic < *known {
            (*known, *count) = (traffic, 0);
        }
        *count += usize::from(traffic == *known);
    }
    let all = || surest.keys().copied().collect::<Vec<_>>().join(", ");
    if !named.is_empty() {
        let named: Vec<String> = named.iter().map(|named| origin(named)).collect();
        let unknown = named.iter().find(|named| !surest.contains_key(named.as_str()));
        return match unknown {
            Some(unknown) => Err(Error::new(format!(
                "{file}: --origin {unknown} is not in the file; name one of {}",
                all()
            ))),
            None => Ok(named),
        };
    }
    let best = surest.values().map(|(traffic, _)| *traffic).min().unwrap_or(Traffic::No);
    let best: Vec<(&str, usize)> = surest
        .iter()
        .filter(|(_, (traffic, _))| *traffic == best && best != Traffic::No)
        .map(|(origin, (_, count))| (*origin, *count))
        .collect();
    match best.as_slice() {
        // Nothing shows which one is meant, so that each may be.
        [] => Ok(surest.keys().map(|origin| (*origin).to_owned()).collect()),
        [(origin, _)] => Ok(vec![(*origin).to_owned()]),
        several => {
            let several: Vec<String> = several
                .iter()
                .map(|(origin, requests)| format!("{origin} ({})", count(*requests, "request")))
                .collect();
            Err(Error::new(format!(
                "{file}: traffic of GWS is at {}; name one origin with --origin, or both if REST and CometD have one each",
                several.join(" and ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_a_browser_writes_it() {
        for (url, expected) in [
            ("https://gws.example/api?x#y", Some(("https://gws.example", "/api?x"))),
            ("HTTPS://GWS.Example:443/API", Some(("https://gws.example", "/API"))),
            ("http://gws.example:80", Some(("http://gws.example", "/"))),
            ("http://gws.example:443/", Some(("http://gws.example:443", "/"))),
            ("https://jo:secret@gws.example?x", Some(("https://gws.example", "/?x"))),
            ("http://[::1]:8080/a", Some(("http://[::1]:8080", "/a"))),
            ("data:text/plain,x", None),
            ("about:blank", None),
            ("https:///x", None),
            ("", None),
        ] {
            let address = Address::of(url);
            let found = address.as_ref().map(|of| (of.origin.as_str(), of.target.as_str()));
            assert_eq!(found, expected, "{url}");
        }
    }

    fn check(named: &[&str], seen: &[(&str, Traffic)], expected: Result<&[&str], &str>) {
        let seen: Vec<(Address, Traffic)> =
            seen.iter().map(|(url, traffic)| (Address::of(url).unwrap(), *traffic)).collect();
        let named: Vec<String> = named.iter().map(|named| (*named).to_owned()).collect();
        let chosen = choose("a.har", &named, seen.iter().map(|(of, traffic)| (of, *traffic)));
        match (chosen, expected) {
            (Ok(chosen), Ok(expected)) => assert_eq!(chosen, expected),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (chosen, expected) => panic!("got {chosen:?}, want {expected:?}"),
        }
    }

    #[test]
    fn the_surest_traffic_says_where_gws_is() {
        use Traffic::{No, Perhaps, Push, Rest};
        let [tracker, http, gws, push] =
            ["https://t/x", "http://g/x", "https://g/x", "https://p/x"];
        check(&[], &[(tracker, No), (http, Perhaps), (gws, Rest)], Ok(&["https://g"]));
        check(&[], &[(tracker, Perhaps), (push, Push), (gws, Rest)], Ok(&["https://g"]));
        check(&[], &[(tracker, No), (push, Push)], Ok(&["https://p"]));
        check(&[], &[("https://G:443/", Rest), (gws, Rest)], Ok(&["https://g"]));
        check(
            &[],
            &[(gws, Rest), (gws, Rest), (push, Rest)],
            Err("https://g (2 requests) and https://p (1 request)"),
        );
        check(
            &["HTTPS://G/", "https://p:443"],
            &[(gws, Rest), (push, Push)],
            Ok(&["https://g", "https://p"]),
        );
        check(
            &["https://x"],
            &[(gws, Rest)],
            Err("--origin https://x is not in the file; name one of https://g"),
        );
    }
}
