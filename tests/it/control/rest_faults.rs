//! What a suite in another language programs to become of requests, under `/__fake/`.

use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use crate::control::{look, start};
use support::raw::{INTRUDE, RawConnection, intrude};
use support::{Answer, HttpClient, intrude_path, own_path, taken};

const EXCEPTION: &str = "/__fake/exception";
const REST_FAULTS: &str = "/__fake/exceptions";
const RELEASE: &str = "/__fake/release";

async fn program(gws: &FakeGws, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(EXCEPTION, &body).await
}

/// The answer that says under which number it was programmed.
fn number(number: u64) -> Answer {
    Answer::of(200, json!({ "number": number }))
}

async fn intrudes(client: &HttpClient) -> Answer {
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    client.post(&intrude_path(), &body).await
}

fn refused(status_code: u8, status: u16) -> Answer {
    let message = "Refused, as the test programmed";
    Answer::of(status, json!({ "statusCode": status_code, "statusMessage": message }))
}

#[tokio::test]
async fn a_fault_is_injected_triggers_and_is_counted() {
    let gws = start();
    assert_eq!(look(&gws, REST_FAULTS).await, json!([]));
    let refuse = json!({
        "operationName": "Intrude", "user": "s1", "session": fixtures::SESSION, "times": 2,
        "exception": "refuse", "statusCode": 5, "httpStatus": 503,
    });
    assert_eq!(program(&gws, refuse).await, number(1));
    let garbage = json!({
        "operationName": "Intrude", "user": fixtures::OTHER_SUPERVISOR.id, "times": "always",
        "exception": "garbage",
    });
    assert_eq!(program(&gws, garbage).await, number(2));
    let rest_faults = |first: u32, second: u32| {
        json!([
            {
                "number": 1,
                "exception": r#"gws.rest_faults(Operation::Intrude).by("s1").in_session("0000UaB58WAR003N").times(2).refuse(..)"#,
                "happened": first,
            },
            {
                "number": 2,
                "exception": r#"gws.rest_faults(Operation::Intrude).by("s2").always().garbage(..)"#,
                "happened": second,
            },
        ])
    };
    assert_eq!(look(&gws, REST_FAULTS).await, rest_faults(0, 0));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(intrudes(&client).await, refused(5, 503));
    assert_eq!(look(&gws, REST_FAULTS).await, rest_faults(1, 0));
    gws.try_verify().unwrap_err();
    assert_eq!(intrudes(&client).await, refused(5, 503));
    assert_eq!(intrudes(&client).await, taken());
    let other = intrudes(&HttpClient::of(&gws, fixtures::OTHER_SUPERVISOR)).await;
    assert!(other.status == 200 && other.body.is_string(), "{other:?}");
    assert_eq!(look(&gws, REST_FAULTS).await, rest_faults(2, 1));
    gws.verify();
}

/// Those that break the connection are tested with the library; here each name is taken, and no other.
#[tokio::test]
async fn every_fault_can_be_injected_by_its_name() {
    let gws = start();
    let names = [
        "delay",
        "hang",
        "reset_before_answer",
        "reset_within_answer",
        "reset_after_answer",
        "truncate",
        "garbage",
        "refuse",
    ];
    for (index, name) in names.into_iter().enumerate() {
        let mut body = json!({ "operationName": "Accept", "exception": name });
        match name {
            "delay" => body["milliseconds"] = json!(0),
            "refuse" => (body["statusCode"], body["httpStatus"]) = (json!(20), json!(599)),
            _ => {}
        }
        assert_eq!(program(&gws, body).await, number(index as u64 + 1));
        let words = format!("gws.rest_faults(Operation::Accept).{name}(..)");
        assert_eq!(look(&gws, REST_FAULTS).await[index]["exception"], words);
    }
    std::mem::forget(gws);
}

#[tokio::test]
async fn a_request_hangs_until_it_is_released() {
    let gws = start();
    assert_eq!(
        program(&gws, json!({ "operationName": "Intrude", "exception": "hang" })).await,
        number(1)
    );
    assert_eq!(
        program(&gws, json!({ "operationName": "Intrude", "exception": "hang" })).await,
        number(2)
    );
    let mut hanging = Vec::new();
    for user in [fixtures::SUPERVISOR, fixtures::OTHER_SUPERVISOR] {
        let client = HttpClient::of(&gws, user);
        hanging.push(tokio::spawn(async move { intrudes(&client).await }));
        gws.received(Operation::Intrude).next().await.by(user.user_name);
    }
    let release = async |number: u64| {
        HttpClient::anonymous(&gws).post(RELEASE, &json!({ "number": number })).await
    };
    assert_eq!(release(2).await, Answer::of(200, json!({})));
    assert_eq!(hanging.pop().unwrap().await.unwrap(), taken());
    gws.supervisor().notifications().never();
    assert!(!hanging[0].is_finished());
    assert_eq!(release(1).await, Answer::of(200, json!({})));
    assert_eq!(hanging.pop().unwrap().await.unwrap(), taken());
}

#[tokio::test]
async fn a_request_is_delayed_by_so_many_milliseconds() {
    let gws = start();
    gws.clock().pause();
    let delay =
        json!({ "operationName": "Accept", "exception": "delay", "milliseconds": 3_600_000 });
    assert_eq!(program(&gws, delay).await, number(1));
    let client = HttpClient::of(&gws, fixtures::AGENT);
    let path = own_path(fixtures::INVITED_SESSION);
    let accepting =
        tokio::spawn(
            async move { client.post(&path, &json!({ "operationName": "Accept" })).await },
        );
    gws.received(Operation::Accept).next().await;
    gws.clock().advance(std::time::Duration::from_millis(3_599_999)).await;
    gws.agent().notifications().never();
    assert!(!accepting.is_finished());
    gws.clock().advance(std::time::Duration::from_millis(1)).await;
    assert_eq!(accepting.await.unwrap(), taken());
}

/// A suite resets between its tests: what one has programmed is not met by the next, and what hangs does nothing in it.
#[tokio::test]
async fn a_reset_removes_injected_faults_and_cuts_hanging_requests() {
    let gws = start();
    program(&gws, json!({ "operationName": "Intrude", "exception": "hang" })).await;
    program(&gws, json!({ "operationName": "Accept", "exception": "garbage" })).await;
    let mut hanging = RawConnection::open(&gws);
    hanging.send(intrude(INTRUDE));
    gws.received(Operation::Intrude).next().await;
    let reset = HttpClient::anonymous(&gws).post("/__fake/reset", &json!({})).await;
    assert_eq!(reset.status, 200);
    // Another one of the same number does not hold it, nor does it come loose.
    program(&gws, json!({ "operationName": "Intrude", "exception": "hang" })).await;
    assert!(hanging.answer().is_none(), "the connection is cut");
    let words = "gws.rest_faults(Operation::Intrude).hang(..)";
    let rest_faults = json!([{ "number": 1, "exception": words, "happened": 0 }]);
    assert_eq!(look(&gws, REST_FAULTS).await, rest_faults);
    HttpClient::anonymous(&gws).post(RELEASE, &json!({ "number": 1 })).await;
    gws.supervisor().notifications().never();
    // Had it been worked through, this would be the second time.
    assert_eq!(intrudes(&HttpClient::of(&gws, fixtures::SUPERVISOR)).await, taken());
    gws.verify();
}

#[tokio::test]
async fn an_invalid_fault_is_refused_with_the_reason() {
    let gws = start();
    let intrude = |more: Value| {
        let mut body = json!({ "operationName": "Intrude", "exception": "hang" });
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        body
    };
    let mut received = String::new();
    for body in [
        json!({ "operationName": "Intrude" }),
        json!({ "exception": "hang" }),
        intrude(json!({ "operationName": "intrude" })),
        intrude(json!({ "exception": "hangs" })),
        intrude(json!({ "user": "s3" })),
        intrude(json!({ "times": 0 })),
        intrude(json!({ "times": "allways" })),
        intrude(json!({ "statusCode": 4 })),
        intrude(json!({ "milliseconds": 4 })),
        intrude(json!({ "exception": "delay" })),
        intrude(json!({ "exception": "refuse", "statusCode": 4 })),
        intrude(json!({ "exception": "refuse", "statusCode": 0, "httpStatus": 400 })),
        intrude(json!({ "exception": "refuse", "statusCode": 4, "httpStatus": 200 })),
        intrude(json!({ "sesion": "x" })),
        json!([]),
    ] {
        let answer = program(&gws, body).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        received += answer.body["error"].as_str().unwrap();
        received.push('\n');
    }
    expect_test::expect![[r#"
        /exception: got nothing, want a value
        /operationName: got nothing, want a value
        /operationName: got "intrude"; did you mean "Intrude"?
        /exception: got "hangs", want one of "refuse", "delay", "hang", "drop_request", "reset_before_answer", "reset_within_answer", "reset_after_answer", "truncate", "garbage"; did you mean "hang"?
        /user: got "s3", want the id or userName of one of a1, a2, n1, s1, s2
        /times: got 0, want at least 1
        /times: got "allways", want integer
        /statusCode: got 4, want no such field
        /milliseconds: got 4, want no such field
        /milliseconds: got nothing, want a value
        /httpStatus: got nothing, want a value
        /statusCode: got 0, want at least 1
        /httpStatus: got 200, want at least 400
        /sesion: got "x", want no such field; did you mean "session"?
        the whole value: got [], want object
    "#]]
    .assert_eq(&received);
    assert_eq!(look(&gws, REST_FAULTS).await, json!([]));
}

#[tokio::test]
async fn a_release_of_nothing_is_refused_with_the_reason() {
    let gws = start();
    for (body, status, error) in [
        (json!({ "number": 1 }), 409, "/number: got 1, want one that was answered"),
        (json!({}), 400, "/number: got nothing, want a value"),
        (json!({ "number": "1" }), 400, "/number: got \"1\", want integer"),
    ] {
        let expected = Answer::of(status, json!({ "error": error }));
        assert_eq!(HttpClient::anonymous(&gws).post(RELEASE, &body).await, expected);
    }
    for (path, error) in [
        (EXCEPTION, "got GET, want POST /__fake/exception"),
        (RELEASE, "got GET, want POST /__fake/release"),
    ] {
        let expected = Answer::of(405, json!({ "error": error }));
        assert_eq!(HttpClient::anonymous(&gws).get(path).await, expected);
    }
    let expected = "got POST, want GET /__fake/exceptions";
    let answer = HttpClient::anonymous(&gws).post(REST_FAULTS, &json!({})).await;
    assert_eq!(answer, Answer::of(405, json!({ "error": expected })));
}
