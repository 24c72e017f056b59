//! `gws-sms-fake export`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::atomic_file::write_atomic;
use crate::export::{asyncapi, openapi, schemas};
use clap::{Args, ValueEnum};

use crate::commands::cannot;
use crate::stdout::print;

/// Writes the modelled API for other tools.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the document is written, 1 wrong usage or a file that cannot be written.

Example:
  gws-sms-fake export openapi -o gws.openapi.json")]
pub(crate) struct Export {
    /// The document to write
    what: ExportKind,
    /// Write the document to this file; by default to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportKind {
    /// The REST side as OpenAPI 3.1
    Openapi,
    /// The notifications as AsyncAPI 3.0
    Asyncapi,
    /// All JSON Schemas in one document
    Schemas,
}

impl Export {
    pub(crate) fn run(self) -> ExitCode {
        let document = match self.what {
            ExportKind::Openapi => openapi(),
            ExportKind::Asyncapi => asyncapi(),
            ExportKind::Schemas => schemas(),
        };
        let text = format!("{document:#}\n");
        let Some(file) = self.output else {
            return print(&text, ExitCode::SUCCESS);
        };
        match write_atomic(&file, &text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let work = format!("write {}", file.display());
                cannot(&work, format!("{error}; name a file that can be written with -o"))
            }
        }
    }
}
