//! A script of Node that is told what to do on stdin and says on stdout what it has seen.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::install::Package;

const FLOW: &str = include_str!("npm/flow.mjs");

/// A running script; dropped, it is killed.
pub(crate) struct Script {
    child: Child,
    orders: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    seen: Vec<Value>,
    /// Below the package's folder, so that Node finds the libraries.
    folder: TempDir,
}

impl Script {
    pub(crate) fn start(package: &Package, installed: &Path, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir_in(installed).expect("a folder for the script");
        let (name, text) = package.script;
        for (name, text) in [(name, text), ("flow.mjs", FLOW)] {
            fs::write(folder.path().join(name), text).expect("the script is written");
        }
        let errors = File::create(folder.path().join("stderr")).expect("a file for stderr");
        let mut child = Command::new("node")
            .arg(folder.path().join(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("node starts, as it did for the installation");
        let orders = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, orders, output, seen: Vec::new(), folder }
    }

    /// Has it do the next step. It may have ended; then what it should see is missing.
    pub(crate) fn told(&mut self, step: &str) {
        if let Some(orders) = &mut self.orders {
            let _ = writeln!(orders, "{step}");
        }
    }

    /// Waits until it has seen so many more things. It ends by itself after a while, so this does too.
    #[track_caller]
    pub(crate) fn sees(&mut self, count: usize) -> &[Value] {
        let before = self.seen.len();
        for nth in 1..=count {
            match self.next() {
                Some(seen) => self.seen.push(seen),
                None => panic!("the script has ended: got {} lines, want {count}", nth - 1),
            }
        }
        &self.seen[before..]
    }

    /// Everything that it has seen, once it has ended in good order.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> &[Value] {
        self.orders = None;
        while let Some(seen) = self.next() {
            self.seen.push(seen);
        }
        let status = self.child.wait().expect("node can be waited for");
        assert!(status.success(), "the script: got {status}, want exit status 0");
        &self.seen
    }

    /// All that it has said, on stdout and on stderr.
    pub(crate) fn said(&self) -> String {
        let errors = fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default();
        let mut said = "the script's stdout:\n".to_owned();
        for seen in &self.seen {
            let _ = writeln!(said, "  {seen}");
        }
        said + "the script's stderr:\n" + &errors
    }

    #[track_caller]
    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("stdout is UTF-8");
        if line.is_empty() {
            return None;
        }
        let seen = serde_json::from_str(&line);
        Some(seen.unwrap_or_else(|error| panic!("stdout: got {line:?}, want JSON: {error}")))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
