//! `gws-sms-fake import`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::recording::proxy::import_har;
use clap::Args;

use crate::commands::record::{Redacting, tell};

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A HAR file, as browsers export it.
    #[arg(value_name = "FILE.har")]
    har: PathBuf,
    /// The scenario that is made of it.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The path of CometD.
    #[arg(long, value_name = "PATH", default_value = "/api/v2/notifications")]
    cometd_path: String,
    #[command(flatten)]
    redacting: Redacting,
}

impl Import {
    pub(crate) fn run(self) -> ExitCode {
        let Self { har, output, cometd_path, redacting } = self;
        let text = import_har(&har, &output, &cometd_path, &redacting.keep, redacting.users());
        tell(text.map_err(|error| error.to_string()))
    }
}
