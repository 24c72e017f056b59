//! `gws-sms-fake record`

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::atomic_file::{remove_stale, write_atomic};
use crate::recording::proxy::{Recorder, Recording, finish_recording, redactions};
use clap::Args;

use crate::commands::{CometdPath, cannot};
use crate::signals::Stop;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the scenario is written, 1 wrong usage or a file that cannot be used.

Example:
  gws-sms-fake record --upstream https://gws.example -o story.json")]
pub(crate) struct Record {
    /// The origin of the real GWS, such as http://gws.example:8080
    #[arg(help_heading = "GWS", long, value_name = "URL", required_unless_present_any = ["finish", "redactions"])]
    upstream: Option<String>,
    /// Trust the CA certificate in this PEM file, in addition to the root certificates of the system; for https
    #[arg(help_heading = "GWS", long, value_name = "FILE", requires = "upstream")]
    upstream_ca: Option<PathBuf>,
    /// Write the scenario to this file at the end; until then, the recording is in FILE.part
    #[arg(help_heading = "Scenario", short, long, value_name = "FILE", required_unless_present_any = ["finish", "redactions"])]
    output: Option<PathBuf>,
    /// The address to listen on; with 127.0.0.1, also ::1 if the machine has it
    #[arg(help_heading = "Start and end", long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 for a free port
    #[arg(help_heading = "Start and end", long, default_value_t = 8091)]
    port: u16,
    /// Write the base URL to this file as soon as the port accepts connections
    #[arg(help_heading = "Start and end", long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten)]
    cometd: CometdPath,
    #[command(flatten)]
    redacting: Redacting,
    /// Write the scenario FILE from the FILE.part that a crash has left behind, and exit
    #[arg(help_heading = "Scenario", long, value_name = "FILE", conflicts_with_all = ["upstream", "output", "redactions"])]
    finish: Option<PathBuf>,
    /// Print the rules of redaction, and exit
    #[arg(help_heading = "Redaction", long, conflicts_with_all = ["upstream", "output"])]
    redactions: bool,
}

/// The options of redaction.
#[derive(Debug, Args)]
#[command(next_help_heading = "Redaction")]
pub(crate) struct Redacting {
    /// Switch off this rule of redaction; repeatable. `gws-sms-fake record --redactions` lists the rules
    #[arg(long, value_name = "RULE")]
    pub(crate) keep: Vec<String>,
    /// Rename a user in the scenario, such as jdoe=s1; repeatable
    #[arg(long, value_name = "NAME=NAME", value_parser = renamed)]
    user: Vec<(String, String)>,
}

impl Redacting {
    pub(crate) fn users(&self) -> BTreeMap<String, String> {
        self.user.iter().cloned().collect()
    }
}

fn renamed(text: &str) -> Result<(String, String), String> {
    let names = text
        .split_once('=')
        .filter(|(name, called)| !name.is_empty() && !called.is_empty())
        .map(|(name, called)| (name.to_owned(), called.to_owned()));
    names.ok_or_else(|| format!("{text:?} does not have two names; give them as in jdoe=s1"))
}

impl Record {
    pub(crate) fn run(self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let finishes = self.finish.is_some();
        let text = match (&self.finish, self.redactions, runtime) {
            (_, true, _) => Ok(redactions()),
            (Some(file), _, _) => finish_recording(file).map_err(|error| error.to_string()),
            (None, _, Ok(runtime)) => runtime.block_on(self.record()),
            (None, _, Err(error)) => Err(error.to_string()),
        };
        let work = if finishes { "finish the recording" } else { "record" };
        tell(work, text)
    }

    async fn record(self) -> Result<String, String> {
        let stopped = Stop::listen().map_err(|error| error.to_string())?;
        if let Some(file) = &self.ready_file {
            // That of an earlier run would say that this one is ready.
            remove_stale(file);
        }
        let users = self.redacting.users();
        let recorder = Recorder::start(Recording {
            host: self.host,
            port: self.port,
            upstream: self.upstream.unwrap_or_default(),
            upstream_ca: self.upstream_ca,
            cometd_path: self.cometd.path,
            file: self.output.unwrap_or_default(),
            keep: self.redacting.keep,
            users,
        })
        .map_err(|error| error.to_string())?;
        if let Some(file) = &self.ready_file {
            write_atomic(file, recorder.url()).map_err(|error| {
                format!("{}: {error}; name a file that can be written", file.display())
            })?;
        }
        say(&format!(
            "The recording proxy is at {}\nready; point your client at it. Ctrl+C (SIGINT) or SIGTERM ends it and writes the scenario.\n",
            recorder.url()
        ));
        stopped.wait().await;
        recorder.end().await.map_err(|error| error.to_string())
    }
}

/// Prints what is to be told, or why it could not be done.
fn tell(work: &str, text: Result<String, String>) -> ExitCode {
    match text {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => cannot(work, error),
    }
}

/// Prints a text.
pub(crate) fn say(text: &str) {
    let mut output = std::io::stdout();
    // A closed pipe at the other end is no reason to stop.
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
