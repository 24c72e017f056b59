//! Error strings of Bayeux, `CODE:ARGS:TEXT`, as CometD Java 3.1.12 writes them (wire: its transcripts and source).

pub(crate) const UNKNOWN_CLIENT: &str = "402::Unknown client";
pub(crate) const HANDSHAKE_DENIED: &str = "403::Handshake denied";
pub(crate) const SUBSCRIPTION_MISSING: &str = "403::subscription_missing";
pub(crate) const SUBSCRIPTION_INVALID: &str = "403::subscription_invalid";
/// Of one subscription too many: the product has no such limit, so this is in its manner only (inferred).
pub(crate) const SUBSCRIPTION_LIMIT: &str = "403::subscription_limit";
/// Of a meta channel that exists.
pub(crate) const SUBSCRIBE_DENIED: &str = "403:denied_by_security_policy:subscribe_denied";
/// Of a meta channel that does not exist.
pub(crate) const SUBSCRIBE_CREATE_DENIED: &str = "403:denied_by_security_policy:create_denied";
pub(crate) const UNSUBSCRIBE_FAILED: &str = "403::unsubscribe_failed";
pub(crate) const CHANNEL_MISSING: &str = "400::channel_missing";
/// The publish side writes a blank where the subscribe side writes an underscore.
pub(crate) const PUBLISH_CREATE_DENIED: &str = "403:denied_by_security_policy:create denied";
