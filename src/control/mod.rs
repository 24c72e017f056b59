//! The control endpoint `/__fake/`, for suites in other languages.
//!
//! [`endpoint`] answers one call, if [`callers`] permits its caller. [`routes`] is the table of the calls next to the
//! [`commands`](crate::engine::commands) that a scenario has too: [`queries`] look at the fake, [`barriers`] wait for something, and
//! [`registry`] is the interface to the fakes that a suite asks for, one for each test. [`openapi`] describes all of it.
//!
//! Invariant: a command changes the engine and a query looks at a copy of it; neither answers anything that a client of GWS sees.

mod barriers;
mod callers;
pub(crate) mod endpoint;
mod openapi;
mod queries;
pub(crate) mod registry;
mod routes;

use std::sync::Arc;

use crate::control::endpoint::Control;
use crate::control::registry::FakeRegistry;
use crate::server::running_fake::ControlHandler;

/// The path that all calls begin with.
pub const PREFIX: &str = "/__fake/";

/// Returns the way of a request to the endpoint; `registry` holds further fakes.
pub(crate) fn handler(registry: Option<Arc<dyn FakeRegistry>>) -> ControlHandler {
    ControlHandler {
        prefix: PREFIX,
        answer: Arc::new(move |fake, peer, request| {
            let control = Control { fake, registry: registry.clone() };
            Box::pin(endpoint::answer(Arc::new(control), peer, request))
        }),
    }
}
