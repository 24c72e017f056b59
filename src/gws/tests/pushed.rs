//! The notifications of a request, in one line each: the user, the notification, the visible participants, and the
//! number of capabilities. Whole JSON is compared in the tests of the families, once for each kind.

use expect_test::Expect;

use super::*;
use crate::gws::external_event::{ExternalEvent, act};
use crate::gws::operation::Operation;

/// Sends a body to the path with these ids; the body conforms to its schema.
pub(super) fn send(
    world: &mut World,
    user: FixtureUser,
    ids: &[&str],
    body: Value,
) -> HandledCommand {
    let operation = Operation::of_name(body["operationName"].as_str().unwrap()).unwrap();
    assert_eq!(check(operation.request_schema(), &body), [], "{body}");
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    handle(world, user, Command::parse(operation, &ids, &body))
}

/// Sends an operation that says nothing but its name on a session of one's own.
pub(super) fn plain(
    world: &mut World,
    user: FixtureUser,
    session: &str,
    name: &str,
) -> HandledCommand {
    send(world, user, &[session], json!({ "operationName": name }))
}

/// Sends one with a user as its target.
pub(super) fn to(
    world: &mut World,
    user: FixtureUser,
    session: &str,
    name: &str,
    target: FixtureUser,
) -> HandledCommand {
    let uri = format!("{API}/users/{}", target.id);
    send(world, user, &[session], json!({ "operationName": name, "targetUri": uri }))
}

/// Brings another agent into [`SESSION`] by that operation.
pub(super) fn meet(world: &mut World, name: &str, other: FixtureUser) {
    to(world, AGENT, SESSION, name, other).unwrap();
    plain(world, other, SESSION, "Accept").unwrap();
}

/// Compares the rule, the reply where it says more than success, and who is told what.
#[track_caller]
pub(super) fn check_done(answer: HandledCommand, expected: Expect) {
    let done = answer.unwrap_or_else(|refused| panic!("{:?}", refused.violation));
    assert_eq!(check(done.schema, &done.reply), []);
    let mut lines = vec![format!("{} {}", done.rule.id, done.reply)];
    lines.extend(done.notes.iter().map(|note| format!("note {}", note.rule.id)));
    lines.extend(done.notifications.iter().map(line));
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

/// Makes it happen, and compares who is told what.
#[track_caller]
pub(super) fn check_happens(world: &mut World, external_event: &ExternalEvent, expected: Expect) {
    let happened = act(world, external_event, now()).unwrap();
    let mut lines = vec![happened.what];
    lines.extend(happened.notifications.iter().map(line));
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

fn line(notification: &Notification) -> String {
    let (Notification { user, kind, .. }, data) = (notification, &notification.data());
    assert_eq!(check(kind.schema, data), [], "{data}");
    let users = [AGENT, OTHER_AGENT, SUPERVISOR, OTHER_SUPERVISOR];
    let name =
        users.iter().find(|known| known.id == user).map_or(user.as_str(), |user| user.user_name);
    let kind = data["notificationType"].as_str().unwrap_or("channels");
    let mut line = format!("{name} {kind}");
    if let Some(reference) = data["referenceId"].as_u64() {
        line += &format!(" #{reference}");
    }
    if let Some(session) = data.get("smssession") {
        line += &format!(" {}", session["state"].as_str().unwrap());
        let all = |field: &str| session[field].as_array().cloned();
        if let Some(participants) = all("participants") {
            let seen: Vec<String> = participants.iter().map(someone).collect();
            line += &format!(" [{}]", seen.join(", "));
        }
        if let Some(offered) = all("capabilities") {
            line += &format!(" offers {}", offered.len());
        }
    }
    for message in data["messages"].as_array().into_iter().flatten() {
        let Value::Object(message) = message else { unreachable!() };
        let index = &message["index"];
        let kind = message["type"].as_str().unwrap();
        let from = someone(&message["from"]);
        let shown = message["visibility"].as_str().unwrap();
        line += &format!(" | {index} {kind} of {from} to {shown}");
        let texts = ["text", "url", "noticeText"].iter().filter_map(|name| message.get(*name));
        texts.for_each(|text| line += &format!(" {text}"));
    }
    for channel in data["channels"].as_array().into_iter().flatten() {
        let state = channel["userState"]["state"].as_str().unwrap();
        line += &format!(" {}={state}", channel["channel"].as_str().unwrap());
    }
    line
}

/// A participant: the nickname, and the visibility unless it is All.
fn someone(participant: &Value) -> String {
    let nickname = participant["nickname"].as_str().unwrap();
    match participant["visibility"].as_str().unwrap() {
        "All" => nickname.to_owned(),
        visibility => format!("{nickname}({visibility})"),
    }
}
