//! A request while it is being answered, on either side: its body, and its entry in the timeline.
//!
//! Rules: body-size, http-malformed.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;

use crate::engine::log::timeline::{Ending, EntryKind};
use crate::rules::{Violation, rule};
use crate::server::shared::{Shared, State};

/// An entry that is completed when the request is answered, or else when it is dropped: then the client has hung up, or the
/// fake is gone, which is no doing of the client's.
pub(crate) struct Begun {
    shared: Arc<Shared>,
    pub(crate) number: u64,
    ended: bool,
}

impl Begun {
    pub(crate) fn new(shared: &Arc<Shared>, what: EntryKind) -> Self {
        let now = shared.clock.now();
        let number = shared.change(|state| state.timeline.push(now, None, what));
        Self { shared: Arc::clone(shared), number, ended: false }
    }

    /// Completes the entry with its answer.
    pub(crate) fn answered(&mut self, state: &mut State, status: u16, body: &[u8]) {
        let ending = Ending::Answered { at: self.shared.clock.now(), status, body: body.into() };
        self.end(state, ending);
    }

    /// Completes the entry of a request whose connection the fake cuts.
    pub(crate) fn cut(&mut self, state: &mut State) {
        self.end(state, Ending::Cut { at: self.shared.clock.now() });
    }

    fn end(&mut self, state: &mut State, ending: Ending) {
        self.ended = true;
        state.timeline.end(self.number, ending);
        state.show(self.number);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.ended && !self.shared.is_closed() {
            let shared = Arc::clone(&self.shared);
            let ending = Ending::HungUp { at: shared.clock.now() };
            shared.change(|state| self.end(state, ending));
        }
    }
}

/// The whole body, or what is wrong with it.
pub(crate) async fn read_body(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Violation> {
    let limit = shared.settings.limits.body;
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let idle = shared.settings.limits.idle;
    let reading = axum::body::to_bytes(body, limit);
    let read = tokio::time::timeout(idle, reading).await.map_err(|_| {
        let got = format!("no end of the body within {idle:?}");
        Violation::new(const { rule("http-malformed") }, "body", got, "a whole body")
            .hint("send as many bytes as Content-Length says, or whole chunks")
    })?;
    read.map_err(|error| {
        let causes = || std::iter::successors(std::error::Error::source(&error), |it| it.source());
        if !causes().any(|cause| cause.is::<hyper::Error>()) {
            return too_large(limit);
        }
        let got = causes().last().map(ToString::to_string).unwrap_or_default();
        Violation::new(const { rule("http-malformed") }, "body", got, "a whole body")
            .hint("send as many bytes as Content-Length says, or whole chunks")
    })
}

fn too_large(limit: usize) -> Violation {
    let broken = const { rule("body-size") };
    Violation::new(
        broken,
        "body",
        format!("more than {limit} bytes"),
        format!("at most {limit} bytes"),
    )
    .hint("send a smaller body, or raise the limit: builder().body_limit(..)")
}
