//! `gws-sms-fake play`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::commands::serve::Serve;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 contract kept, 1 wrong usage, 2 contract broken.

Example:
  gws-sms-fake play story.json --port 8090")]
pub(crate) struct Play {
    /// The scenarios to play, one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Multiply the offsets of the scenarios by this factor: 1 is the speed of the recording, 0.5 is twice as fast; by default,
    /// events are sent without a delay
    #[arg(help_heading = "Scenario", long, value_name = "FACTOR", value_parser = factor)]
    slowed: Option<f64>,
    #[command(flatten)]
    serve: Serve,
}

impl Play {
    pub(crate) fn run(self) -> ExitCode {
        let Self { files, slowed, serve } = self;
        serve.run(|builder| {
            let builder = files.iter().fold(builder, |builder, file| builder.play(file));
            match slowed {
                Some(factor) => builder.play_slowed(factor),
                None => builder,
            }
        })
    }
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse::<f64>().ok().filter(|factor| factor.is_finite() && *factor >= 0.0);
    factor.ok_or_else(|| format!("{text:?} is not a factor; give a number such as 1 or 0.5"))
}
