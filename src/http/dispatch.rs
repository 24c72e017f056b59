//! Where a request goes: to the control endpoint, or through CORS to the push side or the REST side.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use axum::{Extension, Router};
use tower_service::Service;

use crate::http::shared::{Peer, Shared};
use crate::http::{cors, push, rest};

/// Both sides, for pages that may call.
fn with_cors() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    ROUTER.get_or_init(|| Router::new().fallback(sides).layer(cors::layer())).clone()
}

/// Answers a request. What axum would do for it, a router for one handler, is left out: each request would pay for it.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    peer: Peer,
    mut request: Request<Body>,
) -> Response {
    #[cfg(feature = "cli")]
    if shared.settings.control.is_some() && crate::http::control::is_control(request.uri().path()) {
        // In a box, as all that is rare: a held connect has a place for everything that a request may need.
        return Box::pin(crate::http::control::answer(shared, peer, request)).await;
    }
    let (method, headers) = (request.method(), request.headers());
    if cors::is_preflight(method, headers) {
        return Box::pin(cors::preflight(&shared, request, with_cors())).await;
    }
    // The layer would take every OPTIONS for a preflight, and answer it.
    if method != Method::OPTIONS && cors::allows(&shared.settings, headers) {
        let extensions = request.extensions_mut();
        extensions.insert(shared);
        extensions.insert(peer);
        let Ok(response) = Box::pin(with_cors().call(request)).await;
        return response;
    }
    sides(Extension(shared), Extension(peer), request).await
}

async fn sides(
    Extension(shared): Extension<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    if is_push(request.uri().path(), &shared.settings.cometd_path) {
        push::answer(shared, peer, request).await
    } else {
        rest::answer(shared, request).await
    }
}

/// Every path below the base: clients add `/handshake`, `/connect`, or a bare `/` (wire).
fn is_push(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}
