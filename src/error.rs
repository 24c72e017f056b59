//! The error of this crate.

use std::fmt;

/// The reason why a fake did not start, or the failure that a verification or an assertion found.
///
/// Its text says where the problem is, what came, what was wanted, and what to do.
#[derive(Clone, Debug)]
pub struct Error {
    text: String,
}

impl Error {
    #[doc(hidden)]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// The success, or a panic that points at the line of the test: a closure would point here.
#[track_caller]
pub(crate) fn demand<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(success) => success,
        Err(error) => panic!("{error}"),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
