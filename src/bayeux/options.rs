//! CometD's options, and the advice that follows from them.

use std::time::Duration;

use serde_json::{Value, json};

/// The product's options.
#[derive(Clone, Debug)]
pub struct CometdOptions {
    /// The time that a connect is held.
    pub timeout: Duration,
    /// The time after its last answer for which a client that does not connect again is kept.
    pub max_interval: Duration,
    /// True if a clientId is valid without its cookie: CometD's `trustClientSession`.
    pub trust_client_session: bool,
    /// The number of sessions of one browser that may have a connect held at a time; `None`: any number.
    pub max_sessions_per_browser: Option<usize>,
    /// The time that a session too many is advised to wait; zero: it is advised not to connect again.
    pub multi_session_interval: Duration,
    /// True if events leave with the answers to connects only: CometD's `metaConnectDeliverOnly`.
    pub meta_connect_deliver_only: bool,
    /// True if the events of an answer that could not be written wait for the next one. CometD loses them.
    pub keep_on_hangup: bool,
    /// The number of events that may wait for one client: CometD's `maxQueue`; `None` is its -1, any number.
    pub max_queue: Option<usize>,
    /// The number of subscriptions that one client may have. CometD accepts any number.
    pub subscription_limit: usize,
}

impl Default for CometdOptions {
    /// The defaults of CometD Java 3.1.12 (wire), but for what would have no end; those of GWS are not known.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_interval: Duration::from_secs(10),
            trust_client_session: false,
            max_sessions_per_browser: Some(1),
            multi_session_interval: Duration::from_secs(2),
            meta_connect_deliver_only: false,
            keep_on_hangup: false,
            max_queue: Some(10_000),
            subscription_limit: 1000,
        }
    }
}

impl CometdOptions {
    /// The usual advice, with the interval that the client itself has asked for.
    pub(super) fn advice(&self, interval: Duration) -> Value {
        let interval = milliseconds(interval);
        let timeout = milliseconds(self.timeout);
        json!({ "reconnect": "retry", "interval": interval, "timeout": timeout })
    }

    /// Tells a session too many of its browser to wait, and returns how long; or not to come again.
    pub(super) fn advise_multiple_clients(&self, reply: &mut Value) -> Option<Duration> {
        let interval = self.multi_session_interval;
        let advice = &mut reply["advice"];
        advice["multiple-clients"] = json!(true);
        if interval.is_zero() {
            advice["reconnect"] = json!("none");
            reply["successful"] = json!(false);
            return None;
        }
        advice["reconnect"] = json!("retry");
        advice["interval"] = json!(milliseconds(interval));
        Some(interval)
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
