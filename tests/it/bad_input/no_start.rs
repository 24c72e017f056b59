//! What a fake does not start with.

use super::*;

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = FakeGws::builder().port(address.port()).try_start().unwrap_err().to_string();
    // Between the two stands what the system says, in its own words.
    assert!(error.starts_with(&format!("{address}: ")), "{error}");
    assert!(error.ends_with("; ask for another port, or for port 0"), "{error}");
}

#[test]
fn a_folder_of_fixtures_that_is_not_there_is_named() {
    let error = FakeGws::builder().fixtures("no/such/folder").try_start().unwrap_err().to_string();
    assert!(error.starts_with("no/such/folder: "), "{error}");
    let hint =
        "; name a folder of fixtures with users, smssessions, agent-states or resources in it";
    assert!(error.ends_with(hint), "{error}");
}

/// Starts with a folder that has one file at that path; in the error the folder is called `.`.
#[track_caller]
fn check_fixture(path: &str, text: impl AsRef<[u8]>, expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    let error = FakeGws::builder().fixtures(folder.path()).try_start().unwrap_err().to_string();
    let error = error.replace(&folder.path().display().to_string(), ".").replace('\\', "/");
    expected.assert_eq(&error);
}

/// The built-in fixture of that path, with one thing changed.
fn changed(path: &str, from: &str, to: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1)
}

const USER: &str = "users/s1.json";
const SESSION: &str = "smssessions/0000UaB58WAR003N.json";

#[test]
fn a_fixture_that_is_no_json_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""s1","#, r#""s1""#),
        expect![
            "./users/s1.json: line 4 column 3: got expected `,` or `}`, want JSON; serialize the file with a JSON library"
        ],
    );
}

#[test]
fn a_fixture_with_a_byte_order_mark_is_named() {
    check_fixture(
        USER,
        "\u{FEFF}{}",
        expect![
            "./users/s1.json: byte 1: got EF BB BF, want the first byte of the JSON; write the file without a byte order mark"
        ],
    );
}

#[test]
fn a_fixture_with_a_wrong_value_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""ROLE_AGENT""#, r#""agent""#),
        expect![[
            r#"./users/s1.json: /roles/0: got "agent", want text of the form ^ROLE_; send a value of that form"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_state_that_gws_does_not_have_is_named_with_its_place() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""Chatting""#, r#""Chating""#),
        expect![[
            r#"./smssessions/0000UaB58WAR003N.json: /state: got "Chating", want one of "Invited", "Chatting", "LeftChat", "Completed", "Revoked", "JoinFailed"; did you mean "Chatting"?"#
        ]],
    );
}

#[test]
fn a_fixture_without_a_field_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""password": "password","#, ""),
        expect!["./users/s1.json: /password: got nothing, want a value; send password"],
    );
}

#[test]
fn a_fixture_with_a_field_that_is_misspelt_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""monitoring""#, r#""monitorring""#),
        expect![[
            r#"./users/s1.json: /monitorring: got [{"supervisorVisibilityMode":"Coach","userName":"a1"}], want no such field; did you mean "monitoring"?"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_participant_of_no_kind_is_named_with_its_place() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""Customer""#, r#""Client""#),
        expect![[
            r#"./smssessions/0000UaB58WAR003N.json: /participants/0/type: got "Client", want "Customer"; send it letter by letter"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_key_twice_is_named_with_its_place() {
    let twice = changed(USER, r#""firstName""#, r#""roles": [], "firstName""#);
    check_fixture(
        USER,
        twice,
        expect![[
            r#"./users/s1.json: /roles: got the key "roles" a second time, want each key once; send one value for the key"#
        ]],
    );
}

#[test]
fn a_folder_that_is_misspelt_is_named() {
    check_fixture(
        "user/s1.json",
        "{}",
        expect![
            ".: got a folder user, want the folders users, smssessions, agent-states and resources; did you mean users?"
        ],
    );
}

#[test]
fn a_session_of_a_user_that_is_not_there_is_named() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""userName": "a1""#, r#""userName": "a9""#),
        expect![
            "./smssessions/0000UaB58WAR003N.json: /userName: got a9, want the userName of a user: a1, a2, n1, s1, s2; write one of them, or a fixture of that user"
        ],
    );
}

#[test]
fn a_participant_who_is_no_user_is_named() {
    let text = changed(SESSION, "\"a1\",\n      \"nick", "\"a9\", \"nick");
    check_fixture(
        SESSION,
        text,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /participants/1/userName: got a9, want the userName of a user: a1, a2, n1, s1, s2; write one of them, or a fixture of that user"
        ],
    );
}

#[test]
fn monitoring_of_a_user_that_is_not_there_is_named() {
    check_fixture(
        USER,
        changed(USER, r#""a1""#, r#""a9""#),
        expect![
            "./users/s1.json: /monitoring/0/userName: got a9, want the userName of a user: a1, a2, n1, s1, s2; write one of them, or a fixture of that user"
        ],
    );
}

#[test]
fn a_message_from_no_participant_is_named() {
    let from_nobody =
        changed(SESSION, r#""from": "009052C5E6D6004A""#, r#""from": "009052C5E6D6FFFF""#);
    check_fixture(
        SESSION,
        from_nobody,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /messages/0/from: got 009052C5E6D6FFFF, want the participantId of a participant; write one of 009052C5E6D6004A, 009052C5E743004C"
        ],
    );
}

#[test]
fn a_message_at_a_time_that_does_not_exist_is_named() {
    let text = changed(SESSION, "2015-11-26 18:39:52.435", "2015-11-31 18:39:52.435");
    check_fixture(
        SESSION,
        text,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /messages/2/timestamp: got 2015-11-31 18:39:52.435+0200, want a day and time that exist; write one such as 2015-11-26 18:39:38.000+0200"
        ],
    );
}

#[test]
fn a_setting_with_which_no_fake_can_serve_is_named() {
    let builder = FakeGws::builder;
    let factor = "a number from 0 to 1000000, where 1 is the speed of the recording";
    for (builder, got) in [
        (builder().timeline_limit(1), "timeline_limit: got 1, want 10 or more".to_owned()),
        (builder().body_limit(0), "body_limit: got 0, want 1 or more".to_owned()),
        (builder().header_limit(0), "header_limit: got 0, want 1 or more".to_owned()),
        (builder().connection_limit(0), "connection_limit: got 0, want 1 or more".to_owned()),
        (
            builder().idle_timeout(std::time::Duration::ZERO),
            "idle_timeout: got 0ns, want more than no time".to_owned(),
        ),
        (builder().play_slowed(f64::NAN), format!("play_slowed: got NaN, want {factor}")),
        (builder().play_slowed(-1.0), format!("play_slowed: got -1, want {factor}")),
        (builder().play_slowed(f64::INFINITY), format!("play_slowed: got inf, want {factor}")),
    ] {
        let error = builder.try_start().unwrap_err().to_string();
        assert_eq!(error, got);
    }
    builder().timeline_limit(10).play_slowed(0.0).start();
}
