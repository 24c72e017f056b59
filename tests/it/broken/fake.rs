//! Every broken client against the fake: it fails its test, and the first five lines name the cause and what to do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use expect_test::expect_file;
use gws_sms_fake::{Builder, FakeGws};

use crate::broken::bugs::{BUGS, Bug};
use crate::broken::client::run;
use crate::broken::plan::{Beside, Plan, Situation, Step};
use support::report::stable;

/// Runs the plan against a fake that has that situation in store; what the fake says in the end.
async fn verdict(situation: Situation, plan: &Plan, builder: Builder) -> Result<(), String> {
    let builder = match situation {
        Situation::WholeSession => builder.require_complete_sessions(),
        Situation::CsrfProtection => builder.csrf_protection(),
        _ => builder,
    };
    let gws = builder.start();
    run(gws.url(), plan, async |step| happens(&gws, step).await).await;
    gws.idle().await;
    let verdict = gws.try_verify().map_err(|report| report.to_string());
    // It has been told, and would be a second time.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(gws)));
    verdict
}

async fn happens(gws: &FakeGws, beside: Beside) {
    match beside {
        Beside::Forgets => {
            gws.supervisor().push_faults().forget_client();
        }
        Beside::Advises(interval) => {
            gws.supervisor().push_faults().advise_interval(interval);
        }
        Beside::BackendDown => gws.backend_down(),
        Beside::BackendUp => gws.backend_up(),
        Beside::Waits(interval) => gws.clock().advance(interval).await,
    }
}

/// What is said of a bug.
pub(crate) async fn said_of(bug: &Bug) -> Result<(), String> {
    let plan = bug.plan();
    // What a broken client waits for may never come; but of two connects the second must come while the first is held.
    let held = if plan.steps.contains(&Step::ConnectTwice) { 1000 } else { 200 };
    let builder = FakeGws::builder().cometd_timeout(Duration::from_millis(held));
    verdict(bug.situation, &plan, builder).await
}

/// Whether the first five lines name the rule.
pub(crate) fn names(report: &str, bug: &Bug) -> bool {
    first_lines(report).contains(&format!("rule {}:", bug.rule))
}

/// The first five lines that say something, without what differs from run to run.
fn first_lines(report: &str) -> String {
    let report = stable(report);
    let lines = report.lines().filter(|line| !line.trim().is_empty()).take(5);
    lines.map(|line| without_draws(line) + "\n").collect()
}

/// The line with a word in place of each id of a CometD client, and of each time that was measured.
fn without_draws(line: &str) -> String {
    let drawn =
        |text: &str| text.len() == 37 && text.chars().all(|letter| letter.is_ascii_alphanumeric());
    let words: Vec<&str> = line.split(' ').collect();
    let shown = words.iter().enumerate().map(|(index, word)| {
        let measures = words.get(index + 1) == Some(&"ms,");
        if drawn(word.trim_end_matches(',')) || measures { "…" } else { word }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// The line that says what came and what was wanted ends with what to do.
fn says_what_to_do(lines: &str) -> bool {
    let found = lines.lines().find_map(|line| line.split_once("  got ")?.1.split_once(", want "));
    found.is_some_and(|(_, want)| want.contains("; "))
}

async fn check(test: &str) {
    let bug = BUGS.iter().find(|bug| bug.test == test).unwrap();
    let report = said_of(bug).await.expect_err(bug.name);
    let lines = first_lines(&report);
    assert!(names(&report, bug), "want rule {}:\n{report}", bug.rule);
    assert!(says_what_to_do(&lines), "{lines}");
    for dump in ["Some(", "Err(", " { "] {
        assert!(!report.contains(dump), "a dump of Rust's: {report}");
    }
    expect_file![format!("verdicts/{test}.txt")].assert_eq(&lines);
}

macro_rules! each_fails_its_test {
    ($($test:ident)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                check(stringify!($test)).await;
            }
        )*

        #[test]
        fn each_bug_has_a_test() {
            let bugs: Vec<&str> = BUGS.iter().map(|bug| bug.test).collect();
            assert_eq!(bugs, [$(stringify!($test)),*]);
        }
    };
}

each_fails_its_test! {
    mode_in_lower_case
    misspelt_field
    unknown_field_in_depth
    parameters_in_an_object
    mode_number
    no_operation_name
    operation_name_with_a_space
    misspelt_operation
    smsessions_in_the_path
    own_id_in_the_path
    user_name_in_the_path
    unknown_user
    unknown_session
    another_agents_session
    put_instead_of_post
    no_content_type
    form_body
    json_array
    latin_1_body
    no_credentials
    wrong_password
    no_csrf_token
    accept_on_users
    intrude_on_me
    intrude_twice
    sends_while_monitoring
    ignores_the_status_code
    subscribes_to_chats_only
    misspelt_topic
    subscribes_after_intruding
    never_connects
    two_connects_at_once
    ignores_402
    ignores_the_interval
    drops_the_cookie
    never_disconnects
    connects_after_disconnecting
    polls_instead_of_listening
    never_answers
}

#[tokio::test]
async fn a_right_client_passes_with_no_exemption() {
    for situation in Situation::ALL {
        for mode in ["Monitor", "Coach", "BargeIn"] {
            let plan = Plan::right(situation, mode);
            for builder in [FakeGws::builder(), FakeGws::builder().require_complete_sessions()] {
                let verdict = verdict(situation, &plan, builder).await;
                assert_eq!(verdict, Ok(()), "{situation:?}, {mode}");
            }
        }
    }
}
