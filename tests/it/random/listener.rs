//! A desktop that listens, and does on the push side as it is told: whatever befalls it, it is to blame for nothing.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::FixtureUser;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::line::{Came, Line, credentials, request};
use support::{PUSH, connect, disconnect, handshake, subscribe};

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
        let desktop = Desktop {
            gws: Arc::clone(gws),
            user,
            heard: Arc::clone(heard),
            leaving: leaving.subscribe(),
            line: Line::default(),
            cookies: Vec::new(),
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
    line: Line,
    cookies: Vec<String>,
}

/// What a client is advised to do next.
enum Advice {
    Connect,
    Handshake,
    Nothing,
}

impl Desktop {
    async fn listen(mut self) {
        while let Some(client) = self.shakes_hands().await {
            self.heard.lock().unwrap().push(Vec::new());
            let subscribed = self.ask(&subscribe(&client, "/v2/me/*")).await;
            let mut advice = self.advised(subscribed);
            while let Advice::Connect = advice {
                if *self.leaving.borrow() {
                    self.ask(&disconnect(&client)).await;
                    return;
                }
                advice = self.connects(&client).await;
            }
            if let Advice::Nothing = advice {
                return;
            }
        }
    }

    /// The clientId; nothing where the handshake is denied.
    async fn shakes_hands(&mut self) -> Option<String> {
        let came = self.ask(&handshake()).await;
        if let Came::Answer(answer) = &came {
            for cookie in &answer.cookies {
                let name = cookie.split('=').next().unwrap();
                self.cookies.retain(|it| it.split('=').next() != Some(name));
                self.cookies.push(cookie.clone());
            }
        }
        let (status, body) = came.json().expect("an answer to a handshake");
        assert_eq!(status, 200, "{body}");
        Some(body[0]["clientId"].as_str()?.to_owned())
    }

    async fn connects(&mut self, client: &str) -> Advice {
        let connect = self.request(&connect(client));
        self.line.send(&self.gws, &connect).await;
        let (gws, user, mut leaving) = (&self.gws, self.user.user_name, self.leaving.clone());
        let leaves = async {
            let _ = leaving.wait_for(|leaving| *leaving).await;
            gws.user(user).connect_held().await;
        };
        let bye = self.request(&disconnect(client));
        let came = {
            let mut came = pin!(self.line.came());
            tokio::select! {
                came = &mut came => came,
                // A disconnect must not overtake a connect.
                () = leaves => {
                    Line::default().ask(&self.gws, &bye).await;
                    came.await
                }
            }
        };
        // Whose connection is cut connects again.
        let Some((status, body)) = came.json() else { return Advice::Connect };
        if status != 200 {
            assert_eq!((status, body), (500, Value::Null));
            return Advice::Connect;
        }
        let messages = body.as_array().expect("an array of messages").clone();
        let own = messages.iter().find(|it| it["channel"] == "/meta/connect");
        let interval = own.and_then(|it| it["advice"]["interval"].as_u64()).unwrap_or_default();
        let advice = self.advised(came);
        if interval > 0 {
            self.gws.clock().advance(Duration::from_millis(interval)).await;
        }
        advice
    }

    /// Takes an answer in.
    fn advised(&self, came: Came) -> Advice {
        let Some((_, body)) = came.json() else { return Advice::Connect };
        let mut advice = body.as_array().into_iter().flatten().rev();
        let advice = match advice.find_map(|it| it["advice"]["reconnect"].as_str()) {
            Some("handshake") => Advice::Handshake,
            Some("none") => Advice::Nothing,
            _ => Advice::Connect,
        };
        self.heard.lock().unwrap().last_mut().unwrap().push(body);
        advice
    }

    async fn ask(&mut self, message: &Value) -> Came {
        let request = self.request(message);
        self.line.ask(&self.gws, &request).await
    }

    fn request(&self, message: &Value) -> Vec<u8> {
        let cookies = match self.cookies.join("; ") {
            none if none.is_empty() => none,
            cookies => format!("Cookie: {cookies}\r\n"),
        };
        let fields = format!("{}{cookies}", credentials(self.user));
        request("POST", PUSH, &fields, "application/json", json!([message]).to_string())
    }
}
