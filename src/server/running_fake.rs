//! A running fake: the engine behind its lock, the clock, and everybody who waits.
//!
//! The rule of this file: whoever changes the engine does it in [`RunningFake::change`], which does what follows from the change
//! after the lock is free again.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::panic::RefUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::http::Response;
use axum::http::request::Parts;
use tokio::sync::{Notify, watch};

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::ids::Seed;
use crate::engine::io::{ClockCommand, Moment, WakeUps};
use crate::engine::log::coverage::CoverageNames;
use crate::engine::log::timeline::Entry;
use crate::engine::log::verdict::Exemptions;
use crate::engine::settings::Settings;
use crate::engine::snapshot::{LogView, Snapshot};
use crate::report::line::line;
use crate::rules::Violation;
use crate::server::clock::LogicalClock;
use crate::server::mocks::MountedMocks;
use crate::server::runtime::runtime;
use crate::server::transport::{Transport, TransportEvent};

/// The number of held connects that are woken at a time. In between, requests that have come meanwhile get their turn.
const AT_A_TIME: usize = 32;

/// The settings of a fake that its server depends on.
pub(crate) struct ServerOptions {
    /// The origins whose pages may call the fake, next to those of its own host and of loopback names.
    pub(crate) cors_origins: Vec<headers::Origin>,
    /// The time that a barrier waits, in real time.
    pub(crate) wait_timeout: Duration,
    /// Is shown each line of the timeline as it comes.
    pub(crate) watch: Option<Watch>,
    /// The file that gets what was exercised of the contract.
    pub(crate) coverage: Option<PathBuf>,
    /// The control endpoint, where it is served.
    pub(crate) control: Option<ControlHandler>,
    /// The address, without a path.
    pub(crate) url: String,
    /// The place in the test where the fake was started.
    pub(crate) started_at: String,
}

/// The way of a request to the control endpoint.
#[derive(Clone)]
pub(crate) struct ControlHandler {
    /// The path that all its calls begin with, with a slash at its end.
    pub(crate) prefix: &'static str,
    pub(crate) begin: Arc<BeginCall>,
}

/// Looks at the head of a call.
pub(crate) type BeginCall = dyn Fn(Arc<RunningFake>, IpAddr, &Parts) -> ControlStep + Send + Sync;

/// The next step on the way of a call of the control endpoint.
#[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only the endpoint makes one"))]
pub(crate) enum ControlStep {
    Answer(Response<String>),
    /// The body is to be read, and handed on with what may be wrong with it.
    Body(Box<dyn FnOnce(Result<Vec<u8>, Violation>) -> ControlAnswer + Send>),
}

/// The answer of a call, which may take a while.
pub(crate) type ControlAnswer = Pin<Box<dyn Future<Output = Response<String>> + Send>>;

impl ControlHandler {
    pub(super) fn takes(&self, path: &str) -> bool {
        path.starts_with(self.prefix) || path == self.prefix.trim_end_matches('/')
    }
}

/// A closure that is shown each line of the timeline.
pub(crate) type Watch = Arc<dyn Fn(&str) + Send + Sync>;

/// One running fake.
pub(crate) struct RunningFake {
    pub(crate) settings: Arc<Settings>,
    pub(crate) options: ServerOptions,
    pub(crate) clock: LogicalClock,
    pub(crate) transport: Arc<Transport>,
    pub(crate) mocks: MountedMocks,
    /// The names that the coverage file lists as exercised by now.
    pub(crate) covered: Mutex<Option<CoverageNames>>,
    engine: Mutex<Engine>,
    /// By client, what wakes its held connect.
    held: Mutex<BTreeMap<ClientId, Arc<Notify>>>,
    changed: watch::Sender<()>,
    clock_moved: watch::Sender<()>,
    /// This fake, for work that continues after a change.
    this: Weak<Self>,
}

impl RunningFake {
    pub(crate) fn new(
        settings: Settings,
        options: ServerOptions,
        transport: impl FnOnce(Box<dyn Fn(TransportEvent) + Send + Sync>) -> Transport,
    ) -> Arc<Self> {
        let settings = Arc::new(settings);
        let clock = LogicalClock::start();
        let seed = Seed(fastrand::u64(..));
        let engine = Engine::new(Arc::clone(&settings), clock.timestamp(Duration::ZERO), seed);
        Arc::new_cyclic(|this: &Weak<Self>| {
            let fake = Weak::clone(this);
            let transport = transport(Box::new(move |event| {
                if let Some(fake) = fake.upgrade() {
                    fake.transport_event(event);
                }
            }));
            Self {
                this: Weak::clone(this),
                settings,
                options,
                clock,
                transport: Arc::new(transport),
                mocks: MountedMocks::default(),
                covered: Mutex::new(None),
                engine: Mutex::new(engine),
                held: Mutex::new(BTreeMap::new()),
                changed: watch::Sender::new(()),
                clock_moved: watch::Sender::new(()),
            }
        })
    }

    /// Looks at the engine.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.lock())
    }

    /// Takes a copy of the fake, once all that follows from the answers so far is in it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.change(|engine, now| {
            engine.settle(now.at);
            engine.snapshot()
        })
    }

    /// Takes a copy of the log, once all that follows from the answers so far is in it.
    pub(crate) fn log_view(&self) -> LogView {
        self.change(|engine, now| {
            engine.settle(now.at);
            engine.log_view()
        })
    }

    /// Changes the engine, and does what follows.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Engine, Moment) -> T) -> T {
        let mut engine = self.lock();
        let now = self.clock.moment();
        engine.expire(now);
        let result = change(&mut engine, now);
        self.end_of_change(engine, now);
        result
    }

    /// Tries something that changes the engine only when it succeeds.
    pub(crate) fn attempt<T>(
        &self,
        attempt: impl FnOnce(&mut Engine, Moment) -> Option<T>,
    ) -> Option<T> {
        let mut engine = self.lock();
        let now = self.clock.moment();
        let success = attempt(&mut engine, now)?;
        self.end_of_change(engine, now);
        Some(success)
    }

    /// Changes the engine and tells nobody, for something that nobody can wait for.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what follows from a change, written once for all of them.
    fn end_of_change(&self, mut engine: MutexGuard<'_, Engine>, now: Moment) {
        let WakeUps { clients, everybody, unshown, starts_timer, awaits_expiry, clock } =
            engine.wake_ups(now);
        let exemptions = (!unshown.is_empty()).then(|| engine.log.exemptions.clone());
        drop(engine);
        if everybody {
            self.held().values().for_each(|wake| wake.notify_waiters());
        }
        self.wake(clients);
        if starts_timer {
            self.start_timer();
        }
        if awaits_expiry {
            self.await_expiry();
        }
        match clock {
            Some(ClockCommand::Pause) => self.pause_clock(),
            Some(ClockCommand::Resume) => self.resume_clock(),
            None => {}
        }
        self.tell_of_change();
        // A watcher is code of the test's, which may block or panic: nobody else waits for it.
        if let Some(exemptions) = exemptions {
            self.show(&unshown, &exemptions);
        }
    }

    fn show(&self, entries: &[Arc<Entry>], exemptions: &Exemptions) {
        let Some(watch) = &self.options.watch else { return };
        entries.iter().for_each(|entry| watch(&line(entry, exemptions)));
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<ClientId, Arc<Notify>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what wakes the held connect of a client.
    pub(super) fn listen(&self, client: &ClientId) -> Arc<Notify> {
        Arc::clone(self.held().entry(client.clone()).or_default())
    }

    /// Forgets what wakes the held connect of a client, unless another connect of it is held.
    pub(super) fn stop_listening(&self, client: &ClientId, wake: Arc<Notify>) {
        drop(wake);
        let mut held = self.held();
        if held.get(client).is_some_and(|wake| Arc::strong_count(wake) == 1) {
            held.remove(client);
        }
    }

    /// Wakes the held connects of these clients: the first of them now, and many others some at a time.
    fn wake(&self, clients: Vec<ClientId>) {
        if clients.is_empty() {
            return;
        }
        self.wake_some(&clients[..clients.len().min(AT_A_TIME)]);
        if clients.len() <= AT_A_TIME {
            return;
        }
        let fake = Weak::clone(&self.this);
        runtime().spawn(async move {
            for some in clients[AT_A_TIME..].chunks(AT_A_TIME) {
                tokio::task::yield_now().await;
                let Some(fake) = fake.upgrade() else { return };
                fake.wake_some(some);
            }
        });
    }

    fn wake_some(&self, clients: &[ClientId]) {
        let held = self.held();
        let woken = clients.iter().filter_map(|client| held.get(client));
        woken.for_each(|wake| wake.notify_waiters());
    }

    /// Has the engine go on at each moment at which it is due, until the fake is gone.
    fn start_timer(&self) {
        let Some(fake) = self.this.upgrade() else { return };
        runtime().spawn(async move {
            let mut changes = fake.changes();
            loop {
                changes.mark_unchanged();
                if fake.is_closed() {
                    return;
                }
                let due = fake.look(Engine::next_timer);
                let moment = async {
                    match due {
                        Some(due) => fake.until_moment(due).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = moment => fake.change(Engine::run_due),
                    _ = changes.changed() => {}
                }
            }
        });
    }

    /// Has clients expire when their time has come, though nobody asks, until there is no client or the fake is gone.
    fn await_expiry(&self) {
        let Some(fake) = self.this.upgrade() else { return };
        runtime().spawn(async move {
            // A change has those expire whose time has come.
            let mut awaited = fake.look(|engine| engine.awaited_expiry);
            while let Some(due) = awaited {
                tokio::select! {
                    () = fake.until_moment(due) => {}
                    () = fake.ended() => return,
                }
                awaited = fake.change(|engine, _| engine.next_expiry(awaited));
            }
        });
    }

    /// Waits until the fake is gone, and is woken by no other change.
    async fn ended(&self) {
        let mut moves = self.clock_moved.subscribe();
        while !self.is_closed() {
            let _ = moves.changed().await;
        }
    }

    /// Waits for a moment of the logical clock.
    pub(crate) async fn until_moment(&self, moment: Duration) {
        let mut moves = self.clock_moved.subscribe();
        loop {
            moves.mark_unchanged();
            if self.clock.now() >= moment {
                return;
            }
            match self.clock.real_time_until(moment) {
                None => {
                    let _ = moves.changed().await;
                }
                Some(real) => {
                    let _ = tokio::time::timeout(real, moves.changed()).await;
                }
            }
        }
    }

    /// Tells everybody who waits that something has changed. Whoever begins to wait later looks first.
    fn tell_of_change(&self) {
        if self.changed.receiver_count() > 0 {
            self.changed.send_replace(());
        }
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn pause_clock(&self) {
        self.clock.pause();
        self.clock_has_moved();
    }

    pub(crate) fn resume_clock(&self) {
        self.clock.resume();
        self.clock_has_moved();
    }

    /// Tells everybody who waits for a moment that the clock is no longer what it was.
    pub(crate) fn clock_has_moved(&self) {
        self.clock_moved.send_replace(());
        self.changed.send_replace(());
    }

    fn transport_event(&self, event: TransportEvent) {
        self.change(|engine, now| match event {
            TransportEvent::Refused(violation) => engine.log.refused(violation, now.at),
            TransportEvent::Dropped { method, path } => {
                let remark = format!("{method} {path}  the client hung up at once");
                engine.log.remark(None, &remark, now.at);
            }
            TransportEvent::Closed(connection) => engine.connection_closed(connection),
        });
    }

    pub(crate) fn close(&self) {
        self.transport.close();
        self.clock_has_moved();
    }

    /// Waits until the fake is gone.
    pub(crate) async fn closed(&self) {
        let mut changes = self.changes();
        while !self.is_closed() {
            let _ = changes.changed().await;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.transport.is_closed()
    }
}

// A panic in a test leaves no half-made change behind: every change is one call under the lock, and no code of the test runs
// in it. So a test may catch a panic of the fake and go on.
impl RefUnwindSafe for RunningFake {}

impl fmt::Debug for RunningFake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started_at = &self.options.started_at;
        formatter
            .debug_struct("RunningFake")
            .field("started_at", started_at)
            .finish_non_exhaustive()
    }
}
