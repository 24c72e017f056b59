//! The program `gws-sms-fake`, and the control endpoint that it serves.

mod barriers;
mod callers;
#[cfg(unix)]
mod colours;
mod control;
mod described;
#[cfg(unix)]
mod exec;
mod fakes;
mod faults;
// As below: the program is ended by signals.
mod coverage;
mod exceptions;
#[cfg(unix)]
mod flags;
mod happenings;
mod import;
mod looking;
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
