//! The file of a recording while it grows: whole lines only, also when the disk was full in between.

use std::fs::File;
use std::io::{self, Write};

/// The file, and what of it is not written yet.
#[derive(Debug)]
pub(crate) struct JournalFile {
    file: File,
    /// The length of the whole lines in the file.
    whole: u64,
    /// The lines that the file does not have yet.
    pending: Vec<u8>,
    /// True if the file may have more than its whole lines.
    is_cut: bool,
}

impl JournalFile {
    /// The file, which is empty and opened for appending.
    pub(crate) fn new(file: File) -> Self {
        Self { file, whole: 0, pending: Vec::new(), is_cut: false }
    }

    /// Adds a line, and those that could not be written before.
    pub(crate) fn append(&mut self, line: &str) -> io::Result<()> {
        self.append_with(line, |mut file, bytes| file.write_all(bytes))
    }

    /// Writes the lines that could not be written before.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.append("")
    }

    /// Returns the number of lines that the file does not have yet.
    pub(crate) fn pending_lines(&self) -> usize {
        self.pending.iter().filter(|byte| **byte == b'\n').count()
    }

    fn append_with(
        &mut self,
        line: &str,
        write: impl FnOnce(&File, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.pending.extend(line.as_bytes());
        if self.is_cut {
            self.file.set_len(self.whole)?;
            self.is_cut = false;
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        self.is_cut = true;
        write(&self.file, &self.pending)?;
        self.is_cut = false;
        self.whole += u64::try_from(self.pending.len()).unwrap_or_default();
        self.pending.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::*;

    /// Writes half of it, as on a disk that is full then.
    fn half(mut file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(&bytes[..bytes.len() / 2])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    #[test]
    fn a_line_that_a_full_disk_has_cut_is_written_whole_once_there_is_space() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let file = OpenOptions::new().append(true).create_new(true).open(&path).unwrap();
        let mut journal = JournalFile::new(file);
        journal.append("{\"a\":1}\n").unwrap();
        assert!(journal.append_with("{\"b\":2}\n", half).is_err());
        assert!(journal.append_with("{\"c\":3}\n", half).is_err());
        assert_eq!(journal.pending_lines(), 2);
        journal.append("{\"d\":4}\n").unwrap();
        assert_eq!(journal.pending_lines(), 0);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n{\"d\":4}\n");
        assert!(journal.append_with("{\"e\":5}\n", half).is_err());
        journal.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text + "{\"e\":5}\n");
    }
}
