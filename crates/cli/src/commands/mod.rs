//! The commands of the program, one file each: its arguments, and its way from them to an exit code.

pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod exec;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod lint;
pub(crate) mod play;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod rules;
pub(crate) mod serve;

use std::fmt::Display;
use std::process::ExitCode;

use clap::Args;

/// The option of the commands that meet a real system, whose CometD may have another path.
#[derive(Debug, Args)]
struct CometdPath {
    /// The path of CometD
    #[arg(
        help_heading = "GWS",
        long = "cometd-path",
        value_name = "PATH",
        default_value = "/api/v2/notifications"
    )]
    path: String,
}

/// Prints the reason why a command cannot do its work, and returns the exit code of wrong usage.
fn cannot(work: &str, reason: impl Display) -> ExitCode {
    eprintln!("gws-sms-fake: cannot {work}: {reason}");
    ExitCode::from(1)
}
