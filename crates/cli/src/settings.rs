//! What a fake is like, as flags: its users, and what is not known of GWS or is configured there. Each is a setting of the
//! library's builder.

use std::path::PathBuf;
use std::time::Duration;

use crate::atomic_file::write_atomic;
use crate::specials::note_specials;
use clap::Args;
use gws_sms_fake::{Builder, Certainty, FakeGws};

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Take requests without credentials as this user's.
    #[arg(long, value_name = "USER")]
    anonymous: Option<String>,
    /// Let violations of this rule pass; may be given several times.
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Make notes of violations of rules that are less certain than this: documented, wire, client, analogy or inferred.
    #[arg(long, value_name = "CERTAINTY")]
    blame_from: Option<Certainty>,
    /// A folder of further fixtures: users/*.json, smssessions/*.json, agent-states/*.json and resources/**.json.
    #[arg(long, value_name = "DIR")]
    fixtures: Vec<PathBuf>,
    /// A folder with a contract of one's own: further schemas, operations and fixtures in schemas/ and fixtures/.
    #[arg(long, value_name = "DIR")]
    contract: Option<PathBuf>,
    /// Speak HTTPS, with certificates that are made at the start.
    #[arg(long)]
    pub(crate) tls: bool,
    /// A file that gets the certificate of the CA to trust, in PEM, as soon as the port answers; with --tls.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Add what was exercised of the contract to this file at the end; by default to that of GWS_SMS_FAKE_COVERAGE.
    #[arg(long, value_name = "FILE")]
    coverage: Option<PathBuf>,
    /// How many fakes of POST /__fake/fakes there may be at a time.
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_fakes: usize,
    /// When a fake of POST /__fake/fakes ends that nobody uses, in milliseconds of real time.
    #[arg(long, value_name = "MS", default_value_t = 600_000)]
    unused_fakes_end_after: u64,
    /// How long a call of the control endpoint waits that waits for something, in milliseconds of real time.
    #[arg(long = "patience", value_name = "MS", default_value_t = 5_000)]
    wait_timeout: u64,
    /// Send notifications before the answer that they follow from.
    #[arg(long)]
    notifications_first: bool,
    /// Demand the token of the HTTP session of every POST, PUT and DELETE.
    #[arg(long)]
    csrf_protection: bool,
    /// Let pages of this origin call; may be given several times.
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,
    /// List and accept the capabilities of the vendor's pages, name by name.
    #[arg(long)]
    capabilities_as_documented: bool,
    /// Send an empty list of capabilities with a change to Completed; without it the field is left out.
    #[arg(long)]
    empty_capabilities_when_completed: bool,
    /// Take paths that some of the vendor's pages misspell.
    #[arg(long = "accept-misspelt-paths")]
    lenient_paths: bool,
    /// Invite a supervisor to a session that he monitors; without it he is in it at once.
    #[arg(long = "monitored-sessions-invite")]
    invite_monitoring_supervisors: bool,
    /// Refuse an Intrude by a supervisor who does not monitor the agent.
    #[arg(long)]
    intrude_needs_monitoring: bool,
    /// Take a clientId without its cookie BAYEUX_BROWSER.
    #[arg(long)]
    trust_client_session: bool,
    /// How many sessions of one browser have a connect held at a time; -1 is any number.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    max_sessions_per_browser: i64,
    /// How long a session too many of its browser is advised to wait, in milliseconds; 0 refuses it.
    #[arg(long, value_name = "MS", default_value_t = 2_000)]
    multi_session_interval: u64,
    /// Let events leave with the answers to connects only.
    #[arg(long)]
    meta_connect_deliver_only: bool,
    /// Keep the events of an answer that could not be written for the next one; without it they are lost.
    #[arg(long)]
    keep_on_hangup: bool,
    /// Count what clients have left undone at the end as violations, and not as notes.
    #[arg(long = "whole-session")]
    require_complete_sessions: bool,
    /// How long a connect is held, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    cometd_timeout: u64,
    /// How long a client that does not connect again is kept, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    cometd_max_interval: u64,
    #[command(flatten)]
    limits: LimitArguments,
}

/// How much the fake takes.
#[derive(Debug, Args)]
struct LimitArguments {
    /// The largest body, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576)]
    body_limit: usize,
    /// The largest header, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 8_192)]
    header_limit: usize,
    /// How many connections there are at a time; one more is answered 503.
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    connection_limit: usize,
    /// How long a header or a body may take, and a client take nothing of an answer, in milliseconds of real time.
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    idle_timeout: u64,
    /// How many events wait for one client; -1 is any number.
    #[arg(long, value_name = "N", default_value_t = 10_000, allow_negative_numbers = true)]
    max_queue: i64,
    /// How many subscriptions one client has.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    subscription_limit: usize,
    /// How many entries the timeline keeps, besides violations and their neighbours.
    #[arg(long = "time-line-limit", value_name = "N", default_value_t = 100_000)]
    timeline_limit: usize,
}

impl LimitArguments {
    fn apply(&self, builder: Builder) -> Builder {
        builder
            .body_limit(self.body_limit)
            .header_limit(self.header_limit)
            .connection_limit(self.connection_limit)
            .idle_timeout(Duration::from_millis(self.idle_timeout))
            .max_queue(usize::try_from(self.max_queue).ok())
            .subscription_limit(self.subscription_limit)
            .timeline_limit(self.timeline_limit)
    }
}

/// Whether it was given, and what it asks of the builder.
type Flag = (bool, fn(Builder) -> Builder);

impl ServeArguments {
    /// As these say, with the control endpoint.
    pub(crate) fn apply(&self, mut builder: Builder) -> Result<Builder, String> {
        let flags: [Flag; 11] = [
            (self.notifications_first, Builder::notifications_first),
            (self.csrf_protection, Builder::csrf_protection),
            (self.capabilities_as_documented, Builder::capabilities_as_documented),
            (self.empty_capabilities_when_completed, Builder::empty_capabilities_when_completed),
            (self.lenient_paths, Builder::lenient_paths),
            (self.invite_monitoring_supervisors, Builder::invite_monitoring_supervisors),
            (self.intrude_needs_monitoring, Builder::intrude_needs_monitoring),
            (self.trust_client_session, Builder::trust_client_session),
            (self.meta_connect_deliver_only, Builder::meta_connect_deliver_only),
            (self.keep_on_hangup, Builder::keep_on_hangup),
            (self.require_complete_sessions, Builder::require_complete_sessions),
        ];
        let limit = usize::try_from(self.max_sessions_per_browser).ok();
        builder = builder
            .control_with(self.max_fakes, Duration::from_millis(self.unused_fakes_end_after))
            .wait_timeout(Duration::from_millis(self.wait_timeout))
            .max_sessions_per_browser(limit)
            .multi_session_interval(Duration::from_millis(self.multi_session_interval))
            .cometd_timeout(Duration::from_millis(self.cometd_timeout))
            .cometd_max_interval(Duration::from_millis(self.cometd_max_interval));
        builder = self.limits.apply(builder);
        for (_, apply) in flags.into_iter().filter(|(given, _)| *given) {
            builder = apply(builder);
        }
        if self.tls {
            builder = over_tls(builder)?;
        }
        self.contract.iter().chain(&self.fixtures).for_each(|folder| note_specials(folder));
        if let Some(folder) = &self.contract {
            builder = builder.contract(folder);
        }
        for folder in &self.fixtures {
            builder = builder.fixtures(folder);
        }
        for rule in &self.allow {
            builder = builder.try_allow(rule).map_err(|error| error.to_string())?;
        }
        if let Some(least) = self.blame_from {
            builder = builder.blame_from(least);
        }
        if let Some(user) = &self.anonymous {
            builder = builder.anonymous(user);
        }
        if let Some(file) = &self.coverage {
            builder = builder.coverage(file);
        }
        let origins = self.cors_origin.iter();
        Ok(origins.fold(builder, |builder, origin| builder.cors_origin(origin)))
    }

    /// Writes the certificate of the CA to trust, where a file for it was named.
    pub(crate) fn write_ca_file(&self, gws: &FakeGws) -> Result<(), String> {
        let Some((file, certificate)) = self.ca_file.as_ref().zip(ca_certificate(gws)) else {
            return Ok(());
        };
        write_atomic(file, certificate).map_err(|error| format!("{}: {error}", file.display()))
    }
}

#[cfg(feature = "tls")]
fn over_tls(builder: Builder) -> Result<Builder, String> {
    Ok(builder.tls())
}

#[cfg(not(feature = "tls"))]
fn over_tls(_: Builder) -> Result<Builder, String> {
    Err("--tls: this build speaks no TLS; build it with `--features tls`".to_owned())
}

#[cfg(feature = "tls")]
fn ca_certificate(gws: &FakeGws) -> Option<&str> {
    gws.ca_certificate()
}

#[cfg(not(feature = "tls"))]
fn ca_certificate(_: &FakeGws) -> Option<&str> {
    None
}
