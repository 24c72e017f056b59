//! `gws-sms-fake rules`, and the page that it writes.

use std::process::Command;

use expect_test::expect_file;
use gws_sms_fake::{Certainty, rules};

/// Returns the output of the program for these arguments.
fn printed(arguments: &[&str]) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake")).args(arguments).output();
    let output = program.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn docs_fidelity_shows_every_rule() {
    let page = support::repository("docs/fidelity.md");
    let written = printed(&["rules", "--markdown"]);
    for rule in rules() {
        let row = format!(
            "| `{}` | {} | {}: {} |",
            rule.id(),
            rule.text(),
            rule.certainty(),
            rule.source()
        );
        assert!(written.contains(&row), "{row}");
    }
    expect_file![page].assert_eq(&written);
}

#[test]
fn every_rule_is_printed() {
    let printed = printed(&["rules"]);
    let ids: Vec<&str> = printed.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(ids, rules().map(|rule| rule.id()).collect::<Vec<_>>());
}

#[test]
fn rules_of_one_certainty_are_printed() {
    for certainty in Certainty::ALL {
        let printed = printed(&["rules", "--certainty", certainty.as_str()]);
        let of = rules().filter(|rule| rule.certainty() == certainty);
        let wanted: String = of
            .map(|value| {
                format!(
                    "{}\n    {}\n    {certainty}: {}\n",
                    value.id(),
                    value.text(),
                    value.source()
                )
            })
            .collect();
        assert_eq!(printed, wanted);
        assert!(!printed.is_empty(), "{certainty}");
    }
}
