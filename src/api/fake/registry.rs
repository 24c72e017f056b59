//! The fakes that a suite in another language asks for at the control endpoint, one for each test: kept until the suite ends
//! them, or until nobody has used them for a while.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::builder::from_json::fake_name;
use crate::api::fake::FakeGws;
use crate::api::fake::verdict::Verdict;
use crate::control;
use crate::engine::commands::CallError;
use crate::error::Error;
use crate::server::runtime;

/// Starts a fake of that id, with the settings of a suite.
pub(crate) type StartFake = Box<dyn Fn(u64, &Value) -> Result<FakeGws, Error> + Send + Sync>;

/// The fakes that a suite has asked for.
pub(crate) struct FakeRegistry {
    /// Starts a fake of that id, with the settings of a suite.
    start: StartFake,
    most: usize,
    unused_for: Duration,
    kept: Mutex<Registrations>,
    /// The lock of whoever ends fakes. In the meantime a fake is no longer registered and its verdict is not stored yet, so
    /// that nobody else may look for either.
    sweeping: Mutex<()>,
}

#[derive(Default)]
struct Registrations {
    /// By id.
    fakes: BTreeMap<u64, RegisteredFake>,
    /// The number of fakes that are about to start.
    starting: usize,
    /// The id of the last one.
    last: u64,
    /// The verdicts of those that have ended, by id. What nobody was told yet counts at the end of all.
    ended: BTreeMap<u64, Verdict>,
    /// The verdict on the oldest of those that have ended, together: they kept the contract, and their suite was told.
    former: Option<Verdict>,
    /// The number of verdicts at which the oldest are joined.
    join_at: usize,
    /// True if a task looks for unused fakes.
    watched: bool,
    /// True if no more fakes may start.
    closed: bool,
}

/// The number of verdicts that are remembered when a suite was told that the contract was kept.
const REMEMBERED: usize = 500;

struct RegisteredFake {
    fake: FakeGws,
    name: Option<String>,
}

impl Registrations {
    /// Joins the verdicts of the oldest fakes, where there are very many that say nothing new.
    fn join_oldest(&mut self) {
        if self.ended.len() < self.join_at.max(2 * REMEMBERED) {
            return;
        }
        let says_nothing = |verdict: &Verdict| verdict.was_told() && !verdict.is_broken();
        let old = self.ended.iter().filter(|(_, verdict)| says_nothing(verdict));
        let old: Vec<u64> = old.map(|(id, _)| *id).rev().skip(REMEMBERED).collect();
        for id in old.iter().rev() {
            let Some(verdict) = self.ended.remove(id) else { continue };
            match &mut self.former {
                Some(former) => former.join(&verdict),
                None => self.former = Some(verdict),
            }
        }
        self.join_at = self.ended.len() + REMEMBERED;
    }
}

impl FakeRegistry {
    pub(crate) fn new(start: StartFake, most: usize, unused_for: Duration) -> Self {
        Self { start, most, unused_for, kept: Mutex::default(), sweeping: Mutex::default() }
    }

    /// Returns the registry as the endpoint sees it, for as long as the registry is there.
    pub(crate) fn interface(self: &Arc<Self>) -> Arc<dyn control::registry::FakeRegistry> {
        Arc::new(Interface(Arc::downgrade(self)))
    }

    fn start(self: &Arc<Self>, settings: &Value) -> Result<Value, CallError> {
        let id = self.take_place()?;
        let started = (self.start)(id, settings);
        let mut kept = self.kept();
        kept.starting -= 1;
        let fake = started.map_err(|error| CallError::new(400, error.to_string()))?;
        let name = fake_name(settings);
        let described = describe(id, name.as_deref(), &fake);
        if kept.closed {
            // What nobody has used has broken nothing.
            return Err(CallError::new(409, "the fake has ended".to_owned()));
        }
        kept.fakes.insert(id, RegisteredFake { fake, name });
        if !std::mem::replace(&mut kept.watched, true) {
            // Looks for fakes that nobody uses, from one due time to the next, while there are any. To end one may block, for
            // its coverage file.
            let registry = Arc::downgrade(self);
            runtime::start_again_and_again(move || registry.upgrade()?.sweep(Instant::now()));
        }
        Ok(described)
    }

    /// A place for one more, and its id.
    fn take_place(&self) -> Result<u64, CallError> {
        let mut kept = self.kept();
        let got = kept.fakes.len() + kept.starting;
        let most = self.most;
        if got >= most {
            return Err(CallError::new(
                409,
                format!(
                    "got {got} fakes that have not ended, want fewer than {most} before another one: end each with DELETE when its test ends, or allow more with --max-fakes"
                ),
            ));
        }
        kept.starting += 1;
        kept.last += 1;
        Ok(kept.last)
    }

    fn list(&self) -> Value {
        let kept = self.kept();
        let fakes = kept.fakes.iter().map(|(id, RegisteredFake { fake, name })| {
            json!({ "id": id.to_string(), "name": name, "url": fake.url() })
        });
        fakes.collect()
    }

    /// Ends one, and tells its verdict; also that of one that has ended by itself, until it was told.
    fn end(&self, id: &str) -> Result<Verdict, CallError> {
        let number = id.parse::<u64>().unwrap_or_default();
        let _swept = self.swept();
        let found = self.kept().fakes.remove(&number);
        if let Some(fake) = found {
            self.finish(number, fake);
        }
        let mut kept = self.kept();
        if let Some(verdict) = kept.ended.get_mut(&number).filter(|verdict| !verdict.is_reported) {
            let reported = verdict.clone();
            verdict.tell();
            kept.join_oldest();
            return Ok(reported);
        }
        let ids: Vec<String> = kept.fakes.keys().map(u64::to_string).collect();
        let ids = if ids.is_empty() { "none is there".to_owned() } else { ids.join(", ") };
        Err(CallError::new(
            404,
            format!("got the fake {id}, want the id of one that has not ended: {ids}"),
        ))
    }

    /// Ends all of them, and tells the verdicts of these and of those that had ended before, in the order in which they were
    /// started. There will be no more.
    pub(crate) fn end_all(&self) -> Vec<Verdict> {
        self.kept().closed = true;
        let _swept = self.swept();
        let fakes = std::mem::take(&mut self.kept().fakes);
        fakes.into_iter().for_each(|(id, fake)| self.finish(id, fake));
        let mut kept = self.kept();
        let former = kept.former.take();
        former.into_iter().chain(std::mem::take(&mut kept.ended).into_values()).collect()
    }

    /// Ends one, and keeps its verdict.
    fn finish(&self, id: u64, RegisteredFake { fake, name }: RegisteredFake) {
        let verdict = fake.end(called(id, name));
        self.kept().ended.insert(id, verdict);
    }

    /// Ends those that nobody has used for long enough by that moment; says when to look again, if any are left.
    fn sweep(&self, now: Instant) -> Option<Instant> {
        let _sweeping = self.swept();
        let over = |registered_fake: &RegisteredFake| {
            let unused = registered_fake.fake.unused_since();
            unused.is_some_and(|since| now.saturating_duration_since(since) >= self.unused_for)
        };
        let ended = {
            let mut kept = self.kept();
            let (ended, left) =
                std::mem::take(&mut kept.fakes).into_iter().partition(|(_, fake)| over(fake));
            kept.fakes = left;
            let ended: BTreeMap<u64, RegisteredFake> = ended;
            ended
        };
        ended.into_iter().for_each(|(id, fake)| self.finish(id, fake));
        let mut kept = self.kept();
        let next = kept
            .fakes
            .values()
            .map(|fake| fake.fake.unused_since().unwrap_or(now))
            .min()
            .map(|since| since + self.unused_for);
        kept.watched = next.is_some();
        next
    }

    /// Waits until no fake is between being kept and having its verdict kept.
    fn swept(&self) -> MutexGuard<'_, ()> {
        self.sweeping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Registrations> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registry as the endpoint sees it.
struct Interface(Weak<FakeRegistry>);

impl Interface {
    fn registry(&self) -> Result<Arc<FakeRegistry>, CallError> {
        self.0.upgrade().ok_or_else(|| CallError::new(409, "the fake has ended".to_owned()))
    }
}

impl control::registry::FakeRegistry for Interface {
    fn start(&self, settings: &Value) -> Result<Value, CallError> {
        self.registry()?.start(settings)
    }

    fn list(&self) -> Value {
        self.registry().map_or_else(|_| json!([]), |registry| registry.list())
    }

    fn finish(&self, id: &str) -> Result<Value, CallError> {
        self.registry()?.end(id).map(|verdict| verdict.to_json())
    }
}

// As for the state of a fake: a panic of a test leaves no half-made change behind.
impl RefUnwindSafe for FakeRegistry {}

impl fmt::Debug for FakeRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FakeRegistry").field("most", &self.most).finish_non_exhaustive()
    }
}

/// The name of a fake in reports.
fn called(id: u64, name: Option<String>) -> String {
    name.unwrap_or_else(|| format!("fake {id}"))
}

fn describe(id: u64, name: Option<&str>, fake: &FakeGws) -> Value {
    let users = fake.users();
    let users = users.iter().map(|user| {
        json!({ "userName": user.user_name(), "id": user.id(), "password": user.password() })
    });
    json!({
        "id": id.to_string(),
        "name": name,
        "url": fake.url(),
        "cometdUrl": fake.cometd_url(),
        "controlUrl": fake.control_url(),
        "users": users.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    const UNUSED_FOR: Duration = Duration::from_secs(600);

    fn registry() -> Arc<FakeRegistry> {
        let start = |id, settings: &Value| FakeGws::builder().asked(id, settings)?.try_start();
        Arc::new(FakeRegistry::new(Box::new(start), 2, UNUSED_FOR))
    }

    fn ids(registry: &FakeRegistry) -> Vec<u64> {
        registry.kept().fakes.keys().copied().collect()
    }

    #[test]
    fn one_that_nobody_uses_ends_after_ten_minutes_and_not_before() {
        let registry = registry();
        registry.start(&json!({})).unwrap();
        let since = registry.kept().fakes[&1].fake.unused_since().unwrap();
        let almost = since + UNUSED_FOR - Duration::from_millis(1);
        assert_eq!(registry.sweep(almost), Some(since + UNUSED_FOR));
        assert_eq!(ids(&registry), [1]);
        assert_eq!(registry.sweep(since + UNUSED_FOR), None);
        assert_eq!(ids(&registry), [0; 0]);
        // Its verdict is kept until somebody is told, once.
        assert!(!registry.end("1").unwrap().is_broken());
        assert_eq!(registry.end("1").unwrap_err().status, 404);
    }

    #[test]
    fn one_that_is_used_is_kept() {
        let registry = registry();
        let started = registry.start(&json!({})).unwrap();
        let address = started["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut client = TcpStream::connect(address).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = "POST /__fake/allow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n";
        client.write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes()).unwrap();
        let mut answer = [0; 512];
        // It asks for the body: the request is in flight.
        let length = client.read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 100 "));
        let late = Instant::now() + 10 * UNUSED_FOR;
        assert_eq!(registry.sweep(late), Some(late + UNUSED_FOR));
        assert_eq!(ids(&registry), [1]);
        client.write_all(br#"{"rule":"method"}"#).unwrap();
        let length = client.read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 "));
        assert_eq!(registry.sweep(Instant::now() + UNUSED_FOR), None);
        assert_eq!(ids(&registry), [0; 0]);
    }

    #[test]
    fn of_very_many_that_kept_the_contract_the_oldest_have_one_verdict() {
        let registry = registry();
        let many = 3 * REMEMBERED;
        for id in 1..=many {
            registry.start(&json!({})).unwrap();
            registry.end(&id.to_string()).unwrap();
            assert!(registry.kept().ended.len() <= 2 * REMEMBERED, "{id}");
        }
        let verdicts = registry.end_all();
        assert_eq!(verdicts.iter().map(Verdict::fakes).sum::<usize>(), many);
        let oldest = &verdicts[0];
        assert_eq!(oldest.name(), format!("{} earlier fakes", oldest.fakes()));
        assert!(oldest.was_told() && oldest.fakes() > REMEMBERED, "{oldest:?}");
    }

    #[test]
    fn the_end_of_all_tells_also_of_those_that_have_ended_by_themselves() {
        let registry = registry();
        registry.start(&json!({ "name": "early" })).unwrap();
        registry.sweep(Instant::now() + UNUSED_FOR);
        registry.start(&json!({})).unwrap();
        let names = registry.end_all().into_iter().map(|end_all| end_all.name().to_owned());
        assert_eq!(names.collect::<Vec<_>>(), ["early", "fake 2"]);
        assert_eq!(registry.start(&json!({})).unwrap_err().status, 409);
    }
}
