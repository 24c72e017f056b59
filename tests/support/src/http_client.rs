//! A client of GWS over an HTTP library, as an application has one.

use gws_sms_fake::fixtures::FixtureUser;
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::{Client, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};

use crate::answer::Answer;
use crate::cometd::{PUSH, handshake};
use crate::documented;
use crate::transport::{SharedFake, TableFake};

/// Returns the path of the session of `a1` that a supervisor intrudes in.
pub fn intrude_path() -> String {
    format!("/api/v2/users/{}/smssessions/{}", fixtures::AGENT.id, fixtures::SESSION)
}

/// Returns the path of a session of the caller's own.
pub fn own_path(session: &str) -> String {
    format!("/api/v2/me/smssessions/{session}")
}

/// Returns the answer to an operation that is accepted.
pub fn taken() -> Answer {
    Answer::of(200, json!({ "statusCode": 0 }))
}

/// The fake that a client sends to, and how.
#[derive(Clone, Debug)]
pub struct Target {
    client: Client,
    url: String,
    direct: Option<Direct>,
}

/// The way to a fake without a server.
#[derive(Clone, Debug)]
struct Direct {
    fake: SharedFake,
    /// The cookies, which the client does not keep then.
    jar: Option<Arc<Jar>>,
    /// The connections on which no answer is waited for.
    idle: Arc<Mutex<Vec<u64>>>,
}

impl Direct {
    /// Hands a request to the fake. Where its connect is held, other tasks go on until it ends.
    async fn exchange(&self, mut request: Request) -> Response {
        let url = request.url().clone();
        if let Some(cookies) = self.jar.as_ref().and_then(|jar| jar.cookies(&url)) {
            request.headers_mut().entry(COOKIE).or_insert(cookies);
        }
        let request = http::Request::try_from(request).unwrap();
        let (mut head, body) = request.into_parts();
        // A server sees no more than that of the address.
        head.uri = head.uri.path_and_query().unwrap().clone().into();
        let body = body.as_bytes().unwrap_or_default().to_vec();
        let idle = self.idle.lock().unwrap().pop();
        let connection = idle.unwrap_or_else(SharedFake::new_number);
        self.fake.lock().send(connection, http::Request::from_parts(head, body));
        // While an answer is on its way, other tasks go on.
        tokio::task::yield_now().await;
        let response = loop {
            if let Some(response) = self.fake.lock().answer(connection) {
                break response;
            }
            tokio::task::yield_now().await;
        };
        self.idle.lock().unwrap().push(connection);
        if let Some(jar) = &self.jar {
            jar.set_cookies(&mut response.headers().get_all(SET_COOKIE).iter(), &url);
        }
        Response::from(response)
    }
}

impl From<&FakeGws> for Target {
    fn from(gws: &FakeGws) -> Self {
        Self::of(gws.url())
    }
}

impl From<&TableFake> for Target {
    fn from(gws: &TableFake) -> Self {
        /// It only writes requests, and sends none.
        static CLIENT: LazyLock<Client> = LazyLock::new(Client::new);
        match gws {
            TableFake::Served(gws) => Self::from(gws),
            TableFake::Direct(fake) => {
                let (jar, idle) = (Some(Arc::default()), Arc::default());
                let direct = Direct { fake: fake.clone(), jar, idle };
                Self { client: CLIENT.clone(), url: gws.url(), direct: Some(direct) }
            }
        }
    }
}

impl Target {
    fn of(url: &str) -> Self {
        let client = Client::builder().cookie_store(true).no_proxy().build().unwrap();
        Self { client, url: url.to_owned(), direct: None }
    }

    fn with_client(self, client: Client) -> Self {
        assert!(self.direct.is_none(), "this client sends over a socket only");
        Self { client, ..self }
    }

    fn without_cookies(self) -> Self {
        if let Some(direct) = self.direct {
            return Self { direct: Some(Direct { jar: None, ..direct }), ..self };
        }
        self.with_client(Client::builder().no_proxy().build().unwrap())
    }
}

/// A client with a cookie jar of its own.
#[derive(Clone, Debug)]
pub struct HttpClient {
    target: Target,
    /// User name and password, which go with every request.
    credentials: Option<(String, String)>,
    headers: HeaderMap,
}

impl HttpClient {
    /// A client that sends the credentials of that user with every request.
    pub fn of(gws: impl Into<Target>, user: FixtureUser) -> Self {
        Self::anonymous(gws).with_credentials(user)
    }

    /// A client that sends no credentials.
    pub fn anonymous(gws: impl Into<Target>) -> Self {
        Self { target: gws.into(), credentials: None, headers: HeaderMap::new() }
    }

    /// A client of a server at that URL, which sends no credentials.
    pub fn to(url: &str) -> Self {
        Self::anonymous(Target::of(url))
    }

    /// The same credentials and headers, and the cookies of that jar.
    pub fn with_cookies(self, jar: impl CookieStore + 'static) -> Self {
        let client = Client::builder().cookie_provider(Arc::new(jar)).no_proxy().build().unwrap();
        Self { target: self.target.with_client(client), ..self }
    }

    /// The same cookies, and no credentials.
    pub fn without_credentials(&self) -> Self {
        Self { credentials: None, ..self.clone() }
    }

    /// The same cookies, and the credentials of that user.
    pub fn with_credentials(&self, user: FixtureUser) -> Self {
        self.with_password(user.user_name, user.password)
    }

    /// The same cookies, and these credentials.
    pub fn with_password(&self, user_name: &str, password: &str) -> Self {
        let credentials = Some((user_name.to_owned(), password.to_owned()));
        Self { credentials, ..self.clone() }
    }

    /// The same credentials, and a jar that keeps no cookie.
    pub fn without_cookies(&self) -> Self {
        Self { target: self.target.clone().without_cookies(), ..self.clone() }
    }

    /// The same cookies, and one more header, which goes with every request.
    pub fn with_header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
        self
    }

    /// The same cookies, sent to another URL.
    pub fn through(&self, url: &str) -> Self {
        let target = self.target.clone();
        Self { target: Target { url: url.to_owned(), ..target }, ..self.clone() }
    }

    /// The same cookies, sent to another fake.
    pub fn at(&self, gws: &FakeGws) -> Self {
        self.through(gws.url())
    }

    /// Sends a request; an empty type announces none.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> reqwest::Result<Response> {
        let Target { client, url, direct } = &self.target;
        let request = client.request(method, format!("{url}{path}"));
        let mut request = request.headers(self.headers.clone());
        if let Some((user_name, password)) = &self.credentials {
            request = request.basic_auth(user_name, Some(password));
        }
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(body.into());
        match direct {
            None => request.send().await,
            Some(direct) => Ok(direct.exchange(request.build()?).await),
        }
    }

    /// As [`try_send`](Self::try_send), for a request that is answered.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Response {
        self.try_send(method, path, content_type, body).await.unwrap()
    }

    /// Sends a GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", String::new()).await
    }

    /// Sends a DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, "", String::new()).await
    }

    /// Sends a POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", body.to_string()).await
    }

    /// Sends a POST with any body.
    pub async fn post_text(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<String>,
    ) -> Answer {
        self.ask(Method::POST, path, content_type, body.into()).await
    }

    /// Sends a request. What the control endpoint answers must be as its description says.
    async fn ask(&self, method: Method, path: &str, content_type: &str, body: String) -> Answer {
        let response = self.send(method.clone(), path, content_type, body).await;
        let answer = answer(response).await;
        documented::check(&self.target.url, method.as_str(), path, answer.status, &answer.body);
        answer
    }

    /// Sends Bayeux messages, and returns those of the answer, which is 200.
    pub async fn bayeux(&self, messages: Value) -> Value {
        let response =
            self.send(Method::POST, PUSH, "application/json", messages.to_string()).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    /// Makes a CometD session, and returns its clientId.
    pub async fn handshake(&self) -> String {
        let reply = self.bayeux(json!([handshake()])).await;
        reply[0]["clientId"].as_str().unwrap().to_owned()
    }
}

async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    Answer::received(status, headers, response.text().await.unwrap())
}
