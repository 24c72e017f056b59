//! CSRF protection: what may change something carries the token of the caller's HTTP session.
//!
//! Rules: csrf-token.
//!
//! It goes behind the identity, because the token is that of the caller's HTTP session, and who is not known has none. It
//! goes before path, method and body, because GWS demands the token of every PUT, POST and DELETE, whatever it is for
//! (documented); so it is a filter in front of the servlets, CometD's too, which never see what it refuses (inferred).
//!
//! The token is a secret: no text for people shows it, or what was sent in its place.

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::engine::ids::{Ids, Origin};
use crate::engine::rest::authenticate::{Authenticated, HTTP_SESSION, cookie};
use crate::engine::settings::Settings;
use crate::rules::{Violation, rule};

/// The header with the token, on the way in and out (documented).
pub const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
/// The header of an answer that names the one with the token (documented).
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-csrf-header");

/// The methods that need the token (documented).
const GUARDED: [Method; 3] = [Method::PUT, Method::POST, Method::DELETE];

/// The name of [`TOKEN`] as GWS writes it.
const NAME: &str = "X-CSRF-TOKEN";

/// The violation of a known caller's request that does not carry the right token, if there is protection.
pub(crate) fn check(
    ids: &Ids,
    settings: &Settings,
    head: &Parts,
    authenticated: &Authenticated,
) -> Option<Violation> {
    let known = authenticated.user.is_some();
    if !settings.csrf_protection || !known || !GUARDED.contains(&head.method) {
        return None;
    }
    let session = authenticated.http_session.as_deref();
    let token = session.map(|id| ids.token_of(id));
    let got = match (token, head.headers.get(TOKEN)) {
        (Some(token), Some(sent)) if *sent == token => return None,
        (Some(_), Some(_)) => "another token".to_owned(),
        (Some(_), None) => "nothing".to_owned(),
        (None, _) => format!("a request without the cookie {HTTP_SESSION} of the caller"),
    };
    let want = format!("the token of the HTTP session of the cookie {HTTP_SESSION}");
    let violation =
        Violation::new(const { rule("csrf-token") }, format!("header {NAME}"), got, want);
    let stale =
        cookie(&head.headers, HTTP_SESSION).is_some_and(|id| ids.origin(&id) == Origin::OtherFake);
    if stale {
        // The test that this fake serves is not to blame for a client of another one.
        let hint = "a client of an earlier fake is still running, or shares its cookies: sign in with GET /api/v2/me first";
        return Some(violation.hint(hint).note());
    }
    let hint =
        format!("read {NAME} from the answer to GET /api/v2/me, and send it with that cookie");
    Some(violation.hint(hint))
}

/// The headers that show the answer to a GET the token of its HTTP session; none without protection.
pub(crate) fn shown(
    ids: &Ids,
    settings: &Settings,
    head: &Parts,
    http_session: Option<&str>,
) -> HeaderMap {
    let mut shown = HeaderMap::new();
    if settings.csrf_protection
        && head.method == Method::GET
        && let Some(token) = http_session.map(|id| ids.token_of(id))
        && let Ok(token) = HeaderValue::try_from(token)
    {
        shown.insert(HEADER, HeaderValue::from_static(NAME));
        shown.insert(TOKEN, token);
    }
    shown
}
