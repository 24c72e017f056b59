//! What a fake keeps to itself: where it listens, whom its endpoint obeys, which files it touches, and what it never shows.

use std::fs;
#[cfg(target_os = "linux")]
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex};

use gws_sms_fake::FakeGws;
use serde_json::json;

use support::intrude_path;
use support::panicked;
#[cfg(target_os = "linux")]
use support::raw::address;
use support::raw::{INTRUDE, RawConnection};
use support::{PUSH, handshake};

/// The rest of 127.0.0.0/8 is of this machine too on Linux, and reaches who listens everywhere.
#[cfg(target_os = "linux")]
#[test]
fn a_fake_listens_on_loopback_only_by_default() {
    let elsewhere = |gws: &FakeGws| TcpStream::connect(("127.0.0.2", address(gws).port()));
    let (allowed_by_default, expected) =
        (FakeGws::start(), FakeGws::builder().host(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    assert!(elsewhere(&allowed_by_default).is_err());
    assert!(elsewhere(&expected.start()).is_ok());
}

/// What the endpoint is given is closed, and names no file.
#[cfg(feature = "control")]
#[test]
fn no_call_of_the_endpoint_names_a_file() {
    let gws = FakeGws::builder().control().start();
    let document = support::documented::document(gws.url());
    let mut bodies = 0;
    for (path, operations) in support::documented::paths(gws.url()) {
        for operation in operations.as_object().unwrap().values() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str() else { continue };
            let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
            let closed = ["additionalProperties", "unevaluatedProperties"];
            assert!(closed.iter().any(|keyword| schema[*keyword] == false), "{path}: {schema:#}");
            bodies += 1;
            for name in schema["properties"].as_object().unwrap().keys() {
                let name = name.to_lowercase();
                let named = ["file", "folder", "dir", "path", "output", "coverage", "contract"];
                let excepted = name == "acceptmisspeltpaths";
                let found = named.iter().find(|header| name.contains(**header) && !excepted);
                assert_eq!(found, None, "{path}: {name}");
            }
        }
    }
    assert!(bodies > 15, "{bodies}");
}

#[cfg(feature = "control")]
#[test]
fn a_call_of_the_endpoint_that_names_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("written").display().to_string();
    let gws = FakeGws::builder().control().start();
    for (call, field) in [
        ("fakes", "fixtures"),
        ("fakes", "contract"),
        ("fakes", "coverage"),
        ("fakes", "record"),
        ("fakes", "play"),
        ("fakes", "host"),
        ("scenario", "file"),
    ] {
        let body = json!({ field: file, "steps": [] }).to_string();
        let head = format!("POST /__fake/{call} HTTP/1.1\r\nHost: localhost\r\n");
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        let answer = RawConnection::open(&gws).exchange(format!("{head}{length}{body}"));
        assert_eq!(answer.status, 400, "{call} {field}: {}", answer.body);
    }
    for path in ["/__fake/../../etc/passwd", "/__fake/report/../timeline", "/__fake/%2e%2e/report"]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(RawConnection::open(&gws).exchange(request).status, 404, "{path}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A schema leads to no file that is not among the schemas.
#[test]
fn a_contract_reads_no_file_outside_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside.json");
    fs::write(&outside, r#"{"const":"kept to itself"}"#).unwrap();
    let schemas = folder.path().join("contract/schemas");
    fs::create_dir_all(&schemas).unwrap();
    for reference in ["../../outside.json".to_owned(), format!("file://{}", outside.display())] {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://schemas.gws-sms-fake.example/user-data.json",
            "$ref": reference,
        });
        fs::write(schemas.join("user-data.json"), schema.to_string()).unwrap();
        let builder = FakeGws::builder().contract(folder.path().join("contract"));
        let error = builder.try_start().unwrap_err().to_string();
        assert!(error.contains("user-data.json"), "{error}");
        assert!(!error.contains("kept to itself"), "{error}");
    }
}

/// The user of the test below, and what nobody but he and the fake may know.
const PASSWORD: &str = "open-sesame-4711";
const WRONG: &str = "shut-sesame-4711";

/// As requests say it.
fn basic(password: &str) -> String {
    use headers::authorization::Credentials;
    let encoded = headers::Authorization::basic("z9", password).0.encode();
    encoded.to_str().unwrap().to_owned()
}

/// A secret that a client must not put into a path or a body, and may all the same.
const PLANTED: &str = "planted-4711";

/// Requests with a secret in each place of a path and a body.
fn planted() -> Vec<(String, String)> {
    let p = PLANTED;
    let intrude = intrude_path();
    let own = format!("/api/v2/me/smssessions/{}", gws_sms_fake::fixtures::SESSION);
    let attach = |data: serde_json::Value| {
        json!({ "operationName": "AttachUserData", "userData": data }).to_string()
    };
    let push = |messages: serde_json::Value| (PUSH.to_owned(), messages.to_string());
    let long = "x".repeat(200);
    vec![
        (format!("{intrude}?password={p}"), INTRUDE.to_owned()),
        (format!("{intrude}?access_token={p}&pass%77ord={p}"), INTRUDE.to_owned()),
        (format!("{intrude};jsessionid={p}"), INTRUDE.to_owned()),
        (format!("/api/v2/nothing;jsessionid={p}/here"), INTRUDE.to_owned()),
        (intrude.clone(), json!({ "operationName": "Intrude", "password": p }).to_string()),
        (
            intrude.clone(),
            json!({ "operationName": "Intrude", "supervisorVisibilityMode": { "token": p } })
                .to_string(),
        ),
        (intrude.clone(), json!({ "operationName": { "clientSecret": p } }).to_string()),
        (intrude.clone(), format!("{{\"operationName\":\"Intrude\",\"password\":\"{p}")),
        (intrude.clone(), format!("[{{\"password\":\"{p}\"}}]")),
        (intrude, format!("\"password={p}\"")),
        (own.clone(), attach(json!({ "login": { "a": long, "password": p } }))),
        (own.clone(), attach(json!(format!("{{\"password\":\"{p}\"}}")))),
        (
            own,
            json!({ "operationName": "SendMessage", "text": format!("password: {p}") }).to_string(),
        ),
        push(
            json!([{ "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"],
            "ext": { "authentication": { "user": "z9", "password": p } } }]),
        ),
        push(json!([{ "channel": "/meta/handshake", "advice": { "password": p }, "password": p }])),
        push(
            json!([{ "channel": "/meta/subscribe", "clientId": "x", "subscription": format!("/v2/me/password={p}") }]),
        ),
        push(
            json!([{ "channel": format!("/v2/token={p}"), "clientId": "x", "data": { "password": p } }]),
        ),
        (format!("{PUSH}?jsonp=a&message=%5B%7B%22password%22%3A%22{p}%22%7D%5D"), String::new()),
        (format!("{PUSH}/;jsessionid={p}"), "[]".to_owned()),
    ]
}

#[test]
fn nothing_that_is_written_or_shown_has_a_secret_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let coverage = folder.path().join("coverage.jsonl");
    let lines = Arc::new(Mutex::new(String::new()));
    let shown = Arc::clone(&lines);
    let user = json!({
        "id": "0123456789abcdef0123456789abcdef",
        "userName": "z9",
        "password": PASSWORD,
        "firstName": "Zoe",
        "lastName": "Aho",
        "roles": ["ROLE_SUPERVISOR"],
        "features": ["api-multimedia"],
    });
    let builder = FakeGws::builder().user(&user).csrf_protection().coverage(&coverage);
    #[cfg(feature = "control")]
    let builder = builder.control();
    let gws = builder.watch(move |line| *shown.lock().unwrap() += line).start();
    let signs_in =
        format!("GET /api/v2/me HTTP/1.1\r\nHost: z\r\nAuthorization: {}\r\n\r\n", basic(PASSWORD));
    let signed_in = RawConnection::open(&gws).exchange(signs_in);
    let token = signed_in.header("x-csrf-token").unwrap().to_owned();
    let session = signed_in.cookie_field().trim().rsplit_once("JSESSIONID=").unwrap().1.to_owned();
    let header = |name: &str, value: &str| format!("{name}: {value}\r\n");
    let cookie = header("Cookie", &format!("JSESSIONID={session}"));
    let unknown = header("Cookie", "JSESSIONID=session-4711");
    let fields = [
        header("Authorization", &basic(WRONG)),
        header("Authorization", "Bearer bearer-4711"),
        header("Authorization", &basic(PASSWORD)) + &header("X-CSRF-Token", "token-4711"),
        cookie.clone(),
        cookie.clone() + &header("X-CSRF-Token", "token-4711"),
        cookie.clone() + &header("X-CSRF-Token", &token),
        unknown + &header("X-CSRF-Token", &token),
    ];
    for fields in &fields {
        for (path, body) in [
            (intrude_path(), INTRUDE.to_owned()),
            (PUSH.to_owned(), json!([handshake()]).to_string()),
        ] {
            let head =
                format!("POST {path} HTTP/1.1\r\nHost: z\r\nContent-Type: application/json\r\n");
            let length = header("Content-Length", &body.len().to_string());
            RawConnection::open(&gws).exchange(format!("{head}{fields}{length}\r\n{body}"));
        }
        // What is no HTTP, half a header, and an address with a password in it.
        for line in [
            "GET /api/v2/me HTTP/9.9",
            &format!("GET http://z9:{PASSWORD}@z/api/v2/me HTTP/1.1"),
            "GET",
        ] {
            let mut connection = RawConnection::open(&gws);
            connection.send(format!("{line}\r\nHost: z\r\n{fields}\r\n"));
            connection.end_sending();
            connection.answer();
        }
        let mut connection = RawConnection::open(&gws);
        connection.send(format!("GET /api/v2/me HTTP/1.1\r\n{fields}"));
        connection.end_sending();
        connection.answer();
    }
    for (path, body) in planted() {
        let head = format!("POST {path} HTTP/1.1\r\nHost: z\r\nContent-Type: application/json\r\n");
        let length = header("Content-Length", &body.len().to_string());
        let fields = cookie.clone() + &header("X-CSRF-Token", &token);
        RawConnection::open(&gws).exchange(format!("{head}{fields}{length}\r\n{body}"));
    }
    gws.write_coverage().unwrap();
    let mut texts = vec![
        ("report", gws.report()),
        ("stable report", gws.stable_report()),
        ("report as JSON", gws.report_json().to_string()),
        ("recording", gws.recorded()),
        ("lines of the timeline", lines.lock().unwrap().clone()),
        ("coverage", fs::read_to_string(coverage).unwrap()),
        ("drop", String::new()),
    ];
    #[cfg(feature = "control")]
    texts.push(("verdict", gws.verdict("z").report().to_owned()));
    // The users of a fake are for suites to sign in with, and stand under /__fake/users by design.
    #[cfg(feature = "control")]
    for name in
        ["timeline", "violations", "verify", "report", "recorded", "sessions", "openapi.json"]
    {
        let request = format!("GET /__fake/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        texts.push((name, RawConnection::open(&gws).exchange(request).text));
    }
    texts[6].1 = panicked::by(|| drop(gws)).text;
    assert!(texts[0].1.contains("credentials-wrong") && texts[6].1.contains("csrf-token"));
    let encoded =
        [basic(PASSWORD), basic(WRONG)].map(|credentials| credentials.replace("Basic ", ""));
    let secrets =
        [PASSWORD, WRONG, PLANTED, "bearer-4711", "session-4711", "token-4711", &token, &session];
    for (name, text) in &texts {
        for secret in secrets.into_iter().chain(encoded.iter().map(String::as_str)) {
            assert!(!text.contains(secret), "{secret} in {name}: {text}");
        }
    }
}
