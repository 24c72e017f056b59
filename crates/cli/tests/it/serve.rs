//! `gws-sms-fake serve`: what it prints, what its options do, and how it ends.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use expect_test::expect;
use gws_sms_fake::fixtures;
use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Ended, Program};
use support::{HttpClient, PUSH, connect, handshake};

/// A client of `s1`, with a cookie jar.
fn supervisor(program: &Program) -> HttpClient {
    HttpClient::to(program.url()).with_credentials(fixtures::SUPERVISOR)
}

/// Without the port, which differs from run to run.
fn portless(text: &str, program: &Program) -> String {
    text.replace(program.url(), "http://gws")
}

#[tokio::test]
async fn the_output_of_serve_starts_with_its_address_and_the_first_command_to_paste() {
    let program = Program::serve(&[]).await;
    let (head, flow) = program.greeting.split_once("the whole flow with curl\n").unwrap();
    expect![[r#"
        The fake of Genesys Web Services is at http://gws
        Try it in another terminal:
          curl -sS -u s1:password http://gws/api/v2/me

        CometD is at http://gws/api/v2/notifications, the control endpoint at http://gws/__fake/

          user id                                password
          a1   4ff5b43c856d4cb2a3d6c20a88740257  password
          a2   7d2c81a6f0b94e53b1a4c9e3506f8d12  password
          n1   2e9d40c7b8a15f36e4d2c1b0a9f87564  password
          s1   991a4bece8dd4184a93e98ad429694f6  password
          s2   b06e5f7a3c1d48e29f84d7a15c3e6b90  password

    "#]]
    .assert_eq(&portless(head, &program));
    let (_, ready) = flow.split_once("\n\n").unwrap();
    let expected =
        "ready; Ctrl+C (SIGINT) or SIGTERM ends the fake and prints the report. The timeline:\n";
    assert_eq!(ready, expected);
}

#[tokio::test]
async fn the_first_command_that_serve_prints_is_answered_with_the_supervisor() {
    if !can_paste() {
        return;
    }
    let program = Program::serve(&[]).await;
    let command = program.greeting.lines().find(|line| line.starts_with("  ")).unwrap();
    let (answer, errors) = paste(command);
    assert_eq!(errors, "");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["user"]["userName"], "s1");
    assert_eq!(program.end("-INT").await.code, Some(0));
}

#[tokio::test]
async fn the_printed_lines_are_the_whole_flow_and_keep_the_contract() {
    if !can_paste() {
        return;
    }
    let mut program = Program::serve(&[]).await;
    let (_, flow) = program.greeting.split_once("the whole flow with curl\n").unwrap();
    let (pasted, _) = flow.split_once("\n\n").unwrap();
    let (answers, errors) = paste(pasted);
    assert_eq!(errors, "");
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let received = |answer: &Value| -> Vec<Value> { answer.as_array().unwrap().clone() };
    let [me, subscribed, connected, intruded, invited, accepted, chatting, left, disconnected] =
        answers.as_slice()
    else {
        panic!("{answers:#?}");
    };
    assert_eq!(me["user"]["userName"], "s1");
    let subscription =
        json!({ "channel": "/meta/subscribe", "subscription": "/v2/me/*", "successful": true });
    assert_eq!(*subscribed, json!([subscription]));
    let reply = json!({ "channel": "/meta/connect", "successful": true });
    assert_eq!(*connected, json!([reply]));
    assert_eq!(*intruded, json!({ "statusCode": 0 }));
    let invited = received(invited);
    assert_eq!(invited[0]["channel"], "/v2/me/smssessions");
    assert_eq!(invited[0]["data"]["smssession"]["state"], "Invited");
    assert_eq!(invited.last(), Some(&reply));
    assert_eq!(*accepted, json!({ "statusCode": 0 }));
    assert_eq!(*left, json!({ "statusCode": 0 }));
    let chatting = received(chatting);
    assert_eq!(chatting[0]["channel"], "/v2/me/smssessions");
    assert_eq!(chatting[0]["data"]["smssession"]["state"], "Chatting");
    assert_eq!(chatting.last(), Some(&reply));
    let reply = json!({ "channel": "/meta/disconnect", "successful": true });
    assert_eq!(received(disconnected).last(), Some(&reply));

    // It is told live, before the end is asked for.
    for line in ["GET /api/v2/me", "handshake", "Intrude", "Invited", "Accept", "Chatting"] {
        program.line(line).await;
    }
    program.line("disconnect").await;
    let ended = program.end("-INT").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("contract kept: 10 requests\n"), "{ended:?}");
}

/// Returns true if this machine has bash and curl, which CI must have.
fn can_paste() -> bool {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let can = has("bash") && has("curl");
    if !can {
        assert!(env::var_os("CI").is_none(), "this test runs bash and curl, and they are not here");
        eprintln!("skipped: bash and curl are not both here");
    }
    can
}

/// The standard output and the standard error of lines that are pasted into a shell.
fn paste(lines: &str) -> (String, String) {
    // The jar of the cookies goes with the folder, and a proxy would not find this machine's loopback interface.
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-c", lines]).env("TMPDIR", folder.path()).env("no_proxy", "*");
    let output = shell.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_signal_ends_it_with_the_verification() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::serve(&[]).await;
        assert_eq!(supervisor(&program).get("/api/v2/me").await.status, 200);
        let line = "s1 GET /api/v2/me 200 statusCode 0";
        assert_eq!(program.line("/api/v2/me").await, line);
        let said = format!("\ncontract kept: 1 request\n\n{line}\n");
        let expected = Ended { code: Some(0), said, errors: String::new() };
        assert_eq!(program.end(signal).await, expected, "{signal}");
    }
}

#[tokio::test]
async fn a_rule_that_is_allowed_does_not_break_the_contract() {
    let mut program = Program::serve(&["--allow", "path-unknown"]).await;
    assert_eq!(supervisor(&program).get("/api/v2/Me").await.status, 404);
    program.line("allowed path-unknown").await;
    assert_eq!(program.end("-INT").await.code, Some(0));
}

#[tokio::test]
async fn a_broken_contract_is_reported_at_the_end() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::serve(&[]).await;
        assert_eq!(supervisor(&program).get("/api/v2/Me").await.status, 404);
        program.line("✗ path-unknown").await;
        let ended = program.end(signal).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(2), ""), "{signal}");
        expect![[r#"

            contract broken: 1 violation in 1 request

            GET /api/v2/Me
            request line got /api/v2/Me, want a path that GWS has; did you mean /api/v2/me?
            rule path-unknown: the path is one that GWS has, letter by letter (inferred: URLs of the GWS 8.5.2 operation pages)
            to accept it (the answer does not change): POST /__fake/allow {"rule":"path-unknown"}, or --allow path-unknown

            s1 GET /api/v2/Me 404 statusCode 6 ✗ path-unknown
        "#]].assert_eq(&ended.said);
    }
}

#[tokio::test]
async fn a_held_connect_does_not_delay_the_end() {
    let mut program = Program::serve(&[]).await;
    let supervisor = supervisor(&program);
    let id = supervisor.handshake().await;
    supervisor.bayeux(json!([connect(&id)])).await;
    let held = tokio::spawn(async move {
        let connect = json!([connect(&id)]).to_string();
        supervisor.try_send(Method::POST, PUSH, "application/json", connect).await.map(|_| ())
    });
    program.line("connect held").await;
    let ended = program.end("-TERM").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    held.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn the_ready_file_has_the_url_when_the_port_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready");
    let program = Program::serve(&["--ready-file", file.to_str().unwrap()]).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), program.url());
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["ready"]);
    assert_eq!(supervisor(&program).get("/api/v2/me").await.status, 200);
    assert_eq!(program.end("-INT").await.code, Some(0));
}

#[tokio::test]
async fn a_closed_pipe_does_not_end_it() {
    let program = Program::serve_into_a_closed_pipe(&[]).await;
    let supervisor = supervisor(&program);
    for _ in 0..3 {
        assert_eq!(supervisor.get("/api/v2/me").await.status, 200);
    }
    let expected = Ended { code: Some(0), said: String::new(), errors: String::new() };
    assert_eq!(program.end("-TERM").await, expected);
}

/// As it goes when a suite starts it with a pipe and reads nothing: 64 KiB, and the pipe is full.
#[tokio::test]
async fn a_pipe_that_nobody_reads_holds_up_nothing() {
    let program = Program::serve_unread(&[]).await;
    let supervisor = supervisor(&program);
    for _ in 0..2000 {
        assert_eq!(supervisor.get("/api/v2/me").await.status, 200);
    }
    assert_eq!(program.end("-TERM").await.code, Some(0));
}

#[tokio::test]
async fn a_ready_file_of_an_earlier_run_is_removed_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready");
    std::fs::write(&file, "http://127.0.0.1:1").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let arguments = ["serve", "--port", &port, "--ready-file", file.to_str().unwrap()];
    assert_eq!(Program::run(&arguments).await.code, Some(1));
    assert!(!file.exists());
}

#[tokio::test]
async fn anonymous_callers_are_that_user() {
    let program = Program::serve(&["--anonymous", "s2"]).await;
    let client = HttpClient::to(program.url()).without_cookies();
    let anonymous = client.get("/api/v2/me").await;
    let named = client.with_credentials(fixtures::OTHER_SUPERVISOR).get("/api/v2/me").await;
    assert_eq!(anonymous.body["user"]["userName"], "s2");
    assert_eq!(anonymous, named);
    assert_eq!(program.end("-INT").await.code, Some(0));
}

#[tokio::test]
async fn a_folder_of_fixtures_brings_its_users() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    let user = json!({
        "id": "0123456789abcdef0123456789abcdef",
        "userName": "z9",
        "password": "open sesame",
        "firstName": "Zoe",
        "lastName": "Aho",
        "roles": ["ROLE_AGENT"],
        "features": ["api-multimedia"],
    });
    fs::write(folder.path().join("users/z9.json"), user.to_string()).unwrap();
    let program = Program::serve(&["--fixtures", folder.path().to_str().unwrap()]).await;
    let line = "  z9   0123456789abcdef0123456789abcdef  open sesame\n";
    assert!(program.greeting.contains(line), "{}", program.greeting);
    let client = HttpClient::to(program.url()).with_password("z9", "open sesame");
    assert_eq!(client.get("/api/v2/me").await.body["user"]["firstName"], "Zoe");
}

#[tokio::test]
async fn cometd_timeout_is_how_long_a_connect_is_held() {
    let program = Program::serve(&["--cometd-timeout", "7"]).await;
    let supervisor = supervisor(&program);
    let handshake = supervisor.bayeux(json!([handshake()])).await;
    let id = handshake[0]["clientId"].as_str().unwrap();
    assert_eq!(
        handshake[0]["advice"],
        json!({ "reconnect": "retry", "interval": 0, "timeout": 7 })
    );
    let reply = json!([{ "channel": "/meta/connect", "successful": true }]);
    // The first one is answered at once, the second one when its time has come: nothing else happens.
    assert_eq!(supervisor.bayeux(json!([connect(id)])).await, reply);
    assert_eq!(supervisor.bayeux(json!([connect(id)])).await, reply);
}

/// A client that may stay away for no time at all has expired by its next request.
#[tokio::test]
async fn cometd_max_interval_is_how_long_a_client_without_a_connect_is_kept() {
    let program = Program::serve(&["--cometd-max-interval", "0"]).await;
    let supervisor = supervisor(&program);
    let id = supervisor.handshake().await;
    let reply = supervisor.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    let ended = program.end("-INT").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// The first line of standard error in each case: exit code 1, and nothing on standard output.
#[tokio::test]
async fn wrong_usage_of_serve_exits_with_1() {
    let cases: &[&[&str]] = &[
        &[],
        &["sevre"],
        &["serve", "--prot", "0"],
        &["serve", "--port", "99999"],
        &["serve", "--host", "gws.example"],
        &["serve", "--port", "0", "--cometd-timeout", "-1"],
        &["serve", "--port", "0", "--anonymous", "nobody"],
        &["serve", "--port", "0", "--allow", "paths-unknown"],
        &["serve", "--port", "0", "--fixtures", "no/such/dir"],
    ];
    let mut received = String::new();
    for arguments in cases {
        let ended = Program::run(arguments).await;
        assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{arguments:?}: {ended:?}");
        received += ended.errors.lines().next().unwrap_or_default();
        received.push('\n');
    }
    expect![[r#"
        A fake of the Genesys Web Services SMS Session API, REST and CometD, for tests in any language
        gws-sms-fake: cannot read the arguments: unrecognized subcommand 'sevre'
        gws-sms-fake: cannot read the arguments: unexpected argument '--prot' found
        gws-sms-fake: cannot read the arguments: invalid value '99999' for '--port <PORT>': 99999 is not in 0..=65535
        gws-sms-fake: cannot read the arguments: invalid value 'gws.example' for '--host <HOST>': invalid IP address syntax
        gws-sms-fake: cannot read the arguments: unexpected argument '-1' found
        gws-sms-fake: cannot serve: anonymous: got nobody, want the userName of a user: a1, a2, n1, s1, s2
        gws-sms-fake: cannot serve: got the rule "paths-unknown", want one that exists; did you mean "path-unknown"?
        gws-sms-fake: cannot serve: no/such/dir: No such file or directory (os error 2); name a folder of fixtures with users, smssessions, agent-states or resources in it
    "#]]
    .assert_eq(&received);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = TcpListener::bind(address).unwrap_err();
    let ended = Program::run(&["serve", "--port", &address.port().to_string()]).await;
    let errors = format!(
        "gws-sms-fake: cannot serve: {address}: {error}; ask for another port, or for port 0\n"
    );
    assert_eq!(ended, Ended { code: Some(1), said: String::new(), errors });
}

#[tokio::test]
async fn a_ready_file_that_cannot_be_written_is_named_and_nothing_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no/such/dir/ready");
    let ended =
        Program::run(&["serve", "--port", "0", "--ready-file", file.to_str().unwrap()]).await;
    let errors = format!(
        "gws-sms-fake: cannot serve: {}: No such file or directory (os error 2); name a file that can be written\n",
        file.display()
    );
    assert_eq!((ended.code, ended.errors), (Some(1), errors));
    assert!(!ended.said.contains("ready; "), "{}", ended.said);
}

#[tokio::test]
async fn help_and_version_are_no_wrong_usage() {
    let version = format!("gws-sms-fake {}\n", env!("CARGO_PKG_VERSION"));
    let ended = Program::run(&["--version"]).await;
    assert_eq!(ended, Ended { code: Some(0), said: version, errors: String::new() });
    for arguments in [["--help"].as_slice(), &["serve", "--help"], &["help"]] {
        let ended = Program::run(arguments).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(ended.said.contains("\nUsage: gws-sms-fake "), "{}", ended.said);
    }
    let help = Program::run(&["--help"]).await.said;
    let end = "Exit codes: 0 success, 1 wrong usage, 2 contract broken, coverage below a threshold, or differences found.\n\nExample:\ngws-sms-fake serve --port 8090\n";
    assert!(help.ends_with(end), "{help}");
}

#[tokio::test]
async fn serve_ends_with_its_standard_input_where_it_is_asked_to() {
    let mut program = Program::with_stdin(&["serve", "--port", "0", "--end-with-stdin"]).await;
    assert!(
        program
            .greeting
            .contains("ready; the end of standard input, Ctrl+C (SIGINT) or SIGTERM ends the fake")
    );
    // What is said there is read, and does not end it.
    program.types("something\n");
    assert_eq!(supervisor(&program).get("/api/v2/Me").await.status, 404);
    program.line("✗ path-unknown").await;
    let ended = program.finish().await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.contains("contract broken: 1 violation in 1 request"), "{ended:?}");
    assert!(
        ended.said.contains("to accept it (the answer does not change): POST /__fake/allow {\"rule\":\"path-unknown\"}"),
        "{ended:?}"
    );
}

/// Its standard input has ended from the start, as where a service manager starts it.
#[tokio::test]
async fn serve_goes_on_without_a_standard_input() {
    let program = Program::serve(&[]).await;
    assert_eq!(supervisor(&program).get("/api/v2/me").await.status, 200);
    assert_eq!(program.end("-TERM").await.code, Some(0));
}

#[tokio::test]
async fn violations_of_rules_that_are_not_certain_enough_are_notes() {
    for (least, mark, code) in
        [("analogy", "note path-unknown", 0), ("inferred", "✗ path-unknown", 2)]
    {
        let mut program = Program::serve(&["--blame-from", least]).await;
        assert_eq!(supervisor(&program).get("/api/v2/Me").await.status, 404);
        program.line(mark).await;
        assert_eq!(program.end("-TERM").await.code, Some(code), "{least}");
    }
    let ended = Program::run(&["serve", "--blame-from", "wired"]).await;
    assert!(ended.code != Some(0) && ended.errors.contains("did you mean \"wire\"?"), "{ended:?}");
}
