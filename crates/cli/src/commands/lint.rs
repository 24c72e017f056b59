//! `gws-sms-fake lint`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::contract_folder::{lint, lint_built_in};
use crate::lint::LintDiagnostic;
use clap::{Args, ValueEnum};
use gws_sms_fake::_cli_internals::report::text::count;
use serde_json::json;

use crate::commands::cannot;
use crate::specials::note_specials;
use crate::stdout::print;

/// Finds mistakes in a folder with schemas/ and fixtures/.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 no mistakes, 1 wrong usage, 2 the contract has mistakes.

Example:
  gws-sms-fake lint contract/")]
pub(crate) struct Lint {
    /// The folder of a contract, with schemas/ and fixtures/; by default, the built-in contract
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// One line for each diagnostic
    Human,
    /// One JSON document
    Json,
}

impl Lint {
    pub(crate) fn run(self) -> ExitCode {
        if let Some(folder) = &self.folder {
            note_specials(folder);
        }
        let diagnostics = match &self.folder {
            None => lint_built_in(),
            Some(folder) => match lint(folder) {
                Ok(diagnostics) => diagnostics,
                Err(error) => {
                    return cannot("lint", error);
                }
            },
        };
        let text = match self.format {
            Format::Human => in_words(&diagnostics),
            Format::Json => format!("{:#}\n", json!({ "findings": diagnostics })),
        };
        let clean = diagnostics.is_empty();
        print(&text, if clean { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

fn in_words(diagnostics: &[LintDiagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let _ = writeln!(text, "{diagnostic}");
    }
    let _ = match diagnostics.len() {
        0 => writeln!(text, "nothing is wrong with the contract"),
        number => writeln!(text, "{}", count(number, "finding")),
    };
    text
}
