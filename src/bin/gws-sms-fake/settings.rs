//! What is not known of GWS, or is configured there, as flags. Each is a setting of the library's builder.

use clap::Args;
use gws_sms_fake::Builder;

#[derive(Debug, Args)]
pub(crate) struct Settings {
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
    /// Take paths that some of the vendor's pages misspell.
    #[arg(long)]
    accept_misspelt_paths: bool,
    /// Invite a supervisor to a session that he monitors; without it he is in it at once.
    #[arg(long)]
    monitored_sessions_invite: bool,
    /// Refuse an Intrude by a supervisor who does not monitor the agent.
    #[arg(long)]
    intrude_needs_monitoring: bool,
}

/// Whether it was given, and what it asks of the builder.
type Flag = (bool, fn(Builder) -> Builder);

impl Settings {
    pub(crate) fn apply(&self, mut builder: Builder) -> Builder {
        let flags: [Flag; 6] = [
            (self.notifications_first, Builder::notifications_first),
            (self.csrf_protection, Builder::csrf_protection),
            (self.capabilities_as_documented, Builder::capabilities_as_documented),
            (self.accept_misspelt_paths, Builder::accept_misspelt_paths),
            (self.monitored_sessions_invite, Builder::monitored_sessions_invite),
            (self.intrude_needs_monitoring, Builder::intrude_needs_monitoring),
        ];
        for (_, apply) in flags.into_iter().filter(|(given, _)| *given) {
            builder = apply(builder);
        }
        self.cors_origin.iter().fold(builder, |builder, origin| builder.cors_origin(origin))
    }
}
