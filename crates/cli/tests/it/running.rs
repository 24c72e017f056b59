//! The program as a child of the test: what it says, line by line, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use support::raw::WATCHDOG;

/// The beginning of the last line before the timeline.
const READY: &str = "ready; ";

/// A process that a test has started, and that does not outlive it.
pub(crate) struct Program {
    child: Child,
    /// The standard input, if a test writes to it.
    stdin: Option<ChildStdin>,
    lines: UnboundedReceiver<String>,
    errors: UnboundedReceiver<String>,
    /// The output until the program was ready, with the line that says so.
    pub(crate) greeting: String,
}

/// The end of a program: its exit code, and the output that nobody had read.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) errors: String,
}

/// The time until which standard output is read.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    ToTheEnd,
    /// Then the pipe is closed.
    UntilReady,
    /// Then the pipe is open and fills.
    NotAfterReady,
}

impl Program {
    /// Serves on a free port, and is ready.
    pub(crate) async fn serve(arguments: &[&str]) -> Self {
        Self::serving(arguments, Reading::ToTheEnd).await
    }

    /// Serves on a free port, and is ready; from then on the pipe of its standard output is closed at this end.
    pub(crate) async fn serve_into_a_closed_pipe(arguments: &[&str]) -> Self {
        let mut program = Self::serving(arguments, Reading::UntilReady).await;
        assert_eq!(next(&mut program.lines).await, None);
        program
    }

    /// Serves on a free port, and is ready; from then on nobody reads its standard output.
    pub(crate) async fn serve_unread(arguments: &[&str]) -> Self {
        Self::serving(arguments, Reading::NotAfterReady).await
    }

    /// As [`serve`](Self::serve), with these variables and no other one that asks for colours or forbids them.
    pub(crate) async fn serve_with(variables: &[(&str, &str)]) -> Self {
        let mut program = Self::command(&["serve", "--port", "0"]);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            program.env_remove(name);
        }
        program.envs(variables.iter().copied());
        Self::spawn(program, Reading::ToTheEnd).ready().await
    }

    /// Records on a free port, and is ready.
    pub(crate) async fn record(upstream: &str, file: &str, arguments: &[&str]) -> Self {
        let by_default = ["record", "--port", "0", "--upstream", upstream, "-o", file];
        Self::start(&[&by_default, arguments].concat(), Reading::ToTheEnd).ready().await
    }

    /// Plays on a free port, and is ready.
    #[cfg(feature = "tls")]
    pub(crate) async fn play(arguments: &[&str]) -> Self {
        Self::start(&[&["play", "--port", "0"], arguments].concat(), Reading::ToTheEnd)
            .ready()
            .await
    }

    async fn serving(arguments: &[&str], reading: Reading) -> Self {
        let arguments = [&["serve", "--port", "0"], arguments].concat();
        Self::start(&arguments, reading).ready().await
    }

    async fn ready(self) -> Self {
        let mut program = self;
        while !program.greeting.contains(READY) {
            let line = next(&mut program.lines).await;
            let Some(line) = line else { panic!("not ready: {:?}", program.ended().await) };
            program.greeting += &(line + "\n");
        }
        program
    }

    /// Runs a command of a shell with a fake beside it. What its standard input says comes from the test.
    pub(crate) fn exec(arguments: &[&str], script: &str) -> Self {
        let arguments = [&["exec"], arguments, &["--", "sh", "-c", script]].concat();
        let mut program = Self::command(&arguments);
        program.stdin(Stdio::piped());
        Self::spawn(program, Reading::ToTheEnd)
    }

    /// Runs this program with a standard input that the test ends, and waits until it is ready.
    pub(crate) async fn with_stdin(arguments: &[&str]) -> Self {
        let mut program = Self::command(arguments);
        program.stdin(Stdio::piped());
        Self::spawn(program, Reading::ToTheEnd).ready().await
    }

    /// Runs this program, whatever it is, as [`exec`](Self::exec) does.
    pub(crate) fn of(mut program: Command) -> Self {
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::spawn(program, Reading::ToTheEnd)
    }

    /// Runs to its end with these arguments.
    pub(crate) async fn run(arguments: &[&str]) -> Ended {
        Self::start(arguments, Reading::ToTheEnd).ended().await
    }

    fn start(arguments: &[&str], reading: Reading) -> Self {
        Self::spawn(Self::command(arguments), reading)
    }

    fn command(arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        program.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    fn spawn(mut program: Command, reading: Reading) -> Self {
        let mut child = program.spawn().unwrap();
        let lines = read(child.stdout.take().unwrap(), reading);
        let errors = read(child.stderr.take().unwrap(), Reading::ToTheEnd);
        let stdin = child.stdin.take();
        Self { child, stdin, lines, errors, greeting: String::new() }
    }

    /// The base URL that it has printed.
    pub(crate) fn url(&self) -> &str {
        self.greeting.lines().next().unwrap().rsplit(' ').next().unwrap()
    }

    /// Waits for a line that has that text.
    pub(crate) async fn line(&mut self, text: &str) -> String {
        self.lines_to(text).await.pop().unwrap_or_default()
    }

    /// Returns the next lines, up to the one with that text.
    pub(crate) async fn lines_to(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = next(&mut self.lines).await;
            let Some(line) = line else {
                panic!("no line with {text:?} behind {lines:?}: {:?}", self.ended().await)
            };
            lines.push(timeless(&line));
            if lines.last().is_some_and(|line| line.contains(text)) {
                return lines;
            }
        }
    }

    /// Sends it a signal, and waits for its end.
    pub(crate) async fn end(mut self, signal: &str) -> Ended {
        self.signal(signal);
        self.ended().await
    }

    /// Types that on its standard input.
    pub(crate) fn types(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
    }

    /// Ends its standard input, and waits for its end.
    pub(crate) async fn finish(mut self) -> Ended {
        self.stdin = None;
        self.ended().await
    }

    async fn ended(&mut self) -> Ended {
        let mut said = String::new();
        while let Some(line) = next(&mut self.lines).await {
            said += &(timeless(&line) + "\n");
        }
        let mut errors = String::new();
        while let Some(line) = next(&mut self.errors).await {
            errors += &(line + "\n");
        }
        // Both pipes are closed: it has ended.
        Ended { code: self.child.wait().unwrap().code(), said, errors }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line of a pipe; `None` when it is closed.
async fn next(lines: &mut UnboundedReceiver<String>) -> Option<String> {
    timeout(WATCHDOG, lines.recv()).await.expect("a line, or the end of the program")
}

/// Reads a pipe, line by line, on a thread of its own.
fn read(pipe: impl Read + Send + 'static, reading: Reading) -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe).lines();
        while let Some(Ok(line)) = lines.next() {
            let ready = line.starts_with(READY);
            // A test that has seen enough listens no longer; the pipe is read nevertheless, or else it would fill.
            let _ = sender.send(line);
            if ready && reading != Reading::ToTheEnd {
                break;
            }
        }
        // First the pipe is closed, then it is known to be.
        match reading {
            Reading::NotAfterReady => std::mem::forget(lines),
            _ => drop(lines),
        }
        drop(sender);
    });
    receiver
}

/// A line without its times, which differ from run to run, and without the place where the fake was started.
fn timeless(line: &str) -> String {
    let (line, _) = line.split_once(" (fake started at ").unwrap_or((line, ""));
    let is_time = |word: &str| word == "ms" || word.contains('.') && word.parse::<f64>().is_ok();
    let words = line.split_whitespace().filter(|word| !is_time(word));
    words.collect::<Vec<_>>().join(" ")
}
