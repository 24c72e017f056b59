//! The start of a fake from its settings, which are all checked here, once all of them are known.

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "control")]
use serde_json::Value;

use crate::api::builder::Builder;
#[cfg(feature = "control")]
use crate::api::builder::endpoint::Endpoint;
use crate::api::coverage_file;
#[cfg(feature = "control")]
use crate::api::fake::EndOthers;
use crate::api::fake::FakeGws;
#[cfg(feature = "control")]
use crate::api::fake::registry::FakeRegistry;
use crate::api::known_rule::find_rule;
use crate::api::test_outcome::TestOutcome;
#[cfg(feature = "control")]
use crate::control;
use crate::engine::commands;
use crate::engine::log::verdict::Exemptions;
use crate::engine::settings::Settings;
use crate::error::{Error, demand};
use crate::fixture::load::Sources;
use crate::gws::identity::User;
use crate::gws::route::PREFIX;
use crate::gws::status::{self, REFUSABLE, Refusal};
use crate::scenario::player::{Player, Speed, fits};
use crate::scenario::read::read;
use crate::scenario::step::Scenario;
use crate::server::cors;
use crate::server::listener::{Listeners, at};
use crate::server::running_fake::{RunningFake, ServerOptions};
use crate::server::runtime;
use crate::server::transport::{Limits, Transport};

impl FakeGws {
    /// Starts a fake with the built-in fixtures on a free port of 127.0.0.1 and, where there is one, ::1. It is not async
    /// and blocks no runtime.
    ///
    /// # Panics
    ///
    /// Panics if there is no free port.
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts a fake that plays a scenario: its clients must follow it to its end, or the test fails and names the step. See
    /// [`Builder::play`].
    ///
    /// # Panics
    ///
    /// Panics if the file is no scenario.
    #[track_caller]
    pub fn play(scenario: impl AsRef<Path>) -> Self {
        Self::builder().play(scenario).start()
    }

    /// Begins the settings of a fake that is not the usual one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Runs a test's body with a fake; `builder().test(..)` does so with other settings. Fails if the body panics, if
    /// it returns an error, or if the contract was broken, with all of these in one message.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use gws_sms_fake::FakeGws;
    ///
    /// FakeGws::test(async |gws| {
    ///     let version: u16 = "8090".parse()?;
    ///     assert!(gws.url().starts_with("http://127.0.0.1:") && version > 0);
    ///     Ok::<(), std::num::ParseIntError>(())
    /// })
    /// .await;
    /// # }
    /// ```
    #[track_caller]
    pub fn test<R: TestOutcome>(body: impl AsyncFnOnce(&Self) -> R) -> impl Future<Output = ()> {
        Self::builder().test(body)
    }

    /// Does the same as [`test`](Self::test), for a test that is not async.
    ///
    /// ```
    /// gws_sms_fake::FakeGws::test_blocking(|gws| assert!(gws.url().starts_with("http://")));
    /// ```
    #[track_caller]
    pub fn test_blocking<R: TestOutcome>(body: impl FnOnce(&Self) -> R) {
        Self::builder().test_blocking(body);
    }
}

impl Builder {
    /// Starts the fake and runs a test's body with it: [`FakeGws::test`].
    #[track_caller]
    pub fn test<R: TestOutcome>(
        self,
        body: impl AsyncFnOnce(&FakeGws) -> R,
    ) -> impl Future<Output = ()> {
        self.start().run(body)
    }

    /// Starts the fake and runs a test's body with it: [`FakeGws::test_blocking`].
    #[track_caller]
    pub fn test_blocking<R: TestOutcome>(self, body: impl FnOnce(&FakeGws) -> R) {
        let gws = self.start();
        let outcome = body(&gws);
        gws.finish(outcome.failure());
    }

    /// Starts the fake.
    ///
    /// # Panics
    ///
    /// Panics if it cannot start: see [`try_start`](Self::try_start).
    #[track_caller]
    pub fn start(self) -> FakeGws {
        demand(self.try_start())
    }

    /// Starts the fake.
    ///
    /// # Errors
    ///
    /// Fails if a fixture cannot be read, breaks its schema or names a user that does not exist; if the address is in
    /// use; if a setting makes no sense.
    #[track_caller]
    pub fn try_start(self) -> Result<FakeGws, Error> {
        start(self, Location::caller())
    }

    /// Makes the registry of the fakes that a suite asks for: they have the settings of this one, unless it says otherwise.
    #[cfg(feature = "control")]
    fn registry(&self) -> Option<Arc<FakeRegistry>> {
        let Some(Endpoint::Keeping { most, unused_for }) = self.endpoint.control else {
            return None;
        };
        let defaults = self.clone();
        let start =
            move |id: u64, settings: &Value| defaults.clone().asked(id, settings)?.try_start();
        Some(Arc::new(FakeRegistry::new(Box::new(start), most, unused_for)))
    }
}

/// Starts the fake that was asked for.
fn start(builder: Builder, location: &Location<'_>) -> Result<FakeGws, Error> {
    builder.check_numbers()?;
    // Before there is a registry, whose fakes show the same certificates.
    #[cfg(feature = "tls")]
    let (builder, tls) = builder.with_certificates()?;
    #[cfg(feature = "control")]
    let registry = builder.registry();
    let mut settings = linked(builder.sources, builder.settings)?;
    let cors_origins = builder
        .cors_origins
        .iter()
        .map(|origin| cors::origin(origin))
        .collect::<Result<Vec<_>, Error>>()?;
    runtime::begin()?;
    let listeners = Listeners::bind(builder.address)?;
    let scenarios = scenarios(&builder.scenarios, &settings.fixtures.users)?;
    #[cfg(feature = "tls")]
    let scheme = if tls.is_some() { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let url = format!("{scheme}://{}", at(builder.address.reached_at(), listeners.port));
    settings.gws.api_url = api_url(builder.external_api_url, &url);
    let coverage = builder.coverage.or_else(coverage_file::of_environment);
    settings.is_covered = coverage.is_some();
    settings.is_watched = builder.watch.is_some();
    let player = player(scenarios, builder.speed, &url);
    let started_at = format!("{}:{}", location.file(), location.line());
    // Whoever runs the program knows nothing of the line in it.
    #[cfg(feature = "control")]
    let started_at = builder.endpoint.started_at(&url).unwrap_or(started_at);
    let options = ServerOptions {
        cors_origins,
        wait_timeout: builder.wait_timeout,
        watch: builder.watch,
        coverage,
        #[cfg(feature = "control")]
        control: builder
            .endpoint
            .control
            .map(|_| control::handler(registry.as_ref().map(FakeRegistry::interface))),
        #[cfg(not(feature = "control"))]
        control: None,
        url,
        started_at,
    };
    let limits = builder.limits;
    let transport = |tell| {
        Transport::new(
            limits,
            #[cfg(feature = "tls")]
            tls,
            tell,
        )
    };
    let fake = RunningFake::new(settings, options, transport);
    fake.lock().log.exemptions = builder.exemptions;
    if let Some(player) = player {
        fake.change(|engine, now| engine.play(player, now));
    }
    Ok(FakeGws::serve(
        fake,
        listeners,
        #[cfg(feature = "control")]
        registry.map(|registry| -> EndOthers { Box::new(move || registry.end_all()) }),
    ))
}

/// The parts of a fake that need no server.
pub(crate) struct EngineParts {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) exemptions: Exemptions,
    pub(crate) player: Option<Player>,
}

impl Builder {
    /// Checks everything that was asked for, and starts nothing. The fake will be reached at that URL.
    pub(crate) fn without_server(self, url: &str) -> Result<EngineParts, Error> {
        self.check_numbers()?;
        let mut settings = linked(self.sources, self.settings)?;
        settings.gws.api_url = api_url(self.external_api_url, url);
        let scenarios = scenarios(&self.scenarios, &settings.fixtures.users)?;
        let player = player(scenarios, self.speed, url);
        Ok(EngineParts { settings, limits: self.limits, exemptions: self.exemptions, player })
    }
}

/// Returns the settings with their fixtures, once they are checked.
fn linked(sources: Result<Sources, Error>, mut settings: Settings) -> Result<Settings, Error> {
    settings.fixtures = sources?.link()?;
    settings.anonymous = anonymous(&settings)?;
    check_answers(&settings)?;
    check_cometd_path(&settings)?;
    Ok(settings)
}

/// Returns what every `uri` begins with, for a fake at that URL.
fn api_url(external: Option<String>, url: &str) -> String {
    external.unwrap_or_else(|| format!("{url}{PREFIX}"))
}

fn player(scenarios: Vec<Arc<Scenario>>, speed: Speed, url: &str) -> Option<Player> {
    (!scenarios.is_empty()).then(|| Player::new(scenarios, speed, url))
}

/// Returns the id of the user as whom a request without credentials is taken.
fn anonymous(settings: &Settings) -> Result<Option<String>, Error> {
    let Some(name) = &settings.anonymous else { return Ok(None) };
    let users = &settings.fixtures.users;
    let user = users.iter().find(|user| user.user_name == *name);
    user.map(|user| Some(user.id.clone())).ok_or_else(|| {
        let names: Vec<&str> = users.iter().map(|user| user.user_name.as_str()).collect();
        let names = names.join(", ");
        Error::new(format!("anonymous: got {name}, want the userName of a user: {names}"))
    })
}

/// Checks that the rules whose answers are set are answered with the envelope of GWS.
fn check_answers(settings: &Settings) -> Result<(), Error> {
    for (rule, (status_code, http_status)) in &settings.answers {
        let has_envelope = Refusal::of(find_rule(rule)?).is_some();
        if !has_envelope || ["header-size", "cors"].contains(rule) {
            return Err(Error::new(format!(
                "answer of {rule}: this rule is not answered with GWS's envelope"
            )));
        }
        if !status::is_refusable(*status_code, *http_status) {
            return Err(Error::new(format!(
                "answer of {rule}: got {status_code} and {http_status}, want {REFUSABLE}"
            )));
        }
    }
    Ok(())
}

fn check_cometd_path(settings: &Settings) -> Result<(), Error> {
    let got = &settings.cometd_path;
    if got.starts_with('/') {
        return Ok(());
    }
    Err(Error::new(format!("cometd_path: got {got:?}, want a path such as /api/v2/notifications")))
}

/// The scenarios of those files: their users are of the fixtures, and what a test does in them can be done.
fn scenarios(paths: &[PathBuf], users: &[Arc<User>]) -> Result<Vec<Arc<Scenario>>, Error> {
    let users: Vec<&str> = users.iter().map(|user| user.user_name.as_str()).collect();
    let read = paths.iter().map(|path| {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(format!("{file}: {error}; want a scenario")))?;
        let scenario = read(&file, &text)?;
        fits(&scenario, &users, commands::check_call)?;
        Ok(Arc::new(scenario))
    });
    read.collect()
}
