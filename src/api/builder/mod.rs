//! The settings of a fake, and its start. [`fixtures`] contains the data that it begins with, [`listen`] its address,
//! and [`limits`] its limits. [`start`] makes a running fake of all settings, and `from_json` reads the settings of a
//! suite in another language.

#[cfg(feature = "control")]
mod endpoint;
mod fixtures;
#[cfg(feature = "control")]
pub(crate) mod from_json;
mod limits;
mod listen;
#[cfg(feature = "tls")]
mod protocol;
mod start;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::api::known_rule::find_rule;
use crate::engine::delivery::push_faults::AnswerOrder;
use crate::engine::log::verdict::Exemptions;
use crate::engine::settings::{HandshakeDenial, Settings};
use crate::error::{Error, demand};
use crate::fixture::load::Sources;
use crate::gws::capability::Lists;
use crate::gws::operation::Operation;
use crate::gws::route::Misspelt;
use crate::gws::world::Following;
use crate::rules::Certainty;
use crate::scenario::player::Speed;
use crate::server::listener::Address;
use crate::server::running_fake::Watch;
use crate::server::transport::Limits;

/// The settings of a fake, as [`FakeGws::builder`](crate::FakeGws::builder) begins them. Every setting has the default of
/// the real product, if that is known.
///
/// ```
/// use std::time::Duration;
/// use gws_sms_fake::FakeGws;
///
/// let gws = FakeGws::builder().cometd_timeout(Duration::from_secs(2)).allow("query-string").start();
/// # drop(gws);
/// ```
#[must_use = "nothing is started until `.start()` is called"]
#[derive(Clone)]
pub struct Builder {
    sources: Result<Sources, Error>,
    /// Without the fixtures, which are linked at the start; a user is named in them by his userName.
    settings: Settings,
    external_api_url: Option<String>,
    cors_origins: Vec<String>,
    scenarios: Vec<PathBuf>,
    speed: Speed,
    wait_timeout: Duration,
    limits: Limits,
    exemptions: Exemptions,
    address: Address,
    watch: Option<Watch>,
    coverage: Option<PathBuf>,
    #[cfg(feature = "control")]
    endpoint: endpoint::EndpointSettings,
    #[cfg(feature = "tls")]
    protocol: protocol::Protocol,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            sources: Ok(Sources::built_in()),
            settings: Settings::default(),
            external_api_url: None,
            cors_origins: Vec::new(),
            scenarios: Vec::new(),
            speed: Speed::AtOnce,
            wait_timeout: Duration::from_secs(5),
            limits: Limits::default(),
            exemptions: Exemptions::default(),
            address: Address { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0 },
            watch: None,
            coverage: None,
            #[cfg(feature = "control")]
            endpoint: endpoint::EndpointSettings::default(),
            #[cfg(feature = "tls")]
            protocol: protocol::Protocol::default(),
        }
    }

    /// Sets the beginning of every `uri`, as GWS's option `externalApiUrlV2` does (documented). The default is the
    /// fake's address and `/api/v2`.
    pub fn external_api_url(mut self, url: impl Into<String>) -> Self {
        self.external_api_url = Some(url.into().trim_end_matches('/').to_owned());
        self
    }

    /// Refuses an Intrude by a supervisor who does not monitor the agent, even when it names a mode. By default it is taken
    /// (inferred: the page says both).
    pub fn intrude_needs_monitoring(mut self) -> Self {
        self.settings.gws.intrude_needs_monitoring = true;
        self
    }

    /// Lists as `capabilities` what the vendor's pages list, name by name, and accepts what they list: `InFocus`,
    /// `SetInFocus` and `LeaveAndComplete`, which have no page, `SwitchBargeIn`, and what a monitoring supervisor would
    /// send. By default these are left out, since the pages contradict themselves there (rules `departure-…`).
    pub fn capabilities_as_documented(mut self) -> Self {
        self.settings.gws.lists = Lists::Documented;
        self
    }

    /// Sends an empty list as `capabilities` with a StatusChange to Completed. By default the field is left out, as the pages
    /// show it (documented: HTCC SMSComplete); one of the vendor's own clients fails on that (client:
    /// ErnestoGarciaGenesys/GenesysWebServicesClient).
    pub fn empty_capabilities_when_completed(mut self) -> Self {
        self.settings.gws.empty_capabilities_when_completed = true;
        self
    }

    /// Invites a supervisor to a session that he monitors, as an Intrude does. By default he is in it at once, as soon as
    /// the agent accepts it (inferred: the page says "added", and not how).
    pub fn invite_monitoring_supervisors(mut self) -> Self {
        self.settings.gws.following = Following::IsInvited;
        self
    }

    /// Takes paths that some of the vendor's pages misspell (`/me/smsessions/..`, `/me/smsssession/..`, `/smssessions/..`),
    /// with a note. By default they are refused, and the hint names the right one.
    pub fn lenient_paths(mut self) -> Self {
        self.settings.misspelt = Misspelt::Taken;
        self
    }

    /// Takes a request without credentials as one of the user of that name. GWS never does so (wire): this is for clients whose
    /// signing in is not what is tested.
    pub fn anonymous(mut self, user_name: impl Into<String>) -> Self {
        self.settings.anonymous = Some(user_name.into());
        self
    }

    /// Refuses a handshake without credentials with `403::Handshake denied`. By default it is refused as on the REST side,
    /// with HTTP 403 (inferred).
    pub fn handshake_denied_in_bayeux(mut self) -> Self {
        self.settings.handshake_denial = HandshakeDenial::Bayeux;
        self
    }

    /// Demands of every PUT, POST and DELETE, on both sides, the token of its HTTP session in the header `X-CSRF-TOKEN`, as
    /// GWS's option `enableCsrfProtection` (documented). The answer to a GET shows it. By default it is off, as in GWS.
    pub fn csrf_protection(mut self) -> Self {
        self.settings.csrf_protection = true;
        self
    }

    /// Lets pages of that origin call the fake from a browser, such as `https://desktop.example`: an entry of GWS's option
    /// `allowedOrigins` (documented), without wildcards. Pages on the fake's own host and on `localhost`, `127.0.0.1` and
    /// `[::1]` may call without this, whatever their port.
    pub fn cors_origin(mut self, origin: impl Into<String>) -> Self {
        self.cors_origins.push(origin.into());
        self
    }

    /// Sends the notifications that a request causes before its answer. By default the answer goes first; real GWS shows
    /// both orders (wire).
    pub fn notifications_first(mut self) -> Self {
        self.settings.order = AnswerOrder::NotificationsFirst;
        self
    }

    /// Sets the path of the push side; the default is `/api/v2/notifications` (client).
    pub fn cometd_path(mut self, path: impl Into<String>) -> Self {
        self.settings.cometd_path = path.into().trim_end_matches('/').to_owned();
        self
    }

    /// Sets the time that a connect is held; the default is 30 s, as in CometD (wire; that of GWS is not known).
    pub fn cometd_timeout(mut self, timeout: Duration) -> Self {
        self.settings.push.timeout = timeout;
        self
    }

    /// Sets the time after which a client that does not connect again expires; the default is 10 s, as in CometD (wire;
    /// that of GWS is not known).
    pub fn cometd_max_interval(mut self, max_interval: Duration) -> Self {
        self.settings.push.max_interval = max_interval;
        self
    }

    /// Takes a clientId without its cookie `BAYEUX_BROWSER`: CometD's option `trustClientSession` (documented), for clients
    /// whose cookie jar refuses IP addresses.
    pub fn trust_client_session(mut self) -> Self {
        self.settings.push.trust_client_session = true;
        self
    }

    /// Limits the number of sessions of one browser with a held connect. A browser is one value of the cookie
    /// `BAYEUX_BROWSER`. This is CometD's option `maxSessionsPerBrowser` (wire); the default is 1, and `None` is its
    /// -1, any number. The connect of one more session is answered at once with the advice `multiple-clients`.
    pub fn max_sessions_per_browser(mut self, limit: impl Into<Option<usize>>) -> Self {
        self.settings.push.max_sessions_per_browser = limit.into();
        self
    }

    /// Sets the time that a browser's surplus session is advised to wait: CometD's option `multiSessionInterval`
    /// (wire). The default is 2 s. With a time of zero, its connect is refused, and the client is advised not to
    /// connect again.
    pub fn multi_session_interval(mut self, interval: Duration) -> Self {
        self.settings.push.multi_session_interval = interval;
        self
    }

    /// Lets events leave with the answers to connects only: CometD's option `metaConnectDeliverOnly` (wire). By default they
    /// leave with whatever answer of their session goes first.
    pub fn meta_connect_deliver_only(mut self) -> Self {
        self.settings.push.meta_connect_deliver_only = true;
        self
    }

    /// Keeps the events of an answer that could not be written for the next answer. By default they are lost, as in CometD,
    /// unless the client asked for the extension `ack` (wire): a client that hangs up and connects again must not expect
    /// what was told in between.
    pub fn keep_on_hangup(mut self) -> Self {
        self.settings.push.keep_on_hangup = true;
        self
    }

    /// Fails the test for what clients have left undone when the fake is verified: a handshake without a connect, no
    /// disconnect, an event that was not collected, an invitation that was not answered, sessions that were only polled. By
    /// default these are notes in the report.
    pub fn require_complete_sessions(mut self) -> Self {
        self.settings.require_complete_sessions = true;
        self
    }

    /// Plays a scenario, whose form is `schemas/scenario.json`: its clients must follow it, their requests are answered from
    /// it, and events come from it. Called again, the scenarios are played one after the other.
    pub fn play(mut self, scenario: impl AsRef<Path>) -> Self {
        self.scenarios.push(scenario.as_ref().to_owned());
        self
    }

    /// Sets the factor by which the offsets of a scenario are multiplied on the fake's clock: 1 is the speed of the
    /// recording, 0.5 is twice as fast, 0 is no time at all. By default every step follows at once.
    pub fn play_slowed(mut self, factor: f64) -> Self {
        self.speed = Speed::Times(factor);
        self
    }

    /// Sets the time that barriers wait, in real time; the default is 5 s.
    pub fn wait_timeout(self, wait_timeout: Duration) -> Self {
        Self { wait_timeout, ..self }
    }

    /// Sets the statusCode (1 to 20) and the HTTP status with which a broken rule is answered, for a rule whose usual pair is
    /// only inferred.
    ///
    /// # Panics
    ///
    /// Panics if there is no such rule.
    #[track_caller]
    pub fn answer(mut self, rule: &str, status_code: u8, http_status: u16) -> Self {
        let rule = demand(find_rule(rule));
        self.settings.answers.insert(rule.id, (status_code, http_status));
        self
    }

    /// Lets violations of a rule pass: they fail no test, and are answered as ever.
    ///
    /// # Panics
    ///
    /// Panics if there is no such rule.
    #[track_caller]
    pub fn allow(self, rule: &str) -> Self {
        demand(self.try_allow(rule))
    }

    /// Does the same as [`allow`](Self::allow), without a panic.
    ///
    /// # Errors
    ///
    /// Fails if there is no such rule.
    pub fn try_allow(mut self, rule: &str) -> Result<Self, Error> {
        self.exemptions.allowed.push(find_rule(rule)?);
        Ok(self)
    }

    /// Blames clients for violations of rules that are as certain as this or more. Violations of less certain rules become
    /// notes, which fail no test; they are answered as ever. By default clients are blamed for all rules. A rule that the test
    /// expects or allows by its name is not affected.
    ///
    /// ```
    /// use gws_sms_fake::{Certainty, FakeGws};
    ///
    /// // An inferred rule fails no test any more.
    /// let gws = FakeGws::builder().blame_from(Certainty::Analogy).start();
    /// # drop(gws);
    /// ```
    pub fn blame_from(mut self, least: Certainty) -> Self {
        self.exemptions.blame_from = Some(least);
        self
    }

    /// Shows each line of the timeline as it comes. The closure is called on whichever thread
    /// brings the line about, and must not panic.
    pub fn watch(self, watch: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { watch: Some(Arc::new(watch)), ..self }
    }

    /// Adds a line to that file when the fake is dropped, with what was exercised of the contract; `gws-sms-fake coverage`
    /// puts the lines of a suite together. By default the environment variable `GWS_SMS_FAKE_COVERAGE` names the file, if
    /// there is one; an absolute path is best, since each package's tests run in its own folder. Any number of fakes and
    /// processes may share it: lines stay whole. If the file cannot be written, the drop fails the test.
    pub fn coverage(self, file: impl Into<PathBuf>) -> Self {
        Self { coverage: Some(file.into()), ..self }
    }

    /// Limits the coverage to operations that a team uses: `gws-sms-fake coverage` then leaves out the other operations, their
    /// parameters and values, unless another fake of the suite has named them or has no limit.
    ///
    /// ```
    /// use gws_sms_fake::{FakeGws, Operation};
    ///
    /// let gws = FakeGws::builder().coverage_of([Operation::Intrude, Operation::Accept]).start();
    /// # drop(gws);
    /// ```
    pub fn coverage_of(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.settings.covered_operations.extend(operations);
        self
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Builder").field("address", &self.address).finish_non_exhaustive()
    }
}
