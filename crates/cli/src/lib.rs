//! The program: the fake on a port, for people and for suites in any language.
//!
//! Exit codes: 0 clean, 1 wrong usage, 2 contract broken, less of it covered than wanted, or differences.

mod atomic_file;
pub mod check;
mod colour;
mod commands;
pub mod contract_folder;
pub mod coverage;
pub mod diff;
pub mod documents;
pub mod exec;
pub mod export;
#[doc(hidden)]
pub mod fuzzing;
pub mod lint;
pub mod recording;
pub mod replay;
mod settings;
mod signals;
mod specials;
mod stdout;
mod terminal_line;
mod upstream;
mod xml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A fake of the Genesys Web Services SMS Session API: REST and CometD.
#[derive(Debug, Parser)]
#[command(
    name = "gws-sms-fake",
    version,
    about,
    after_help = "Exit codes: 0 clean, 1 wrong usage, 2 contract broken, less of it covered than wanted, or differences."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the fake until SIGINT or SIGTERM, then print the verification.
    Serve(commands::serve::Serve),
    /// Run a command with a fake beside it, then verify.
    Exec(commands::exec::Exec),
    /// End what a killed `exec` has left, when standard input ends.
    #[cfg(unix)]
    #[command(hide = true, name = exec::guardian::GUARDIAN)]
    Guard { mark: String },
    /// Print what of the contract the tests of a suite have exercised.
    Coverage(commands::coverage::Files),
    /// Serve a fake that plays scenarios, until SIGINT or SIGTERM, then print the verification.
    Play(commands::play::Play),
    /// Record a scenario as a proxy in front of a real GWS, until SIGINT or SIGTERM.
    Record(commands::record::Record),
    /// Make a scenario of a HAR file.
    Import(commands::import::Import),
    /// Send the clients' side of a scenario to a real system, and print where that departs from the scenario.
    Replay(commands::replay::Against),
    /// Check recorded requests, answers and notifications against the contract.
    Check(commands::check::Check),
    /// Write OpenAPI, AsyncAPI or the schemas for other tools.
    Export(commands::export::Export),
    /// Look for what is wrong with schemas and fixtures.
    Lint(commands::lint::Lint),
    /// Print which changes of schemas break clients.
    Diff(commands::diff::Diff),
    /// Print every rule, with its source and how sure we are of it.
    Rules(commands::rules::Rules),
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap would exit with 2, which here means that the contract was broken.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    match arguments.command {
        Command::Serve(serve) => serve.run(|builder| builder),
        Command::Exec(exec) => exec.run(),
        #[cfg(unix)]
        Command::Guard { mark } => {
            exec::guardian::guard(&mark);
            ExitCode::SUCCESS
        }
        Command::Play(play) => play.run(),
        Command::Record(record) => record.run(),
        Command::Import(import) => import.run(),
        Command::Replay(against) => against.run(),
        Command::Coverage(files) => files.run(),
        Command::Check(check) => check.run(),
        Command::Export(export) => export.run(),
        Command::Lint(lint) => lint.run(),
        Command::Diff(diff) => diff.run(),
        Command::Rules(rules) => rules.run(),
    }
}
