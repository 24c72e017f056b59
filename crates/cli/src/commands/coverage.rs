//! `gws-sms-fake coverage`

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::coverage::merged::Coverage;
use clap::{Args, ValueEnum};

use crate::commands::cannot;
use crate::stdout::print;
use gws_sms_fake::Operation;

/// Reads the files that the fakes of tests have written, and prints how much of the contract the tests have exercised.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every threshold reached, 1 wrong usage or a file that cannot be read, 2 coverage below a threshold.

Example:
  gws-sms-fake coverage coverage.jsonl --threshold operations=100")]
pub(crate) struct Files {
    /// Coverage files, written by tests: GWS_SMS_FAKE_COVERAGE=/absolute/path/to/FILE cargo test
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Require at least this percentage, in total or for one kind, such as 60 or operations=100; repeatable
    #[arg(long, value_name = "[KIND=]PERCENT", value_parser = threshold)]
    threshold: Vec<Threshold>,
    /// Count only these operations, with their parameters and values; by default, all operations, or those that the fakes name
    /// with coverage_of, if each fake names some
    #[arg(long, value_name = "OPERATION", value_delimiter = ',')]
    operations: Vec<Operation>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON document
    Json,
}

/// The least that is to be covered.
#[derive(Clone, Debug)]
struct Threshold {
    /// `None`: of everything.
    kind: Option<String>,
    percent: f64,
}

impl Files {
    pub(crate) fn run(self) -> ExitCode {
        let coverage = match self.read() {
            Ok(coverage) => coverage,
            Err(error) => {
                return cannot("read the coverage", error);
            }
        };
        let text = match self.format {
            Format::Human => coverage.to_string(),
            Format::Json => format!("{:#}\n", coverage.to_json()),
        };
        let demanded = self
            .threshold
            .iter()
            .map(|demand| coverage.demand(demand.kind.as_deref(), demand.percent));
        let missed: Vec<_> = demanded.filter_map(Result::err).collect();
        let code = if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
        let printed = print(&text, code);
        for note in coverage.notes() {
            eprintln!("note: {note}");
        }
        missed.iter().for_each(|name| eprintln!("gws-sms-fake: {name}"));
        printed
    }

    fn read(&self) -> Result<Coverage, String> {
        let mut coverage = Coverage::new();
        coverage.limit_to(self.operations.iter().copied());
        for file in &self.files {
            let name = file.display().to_string();
            let text = fs::read(file).map_err(|error| {
                format!(
                    "{name}: {error}; name a file that tests have written by GWS_SMS_FAKE_COVERAGE"
                )
            })?;
            coverage.add(&name, &text).map_err(|error| error.to_string())?;
        }
        Ok(coverage)
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let (kind, percent) = match text.split_once('=') {
        Some((kind, percent)) => (Some(kind), percent),
        None => (None, text),
    };
    let mut kinds = Coverage::kind_names();
    if let Some(kind) = kind.filter(|kind| !kinds.any(|known| known == *kind)) {
        let kinds = Coverage::kind_names().collect::<Vec<_>>().join(", ");
        return Err(format!("there is no kind {kind:?}; name one of {kinds}"));
    }
    let number = percent.parse().ok().filter(|number| (0.0..=100.0).contains(number));
    let percent = number
        .ok_or_else(|| format!("{percent:?} is not a percentage; give a number from 0 to 100"))?;
    Ok(Threshold { kind: kind.map(str::to_owned), percent })
}
