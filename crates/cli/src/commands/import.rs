//! `gws-sms-fake import`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::recording::har::HarSource;
use crate::recording::proxy::import_har;
use clap::Args;

use crate::commands::record::{Redacting, say};
use crate::commands::{CometdPath, cannot};

/// Converts a HAR file to a scenario, and lists the entries that are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the scenario is written; 1 wrong usage, or a file that cannot be used; 2 the scenario is written, but half of a
conversation is missing: the body of a request or of an answer, all of the REST traffic, or all of the CometD traffic.

Example:
  gws-sms-fake import desktop.har -o story.json --user jdoe=s1")]
pub(crate) struct Import {
    /// A HAR file that a browser has exported
    #[arg(value_name = "FILE.har")]
    har: PathBuf,
    /// Write the scenario to this file
    #[arg(help_heading = "Scenario", short, long, value_name = "FILE")]
    output: PathBuf,
    /// The origin of GWS, such as https://gws.example; required if several systems in the file look like GWS; repeatable
    #[arg(help_heading = "GWS", long, value_name = "URL")]
    origin: Vec<String>,
    #[command(flatten)]
    cometd: CometdPath,
    #[command(flatten)]
    redacting: Redacting,
}

impl Import {
    pub(crate) fn run(self) -> ExitCode {
        let Self { har, output, origin, cometd, redacting } = self;
        let source = HarSource { origins: origin, cometd_path: cometd.path };
        match import_har(&har, &output, &source, &redacting.keep, redacting.users()) {
            Ok(imported) => {
                say(&imported.text);
                if imported.is_incomplete { ExitCode::from(2) } else { ExitCode::SUCCESS }
            }
            Err(error) => cannot("import", error),
        }
    }
}
