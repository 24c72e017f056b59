//! A reader for tests that gives few bytes at a time.

use std::io::{self, Read};

/// Gives so many bytes at a time.
pub(super) struct Dripping<'t>(pub(super) &'t [u8], pub(super) usize);

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(into.len());
        self.0.read(&mut into[..count])
    }
}
