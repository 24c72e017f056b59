//! From what was asked for to a running fake: everything is checked here, once all of it is known.

use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

use crate::builder::Builder;
use crate::coverage_file;
use crate::error::Error;
#[cfg(feature = "control")]
use crate::fake::registry::FakeRegistry;
use crate::fake::{FakeGws, find_rule};
use crate::gws::identity::User;
use crate::gws::route::PREFIX;
use crate::gws::status::{self, REFUSABLE, Refusal};
use crate::gws::world;
use crate::http::commands;
#[cfg(feature = "control")]
use crate::http::control::Control;
use crate::http::cors;
use crate::http::listener::{Listeners, at};
use crate::http::runtime;
use crate::http::shared::Settings;
use crate::scenario::player::Player;
use crate::scenario::player::fits;
use crate::scenario::read::read;
use crate::scenario::step::Scenario;

/// Starts the fake that was asked for.
pub(super) fn start(builder: Builder, location: &Location<'_>) -> Result<FakeGws, Error> {
    // Before there is a keeper, whose fakes show the same certificates.
    #[cfg(feature = "tls")]
    let (builder, tls) = builder.with_certificates()?;
    #[cfg(feature = "control")]
    let keeper = builder.keeper();
    let fixtures = builder.sources?.link()?;
    let anonymous = builder.anonymous.map(|name| {
        let user = fixtures.users.iter().find(|user| user.user_name == name);
        user.map(|user| user.id.clone()).ok_or_else(|| {
            let names: Vec<&str> = fixtures.users.iter().map(|it| it.user_name.as_str()).collect();
            let names = names.join(", ");
            Error::new(format!("anonymous: got {name}, want the userName of a user: {names}"))
        })
    });
    let anonymous = anonymous.transpose()?;
    for (rule, (status_code, http_status)) in &builder.answers {
        let answered = Refusal::of(find_rule(rule)?).is_some();
        let answered = answered && !["header-size", "cors"].contains(rule);
        if !answered {
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
    if !builder.cometd_path.starts_with('/') {
        let got = builder.cometd_path;
        return Err(Error::new(format!(
            "cometd_path: got {got:?}, want a path such as /api/v2/notifications"
        )));
    }
    let cors_origins = builder.cors_origins.iter().map(|origin| cors::origin(origin));
    let cors_origins = cors_origins.collect::<Result<Vec<_>, Error>>()?;
    runtime::begin()?;
    let listeners = Listeners::bind(builder.address)?;
    let scenarios = scenarios(&builder.scenarios, &fixtures.users)?;
    let host = builder.address.reached_at();
    #[cfg(feature = "tls")]
    let scheme = if tls.is_some() { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let url = format!("{scheme}://{}", at(host, listeners.port));
    let player = (!scenarios.is_empty()).then(|| Player::new(scenarios, builder.speed, &url));
    let api_url = builder.gws.external_api_url.unwrap_or_else(|| format!("{url}{PREFIX}"));
    let started_at = format!("{}:{}", location.file(), location.line());
    // Who runs the program knows nothing of the line in it.
    #[cfg(feature = "control")]
    let started_at = match (&builder.endpoint.control, &builder.endpoint.name) {
        (None, _) => started_at,
        (_, None) => url.clone(),
        (_, Some(name)) => format!("{url} for {name:?}"),
    };
    let settings = Settings {
        fixtures,
        contract: builder.contract,
        gws: world::GwsOptions {
            intrude_needs_monitoring: builder.gws.intrude_needs_monitoring,
            lists: builder.gws.lists,
            following: builder.gws.following,
            ..world::GwsOptions::new(api_url)
        },
        misspelt: builder.misspelt,
        push: builder.push,
        cometd_path: builder.cometd_path,
        anonymous,
        handshake_denial: builder.handshake_denial,
        csrf_protection: builder.csrf_protection,
        cors_origins,
        order: builder.order,
        require_complete_sessions: builder.require_complete_sessions,
        wait_timeout: builder.wait_timeout,
        limits: builder.limits,
        answers: builder.answers,
        watch: builder.watch,
        coverage: builder.coverage.or_else(coverage_file::of_environment),
        #[cfg(feature = "control")]
        control: builder
            .endpoint
            .control
            .map(|_| Control { fakes: keeper.as_ref().map(FakeRegistry::asked) }),
        #[cfg(feature = "control")]
        url: url.clone(),
        #[cfg(feature = "tls")]
        tls,
        started_at,
    };
    let fake = FakeGws::serve(settings, builder.allowed, player, listeners, url);
    #[cfg(feature = "control")]
    let fake = fake.with_keeper(keeper);
    Ok(fake)
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
