//! A client that is told what to do, step by step, and says what it has seen.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A running client; dropped, it is ended.
pub(crate) struct Script {
    /// Gone when there is no further step.
    orders: Option<Orders>,
    output: Output,
    seen: Vec<Value>,
    process: Process,
}

/// The input that takes the next step.
pub(crate) type Orders = Box<dyn FnMut(&str)>;

/// The output with a line of JSON for each event seen.
pub(crate) type Output = Box<dyn Iterator<Item = String>>;

/// The runtime of a client.
pub(crate) struct Process {
    child: Child,
    folder: TempDir,
}

impl Script {
    pub(crate) fn new(orders: Orders, output: Output, process: Process) -> Self {
        Self { orders: Some(orders), output, seen: Vec::new(), process }
    }

    /// One whose steps come on stdin, and whose observations go to stdout.
    pub(crate) fn of_pipes(mut command: Command, folder: TempDir) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(command, folder);
        let mut stdin = process.child.stdin.take().expect("stdin is piped");
        let stdout = process.child.stdout.take().expect("stdout is piped");
        // It may have ended; then what it should see is missing.
        let orders = move |step: &str| drop(writeln!(stdin, "{step}"));
        let output = BufReader::new(stdout).lines().map_while(Result::ok);
        Self::new(Box::new(orders), Box::new(output), process)
    }

    /// Has it do the next step.
    pub(crate) fn received(&mut self, step: &str) {
        if let Some(orders) = &mut self.orders {
            orders(step);
        }
    }

    /// Waits until it has seen so many more things. It ends by itself after a while, so this does too.
    #[track_caller]
    pub(crate) fn sees(&mut self, count: usize) -> &[Value] {
        let before = self.seen.len();
        for nth in 1..=count {
            match self.next() {
                Some(seen) => self.seen.push(seen),
                None => panic!("the client has ended: got {} lines, want {count}", nth - 1),
            }
        }
        &self.seen[before..]
    }

    /// The number of events that it has seen so far.
    pub(crate) fn has_seen(&self) -> usize {
        self.seen.len()
    }

    /// Everything that it has seen, once it has ended in good order.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> &[Value] {
        self.orders = None;
        while let Some(seen) = self.next() {
            self.seen.push(seen);
        }
        let status = self.process.child.wait().expect("the client can be waited for");
        assert!(status.success(), "the client: got {status}, want exit status 0");
        &self.seen
    }

    /// All that it has said, to the test and on stderr.
    pub(crate) fn said(&self) -> String {
        let errors = self.process.folder.path().join("stderr");
        let errors = fs::read_to_string(errors).unwrap_or_default();
        // A browser without a desktop complains of its bus at length.
        let errors = errors.lines().filter(|line| !line.contains("dbus"));
        let mut said = "the client has seen:\n".to_owned();
        for seen in &self.seen {
            let _ = writeln!(said, "  {seen}");
        }
        said.push_str("the client's stderr:\n");
        for line in errors {
            let _ = writeln!(said, "  {line}");
        }
        said
    }

    #[track_caller]
    fn next(&mut self) -> Option<Value> {
        let line = self.output.next()?;
        let seen = serde_json::from_str(&line);
        Some(seen.unwrap_or_else(|error| panic!("got {line:?}, want JSON: {error}")))
    }
}

impl Process {
    pub(crate) fn start(mut command: Command, folder: TempDir) -> Self {
        let errors = File::create(folder.path().join("stderr")).expect("a file for stderr");
        let child = command.stderr(errors).spawn();
        let child = child.expect("the client starts, as it did for the installation");
        Self { child, folder }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One whose stdin is still here ends with it; another is killed, unless it has ended.
        if self.child.stdin.take().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        // The helpers of a browser outlive it by a moment. The last of them is gone when nobody has its stdout.
        if let Some(mut stdout) = self.child.stdout.take() {
            let _ = io::copy(&mut stdout, &mut io::sink());
        }
    }
}

/// A folder with these files, below the one where the libraries are found.
pub(crate) fn folder(installed: &Path, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir_in(installed).expect("a folder for the client");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("the client's files are written");
    }
    folder
}
