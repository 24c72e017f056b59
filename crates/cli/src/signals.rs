//! Signals: those that end the program, and those that `exec` passes on to its command.

use std::io;

/// The signals that end the program.
#[cfg(unix)]
pub(crate) struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt })
    }

    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that end the program.
#[cfg(windows)]
pub(crate) struct Stop {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Stop {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    pub(crate) async fn wait(mut self) {
        let _ = self.interrupt.recv().await;
    }
}

/// A signal that a command is to get too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(windows, expect(dead_code, reason = "Ctrl-C reaches the command by itself"))]
pub(crate) enum Passed {
    Interrupt,
    Quit,
    HangUp,
    Terminate,
}

/// The signals that are passed on.
#[cfg(unix)]
pub(crate) struct ToPass {
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl ToPass {
    /// From now on they do not end this program.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Passed {
        tokio::select! {
            _ = self.interrupt.recv() => Passed::Interrupt,
            _ = self.quit.recv() => Passed::Quit,
            _ = self.hang_up.recv() => Passed::HangUp,
            _ = self.terminate.recv() => Passed::Terminate,
        }
    }
}

/// The signals that are passed on: none, since the console sends Ctrl-C to the command too.
#[cfg(windows)]
pub(crate) struct ToPass {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl ToPass {
    /// From now on they do not end this program.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    pub(crate) async fn next(&mut self) -> Passed {
        let _ = self.interrupt.recv().await;
        Passed::Interrupt
    }
}
