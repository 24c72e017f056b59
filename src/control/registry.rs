//! The registry of the fakes that a suite in another language asks for, one for each test.

use serde_json::Value;

use crate::engine::commands::CallError;

/// The registry as the endpoint sees it. Its calls may block for a while.
pub(crate) trait FakeRegistry: Send + Sync {
    /// Starts one more fake, with these settings; describes it.
    fn start(&self, settings: &Value) -> Result<Value, CallError>;

    /// Lists the fakes that have not ended.
    fn list(&self) -> Value;

    /// Verifies and ends the fake of that id; returns its verdict.
    fn finish(&self, id: &str) -> Result<Value, CallError>;
}
