//! The control endpoint, and the settings that a suite in another language gives its own fakes there.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::builder::Builder;
use crate::api::builder::endpoint::Endpoint;
use crate::contract::check::cut;
use crate::engine::delivery::push_faults::AnswerOrder;
use crate::error::Error;
use crate::gws::capability::Lists;
use crate::gws::route::Misspelt;
use crate::gws::world::Following;
use crate::rules::Certainty;

/// The default for the number of fakes that a suite may have at a time.
const MOST_FAKES: usize = 100;
/// The default for the time after which an unused fake of a suite ends.
const UNUSED_FOR: Duration = Duration::from_secs(600);

impl Builder {
    /// Serves the control endpoint `/__fake/`, for suites in other languages. There they may ask for further fakes, one for
    /// each test, with the settings of this one: at most 100 at a time. A fake that is unused for 10 minutes ends. Feature
    /// `control`.
    pub fn control(self) -> Self {
        self.control_with(MOST_FAKES, UNUSED_FOR)
    }

    /// Serves the control endpoint as [`control`](Self::control) does, with other limits: the number of further fakes at a
    /// time, and the time, in real time, after which a fake ends if no request came and no connect was held.
    pub fn control_with(mut self, most_fakes: usize, unused_for: Duration) -> Self {
        self.endpoint.control = Some(Endpoint::Keeping { most: most_fakes, unused_for });
        self
    }

    /// The fake of that id that a suite asks for: as this one where it says nothing else, on a free port.
    pub(crate) fn asked(mut self, id: u64, asked: &Value) -> Result<Self, Error> {
        (self.address.port, self.endpoint.control) = (0, Some(Endpoint::Alone));
        self.endpoint.name = fake_name(asked);
        if let Some(watch) = self.watch.take() {
            self.watch = Some(Arc::new(move |line: &str| watch(&format!("[{id}] {line}"))));
        }
        if asked["withoutFixtures"] == true {
            self = self.without_fixtures();
        }
        for (index, user) in elements(asked, "users") {
            self = self.sources(|sources| sources.user(&format!("/users/{index}"), user));
        }
        for (index, session) in elements(asked, "sessions") {
            self = self.sources(|sources| sources.session(&format!("/sessions/{index}"), session));
        }
        for (path, answer) in asked["resources"].as_object().into_iter().flatten() {
            self = self.sources(|sources| {
                let added = sources.resource(path, answer.clone());
                added.map_err(|error| Error::new(format!("/resources: {error}")))
            });
        }
        for (index, rule) in elements(asked, "allow") {
            let allowed = self.try_allow(rule.as_str().expect("the schema has checked this"));
            self = allowed.map_err(|error| Error::new(format!("/allow/{index}: {error}")))?;
        }
        for (_, origin) in elements(asked, "corsOrigins") {
            self = self.cors_origin(origin.as_str().expect("the schema has checked this"));
        }
        for setting in SETTINGS {
            if let Some(value) = asked.get(setting.name) {
                (setting.set)(&mut self, value);
            }
        }
        Ok(self)
    }
}

/// The longest name of a fake in reports, in characters.
const LONGEST_NAME: usize = 200;

/// Returns what a suite calls a fake, cut in the middle where that is long: a test may have a name of any length.
pub(crate) fn fake_name(asked: &Value) -> Option<String> {
    asked["name"].as_str().map(|name| cut(name, LONGEST_NAME))
}

/// One setting, and the way it gets into a builder.
struct Setting {
    /// The name in `schemas/control-fake.json`, which has checked the value.
    name: &'static str,
    set: fn(&mut Builder, &Value),
}

/// The settings that are one value each.
const SETTINGS: &[Setting] = &[
    Setting { name: "wholeSession", set: require_complete_sessions },
    Setting { name: "anonymous", set: anonymous },
    Setting { name: "notificationsFirst", set: notifications_first },
    Setting { name: "csrfProtection", set: csrf_protection },
    Setting { name: "capabilitiesAsDocumented", set: capabilities_as_documented },
    Setting { name: "acceptMisspeltPaths", set: lenient_paths },
    Setting { name: "monitoredSessionsInvite", set: invite_monitoring_supervisors },
    Setting { name: "intrudeNeedsMonitoring", set: intrude_needs_monitoring },
    Setting { name: "trustClientSession", set: trust_client_session },
    Setting { name: "maxSessionsPerBrowser", set: max_sessions_per_browser },
    Setting { name: "multiSessionInterval", set: multi_session_interval },
    Setting { name: "metaConnectDeliverOnly", set: meta_connect_deliver_only },
    Setting { name: "keepOnHangup", set: keep_on_hangup },
    Setting { name: "cometdTimeout", set: cometd_timeout },
    Setting { name: "cometdMaxInterval", set: cometd_max_interval },
    Setting { name: "patience", set: wait_timeout },
    Setting { name: "blameFrom", set: blame_from },
    Setting { name: "emptyCapabilitiesWhenCompleted", set: empty_capabilities_when_completed },
];

fn require_complete_sessions(builder: &mut Builder, value: &Value) {
    builder.settings.require_complete_sessions = *value == true;
}

fn anonymous(builder: &mut Builder, value: &Value) {
    builder.settings.anonymous = value.as_str().map(str::to_owned);
}

fn notifications_first(builder: &mut Builder, value: &Value) {
    builder.settings.order =
        if *value == true { AnswerOrder::NotificationsFirst } else { AnswerOrder::AnswerFirst };
}

fn csrf_protection(builder: &mut Builder, value: &Value) {
    builder.settings.csrf_protection = *value == true;
}

fn capabilities_as_documented(builder: &mut Builder, value: &Value) {
    builder.settings.gws.lists = if *value == true { Lists::Documented } else { Lists::Accepted };
}

fn lenient_paths(builder: &mut Builder, value: &Value) {
    builder.settings.misspelt = if *value == true { Misspelt::Taken } else { Misspelt::default() };
}

fn invite_monitoring_supervisors(builder: &mut Builder, value: &Value) {
    builder.settings.gws.following =
        if *value == true { Following::IsInvited } else { Following::Joins };
}

fn intrude_needs_monitoring(builder: &mut Builder, value: &Value) {
    builder.settings.gws.intrude_needs_monitoring = *value == true;
}

fn trust_client_session(builder: &mut Builder, value: &Value) {
    builder.settings.push.trust_client_session = *value == true;
}

fn max_sessions_per_browser(builder: &mut Builder, value: &Value) {
    builder.settings.push.max_sessions_per_browser =
        value.as_u64().and_then(|number| usize::try_from(number).ok());
}

fn multi_session_interval(builder: &mut Builder, value: &Value) {
    builder.settings.push.multi_session_interval = span(value);
}

fn meta_connect_deliver_only(builder: &mut Builder, value: &Value) {
    builder.settings.push.meta_connect_deliver_only = *value == true;
}

fn keep_on_hangup(builder: &mut Builder, value: &Value) {
    builder.settings.push.keep_on_hangup = *value == true;
}

fn cometd_timeout(builder: &mut Builder, value: &Value) {
    builder.settings.push.timeout = span(value);
}

fn cometd_max_interval(builder: &mut Builder, value: &Value) {
    builder.settings.push.max_interval = span(value);
}

fn wait_timeout(builder: &mut Builder, value: &Value) {
    builder.wait_timeout = span(value);
}

fn blame_from(builder: &mut Builder, value: &Value) {
    builder.exemptions.blame_from = value.as_str().and_then(Certainty::named);
}

fn empty_capabilities_when_completed(builder: &mut Builder, value: &Value) {
    builder.settings.gws.empty_capabilities_when_completed = *value == true;
}

fn span(value: &Value) -> Duration {
    Duration::from_millis(value.as_u64().unwrap_or_default())
}

fn elements<'a>(asked: &'a Value, name: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    asked[name].as_array().into_iter().flatten().enumerate()
}
