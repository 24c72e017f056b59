//! The outcome of a test's body.

use std::fmt;

/// The outcome of a test's body: nothing, or a `Result`.
pub trait TestOutcome: sealed::Sealed {
    /// Returns why the test failed, if it did.
    #[doc(hidden)]
    fn failure(self) -> Option<String>;
}

impl TestOutcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: fmt::Debug> TestOutcome for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}
