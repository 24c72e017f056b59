//! What a CometD Java server 3.1.12 was sent and what it answered, played against the fake.
//!
//! Each file of `tests/data/transcripts` is one case with what it builds on, one step a line:
//!
//! - `# ..` says what follows;
//! - `! rule` is a rule that the client breaks in it, and `? rule` one that it may break: a client is not blamed for what may
//!   have been on its way when it was told not to send it;
//! - `> connection | METHOD path | Header: value | .. | body` is a request, to a path below the push side's;
//! - `< connection | status | Header: value | .. | body` is its answer: these are all of its `Content-Type`, `Set-Cookie` and
//!   `Connection`, and its body but for the order of names in objects; `-` is no body, and `...` any;
//! - `* publish channel data` is an event of somebody else's, `* deliver channel data` one of the server's own to the client,
//!   and `* disconnect` ends the client's session from the server's side;
//! - `* parked` waits until a connect is held, and `* wait milliseconds` sets the clock forward.
//!
//! In an answer `$name` stands for a value that is learnt there, and is that value from then on.

mod play;

use std::path::Path;
use std::{fs, thread};

use play::Player;
use support::{Transport, in_both_ways};

in_both_ways!(blocking: each_case_is_answered_as_by_the_product);

fn each_case_is_answered_as_by_the_product(transport: Transport) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transcripts");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases = files.into_iter().map(|file| {
        let script = fs::read_to_string(&file).unwrap();
        (file, thread::spawn(move || Player::play(transport, &script)))
    });
    let cases: Vec<_> = cases.collect();
    let failures = cases.into_iter().filter_map(|(file, case)| {
        // The fake verifies at the end of a case, and a panic then is a failure like any other.
        let played = case.join().unwrap_or_else(|_| Err("a panic, see above".to_owned()));
        Some(format!("{}: {}", file.display(), played.err()?))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
