//! From what was asked for to a running fake: everything is checked here, once all of it is known.

use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

use crate::api::builder::Builder;
use crate::api::coverage_file;
use crate::api::fake::{FakeGws, find_rule};
use crate::engine::commands;
use crate::engine::settings::Settings;
use crate::error::Error;
use crate::gws::identity::User;
use crate::gws::route::PREFIX;
use crate::gws::status::{self, REFUSABLE, Refusal};
use crate::scenario::compatibility::fits;
use crate::scenario::player::Player;
use crate::scenario::read::read;
use crate::scenario::step::Scenario;
use crate::server::cors;
use crate::server::listener::{Listeners, at};
use crate::server::running_fake::{RunningFake, ServerOptions};
use crate::server::runtime;
use crate::server::transport::Transport;

/// Starts the fake that was asked for.
pub(super) fn start(builder: Builder, location: &Location<'_>) -> Result<FakeGws, Error> {
    // Before there is a registry, whose fakes show the same certificates.
    #[cfg(feature = "tls")]
    let (builder, tls) = builder.with_certificates()?;
    #[cfg(feature = "control")]
    let registry = builder.registry();
    let Builder { sources, mut settings, .. } = builder;
    settings.fixtures = sources?.link()?;
    settings.anonymous = anonymous(&settings)?;
    check_answers(&settings)?;
    check_cometd_path(&settings)?;
    let cors_origins = builder.cors_origins.iter().map(|origin| cors::origin(origin));
    let cors_origins = cors_origins.collect::<Result<Vec<_>, Error>>()?;
    runtime::begin()?;
    let listeners = Listeners::bind(builder.address)?;
    let scenarios = scenarios(&builder.scenarios, &settings.fixtures.users)?;
    #[cfg(feature = "tls")]
    let scheme = if tls.is_some() { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let url = format!("{scheme}://{}", at(builder.address.reached_at(), listeners.port));
    settings.gws.api_url = builder.external_api_url.unwrap_or_else(|| format!("{url}{PREFIX}"));
    let coverage = builder.coverage.or_else(coverage_file::of_environment);
    settings.is_covered = coverage.is_some();
    let player = (!scenarios.is_empty()).then(|| Player::new(scenarios, builder.speed, &url));
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
        control: builder.endpoint.handler(registry.as_ref()),
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
    fake.lock().log.exemptions.allowed = builder.allowed;
    if let Some(player) = player {
        fake.change(|engine, now| engine.play(player, now));
    }
    Ok(FakeGws::serve(
        fake,
        listeners,
        #[cfg(feature = "control")]
        registry,
    ))
}

/// Returns the id of the user as whom a request without credentials is taken.
fn anonymous(settings: &Settings) -> Result<Option<String>, Error> {
    let Some(name) = &settings.anonymous else { return Ok(None) };
    let users = &settings.fixtures.users;
    let user = users.iter().find(|user| user.user_name == *name);
    user.map(|user| Some(user.id.clone())).ok_or_else(|| {
        let names: Vec<&str> = users.iter().map(|it| it.user_name.as_str()).collect();
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
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Error::new(format!("{file}: {error}; want a scenario")))?;
        let scenario = read(&file, &text)?;
        fits(&scenario, &users, commands::check_call)?;
        Ok(Arc::new(scenario))
    });
    read.collect()
}
