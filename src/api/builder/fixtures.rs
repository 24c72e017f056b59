//! The users, sessions and answers that a fake begins with, and the contract that it follows.

use std::path::Path;

use serde_json::Value;

use crate::api::builder::Builder;
use crate::error::Error;
use crate::fixture::contract::Contract;
use crate::fixture::load::Sources;

impl Builder {
    /// Adds the fixtures of a folder: `users/*.json`, `smssessions/*.json` and `agent-states/*.json`, in the form of the crate's own
    /// (`schemas/user-fixture.json`, `schemas/smssession-fixture.json`, `schemas/agent-state-fixture.json`), and below `resources/` what GET answers. One with
    /// the id of another takes its place, and so does a user with the name of another.
    pub fn fixtures(self, folder: impl AsRef<Path>) -> Self {
        self.sources(|sources| sources.folder(folder.as_ref()))
    }

    /// Adds a user, in the form of `schemas/user-fixture.json`.
    pub fn user(self, fixture: &Value) -> Self {
        self.sources(|sources| sources.user("builder().user(..)", fixture))
    }

    /// Adds a session, in the form of `schemas/smssession-fixture.json`.
    pub fn session(self, fixture: &Value) -> Self {
        self.sources(|sources| sources.session("builder().session(..)", fixture))
    }

    /// Adds an agent state that the contact center configures, in the form of `schemas/agent-state-fixture.json`: a client may
    /// set it on a channel by its operationName. The states that the system defines are always there.
    ///
    /// ```
    /// # use gws_sms_fake::FakeGws;
    /// # use serde_json::json;
    /// let gws = FakeGws::builder()
    ///     .agent_state(&json!({
    ///         "operationName": "OutToLunch",
    ///         "id": "6A5B0C71-0A5D-4D5E-9F0B-2D6B6E0C4F11",
    ///         "displayName": "Out to lunch",
    ///         "state": "NotReady",
    ///         "workMode": "Unknown",
    ///     }))
    ///     .start();
    /// ```
    pub fn agent_state(self, fixture: &Value) -> Self {
        self.sources(|sources| sources.agent_state("builder().agent_state(..)", fixture))
    }

    /// Adds what GET answers at a path below `/api/v2`, in place of the fake's own answer if it has one:
    /// `.resource("/me/skills", &json!({ "statusCode": 0, "uris": [] }))`. A folder of fixtures has it as
    /// `resources/me/skills.json`.
    pub fn resource(self, path: &str, answer: &Value) -> Self {
        self.sources(|sources| sources.resource(path, answer.clone()))
    }

    /// Follows a custom contract: a folder with `schemas/` and `fixtures/` in the form of this crate's own. A schema with the
    /// name of one of the crate's replaces it, such as `user-data.json`, which lists the fields of `userData`. A further
    /// schema `…-request.json` adds an operation. Its requests are checked, and answered with `fixtures/answers/…json` (which
    /// conforms to `…-response.json`, if that exists) or else with `{"statusCode":0}`; its caller is notified with
    /// `fixtures/notifications/…json`. In both files `${session}`, `${user}` and `${url}` are filled in. The schema's `x-path`
    /// is `/me/smssessions/{smssessionId}`, which is the default, or `/me`. Users, sessions and resources in `fixtures/` are
    /// added as by [`fixtures`](Self::fixtures).
    pub fn contract(mut self, folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        match Contract::read(folder) {
            Ok(contract) => self.settings.contract = contract,
            Err(error) => self.sources = self.sources.and(Err(error)),
        }
        let fixtures = folder.join("fixtures");
        let has_some = ["users", "smssessions", "agent-states", "resources"]
            .iter()
            .any(|kind| fixtures.join(kind).is_dir());
        // A folder that is empty is no mistake where there is a contract.
        if has_some { self.sources(|sources| sources.found(&fixtures).map(drop)) } else { self }
    }

    /// Begins without the built-in users and sessions; those that were added before this call are left out too.
    pub fn without_fixtures(self) -> Self {
        Self { sources: Ok(Sources::default()), ..self }
    }

    pub(super) fn sources(mut self, add: impl FnOnce(&mut Sources) -> Result<(), Error>) -> Self {
        self.sources = self.sources.and_then(|mut sources| add(&mut sources).map(|()| sources));
        self
    }
}
