//! CORS: which pages may call the fake from a browser, and with what.
//!
//! Rules: cors.
//!
//! The headers themselves are written by tower-http's layer. The lists are GWS's defaults, and so is that it is on
//! (documented: GWS 8.5.2 Dep/CSRFProtection). Which origins may call is configuration in GWS, and none by default; here
//! it is what a test with a browser needs: the fake's own host and loopback names on any port, and what the builder adds.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use headers::{AccessControlRequestHeaders, Header, HeaderMapExt, Host, Origin};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_service::Service;

use crate::engine::io::Arrived;
use crate::engine::rest::csrf;
use crate::error::Error;
use crate::rules::{Violation, rule};
use crate::server::request::InFlight;
use crate::server::running_fake::{RunningFake, ServerOptions};

/// GWS's `allowedMethods`.
const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];

/// GWS's `allowedHeaders`.
const HEADERS: [HeaderName; 10] = [
    HeaderName::from_static("x-requested-with"),
    header::CONTENT_TYPE,
    header::ACCEPT,
    header::ORIGIN,
    header::COOKIE,
    header::AUTHORIZATION,
    HeaderName::from_static("ssid"),
    HeaderName::from_static("surl"),
    HeaderName::from_static("contactcenterid"),
    csrf::TOKEN,
];

/// GWS's `exposedHeaders`.
const EXPOSED: [HeaderName; 2] = [csrf::HEADER, csrf::TOKEN];

/// The time for which a browser may keep the answer to a preflight: GWS's `corsFilterCacheTimeToLive`. Inferred: the
/// documentation of that option speaks of the time for which GWS itself keeps its list of origins.
const MAX_AGE: Duration = Duration::from_secs(120);

/// The hosts that a page may come from, whatever they are called in the request.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The layer around both sides for a request that [`allows`] lets pass; for no other, since it allows every origin.
pub(crate) fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods(METHODS)
        .allow_headers(HEADERS)
        .allow_credentials(true)
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE)
        .vary([header::ORIGIN])
}

/// Tells if a request comes from a page that may read the answer.
pub(crate) fn allows(options: &ServerOptions, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.typed_get::<Origin>() else { return false };
    let own = headers.typed_get::<Host>();
    let near = LOOPBACK
        .into_iter()
        .chain(own.as_ref().map(Host::hostname))
        .any(|host| host.eq_ignore_ascii_case(origin.hostname()));
    (near && usual_port(&origin).is_some()) || options.cors_origins.contains(&origin)
}

/// Tells if a browser asks for the permissions of a page.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers a preflight, which comes without credentials and is for no side: it is asked and answered before there is a
/// request. `layered` has the [`layer`].
pub(crate) async fn preflight(
    fake: &Arc<RunningFake>,
    request: Request,
    mut layered: Router,
) -> Response {
    let (head, body) = request.into_parts();
    let in_flight = InFlight::begin(fake, Arrived::Rest(&head));
    let notes = objections(&fake.options, &head.headers);
    let response = if allows(&fake.options, &head.headers) {
        let Ok(response) = layered.call(Request::from_parts(head, body)).await;
        response
    } else {
        // A browser takes an answer without these headers as a no.
        Response::default()
    };
    let status = response.status().as_u16();
    fake.change(|engine, now| engine.answer_preflight(in_flight.entry, notes, status, now));
    in_flight.end();
    response
}

/// The reasons why a browser will not send the request that a preflight asks for. They are notes, since nothing has
/// been sent that GWS would not accept: if anything fails, it is the client, which misses the request.
fn objections(options: &ServerOptions, headers: &HeaderMap) -> Vec<Violation> {
    let broken = const { rule("cors") };
    let text = |name| {
        let raw = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
        String::from_utf8_lossy(raw).into_owned()
    };
    let mut objections = Vec::new();
    if !allows(options, headers) {
        let own = headers.typed_get::<Host>();
        let own = own.as_ref().map(Host::hostname).filter(|own| !LOOPBACK.contains(own));
        let hosts = listed(own.into_iter().chain(LOOPBACK));
        let added = options.cors_origins.iter().map(|origin| format!(", or {origin}"));
        let want = format!("http or https on one of {hosts}{}", added.collect::<String>());
        let hint =
            "the browser will not send the request: builder().cors_origin(..) adds an origin";
        let violation = Violation::new(broken, "header Origin", text(header::ORIGIN), want);
        objections.push(violation.hint(hint).note());
    }
    let method = text(header::ACCESS_CONTROL_REQUEST_METHOD);
    // A browser asks nobody whether it may send HEAD (Fetch, CORS-safelisted method).
    if method != "HEAD" && !METHODS.iter().any(|allowed| *allowed == method.as_str()) {
        let place = "header Access-Control-Request-Method";
        let want = format!("one of {}", listed(METHODS.iter().map(Method::as_str)));
        let hint = "the browser will not send the request: send it with a method that GWS allows";
        objections.push(Violation::new(broken, place, method, want).hint(hint).note());
    }
    let asked = headers.typed_get::<AccessControlRequestHeaders>();
    let asked = asked.iter().flat_map(AccessControlRequestHeaders::iter);
    let others: Vec<HeaderName> = asked.filter(|name| !HEADERS.contains(name)).collect();
    if !others.is_empty() {
        let got = listed(others.iter().map(HeaderName::as_str));
        let want = format!("only {}", listed(HEADERS.iter().map(HeaderName::as_str)));
        let place = "header Access-Control-Request-Headers";
        let hint = "the browser will not send the request: leave out what GWS does not allow";
        objections.push(Violation::new(broken, place, got, want).hint(hint).note());
    }
    objections
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// An origin that a test lets call.
pub(crate) fn origin(text: &str) -> Result<Origin, Error> {
    parse(text).ok_or_else(|| {
        Error::new(format!(
            "cors_origin: got {text:?}, want an origin as a browser sends it, such as https://desktop.example: no path, no wildcard, and no port that is the usual one"
        ))
    })
}

/// The origin, if a browser writes it like this: anything else would be equal to no request's.
fn parse(text: &str) -> Option<Origin> {
    let value = HeaderValue::try_from(text).ok()?;
    let origin = Origin::decode(&mut iter::once(&value)).ok()?;
    let port = origin.port().filter(|port| Some(*port) != usual_port(&origin));
    let plain = Origin::try_from_parts(origin.scheme(), origin.hostname(), port).ok()?;
    usual_port(&plain)?;
    (plain.to_string() == text && !text.contains('*')).then_some(plain)
}

/// The port that an origin does not name; `None` for a scheme that no page of a web server has.
fn usual_port(origin: &Origin) -> Option<u16> {
    match origin.scheme() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
