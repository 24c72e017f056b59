//! `gws-sms-fake exec`

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use crate::atomic_file::write_atomic;
use clap::Args;
use gws_sms_fake::{FakeGws, User};

use crate::exec::junit::of_verdicts;
use crate::exec::running::{NotStarted, Running};
use crate::settings::ServeArguments;
use crate::signals::ToPass;
use crate::verdicts::{Detail, in_words};

/// Runs a command next to a fake, and then verifies the contract and prints the report on standard error.
#[derive(Debug, Args)]
#[command(
    override_usage = "gws-sms-fake exec [OPTIONS] -- COMMAND...",
    after_help = "\
The environment of the command contains:
  GWS_URL                   the base URL of the fake: http://127.0.0.1:PORT
  GWS_COMETD_URL            the address of its push side
  GWS_CONTROL_URL           the address of its control endpoint: http://127.0.0.1:PORT/__fake
  GWS_CA_FILE               the absolute path of the file that --ca-file names, if it is given
  GWS_USER_S1_ID            the id of the user s1; each user has three such variables
  GWS_USER_S1_NAME          the name to sign in with
  GWS_USER_S1_PASSWORD      the password to sign in with
  GWS_EXEC                  on Linux, a mark by which exec recognises the processes of the command

exec passes SIGINT, SIGQUIT and SIGHUP on to the command and to the processes that the command has started. It passes SIGTERM
on to the command only.

When the command has ended, or when exec is killed, the processes that the command has left running are killed:
  on Linux                  all processes that the command has started, even those in a session of their own
  on other Unix systems     the process group of the command, or nothing if standard input is a terminal

Some processes keep running: processes of another user, and processes that another program, such as a service manager, has
started for the command. If exec itself is killed on Linux, one more kind keeps running: a process that has left the group,
has no GWS_EXEC in its environment, and has no parent among the processes of the command.

exec also verifies the fakes that were started with POST /__fake/fakes and are still running. If a test has ended a fake with
DELETE, that test must fail itself if the contract was broken. exec then prints one line and adds a failed case to the file of
--junit, but its exit code does not change.

Exit codes: the exit code of the command, if it is not 0; 128 plus the number of the signal, if a signal ended the command.
Otherwise: 0 contract kept, 1 wrong usage, 2 contract broken, 126 the command cannot be run, 127 the command does not exist.

Example:
  gws-sms-fake exec --junit report.xml -- npm test"
)]
pub(crate) struct Exec {
    /// The command and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Write the verdict to this file as JUnit XML, with a test case for each fake, including fakes that a test has deleted
    #[arg(help_heading = "Verdict", long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    settings: ServeArguments,
}

/// The reason why there is nothing to verify: an exit code and a message.
type Failed = (u8, String);

impl Exec {
    pub(crate) fn run(self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = match runtime {
            Ok(runtime) => runtime.block_on(self.exec()),
            Err(error) => Err(usage(error)),
        };
        let code = outcome.unwrap_or_else(|(code, text)| {
            eprintln!("gws-sms-fake: cannot run the command: {text}");
            code
        });
        ExitCode::from(code)
    }

    async fn exec(self) -> Result<u8, Failed> {
        // Before there is anything that a signal could leave behind.
        let mut signals = ToPass::listen().map_err(usage)?;
        let builder = self.settings.apply(FakeGws::builder()).map_err(usage)?;
        let gws = builder.try_start().map_err(usage)?;
        let environment = self.environment(&gws).map_err(usage)?;
        self.settings.write_ca_file(&gws).map_err(usage)?;
        let ended = run(&self.command, environment, &mut signals).await?;
        let mut verdicts = vec![gws.verdict("gws-sms-fake exec")];
        verdicts.extend(gws.verdicts_of_fakes());
        let mut errors = anstream::stderr();
        for words in in_words(&verdicts, Detail::OneLine) {
            // A closed pipe at the other end changes no verdict.
            let _ = errors.write_all(words.as_bytes());
        }
        let broken = verdicts.iter().any(|verdict| verdict.is_broken() && !verdict.was_told());
        let mut code = match (ended, broken) {
            (0, true) => 2,
            (ended, _) => ended,
        };
        if let Err(error) = gws.write_coverage() {
            eprintln!("gws-sms-fake: cannot write the coverage: {error}");
            code = if code == 0 { 1 } else { code };
        }
        if let Some(file) = &self.junit {
            let written = of_verdicts(&verdicts)
                .and_then(|text| write_atomic(file, &text).map_err(|error| error.to_string()));
            if let Err(error) = written {
                eprintln!(
                    "gws-sms-fake: cannot write {}: {error}; name a file that can be written",
                    file.display()
                );
                code = if code == 0 { 1 } else { code };
            }
        }
        // What is to be said has been said; a drop would say it again, as a panic.
        std::mem::forget(gws);
        Ok(code)
    }

    /// The addresses and users of a fake. Fails where two users would have the same variables.
    fn environment(&self, gws: &FakeGws) -> Result<Vec<(String, OsString)>, String> {
        let addresses = [
            ("GWS_URL", gws.url().to_owned()),
            ("GWS_COMETD_URL", gws.cometd_url()),
            ("GWS_CONTROL_URL", gws.control_url()),
        ];
        let ca_file = self.settings.ca_file.as_ref();
        // The command may work in another folder.
        let ca_file =
            ca_file.map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()));
        let addresses = addresses.map(|(name, value)| (name.to_owned(), value.into()));
        let mut variables: Vec<(String, OsString)> = addresses.into_iter().collect();
        variables.extend(ca_file.map(|file| ("GWS_CA_FILE".to_owned(), file.into_os_string())));
        let mut users = BTreeMap::new();
        for user in gws.users() {
            let values =
                [("ID", user.id()), ("NAME", user.user_name()), ("PASSWORD", user.password())];
            let prefix = prefix(&user);
            variables
                .extend(values.map(|(what, value)| (format!("{prefix}_{what}"), value.into())));
            let name = user.user_name().to_owned();
            if let Some(other) = users.insert(prefix.clone(), name.clone()) {
                return Err(format!(
                    "the variables of the users {other} and {name} are both {prefix}_*; rename one of them, so that the names differ in letters or digits"
                ));
            }
        }
        Ok(variables)
    }
}

/// Runs the command to its end; returns its exit code, as shells have it.
async fn run(
    command: &[OsString],
    environment: Vec<(String, OsString)>,
    signals: &mut ToPass,
) -> Result<u8, Failed> {
    let [program, arguments @ ..] = command else {
        return Err(usage("there is none; give it after --"));
    };
    let mut started = Command::new(program);
    started.args(arguments).envs(environment);
    let name = program.display();
    let running = Running::start(started).map_err(|not_started| match not_started {
        NotStarted::Unguarded(error) => usage(format!(
            "{name}: there is no guardian to end it if this program is killed: {error}; run this program by its own path, where it may start processes"
        )),
        NotStarted::Command(error) if error.kind() == io::ErrorKind::NotFound => {
            (127, format!("{name}: no such command; name one on the PATH, or a path to one"))
        }
        NotStarted::Command(error) => {
            (126, format!("{name}: {error}; name a file that can be executed"))
        }
    })?;
    let mut ended = tokio::task::spawn_blocking(running.ended());
    loop {
        tokio::select! {
            _ = &mut ended => break,
            signal = signals.next() => running.pass(signal),
        }
    }
    running.end().map(code).map_err(usage)
}

/// Returns the prefix of a user's variables, in which letters and digits are the only characters of the name that stay.
fn prefix(user: &User) -> String {
    let name = user.user_name().chars();
    let name =
        name.map(|name| if name.is_ascii_alphanumeric() { name.to_ascii_uppercase() } else { '_' });
    format!("GWS_USER_{}", name.collect::<String>())
}

/// Returns the exit code of a command, or 128 plus the number of the signal that ended it.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal + 128).unwrap_or(u8::MAX);
    }
    // On Windows a code may be larger than what can be handed on from here.
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

fn usage(error: impl ToString) -> Failed {
    (1, error.to_string())
}
