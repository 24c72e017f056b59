//! The shell blocks of the READMEs and of the guide: each of them runs, or the comment above it says why it does not.
//!
//! The blocks of a page run one after the other in one folder. A comment in the line above a block directs it:
//!
//! - `<!-- file: PATH -->`: it is the content of that file, for the blocks below.
//! - `<!-- until ready -->`: it is ended with SIGTERM as soon as it is ready.
//! - `<!-- exit code: N -->`: it ends with that code, and not with 0. The two are joined by a comma.
//! - `<!-- not run: REASON -->`: it does not run.
//!
//! A block finds a served fake in `GWS_URL` and `GWS_CONTROL_URL`. In place of `npm` and `cargo`, a reader's own tests, there
//! is a program that starts one fake and ends it. A port that a block does not choose is a free one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use gws_sms_fake::FakeGws;
use support::markdown::{CodeBlock, code_blocks};
use support::repository;
use tempfile::TempDir;

use crate::running::{Ended, Program};

/// The program, on a free port where a block names none.
const PROGRAM: &str = r#"case $1 in
serve | play | record) case "$*" in *--port*) ;; *) set -- "$@" --port 0 ;; esac ;;
esac
exec "$PROGRAM" "$@""#;

/// The reader's tests.
const TESTS: &str = r#"exec "$PROGRAM" exec -- true"#;

#[tokio::test]
async fn every_shell_block_of_the_readmes_and_of_the_guide_does_what_its_page_says() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("bash") || !has("curl") {
        let ci = std::env::var_os("CI");
        assert!(ci.is_none(), "this test runs bash and curl, and they are not here");
        eprintln!("skipped: bash and curl are not both here");
        return;
    }
    let mut problems = Vec::new();
    let mut count = 0;
    for path in pages() {
        let page = fs::read_to_string(repository(&path)).unwrap();
        let stage = Stage::new();
        for block in code_blocks(&page) {
            count += usize::from(block.language == "sh");
            if let Err(problem) = stage.run(&block).await {
                problems.push(format!("{path}:{}: {problem}", block.line));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(count > 20, "got {count} shell blocks, want those of the guide");
}

fn pages() -> Vec<String> {
    let folder = fs::read_dir(repository("docs/guide")).unwrap();
    let names = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = pages.map(|name| format!("docs/guide/{name}")).collect();
    pages.extend(["README.md", "crates/cli/README.md"].map(str::to_owned));
    pages.sort();
    pages
}

/// The folder of a page, with the programs that its blocks run and a served fake.
struct Stage {
    folder: TempDir,
    programs: TempDir,
    gws: FakeGws,
}

impl Stage {
    fn new() -> Self {
        let (folder, programs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        for (name, script) in [("gws-sms-fake", PROGRAM), ("npm", TESTS), ("cargo", TESTS)] {
            let file = programs.path().join(name);
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        // An answer that refuses a request fails curl, and its block.
        fs::write(programs.path().join(".curlrc"), "fail-with-body\nnoproxy = *\n").unwrap();
        Self { folder, programs, gws: FakeGws::builder().control().start() }
    }

    /// Runs a block, or does what the comment above it says; returns what went wrong.
    async fn run(&self, block: &CodeBlock) -> Result<(), String> {
        let comment = block.comment.as_deref().unwrap_or_default();
        let (directive, value) = comment.split_once(": ").unwrap_or((comment, ""));
        match (directive, block.language.as_str()) {
            ("file", _) => self.write(value, &block.text),
            ("not run", "sh") if !value.is_empty() => {}
            ("until ready", "sh") => self.run_until_ready(&block.text, 0).await?,
            ("until ready, exit code", "sh") => {
                self.run_until_ready(&block.text, number(value)?).await?;
            }
            ("exit code", "sh") => self.run_to_the_end(&block.text, number(value)?).await?,
            ("", "sh") => self.run_to_the_end(&block.text, 0).await?,
            (_, "sh") => {
                return Err(format!("got the comment {comment:?}, want one that is listed"));
            }
            _ => {}
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    async fn run_until_ready(&self, text: &str, code: i32) -> Result<(), String> {
        // The shell becomes the program, so that the signal reaches that.
        let mut program = Program::of(self.shell(&format!("exec {text}")));
        program.line("ready; ").await;
        as_expected(&program.end("-TERM").await, code)
    }

    async fn run_to_the_end(&self, text: &str, code: i32) -> Result<(), String> {
        as_expected(&Program::of(self.shell(text)).finish().await, code)
    }

    fn shell(&self, text: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", text]).current_dir(self.folder.path());
        let others = std::env::var_os("PATH").unwrap_or_default();
        let others = std::env::split_paths(&others).collect::<Vec<_>>();
        let first: &Path = self.programs.path();
        let path = std::env::join_paths(std::iter::once(first).chain(others.iter().map(|p| &**p)));
        shell.env("PATH", path.unwrap()).env("CURL_HOME", first);
        shell.env("PROGRAM", env!("CARGO_BIN_EXE_gws-sms-fake"));
        shell.env("GWS_URL", self.gws.url()).env("GWS_CONTROL_URL", self.gws.control_url());
        shell.env("GWS_USER_S1_PASSWORD", "password").stdin(Stdio::null());
        shell
    }
}

fn as_expected(ended: &Ended, code: i32) -> Result<(), String> {
    if ended.code == Some(code) {
        Ok(())
    } else {
        Err(format!("want exit code {code}, got {ended:?}"))
    }
}

fn number(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("got the exit code {text:?}, want a number"))
}
