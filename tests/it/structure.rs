//! Tests that guard the structure of the code: which file uses which, which room names what, and which words are gone.
//!
//! They read the sources as tokens. [`tokens`] splits a file and removes what only tests compile; [`package`] finds the
//! modules, and the file that defines a name through all re-exports; [`graph`] finds cycles; [`rooms`] and [`vocabulary`]
//! compare with the tables below. [`doc_comments`] looks at the beginnings of doc comments.

pub(crate) mod doc_comments;
pub(crate) mod graph;
pub(crate) mod package;
pub(crate) mod rooms;
pub(crate) mod tokens;
pub(crate) mod vocabulary;

use std::fs;
use std::path::Path;

use doc_comments::clauses;
use graph::Graph;
use package::{Package, sources};
use rooms::{Apart, Order, Place, Reserved, Waiver, mentions, room};
use vocabulary::{OldWord, old_identifiers, old_modules};

/// The rooms of the library. Each uses only those before it.
pub(crate) const ROOMS: [&str; 12] = [
    "rules", "error", "gws", "bayeux", "contract", "scenario", "fixture", "engine", "report",
    "server", "control", "api",
];

/// The rooms that do not use each other although their order would allow it.
const APART: &[Apart] = &[
    Apart { lower: "bayeux", upper: "gws", reason: "CometD is a protocol of its own" },
    Apart {
        lower: "contract",
        upper: "gws",
        reason: "the contract says what is sent, not what GWS does",
    },
    Apart {
        lower: "contract",
        upper: "bayeux",
        reason: "the contract says what is sent, not what CometD does",
    },
    Apart {
        lower: "report",
        upper: "fixture",
        reason: "reports are rendered from the engine's log",
    },
];

/// The uses that the order forbids, each with the reason why it stays. One that is gone has to go from the list.
const WAIVERS: &[Waiver] = &[];

pub(crate) const ORDER: Order<'static> = Order { rooms: &ROOMS, apart: APART, waivers: WAIVERS };

/// Files that use each other and stay so, as [`CYCLES`] lists them.
pub(crate) struct Cycle {
    pub(crate) files: &'static [&'static str],
    pub(crate) reason: &'static str,
}

/// The cycles that stay. One that is gone has to go from the list.
const CYCLES: &[Cycle] = &[];

/// The rooms that are values in and values out.
const PURE: [&str; 4] = ["rules", "gws", "bayeux", "engine"];

/// What a pure room does not name: nothing async, no socket, clock, randomness, thread, lock, file or output.
const IMPURE: &[&str] = &[
    "async",
    "await",
    "Future",
    "Waker",
    "tokio::",
    "hyper::",
    "hyper_util::",
    "axum::",
    "tower_http::",
    "tower_service::",
    "futures::",
    "wiremock::",
    "reqwest::",
    "rustls::",
    "rcgen::",
    "jsonschema::",
    "fastrand::",
    "rand::",
    "RandomState",
    "getrandom::",
    "Instant",
    "SystemTime",
    "Utc::now",
    "Local::now",
    "Timestamp::now",
    "Mutex",
    "RwLock",
    "Condvar",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::env",
    "std::process",
    "std::thread",
    "std::task",
    "std::sync::mpsc",
    "thread_local",
    "println",
    "eprintln",
    "print",
    "eprint",
];

/// The names that only some files have.
const RESERVED: &[Reserved] = &[
    Reserved {
        names: &["tokio::", "hyper::", "hyper_util::", "axum::", "tower_service::"],
        places: &[Place { path: "src/server/", reason: "the sockets, tasks and async code" }],
    },
    Reserved {
        names: &["async", "await"],
        places: &[
            Place { path: "src/server/", reason: "the sockets, tasks and async code" },
            Place { path: "src/control/", reason: "its calls wait for clients" },
            Place { path: "src/api/", reason: "a test awaits what clients do" },
        ],
    },
    Reserved {
        names: &["jsonschema::"],
        places: &[Place { path: "src/contract/", reason: "invariant 5 of the design" }],
    },
    Reserved {
        names: &["wiremock::"],
        places: &[
            Place { path: "src/server/mocks.rs", reason: "invariant 5 of the design" },
            Place { path: "src/api/matchers.rs", reason: "invariant 5 of the design" },
        ],
    },
    Reserved {
        names: &["chrono::"],
        places: &[
            Place { path: "src/gws/timestamp.rs", reason: "the vendor's format of time stamps" },
            Place { path: "src/server/clock.rs", reason: "the time of day when a fake starts" },
        ],
    },
    Reserved {
        names: &["tower_http::"],
        places: &[Place { path: "src/server/cors.rs", reason: "its rules for browsers" }],
    },
    Reserved {
        names: &["rustls::", "rcgen::", "tokio_rustls::"],
        places: &[Place { path: "src/server/tls.rs", reason: "the one file about TLS" }],
    },
];

/// The identifiers of the glossary's column *old*, in the order of their bytes.
///
/// These are left out, because they have another legitimate meaning:
/// - `fault`, `verdict`: words of the column *new* as well.
/// - `advance`, `end`, `enter`, `go`, `inspect`, `open`, `own`, `part`, `order`, `exchange`: methods of std and tokio, or
///   plain verbs and nouns of the field (`File::open`, `Iterator::inspect`, `Engine::advance`, the order of a list).
/// - `State`: a session has one.
/// - `settle`: a future settles.
/// - `demand`: a rule demands something, and so does the helper of `error`.
/// - `revoked`, `Departure`, `Change`, `Broken`: an invitation is revoked and a participant departs; a schema changes; a
///   client is broken.
/// - `ahead`, `asked`, `calls`, `checked`, `checking`, `difference`, `elements`, `ending`, `follows`, `held`, `holding`, `kinds`,
///   `listening`, `locate`, `ordered`, `outgoing`, `printed`, `quick`, `reading`, `reference`, `replacement`, `shared`, `spelling`,
///   `spot`, `starting`, `usage`, `waiting`, `waking`, `whole`, `words`: ordinary words for a local. Those that named a module
///   are in [`OLD_MODULES`].
const OLD_IDENTIFIERS: &[OldWord] = &[
    OldWord { old: "Difference", new: "Diagnostic" },
    OldWord { old: "Ears", new: "Inbox" },
    OldWord { old: "Finding", new: "Diagnostic" },
    OldWord { old: "Flaw", new: "Diagnostic" },
    OldWord { old: "Happened", new: "Observed" },
    OldWord { old: "Happening", new: "ExternalEvent" },
    OldWord { old: "Held", new: "HeldConnect" },
    OldWord { old: "Identity", new: "Authenticated" },
    OldWord { old: "Inspected", new: "Validated" },
    OldWord { old: "Keeper", new: "FakeRegistry" },
    OldWord { old: "Kept", new: "RegisteredFake" },
    OldWord { old: "LeftUndone", new: "Incomplete" },
    OldWord { old: "LetGo", new: "ReleaseReason" },
    OldWord { old: "Mistake", new: "Violation or Diagnostic" },
    OldWord { old: "Next", new: "RestFault" },
    OldWord { old: "Objection", new: "Diagnostic" },
    OldWord { old: "Ordered", new: "Injected" },
    OldWord { old: "Outgoing", new: "WriteTracker" },
    OldWord { old: "Patient", new: "a name with idle_timeout" },
    OldWord { old: "Programmed", new: "FaultHandle" },
    OldWord { old: "Shared", new: "Engine" },
    OldWord { old: "Standing", new: "Allowed" },
    OldWord { old: "Told", new: "Notifications or Instruction" },
    OldWord { old: "Trouble", new: "Diagnostic" },
    OldWord { old: "Unlike", new: "Diagnostic" },
    OldWord { old: "Wrong", new: "Diagnostic" },
    OldWord { old: "accept_misspelt_paths", new: "lenient_paths" },
    OldWord { old: "acting", new: "external_events" },
    OldWord { old: "attendance", new: "membership" },
    OldWord { old: "both_ways", new: "fast_path_equivalence" },
    OldWord { old: "came", new: "incoming" },
    OldWord { old: "conclude", new: "finish" },
    OldWord { old: "descendants", new: "process_tree" },
    OldWord { old: "exception", new: "rest_fault" },
    OldWord { old: "exceptional", new: "rest_faults" },
    OldWord { old: "exceptions", new: "rest_faults" },
    OldWord { old: "finding", new: "diagnostic" },
    OldWord { old: "findings", new: "diagnostics" },
    OldWord { old: "fitting", new: "compatibility" },
    OldWord { old: "further", new: "custom_operation" },
    OldWord { old: "goes_on", new: "a name that says what continues" },
    OldWord { old: "happening", new: "external_event" },
    OldWord { old: "happenings", new: "external_events" },
    OldWord { old: "hearing", new: "inbox" },
    OldWord { old: "heir", new: "successor" },
    OldWord { old: "identify", new: "authenticate" },
    OldWord { old: "it", new: "a noun" },
    OldWord { old: "judge", new: "blame or checker" },
    OldWord { old: "keeping", new: "registry" },
    OldWord { old: "left_undone", new: "end_of_test" },
    OldWord { old: "likeness", new: "compare" },
    OldWord { old: "looking", new: "queries" },
    OldWord { old: "mistake", new: "violation or diagnostic" },
    OldWord { old: "mistakes", new: "violations or diagnostics" },
    OldWord { old: "monitored_sessions_invite", new: "invite_monitoring_supervisors" },
    OldWord { old: "parked", new: "connect_held" },
    OldWord { old: "patience", new: "idle_timeout or wait_timeout" },
    OldWord { old: "programmed", new: "injected" },
    OldWord { old: "recast", new: "change_role" },
    OldWord { old: "recognise", new: "classify" },
    OldWord { old: "refusing", new: "refusal" },
    OldWord { old: "rewriting", new: "rewrite" },
    OldWord { old: "routed", new: "is_offered_a_session" },
    OldWord { old: "routed_session", new: "is_offered" },
    OldWord { old: "speaks", new: "rule_at" },
    OldWord { old: "take_away", new: "remove_stale" },
    OldWord { old: "time_line", new: "timeline" },
    OldWord { old: "told", new: "notifications" },
    OldWord { old: "told_not_to", new: "a name without a verb in the passive" },
    OldWord { old: "trusting", new: "ca_certificate" },
    OldWord { old: "usual", new: "overridden" },
    OldWord { old: "verifying", new: "verdict" },
    OldWord { old: "whole_file", new: "atomic_file" },
    OldWord { old: "whole_session", new: "require_complete_sessions" },
    OldWord { old: "write_whole", new: "write_atomic" },
];

/// The modules of the glossary's column *old* whose names are ordinary words elsewhere.
const OLD_MODULES: &[OldWord] = &[
    OldWord { old: "bayeux/exchange", new: "io" },
    OldWord { old: "bayeux/ordered", new: "admin" },
    OldWord { old: "gws/reading", new: "reads" },
    OldWord { old: "gws/spelling", new: "aliases" },
    OldWord { old: "contract/difference", new: "json_diff" },
    OldWord { old: "contract/held", new: "fixture_schema" },
    OldWord { old: "contract/kinds", new: "index" },
    OldWord { old: "contract/own", new: "custom" },
    OldWord { old: "contract/reference", new: "template" },
    OldWord { old: "recorded/ahead", new: "lookahead" },
    OldWord { old: "recorded/checked", new: "summary" },
    OldWord { old: "recorded/checking", new: "options" },
    OldWord { old: "recorded/elements", new: "split" },
    OldWord { old: "recorded/locate", new: "spans" },
    OldWord { old: "recorded/quick", new: "fast_path" },
    OldWord { old: "recorded/spot", new: "snippet" },
    OldWord { old: "report/held", new: "undelivered" },
    OldWord { old: "scenario/follows", new: "effects" },
    OldWord { old: "scenario/part", new: "journal" },
    OldWord { old: "scenario/replacement", new: "placeholders" },
    OldWord { old: "scenario/words", new: "safe_values" },
    OldWord { old: "advance", new: "clock" },
    OldWord { old: "asked", new: "from_json" },
    OldWord { old: "calls", new: "commands" },
    OldWord { old: "ending", new: "verdict" },
    OldWord { old: "holding", new: "long_poll" },
    OldWord { old: "http", new: "engine or server" },
    OldWord { old: "inspect", new: "validate" },
    OldWord { old: "listening", new: "listen" },
    OldWord { old: "outgoing", new: "delivery_order" },
    OldWord { old: "printed", new: "stdout" },
    OldWord { old: "shared", new: "engine" },
    OldWord { old: "starting", new: "start" },
    OldWord { old: "usage", new: "idle" },
    OldWord { old: "waiting", new: "wait, and progress in the program" },
    OldWord { old: "waking", new: "wakeups" },
];

/// The names that had several types each. A name is now defined once, or not at all.
const ONCE: [&str; 8] = ["Told", "Held", "Answer", "Kind", "Wrong", "Settings", "Found", "Part"];

/// The folders whose doc comments begin with a noun phrase or a verb.
const DOCUMENTED: [&str; 2] = ["src", "tests/support"];

/// The source folders of the repository's packages, each with a crate root.
pub(crate) fn source_folders(root: &Path) -> Vec<String> {
    let mut folders = vec!["src".to_owned()];
    for (parent, below) in [("src/bin", ""), ("crates", "/src")] {
        let Ok(entries) = fs::read_dir(root.join(parent)) else { continue };
        for entry in entries {
            let name = entry.expect("a folder of the repository can be listed").file_name();
            let folder = format!("{parent}/{}{below}", name.to_string_lossy());
            let roots = ["lib.rs", "main.rs"];
            if roots.iter().any(|file| root.join(&folder).join(file).is_file()) {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    folders
}

/// Returns a text for each cycle that is not listed, and for each listed one that is gone.
pub(crate) fn cycle_problems(graph: &Graph, listed: &[Cycle]) -> Vec<String> {
    let mut gone: Vec<&Cycle> = listed.iter().collect();
    let mut problems = Vec::new();
    for component in graph.cycles() {
        let files: Vec<&str> = component.0.iter().map(|&file| graph.files[file].as_str()).collect();
        let is_this = |cycle: &&Cycle| {
            let mut listed = cycle.files.to_vec();
            listed.sort_unstable();
            listed == files
        };
        match gone.iter().position(is_this) {
            Some(place) => {
                gone.remove(place);
            }
            None => problems.push(graph.describe(&component)),
        }
    }
    problems.extend(gone.iter().map(|Cycle { files, reason }| {
        format!("these are no cycle any more; remove the entry ({reason}): {}", files.join(", "))
    }));
    problems
}

/// Returns a line for each file of a pure room and each impure thing that it names.
pub(crate) fn impurities(package: &Package) -> Vec<String> {
    let mentions = mentions(package, IMPURE).into_iter();
    let impure =
        mentions.filter(|mention| room(mention.file).is_some_and(|room| PURE.contains(&room)));
    let rooms = PURE.join(", ");
    impure
        .map(|mention| {
            format!("{}:{}: names {}; {rooms} are pure", mention.file, mention.line, mention.name)
        })
        .collect()
}

/// Returns a line for each file that names what is reserved for others.
pub(crate) fn reserved_elsewhere(package: &Package) -> Vec<String> {
    RESERVED.iter().flat_map(|reserved| reserved.problems(package)).collect()
}

/// Returns a line for each identifier, module and overloaded type with an old name.
pub(crate) fn old_words(root: &Path) -> Vec<String> {
    let mut sources = sources(root, "src");
    sources.extend(self::sources(root, "crates"));
    let files: Vec<String> = sources.iter().map(|(path, _)| path.clone()).collect();
    let mut problems = old_modules(&files, OLD_MODULES);
    sources.extend(self::sources(root, "tests"));
    problems.extend(old_identifiers(&sources, OLD_IDENTIFIERS));
    problems
}

/// Returns a line for each type name of [`ONCE`] with several definitions.
pub(crate) fn overloaded(packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for name in ONCE {
        let mut files = Vec::new();
        for package in packages {
            let modules = package.modules.values().filter(|module| module.defines(name));
            files.extend(modules.map(|module| package.files[module.file].as_str()));
        }
        if files.len() > 1 {
            problems.push(format!("`{name}` is defined in {}", files.join(", ")));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::LazyLock;

    use super::*;

    const NONE: [&str; 0] = [];

    static FOLDERS: LazyLock<Vec<String>> = LazyLock::new(|| source_folders(root()));

    static PACKAGES: LazyLock<Vec<Package>> =
        LazyLock::new(|| FOLDERS.iter().map(|folder| Package::load(root(), folder)).collect());

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn library() -> &'static Package {
        let place = FOLDERS.iter().position(|folder| folder == "src");
        &PACKAGES[place.expect("the library is in src")]
    }

    /// Fails with one line for each problem.
    #[track_caller]
    fn check(problems: &[String]) {
        assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
    }

    #[test]
    fn files_that_use_each_other_are_listed_with_a_reason() {
        let graph = Graph::join(PACKAGES.iter().map(Graph::of));
        check(&cycle_problems(&graph, CYCLES));
    }

    #[test]
    fn every_file_of_the_library_is_in_a_room() {
        assert_eq!(ORDER.homeless(library()), NONE);
    }

    #[test]
    fn a_room_uses_only_the_rooms_above_it() {
        check(&ORDER.problems(library()));
    }

    #[test]
    fn a_pure_room_names_nothing_async_no_socket_no_clock_and_no_randomness() {
        check(&impurities(library()));
    }

    #[test]
    fn a_foreign_crate_is_named_only_where_it_is_listed() {
        check(&reserved_elsewhere(library()));
    }

    #[test]
    fn no_identifier_and_no_module_is_an_old_word_of_the_glossary() {
        check(&old_words(root()));
    }

    #[test]
    fn a_doc_comment_of_a_documented_folder_begins_with_a_noun_phrase_or_a_verb() {
        check(&clauses(&DOCUMENTED.map(|folder| sources(root(), folder)).concat()));
    }

    #[test]
    fn a_type_name_that_had_many_meanings_is_defined_at_most_once() {
        check(&overloaded(&PACKAGES));
    }

    #[test]
    fn the_old_words_are_in_the_order_of_their_bytes() {
        assert!(OLD_IDENTIFIERS.is_sorted_by(|one, next| one.old < next.old));
    }

    /// Checks the problems of two files that use each other.
    fn check_cycle(listed: &[Cycle], want: &[&str]) {
        let names = || BTreeSet::from(["N".to_owned()]);
        let arrows = BTreeMap::from([((0, 1), names()), ((1, 0), names())]);
        let graph = Graph { files: vec!["a".to_owned(), "b".to_owned()], arrows };
        assert_eq!(cycle_problems(&graph, listed), want);
    }

    #[test]
    fn a_cycle_that_is_not_listed_is_described() {
        let want = "2 files use each other:\n    a\n    b\n  a shortest cycle:\n    a -> b: N\n    b -> a: N\n";
        check_cycle(&[], &[want]);
    }

    #[test]
    fn a_listed_cycle_is_accepted_and_reported_when_it_is_gone() {
        let cycle = |files| Cycle { files, reason: "one noun" };
        let gone = "these are no cycle any more; remove the entry (one noun): b, c";
        check_cycle(&[cycle(&["b", "a"]), cycle(&["b", "c"])], &[gone]);
    }
}
