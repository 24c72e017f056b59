//! The coverage file of a suite: each fake adds a line to it.
//!
//! The rule of this file: a line is written whole or not at all, whoever else writes. The file is opened for appending and
//! locked while it is written to, and what is written is written by one call. Where a file system has no locks, the system
//! appends what is written by one call in one piece, which all but network file systems do for any length. What a process
//! leaves that is killed while it writes gets an end of line before the next line.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::api::fake::FakeGws;
use crate::engine::log::coverage::CoverageLine;
use crate::error::Error;
use crate::server::running_fake::RunningFake;
use crate::server::runtime::{DROP_TIMEOUT, at_most};

/// Names the file for every fake that is not told otherwise.
const VARIABLE: &str = "GWS_SMS_FAKE_COVERAGE";

impl FakeGws {
    /// Adds what was exercised of the contract so far to the file of [`Builder::coverage`](crate::Builder::coverage), or of
    /// the environment variable `GWS_SMS_FAKE_COVERAGE`. A drop does so, too; this is for a fake that is leaked or stands in
    /// a static. Without a file, or with nothing new since the last time, it does nothing.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written, or is locked by another process for more than 2 s.
    pub fn write_coverage(&self) -> Result<(), Error> {
        write(&self.fake)
    }
}

/// The file that the environment names.
pub(crate) fn of_environment() -> Option<PathBuf> {
    env::var_os(VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from)
}

fn write(fake: &RunningFake) -> Result<(), Error> {
    let Some(file) = fake.options.coverage.clone() else { return Ok(()) };
    let exercised = fake.snapshot().exercised();
    let mut covered = fake.covered.lock().unwrap_or_else(PoisonError::into_inner);
    if covered.as_ref() == Some(&exercised) {
        return Ok(());
    }
    let failure = |why: String| {
        let file = file.display();
        Error::new(format!(
            "{file}: {why}; the coverage of the contract is not recorded: name a file that can be written, in {VARIABLE} or in coverage(..)"
        ))
    };
    let line = CoverageLine::write(&exercised, &fake.settings.covered_operations)
        .map_err(|error| failure(error.to_string()))?;
    let appended = {
        let file = file.clone();
        at_most("gws-sms-fake coverage", move || append(&file, &line))
    };
    let busy = || failure(format!("got no lock on it within {DROP_TIMEOUT:?}"));
    appended.ok_or_else(busy)?.map_err(|error| failure(error.to_string()))?;
    *covered = Some(exercised);
    Ok(())
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    // On Windows a file that is opened for appending only cannot be locked.
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(file)?;
    file.lock().or_else(|error| match error.kind() {
        ErrorKind::Unsupported => Ok(()),
        _ => Err(error),
    })?;
    let end = if ends_within_a_line(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{end}{line}\n").as_bytes())
}

fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::*;

    #[test]
    fn lines_of_any_length_stay_whole_when_many_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("coverage.jsonl");
        let line = |writer: u8| char::from(b'a' + writer).to_string().repeat(300_000);
        thread::scope(|scope| {
            for writer in 0..4 {
                let file = &file;
                let line = line(writer);
                scope.spawn(move || (0..10).for_each(|_| append(file, &line).unwrap()));
            }
        });
        let text = fs::read_to_string(&file).unwrap();
        for writer in 0..4 {
            assert_eq!(text.lines().filter(|written| *written == line(writer)).count(), 10);
        }
        assert_eq!(text.lines().count(), 40);
    }

    #[test]
    fn half_a_line_is_ended_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("coverage.jsonl");
        fs::write(&file, "{\"gws-sms").unwrap();
        append(&file, "{}").unwrap();
        append(&file, "{}").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{\"gws-sms\n{}\n{}\n");
    }
}
