//! Where a request goes: to the control endpoint, or through CORS to the push side or the REST side.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use axum::{Extension, Router};
use tower_service::Service;

use crate::server::shared::{Peer, Shared};
use crate::server::{cors, push, rest};

/// Both sides, for pages that may call.
fn with_cors() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    ROUTER.get_or_init(|| Router::new().fallback(sides).layer(cors::layer())).clone()
}

/// An answer on its way, in a box of its own: each request has the room that its own side needs, and no more.
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Answers a request. What axum would do for it, a router for one handler, is left out: each request would pay for it.
pub(crate) fn answer(shared: Arc<Shared>, peer: Peer, mut request: Request<Body>) -> Answering {
    #[cfg(feature = "control")]
    if shared.settings.control.is_some() && crate::control::is_control(request.uri().path()) {
        return Box::pin(crate::control::answer(shared, peer, request));
    }
    let (method, headers) = (request.method(), request.headers());
    if cors::is_preflight(method, headers) {
        return Box::pin(async move { cors::preflight(&shared, request, with_cors()).await });
    }
    // The layer would take every OPTIONS for a preflight, and answer it.
    if method != Method::OPTIONS && cors::allows(&shared.settings, headers) {
        let extensions = request.extensions_mut();
        extensions.insert(shared);
        extensions.insert(peer);
        return Box::pin(async move {
            let Ok(response) = with_cors().call(request).await;
            response
        });
    }
    side(shared, peer, request)
}

async fn sides(
    Extension(shared): Extension<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    side(shared, peer, request).await
}

fn side(shared: Arc<Shared>, peer: Peer, request: Request<Body>) -> Answering {
    if is_push(request.uri().path(), &shared.settings.cometd_path) {
        Box::pin(push::answer(shared, peer, request))
    } else {
        Box::pin(rest::answer(shared, request))
    }
}

/// Every path below the base: clients add `/handshake`, `/connect`, or a bare `/` (wire).
fn is_push(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}
