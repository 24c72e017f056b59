//! Where in a file something stands, for errors.

use serde_json::value::RawValue;

/// At which lines elements of a text begin, which are asked for in their order.
pub struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    /// Text and element are of one allocation, so their distance is the offset.
    pub fn of(&mut self, element: &RawValue) -> usize {
        let offset = element.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let between = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.offset = offset;
        self.line
    }
}

/// What is wrong, without the place, which is that within the text that was read and not within its file.
pub fn reason(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    reason.split(" at line ").next().unwrap_or_default().to_owned()
}
