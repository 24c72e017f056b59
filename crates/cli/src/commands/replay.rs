//! `gws-sms-fake replay`

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::replay::outcome::Replayed;
use crate::replay::{Replay, ReplayProgress};
use clap::{Args, ValueEnum};
use gws_sms_fake::_cli_internals::report::text::count;

use crate::colour;
use crate::commands::{CometdPath, cannot};
use crate::stdout::print;
use crate::terminal_line::TerminalLine;

/// Sends the clients' side of a scenario to a real system, and prints the differences.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 no differences; 1 wrong usage, a file that cannot be read, or a system that cannot be reached; 2 differences.

Example:
  gws-sms-fake replay story.json --against https://gws.example --user jdoe --password-env JDOE_PASSWORD")]
pub(crate) struct Against {
    /// The scenario
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The address of the system, such as http://gws.example:8080
    #[arg(help_heading = "GWS", long, value_name = "URL")]
    against: String,
    /// Trust the CA certificate in this PEM file, in addition to the root certificates of the system; for https
    #[arg(help_heading = "GWS", long, value_name = "FILE")]
    against_ca: Option<PathBuf>,
    /// The name of a user of the system; give it once for each user of the scenario, in the order of their first requests; by
    /// default, the users of the built-in fixtures
    #[arg(help_heading = "Users", long, value_name = "NAME")]
    user: Vec<String>,
    /// The environment variable that contains the password of a user; give it once for each --user, in the same order
    #[arg(help_heading = "Users", long, value_name = "VAR")]
    password_env: Vec<String>,
    /// Timeout for each push, in milliseconds; by default the time for which the system holds a connect
    #[arg(help_heading = "Replay", long, value_name = "MS")]
    wait_timeout: Option<u64>,
    #[command(flatten)]
    cometd: CometdPath,
    /// Send `test` steps to URL/__fake/, the control endpoint of a fake; by default, they are left out, with a note
    #[arg(help_heading = "Replay", long)]
    control: bool,
    /// Format of the report
    #[arg(help_heading = "Replay", long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON document
    Json,
}

fn in_words(progress: &ReplayProgress) -> String {
    let ReplayProgress { number, of, step, waits } = progress;
    let waits = match waits.as_millis() {
        0 => String::new(),
        waits => format!(", at most {waits} ms"),
    };
    format!("step {number} of {of}: {step}{waits}")
}

impl Against {
    pub(crate) fn run(self) -> ExitCode {
        let replayed = match self.replayed() {
            Ok(replayed) => replayed,
            Err(error) => {
                return cannot("replay", error);
            }
        };
        let same = replayed.differences().is_empty();
        let text = match self.format {
            Format::Human => colour::report(&replayed.to_string(), same),
            Format::Json => format!("{:#}\n", replayed.to_json()),
        };
        let printed = print(&text, if same { ExitCode::SUCCESS } else { ExitCode::from(2) });
        for note in replayed.notes() {
            eprintln!("note: {note}");
        }
        printed
    }

    fn replayed(&self) -> Result<Replayed, String> {
        let users = self.user.len();
        let passwords = self.password_env.len();
        if users != passwords {
            let [users, passwords] = [users, passwords].map(|given| count(given, "time"));
            return Err(format!(
                "--user is given {users} and --password-env {passwords}; give one --password-env for each --user"
            ));
        }
        let mut replay = Replay::read(&self.file, &self.against)
            .map_err(|error| error.to_string())?
            .cometd_path(&self.cometd.path);
        if let Some(ca) = &self.against_ca {
            replay = replay.ca_certificate(ca);
        }
        for (name, variable) in self.user.iter().zip(&self.password_env) {
            let password = env::var(variable).map_err(|error| {
                format!(
                    "--password-env {variable}: {error}; set the variable to the password of {name}"
                )
            })?;
            replay = replay.user(name, password);
        }
        if self.control {
            replay = replay.control();
        }
        if let Some(timeout) = self.wait_timeout {
            replay = replay.wait_timeout(Duration::from_millis(timeout));
        }
        let mut line = TerminalLine::of_waiting();
        let replayed = replay.run_watched(|progress| line.set(|| in_words(&progress)));
        line.end();
        replayed.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_names_the_step_and_how_long_it_waits() {
        let progress = |waits| ReplayProgress {
            number: 3,
            of: 9,
            step: "push to s1 on /x".to_owned(),
            waits: Duration::from_millis(waits),
        };
        assert_eq!(in_words(&progress(0)), "step 3 of 9: push to s1 on /x");
        assert_eq!(in_words(&progress(500)), "step 3 of 9: push to s1 on /x, at most 500 ms");
    }
}
