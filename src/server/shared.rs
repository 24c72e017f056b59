//! What the parts of one running fake share: its settings, its clock, and one lock around the pure parts.
//!
//! The rule of this file: whoever changes the state does it in [`Shared::change`], which tells everybody who waits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::panic::RefUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::bayeux::options;
use crate::bayeux::server::Server;
use crate::bayeux::session::ClientId;
#[cfg(feature = "control")]
use crate::control::Control;
use crate::engine::delivery::delivery_order::DeliveryOrder;
use crate::engine::delivery::publish::Withheld;
use crate::engine::delivery::push_client::PushClient;
use crate::engine::delivery::push_faults::{AnswerOrder, InjectedFaults};
use crate::engine::ids::Ids;
use crate::engine::log::coverage::CoverageNames;
use crate::engine::log::coverage::exercised::{by_entry, exercised};
use crate::engine::log::timeline::{Entry, EntryKind, Timeline};
use crate::engine::log::verdict::Exemptions;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::fixture::contract::Contract;
use crate::fixture::load::Fixtures;
use crate::gws::identity::HttpSessions;
use crate::gws::route::Misspelt;
use crate::gws::status::Refusal;
use crate::gws::world::{self, World};
use crate::report::line::line;
use crate::rules::Rule;
use crate::scenario::player::Player;
use crate::server::clock::LogicalClock;
use crate::server::idle::IdleTracker;
use crate::server::limits::Limits;
use crate::server::mocks::Mocks;
use crate::server::playing::Scheduled;
#[cfg(feature = "tls")]
use crate::server::tls::Tls;
use crate::server::wakeups::{Wakeups, wake_the_others};

/// What a running fake goes by.
pub(crate) struct Settings {
    pub(crate) fixtures: Fixtures,
    pub(crate) contract: Contract,
    pub(crate) gws: world::GwsOptions,
    pub(crate) push: options::CometdOptions,
    pub(crate) cometd_path: String,
    /// The id of the user as whom a request without credentials is taken.
    pub(crate) anonymous: Option<String>,
    pub(crate) handshake_denial: HandshakeDenial,
    /// Whether what may change something carries the token of its HTTP session.
    pub(crate) csrf_protection: bool,
    /// The origins whose pages may call the fake, beside those of its own host and of loopback names.
    pub(crate) cors_origins: Vec<headers::Origin>,
    pub(crate) order: AnswerOrder,
    pub(crate) misspelt: Misspelt,
    /// Whether what a client has left undone at the end fails the test.
    pub(crate) require_complete_sessions: bool,
    /// How long a barrier waits, in real time.
    pub(crate) wait_timeout: Duration,
    pub(crate) limits: Limits,
    /// statusCode and HTTP status by the id of the broken rule, where they are not the usual ones.
    pub(crate) answers: BTreeMap<&'static str, (u8, u16)>,
    /// Is shown each line of the timeline as it comes.
    pub(crate) watch: Option<Watch>,
    /// The file that gets what was exercised of the contract.
    pub(crate) coverage: Option<PathBuf>,
    /// The control endpoint, where it is served.
    #[cfg(feature = "control")]
    pub(crate) control: Option<Control>,
    /// With which certificates it speaks TLS, if it does.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<Tls>>,
    /// The address, without a path.
    #[cfg(feature = "control")]
    pub(crate) url: String,
    /// Where in the test the fake was started.
    pub(crate) started_at: String,
}

impl Settings {
    /// How a broken rule is answered, where it is answered by the REST side's envelope.
    pub(crate) fn refusal(&self, rule: &Rule) -> Option<Refusal> {
        let usual = Refusal::of(rule)?;
        Some(match self.answers.get(rule.id) {
            None => usual,
            Some(&(status_code, http)) => {
                let message = if usual.message.is_empty() { "Refused" } else { usual.message };
                Refusal { status_code: Some(status_code), http, message, ..usual }
            }
        })
    }
}

/// A closure that is shown each line of the timeline.
pub(crate) type Watch = Arc<dyn Fn(&str) + Send + Sync>;

/// How a handshake without credentials is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeDenial {
    /// As on the REST side: HTTP 403 with the envelope. Inferred.
    Http,
    /// In Bayeux: HTTP 200 with `403::Handshake denied` (wire, of a CometD server with a policy).
    Bayeux,
}

/// One running fake.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) clock: LogicalClock,
    pub(crate) mocks: Mutex<Option<Mocks>>,
    pub(crate) usage: IdleTracker,
    /// What its file says by now that was exercised.
    pub(crate) covered: Mutex<Option<CoverageNames>>,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    clock_moved: watch::Sender<()>,
    closed: AtomicBool,
    /// For what goes on behind a change.
    this: Weak<Self>,
}

/// What changes.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) http_sessions: HttpSessions,
    pub(crate) push: Server,
    /// What is to be published, in the order in which the world made it.
    pub(crate) outgoing: DeliveryOrder,
    pub(crate) faults: InjectedFaults,
    pub(crate) rest_faults: InjectedRestFaults,
    /// The scenario that is played.
    pub(crate) player: Option<Player>,
    /// What it has do later.
    pub(crate) scheduled: Scheduled,
    /// Events that a fault holds.
    pub(crate) withheld: Withheld,
    pub(crate) push_clients: BTreeMap<ClientId, PushClient>,
    pub(crate) ids: Ids,
    pub(crate) timeline: Timeline,
    /// What of the contract was exercised before the last reset.
    exercised: CoverageNames,
    pub(crate) exemptions: Exemptions,
    /// Whether a panic has shown the report already.
    pub(crate) reported: bool,
    /// For each reader, the number of the last entry that it was given.
    pub(crate) read_up_to: BTreeMap<String, u64>,
    /// Numbers of the entries that an assertion has found.
    pub(crate) asserted: BTreeSet<u64>,
    /// Numbers of the entries that the watcher has not been shown.
    unshown: Vec<u64>,
    pub(super) waking: Wakeups,
}

impl State {
    fn new(settings: &Settings) -> Self {
        let Fixtures { users, sessions, statics } = settings.fixtures.clone();
        Self {
            world: World::new(settings.gws.clone(), users, sessions, statics),
            http_sessions: HttpSessions::default(),
            push: Server::new(settings.push.clone()),
            outgoing: DeliveryOrder::default(),
            faults: InjectedFaults::default(),
            rest_faults: InjectedRestFaults::default(),
            player: None,
            scheduled: Scheduled::default(),
            withheld: Withheld::default(),
            push_clients: BTreeMap::new(),
            ids: Ids::new(),
            timeline: Timeline::default(),
            exercised: CoverageNames::default(),
            exemptions: Exemptions::default(),
            reported: false,
            read_up_to: BTreeMap::new(),
            asserted: BTreeSet::new(),
            unshown: Vec::new(),
            waking: Wakeups::default(),
        }
    }

    /// Counts the worlds: another one begins with a reset.
    pub(crate) fn generation(&self) -> u32 {
        self.push.generation()
    }

    /// Whether no request is in flight and what follows from the answers has been published.
    pub(crate) fn is_idle(&self) -> bool {
        !self.timeline.entries().any(Entry::is_in_flight) && self.outgoing.is_empty()
    }

    /// What of the contract was exercised so far.
    pub(crate) fn exercised(&self) -> CoverageNames {
        let mut names = exercised(&self.timeline, &self.faults);
        names.join(self.exercised.clone());
        names
    }

    /// Drops what the timeline has too many of. What it has exercised still counts.
    fn shed(&mut self, settings: &Settings) {
        let Self { timeline, exercised, .. } = self;
        let is_covered = settings.coverage.is_some();
        timeline.shed(settings.limits.timeline, |entry| {
            if is_covered {
                exercised.join(by_entry(entry));
            }
        });
    }

    /// Marks an entry as one to be shown to the watcher.
    pub(crate) fn show(&mut self, number: u64) {
        self.unshown.push(number);
    }

    /// Removes the clients that have expired by that moment.
    pub(crate) fn sweep(&mut self, now: Duration) {
        let expired = self.push.sweep(now);
        self.expired(&expired, now);
    }

    /// Says which clients have expired.
    pub(crate) fn expired(&mut self, clients: &[(ClientId, Arc<str>)], now: Duration) {
        for (_, owner) in clients {
            self.remark(owner, "CometD session expired: no connect came in time", now);
        }
    }

    /// Puts a remark on a living client into the timeline.
    pub(crate) fn remark_on(&mut self, client: &str, remark: &str, now: Duration) {
        if let Some(owner) = self.push.session(client).map(|session| session.owner.clone()) {
            self.remark(&owner, remark, now);
        }
    }

    pub(crate) fn remark(&mut self, user: &str, remark: &str, now: Duration) {
        let user = self.world.name(user);
        let number = self.timeline.push(now, Some(user), EntryKind::Remark(remark.to_owned()));
        self.show(number);
    }
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Arc<Self> {
        let state = State::new(&settings);
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            settings,
            clock: LogicalClock::start(),
            mocks: Mutex::new(None),
            usage: IdleTracker::new(),
            covered: Mutex::new(None),
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            clock_moved: watch::Sender::new(()),
            closed: AtomicBool::new(false),
        })
    }

    /// Looks at the state.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Looks at the state once all that follows from the answers so far is in it.
    pub(crate) fn look_settled<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.change(|state| state.settle(self.clock.now()));
        self.look(look)
    }

    /// Changes the state, shows the watcher what is new, and tells everybody who waits.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        self.end_of_change(state);
        result
    }

    /// What follows from a change, written once for all of them.
    fn end_of_change(&self, mut state: MutexGuard<'_, State>) {
        if state.push.has_lost() {
            state.name_losses(self.clock.now());
        }
        let lines = match &self.settings.watch {
            Some(_) => self.lines(&state),
            None => Vec::new(),
        };
        state.unshown.clear();
        state.shed(&self.settings);
        let others = state.wake_the_first();
        drop(state);
        if others {
            wake_the_others(Weak::clone(&self.this));
        }
        if let Some(watch) = &self.settings.watch {
            lines.iter().for_each(|line| watch(line));
        }
        self.tell_of_change();
    }

    /// Tells everybody who waits that something has changed. Whoever begins to wait later looks first.
    fn tell_of_change(&self) {
        if self.changed.receiver_count() > 0 {
            self.changed.send_replace(());
        }
    }

    /// Changes the state and tells nobody: for what nobody can wait for.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins again with the fixtures, as if the server had been started anew: held connects learn that they are unknown.
    pub(crate) fn reset(&self) {
        self.change(|state| {
            let old = std::mem::replace(state, State::new(&self.settings));
            state.exercised = old.exercised();
            state.exemptions.allowed = old.exemptions.allowed;
            state.timeline = Timeline::after(&old.timeline);
            state.push = old.push.begin_again();
            old.push_clients.values().for_each(|client| client.wake.notify_waiters());
        });
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn clock_moves(&self) -> watch::Receiver<()> {
        self.clock_moved.subscribe()
    }

    /// Tells everybody who waits for a moment that the clock is no longer what it was.
    pub(crate) fn clock_has_moved(&self) {
        self.clock_moved.send_replace(());
        self.changed.send_replace(());
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.changed.send_replace(());
    }

    /// Waits until the fake is gone.
    pub(crate) async fn closed(&self) {
        let mut changes = self.changes();
        while !self.is_closed() {
            let _ = changes.changed().await;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn lines(&self, state: &State) -> Vec<String> {
        let entries = state.unshown.iter().filter_map(|number| state.timeline.entry(*number));
        entries.map(|entry| line(entry, &state.exemptions)).collect()
    }
}

// A panic in a test leaves no half-made change behind: every change is one call under the lock, and no code of the test runs
// in it. So a test may catch a panic of the fake and go on.
impl RefUnwindSafe for Shared {}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started_at = &self.settings.started_at;
        formatter.debug_struct("Shared").field("started_at", started_at).finish_non_exhaustive()
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    #[cfg_attr(
        not(feature = "control"),
        expect(dead_code, reason = "only the control endpoint asks")
    )]
    pub(crate) address: IpAddr,
    /// Whether the connection is still there.
    pub(crate) open: Arc<AtomicBool>,
}
