//! `gws-sms-fake check`: recorded messages against the contract. A report has a file of its own for each format.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use gws_sms_fake::contract::{self, Diagnostic, Progress, Summary};

use crate::check::progress::ProgressLine;
use crate::check::repository::Repository;
use crate::specials::{note_special, note_specials};
use crate::stdout::not_lost;

/// Checks recorded requests, answers and notifications: JSON, arrays, JSON lines, scenarios, HAR files and timelines.
#[derive(Debug, Args)]
#[command(after_help = "\
A request of which a scenario, a HAR file or a timeline has that GWS refused it (HTTP status 400 or more, or another statusCode
than 0) need not conform: what is wrong with it is a note. One that was taken, or has no answer, has to conform.

Exit codes: 0 all conform, 1 wrong usage, nothing to check or a file that cannot be read, 2 something does not conform.")]
pub(crate) struct Check {
    /// Files, or folders with files that end in .json, .jsonl, .ndjson, .har or .part; - is the standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    /// Take every value for one of this schema, such as intrude-request: the name of a file in schemas/ without its ending
    #[arg(long = "as", value_name = "SCHEMA")]
    schema: Option<String>,
    /// A folder with a contract of one's own, whose schemas in schemas/ are added, or take the place of others
    #[arg(long, value_name = "DIR")]
    contract: Option<PathBuf>,
    /// Unknown fields in what GWS sent are errors, and so is what is not recognised, or wrong with what GWS refused
    #[arg(long)]
    strict: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each finding with its line, for people
    Human,
    Json,
    /// JUnit XML, as CI servers read it
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
}

impl Check {
    pub(crate) fn run(self) -> ExitCode {
        match self.checked() {
            Ok(checked) => {
                for trouble in checked.troubles() {
                    eprintln!("gws-sms-fake: {trouble}");
                }
                match (checked.errors(), checked.troubles()) {
                    (0, []) => ExitCode::SUCCESS,
                    (0, _) => ExitCode::from(1),
                    _ => ExitCode::from(2),
                }
            }
            Err(error) => {
                eprintln!("gws-sms-fake: {error}");
                ExitCode::from(1)
            }
        }
    }

    fn checked(&self) -> Result<Summary, String> {
        let mut check = contract::Check::new();
        if let Some(folder) = &self.contract {
            note_specials(folder);
            check = check.contract(folder).map_err(|error| error.to_string())?;
        }
        if let Some(name) = &self.schema {
            check = check.schema(name).map_err(|error| format!("--as: {error}"))?;
        }
        if self.strict {
            check = check.strict();
        }
        let mut output = self.output()?;
        let repository = Repository::here();
        let mut progress_line = ProgressLine::default();
        let mut kept: Vec<Diagnostic> = Vec::new();
        // What could not be written first is what is told.
        let mut written = Ok(());
        let checked = check.each(&self.paths, &mut |progress| match (progress, self.format) {
            (Progress::Found(diagnostic), Format::Human | Format::Github) => {
                let text = match self.format {
                    Format::Human => crate::check::human::diagnostic(&diagnostic),
                    _ => crate::check::github::diagnostic(&repository, &diagnostic),
                };
                if written.is_ok() {
                    written = progress_line.aside(|| output.write_all(text.as_bytes()));
                }
            }
            (Progress::Found(diagnostic), _) => kept.push(*diagnostic),
            (Progress::Skipped(path, what), _) => {
                progress_line.aside(|| note_special(&path, what));
            }
            (progress, _) => progress_line.update(&progress),
        });
        progress_line.ends();
        let report = match self.format {
            Format::Human => crate::check::human::summary(&checked),
            Format::Github => checked.summary(),
            Format::Json => {
                let mut report = checked.to_json();
                report["findings"] = kept.iter().map(Diagnostic::to_json).collect();
                format!("{report:#}\n")
            }
            Format::Junit => crate::check::junit::report(&repository, &checked, &kept)?,
            Format::Sarif => {
                format!("{:#}\n", crate::check::sarif::report(&repository, &checked, &kept))
            }
        };
        let written = written
            .and_then(|()| output.write_all(report.as_bytes()))
            .and_then(|()| output.flush());
        match (&self.output, written) {
            (Some(file), Err(error)) => Err(unwritable(file, &error)),
            (_, written) => not_lost(written).map(|()| checked),
        }
    }

    /// Where the report goes. Colours are for terminals.
    fn output(&self) -> Result<Box<dyn Write>, String> {
        let Some(path) = &self.output else { return Ok(Box::new(anstream::stdout())) };
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Box::new(BufWriter::new(anstream::StripStream::new(file))))
    }
}

fn unwritable(file: &std::path::Path, error: &io::Error) -> String {
    format!("{}: {error}; name a file that can be written", file.display())
}
