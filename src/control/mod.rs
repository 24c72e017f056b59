//! The control endpoint `/__fake/`, for suites in other languages.
//!
//! [`endpoint`] answers one call, if [`callers`] permits its caller. [`routes`] is the table of the calls next to the
//! [`commands`](crate::engine::commands) that scenarios also have: [`queries`] look at the fake, and [`barriers`] wait
//! for a condition. [`interface`] is the part that all calls share, [`registry`] leads to the fakes that a suite asks
//! for, one for each test, and [`openapi`] describes all of it.
//!
//! Invariant: a command changes the engine and a query looks at a copy of it; neither answers anything that a client of GWS sees.

mod barriers;
mod callers;
mod endpoint;
mod interface;
mod openapi;
mod queries;
pub(crate) mod registry;
mod routes;

use std::sync::Arc;

use crate::control::interface::Control;
use crate::control::registry::FakeRegistry;
use crate::server::running_fake::ControlHandler;

pub use crate::control::interface::PREFIX;

/// Returns the way of a request to the endpoint; `registry` holds further fakes.
pub(crate) fn handler(registry: Option<Arc<dyn FakeRegistry>>) -> ControlHandler {
    ControlHandler {
        prefix: PREFIX,
        begin: Arc::new(move |fake, caller, head| {
            let control = Control { fake, registry: registry.clone() };
            endpoint::begin(control, caller, head)
        }),
    }
}
