//! `gws-sms-fake diff`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::contract_folder::diff;
use crate::diff::SchemaChange;
use clap::Args;
use gws_sms_fake::_cli_internals::report::text::count;
use serde_json::json;

use crate::commands::cannot;
use crate::commands::lint::Format;
use crate::specials::note_specials;
use crate::stdout::print;

/// Compares the schemas of two folders, files, or bundles.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 no breaking change, 1 wrong usage, 2 a breaking change.

Example:
  gws-sms-fake diff old/schemas new/schemas")]
pub(crate) struct Diff {
    /// The old schemas: a folder, a schema file, or the output of `export schemas`
    old: PathBuf,
    /// The new schemas: a folder, a schema file, or the output of `export schemas`
    new: PathBuf,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

impl Diff {
    pub(crate) fn run(self) -> ExitCode {
        [&self.old, &self.new].into_iter().for_each(|folder| note_specials(folder));
        let changes = match diff(&self.old, &self.new) {
            Ok(changes) => changes,
            Err(error) => {
                return cannot("compare the schemas", error);
            }
        };
        let text = match self.format {
            Format::Human => in_words(&changes),
            Format::Json => format!("{:#}\n", json!({ "changes": changes })),
        };
        let broken = changes.iter().any(|change| change.breaking);
        print(&text, if broken { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

fn in_words(changes: &[SchemaChange]) -> String {
    let mut text = String::new();
    for change in changes {
        let _ = writeln!(text, "{change}");
    }
    let breaking = changes.iter().filter(|change| change.breaking).count();
    let others = changes.len() - breaking;
    let breaking = count(breaking, "breaking change");
    let others = count(others, "other change");
    let _ = writeln!(text, "{breaking}, {others}");
    text
}
