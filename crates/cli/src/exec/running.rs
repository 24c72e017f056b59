//! A command that runs within `exec`, with all that it starts: nothing of it outlives the program, however that ends.
//!
//! On Unix the command leads a process group of its own, which is ended when the command has ended. On Linux what has left the
//! group is ended too: see [`process_tree`](crate::process_tree). A [`guardian`](crate::guardian) does both when the program is
//! killed. (Linux could signal the command at its parent's death, but not what it has started, and only by unsafe code.)
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
pub(crate) use unix::Running;
#[cfg(windows)]
pub(crate) use windows::Running;

/// The reason why a command does not run.
pub(crate) enum NotStarted {
    /// Nobody would end it if the program was killed.
    Unguarded(io::Error),
    Command(io::Error),
}

#[cfg(unix)]
mod unix {
    use std::io::IsTerminal;
    use std::os::unix::process::CommandExt;
    use std::time::SystemTime;

    use rustix::io::Errno;
    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
    };

    use super::{Child, Command, ExitStatus, NotStarted, Passed, io};
    use crate::exec::guardian::Guardian;
    #[cfg(target_os = "linux")]
    use crate::exec::process_tree;

    pub(crate) struct Running {
        child: Child,
        id: Pid,
        guardian: Guardian,
        has_own_group: bool,
        /// Children that this process had before, as one that a shell has become may have.
        #[cfg(target_os = "linux")]
        earlier: std::collections::HashSet<Pid>,
    }

    impl Running {
        pub(crate) fn start(mut command: Command) -> Result<Self, NotStarted> {
            let mark = mark();
            #[cfg(target_os = "linux")]
            let earlier = process_tree::children();
            #[cfg(target_os = "linux")]
            process_tree::adopt().map_err(|error| NotStarted::Unguarded(error.into()))?;
            #[cfg(target_os = "linux")]
            command.env(process_tree::MARK, &mark);
            let mut guardian = Guardian::post(&mark).map_err(NotStarted::Unguarded)?;
            let has_own_group = !io::stdin().is_terminal();
            if has_own_group {
                command.process_group(0);
            }
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    guardian.dismiss();
                    return Err(NotStarted::Command(error));
                }
            };
            let id = Pid::from_child(&child);
            if let Err(error) = guardian.guard(id, has_own_group) {
                let _ = child.kill();
                let _ = child.wait();
                guardian.dismiss();
                return Err(NotStarted::Unguarded(error));
            }
            Ok(Self {
                child,
                id,
                guardian,
                has_own_group,
                #[cfg(target_os = "linux")]
                earlier,
            })
        }

        /// Returns a function that waits for the end of the command, for a thread of its own.
        pub(crate) fn ended(&self) -> impl FnOnce() + Send + 'static {
            let id = self.id;
            // It is left as it is, so that its number is not given to another process before its group has ended.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            move || {
                while waitid(WaitId::Pid(id), options).is_err_and(|error| error == Errno::INTR) {}
            }
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
            #[cfg(target_os = "linux")]
            {
                // How the command has ended is still to be told.
                self.earlier.extend([self.id, self.guardian.id()]);
                process_tree::end_children(self.earlier);
            }
            self.guardian.dismiss();
            self.child.wait()
        }
    }

    /// Returns a mark that no other command has.
    fn mark() -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{}-{}", std::process::id(), now.as_nanos())
    }
}

#[cfg(windows)]
mod windows {
    use win32job::Job;

    use super::{Child, Command, ExitStatus, NotStarted, Passed, io};

    pub(crate) struct Running {
        child: std::sync::Arc<std::sync::Mutex<Child>>,
    }

    impl Running {
        pub(crate) fn start(mut command: Command) -> Result<Self, NotStarted> {
            enter_a_job().map_err(NotStarted::Unguarded)?;
            let child = command.spawn().map_err(NotStarted::Command)?;
            Ok(Self { child: std::sync::Arc::new(std::sync::Mutex::new(child)) })
        }

        /// Returns a function that waits for the end of the command, for a thread of its own.
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
    fn enter_a_job() -> io::Result<()> {
        let job = Job::create().map_err(io::Error::other)?;
        let mut limits = job.query_extended_limit_info().map_err(io::Error::other)?;
        limits.limit_kill_on_job_close();
        job.set_extended_limit_info(&limits).map_err(io::Error::other)?;
        job.assign_current_process().map_err(io::Error::other)?;
        // The system closes it with this process.
        std::mem::forget(job);
        Ok(())
    }
}
