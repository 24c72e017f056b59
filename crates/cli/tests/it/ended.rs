//! `gws-sms-fake exec` leaves nothing running on Linux, wherever that has gone.
//!
//! Whoever is still there has a pipe of the test open, which the test reads to its end.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use crate::running::Program;
use support::raw::WATCHDOG;

/// Each in a session of its own, one of them without its environment.
const LEAVES: &str = "setsid sleep 600 & setsid sh -c 'sleep 600 & env -i sleep 600' &";

#[tokio::test]
async fn a_process_with_a_session_of_its_own_ends_with_the_command() {
    let script = format!("{LEAVES} (setsid sleep 600 &); echo left; exit 3");
    let ended = Program::exec(&[], &script).finish().await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(3), "left\n"), "{ended:?}");
}

/// The last one is known by its mark only: its parent has ended.
#[tokio::test]
async fn a_process_with_a_session_of_its_own_does_not_outlive_a_killed_program() {
    let script = format!("{LEAVES} (setsid sleep 600 &); echo ready; sleep 600; true");
    let mut program = Program::exec(&[], &script);
    program.line("ready").await;
    let ended = program.end("-KILL").await;
    assert_eq!((ended.code, ended.said.as_str(), ended.errors.as_str()), (None, "", ""));
}

/// A shell that becomes this program has children of its own.
#[tokio::test]
async fn a_process_from_before_the_command_is_left_alone() {
    let program = env!("CARGO_BIN_EXE_gws-sms-fake");
    let mut shell = Command::new("sh");
    let waits = "sh -c 'echo waits; read line; echo was left alone' <&3 2>/dev/null &";
    shell.args([
        "-c",
        &format!("exec 3<&0; {waits} exec {program} exec -- echo done <&3 3<&- 2>&1"),
    ]);
    let mut shell = Program::of(shell);
    shell.line("waits").await;
    shell.line("contract kept").await;
    let ended = shell.finish().await;
    assert!(ended.said.contains("was left alone"), "{ended:?}");
}

/// Without one, what is left could outlive a killed program. Run by the loader, a program does not know its own path.
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
#[tokio::test]
async fn a_command_that_nobody_would_guard_is_not_run() {
    let mut loader = Command::new("/lib64/ld-linux-x86-64.so.2");
    loader.args([env!("CARGO_BIN_EXE_gws-sms-fake"), "exec", "--", "echo", "begun"]);
    let ended = Program::of(loader).finish().await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{ended:?}");
    assert_eq!(
        ended.errors,
        "gws-sms-fake: cannot run the command: echo: there is no guardian to end it if this program is killed: it has ended before it was ready; run this program by its own path, where it may start processes\n"
    );
}

#[tokio::test]
async fn with_a_terminal_what_the_command_has_left_ends_too() {
    let Some(mut terminal) = Terminal::begin("echo left") else { return };
    terminal.program.line("left").await;
    terminal.nobody_is_left().await;
}

#[tokio::test]
async fn with_a_terminal_nothing_outlives_a_killed_program() {
    let Some(terminal) = Terminal::begin("kill -KILL $PPID; sleep 600") else { return };
    terminal.nobody_is_left().await;
}

/// The program in a terminal, whose command has left processes behind that have a pipe open.
struct Terminal {
    program: Program,
    end: Receiver<()>,
    _folder: tempfile::TempDir,
}

impl Terminal {
    /// `None` where there is no terminal to be had.
    fn begin(script: &str) -> Option<Self> {
        if Command::new("script").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "this test runs script, and it is not here");
            eprintln!("skipped: script, which makes a terminal, is not here");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let file = folder.path().join("leaves.sh");
        let leaves = format!("exec 3>{}\n{LEAVES}\nsleep 600 &\n{script}\n", pipe.display());
        fs::write(&file, leaves).unwrap();
        let end = end_of(&pipe);
        let program = env!("CARGO_BIN_EXE_gws-sms-fake");
        let mut terminal = Command::new("script");
        let exec = format!("{program} exec -- sh {}", file.display());
        terminal.args(["-qec", &exec, "/dev/null"]);
        Some(Self { program: Program::of(terminal), end, _folder: folder })
    }

    async fn nobody_is_left(self) {
        let Self { program, end, _folder } = self;
        let waited = tokio::task::spawn_blocking(move || end.recv_timeout(WATCHDOG));
        waited.await.unwrap().expect("nobody has the pipe open");
        program.finish().await;
    }
}

/// Tells when nobody has the pipe open to write to any longer.
fn end_of(pipe: &Path) -> Receiver<()> {
    let (ended, end) = channel();
    let pipe = pipe.to_owned();
    std::thread::spawn(move || {
        let mut nothing = String::new();
        File::open(pipe).unwrap().read_to_string(&mut nothing).unwrap();
        let _ = ended.send(());
    });
    end
}
