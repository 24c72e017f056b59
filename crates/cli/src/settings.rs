//! The options that describe a fake: its users, its limits, and the behaviour of GWS that is configurable or unknown. Each
//! option is a setting of the library's builder.

use std::path::PathBuf;
use std::time::Duration;

use crate::atomic_file::write_atomic;
use crate::specials::note_specials;
use clap::Args;
use gws_sms_fake::{Builder, Certainty, FakeGws};

/// The settings of a served fake, in groups that `--help` shows under one heading each.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Load more fixtures from a folder: users/*.json, smssessions/*.json, agent-states/*.json and resources/**.json; repeatable
    #[arg(help_heading = "Fixtures and contract", long, value_name = "DIR")]
    fixtures: Vec<PathBuf>,
    /// Add a custom contract from a folder: schemas, operations and fixtures in schemas/ and fixtures/
    #[arg(help_heading = "Fixtures and contract", long, value_name = "DIR")]
    contract: Option<PathBuf>,
    /// Allow violations of this rule, such as path-unknown; repeatable. `gws-sms-fake rules` lists all rules
    #[arg(help_heading = "Verdict", long, value_name = "RULE")]
    allow: Vec<String>,
    /// Report violations of rules that are less certain than this as notes: documented, wire, client, analogy or inferred
    #[arg(help_heading = "Verdict", long, value_name = "CERTAINTY")]
    blame_from: Option<Certainty>,
    /// Count work that clients leave unfinished as a violation; by default, it is a note
    #[arg(help_heading = "Verdict", long)]
    require_complete_sessions: bool,
    /// At the end, append the coverage of the contract to this file; by default, to the file that GWS_SMS_FAKE_COVERAGE names
    #[arg(help_heading = "Verdict", long, value_name = "FILE")]
    coverage: Option<PathBuf>,
    /// Treat requests without credentials as requests of this user, such as s1
    #[arg(help_heading = "Authentication, browsers and TLS", long, value_name = "USER")]
    anonymous: Option<String>,
    /// Require the CSRF token of the HTTP session for every POST, PUT and DELETE
    #[arg(help_heading = "Authentication, browsers and TLS", long)]
    csrf_protection: bool,
    /// Allow cross-origin requests (CORS) from pages of this origin; repeatable
    #[arg(help_heading = "Authentication, browsers and TLS", long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,
    /// Serve HTTPS, with certificates that are generated at the start
    #[arg(help_heading = "Authentication, browsers and TLS", long)]
    pub(crate) tls: bool,
    /// Write the certificate of the fake's CA to this file, in PEM, as soon as the port accepts connections; requires --tls
    #[arg(
        help_heading = "Authentication, browsers and TLS",
        long,
        value_name = "FILE",
        requires = "tls"
    )]
    pub(crate) ca_file: Option<PathBuf>,
    #[command(flatten)]
    behaviour: BehaviourArguments,
    #[command(flatten)]
    cometd: CometdArguments,
    #[command(flatten)]
    control: ControlArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

/// The settings of the REST side that differ between installations of GWS, or that no source settles.
#[derive(Debug, Args)]
#[command(next_help_heading = "Behaviour of GWS")]
struct BehaviourArguments {
    /// Send notifications before the answer to the request that causes them
    #[arg(long)]
    notifications_first: bool,
    /// List and accept exactly the capabilities that the vendor's documentation lists
    #[arg(long)]
    capabilities_as_documented: bool,
    /// Send an empty list of capabilities with a change to Completed; by default the field is absent
    #[arg(long)]
    empty_capabilities_when_completed: bool,
    /// Accept paths that some pages of the vendor's documentation misspell
    #[arg(long)]
    lenient_paths: bool,
    /// Invite a supervisor to a session that they monitor; by default they join it at once
    #[arg(long)]
    invite_monitoring_supervisors: bool,
    /// Refuse an Intrude by a supervisor who does not monitor the agent
    #[arg(long)]
    intrude_needs_monitoring: bool,
}

impl BehaviourArguments {
    fn apply(&self, builder: Builder) -> Builder {
        let flags: [Flag; 6] = [
            (self.notifications_first, Builder::notifications_first),
            (self.capabilities_as_documented, Builder::capabilities_as_documented),
            (self.empty_capabilities_when_completed, Builder::empty_capabilities_when_completed),
            (self.lenient_paths, Builder::lenient_paths),
            (self.invite_monitoring_supervisors, Builder::invite_monitoring_supervisors),
            (self.intrude_needs_monitoring, Builder::intrude_needs_monitoring),
        ];
        with_flags(builder, flags)
    }
}

/// The settings of the CometD server.
#[derive(Debug, Args)]
#[command(next_help_heading = "CometD")]
struct CometdArguments {
    /// Hold a connect for this long, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    cometd_timeout: u64,
    /// Expire a client that does not connect again within this time, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    cometd_max_interval: u64,
    /// Hold the connects of at most this many CometD sessions of one browser at a time; -1 for no limit
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    max_sessions_per_browser: i64,
    /// Advise a CometD session above --max-sessions-per-browser to wait this long, in milliseconds; 0 refuses its connects
    #[arg(long, value_name = "MS", default_value_t = 2_000)]
    multi_session_interval: u64,
    /// Accept a clientId without its cookie BAYEUX_BROWSER
    #[arg(long)]
    trust_client_session: bool,
    /// Deliver events only in answers to connects
    #[arg(long)]
    meta_connect_deliver_only: bool,
    /// If an answer cannot be written, send its events with the next answer; by default, they are lost
    #[arg(long)]
    keep_on_hangup: bool,
    /// Queue at most this many events for one client; -1 for no limit
    #[arg(long, value_name = "N", default_value_t = 10_000, allow_negative_numbers = true)]
    max_queue: i64,
    /// Accept at most this many subscriptions of one client
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    subscription_limit: usize,
}

impl CometdArguments {
    fn apply(&self, builder: Builder) -> Builder {
        let flags: [Flag; 3] = [
            (self.trust_client_session, Builder::trust_client_session),
            (self.meta_connect_deliver_only, Builder::meta_connect_deliver_only),
            (self.keep_on_hangup, Builder::keep_on_hangup),
        ];
        with_flags(builder, flags)
            .cometd_timeout(Duration::from_millis(self.cometd_timeout))
            .cometd_max_interval(Duration::from_millis(self.cometd_max_interval))
            .max_sessions_per_browser(usize::try_from(self.max_sessions_per_browser).ok())
            .multi_session_interval(Duration::from_millis(self.multi_session_interval))
            .max_queue(usize::try_from(self.max_queue).ok())
            .subscription_limit(self.subscription_limit)
    }
}

/// The settings of the control endpoint.
#[derive(Debug, Args)]
#[command(next_help_heading = "Control endpoint")]
struct ControlArguments {
    /// Serve at most this many fakes that POST /__fake/fakes has started at a time
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_fakes: usize,
    /// End a fake that POST /__fake/fakes has started if it is unused for this long, in milliseconds of real time
    #[arg(long, value_name = "MS", default_value_t = 600_000)]
    unused_fakes_end_after: u64,
    /// Timeout of the calls that wait, in milliseconds of real time
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    wait_timeout: u64,
}

impl ControlArguments {
    fn apply(&self, builder: Builder) -> Builder {
        builder
            .control_with(self.max_fakes, Duration::from_millis(self.unused_fakes_end_after))
            .wait_timeout(Duration::from_millis(self.wait_timeout))
    }
}

/// The limits of the HTTP server and of the timeline.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArguments {
    /// Accept bodies of at most this size, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576)]
    body_limit: usize,
    /// Accept headers of at most this size, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 8_192)]
    header_limit: usize,
    /// Serve at most this many connections at a time; further connections are answered with HTTP 503
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    connection_limit: usize,
    /// Close a connection on which a header, a body or an answer makes no progress for this long, in milliseconds of real time
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    idle_timeout: u64,
    /// Keep at most this many entries in the timeline; violations that are not allowed, and the entries around them, are always kept
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    timeline_limit: usize,
}

impl LimitArguments {
    fn apply(&self, builder: Builder) -> Builder {
        builder
            .body_limit(self.body_limit)
            .header_limit(self.header_limit)
            .connection_limit(self.connection_limit)
            .idle_timeout(Duration::from_millis(self.idle_timeout))
            .timeline_limit(self.timeline_limit)
    }
}

/// The presence of a flag, and the setting of the builder that it switches on.
type Flag = (bool, fn(Builder) -> Builder);

fn with_flags(builder: Builder, flags: impl IntoIterator<Item = Flag>) -> Builder {
    let given = flags.into_iter().filter(|(given, _)| *given);
    given.fold(builder, |builder, (_, apply)| apply(builder))
}

impl ServeArguments {
    /// Applies these settings to a builder, and switches the control endpoint on.
    pub(crate) fn apply(&self, builder: Builder) -> Result<Builder, String> {
        let builder = self.behaviour.apply(builder);
        let builder = self.cometd.apply(builder);
        let builder = self.control.apply(builder);
        let builder = self.limits.apply(builder);
        let flags: [Flag; 2] = [
            (self.csrf_protection, Builder::csrf_protection),
            (self.require_complete_sessions, Builder::require_complete_sessions),
        ];
        let mut builder = with_flags(builder, flags);
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

    /// Writes the certificate of the CA to trust, if `--ca-file` names a file for it.
    pub(crate) fn write_ca_file(&self, gws: &FakeGws) -> Result<(), String> {
        let Some((file, certificate)) = self.ca_file.as_ref().zip(ca_certificate(gws)) else {
            return Ok(());
        };
        write_atomic(file, certificate).map_err(|error| {
            format!("{}: {error}; name a file that can be written", file.display())
        })
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
