//! The destination of a request: the control endpoint, or through CORS the push side or the REST side.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::{Extension, Router};
use tower_service::Service;

use crate::engine::other_site::OtherSite;
use crate::server::connection::{Answering, Handler};
use crate::server::request::{discard, read_body};
use crate::server::request_head::malformed;
use crate::server::running_fake::{ControlHandler, ControlStep, RunningFake};
use crate::server::transport::Peer;
use crate::server::{cors, push, rest};

/// Both sides, for pages that may call.
fn with_cors() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    ROUTER.get_or_init(|| Router::new().fallback(sides).layer(cors::layer())).clone()
}

/// Returns the way of a request into a fake.
pub(crate) fn handler(fake: &Arc<RunningFake>) -> Handler {
    let fake = Arc::clone(fake);
    Arc::new(move |peer, request| answer(Arc::clone(&fake), peer, request))
}

/// Answers a request. What axum would do for it, a router for one handler, is left out: each request would pay for it.
fn answer(fake: Arc<RunningFake>, peer: Peer, mut request: Request<Body>) -> Answering {
    let control =
        fake.options.control.as_ref().filter(|control| control.takes(request.uri().path()));
    if let Some(control) = control.cloned() {
        return Box::pin(call(control, fake, peer, request));
    }
    if let Some(violation) = malformed(&request) {
        fake.transport.refused(violation);
        return Box::pin(std::future::ready(bad_request()));
    }
    let method = request.method();
    let headers = request.headers();
    if cors::is_preflight(method, headers) {
        return Box::pin(async move { cors::preflight(&fake, request, with_cors()).await });
    }
    // The layer would take every OPTIONS for a preflight, and answer it.
    if method != Method::OPTIONS && cors::allows(&fake.options, headers) {
        // Without TLS a browser takes no cookie for a page of another site.
        let is_secure = fake.options.url.starts_with("https:");
        let offers_cookies = is_secure && OtherSite::of(headers).is_some();
        let extensions = request.extensions_mut();
        extensions.insert(fake);
        extensions.insert(peer);
        return Box::pin(async move {
            let Ok(mut response) = with_cors().call(request).await;
            if offers_cookies {
                offer_cookies(response.headers_mut());
            }
            response
        });
    }
    side(fake, peer, request)
}

/// The answer to what is no HTTP/1.1 request, as hyper itself gives it.
fn bad_request() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Answers a call of the control endpoint.
async fn call(
    control: ControlHandler,
    fake: Arc<RunningFake>,
    peer: Peer,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let response = match (control.begin)(Arc::clone(&fake), peer.address, &head) {
        ControlStep::Answer(response) => {
            discard(&head.headers, body);
            response
        }
        ControlStep::Body(go_on) => {
            let body = read_body(&fake.transport.limits, &head.headers, body).await;
            go_on(body.map(Vec::from)).await
        }
    };
    response.map(Body::from)
}

/// Has a browser keep the cookies of an answer for a page of another site.
fn offer_cookies(headers: &mut HeaderMap) {
    let offered = |cookie: &HeaderValue| {
        let text = cookie.to_str().ok();
        // That of a mock may say for whom it is.
        let plain = text.filter(|text| !text.to_ascii_lowercase().contains("samesite"));
        let offered = plain.map(|text| format!("{text}; SameSite=None; Secure"));
        let offered = offered.and_then(|offered| HeaderValue::try_from(offered).ok());
        offered.unwrap_or_else(|| cookie.clone())
    };
    let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().map(offered).collect();
    headers.remove(SET_COOKIE);
    headers.extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
}

async fn sides(
    Extension(fake): Extension<Arc<RunningFake>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    side(fake, peer, request).await
}

fn side(fake: Arc<RunningFake>, peer: Peer, request: Request<Body>) -> Answering {
    if fake.settings.is_push(request.uri().path()) {
        Box::pin(push::answer(fake, peer, request))
    } else {
        Box::pin(rest::answer(fake, peer, request))
    }
}
