//! The protocol that clients speak with a fake.

use std::sync::Arc;

use crate::server::tls::Tls;

/// The protocol that clients speak with a fake.
#[derive(Clone, Default)]
pub(super) enum Speaks {
    #[default]
    Http,
    Tls,
    /// With certificates that there are.
    TlsWith(Arc<Tls>),
}
