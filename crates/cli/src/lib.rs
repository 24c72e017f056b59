//! The program: the fake on a port, for people and for suites in any language.
//!
//! Exit codes: 0 success, 1 wrong usage, 2 contract broken, coverage below a threshold, or differences found.

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
mod verdicts;
mod xml;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

/// A fake of the Genesys Web Services SMS Session API, REST and CometD, for tests in any language.
#[derive(Debug, Parser)]
#[command(
    name = "gws-sms-fake",
    version,
    after_help = "\
Exit codes: 0 success, 1 wrong usage, 2 contract broken, coverage below a threshold, or differences found.

Example:
  gws-sms-fake serve --port 8090"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the fake until SIGINT or SIGTERM, then verify the contract and print the report.
    #[command(after_help = "\
Exit codes: 0 contract kept, 1 wrong usage, 2 contract broken.

Example:
  gws-sms-fake serve --port 8090 --anonymous s1")]
    Serve(commands::serve::Serve),
    /// Run a command next to a fake, then verify the contract and print the report.
    Exec(commands::exec::Exec),
    /// End the processes that a killed `exec` has left, when standard input ends.
    #[cfg(unix)]
    #[command(hide = true, name = exec::guardian::GUARDIAN)]
    Guard { mark: String },
    /// Print how much of the contract a test suite has exercised.
    Coverage(commands::coverage::Files),
    /// Serve a fake that plays scenarios until SIGINT or SIGTERM, then verify the contract and print the report.
    Play(commands::play::Play),
    /// Run a proxy in front of a real GWS, and record its traffic as a scenario until SIGINT or SIGTERM.
    Record(commands::record::Record),
    /// Convert a HAR file to a scenario.
    Import(commands::import::Import),
    /// Send the clients' side of a scenario to a real system, and print the differences.
    Replay(commands::replay::Against),
    /// Check recorded requests, answers and notifications against the contract.
    Check(commands::check::Check),
    /// Write OpenAPI, AsyncAPI or the JSON Schemas for other tools.
    Export(commands::export::Export),
    /// Find mistakes in schemas and fixtures.
    Lint(commands::lint::Lint),
    /// Compare two versions of the schemas, and print the changes and whether they break clients.
    Diff(commands::diff::Diff),
    /// Print every rule, with its source and its certainty.
    Rules(commands::rules::Rules),
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            return refused(&error);
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

/// Tells if the process was called with the arguments of `exec` without the dashes that end its options.
fn is_exec_without_dashes() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|command| command == "exec")
        && arguments.all(|other| other != "--")
}

/// Prints the help that was asked for, or the error in the arguments.
fn refused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
    } else {
        let text = error.render().ansi().to_string();
        let text = text.replacen("error:", "cannot read the arguments:", 1);
        anstream::eprint!("gws-sms-fake: {text}");
        if error.kind() == ErrorKind::UnknownArgument && is_exec_without_dashes() {
            anstream::eprintln!("\nWrite -- before the command: gws-sms-fake exec -- COMMAND...");
        }
    }
    // clap would exit with 2, which here means that the contract was broken.
    if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The commands that `--help` lists, and the program itself.
    fn commands() -> Vec<clap::Command> {
        let program = Arguments::command();
        let listed = program.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
        listed.chain([program.clone()]).collect()
    }

    #[test]
    fn the_help_of_each_command_ends_with_an_example_that_parses() {
        for mut command in commands() {
            let help = command.render_help().to_string();
            let name = command.get_name();
            let (_, example) = help.split_once("\nExample:\n  ").expect(name);
            assert_eq!(example.trim_end().lines().count(), 1, "{name}: {example}");
            let words = example.split_whitespace();
            let parsed = Arguments::try_parse_from(words.clone());
            assert!(parsed.is_ok(), "{name}: {}", parsed.unwrap_err());
            let is_program = name == "gws-sms-fake";
            assert!(is_program || words.clone().nth(1) == Some(name), "{name}: {example}");
        }
    }

    #[test]
    fn the_help_of_a_command_with_many_options_has_a_heading_for_each_of_them() {
        let many = commands().into_iter().filter(|command| command.get_opts().count() > 4);
        for command in many {
            let name = command.get_name();
            let bare = command.get_opts().filter(|option| option.get_help_heading().is_none());
            let bare: Vec<_> = bare.filter_map(clap::Arg::get_long).collect();
            assert!(bare.is_empty(), "{name}: no heading for {bare:?}");
        }
    }

    #[test]
    fn every_argument_of_each_command_has_a_help_text() {
        for command in commands() {
            let silent = command.get_arguments().filter(|argument| argument.get_help().is_none());
            let silent: Vec<_> = silent.map(clap::Arg::get_id).collect();
            assert!(silent.is_empty(), "{}: no help for {silent:?}", command.get_name());
        }
    }
}
