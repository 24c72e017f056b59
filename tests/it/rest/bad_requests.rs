//! Each operation with each thing that can be wrong with its request. The bodies stand in `tests/data/bad-requests.json`;
//! each test reports all that departs, not the first.

use gws_sms_fake::fixtures::{AGENT, AGENT_WITHOUT_SMS, FixtureUser, OTHER_AGENT, SUPERVISOR};
use gws_sms_fake::{FakeGws, Operation, fixtures};
use reqwest::Method;
use reqwest::header::ALLOW;
use serde_json::{Value, json};

use crate::rest::{Family, found, operations, sender};
use support::{HttpClient, TableFake, Transport, in_both_ways};

const NONE: [&str; 0] = [];
const UNKNOWN_SESSION: &str = "0000UaB58WAR003X";
const WITHOUT_VOICE: FixtureUser =
    FixtureUser::new("5b7e13c0a9d24f6688e1f20347bc9d5a", "n2", "password");

/// A request that was right before something in it was made wrong.
struct Request {
    user: Option<FixtureUser>,
    method: Method,
    path: String,
    content_type: &'static str,
    body: String,
}

/// What became of it.
struct Refused {
    status: u16,
    body: Value,
    allow: Option<String>,
    /// Rule and place of each violation.
    found: Vec<(String, String)>,
    report: String,
}

fn right(operation: Operation, family: Family) -> Request {
    Request {
        user: Some(sender(family)),
        method: Method::POST,
        path: family.path(),
        content_type: "application/json",
        body: fixtures::request(operation).to_owned(),
    }
}

/// A fake in which every operation is taken, with a user more, who lacks the feature for the contact center.
fn fake(transport: Transport) -> TableFake {
    let FixtureUser { id, user_name, password, .. } = WITHOUT_VOICE;
    let user = json!({
        "id": id, "userName": user_name, "password": password, "firstName": "Nils", "lastName": "Holm",
        "roles": ["ROLE_AGENT"], "features": ["api-multimedia"],
    });
    transport.start_with(FakeGws::builder().capabilities_as_documented().user(&user))
}

/// All that can be read of the sessions and channels.
async fn state(client: &HttpClient) -> Value {
    let (agent, supervisor) = (client.with_credentials(AGENT), client.with_credentials(SUPERVISOR));
    let messages = format!("/api/v2/me/smssessions/{}/messages", fixtures::SESSION);
    Value::Array(vec![
        agent.get("/api/v2/me?subresources=*").await.body,
        agent.get(&messages).await.body,
        supervisor.get("/api/v2/me?subresources=*").await.body,
    ])
}

/// Sends it to a fake of its own. It must change nothing, and nothing may be pushed for it.
async fn send(transport: Transport, request: Request) -> Result<Refused, String> {
    let gws = fake(transport);
    let anybody = HttpClient::anonymous(&gws).without_cookies();
    let before = state(&anybody).await;
    let client = request.user.map(|user| anybody.with_credentials(user));
    let client = client.unwrap_or_else(|| anybody.clone());
    let Request { method, path, content_type, body, .. } = request;
    let response = client.send(method, &path, content_type, body).await;
    let status = response.status().as_u16();
    let allow = response.headers().get(ALLOW).map(|header| header.to_str().unwrap().to_owned());
    let body = response.json().await.unwrap_or_default();
    let changed = state(&anybody).await != before;
    let report = gws.report();
    let found = found(&report);
    for (rule, _) in &found {
        gws.allow(rule);
    }
    match () {
        () if changed => Err("it changed something".to_owned()),
        () if report.contains("<-") => Err("something was pushed".to_owned()),
        () => Ok(Refused { status, body, allow, found, report }),
    }
}

/// Compares HTTP status, the envelope of two fields with its statusCode, and the one violation with its place.
fn compare(
    refused: &Refused,
    http: u16,
    code: &[u64],
    rule: &str,
    place: &str,
) -> Result<(), String> {
    let Refused { status, body, found, .. } = refused;
    let fields = body.as_object().map_or(0, serde_json::Map::len);
    let envelope = fields == 2 && body["statusMessage"].is_string();
    let coded = body["statusCode"].as_u64().is_some_and(|number| code.contains(&number));
    let places = [(rule.to_owned(), place.to_owned())];
    if *status == http && envelope && coded && *found == places {
        return Ok(());
    }
    Err(format!("got {status} {body} for {found:?}, want {http} with {code:?} for {places:?}"))
}

/// Makes each operation's request wrong, and compares what becomes of it.
async fn check_each(
    transport: Transport,
    wrong: impl Fn(Operation, Family) -> Option<Request>,
    compares: impl Fn(Operation, Family, &Refused) -> Result<(), String>,
) {
    let mut failures = Vec::new();
    for (operation, family) in operations() {
        let Some(request) = wrong(operation, family) else { continue };
        let sent = format!("{operation:?} {} {}", request.method, request.path);
        let outcome = send(transport, request)
            .await
            .and_then(|refused| compares(operation, family, &refused));
        failures.extend(outcome.err().map(|failure| format!("{sent}: {failure}")));
    }
    assert_eq!(failures, NONE);
}

async fn every_bad_body_is_refused_for_its_rule_at_its_place(transport: Transport) {
    let cases = include_str!("../../data/bad-requests.json");
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    let mut failures = Vec::new();
    for case in &cases {
        let named = operations().find(|(operation, _)| case["operation"] == operation.as_str());
        let (operation, family) = named.unwrap();
        let (rule, place) = (case["rule"].as_str().unwrap(), case["place"].as_str().unwrap());
        // A whole body that is wrong has an empty pointer, which the report says in words.
        let place = if place.is_empty() { "the whole value" } else { place };
        let body = case["body"].to_string();
        let outcome =
            send(transport, Request { body: body.clone(), ..right(operation, family) }).await;
        let outcome = outcome.and_then(|outcome| compare(&outcome, 400, &[1, 2], rule, place));
        failures.extend(outcome.err().map(|failure| format!("{body}: {failure}")));
    }
    assert_eq!(failures, NONE);
    for (operation, _) in operations() {
        let cased = cases.iter().any(|case| case["operation"] == operation.as_str());
        assert!(cased, "{operation:?} has no bad body");
    }
}

async fn without_credentials_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| Some(Request { user: None, ..right(operation, family) }),
        |_, _, refused| compare(refused, 403, &[20], "credentials-missing", "header Authorization"),
    )
    .await;
}

async fn without_its_feature_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let user = match operation {
                Operation::StartContactCenterSession => WITHOUT_VOICE,
                // Their pages and the log demand none.
                Operation::EndContactCenterSession
                | Operation::Ready
                | Operation::NotReady
                | Operation::AfterCallWork
                | Operation::AuxWork
                | Operation::DoNotDisturbOn
                | Operation::DoNotDisturbOff => {
                    return None;
                }
                _ => AGENT_WITHOUT_SMS,
            };
            Some(Request { user: Some(user), ..right(operation, family) })
        },
        |_, _, refused| compare(refused, 403, &[5], "feature-missing", "header Authorization"),
    )
    .await;
}

async fn in_a_session_that_there_is_not_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let path = family.path().replace(fixtures::SESSION, UNKNOWN_SESSION);
            (path != family.path()).then(|| Request { path, ..right(operation, family) })
        },
        |_, family, refused| {
            let place = if family == Family::Session { "path segment 5" } else { "path segment 6" };
            compare(refused, 404, &[6], "session-unknown", place)
        },
    )
    .await;
}

async fn in_the_session_of_another_user_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| match family {
            Family::Session => {
                Some(Request { user: Some(OTHER_AGENT), ..right(operation, family) })
            }
            Family::Supervision => {
                let path = family.path().replace(AGENT.id, OTHER_AGENT.id);
                Some(Request { path, ..right(operation, family) })
            }
            _ => None,
        },
        |_, family, refused| {
            let place = if family == Family::Session { "path segment 5" } else { "path segment 4" };
            compare(refused, 404, &[6], "session-owner", place)
        },
    )
    .await;
}

/// Which is also the body of a wrong operation on a right path: each goes to each family's path but its own.
async fn on_the_path_of_others_every_operation_is_refused_with_the_right_path(
    transport: Transport,
) {
    for other in Family::ALL {
        check_each(
            transport,
            |operation, family| {
                let path = other.path();
                let is_all = matches!(operation, Operation::Ready | Operation::NotReady);
                let is_right = other == family || (is_all && other == Family::Me);
                (!is_right).then(|| Request { path, ..right(operation, family) })
            },
            |operation, family, refused| {
                compare(refused, 400, &[2], "operation-unknown", "/operationName")?;
                let hint = format!("{} is sent to {}", operation.as_str(), family.shown());
                refused.report.contains(&hint).then_some(()).ok_or(format!("want the hint {hint}"))
            },
        )
        .await;
    }
}

async fn with_a_method_that_its_path_does_not_have_every_operation_is_refused(
    transport: Transport,
) {
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let post_only = |family| matches!(family, Family::Supervision | Family::Monitoring);
        check_each(
            transport,
            |operation, family| {
                let method = method.clone();
                let lacks = method != Method::GET || post_only(family);
                lacks.then(|| Request { method, ..right(operation, family) })
            },
            |_, family, refused| {
                compare(refused, 405, &[3], "method", "request line")?;
                let want = if post_only(family) { "POST" } else { "GET, POST" };
                let got = refused.allow.as_deref();
                (got == Some(want)).then_some(()).ok_or(format!("Allow: got {got:?}, want {want}"))
            },
        )
        .await;
    }
}

async fn with_a_query_string_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let path = format!("{}?nickname=Marat", family.path());
            Some(Request { path, ..right(operation, family) })
        },
        |_, _, refused| compare(refused, 400, &[2], "query-string", "request line"),
    )
    .await;
}

async fn with_a_key_twice_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let name = format!("{{\"operationName\":\"{}\",", operation.as_str());
            let body = right(operation, family).body.replacen('{', &name, 1);
            Some(Request { body, ..right(operation, family) })
        },
        |_, _, refused| compare(refused, 400, &[2], "duplicate-key", "/operationName"),
    )
    .await;
}

async fn with_another_content_type_every_operation_is_refused(transport: Transport) {
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded"] {
        check_each(
            transport,
            |operation, family| Some(Request { content_type, ..right(operation, family) }),
            |_, _, refused| compare(refused, 400, &[2], "content-type", "header Content-Type"),
        )
        .await;
    }
}

async fn in_lower_case_every_operation_is_refused_with_what_was_meant(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let name = operation.as_str();
            let lower = name.replacen(&name[..1], &name[..1].to_lowercase(), 1);
            let body = right(operation, family).body;
            let body = body.replacen(&format!("\"{name}\""), &format!("\"{lower}\""), 1);
            Some(Request { body, ..right(operation, family) })
        },
        |operation, family, refused| {
            // Whatever is sent to a channel may be a state of the contact center.
            let is_state = family == Family::Channel;
            let rule = if is_state { "agent-state-unknown" } else { "operation-unknown" };
            compare(refused, 400, &[2], rule, "/operationName")?;
            let hint = format!("did you mean \"{}\"?", operation.as_str());
            refused.report.contains(&hint).then_some(()).ok_or(format!("want the hint {hint}"))
        },
    )
    .await;
}

async fn without_its_name_every_operation_is_refused(transport: Transport) {
    check_each(
        transport,
        |operation, family| {
            let mut body: Value = serde_json::from_str(fixtures::request(operation)).unwrap();
            body.as_object_mut().unwrap().remove("operationName");
            Some(Request { body: body.to_string(), ..right(operation, family) })
        },
        |_, _, refused| compare(refused, 400, &[1], "operation-name-missing", "/operationName"),
    )
    .await;
}

in_both_ways!(
    every_bad_body_is_refused_for_its_rule_at_its_place,
    without_credentials_every_operation_is_refused,
    without_its_feature_every_operation_is_refused,
    in_a_session_that_there_is_not_every_operation_is_refused,
    in_the_session_of_another_user_every_operation_is_refused,
    on_the_path_of_others_every_operation_is_refused_with_the_right_path,
    with_a_method_that_its_path_does_not_have_every_operation_is_refused,
    with_a_query_string_every_operation_is_refused,
    with_a_key_twice_every_operation_is_refused,
    with_another_content_type_every_operation_is_refused,
    in_lower_case_every_operation_is_refused_with_what_was_meant,
    without_its_name_every_operation_is_refused
);
