//! One binary for all tests that start the program `gws-sms-fake` or use its library.

mod check;
#[cfg(unix)]
mod colours;
mod coverage;
mod custom_contract;
mod custom_fixtures;
mod diff;
mod doc_comments;
#[cfg(target_os = "linux")]
mod ended;
#[cfg(unix)]
mod exec;
mod export;
#[cfg(unix)]
mod fakes;
#[cfg(unix)]
mod flags;
#[cfg(unix)]
mod folders;
// One of its blocks serves HTTPS.
#[cfg(all(unix, feature = "tls"))]
mod guide;
#[cfg(unix)]
mod import;
#[cfg(unix)]
mod limits;
mod lint;
mod replay;
mod rules;
#[cfg(target_os = "linux")]
mod stdout;
// It is ended by signals.
#[cfg(unix)]
mod record;
#[cfg(unix)]
mod record_encoded;
#[cfg(unix)]
mod redacted;
#[cfg(unix)]
mod running;
mod security;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod shipped;
#[cfg(all(unix, feature = "tls"))]
mod tls;
#[cfg(unix)]
mod usage_errors;
#[cfg(all(unix, not(feature = "tls")))]
mod without_tls;
mod written_elsewhere;
