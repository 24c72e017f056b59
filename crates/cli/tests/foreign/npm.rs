//! The packages of npm.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::install::{Package, Registry, Unusable, run};

/// As Windows has it, the command is a script.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
const WANT: &str = "Node 20 with npm on the PATH";
/// The ways in which npm says that the committed files are wrong, and not the machine.
const OWN_FAULTS: [&str; 5] = ["EUSAGE", "EINTEGRITY", "EJSONPARSE", "ETARGET", "E404"];

pub(crate) static COMETD_9: Package = Package {
    name: "cometd-9",
    place: "crates/cli/tests/foreign/npm/cometd-9",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("npm/cometd-9/package.json")),
        ("package-lock.json", include_str!("npm/cometd-9/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

pub(crate) static COMETD_3_1_14: Package = Package {
    name: "cometd-3.1.14",
    place: "crates/cli/tests/foreign/npm/cometd-3.1.14",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("npm/cometd-3.1.14/package.json")),
        ("package-lock.json", include_str!("npm/cometd-3.1.14/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

pub(crate) static EXAMPLE: Package = Package {
    name: "example",
    place: "examples/javascript",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("../../../../examples/javascript/package.json")),
        ("package-lock.json", include_str!("../../../../examples/javascript/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

/// No client: the schema that it comes with.
pub(crate) static JUNIT_XSD: Package = Package {
    name: "junit-xsd",
    place: "crates/cli/tests/foreign/npm/junit-xsd",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("npm/junit-xsd/package.json")),
        ("package-lock.json", include_str!("npm/junit-xsd/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

/// The packages that read AsyncAPI and compile schemas.
pub(crate) static EXPORTS: Package = Package {
    name: "exports",
    place: "crates/cli/tests/foreign/npm/exports",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("npm/exports/package.json")),
        ("package-lock.json", include_str!("npm/exports/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

/// The packages that make types from OpenAPI, and check them.
pub(crate) static TYPES: Package = Package {
    name: "types",
    place: "crates/cli/tests/foreign/npm/types",
    registry: Registry::Npm,
    pins: [
        ("package.json", include_str!("npm/types/package.json")),
        ("package-lock.json", include_str!("npm/types/package-lock.json")),
    ],
    installed: OnceLock::new(),
};

/// The version of Node.
pub(crate) fn node() -> Result<String, Unusable> {
    let output = run(Command::new("node").arg("--version"), WANT)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

pub(crate) fn install(package: &Package, folder: &Path) -> Result<(), Unusable> {
    let Package { name, place, .. } = package;
    // Without a registry, npm would try again for more than a minute before it says so.
    let mut ci = Command::new(NPM);
    ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict"])
        .args(["--prefer-offline", "--fetch-retries=0"])
        .current_dir(folder);
    let output = run(&mut ci, WANT)?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = code(&errors);
    if code.is_some_and(|code| OWN_FAULTS.contains(&code)) {
        return Err(Unusable::Broken(format!(
            "{place}: npm ci got {errors}\nwant a package-lock.json that fits: write it with npm install --package-lock-only --omit-lockfile-registry-resolved"
        )));
    }
    let request = errors.lines().find(|line| line.contains("request to "));
    let got = request.or_else(|| errors.lines().last()).unwrap_or("no word");
    Err(Unusable::Missing(format!(
        "{name}: npm ci got {}: {got}, want Node 20 and a registry that is reached",
        code.unwrap_or("no code")
    )))
}

/// The code in npm's line `npm error code ENOTFOUND`; older ones write `npm ERR! code`.
fn code(errors: &str) -> Option<&str> {
    errors.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(2);
        (words.next() == Some("code")).then(|| words.next()).flatten()
    })
}
