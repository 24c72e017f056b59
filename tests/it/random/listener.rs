//! A desktop that listens, and does on the push side as it is told: whatever befalls it, it is to blame for nothing.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::FixtureUser;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use support::raw::{AsyncRawConnection, credentials};
use support::{Answer, CometdClient, connect, disconnect, subscribe};

/// What a desktop was told: by handshake, the answers.
pub(super) type Heard = Arc<Mutex<Vec<Vec<Value>>>>;

/// A desktop that listens.
pub(super) struct Listener {
    task: JoinHandle<()>,
    leaving: watch::Sender<bool>,
}

impl Listener {
    pub(super) fn start(gws: &Arc<FakeGws>, user: FixtureUser, heard: &Heard) -> Self {
        let leaving = watch::Sender::new(false);
        let client =
            CometdClient::over(AsyncRawConnection::new(gws)).with_field(&credentials(user));
        let desktop = Desktop {
            gws: Arc::clone(gws),
            user,
            heard: Arc::clone(heard),
            leaving: leaving.subscribe(),
            client,
        };
        Self { task: tokio::spawn(desktop.listen()), leaving }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    pub(super) async fn leaves(self) {
        self.leaving.send_replace(true);
        self.task.await.unwrap();
    }

    pub(super) async fn dies(self) {
        self.task.abort();
        let ended = self.task.await;
        assert!(ended.is_ok() || ended.is_err_and(|error| error.is_cancelled()));
    }
}

struct Desktop {
    gws: Arc<FakeGws>,
    user: FixtureUser,
    heard: Heard,
    leaving: watch::Receiver<bool>,
    client: CometdClient<AsyncRawConnection>,
}

/// What a client is advised to do next.
enum Advice {
    Connect,
    Handshake,
    Nothing,
}

impl Desktop {
    async fn listen(mut self) {
        while self.shakes_hands().await {
            self.heard.lock().unwrap().push(Vec::new());
            let subscribed = self.ask(|id| subscribe(id, "/v2/me/*")).await;
            let mut advice = self.advised(subscribed);
            while let Advice::Connect = advice {
                if *self.leaving.borrow() {
                    self.ask(disconnect).await;
                    return;
                }
                advice = self.connects().await;
            }
            if let Advice::Nothing = advice {
                return;
            }
        }
    }

    /// Returns whether the handshake was not denied.
    async fn shakes_hands(&mut self) -> bool {
        let answer = self.client.handshake().await.expect("an answer to a handshake");
        assert_eq!(answer.status, 200, "{}", answer.text);
        !self.client.id.is_empty()
    }

    async fn connects(&mut self) -> Advice {
        let connect = self.client.request("", &json!([connect(&self.client.id)]));
        self.client.connection.send(connect).await;
        let (gws, user, mut leaving) = (&self.gws, self.user.user_name, self.leaving.clone());
        let leaves = async {
            let _ = leaving.wait_for(|leaving| *leaving).await;
            gws.user(user).connect_held().await;
        };
        let bye = self.client.request("", &json!([disconnect(&self.client.id)]));
        let answer = {
            let mut answer = pin!(self.client.connection.answer());
            tokio::select! {
                answer = &mut answer => answer,
                // A disconnect must not overtake a connect.
                () = leaves => {
                    AsyncRawConnection::new(gws).exchange(bye).await;
                    answer.await
                }
            }
        };
        // A client whose connection is cut connects again.
        let Some(answer) = answer else { return Advice::Connect };
        if answer.status != 200 {
            assert_eq!((answer.status, answer.text.as_str()), (500, ""));
            return Advice::Connect;
        }
        let messages = answer.body.as_array().expect("an array of messages");
        let own = messages.iter().find(|message| message["channel"] == "/meta/connect");
        let interval =
            own.and_then(|reply| reply["advice"]["interval"].as_u64()).unwrap_or_default();
        let advice = self.advised(Some(answer));
        if interval > 0 {
            self.gws.clock().advance(Duration::from_millis(interval)).await;
        }
        advice
    }

    /// Takes note of an answer, and returns what it advises.
    fn advised(&self, answer: Option<Answer>) -> Advice {
        let Some(Answer { body, .. }) = answer else { return Advice::Connect };
        let mut advice = body.as_array().into_iter().flatten().rev();
        let advice = match advice.find_map(|advice| advice["advice"]["reconnect"].as_str()) {
            Some("handshake") => Advice::Handshake,
            Some("none") => Advice::Nothing,
            _ => Advice::Connect,
        };
        self.heard.lock().unwrap().last_mut().unwrap().push(body);
        advice
    }

    /// Sends a message of its client.
    async fn ask(&mut self, message: impl FnOnce(&str) -> Value) -> Option<Answer> {
        let message = message(&self.client.id);
        self.client.ask(json!([message])).await
    }
}
