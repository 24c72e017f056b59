//! The packages of npm, as their lock files pin them, installed once for all runs.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// As Windows has it, the command is a script.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// The ways in which npm says that the committed files are wrong, and not the machine.
const OWN_FAULTS: [&str; 5] = ["EUSAGE", "EINTEGRITY", "EJSONPARSE", "ETARGET", "E404"];

pub(crate) static COMETD_9: Package = Package {
    name: "cometd-9",
    manifest: include_str!("npm/cometd-9/package.json"),
    lock: include_str!("npm/cometd-9/package-lock.json"),
    script: ("client.mjs", include_str!("npm/cometd-9/client.mjs")),
    installed: OnceLock::new(),
};

pub(crate) static COMETD_3_1_14: Package = Package {
    name: "cometd-3.1.14",
    manifest: include_str!("npm/cometd-3.1.14/package.json"),
    lock: include_str!("npm/cometd-3.1.14/package-lock.json"),
    script: ("client.cjs", include_str!("npm/cometd-3.1.14/client.cjs")),
    installed: OnceLock::new(),
};

/// A client library with its adapter, and the script that drives it.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    manifest: &'static str,
    lock: &'static str,
    /// Its file name and its text.
    pub(crate) script: (&'static str, &'static str),
    installed: OnceLock<Result<PathBuf, Unusable>>,
}

/// Why a client cannot be driven.
pub(crate) enum Unusable {
    /// This machine lacks something.
    Missing(String),
    /// What is committed here is wrong.
    Broken(String),
}

impl Package {
    /// Where it is installed. What cannot be had is asked for once a run, and not once a trial.
    pub(crate) fn folder(&self) -> Result<&Path, &Unusable> {
        self.installed.get_or_init(|| self.install()).as_deref()
    }

    /// A folder that has its final name is whole: npm works in another one, which is then renamed.
    fn install(&self) -> Result<PathBuf, Unusable> {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
        let folder = base.join(format!("{}-{:016x}", self.name, self.hash()));
        let in_base = |error: io::Error| {
            let base = base.display();
            Unusable::Broken(format!("{base}: got {error}, want a folder that can be written to"))
        };
        fs::create_dir_all(&base).map_err(in_base)?;
        let lock = File::create(base.join("lock")).map_err(in_base)?;
        lock.lock().map_err(in_base)?;
        node()?;
        if folder.is_dir() {
            return Ok(folder);
        }
        let fresh = tempfile::tempdir_in(&base).map_err(in_base)?;
        fs::write(fresh.path().join("package.json"), self.manifest).map_err(in_base)?;
        fs::write(fresh.path().join("package-lock.json"), self.lock).map_err(in_base)?;
        self.npm_ci(fresh.path())?;
        fs::rename(fresh.keep(), &folder).map_err(in_base)?;
        Ok(folder)
    }

    fn npm_ci(&self, folder: &Path) -> Result<(), Unusable> {
        // Without a registry, npm would try again for more than a minute before it says so.
        let output = Command::new(NPM)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict"])
            .args(["--prefer-offline", "--fetch-retries=0"])
            .current_dir(folder)
            .output()
            .map_err(|error| cannot_run(NPM, &error))?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let code = code(&errors);
        if code.is_some_and(|code| OWN_FAULTS.contains(&code)) {
            let name = self.name;
            return Err(Unusable::Broken(format!(
                "tests/foreign/npm/{name}: npm ci got {errors}\nwant a package-lock.json that fits: write it with npm install --package-lock-only --omit-lockfile-registry-resolved"
            )));
        }
        let request = errors.lines().find(|line| line.contains("request to "));
        let got = request.or_else(|| errors.lines().last()).unwrap_or("no word");
        let name = self.name;
        Err(Unusable::Missing(format!(
            "{name}: npm ci got {}: {got}, want Node 20 and a registry that is reached",
            code.unwrap_or("no code")
        )))
    }

    /// A changed lock file has a folder of its own.
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.manifest, self.lock).hash(&mut hasher);
        hasher.finish()
    }
}

/// What is installed already is of no use without Node.
fn node() -> Result<(), Unusable> {
    let output = Command::new("node").arg("--version").output();
    output.map(|_| ()).map_err(|error| cannot_run("node", &error))
}

fn cannot_run(program: &str, error: &io::Error) -> Unusable {
    Unusable::Missing(format!("{program}: got {error}, want Node 20 with npm on the PATH"))
}

/// The code in npm's line `npm error code ENOTFOUND`; older ones write `npm ERR! code`.
fn code(errors: &str) -> Option<&str> {
    errors.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(2);
        (words.next() == Some("code")).then(|| words.next()).flatten()
    })
}
