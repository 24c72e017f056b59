//! What a client of GWS does, as data: a supervisor intrudes in an agent's session, joins it, leaves it and signs out.

use std::time::Duration;

use gws_sms_fake::fixtures::{AGENT, FixtureUser, SESSION, SUPERVISOR};
use reqwest::Method;
use serde_json::{Value, json};

use support::{intrude_path, own_path};

/// What a client does, step by step.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What it signs in with.
    pub(crate) credentials: Option<(&'static str, &'static str)>,
    pub(crate) steps: Vec<Step>,
    /// What of an answer it does not heed.
    pub(crate) ignores: Option<Ignored>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// GET /me, with credentials: from here on the cookie says who calls.
    SignIn,
    Handshake,
    Subscribe(&'static str),
    Connect,
    /// Two connects at the same time.
    ConnectTwice,
    /// Where it is refused, the client gives up and signs out.
    Ask(Request),
    /// Only where the latest notification offers the operation.
    AskIfOffered(Request),
    /// Connects until the session has one of the states, a few times at most.
    Await(&'static [&'static str]),
    /// Something happens beside the client.
    Meanwhile(Beside),
    Disconnect,
    /// The last request, which ends the HTTP session.
    SignOut(Request),
}

/// What a client may not heed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ignored {
    CsrfToken,
    BrowserCookie,
    StatusCode,
    /// The advice to handshake again.
    Reconnect,
    Interval,
}

/// What happens beside the client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Beside {
    /// The server knows the client no longer.
    Forgets,
    /// The next answer to a connect advises to wait for so long.
    Advises(Duration),
    BackendDown,
    BackendUp,
    /// The client lets so much time pass.
    Waits(Duration),
}

/// What a server is like, and what happens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Situation {
    Usual,
    /// What is left undone at the end counts.
    WholeSession,
    CsrfProtection,
    ClientForgotten,
    IntervalAdvised,
    /// While the supervisor intrudes, and no longer.
    BackendDown,
}

impl Situation {
    pub(crate) const ALL: [Self; 6] = [
        Self::Usual,
        Self::WholeSession,
        Self::CsrfProtection,
        Self::ClientForgotten,
        Self::IntervalAdvised,
        Self::BackendDown,
    ];
}

/// A REST request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// The operation that it is meant to be, or the path of a GET.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    fn new(name: &'static str, path: String, parameters: Value) -> Self {
        let mut body = json!({ "operationName": name });
        if let (Some(body), Value::Object(parameters)) = (body.as_object_mut(), parameters) {
            body.extend(parameters);
        }
        let content_type = Some("application/json");
        Self { name, method: Method::POST, path, content_type, body: body.to_string().into() }
    }

    pub(crate) fn get(path: &'static str) -> Self {
        let (method, body) = (Method::GET, Vec::new());
        Self { name: path, method, path: path.to_owned(), content_type: None, body }
    }

    pub(crate) fn says(&mut self, body: Value) {
        self.body = body.to_string().into();
    }
}

/// How long a client is advised to wait, where it is.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// What the supervisor is called in the session: a name that Latin-1 and UTF-8 write differently.
pub(crate) const NICKNAME: &str = "Zoë";

impl Plan {
    /// What a right client does in that situation, as `s1` in the session of `a1`.
    pub(crate) fn right(situation: Situation, mode: &str) -> Self {
        let FixtureUser { user_name, password, .. } = SUPERVISOR;
        let own = || own_path(SESSION);
        let channels = json!({ "channels": ["smssession"] });
        let nickname = json!({ "nickname": NICKNAME });
        let (first, before, after) = match situation {
            Situation::ClientForgotten => (Some(Beside::Forgets), None, None),
            Situation::IntervalAdvised => (Some(Beside::Advises(INTERVAL)), None, None),
            Situation::BackendDown => (None, Some(Beside::BackendDown), Some(Beside::BackendUp)),
            _ => (None, None, None),
        };
        let mut steps = vec![
            Step::SignIn,
            Step::Handshake,
            Step::Subscribe("/v2/me/*"),
            // The first one is answered at once.
            Step::Connect,
        ];
        steps.extend(first.into_iter().flat_map(|it| [Step::Meanwhile(it), Step::Connect]));
        let start = "StartContactCenterSession";
        steps.push(Step::Ask(Request::new(start, "/api/v2/me".to_owned(), channels)));
        steps.extend(before.map(Step::Meanwhile));
        let mode = json!({ "supervisorVisibilityMode": mode });
        steps.push(Step::Ask(Request::new("Intrude", intrude_path(), mode)));
        steps.extend(after.map(Step::Meanwhile));
        let text = json!({ "text": "Look at the depot" });
        let end = "EndContactCenterSession";
        steps.extend([
            Step::Await(&["Invited"]),
            Step::Ask(Request::new("Accept", own(), nickname)),
            Step::Await(&["Chatting"]),
            Step::AskIfOffered(Request::new("SendMessage", own(), text)),
            Step::Ask(Request::new("Leave", own(), json!({}))),
            Step::Await(&["LeftChat", "Completed"]),
            Step::AskIfOffered(Request::new("Complete", own(), json!({}))),
            Step::Disconnect,
            Step::SignOut(Request::new(end, "/api/v2/me".to_owned(), json!({}))),
        ]);
        Self { credentials: Some((user_name, password)), steps, ignores: None }
    }

    /// The request of that name.
    pub(crate) fn request(&mut self, name: &str) -> &mut Request {
        let requests = self.steps.iter_mut().filter_map(Step::request_mut);
        requests.into_iter().find(|it| it.name == name).unwrap()
    }

    /// Leaves out the steps of which that is so.
    pub(crate) fn without(&mut self, left_out: impl Fn(&Step) -> bool) {
        self.steps.retain(|step| !left_out(step));
    }

    /// Puts steps behind the one with the request of that name.
    pub(crate) fn after(&mut self, name: &str, steps: impl IntoIterator<Item = Step>) {
        let named = |step: &mut Step| step.request_mut().is_some_and(|it| it.name == name);
        let at = self.steps.iter_mut().position(named).unwrap() + 1;
        self.steps.splice(at..at, steps);
    }
}

impl Step {
    fn request_mut(&mut self) -> Option<&mut Request> {
        match self {
            Self::Ask(request) | Self::AskIfOffered(request) | Self::SignOut(request) => {
                Some(request)
            }
            _ => None,
        }
    }
}

/// The path of a session under a user's id.
pub(crate) fn path_of(user: &str) -> String {
    intrude_path().replace(AGENT.id, user)
}
