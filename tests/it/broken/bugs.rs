//! The bugs: each is a client that departs in one place from the right one.
//!
//! The rule of this file: [`BUGS`] has one row for each, with the situation that shows it, the rule that the fake must name, and the
//! departure.

use gws_sms_fake::fixtures::{AGENT, OTHER_AGENT, SESSION, SUPERVISOR};
use reqwest::Method;
use serde_json::json;

use crate::broken::plan::{Ignored, Plan, Request, Situation, Step, path_of};

/// A client that departs in one place from the right one.
pub(crate) struct Bug {
    /// The name of its test.
    pub(crate) test: &'static str,
    /// The mistake, in the words of the guide.
    pub(crate) name: &'static str,
    pub(crate) situation: Situation,
    /// The rule that the fake names.
    pub(crate) rule: &'static str,
    departs: fn(&mut Plan),
}

impl Bug {
    /// What the client does. It monitors only, unless the bug says otherwise.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = Plan::right(self.situation, "Monitor");
        (self.departs)(&mut plan);
        plan
    }
}

const fn bug(
    test: &'static str,
    name: &'static str,
    situation: Situation,
    rule: &'static str,
    departs: fn(&mut Plan),
) -> Bug {
    Bug { test, name, situation, rule, departs }
}

use Situation::{
    BackendDown, ClientForgotten, CsrfProtection, IntervalAdvised, Usual, WholeSession,
};

/// The name of the test, that of the bug, the situation, the rule, the departure.
#[rustfmt::skip]
pub(crate) const BUGS: &[Bug] = &[
    bug("mode_in_lower_case", "mode in lower case", Usual, "intrude-mode", |plan| {
        plan.request("Intrude").says(json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" }));
    }),
    bug("misspelt_field", "misspelt field", Usual, "unknown-field", |plan| {
        plan.request("Intrude").says(json!({ "operationName": "Intrude", "supervisorVisibiltyMode": "Monitor" }));
    }),
    bug("unknown_field_in_depth", "an object in `channels` where a string belongs", Usual, "contact-center-channels", |plan| {
        plan.request("StartContactCenterSession").says(json!({
            "operationName": "StartContactCenterSession",
            "channels": [{ "channel": "smssession" }],
        }));
    }),
    bug("parameters_in_an_object", "parameters nested in an object `parameters`", Usual, "unknown-field", |plan| {
        plan.request("Intrude").says(json!({
            "operationName": "Intrude",
            "parameters": { "supervisorVisibilityMode": "Monitor" },
        }));
    }),
    bug("mode_number", "mode as a number", Usual, "intrude-mode", |plan| {
        plan.request("Intrude").says(json!({ "operationName": "Intrude", "supervisorVisibilityMode": 0 }));
    }),
    bug("no_operation_name", "no `operationName`", Usual, "operation-name-missing", |plan| {
        plan.request("Intrude").says(json!({ "supervisorVisibilityMode": "Monitor" }));
    }),
    bug("operation_name_with_a_space", "`operationName` with a space at its end", Usual, "operation-unknown", |plan| {
        plan.request("Intrude").says(json!({ "operationName": "Intrude ", "supervisorVisibilityMode": "Monitor" }));
    }),
    bug("misspelt_operation", "misspelt operation", Usual, "operation-unknown", |plan| {
        plan.request("Intrude").says(json!({ "operationName": "Intruder", "supervisorVisibilityMode": "Monitor" }));
    }),
    bug("smsessions_in_the_path", "`/smsessions/` instead of `/smssessions/` in the path", Usual, "path-unknown", |plan| {
        let path = &mut plan.request("Intrude").path;
        *path = path.replace("/smssessions/", "/smsessions/");
    }),
    bug("own_id_in_the_path", "the supervisor's own id in the path", Usual, "session-owner", |plan| {
        plan.request("Intrude").path = path_of(SUPERVISOR.id);
    }),
    bug("user_name_in_the_path", "a user name in the path", Usual, "user-unknown", |plan| {
        plan.request("Intrude").path = path_of(AGENT.user_name);
    }),
    bug("unknown_user", "a mistyped user id", Usual, "user-unknown", |plan| {
        plan.request("Intrude").path = path_of(&AGENT.id.replace("cb2", "bc2"));
    }),
    bug("unknown_session", "a mistyped session id", Usual, "session-unknown", |plan| {
        let path = &mut plan.request("Intrude").path;
        *path = path.replace(SESSION, "0000UaB58WAR0003N");
    }),
    bug("another_agents_session", "another agent's session", Usual, "session-owner", |plan| {
        plan.request("Intrude").path = path_of(OTHER_AGENT.id);
    }),
    bug("put_instead_of_post", "PUT instead of POST", Usual, "method", |plan| {
        plan.request("Intrude").method = Method::PUT;
    }),
    bug("no_content_type", "no content type", Usual, "content-type", |plan| {
        plan.request("Intrude").content_type = None;
    }),
    bug("form_body", "form body", Usual, "content-type", |plan| {
        let intrude = plan.request("Intrude");
        intrude.content_type = Some("application/x-www-form-urlencoded");
        intrude.body = b"operationName=Intrude&supervisorVisibilityMode=Monitor".to_vec();
    }),
    bug("json_array", "JSON array", Usual, "body-object", |plan| {
        plan.request("Intrude").says(json!([{ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" }]));
    }),
    bug("latin_1_body", "Latin-1 body", Usual, "body-utf-8", |plan| {
        let body = &mut plan.request("Accept").body;
        *body = String::from_utf8_lossy(body).chars().map(|letter| letter as u8).collect();
    }),
    bug("no_credentials", "no credentials", Usual, "credentials-missing", |plan| plan.credentials = None),
    bug("wrong_password", "wrong password", Usual, "credentials-wrong", |plan| {
        plan.credentials = Some((SUPERVISOR.user_name, "passwort"));
    }),
    bug("no_csrf_token", "no CSRF token although CSRF protection is on", CsrfProtection, "csrf-token", |plan| {
        plan.ignores = Some(Ignored::CsrfToken);
    }),
    bug("accept_on_users", "Accept on `/users/…`", Usual, "operation-unknown", |plan| {
        plan.request("Accept").path = path_of(AGENT.id);
    }),
    bug("intrude_on_me", "Intrude on `/me/…`", Usual, "operation-unknown", |plan| {
        plan.request("Intrude").path = format!("/api/v2/me/smssessions/{SESSION}");
    }),
    bug("intrude_twice", "Intrude twice", Usual, "intrude-twice", |plan| {
        let again = plan.request("Intrude").clone();
        plan.after("Intrude", [Step::Ask(again)]);
    }),
    bug("sends_while_monitoring", "SendMessage while only monitoring", Usual, "capability", |plan| {
        let message = plan.request("SendMessage").clone();
        plan.without(|step| matches!(step, Step::AskIfOffered(plan) if plan.name == "SendMessage"));
        let chatting = |step: &Step| *step == Step::Await(&["Chatting"]);
        let at = plan.steps.iter().position(chatting).unwrap() + 1;
        plan.steps.insert(at, Step::Ask(message));
    }),
    bug("ignores_the_status_code", "goes on although `statusCode` was not 0", BackendDown, "status-code-ignored", |plan| {
        plan.ignores = Some(Ignored::StatusCode);
    }),
    bug("subscribes_to_chats_only", "subscribes to chats only", Usual, "bayeux-not-subscribed", |plan| {
        plan.without(|step| matches!(step, Step::Subscribe(_)));
        plan.steps.insert(2, Step::Subscribe("/v2/me/chats"));
    }),
    bug("misspelt_topic", "misspelt topic", Usual, "bayeux-topic", |plan| {
        plan.without(|step| matches!(step, Step::Subscribe(_)));
        plan.steps.insert(2, Step::Subscribe("/v2/me/smssession"));
    }),
    bug("subscribes_after_intruding", "subscribes after intruding", Usual, "bayeux-not-subscribed", |plan| {
        plan.without(|step| matches!(step, Step::Subscribe(_)));
        plan.after("Intrude", [Step::Subscribe("/v2/me/*")]);
    }),
    bug("never_connects", "never connects", WholeSession, "never-connected", |plan| {
        plan.without(|step| matches!(step, Step::Connect | Step::Await(_)));
    }),
    bug("two_connects_at_once", "two connects at once", Usual, "bayeux-connect-parallel", |plan| {
        plan.steps.splice(4..4, [Step::ConnectTwice, Step::ConnectTwice]);
    }),
    bug("ignores_402", "ignores the Bayeux error 402", ClientForgotten, "bayeux-reconnect", |plan| {
        plan.ignores = Some(Ignored::Reconnect);
    }),
    bug("ignores_the_interval", "ignores `interval`", IntervalAdvised, "bayeux-interval", |plan| {
        plan.ignores = Some(Ignored::Interval);
    }),
    bug("drops_the_cookie", "drops the cookie `BAYEUX_BROWSER`", Usual, "bayeux-cookie", |plan| {
        plan.ignores = Some(Ignored::BrowserCookie);
    }),
    bug("never_disconnects", "never disconnects", WholeSession, "never-disconnected", |plan| {
        plan.without(|step| *step == Step::Disconnect);
    }),
    bug("connects_after_disconnecting", "connects after its own disconnect", Usual, "bayeux-after-disconnect", |plan| {
        let at = plan.steps.iter().position(|step| *step == Step::Disconnect).unwrap() + 1;
        plan.steps.insert(at, Step::Connect);
    }),
    bug("polls_instead_of_listening", "polls REST instead of waiting for the push", WholeSession, "only-polling", |plan| {
        plan.without(|step| {
            matches!(step, Step::Handshake | Step::Subscribe(_) | Step::Connect | Step::Await(_) | Step::Disconnect)
        });
        let poll = || Step::Ask(Request::get("/api/v2/me/smssessions"));
        plan.after("Intrude", [poll(), poll(), poll()]);
    }),
    bug("never_answers", "never answers the invitation", WholeSession, "invitation-unanswered", |plan| {
        plan.without(|step| match step {
            Step::Await(states) => *states != ["Invited"],
            Step::Ask(request) | Step::AskIfOffered(request) => request.path.starts_with("/api/v2/me/"),
            _ => false,
        });
    }),
];
