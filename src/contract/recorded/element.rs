//! A value as it stands in what is read.

use crate::contract::recorded::source::Place;

/// A value as it stands in what is read.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) text: Vec<u8>,
    /// Where it begins.
    pub(super) place: Place,
    /// What stands before it in its line.
    pub(super) before: Vec<u8>,
    /// Where it is in the value around it.
    pub(super) pointer: String,
    /// Where members of arrays are left out, because they are elements by themselves.
    pub(super) gaps: Vec<Gap>,
}

/// Where a text goes on behind what is left out.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    /// The byte of the text.
    pub(super) begin: usize,
    /// Where that stands in what is read.
    pub(super) place: Place,
    /// What stands before it in its line.
    pub(super) before: Vec<u8>,
}

impl Element {
    /// Whether it is what stands around elements.
    pub(super) fn is_around(&self) -> bool {
        !self.gaps.is_empty()
    }
}
