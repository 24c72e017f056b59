//! Assertions over the time line, and the fake's look at its own answers.

use std::sync::Arc;

use serde_json::Value;

use crate::actor::given_up;
use crate::contract::check::check;
use crate::error::{Error, demand};
use crate::gws::operation::{Mode, Operation};
use crate::http::shared::{Shared, State};
use crate::http::waiting::Wait;
use crate::timeline::{Ending, Entry, Notified, TimeLine, What};

/// The requests of one operation, as `gws.received(Operation::Intrude)` gives them: those that were taken and those that
/// were refused.
#[derive(Clone, Debug)]
pub struct Received {
    shared: Arc<Shared>,
    operation: Operation,
}

impl Received {
    pub(crate) fn new(shared: &Arc<Shared>, operation: Operation) -> Self {
        Self { shared: Arc::clone(shared), operation }
    }

    /// Asserts that there is exactly one, and returns it.
    #[track_caller]
    pub fn once(&self) -> ReceivedRequest {
        self.times(1).remove(0)
    }

    /// Asserts that there is none.
    #[track_caller]
    pub fn never(&self) {
        self.times(0);
    }

    /// Asserts that there are so many, and returns them, the first one first.
    #[track_caller]
    pub fn times(&self, want: usize) -> Vec<ReceivedRequest> {
        demand(
            self.try_times(want)
                .map_err(|error| Error::new(given_up(&self.shared, &error.to_string()))),
        )
    }

    /// As [`times`](Self::times), without a panic.
    ///
    /// # Errors
    ///
    /// When there are more or fewer.
    pub fn try_times(&self, want: usize) -> Result<Vec<ReceivedRequest>, Error> {
        let requests = self.all();
        if requests.len() == want {
            return Ok(requests);
        }
        let (operation, got) = (self.operation.as_str(), requests.len());
        Err(Error::new(format!("requests of {operation}: got {got}, want {want}")))
    }

    /// Waits for the next one that this has not returned before.
    #[track_caller]
    pub fn next(&self) -> Wait<ReceivedRequest> {
        let (shared, operation) = (Arc::clone(&self.shared), self.operation);
        let name = operation.as_str();
        let reader = format!("requests of {name}");
        let failure = format!("no further {name} was received");
        let attempt = move |state: &mut State| {
            let read = state.read_up_to.get(&reader).copied().unwrap_or_default();
            let mut entries = state.timeline.entries();
            let next = entries.find(|it| it.number > read && is(it, operation))?;
            let number = next.number;
            let request = ReceivedRequest::of(&shared, next);
            state.read_up_to.insert(reader.clone(), number);
            request
        };
        Wait::attempt("next", &self.shared, attempt, move |shared| given_up(shared, &failure))
    }

    fn all(&self) -> Vec<ReceivedRequest> {
        self.shared.look(|state| {
            let entries = state.timeline.entries().filter(|entry| is(entry, self.operation));
            entries.filter_map(|entry| ReceivedRequest::of(&self.shared, entry)).collect()
        })
    }
}

fn is(entry: &Entry, operation: Operation) -> bool {
    entry.rest().is_some_and(|rest| rest.operation == Some(operation))
}

/// A request that the fake has received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    shared: Arc<Shared>,
    user: Option<String>,
    path: String,
    body: Value,
}

impl ReceivedRequest {
    fn of(shared: &Arc<Shared>, entry: &Entry) -> Option<Self> {
        let rest = entry.rest()?;
        Some(Self {
            shared: Arc::clone(shared),
            user: entry.user.clone(),
            path: rest.target.clone(),
            body: serde_json::from_slice(&rest.body).unwrap_or_default(),
        })
    }

    /// The path that it was sent to.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body that it was sent with.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Asserts that its `supervisorVisibilityMode` is this one.
    #[track_caller]
    pub fn mode(self, want: Mode) -> Self {
        let got = self.body.get("supervisorVisibilityMode").and_then(Value::as_str);
        self.expect("/supervisorVisibilityMode", got, want.as_str());
        self
    }

    /// Asserts that the user of this name sent it.
    #[track_caller]
    pub fn by(self, want: &str) -> Self {
        self.expect("caller", self.user.as_deref(), want);
        self
    }

    #[track_caller]
    fn expect(&self, place: &str, got: Option<&str>, want: &str) {
        if got != Some(want) {
            let got = got.unwrap_or("nothing");
            let failure = format!("{}: {place}  got {got}, want {want}", self.path);
            panic!("{}", given_up(&self.shared, &failure));
        }
    }
}

/// What the fake itself has sent that its own schemas do not allow. Nothing a client does brings this about.
pub(crate) fn own_mistakes(timeline: &TimeLine) -> Vec<String> {
    timeline.entries().filter_map(own_mistake).collect()
}

fn own_mistake(entry: &Entry) -> Option<String> {
    let (schema, message) = match &entry.what {
        What::Notification(Notified { kind: Some(kind), data, .. }) => (kind.schema, data.clone()),
        What::Rest(rest) if !rest.mocked => (rest.schema, json_answer(&rest.ending)?),
        What::Push(push) => {
            let answer = json_answer(&push.ending)?;
            (if answer.is_array() { "bayeux-answer" } else { "response" }, answer)
        }
        _ => return None,
    };
    let wrong = check(schema, &message).into_iter().next()?;
    let number = entry.number;
    Some(format!(
        "entry {number} of the time line departs from schemas/{schema}.json at {}: got {}, want {}",
        wrong.place, wrong.got, wrong.want
    ))
}

fn json_answer(ending: &Ending) -> Option<Value> {
    match ending {
        Ending::Answered { body, .. } => serde_json::from_slice(body).ok(),
        _ => None,
    }
}
