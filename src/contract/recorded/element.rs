//! A value in the file that it was read from.

use crate::contract::recorded::source::Place;

/// A value as it stands in what is read.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) text: Vec<u8>,
    /// The place of its first byte.
    pub(super) place: Place,
    /// The text before it in its line.
    pub(super) before: Vec<u8>,
    /// The place in the value around it, as a JSON pointer.
    pub(super) pointer: String,
    /// The gaps from which members of arrays are left out, because they are elements by themselves.
    pub(super) gaps: Vec<Gap>,
}

/// A place where a text continues after a part that is left out.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    /// The byte of the text.
    pub(super) begin: usize,
    /// The place of that byte in the file.
    pub(super) place: Place,
    /// The text before it in its line.
    pub(super) before: Vec<u8>,
}

impl Element {
    /// Tells if this is the value around elements.
    pub(super) fn is_around(&self) -> bool {
        !self.gaps.is_empty()
    }
}
