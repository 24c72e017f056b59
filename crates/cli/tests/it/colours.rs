//! The colours of what `serve` says: on a terminal, or where they are asked for.

use gws_sms_fake::fixtures;
use support::HttpClient;

use crate::running::Program;

const ESCAPE: char = '\u{1b}';

/// Returns the whole output of `serve` with these variables, when a client breaks the contract.
async fn said(variables: &[(&str, &str)]) -> String {
    let program = Program::serve_with(variables).await;
    let client = HttpClient::to(program.url()).with_credentials(fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/Me").await.status, 404);
    let greeting = program.greeting.replace(program.url(), "http://gws");
    let ended = program.end("-INT").await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.contains("contract broken: 1 violation in 1 request"), "{ended:?}");
    assert_eq!(ended.errors, "");
    greeting + &ended.said
}

/// Returns the parts in red, which are the headline and the violations.
fn in_red(said: &str) -> Vec<String> {
    let parts = said.split("\u{1b}[31m").skip(1);
    parts.map(|part| part.split([ESCAPE, '\n']).next().unwrap().trim().to_owned()).collect()
}

#[tokio::test]
async fn output_that_is_no_terminal_has_no_colours() {
    let plain = said(&[]).await;
    assert!(!plain.contains(ESCAPE), "{plain:?}");
    assert!(plain.contains("✗ path-unknown"), "{plain}");
}

#[tokio::test]
async fn forced_colours_change_no_word() {
    let coloured = said(&[("CLICOLOR_FORCE", "1")]).await;
    let headline = "contract broken: 1 violation in 1 request";
    assert_eq!(in_red(&coloured), ["✗ path-unknown", headline, "✗ path-unknown"]);
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, said(&[]).await);
}

#[tokio::test]
async fn no_color_wins_over_forced_colours() {
    for variables in
        [[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], [("NO_COLOR", "1"), ("CLICOLOR", "1")]]
    {
        let plain = said(&variables).await;
        assert!(!plain.contains(ESCAPE), "{plain:?}");
    }
}
