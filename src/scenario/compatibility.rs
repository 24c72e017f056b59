//! Whether a scenario fits the fake that is to play it: its users are there, and what a test does in it can be done.

use serde_json::Value;

use crate::contract::template::names_in;
use crate::error::Error;
use crate::rules::nearest;
use crate::scenario::step::{Numbered, Scenario, Step};

/// The first step that does not fit. `call` says what is wrong with a call of a test and what it is given; it is not asked
/// about what names are still to be filled in of.
pub fn fits(
    scenario: &Scenario,
    users: &[&str],
    call: impl Fn(&str, Option<&Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    for Numbered { number, line, step } in &scenario.steps {
        step_fits(step, users, &call).map_err(|wrong| {
            Error::new(format!("{}:{line}: step {number}: {wrong}", scenario.file))
        })?;
    }
    Ok(())
}

fn step_fits(
    step: &Step,
    users: &[&str],
    call: &impl Fn(&str, Option<&Value>) -> Result<(), Error>,
) -> Result<(), Error> {
    match step {
        Step::Request(request) => {
            request.by.as_deref().map_or(Ok(()), |by| is_user("by", by, users))
        }
        Step::Bayeux(bayeux) => is_user("by", &bayeux.by, users),
        Step::Push(push) => is_user("to", &push.to, users),
        Step::Group { steps } => steps.iter().try_for_each(|step| step_fits(step, users, call)),
        Step::Wait { .. } => Ok(()),
        Step::Test { call: name, with, .. } => {
            let mut names = Vec::new();
            names_in(with, &mut names);
            call(name, names.is_empty().then_some(with))
        }
    }
}

fn is_user(field: &str, name: &str, users: &[&str]) -> Result<(), Error> {
    if users.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, users.iter().copied());
    let meant = meant.map(|it| format!("; did you mean {it:?}?")).unwrap_or_default();
    let users = users.join(", ");
    Err(Error::new(format!("/{field}: got {name:?}, want the userName of one of {users}{meant}")))
}
