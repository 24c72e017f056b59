//! `gws-sms-fake exec`: what its command is given, how it ends, and that nothing outlives it.

use std::fs;
use std::process::Command;

use expect_test::expect;
use gws_sms_fake::fixtures;
use serde_json::{Value, json};

use crate::running::{Ended, Program};
use support::HttpClient;

/// Says where its fake is, and waits for the end of its standard input.
const WAITS: &str = "echo url $GWS_URL; read line; exit 0";

/// The fake that the command has said.
async fn url(program: &mut Program) -> String {
    program.line("url http").await.rsplit(' ').next().unwrap().to_owned()
}

/// A request of `s1` that no client should send.
async fn break_the_contract(url: &str) {
    let client = HttpClient::to(url).with_credentials(fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/Me").await.status, 404);
}

async fn ask_for_a_fake(url: &str, name: &str) -> Value {
    let answer = HttpClient::to(url).post("/__fake/fakes", &json!({ "name": name })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

async fn end_the_fake(url: &str, fake: &Value) -> Value {
    let path = format!("/__fake/fakes/{}", fake["id"].as_str().unwrap());
    HttpClient::to(url).delete(&path).await.body
}

#[tokio::test]
async fn the_command_finds_the_fake_and_its_users() {
    let script = "env | grep ^GWS_ | grep -v ^GWS_EXEC= | grep -v '_USER_[A-R]' | sort; echo $GWS_USER_A1_NAME";
    let ended = Program::exec(&[], script).finish().await;
    expect![[r#"
        GWS_COMETD_URL=http://127.0.0.1:PORT/api/v2/notifications
        GWS_CONTROL_URL=http://127.0.0.1:PORT/__fake
        GWS_URL=http://127.0.0.1:PORT
        GWS_USER_S1_ID=991a4bece8dd4184a93e98ad429694f6
        GWS_USER_S1_NAME=s1
        GWS_USER_S1_PASSWORD=password
        GWS_USER_S2_ID=b06e5f7a3c1d48e29f84d7a15c3e6b90
        GWS_USER_S2_NAME=s2
        GWS_USER_S2_PASSWORD=password
        a1
    "#]]
    .assert_eq(&ended.said.replace(port_of(&ended.said), "PORT"));
    assert_eq!(ended.code, Some(0));
    assert!(ended.errors.starts_with("contract kept: 0 requests"), "{}", ended.errors);
}

#[tokio::test]
async fn users_whose_variables_would_be_the_same_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    for (index, name) in ["a-b", "a_b"].into_iter().enumerate() {
        let user = json!({
            "id": format!("{index:032}"), "userName": name, "password": "p", "firstName": "A",
            "lastName": "B", "roles": ["ROLE_AGENT"], "features": [],
        });
        let file = folder.path().join("users").join(format!("{name}.json"));
        fs::write(file, user.to_string()).unwrap();
    }
    let fixtures = folder.path().to_str().unwrap();
    let ended = Program::exec(&["--fixtures", fixtures], "echo begun").finish().await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{ended:?}");
    assert_eq!(
        ended.errors,
        "gws-sms-fake: cannot run the command: the variables of the users a-b and a_b are both GWS_USER_A_B_*; rename one of them, so that the names differ in letters or digits\n"
    );
}

/// The port in the first line that has one.
fn port_of(said: &str) -> &str {
    let (_, behind) = said.split_once("127.0.0.1:").unwrap();
    behind.split(['/', '\n']).next().unwrap()
}

#[tokio::test]
async fn exec_exits_as_its_command_or_with_2_when_the_contract_was_broken() {
    for (script, broken, code) in
        [("exit 0", false, 0), ("exit 3", false, 3), ("exit 0", true, 2), ("exit 3", true, 3)]
    {
        let mut program = Program::exec(&[], &format!("echo url $GWS_URL; read line; {script}"));
        let url = url(&mut program).await;
        if broken {
            break_the_contract(&url).await;
        }
        let ended = program.finish().await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let received = ended.errors.starts_with("contract broken: 1 violation in 1 request");
        assert_eq!(received && ended.errors.contains("✗ path-unknown"), broken, "{ended:?}");
    }
}

#[tokio::test]
async fn a_fake_that_nobody_has_ended_is_verified_too() {
    let mut program = Program::exec(&[], WAITS);
    let url = url(&mut program).await;
    let (left, received) = (ask_for_a_fake(&url, "left").await, ask_for_a_fake(&url, "told").await);
    break_the_contract(left["url"].as_str().unwrap()).await;
    break_the_contract(received["url"].as_str().unwrap()).await;
    assert_eq!(end_the_fake(&url, &received).await["broken"], true);
    let ended = program.finish().await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.errors.contains("for \"left\")"), "{ended:?}");
    // Its test has failed already.
    let received: Vec<&str> =
        ended.errors.lines().filter(|line| line.contains("for \"told\")")).collect();
    assert!(received.len() == 1 && received[0].ends_with("; its test has the report"), "{ended:?}");
}

#[tokio::test]
async fn a_fake_whose_verdict_was_delivered_is_a_junit_case_and_changes_no_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junit.xml");
    let mut program = Program::exec(&["--junit", file.to_str().unwrap()], WAITS);
    let url = url(&mut program).await;
    for name in ["broken", "kept"] {
        let fake = ask_for_a_fake(&url, name).await;
        if name == "broken" {
            break_the_contract(fake["url"].as_str().unwrap()).await;
        }
        end_the_fake(&url, &fake).await;
    }
    let ended = program.finish().await;
    assert_eq!((ended.code, ended.errors.matches("contract ").count()), (Some(0), 2), "{ended:?}");
    let junit = fs::read_to_string(file).unwrap();
    for part in [
        r#"tests="3" disabled="0" errors="0" failures="1""#,
        r#"<testcase name="broken" classname="contract of GWS">"#,
        r#"<testcase name="kept" classname="contract of GWS">"#,
        "✗ path-unknown",
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
}

/// It is told when it has ended by itself: its suite has one more place for another one.
#[tokio::test]
async fn a_fake_that_nobody_uses_ends_by_itself_and_is_not_forgotten() {
    let arguments = ["--max-fakes", "1", "--unused-fakes-end-after", "1"];
    let mut program = Program::exec(&arguments, WAITS);
    let url = url(&mut program).await;
    let left = ask_for_a_fake(&url, "left").await;
    let address = left["url"].as_str().unwrap().to_owned();
    // Its connections are cut when it ends; until then this one is held without a request.
    let address = address.trim_start_matches("http://").to_owned();
    let ended = tokio::task::spawn_blocking(move || {
        use std::io::Read;
        let Ok(mut stream) = std::net::TcpStream::connect(address) else { return };
        stream.set_read_timeout(Some(support::raw::WATCHDOG)).unwrap();
        let cut = stream.read(&mut [0]);
        assert!(!cut.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    });
    ended.await.unwrap();
    ask_for_a_fake(&url, "next").await;
    let ended = program.finish().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.errors.contains("for \"left\")"), "{ended:?}");
}

#[tokio::test]
async fn the_verdict_is_written_as_junit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junit.xml");
    let mut program = Program::exec(&["--junit", file.to_str().unwrap()], WAITS);
    let url = url(&mut program).await;
    let left = ask_for_a_fake(&url, "of <my> test").await;
    break_the_contract(left["url"].as_str().unwrap()).await;
    assert_eq!(program.finish().await.code, Some(2));
    let junit = fs::read_to_string(file).unwrap();
    for part in [
        r#"tests="2" disabled="0" errors="0" failures="1""#,
        r#"<testcase name="gws-sms-fake exec" classname="contract of GWS">"#,
        r#"<testcase name="of &lt;my&gt; test" classname="contract of GWS">"#,
        r#"type="path-unknown""#,
        "✗ path-unknown",
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
}

#[tokio::test]
async fn a_signal_is_passed_on_once_and_the_end_of_the_command_is_waited_for() {
    for (signal, name) in [("-INT", "INT"), ("-TERM", "TERM"), ("-HUP", "HUP"), ("-QUIT", "QUIT")] {
        let script = format!(
            "trap 'echo told {name}' {name}; echo ready; read line; read line; read line; exit 7"
        );
        let mut program = Program::exec(&[], &script);
        program.line("ready").await;
        program.signal(signal);
        program.line(&format!("told {name}")).await;
        let ended = program.finish().await;
        assert_eq!((ended.code, ended.said.as_str()), (Some(7), ""), "{signal}: {ended:?}");
        assert!(ended.errors.starts_with("contract kept"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_command_ended_by_a_signal_exits_with_128_plus_its_number() {
    assert_eq!(Program::exec(&[], "kill -9 $$").finish().await.code, Some(128 + 9));
    let mut program = Program::exec(&[], "echo ready; exec sleep 600");
    program.line("ready").await;
    assert_eq!(program.end("-TERM").await.code, Some(128 + 15));
}

#[tokio::test]
async fn a_command_that_cannot_be_run_exits_with_126_and_a_missing_one_with_127() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain");
    fs::write(&file, "no program").unwrap();
    let name = file.to_str().unwrap();
    let gone = folder.path().join("gone");
    let gone = gone.to_str().unwrap();
    for (command, code, text) in [
        (
            gone,
            127,
            format!(
                "gws-sms-fake: cannot run the command: {gone}: no such command; name one on the PATH, or a path to one\n"
            ),
        ),
        (
            name,
            126,
            format!(
                "gws-sms-fake: cannot run the command: {name}: Permission denied (os error 13); name a file that can be executed\n"
            ),
        ),
    ] {
        let ended = Program::run(&["exec", "--", command]).await;
        let expected = Ended { code: Some(code), said: String::new(), errors: text };
        assert_eq!(ended, expected);
    }
}

#[tokio::test]
async fn wrong_usage_of_exec_exits_with_1() {
    for arguments in [&["exec"][..], &["exec", "--"], &["exec", "--allow", "methd", "--", "true"]] {
        let ended = Program::run(arguments).await;
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
    }
}

/// Whoever is still there has a pipe of the test open, which it reads to its end.
#[tokio::test]
async fn processes_that_the_command_left_running_end_with_it() {
    let ended =
        Program::exec(&[], "sleep 600 & sh -c 'sleep 600; true' & echo left").finish().await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), "left\n"), "{ended:?}");
}

#[tokio::test]
async fn no_process_outlives_a_killed_exec() {
    let mut program = Program::exec(&[], "sleep 600 & echo ready; sleep 600; true");
    program.line("ready").await;
    let ended = program.end("-KILL").await;
    assert_eq!((ended.code, ended.said.as_str(), ended.errors.as_str()), (None, "", ""));
}

/// With a terminal the command is in the group that Ctrl-C reaches, and can read what is typed.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_signal_from_the_terminal_reaches_the_command_once() {
    if Command::new("script").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "this test runs script, and it is not here");
        eprintln!("skipped: script, which makes a terminal, is not here");
        return;
    }
    let program = env!("CARGO_BIN_EXE_gws-sms-fake");
    // Who is ready gets the signal, or else what it has become by then.
    let waits = r#"sh -c "echo ready; exec sleep 600""#;
    let inner = format!(r#"trap "echo told" INT; {waits}; read a; echo typed $a; exit 7"#);
    // What leads the terminal's session takes with it, when it ends, what it has just written there. So a shell leads it,
    // which ends when all has been read.
    let exec = format!("trap : INT; {program} exec -- sh -c '{inner}'; echo ended with $?; read b");
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &exec, "/dev/null"]);
    let mut terminal = Program::of(terminal);
    terminal.line("ready").await;
    terminal.types("\u{3}");
    terminal.line("told").await;
    terminal.types("something\n");
    let said = terminal.lines_to("ended with").await;
    let last = ["typed something", "contract kept: 0 requests", "ended with 7"];
    assert!(!said.concat().contains("told"), "{said:?}");
    assert!(
        said[said.len() - 3..].iter().zip(last).all(|(line, text)| line.contains(text)),
        "{said:?}"
    );
    terminal.types("\n");
    terminal.finish().await;
}

#[tokio::test]
async fn exec_counts_the_requests_to_all_its_fakes() {
    let mut program = Program::exec(&[], WAITS);
    let url = url(&mut program).await;
    let (left, reported) = (ask_for_a_fake(&url, "left").await, ask_for_a_fake(&url, "told").await);
    for fake in [&left, &reported] {
        let client = HttpClient::to(fake["url"].as_str().unwrap());
        client.with_credentials(fixtures::SUPERVISOR).get("/api/v2/me").await;
    }
    assert_eq!(end_the_fake(&url, &reported).await["broken"], false);
    let ended = program.finish().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // Nobody used the fake of the command itself: that it received nothing would mislead.
    assert!(!ended.errors.contains("0 requests"), "{ended:?}");
    assert!(ended.errors.ends_with("contract kept: 2 requests to 2 fakes\n"), "{ended:?}");
}

#[tokio::test]
async fn exec_counts_the_fakes_that_broke_the_contract() {
    let mut program = Program::exec(&[], WAITS);
    let url = url(&mut program).await;
    let fake = ask_for_a_fake(&url, "broken").await;
    break_the_contract(fake["url"].as_str().unwrap()).await;
    end_the_fake(&url, &fake).await;
    let ended = program.finish().await;
    let total = "contract broken by 1 of 1 fake: 1 request in all\n";
    assert!(ended.errors.ends_with(total), "{ended:?}");
}

#[tokio::test]
async fn exec_without_dashes_before_its_command_says_where_they_belong() {
    let ended = Program::run(&["exec", "npm", "test"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let hint = "Write -- before the command: gws-sms-fake exec -- COMMAND...\n";
    assert!(ended.errors.ends_with(hint), "{ended:?}");
    // With them, it is something else that is wrong.
    let ended = Program::run(&["exec", "--unknown", "--", "npm"]).await;
    assert!(ended.code == Some(1) && !ended.errors.contains("Write --"), "{ended:?}");
}
