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
If GWS refused a recorded request (HTTP status 400 or more, or a statusCode other than 0), the violations in it are only notes.
A request that GWS accepted must conform, and so must a request without a recorded answer.

Exit codes: 0 all messages conform; 1 wrong usage, no message to check, or a file that cannot be read; 2 a message does not
conform.

Example:
  gws-sms-fake check recordings/ --format junit -o report.xml")]
pub(crate) struct Check {
    /// Files, or folders with files that end in .json, .jsonl, .ndjson, .har or .part; - for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    /// Check every value against this schema: the name of a file in schemas/ without its extension, such as intrude-request
    #[arg(help_heading = "Contract", long = "as", value_name = "SCHEMA")]
    schema: Option<String>,
    /// Add the schemas of a custom contract from DIR/schemas/; they replace built-in schemas with the same name
    #[arg(help_heading = "Contract", long, value_name = "DIR")]
    contract: Option<PathBuf>,
    /// Report these as errors, and not as notes: unknown fields in messages of GWS, unrecognised messages, and violations in
    /// requests that GWS refused
    #[arg(help_heading = "Contract", long)]
    strict: bool,
    /// Format of the report
    #[arg(help_heading = "Report", long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to this file; by default to standard output
    #[arg(help_heading = "Report", short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each diagnostic with its line, as text
    Human,
    /// One JSON document
    Json,
    /// JUnit XML, for CI servers
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows next to the lines
    Github,
}

impl Check {
    pub(crate) fn run(self) -> ExitCode {
        match self.checked() {
            Ok(checked) => {
                for trouble in checked.troubles() {
                    eprintln!("gws-sms-fake: cannot check: {trouble}");
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
            check = check
                .contract(folder)
                .map_err(|error| format!("cannot load the contract: {error}"))?;
        }
        if let Some(name) = &self.schema {
            check = check.schema(name).map_err(|error| format!("cannot check: --as: {error}"))?;
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

    /// Opens the output of the report. Colours are for terminals.
    fn output(&self) -> Result<Box<dyn Write>, String> {
        let Some(path) = &self.output else { return Ok(Box::new(anstream::stdout())) };
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Box::new(BufWriter::new(anstream::StripStream::new(file))))
    }
}

fn unwritable(file: &std::path::Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}; name a file that can be written", file.display())
}
