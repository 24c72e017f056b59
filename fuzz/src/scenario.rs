//! The files that scenarios are read from, and those that they are made of.

use std::sync::Arc;

use gws_sms_fake::_cli_internals::http::commands::check_call;
use gws_sms_fake::_cli_internals::scenario::player::{Incoming, fits};
use gws_sms_fake::_cli_internals::scenario::player::{Player, Speed};
use gws_sms_fake::_cli_internals::scenario::read::read;
use gws_sms_fake::_cli_internals::scenario::step::{Scenario, Step};
use gws_sms_fake::_cli_internals::scenario::write::write;
use gws_sms_fake_cli::fuzzing::{finished, scenarios_of_har, summary};

/// The text of a scenario. It is written and read again, and played by a client that sends what stands in it.
///
/// # Panics
///
/// When what was written is not what was read.
pub fn scenario(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(scenario) = read("a scenario", text) else { return };
    written(&scenario);
    let _ = fits(&scenario, &["s1", "a1"], check_call);
    for speed in [Speed::AtOnce, Speed::Times(1.0)] {
        play(scenario.clone(), speed);
    }
}

/// The text of a HAR file, of which a scenario is made and redacted.
///
/// # Panics
///
/// When that scenario cannot be read.
pub fn har(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for scenario in scenarios_of_har(&text) {
        made(&scenario).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The text of a recording that is to be finished. One that `record` has not written may come to a scenario that cannot be read.
///
/// # Panics
///
/// When what was written is not what was read.
pub fn part(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(scenario) = finished(&text) {
        let _ = made(&scenario);
    }
}

fn made(scenario: &Scenario) -> Result<(), String> {
    summary(scenario);
    let text = write(scenario);
    let scenario = read("made", &text).map_err(|error| format!("{error}\n{text}"))?;
    written(&scenario);
    Ok(())
}

/// What is written is read as it was.
fn written(scenario: &Scenario) {
    let text = write(scenario);
    let again = read("written", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let steps = |scenario: &Scenario| scenario.steps.iter().map(|it| it.step.clone()).collect();
    let (old, new): (Vec<Step>, Vec<Step>) = (steps(scenario), steps(&again));
    assert_eq!((&scenario.head, old), (&again.head, new), "{text}");
}

fn play(scenario: Scenario, speed: Speed) {
    let scenario = Arc::new(scenario);
    let mut player = Player::new(vec![Arc::clone(&scenario); 2], speed, "http://127.0.0.1:1");
    player.begin();
    for it in &scenario.steps {
        match &it.step {
            Step::Group { steps } => steps.iter().for_each(|step| come(&mut player, step)),
            step => come(&mut player, step),
        }
    }
    let (come, all) = player.progress();
    assert!(come <= all, "more has come than there is");
    player.failure();
}

fn come(player: &mut Player, step: &Step) {
    let came = match step {
        Step::Request(it) => Incoming::Request {
            by: it.by.as_deref(),
            method: &it.method,
            path: &it.path,
            body: it.body.as_ref(),
        },
        Step::Bayeux(it) => Incoming::Bayeux { by: &it.by, message: &it.message },
        _ => return,
    };
    player.incoming(came);
}
