//! The program `gws-sms-fake`, and the control endpoint that it serves.

mod barriers;
mod callers;
mod check;
#[cfg(unix)]
mod colours;
mod control;
mod coverage;
mod described;
mod diff;
#[cfg(target_os = "linux")]
mod ended;
mod exceptions;
#[cfg(unix)]
mod exec;
mod export;
mod fakes;
mod faults;
#[cfg(unix)]
mod flags;
mod happenings;
#[cfg(unix)]
mod import;
#[cfg(unix)]
mod limits;
mod lint;
mod looking;
mod notifications;
#[cfg(target_os = "linux")]
mod printed;
pub(crate) mod replay;
mod rules;
// It is ended by signals.
#[cfg(unix)]
pub(crate) mod record;
#[cfg(unix)]
mod redacted;
#[cfg(unix)]
pub(crate) mod running;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod shipped;
#[cfg(all(unix, not(all(feature = "tls-client", feature = "tls-server"))))]
mod without_tls;
