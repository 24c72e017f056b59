//! The desktop of one user: a client that has signed in, listens to its events, and sends operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gws_sms_fake::fixtures::FixtureUser;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::cometd::CometdClient;
use crate::http_client::{HttpClient, intrude_path, own_path, taken};
use crate::transport::{Connects, Served};

/// A client that has signed in and listens to `/v2/me/*`.
#[derive(Debug)]
pub struct Desktop {
    /// The client that it sends operations with.
    pub http: HttpClient,
    connects: Connects,
    cometd: CometdClient<HttpClient>,
    events: mpsc::UnboundedReceiver<Value>,
    listening: JoinHandle<()>,
    /// True if it is leaving or has left: then it connects no more.
    leaving: Arc<AtomicBool>,
}

impl Desktop {
    /// Signs a user in, and begins to listen.
    pub async fn sign_in(gws: &impl Served, user: FixtureUser) -> Self {
        Self::sign_in_with(gws, user, HttpClient::of(gws.target(), user)).await
    }

    /// As [`sign_in`](Self::sign_in), by a client that may be behind a proxy.
    pub async fn sign_in_with(
        gws: &impl Served,
        user: FixtureUser,
        signing_in: HttpClient,
    ) -> Self {
        assert_eq!(signing_in.get("/api/v2/me").await.status, 200);
        // From here on the cookies say who calls, on both sides.
        let http = signing_in.without_credentials();
        let mut cometd = CometdClient::over(http.clone());
        cometd.handshake().await;
        cometd.subscribe("/v2/me/*").await;
        let (sender, events) = mpsc::unbounded_channel();
        let leaving = Arc::default();
        let listening = tokio::spawn(listen(cometd.clone(), sender, Arc::clone(&leaving)));
        let connects = gws.connects_of(user.user_name);
        Self { http, connects, cometd, events, listening, leaving }
    }

    /// Returns its clientId.
    pub fn client_id(&self) -> &str {
        &self.cometd.id
    }

    /// Intrudes in the session of `a1` in that mode.
    pub async fn intrude(&self, mode: &str) -> Answer {
        let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        self.http.post(&intrude_path(), &body).await
    }

    /// Sends an operation without parameters to a session of the user's own.
    pub async fn operate(&self, session: &str, operation: &str) -> Answer {
        self.http.post(&own_path(session), &json!({ "operationName": operation })).await
    }

    /// The `data` of the next event.
    pub async fn next_event(&mut self) -> Value {
        self.events.recv().await.unwrap()["data"].take()
    }

    /// The `data` of all events since the last call. A sign-in on a channel marks their end: its notification comes after
    /// those of every request that was answered before.
    pub async fn events_so_far(&mut self) -> Vec<Value> {
        let mark =
            json!({ "operationName": "StartContactCenterSession", "channels": ["workitem"] });
        assert_eq!(self.http.post("/api/v2/me", &mark).await, taken());
        let mut events = Vec::new();
        loop {
            let event = self.next_event().await;
            if event["channels"][0]["channel"] == "workitem" {
                return events;
            }
            events.push(event);
        }
    }

    /// Waits until the server has told it that it is known no longer.
    pub async fn lost(self) {
        self.listening.await.unwrap();
    }

    /// Leaves when its last connect is held or answered: a disconnect must not overtake a connect.
    pub async fn sign_out(mut self) {
        self.leaving.store(true, Ordering::Release);
        tokio::select! {
            ended = &mut self.listening => {
                ended.unwrap();
                self.cometd.disconnect().await;
            }
            () = self.connects.held() => {
                self.cometd.disconnect().await;
                self.listening.await.unwrap();
            }
        }
    }
}

/// Connects again and again, until the client leaves or the server knows the session no longer.
async fn listen(
    mut cometd: CometdClient<HttpClient>,
    events: mpsc::UnboundedSender<Value>,
    leaving: Arc<AtomicBool>,
) {
    while !leaving.load(Ordering::Acquire) {
        let answer = cometd.connect().await;
        for message in answer.as_array().unwrap() {
            if message["channel"] != "/meta/connect" {
                let _ = events.send(message.clone());
            } else if ["none", "handshake"]
                .iter()
                .any(|reconnect| message["advice"]["reconnect"] == *reconnect)
            {
                return;
            }
        }
    }
}
