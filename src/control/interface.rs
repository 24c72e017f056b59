//! The endpoint of one fake: what its calls have in common.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use crate::control::registry::FakeRegistry;
use crate::engine::commands::CallError;
use crate::server::running_fake::RunningFake;

/// The path that all calls begin with.
pub const PREFIX: &str = "/__fake/";

/// The answer of a call that takes a while.
pub(super) type Pending = Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send>>;

/// The endpoint of one fake.
pub(crate) struct Control {
    pub(super) fake: Arc<RunningFake>,
    /// The registry of further fakes; a fake of a registry has none.
    pub(super) registry: Option<Arc<dyn FakeRegistry>>,
}
