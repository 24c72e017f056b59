//! A command that runs within `exec`, with all that it starts: nothing of it outlives the program, however that ends.
//!
//! On Unix the command leads a process group of its own, which is ended when the command has ended. A guardian, which is this
//! program once more, ends it when the program is killed: it reads a pipe that nobody writes to and that the system closes.
//! (Linux could signal the command at its parent's death, but not what it has started, and only by unsafe code.)
//!
//! With a terminal as its standard input the command stays in the program's own group. In another one it would be stopped
//! when it reads, and Ctrl-Z would stop half of the two. There the terminal itself reaches all of the group with Ctrl-C, and
//! when it is closed.
//!
//! On Windows the program puts itself into a job, which ends what is in it when its last handle is closed.

use std::io;
use std::process::{Child, Command, ExitStatus};

use crate::signals::Passed;

#[cfg(unix)]
pub(crate) use unix::{Running, guard};
#[cfg(windows)]
pub(crate) use windows::Running;

/// The name of the command that makes a guardian of this program.
#[cfg(unix)]
pub(crate) const GUARDIAN: &str = "guard-group";

#[cfg(unix)]
mod unix {
    use std::env;
    use std::io::{IsTerminal, Read};
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;

    use rustix::io::Errno;
    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
    };

    use super::{Child, Command, ExitStatus, GUARDIAN, Passed, io};

    pub(crate) struct Running {
        child: Child,
        id: Pid,
        /// Of a command in a group of its own.
        guardian: Option<Child>,
        has_own_group: bool,
    }

    impl Running {
        pub(crate) fn start(mut command: Command) -> io::Result<Self> {
            let has_own_group = !io::stdin().is_terminal();
            if has_own_group {
                command.process_group(0);
            }
            let child = command.spawn()?;
            let id = Pid::from_child(&child);
            let mut running = Self { child, id, guardian: None, has_own_group };
            if has_own_group {
                // Without one the command is ended all the same, unless this program is killed.
                running.guardian = guardian(id).ok();
            }
            Ok(running)
        }

        /// What waits for the end of the command, on a thread of its own.
        pub(crate) fn ended(&self) -> impl FnOnce() + Send + 'static {
            let id = self.id;
            // It is left as it is, so that its number is not given to another process before its group has ended.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            move || while waitid(WaitId::Pid(id), options).is_err_and(|it| it == Errno::INTR) {}
        }

        /// Passes a signal on. A terminal sends its own to all of a group; who ends a process means this one.
        pub(crate) fn pass(&self, signal: Passed) {
            let (number, is_of_terminal) = match signal {
                Passed::Interrupt => (Signal::INT, true),
                Passed::Quit => (Signal::QUIT, true),
                Passed::HangUp => (Signal::HUP, true),
                Passed::Terminate => (Signal::TERM, false),
            };
            // It may have ended.
            let _ = match (is_of_terminal, self.has_own_group) {
                (true, true) => kill_process_group(self.id, number),
                // The terminal has sent it to the command too.
                (true, false) => Ok(()),
                (false, _) => kill_process(self.id, number),
            };
        }

        /// Ends what the command has started and left, and tells how the command has ended.
        pub(crate) fn end(mut self) -> io::Result<ExitStatus> {
            if self.has_own_group {
                // There may be nobody left in it.
                let _ = kill_process_group(self.id, Signal::KILL);
            }
            if let Some(mut guardian) = self.guardian.take() {
                let _ = guardian.kill();
                let _ = guardian.wait();
            }
            self.child.wait()
        }
    }

    fn guardian(group: Pid) -> io::Result<Child> {
        let mut guardian = Command::new(env::current_exe()?);
        guardian.args([GUARDIAN, &group.as_raw_nonzero().to_string()]);
        // What is sent to the group of this program does not concern it.
        guardian.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        guardian.spawn()
    }

    /// Ends a process group when standard input ends.
    pub(crate) fn guard(group: i32) {
        let mut nothing = [0];
        while let Err(error) = io::stdin().read(&mut nothing) {
            if error.kind() != io::ErrorKind::Interrupted {
                break;
            }
        }
        // Numbers of one and less have another meaning.
        if let Some(group) = Pid::from_raw(group).filter(|_| group > 1) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(windows)]
mod windows {
    use win32job::Job;

    use super::{Child, Command, ExitStatus, Passed, io};

    pub(crate) struct Running {
        child: std::sync::Arc<std::sync::Mutex<Child>>,
    }

    impl Running {
        pub(crate) fn start(mut command: Command) -> io::Result<Self> {
            let job = Job::create().map_err(io::Error::other)?;
            let mut limits = job.query_extended_limit_info().map_err(io::Error::other)?;
            limits.limit_kill_on_job_close();
            job.set_extended_limit_info(&limits).map_err(io::Error::other)?;
            job.assign_current_process().map_err(io::Error::other)?;
            // The system closes it with this process.
            std::mem::forget(job);
            Ok(Self { child: std::sync::Arc::new(std::sync::Mutex::new(command.spawn()?)) })
        }

        /// What waits for the end of the command, on a thread of its own.
        pub(crate) fn ended(&self) -> impl FnOnce() + Send + 'static {
            let child = std::sync::Arc::clone(&self.child);
            move || {
                let mut child = child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let _ = child.wait();
            }
        }

        /// The console has sent it to the command too.
        pub(crate) fn pass(&self, _: Passed) {}

        /// Tells how the command has ended. What it has left ends with this process.
        pub(crate) fn end(self) -> io::Result<ExitStatus> {
            self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner).wait()
        }
    }
}
