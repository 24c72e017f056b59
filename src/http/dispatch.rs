//! Where a request goes: to the push side, to the control endpoint, or to the REST side.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::{Extension, Router};

use crate::http::shared::{Peer, Shared};
use crate::http::{push, rest};

/// The router of the process; a fake's own parts come with each request.
pub(crate) fn router() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    ROUTER.get_or_init(|| Router::new().fallback(dispatch)).clone()
}

async fn dispatch(
    Extension(shared): Extension<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    let path = request.uri().path();
    #[cfg(feature = "cli")]
    if shared.settings.control && path.starts_with(crate::http::control::PREFIX) {
        return crate::http::control::answer(shared, peer, request).await;
    }
    if is_push(path, &shared.settings.cometd_path) {
        push::answer(shared, peer, request).await
    } else {
        rest::answer(shared, request).await
    }
}

/// Every path below the base: clients add `/handshake`, `/connect`, or a bare `/` (wire).
fn is_push(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}
