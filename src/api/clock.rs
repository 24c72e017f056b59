//! The clock of a fake, which a test can stop and move.

use std::sync::Arc;
use std::time::Duration;

use crate::api::wait::Wait;
use crate::server::running_fake::RunningFake;
use crate::server::test_clock::advance;
use crate::server::wait::{TimedOut, until};

/// The logical clock of a fake, which connect timeouts, expiry and time stamps follow.
///
/// ```
/// use std::time::Duration;
/// use gws_sms_fake::FakeGws;
///
/// let gws = FakeGws::start();
/// gws.clock().pause();
/// let before = gws.clock().now();
/// gws.clock().advance(Duration::from_secs(3600)).blocking();
/// assert_eq!(gws.clock().now() - before, Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    fake: Arc<RunningFake>,
}

impl Clock {
    pub(crate) fn new(fake: &Arc<RunningFake>) -> Self {
        Self { fake: Arc::clone(fake) }
    }

    /// The time since the fake began.
    pub fn now(&self) -> Duration {
        self.fake.clock.now()
    }

    /// Stops the clock: from now on only [`advance`](Self::advance) moves it.
    pub fn pause(&self) {
        self.fake.pause_clock();
    }

    /// Lets the clock run with real time again, from where it stands.
    pub fn resume(&self) {
        self.fake.resume_clock();
    }

    /// Sets the clock forward, from due time to due time. Each held connect whose timeout comes is answered, and then
    /// its client is given real time to connect again, so that no client that behaves expires. The fake gives up a
    /// client that neither connects nor hangs up after the timeout of a barrier, and the timeline says so. After the first
    /// such client, it waits for each further one only a sixteenth of this time.
    #[track_caller]
    pub fn advance(&self, by: Duration) -> Wait<()> {
        let fake = Arc::clone(&self.fake);
        Wait::new("advance", async move {
            advance(&fake, by).await;
            Ok(())
        })
    }
}

/// Waits until nothing is in flight, sets the clock forward by the span, waits again, and then looks. `given_up` says that it
/// did not come to that.
#[track_caller]
pub(crate) fn quiet_for(
    name: &'static str,
    fake: &Arc<RunningFake>,
    span: Duration,
    given_up: fn(&RunningFake, &str) -> String,
    look: impl FnOnce(&RunningFake) -> Result<(), String> + Send + 'static,
) -> Wait<()> {
    let fake = Arc::clone(fake);
    Wait::new(name, async move {
        for span in [span, Duration::ZERO] {
            let idle = until(&fake, |engine| engine.is_idle().then_some(()));
            if let Err(TimedOut) = idle.await {
                return Err(given_up(&fake, "requests are still in flight"));
            }
            advance(&fake, span).await;
        }
        look(&fake)
    })
}
