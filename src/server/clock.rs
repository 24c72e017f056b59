//! The one logical clock, which connect timeouts, expiry and time stamps follow.
//!
//! It runs with real time until it is paused. A moment is the time since the fake began.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::io::Moment;
use crate::gws::timestamp::{Timestamp, behind};

/// A clock that can be stopped and set forward.
#[derive(Debug)]
pub struct LogicalClock {
    began: Timestamp,
    /// The same moment, for spans of real time.
    began_at: Instant,
    reading: Mutex<Reading>,
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    Running { then: Duration, since: Instant },
    Paused { now: Duration },
}

impl Reading {
    fn now(self) -> Duration {
        self.at(Instant::now())
    }

    fn at(self, instant: Instant) -> Duration {
        match self {
            Self::Running { then, since } => then + instant.saturating_duration_since(since),
            Self::Paused { now } => now,
        }
    }
}

impl LogicalClock {
    pub fn start() -> Self {
        let began_at = Instant::now();
        let reading = Reading::Running { then: Duration::ZERO, since: began_at };
        Self { began: chrono::Utc::now(), began_at, reading: Mutex::new(reading) }
    }

    pub(crate) fn now(&self) -> Duration {
        self.reading().now()
    }

    /// Returns the moment by both clocks.
    pub(crate) fn moment(&self) -> Moment {
        let reading = self.reading();
        let instant = Instant::now();
        Moment { at: reading.at(instant), real: instant.duration_since(self.began_at) }
    }

    /// Date and time of the moment.
    pub fn timestamp(&self, moment: Duration) -> Timestamp {
        behind(self.began, moment)
    }

    pub(crate) fn pause(&self) {
        let mut reading = self.reading();
        *reading = Reading::Paused { now: reading.now() };
    }

    pub(crate) fn resume(&self) {
        let mut reading = self.reading();
        *reading = Reading::Running { then: reading.now(), since: Instant::now() };
    }

    #[cfg(feature = "control")]
    pub(crate) fn is_paused(&self) -> bool {
        matches!(*self.reading(), Reading::Paused { .. })
    }

    /// Sets the clock forward to that moment. A later reading is not set back.
    pub(crate) fn forward_to(&self, moment: Duration) {
        let mut reading = self.reading();
        *reading = match *reading {
            running @ Reading::Running { .. } => {
                Reading::Running { then: running.now().max(moment), since: Instant::now() }
            }
            Reading::Paused { now } => Reading::Paused { now: now.max(moment) },
        };
    }

    /// The real time until that moment; `None` while the clock stands still.
    pub(crate) fn real_time_until(&self, moment: Duration) -> Option<Duration> {
        match *self.reading() {
            running @ Reading::Running { .. } => Some(moment.saturating_sub(running.now())),
            Reading::Paused { .. } => None,
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_moves_only_when_it_is_set_forward() {
        let clock = LogicalClock::start();
        clock.pause();
        let before = clock.now();
        assert_eq!(clock.real_time_until(before + Duration::from_secs(1)), None);
        clock.forward_to(before + Duration::from_secs(3600));
        assert_eq!(clock.now(), before + Duration::from_secs(3600));
        clock.forward_to(before);
        assert_eq!(clock.now(), before + Duration::from_secs(3600));
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = LogicalClock::start();
        clock.pause();
        clock.forward_to(Duration::from_secs(3600));
        clock.resume();
        assert!(clock.now() >= Duration::from_secs(3600));
        assert!(clock.real_time_until(Duration::from_secs(1)).is_some_and(|left| left.is_zero()));
    }
}
