//! Every GET: whole answers, and what is refused.

use gws_sms_fake::fixtures;
use gws_sms_fake::fixtures::{AGENT, OTHER_AGENT, SESSION, SUPERVISOR};
use serde_json::{Value, json};

use support::{
    Answer, HttpClient, TableFake, Transport, in_both_ways, intrude_path, own_path, taken,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/smssessions");

fn fixture(session: &str) -> Value {
    let text = std::fs::read_to_string(format!("{FOLDER}/{session}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn user(gws: &TableFake) -> Value {
    json!({
        "id": AGENT.id,
        "userName": "a1",
        "firstName": "Kristi",
        "lastName": "Sippola",
        "roles": ["ROLE_AGENT"],
        "enabled": true,
        "changePasswordOnFirstLogin": false,
        "uri": format!("{}/api/v2/users/{}", gws.url(), AGENT.id),
        "path": format!("/users/{}", AGENT.id),
    })
}

fn feature(gws: &TableFake, id: &str) -> Value {
    json!({
        "id": id,
        "displayName": id,
        "description": id,
        "autoAssignOnContactCenterCreate": false,
        "uri": format!("{}/api/v2/features/{id}", gws.url()),
        "path": format!("/features/{id}"),
    })
}

fn features(gws: &TableFake) -> Value {
    ["api-multimedia", "api-multimedia-chat", "api-voice"].map(|id| feature(gws, id)).into()
}

fn channel() -> Value {
    let id = "900D55CC-2BB0-431F-8BF9-D3525B383BE6";
    json!({
        "channel": "smssession",
        "userState": { "id": id, "displayName": "Not Ready", "state": "NotReady" },
    })
}

/// Before the user has signed in on it.
fn offline() -> Value {
    let id = "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB";
    json!({
        "channel": "smssession",
        "userState": { "id": id, "displayName": "Offline", "state": "LoggedOut" },
    })
}

fn customer() -> Value {
    json!({
        "type": "Customer", "nickname": "PersonP", "participantId": "009052C5E6D6004A", "visibility": "All",
    })
}

fn kristi(gws: &TableFake) -> Value {
    json!({
        "type": "Agent",
        "nickname": "Kristi",
        "participantId": "009052C5E743004C",
        "visibility": "All",
        "uri": format!("{}/api/v2/users/{}", gws.url(), AGENT.id),
    })
}

fn session(gws: &TableFake) -> Value {
    let fixture = fixture(SESSION);
    json!({
        "id": SESSION,
        "uri": format!("{}/api/v2/smssessions/{SESSION}", gws.url()),
        "path": format!("/smssessions/{SESSION}"),
        "state": "Chatting",
        "chatType": "Inbound",
        "receivedDate": fixture["receivedDate"],
        "userData": fixture["userData"],
        "participants": [customer(), kristi(gws)],
        "capabilities": [
            "Transfer", "Leave", "Invite", "Consult", "SetDisposition", "AttachUserData", "DeleteUserData",
            "UpdateUserData", "Complete", "SendMessage", "SendStartTypingNotification",
            "SendStopTypingNotification",
        ],
    })
}

fn message(gws: &TableFake, index: u64) -> Value {
    let (at, seconds, by_customer, text) = match index {
        1 => ("16:39:38.000", 78_000, true, None),
        2 => ("16:39:41.120", 81_120, false, None),
        3 => ("16:39:52.435", 92_435, true, Some("My parcel has not arrived")),
        _ => ("16:40:03.801", 103_801, false, Some("How may I help you?")),
    };
    let mut from = if by_customer { customer() } else { kristi(gws) };
    from["id"] = from["participantId"].clone();
    if !by_customer {
        from["path"] = json!(format!("/users/{}", AGENT.id));
    }
    let mut message = json!({
        "index": index,
        "type": if text.is_some() { "Text" } else { "ParticipantJoined" },
        "visibility": "All",
        "timestamp": format!("2015-11-26 {at}+0000"),
        "timestampSeconds": 1_448_555_900_000_u64 + seconds,
        "from": from,
    });
    if let Some(text) = text {
        message["text"] = json!(text);
    }
    message
}

/// The whole answer to a GET of the agent, of a fake in which he has signed in on the channel for SMS.
async fn check(transport: Transport, path: &str, expected: impl FnOnce(&TableFake) -> Value) {
    let gws = transport.start();
    let agent = HttpClient::of(&gws, AGENT);
    let start = fixtures::request(gws_sms_fake::Operation::StartContactCenterSession);
    assert_eq!(agent.post_text("/api/v2/me", "application/json", start).await, taken());
    let answer = agent.get(path).await;
    assert_eq!(answer, Answer::of(200, expected(&gws)), "{path}");
}

async fn the_user_with_the_parts_that_are_asked_for(transport: Transport) {
    let me = |gws: &TableFake, parts: &[(&str, Value)]| {
        let mut user = user(gws);
        for (name, part) in parts {
            user[*name] = part.clone();
        }
        json!({ "statusCode": 0, "user": user })
    };
    check(transport, "/api/v2/me", |gws| me(gws, &[])).await;
    check(transport, "/api/v2/me?subresources=features,devices,channels", |gws| {
        me(
            gws,
            &[
                ("features", features(gws)),
                ("devices", json!([])),
                ("channels", json!([channel()])),
            ],
        )
    })
    .await;
    check(transport, "/api/v2/me/?subresources=devices,calls,channels,interactions,chats", |gws| {
        let none = json!([]);
        me(
            gws,
            &[
                ("devices", none.clone()),
                ("calls", none.clone()),
                ("channels", json!([channel()])),
                ("interactions", none.clone()),
                ("chats", none),
            ],
        )
    })
    .await;
    check(transport, "/api/v2/me?fields=*&subresources=settings,channelStates", |gws| {
        me(
            gws,
            &[
                (
                    "settings",
                    json!({ "interaction-workspace": { "interaction.disposition.key-name": "DispositionCode" } }),
                ),
                ("channelStates", json!([channel()])),
            ],
        )
    })
    .await;
}

async fn the_user_with_all_parts(transport: Transport) {
    let gws = transport.start();
    let answer = HttpClient::of(&gws, AGENT).get("/api/v2/me?subresources=*").await;
    let mut user = user(&gws);
    for none in ["devices", "skills", "interactions", "chats", "calls", "groups"] {
        user[none] = json!([]);
    }
    user["channels"] = json!([offline()]);
    user["channelStates"] = json!([offline()]);
    user["features"] = features(&gws);
    user["settings"] = json!({ "interaction-workspace": { "interaction.disposition.key-name": "DispositionCode" } });
    let mut body = answer.body;
    let sessions = body["user"].as_object_mut().unwrap().remove("smssessions").unwrap();
    assert_eq!(body, json!({ "statusCode": 0, "user": user }));
    let listed = HttpClient::of(&gws, AGENT).get("/api/v2/me/smssessions?fields=*").await;
    assert_eq!(sessions, listed.body["smssessions"]);
}

async fn channels_devices_settings_and_services(transport: Transport) {
    let uris = |uris: &[String]| json!({ "statusCode": 0, "uris": uris });
    check(transport, "/api/v2/me/channels", |gws| {
        uris(&[format!("{}/api/v2/me/channels/smssession", gws.url())])
    })
    .await;
    check(
        transport,
        "/api/v2/me/channels?fields=*",
        |_| json!({ "statusCode": 0, "channels": [channel()] }),
    )
    .await;
    check(transport, "/api/v2/me/devices", |_| uris(&[])).await;
    check(transport, "/api/v2/me/devices?fields=*", |_| json!({ "statusCode": 0, "devices": [] }))
        .await;
    let setting = json!({ "name": "interaction.disposition.key-name", "value": "DispositionCode" });
    let whole = |settings: Value| json!({ "statusCode": 0, "settings": settings, "key": "name" });
    let sections = |gws: &TableFake| {
        let section = json!({
            "name": "interaction-workspace",
            "displayName": "interaction-workspace",
            "key": "name",
            "uri": format!("{}/api/v2/me/settings/interaction-workspace", gws.url()),
            "path": "/me/settings/interaction-workspace",
            "settings": [setting],
        });
        whole(json!([section]))
    };
    check(transport, "/api/v2/me/settings", sections).await;
    check(transport, "/api/v2/me/settings?fields=*", sections).await;
    let section = |_: &TableFake| whole(json!([setting]));
    check(transport, "/api/v2/me/settings/interaction-workspace", section).await;
    check(transport, "/api/v2/me/settings/tserver", |_| whole(json!([]))).await;
    let services = [
        ("provisioning", "Provisioning", "Provisioning"),
        ("voice", "Voice", "Voice"),
        ("multimedia-state", "Multimedia state", "MultiMediaState"),
        ("multimedia-content", "Multimedia content", "MultiMediaContent"),
    ];
    check(transport, "/api/v2/services?fields=*", |gws| {
        let service = services.map(|(id, name, kind)| {
            let (uri, path) = (format!("{}/api/v2/services/{id}", gws.url()), format!("/services/{id}"));
            json!({ "id": id, "name": name, "type": kind, "state": "Active", "uri": uri, "path": path })
        });
        json!({ "statusCode": 0, "services": service })
    })
    .await;
    check(transport, "/api/v2/services", |gws| {
        uris(&services.map(|(id, ..)| format!("{}/api/v2/services/{id}", gws.url())))
    })
    .await;
}

async fn a_user_as_a_contact(transport: Transport) {
    for query in ["", "?type=User"] {
        check(transport, &format!("/api/v2/contacts/{}{query}", OTHER_AGENT.id), |gws| {
            json!({
                "statusCode": 0,
                "contact": {
                    "id": OTHER_AGENT.id,
                    "userName": "a2",
                    "firstName": "Marat",
                    "lastName": "Bell",
                    "uri": format!("{}/api/v2/contacts/{}", gws.url(), OTHER_AGENT.id),
                    "path": format!("/contacts/{}", OTHER_AGENT.id),
                },
            })
        })
        .await;
    }
}

async fn the_version_needs_no_credentials(transport: Transport) {
    let gws = transport.start();
    let version = json!({ "statusCode": 0, "version": "8.5.202.96" });
    for client in [HttpClient::anonymous(&gws), HttpClient::of(&gws, AGENT)] {
        let answer = client.get("/api/v2/diagnostics/version").await;
        assert_eq!(answer, Answer::of(200, version.clone()));
    }
}

async fn the_sessions_that_are_not_at_their_end(transport: Transport) {
    let live = ["N", "P", "Q", "T"].map(|letter| format!("0000UaB58WAR003{letter}"));
    check(transport, "/api/v2/me/smssessions", |gws| {
        let uri = |id: &String| format!("{}/api/v2/smssessions/{id}", gws.url());
        json!({ "statusCode": 0, "uris": live.each_ref().map(uri) })
    })
    .await;
    let gws = transport.start();
    let answer = HttpClient::of(&gws, AGENT).get("/api/v2/me/smssessions?fields=*").await;
    let sessions = answer.body["smssessions"].as_array().unwrap();
    let ids: Vec<&str> = sessions.iter().map(|session| session["id"].as_str().unwrap()).collect();
    assert_eq!(ids, live);
    assert_eq!(sessions[0], session(&gws));
    let nobody = HttpClient::of(&gws, OTHER_AGENT).get("/api/v2/me/smssessions?fields=*").await;
    assert_eq!(nobody.body, json!({ "statusCode": 0, "smssessions": [] }));
}

async fn me_smssessions_id_returns_one_session(transport: Transport) {
    for query in ["", "?fields=*"] {
        check(
            transport,
            &format!("{}{query}", own_path(SESSION)),
            |gws| json!({ "statusCode": 0, "smssession": session(gws) }),
        )
        .await;
    }
    for (id, state) in
        [(fixtures::COMPLETED_SESSION, "Completed"), (fixtures::REVOKED_SESSION, "Revoked")]
    {
        check(transport, &own_path(id), |gws| {
            let fixture = fixture(id);
            json!({
                "statusCode": 0,
                "smssession": {
                    "id": id,
                    "uri": format!("{}/api/v2/smssessions/{id}", gws.url()),
                    "path": format!("/smssessions/{id}"),
                    "state": state,
                    "chatType": "Inbound",
                    "receivedDate": fixture["receivedDate"],
                    "userData": {},
                    "participants": [],
                },
            })
        })
        .await;
    }
}

async fn the_messages_from_an_index_on_and_so_many(transport: Transport) {
    for (query, indices) in [
        ("", 1..5),
        ("?startIndex=1", 1..5),
        ("?startIndex=3", 3..5),
        ("?startIndex=2&count=2", 2..4),
        ("?count=1", 1..2),
        ("?count=0", 1..1),
        ("?startIndex=5", 5..5),
    ] {
        check(transport, &format!("{}/messages{query}", own_path(SESSION)), |gws| {
            let messages: Vec<Value> = indices.map(|index| message(gws, index)).collect();
            json!({ "statusCode": 0, "messages": messages })
        })
        .await;
    }
}

async fn an_invited_supervisor_reads_no_message_and_a_joined_one_reads_all(transport: Transport) {
    let gws = transport.start();
    let supervisor = HttpClient::of(&gws, SUPERVISOR);
    supervisor.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    let messages = format!("{}/messages", own_path(SESSION));
    assert_eq!(supervisor.get(&messages).await.body, json!({ "statusCode": 0, "messages": [] }));
    supervisor.post(&own_path(SESSION), &json!({ "operationName": "Accept" })).await;
    let all = supervisor.get(&messages).await.body["messages"].take();
    assert_eq!(all.as_array().unwrap()[..4], [1, 2, 3, 4].map(|index| message(&gws, index)));
    assert_eq!(all[4]["type"], "ParticipantJoined");
}

in_both_ways!(
    the_user_with_the_parts_that_are_asked_for,
    the_user_with_all_parts,
    channels_devices_settings_and_services,
    a_user_as_a_contact,
    the_version_needs_no_credentials,
    the_sessions_that_are_not_at_their_end,
    me_smssessions_id_returns_one_session,
    the_messages_from_an_index_on_and_so_many,
    an_invited_supervisor_reads_no_message_and_a_joined_one_reads_all
);
