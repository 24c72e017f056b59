//! The packages of PyPI, each in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::install::{Package, Registry, Unusable, run};

const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };
const WANT: &str = "Python 3.11 with venv on the PATH";
/// Debian has what makes virtual environments in a package of its own.
const CHECK: &str =
    "import ensurepip, sys; print(sys.version); sys.exit(sys.version_info < (3, 11))";
/// The messages of pip for which the committed files are the reason, and not the machine.
const OWN_FAULTS: [&str; 3] = ["HASHES", "--require-hashes", "Invalid requirement"];

pub(crate) static AIOCOMETD_NG: Package = Package {
    name: "aiocometd-ng",
    place: "crates/cli/tests/foreign/pip/aiocometd-ng",
    registry: Registry::Pip,
    pins: [
        ("requirements.in", include_str!("pip/aiocometd-ng/requirements.in")),
        ("requirements.txt", include_str!("pip/aiocometd-ng/requirements.txt")),
    ],
    installed: OnceLock::new(),
};

pub(crate) static EXAMPLE: Package = Package {
    name: "example",
    place: "examples/python",
    registry: Registry::Pip,
    pins: [
        ("requirements.in", include_str!("../../../../examples/python/requirements.in")),
        ("requirements.txt", include_str!("../../../../examples/python/requirements.txt")),
    ],
    installed: OnceLock::new(),
};

/// No client: validators, and a schema that one of them comes with.
pub(crate) static VALIDATORS: Package = Package {
    name: "validators",
    place: "crates/cli/tests/foreign/pip/validators",
    registry: Registry::Pip,
    pins: [
        ("requirements.in", include_str!("pip/validators/requirements.in")),
        ("requirements.txt", include_str!("pip/validators/requirements.txt")),
    ],
    installed: OnceLock::new(),
};

/// The packages that read OpenAPI, and send the requests that it describes.
pub(crate) static EXPORTS: Package = Package {
    name: "exports",
    place: "crates/cli/tests/foreign/pip/exports",
    registry: Registry::Pip,
    pins: [
        ("requirements.in", include_str!("pip/exports/requirements.in")),
        ("requirements.txt", include_str!("pip/exports/requirements.txt")),
    ],
    installed: OnceLock::new(),
};

/// The version of Python.
pub(crate) fn python() -> Result<String, Unusable> {
    let output = run(Command::new(PYTHON).args(["-c", CHECK]), WANT)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Unusable::Missing(format!("{PYTHON}: got {}, want {WANT}", last_line(&output))))
}

pub(crate) fn install(package: &Package, folder: &Path) -> Result<(), Unusable> {
    let Package { name, place, .. } = package;
    let venv = run(Command::new(PYTHON).args(["-m", "venv", "venv"]).current_dir(folder), WANT)?;
    if !venv.status.success() {
        let got = last_line(&venv);
        return Err(Unusable::Missing(format!("{PYTHON} -m venv: got {got}, want {WANT}")));
    }
    // Nothing is built here: what has no wheel for this machine cannot be had.
    let mut pip = Command::new(interpreter(folder));
    pip.args(["-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:"])
        .args(["--no-input", "--disable-pip-version-check", "--retries=0", "--quiet"])
        .args(["--requirement", "requirements.txt"])
        .current_dir(folder);
    let output = run(&mut pip, WANT)?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    if OWN_FAULTS.iter().any(|fault| errors.contains(fault)) {
        return Err(Unusable::Broken(format!(
            "{place}: pip install got {errors}\nwant a requirements.txt that fits: write it with pip-compile --generate-hashes --no-header --strip-extras"
        )));
    }
    let got = last_line(&output);
    Err(Unusable::Missing(format!(
        "{name}: pip install got {got}, want {WANT}, and a registry that is reached"
    )))
}

/// The interpreter of an environment. It finds its libraries wherever the folder has been moved to.
pub(crate) fn interpreter(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "venv/Scripts/python.exe" } else { "venv/bin/python" })
}

/// The last that a command said; of what venv complains about is on stdout.
fn last_line(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    said.trim().lines().last().unwrap_or("no word").to_owned()
}
