//! The guardian, which ends a command when this program is killed: a second process of this program, which reads a pipe that
//! the system then closes.
//!
//! It is there before the command is. The pipe says which process the command is, and whether it leads a group; what the command
//! has started and has left its group is known by its parents, or else by a mark in its environment, on Linux only.

use std::env;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

#[cfg(target_os = "linux")]
use crate::exec::process_tree;

/// The name of the command that makes a guardian of this program.
pub(crate) const GUARDIAN: &str = "guard";

/// The word for a command that leads a process group.
const LEADS: &str = "leads";

pub(crate) struct Guardian {
    process: Child,
    /// Nobody else has this end of the pipe.
    pipe: Option<ChildStdin>,
}

impl Guardian {
    /// Starts a guardian that is ready to guard a command with that mark.
    pub(crate) fn post(mark: &str) -> io::Result<Self> {
        let mut guardian = Command::new(env::current_exe()?);
        guardian.args([GUARDIAN, mark]);
        // What is sent to the group of this program does not concern it.
        guardian
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = guardian.spawn()?;
        let pipe = process.stdin.take();
        let ready = process.stdout.take().map(|mut said| said.read_exact(&mut [0]));
        let posted = Self { process, pipe };
        match ready {
            Some(Ok(())) => Ok(posted),
            _ => {
                posted.dismiss();
                Err(io::Error::other("it has ended before it was ready"))
            }
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Tells it whom to guard.
    pub(crate) fn guard(&mut self, command: Pid, leads_a_group: bool) -> io::Result<()> {
        let whose = if leads_a_group { LEADS } else { "follows" };
        let pipe = self.pipe.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        pipe.write_all(format!("{} {whose}\n", command.as_raw_nonzero()).as_bytes())
    }

    /// Nobody is to be guarded any longer.
    pub(crate) fn dismiss(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Guards until standard input ends, and then ends what it was told of and what has that mark.
pub(crate) fn guard(mark: &str) {
    let mut output = io::stdout();
    let _ = output.write_all(b"\n").and_then(|()| output.flush());
    let mut input = String::new();
    let _ = io::stdin().read_to_string(&mut input);
    let (id, whose) = input.trim_end().split_once(' ').unwrap_or_default();
    // Numbers of one and less have another meaning.
    let command = id.parse().ok().filter(|id| *id > 1).and_then(Pid::from_raw);
    #[cfg(target_os = "linux")]
    let found = process_tree::of(command, mark);
    if let Some(command) = command {
        let _ = kill_process(command, Signal::KILL);
        if whose == LEADS {
            let _ = kill_process_group(command, Signal::KILL);
        }
    }
    #[cfg(target_os = "linux")]
    process_tree::end_orphans(found, mark);
    #[cfg(not(target_os = "linux"))]
    let _ = mark;
}
