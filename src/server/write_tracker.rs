//! The answers of one connection on their way to its socket: when one has left, and what is to happen to the connection with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::server::request_head::{HeadFlaws, HeadScan};

/// A function that is called with `true` when the socket has taken an answer, or with `false` if it never will.
pub(crate) struct Written(Option<Box<dyn FnOnce(bool) + Send>>);

impl Written {
    pub(crate) fn new(when_done: impl FnOnce(bool) + Send + 'static) -> Self {
        Self(Some(Box::new(when_done)))
    }

    /// Tells both, this one first.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::new(move |written| {
            self.tell(written);
            other.tell(written);
        })
    }

    fn tell(mut self, written: bool) {
        if let Some(when_done) = self.0.take() {
            when_done(written);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(when_done) = self.0.take() {
            when_done(false);
        }
    }
}

/// The end of a connection at one of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionFault {
    /// It is closed before it.
    Cut,
    /// It is reset before it.
    Reset,
    /// It is reset in the middle of it.
    ResetWithin,
    /// It is reset behind it.
    ResetAfter,
    /// It is closed in the middle of its body.
    Truncate,
}

impl ConnectionFault {
    pub(super) fn resets(self) -> bool {
        matches!(self, Self::Reset | Self::ResetWithin | Self::ResetAfter)
    }

    /// Tells if nothing of the answer is written.
    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::Cut | Self::Reset)
    }
}

/// The answers of one connection that are on their way to its socket.
#[derive(Default)]
pub(super) struct WriteTracker {
    buffered: Mutex<Vec<Written>>,
    phase: Mutex<Phase>,
    /// The requests, as far as their bytes have come.
    head: Mutex<HeadScan>,
    /// The fault of the answer that is on its way, and the number of bytes that may still be written, once that is
    /// known.
    fault: Mutex<Option<(ConnectionFault, Option<usize>)>>,
    /// Bytes of the body of that answer.
    body: AtomicUsize,
}

/// The phase of a connection around its requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// No request has come, or its answer has left: what is written now is written by hyper, which refuses.
    #[default]
    Idle,
    /// A request is being answered.
    Answering,
    /// The answer is in the buffer.
    Buffered,
    /// hyper has refused, and that is in the timeline.
    Refused,
}

impl WriteTracker {
    pub(super) fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// These bytes have come.
    pub(super) fn scan(&self, bytes: &[u8]) {
        let begins = self.phase() == Phase::Idle;
        self.head.lock().unwrap_or_else(PoisonError::into_inner).feed(bytes, begins);
    }

    /// Tells if half a head has come.
    pub(super) fn is_within_head(&self) -> bool {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).is_within_head()
    }

    /// Returns what was wrong with the head of the next request.
    pub(super) fn take_flaws(&self) -> HeadFlaws {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// That is to happen with the answer to come, whose body has so many bytes.
    pub(super) fn inject(&self, fault: ConnectionFault, body: usize) {
        self.body.store(body, Ordering::Relaxed);
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((fault, None));
    }

    /// An answer is in the buffer whose sender wants to be told.
    pub(super) fn push(&self, written: Written) {
        self.buffered.lock().unwrap_or_else(PoisonError::into_inner).push(written);
    }

    /// Of so many bytes that are about to be written, how many may be.
    pub(super) fn budget(&self, bytes: usize) -> Option<usize> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let (fault, left) = fault.as_mut()?;
        let body = self.body.load(Ordering::Relaxed);
        let most = match fault {
            ConnectionFault::ResetWithin => bytes / 2,
            ConnectionFault::Truncate => bytes.saturating_sub(body.div_ceil(2)),
            ConnectionFault::Cut | ConnectionFault::Reset | ConnectionFault::ResetAfter => {
                return None;
            }
        };
        Some(*left.get_or_insert(most))
    }

    pub(super) fn spend(&self, bytes: usize) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Some(left))) = fault.as_mut() {
            *left = left.saturating_sub(bytes);
        }
    }

    pub(super) fn fault(&self) -> Option<ConnectionFault> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.map(|(fault, _)| fault)
    }

    pub(super) fn flushed(&self) {
        if self.phase() == Phase::Buffered {
            self.enter(Phase::Idle);
        }
        let mut buffered = self.buffered.lock().unwrap_or_else(PoisonError::into_inner);
        let written = std::mem::take(&mut *buffered);
        drop(buffered);
        written.into_iter().for_each(|written| written.tell(true));
    }
}
