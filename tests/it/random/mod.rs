//! Random actors on both sides, with faults and exceptions: whatever they do, nobody waits for ever, no violation is lost, nobody
//! else is blamed, and every answer is valid.
//!
//! [`act`] says what is done and draws it, [`play`] does it and keeps book of what must be found, [`listener`] is a desktop that
//! does as it is told and [`wrong`] the table of those that do not, and [`checks`] looks at the end. The fake's clock is paused;
//! acts come one after the other, and what desktops do, what was held back and a [`crowd`] of others go on beside them.

mod act;
mod checks;
mod crowd;
mod listener;
mod play;
mod wrong;

use std::collections::BTreeSet;
use std::sync::Arc;

use gws_sms_fake::Operation;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use tokio::time::timeout;

use self::act::{Act, FAULTS, REST_FAULTS, acts};
use self::play::Play;
use crate::rest::operations;
use support::panicked;
use support::raw::WATCHDOG;

/// `PROPTEST_CASES` asks for more, and `PROPTEST_RNG_SEED` for others.
fn config() -> Config {
    let (asked, by_default) = (|name: &str| std::env::var_os(name).is_some(), Config::default());
    Config {
        cases: if asked("PROPTEST_CASES") { by_default.cases } else { 64 },
        // The same acts in every run.
        rng_seed: if asked("PROPTEST_RNG_SEED") { by_default.rng_seed } else { RngSeed::Fixed(1) },
        failure_persistence: None,
        // One that hangs takes a minute.
        max_shrink_time: 120_000,
        max_shrink_iters: 2000,
        ..by_default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_clients_never_hang_and_no_violation_is_lost(acts in acts(), crowd in crowd::sends()) {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap().block_on(run(&acts, &crowd));
    }
}

async fn run(acts: &[Act], crowd: &crowd::Sends) {
    let mut play = Play::begin();
    let crowd = crowd::begin(&play.gws, crowd);
    for act in acts {
        let done = timeout(WATCHDOG, play.act(act)).await;
        assert!(done.is_ok(), "{act:?} hangs\n{}", play.gws.report());
    }
    let crowd = timeout(WATCHDOG, crowd.join_all()).await;
    let broken = crowd.unwrap_or_else(|_| panic!("the crowd hangs\n{}", play.gws.report()));
    play.broken.extend(broken.into_iter().flatten());
    let ended = timeout(WATCHDOG, play.end()).await;
    assert!(ended.is_ok(), "the end hangs\n{}", play.gws.report());
    checks::look(&play.gws).await;
    checks::check(&play);
    // A drop says the same.
    let gws = Arc::into_inner(play.gws).expect("nobody else has the fake");
    match gws.try_verify() {
        Ok(()) => drop(gws),
        Err(report) => {
            let panicked_with = panicked::by(|| drop(gws)).text;
            assert!(panicked_with.starts_with(&report.to_string()), "{panicked_with}\n{report}");
        }
    }
}

/// The operation of that name.
fn named(name: &str) -> Operation {
    operations()
        .map(|(operation, _)| operation)
        .find(|operation| operation.as_str() == name)
        .expect(name)
}

#[test]
fn every_push_fault_and_every_rest_fault_is_drawn() {
    let schema = |name: &str| -> serde_json::Value {
        let file = format!("{}/schemas/control-{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    };
    let names = |schema: &serde_json::Value| -> BTreeSet<String> {
        let names = schema["enum"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let faults: BTreeSet<String> = FAULTS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(faults, names(&schema("fault")["properties"]["fault"]));
    let rest_faults: BTreeSet<String> = REST_FAULTS.iter().map(|row| row.0.to_owned()).collect();
    let mut expected = names(&schema("exception")["properties"]["exception"]);
    // It is never answered, and each request here is.
    assert!(expected.remove("drop_request"));
    assert_eq!(rest_faults, expected);
}
