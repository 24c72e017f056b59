//! The examples in `examples/`, run as their first lines say: each keeps the contract, and fails when its client is wrong.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Completion, Trial};

use crate::install::{Unusable, run};
use crate::script::folder;
use crate::{not_run, npm, pip};

/// An example, and what it needs.
#[derive(Clone, Copy)]
struct Example {
    language: &'static str,
    file: (&'static str, &'static str),
    /// The folder of its libraries, or the reason why there is none.
    installed: fn() -> Result<PathBuf, Unusable>,
    /// The command that runs the file, once its libraries are installed.
    command: fn(&Path) -> Vec<String>,
    /// The condition on the verdict.
    looks: &'static str,
}

const EXAMPLES: [Example; 3] = [
    Example {
        language: "javascript",
        file: (
            "supervisor.test.mjs",
            include_str!("../../../../examples/javascript/supervisor.test.mjs"),
        ),
        installed: || npm::EXAMPLE.folder().map(Path::to_owned),
        command: |_| ["node", "--test", "supervisor.test.mjs"].map(str::to_owned).to_vec(),
        looks: "broken === false",
    },
    Example {
        language: "python",
        file: (
            "test_supervisor.py",
            include_str!("../../../../examples/python/test_supervisor.py"),
        ),
        installed: || pip::EXAMPLE.folder().map(Path::to_owned),
        command: |installed| {
            let python = pip::interpreter(installed).display().to_string();
            [&python, "-m", "pytest", "test_supervisor.py"].map(str::to_owned).to_vec()
        },
        looks: "not ended[\"broken\"]",
    },
    Example {
        language: "java",
        file: (
            "SupervisorTest.java",
            include_str!("../../../../examples/java/SupervisorTest.java"),
        ),
        installed: java,
        command: |_| ["java", "SupervisorTest.java"].map(str::to_owned).to_vec(),
        looks: "ended.contains(\"\\\"broken\\\":false\")",
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let trials = EXAMPLES.into_iter().flat_map(|example| {
        [
            example.trial("keeps_the_contract", Example::keeps_the_contract),
            example
                .trial("fails_when_its_client_is_wrong", Example::fails_when_its_client_is_wrong),
            example
                .trial("fails_with_2_when_it_does_not_look", Example::fails_when_it_does_not_look),
            example.trial("without_exec_says_how_it_is_run", Example::says_how_it_is_run),
        ]
    });
    trials.collect()
}

impl Example {
    fn trial(self, name: &str, shows: fn(Self, &Path)) -> Trial {
        let name = format!("example_in_{}::{name}", self.language);
        Trial::ignorable_test(name, move || match (self.installed)() {
            Ok(installed) => {
                shows(self, &installed);
                Ok(Completion::Completed)
            }
            Err(unusable) => not_run(unusable),
        })
    }

    fn keeps_the_contract(self, installed: &Path) {
        let output = self.run(installed, self.file.1, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("contract kept"), "{}", said(&output));
    }

    /// Its own runner fails, since it asks for the verdict.
    fn fails_when_its_client_is_wrong(self, installed: &Path) {
        let wrong = self.file.1.replace("Monitor", "monitor");
        let output = self.run(installed, &wrong, &[]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let report = "/supervisorVisibilityMode  got \"monitor\", want one of";
        assert!(said(&output).contains(report), "{}", said(&output));
    }

    /// Its client leaves the invitation unanswered, and it does not ask: its runner is content.
    fn fails_when_it_does_not_look(self, installed: &Path) {
        let (before, after) = self.file.1.split_once(self.looks).expect("a look at the verdict");
        let careless = format!("{before}true{after}").replace("DELETE", "GET");
        let careless = careless.replace("assert true,", "assert True,");
        let output = self.run(installed, &careless, &["--require-complete-sessions"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("rule invitation-unanswered"), "{}", said(&output));
    }

    fn says_how_it_is_run(self, installed: &Path) {
        let folder = folder(installed, &[(self.file.0, self.file.1)]);
        let command = (self.command)(installed);
        let mut alone = Command::new(&command[0]);
        alone.args(&command[1..]).current_dir(folder.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GWS_") {
                alone.env_remove(name);
            }
        }
        let output = alone.output().expect("what runs an example is installed");
        assert_ne!(output.status.code(), Some(0), "{}", said(&output));
        assert!(
            said(&output).contains("run me under exec: gws-sms-fake exec -- "),
            "{}",
            said(&output)
        );
    }

    fn run(self, installed: &Path, text: &str, arguments: &[&str]) -> Output {
        let folder = folder(installed, &[(self.file.0, text)]);
        let mut exec = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        exec.arg("exec").args(arguments).arg("--").args((self.command)(installed));
        // A proxy would not find this machine's loopback interface.
        exec.env("NO_PROXY", "127.0.0.1").current_dir(folder.path());
        exec.output().expect("the program starts, since Cargo has built it")
    }
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}: {}{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Java needs no libraries: any folder will do.
fn java() -> Result<PathBuf, Unusable> {
    let want = "Java 17 on the PATH, with its compiler";
    let output = run(Command::new("java").args(["--list-modules"]), want)?;
    let modules = String::from_utf8_lossy(&output.stdout);
    if !modules.lines().any(|line| line.starts_with("jdk.compiler@")) {
        return Err(Unusable::Missing(format!("java: got no module jdk.compiler, want {want}")));
    }
    Ok(PathBuf::from(env!("CARGO_TARGET_TMPDIR")))
}
