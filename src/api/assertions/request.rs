//! A request that the fake has received, for assertions.

use std::sync::Arc;

use serde_json::Value;

use crate::api::failure::given_up;
use crate::engine::log::timeline::Entry;
use crate::gws::operation::Mode;
use crate::server::running_fake::RunningFake;

/// A request that the fake has received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    fake: Arc<RunningFake>,
    user: Option<String>,
    path: String,
    body: Value,
}

impl ReceivedRequest {
    pub(super) fn of(fake: &Arc<RunningFake>, entry: &Entry) -> Option<Self> {
        let rest = entry.rest()?;
        Some(Self {
            fake: Arc::clone(fake),
            user: entry.user.clone(),
            path: rest.target.clone(),
            body: serde_json::from_slice(&rest.body).unwrap_or_default(),
        })
    }

    /// The path that it was sent to.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body that it was sent with.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Asserts that its `supervisorVisibilityMode` is this one.
    #[track_caller]
    pub fn mode(self, want: Mode) -> Self {
        let got = self.body.get("supervisorVisibilityMode").and_then(Value::as_str);
        self.expect("/supervisorVisibilityMode", got, want.as_str());
        self
    }

    /// Asserts that the user of this name sent it.
    #[track_caller]
    pub fn by(self, want: &str) -> Self {
        self.expect("caller", self.user.as_deref(), want);
        self
    }

    #[track_caller]
    fn expect(&self, place: &str, got: Option<&str>, want: &str) {
        if got != Some(want) {
            let got = got.unwrap_or("nothing");
            let failure = format!("{}: {place}  got {got}, want {want}", self.path);
            panic!("{}", given_up(&self.fake, &failure));
        }
    }
}
