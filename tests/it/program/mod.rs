//! The program `gws-sms-fake`, and the control endpoint that it serves.

#[cfg(unix)]
mod colours;
mod control;
mod faults;
// As below: the program is ended by signals.
mod coverage;
mod diff;
mod exceptions;
mod export;
#[cfg(unix)]
mod flags;
mod happenings;
mod import;
mod lint;
mod notifications;
mod replay;
mod rules;
// It is ended by signals.
#[cfg(unix)]
mod record;
#[cfg(unix)]
mod running;
#[cfg(unix)]
mod serve;
