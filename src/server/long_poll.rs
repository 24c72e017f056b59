//! A held connect: tried again whenever something has changed, and what becomes of it when its client hangs up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::io::{Ticket, Tried};
use crate::bayeux::session::ReleaseReason;
use crate::server::request::Begun;
use crate::server::runtime::runtime;
use crate::server::shared::Shared;
use crate::server::wait;

/// Tries a held connect until there is an answer, or until it is held no longer.
async fn settle(
    shared: &Shared,
    ticket: &Ticket,
    wake: &Notify,
) -> Result<BayeuxReply, ReleaseReason> {
    loop {
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let tried = shared.lock().push.poll(ticket, shared.clock.now());
        match tried {
            Tried::Answer(answer) => return Ok(answer),
            Tried::Released(why) => return Err(why),
            Tried::Waiting => {}
        }
        tokio::select! {
            () = woken => {}
            () = wait::until_moment(shared, ticket.deadline) => {}
        }
    }
}

/// A held connect; dropped unanswered, its client has hung up.
pub(super) struct LongPoll {
    pub(super) shared: Arc<Shared>,
    pub(super) begun: Begun,
    /// Whether the client is there, for those who wait for it.
    pub(super) there: Arc<AtomicBool>,
    pub(super) ticket: Option<(Arc<Ticket>, Arc<Notify>)>,
}

impl LongPoll {
    /// As it is settled, after which nobody has hung up.
    pub(super) async fn settled(&mut self) -> Result<BayeuxReply, ReleaseReason> {
        let Some((ticket, wake)) = &self.ticket else { return Err(ReleaseReason::Failed) };
        let settled = settle(&self.shared, ticket, wake).await;
        self.ticket = None;
        settled
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let Some((ticket, wake)) = self.ticket.take().filter(|_| !shared.is_closed()) else {
            return;
        };
        self.there.store(false, Ordering::Release);
        if shared.settings.push.keep_on_hangup {
            shared.change(|state| state.push.abandon(&ticket, shared.clock.now()));
            return;
        }
        let carrier = self.begun.number;
        runtime().spawn(async move {
            tokio::select! {
                () = shared.closed() => {}
                settled = settle(&shared, &ticket, &wake) => {
                    if let Ok(answer) = settled {
                        shared.change(|state| state.unwritten(answer, carrier));
                    }
                }
            }
        });
    }
}
