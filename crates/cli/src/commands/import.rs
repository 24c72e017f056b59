//! `gws-sms-fake import`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::recording::har::HarSource;
use crate::recording::proxy::import_har;
use clap::Args;

use crate::commands::record::{Redacting, say};

/// Makes a scenario of a HAR file, and lists the entries that are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the scenario is written, 1 wrong usage or a file that cannot be used, 2 the scenario is written, and a
conversation in it has lost one of its halves: a request or its answer, or all of REST or of CometD.")]
pub(crate) struct Import {
    /// A HAR file, as browsers export it.
    #[arg(value_name = "FILE.har")]
    har: PathBuf,
    /// The scenario that is made of it.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The origin of GWS, such as https://gws.example, where the file has traffic of several; may be given several times
    #[arg(long, value_name = "URL")]
    origin: Vec<String>,
    /// The path of CometD.
    #[arg(long, value_name = "PATH", default_value = "/api/v2/notifications")]
    cometd_path: String,
    #[command(flatten)]
    redacting: Redacting,
}

impl Import {
    pub(crate) fn run(self) -> ExitCode {
        let Self { har, output, origin, cometd_path, redacting } = self;
        let source = HarSource { origins: origin, cometd_path };
        match import_har(&har, &output, &source, &redacting.keep, redacting.users()) {
            Ok(imported) => {
                say(&imported.text);
                if imported.is_incomplete { ExitCode::from(2) } else { ExitCode::SUCCESS }
            }
            Err(error) => {
                eprintln!("gws-sms-fake: {error}");
                ExitCode::from(1)
            }
        }
    }
}
