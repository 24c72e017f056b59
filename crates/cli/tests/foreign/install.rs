//! The installation of foreign packages, as lock files pin them, once for all runs.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::{npm, pip};

/// A client library, and what it needs.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    /// The folder of the repository that has its pins.
    pub(crate) place: &'static str,
    pub(crate) registry: Registry,
    /// The names and texts of the files that determine the installation, byte for byte.
    pub(crate) pins: [(&'static str, &'static str); 2],
    pub(crate) installed: OnceLock<Result<PathBuf, Unusable>>,
}

/// The source of a package.
#[derive(Clone, Copy)]
pub(crate) enum Registry {
    Npm,
    Pip,
}

/// Why a client cannot be driven.
#[derive(Clone)]
pub(crate) enum Unusable {
    /// This machine lacks something.
    Missing(String),
    /// A committed file is wrong.
    Broken(String),
}

impl Package {
    /// Returns the folder of the installation. A package that is not available is requested once a run, and not once a trial.
    pub(crate) fn folder(&self) -> Result<&Path, Unusable> {
        let installed = self.installed.get_or_init(|| self.install());
        installed.as_deref().map_err(Unusable::clone)
    }

    /// A folder that has its final name is whole: the installer works in another one, which is then renamed.
    fn install(&self) -> Result<PathBuf, Unusable> {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.registry.name());
        let in_base = |error: io::Error| {
            let base = base.display();
            Unusable::Broken(format!("{base}: got {error}, want a folder that can be written to"))
        };
        fs::create_dir_all(&base).map_err(in_base)?;
        let lock = File::create(base.join("lock")).map_err(in_base)?;
        lock.lock().map_err(in_base)?;
        // What is installed already is of no use without what runs it.
        let tool = self.registry.tool()?;
        let folder = base.join(format!("{}-{:016x}", self.name, self.hash(&tool)));
        if folder.is_dir() {
            return Ok(folder);
        }
        let fresh = tempfile::tempdir_in(&base).map_err(in_base)?;
        for (file, text) in self.pins {
            fs::write(fresh.path().join(file), text).map_err(in_base)?;
        }
        self.registry.install(self, fresh.path())?;
        fs::rename(fresh.keep(), &folder).map_err(in_base)?;
        Ok(folder)
    }

    /// A changed lock file has a folder of its own, and so has another version of what runs it.
    fn hash(&self, tool: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.pins, tool).hash(&mut hasher);
        hasher.finish()
    }
}

impl Registry {
    fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pip => "pip",
        }
    }

    /// The version of what runs the packages.
    fn tool(self) -> Result<String, Unusable> {
        match self {
            Self::Npm => npm::node(),
            Self::Pip => pip::python(),
        }
    }

    fn install(self, package: &Package, folder: &Path) -> Result<(), Unusable> {
        match self {
            Self::Npm => npm::install(package, folder),
            Self::Pip => pip::install(package, folder),
        }
    }
}

/// Returns the output of a command of this machine; `want` names what this machine should have.
pub(crate) fn run(command: &mut Command, want: &str) -> Result<Output, Unusable> {
    command.output().map_err(|error| {
        let program = command.get_program().display();
        Unusable::Missing(format!("{program}: got {error}, want {want}"))
    })
}
