//! The coverage files of many fakes, merged in [`merged`] and written as text for people in `text`.

pub mod merged;
mod text;
