//! Files as a code host names them: from the root of the repository on, with `/` between the parts.

use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The repository that a command runs in: the nearest folder around the current one that has a `.git`, or else the current
/// folder.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The current folder.
    here: PathBuf,
    root: PathBuf,
}

impl Repository {
    pub(crate) fn here() -> Self {
        let here = env::current_dir().unwrap_or_default();
        let root = here.ancestors().find(|folder| folder.join(".git").exists());
        let root = root.unwrap_or(&here).to_owned();
        Self { here, root }
    }

    /// The path of a file, without `.` and `..` in it: from the root on, or absolute where the file is in another place. The
    /// standard input stays `-`.
    pub(crate) fn path(&self, file: &str) -> String {
        if file == "-" {
            return file.to_owned();
        }
        let named = self.here.join(file);
        // Where links are followed, `..` leads out of where the link leads to.
        let path = match (named.parent().map(fs::canonicalize), named.file_name()) {
            (Some(Ok(folder)), Some(name)) => folder.join(name),
            _ => without_dots(&named),
        };
        let root = fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        let shown = path.strip_prefix(&root).unwrap_or(&path);
        shown.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(here: &Path, root: &Path, file: &str, expected: &str) {
        let repository = Repository { here: here.to_owned(), root: root.to_owned() };
        assert_eq!(repository.path(file), expected, "{file}");
    }

    #[test]
    fn a_file_is_named_from_the_root_of_the_repository_on() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let here = root.join("a").join("b");
        fs::create_dir_all(&here).unwrap();
        fs::write(root.join("a/x.json"), "{}").unwrap();
        for (file, expected) in [
            ("x.json", "a/b/x.json"),
            ("./x.json", "a/b/x.json"),
            ("../x.json", "a/x.json"),
            ("../b/.././x.json", "a/x.json"),
            ("no such folder/../x.json", "a/b/x.json"),
            ("-", "-"),
        ] {
            check(&here, &root, file, expected);
        }
        let absolute = root.join("a/x.json").display().to_string();
        check(&here, &root, &absolute, "a/x.json");
        let outside = absolute.replace(std::path::MAIN_SEPARATOR, "/");
        check(&here, &here, "../x.json", &outside);
    }
}
