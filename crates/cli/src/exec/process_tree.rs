//! The processes that a command has started, on Linux, also those in another process group or in a session of their own.
//!
//! While this program runs, a process whose parent has ended becomes its child, since it is a subreaper. So it ends its
//! children until none is left: nobody else can be given the number of a child before it has been waited for.

use std::collections::HashSet;
use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, set_child_subreaper, waitid,
};

/// In the environment of the command, and of what it starts.
pub(crate) const MARK: &str = "GWS_EXEC";

/// The time to wait for killed processes; the system may hold a process that waits for a disk.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// A process as the system shows it.
struct Process {
    id: Pid,
    parent: i32,
    has_ended: bool,
}

/// From now on what loses its parent below this program becomes its child.
pub(crate) fn adopt() -> rustix::io::Result<()> {
    set_child_subreaper(Some(getpid()))
}

/// The children of this program.
pub(crate) fn children() -> HashSet<Pid> {
    let own = getpid().as_raw_nonzero().get();
    all().filter(|process| process.parent == own).map(|process| process.id).collect()
}

/// Ends the children of this program but for these, then those that it gets by that, until there are none.
pub(crate) fn end_children(spared: HashSet<Pid>) {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        let begun = Instant::now();
        while begun.elapsed() < END_TIMEOUT {
            let mut killed = children();
            // One of another user may stay.
            killed.retain(|id| !spared.contains(id) && kill_process(*id, Signal::KILL).is_ok());
            if killed.is_empty() {
                break;
            }
            killed.into_iter().for_each(wait);
        }
        let _ = done.send(());
    });
    let _ = ended.recv_timeout(END_TIMEOUT);
}

fn wait(child: Pid) {
    while waitid(WaitId::Pid(child), WaitIdOptions::EXITED).is_err_and(|error| error == Errno::INTR)
    {
    }
}

/// The process, the processes with the mark, and those that they have started. They are found together: what has no mark is
/// known by its parents, as long as these are there.
pub(crate) fn of(command: Option<Pid>, mark: &str) -> Vec<Pid> {
    let mark = format!("{MARK}={mark}");
    let own = getpid();
    let there: Vec<Process> =
        all().filter(|process| process.id != own && !process.has_ended).collect();
    let is_first = |process: &&Process| Some(process.id) == command || has(process.id, &mark);
    let mut found: Vec<Pid> = there.iter().filter(is_first).map(|process| process.id).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|id| id.as_raw_nonzero().get()) {
        for process in there.iter().filter(|process| process.parent == parent) {
            if !found.contains(&process.id) {
                found.push(process.id);
            }
        }
        next += 1;
    }
    found
}

/// The number of searches in a row without a process after which no process is left.
const QUIET: u32 = 50;

/// Ends these, and what has that mark, until none is left.
pub(crate) fn end_orphans(found: Vec<Pid>, mark: &str) {
    let begun = Instant::now();
    let mut left = found;
    let mut quiet = 0;
    // One that is just becoming another program shows no environment for a moment.
    while quiet < QUIET && begun.elapsed() < END_TIMEOUT {
        let killed =
            left.iter().filter(|process| kill_process(**process, Signal::KILL).is_ok()).count();
        quiet = if killed == 0 { quiet + 1 } else { 0 };
        // They are gone when the system comes to it.
        thread::yield_now();
        left = of(None, mark);
    }
}

/// Returns true if the environment with which a process was started contains this text.
fn has(id: Pid, mark: &str) -> bool {
    let variables = fs::read(format!("/proc/{}/environ", id.as_raw_nonzero()));
    variables.is_ok_and(|variable| {
        variable.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    })
}

/// Every process that this one may see.
fn all() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        // The name of the program, in parentheses, may have any character.
        let line = fs::read(entry.path().join("stat")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let (_, behind) = line.rsplit_once(')')?;
        let mut words = behind.split_whitespace();
        let has_ended = matches!(words.next()?, "Z" | "X");
        Some(Process { id: Pid::from_raw(id)?, parent: words.next()?.parse().ok()?, has_ended })
    })
}
