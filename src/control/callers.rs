//! The callers that the control endpoint accepts: programs on this machine, and no page of another origin.
//!
//! The endpoint answers callers on the loopback interface only. A browser is such a caller, whatever page it shows, so that
//! what it says of the page is looked at too. A page whose name has been made to lead to this machine (DNS rebinding) has the
//! origin that it asks; it is known by its name, which is none of this machine.

use std::net::IpAddr;

use headers::{HeaderMapExt, Host};
use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::control::interface::PREFIX;
use crate::engine::commands::CallError;

/// The header field, next to the origin, in which a browser names the relation of the page to the server.
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses with HTTP 403 whoever may not call. The fake's own address says what is spoken with it.
pub(super) fn permit(url: &str, caller: IpAddr, headers: &HeaderMap) -> Result<(), CallError> {
    let refused = |want: &str, got: &str| {
        Err(CallError::new(403, format!("{PREFIX} answers {want} only; got {got}")))
    };
    if !caller.to_canonical().is_loopback() {
        return refused("callers on the loopback interface", &caller.to_string());
    }
    let text = |name: &str| {
        let values =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(", ")
    };
    let host = text(HOST.as_str());
    // Of two, nobody knows which one another program on the way goes by.
    let one = headers.get_all(HOST).iter().count() == 1;
    let name = if one { headers.typed_get::<Host>() } else { None };
    if !name.is_some_and(|name| is_loopback(name.hostname())) {
        let got = if host.is_empty() { "no Host".to_owned() } else { format!("Host: {host}") };
        return refused("requests to 127.0.0.1, [::1] or localhost", &got);
    }
    let origin = text(ORIGIN.as_str());
    let (scheme, _) = url.split_once("://").unwrap_or(("http", url));
    if !origin.is_empty() && !origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) {
        return refused("programs, and pages of its own origin", &format!("Origin: {origin}"));
    }
    let site = text(FETCH_SITE);
    if !["", "same-origin", "none"].contains(&site.as_str()) {
        let got = format!("Sec-Fetch-Site: {site}");
        return refused("programs, and pages of its own origin", &got);
    }
    Ok(())
}

/// Tells if the name can lead to no other machine, nor be given to another one.
fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(address: &str, headers: &[(&'static str, &str)]) -> bool {
        answered_by("http://127.0.0.1:8090", address, headers)
    }

    fn answered_by(url: &str, address: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(*name, value.parse().unwrap());
        }
        permit(url, address.parse().unwrap(), &all).is_ok()
    }

    #[test]
    fn only_loopback_callers_are_answered() {
        for (address, permitted) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.0.2.1", false),
            ("::ffff:192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(answered(address, &[("host", "localhost:1")]), permitted, "{address}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_answered_to() {
        for (host, permitted) in [
            ("127.0.0.1:8090", true),
            ("127.0.0.1", true),
            ("[::1]:8090", true),
            ("localhost:8090", true),
            ("LocalHost", true),
            ("gws.localhost:8090", true),
            ("localhost.", true),
            ("localhost.example:8090", false),
            ("rebound.example:8090", false),
            ("192.0.2.1:8090", false),
            ("127.0.0.1.example", false),
            ("[2001:db8::1]:8090", false),
            ("", false),
        ] {
            assert_eq!(answered("127.0.0.1", &[("host", host)]), permitted, "{host}");
        }
        assert!(!answered("127.0.0.1", &[]));
        assert!(!answered("127.0.0.1", &[("host", "localhost"), ("host", "rebound.example")]));
    }

    #[test]
    fn no_page_of_another_origin_is_answered() {
        for (header, value, permitted) in [
            ("origin", "http://localhost:8090", true),
            ("origin", "http://localhost:3000", false),
            ("origin", "https://localhost:8090", false),
            ("origin", "http://127.0.0.1:8090", false),
            ("origin", "https://page.example", false),
            ("origin", "null", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
        ] {
            let headers = [("host", "localhost:8090"), (header, value)];
            assert_eq!(answered("127.0.0.1", &headers), permitted, "{header}: {value}");
        }
    }
    #[test]
    fn over_tls_its_own_origin_is_one_of_https() {
        for (origin, permitted) in
            [("https://127.0.0.1:8090", true), ("http://127.0.0.1:8090", false)]
        {
            let headers = [("host", "127.0.0.1:8090"), ("origin", origin)];
            let answered = answered_by("https://127.0.0.1:8090", "127.0.0.1", &headers);
            assert_eq!(answered, permitted, "{origin}");
        }
    }
}
