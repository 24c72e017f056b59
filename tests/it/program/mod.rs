//! The program `gws-sms-fake`, and the control endpoint that it serves.

mod control;
mod faults;
// As below: the program is ended by signals.
mod coverage;
#[cfg(unix)]
mod flags;
mod happenings;
mod notifications;
mod rules;
// It is ended by signals.
#[cfg(unix)]
mod running;
#[cfg(unix)]
mod serve;
