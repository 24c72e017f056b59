//! Printing to standard output, and the exit code if the text is lost.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Prints a text, and ends with that code; with 1 where the text is lost.
pub(crate) fn print(text: &str, code: ExitCode) -> ExitCode {
    let mut output = anstream::stdout();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match not_lost(written) {
        Ok(()) => code,
        Err(error) => {
            eprintln!("gws-sms-fake: {error}");
            ExitCode::from(1)
        }
    }
}

/// A reader who has had enough is no error; that nothing could be written is.
pub(crate) fn not_lost(written: io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}; send it somewhere else"))
        }
        _ => Ok(()),
    }
}
