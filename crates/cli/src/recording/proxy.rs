//! The proxy of `gws-sms-fake record`: a client in front, GWS behind, and every exchange written as soon as it is over.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::fixture::embedded;
use gws_sms_fake::_cli_internals::http::listener::{Address, Listeners, at};
use gws_sms_fake::_cli_internals::http::runtime;
use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::_cli_internals::scenario::step::Scenario;
use gws_sms_fake::_cli_internals::scenario::write::write;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::atomic_file::write_atomic;
use crate::recording::exchange::{Exchange, Observer, cookies};
use crate::recording::har::{HarSource, import};
use crate::recording::journal::{JournalLine, finish, line, of, summary, users};
use crate::recording::journal_file::JournalFile;
use crate::recording::passed_body::PassedBody;
use crate::recording::redact::Redactor;
use crate::recording::redactions::REDACTIONS;
use crate::recording::rewrite::{Rewrite, hop};
use crate::upstream::{Trust, Upstream};

/// More than GWS sends or takes.
const BODY_LIMIT: usize = 64 << 20;

/// The settings of a recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The address to listen on.
    pub host: IpAddr,
    /// 0: a free port.
    pub port: u16,
    /// The origin of the real GWS.
    pub upstream: String,
    /// A file with the certificate of a CA in PEM, which is trusted beside the roots of the system; for an upstream with
    /// https.
    pub upstream_ca: Option<PathBuf>,
    /// The path of CometD.
    pub cometd_path: String,
    /// The scenario that is made in the end.
    pub file: PathBuf,
    /// Rules of redaction that are switched off.
    pub keep: Vec<String>,
    /// The names of users in the scenario, by their real names.
    pub users: BTreeMap<String, String>,
}

/// A proxy that records.
#[derive(Debug)]
pub struct Recorder {
    url: String,
    file: PathBuf,
    proxy: Arc<Proxy>,
    accepting: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Proxy {
    client: Upstream,
    rewrite: Rewrite,
    orders: AtomicU64,
    begun: Instant,
    book: Mutex<Book>,
}

/// The state of a recording, and the file to which it is written.
#[derive(Debug)]
struct Book {
    observer: Observer,
    redactor: Redactor,
    file: JournalFile,
    name: String,
}

/// An answer as the client gets it, and its text for the recording; otherwise what it is instead of a text.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    text: Result<String, String>,
}

impl Recorder {
    /// Listens, and records until it is ended.
    pub fn start(recording: Recording) -> Result<Self, Error> {
        let Recording { host, port, upstream, upstream_ca, cometd_path, file, keep, users } =
            recording;
        let part = part(&file);
        let name = part.display().to_string();
        if file.exists() {
            return Err(Error::new(format!(
                "{}: the file exists; remove it, or name another one",
                file.display()
            )));
        }
        runtime::begin()?;
        let listeners = Listeners::bind(Address { host, port })?;
        let address = Address { host, port: listeners.port };
        let url = format!("http://{}", at(address.reached_at(), listeners.port));
        let rewrite = Rewrite::new(&upstream, &url)?;
        let trust = Trust { flag: "upstream", ca: upstream_ca.as_deref() };
        let client = Upstream::new(rewrite.upstream(), trust)?;
        let redactor = redactor(&keep, users, rewrite.proxies().to_vec())?;
        let opened = OpenOptions::new().append(true).create_new(true).open(&part).map_err(|error| {
            let file = file.display();
            Error::new(match error.kind() {
                std::io::ErrorKind::AlreadyExists => format!(
                    "{name}: a recording was not finished; finish it with `record --finish {file}`, or remove it"
                ),
                _ => format!("{name}: {error}; name a file that can be written with -o"),
            })
        })?;
        // Whoever finishes it meanwhile would take it away.
        let _ = opened.try_lock();
        let observer = Observer::new(&cometd_path);
        let book = Mutex::new(Book { observer, redactor, file: JournalFile::new(opened), name });
        let orders = AtomicU64::new(0);
        let proxy = Arc::new(Proxy { client, rewrite, orders, begun: Instant::now(), book });
        let accepting = tokio::spawn(serve(listeners, Arc::clone(&proxy)));
        Ok(Self { url, file, proxy, accepting })
    }

    /// Returns the base URL for clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes the scenario; returns what is to be told of it, in lines.
    pub async fn end(self) -> Result<String, Error> {
        self.accepting.abort();
        let _ = self.accepting.await;
        self.proxy.flush()?;
        make(&part(&self.file), &self.file)
    }
}

/// Makes the scenario of what was recorded for that file; returns what is to be told of it, in lines.
pub fn finish_recording(file: &Path) -> Result<String, Error> {
    let part = part(file);
    let open = File::open(&part).map_err(|error| unread(&part, &error))?;
    if open.try_lock().is_err() {
        return Err(Error::new(format!(
            "{}: it is being recorded; end the recorder, which writes the file",
            part.display()
        )));
    }
    // Windows lets nobody else read what is locked.
    drop(open);
    make(&part, &part.with_extension(""))
}

fn unwritten(file: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: {error}; name a file that can be written", file.display()))
}

fn unread(file: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: {error}; name the file of a recording", file.display()))
}

/// Makes the file of what was written to the other one.
fn make(part: &Path, file: &Path) -> Result<String, Error> {
    let name = part.display().to_string();
    let bytes = std::fs::read(part).map_err(|error| unread(part, &error))?;
    let finished = finish(&name, &String::from_utf8_lossy(&bytes), &file.display().to_string())?;
    write_atomic(file, &write(&finished.scenario)).map_err(|error| unwritten(file, &error))?;
    std::fs::remove_file(part).map_err(|error| {
        Error::new(format!("{name}: {error}; remove it, since {} is written", file.display()))
    })?;
    let summary_text = format!("{}: {}\n", file.display(), summary(&finished.scenario));
    let summary_text = summary_text + &strangers(&finished.scenario);
    Ok(finished.notes.iter().fold(summary_text, |summary_text, note| summary_text + note + "\n"))
}

/// The rules of redaction, one a line.
pub fn redactions() -> String {
    let lines =
        REDACTIONS.iter().map(|redaction| format!("{:<14} {}\n", redaction.name, redaction.what));
    lines.collect::<String>()
        + "Headers, with their credentials, cookies and tokens, are never written.\n"
}

/// A redactor that knows the built-in users.
pub(crate) fn redactor(
    keep: &[String],
    users: BTreeMap<String, String>,
    own: Vec<String>,
) -> Result<Redactor, Error> {
    let known = embedded::USERS
        .iter()
        .map(|user| user.user_name)
        .map(|name| (name.to_owned(), name.to_owned()));
    let mut called: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, as_called) in &users {
        if let Some(other) = called.insert(as_called, name) {
            return Err(Error::new(format!(
                "--user: {other} and {name} are both to be called {as_called}; give each user a name of its own"
            )));
        }
    }
    Redactor::new(keep, known.chain(users).collect(), own)
}

/// Returns a note about users of a scenario that the built-in fixtures do not have, with a hint.
fn strangers(scenario: &Scenario) -> String {
    let known = |name: &str| embedded::USERS.iter().any(|user| user.user_name == name);
    let strangers: Vec<String> = users(scenario).into_iter().filter(|user| !known(user)).collect();
    match strangers.is_empty() {
        true => String::new(),
        false => format!(
            "users that are none of the built-in fixtures: {}; record with --user NAME=s1, or play it with fixtures of them\n",
            strangers.join(", ")
        ),
    }
}

fn part(file: &Path) -> PathBuf {
    if file.extension().is_some_and(|extension| extension == "part") {
        return file.to_owned();
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// Serves every connection until it is aborted; then all connections are cut.
async fn serve(listeners: Listeners, proxy: Arc<Proxy>) {
    let mut connections = JoinSet::new();
    while let Some((stream, _)) = listeners.accept().await {
        let _ = stream.set_nodelay(true);
        let proxy = Arc::clone(&proxy);
        connections.spawn(async move {
            let service = service_fn(|request: Request<hyper::body::Incoming>| {
                let proxy = Arc::clone(&proxy);
                async move { Ok::<_, Infallible>(proxy.pass(request.map(Body::new)).await) }
            });
            let mut http = http1::Builder::new();
            // Clients keep idle connections.
            http.header_read_timeout(None);
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

impl Proxy {
    fn order(&self) -> u64 {
        self.orders.fetch_add(1, Ordering::Relaxed)
    }

    /// Hands a request on, and its answer back.
    async fn pass(&self, request: Request<Body>) -> Response<Body> {
        let began = self.order();
        let began_at = self.begun.elapsed();
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
            return text(StatusCode::BAD_REQUEST, "the body did not come to its end".to_owned());
        };
        let host =
            head.headers.get(HOST).and_then(|header| header.to_str().ok()).unwrap_or_default();
        let rewrite = self.rewrite.called(host);
        let sent = PassedBody::of(&head.headers, &body, BODY_LIMIT, |text| rewrite.there(text));
        let answered = match self.ask(&rewrite, &head, &sent).await {
            Ok(answered) => answered,
            Err(reason) => return self.failed(&head, &reason),
        };
        let Answered { status, headers, body: answer, text } = answered;
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let values = |of: &HeaderMap, name| {
            let all = of.get_all(name).iter();
            all.filter_map(|value| value.to_str().ok()).flat_map(cookies).collect::<Vec<_>>()
        };
        let authorization = head.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let unread = match (&sent.texts, &text) {
            (Err(got), _) => Some(format!("its body is {got}")),
            (_, Err(got)) => Some(format!("its answer is {got}")),
            _ => None,
        };
        let exchange = Exchange {
            began,
            ended: self.order(),
            began_at,
            ended_at: self.begun.elapsed(),
            method: head.method.to_string(),
            target,
            authorization: authorization.map(str::to_owned),
            cookies: values(&head.headers, COOKIE),
            set_cookies: values(&headers, SET_COOKIE),
            body: sent.texts.map(|texts| texts.before.into_bytes()).unwrap_or_default(),
            status: status.as_u16(),
            answer: text.map(String::into_bytes).unwrap_or_default(),
        };
        // Before the client reads the answer, so that what it does next stands behind it.
        self.record(&exchange, unread);
        let mut response = Response::new(Body::from(answer));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// Asks the upstream; the answer is as the client is to see it.
    async fn ask(
        &self,
        rewrite: &Rewrite,
        head: &Parts,
        sent: &PassedBody,
    ) -> Result<Answered, String> {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let body = sent.bytes.clone();
        let mut request = Request::new(Body::empty());
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = rewrite.uri_there(target)?;
        *request.headers_mut() = rewrite.request_headers(&head.headers);
        sent.correct(request.headers_mut());
        // An empty body is announced where the client has announced it.
        if !body.is_empty() || head.headers.contains_key(hop::CONTENT_LENGTH) {
            request.headers_mut().insert(hop::CONTENT_LENGTH, body.len().into());
            *request.body_mut() = Body::from(body);
        }
        let response = self.client.send(request).await?;
        let mut headers = rewrite.answer_headers(response.headers());
        let answer = PassedBody::of(response.headers(), response.body(), BODY_LIMIT, |text| {
            rewrite.back(text)
        });
        answer.correct(&mut headers);
        let text = answer.texts.map(|texts| texts.after);
        Ok(Answered { status: response.status(), headers, body: answer.bytes, text })
    }

    /// Adds an exchange to the recording. `unread` says which of its bodies is no text: then it stands in no scenario.
    fn record(&self, exchange: &Exchange, unread: Option<String>) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if !book.observer.takes(&exchange.method, &exchange.target) {
            return;
        }
        // Whose session it is, its headers show nevertheless.
        let observed = book.observer.observe(exchange);
        if let Some(why) = unread {
            let path = exchange.target.split('?').next().unwrap_or_default();
            let said =
                format!("{} {}: not recorded: {why}", exchange.method, book.redactor.path(path));
            book.write(&JournalLine::Note { at: self.milliseconds(), text: said });
            return;
        }
        for recorded in observed {
            let recorded = book.redactor.recorded(recorded);
            book.write(&JournalLine::Over(Box::new(recorded)));
        }
    }

    /// Returns the time since the recording began.
    fn milliseconds(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes what could not be written before.
    fn flush(&self) -> Result<(), Error> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = book.file.flush() else { return Ok(()) };
        let name = &book.name;
        let lost = count(book.file.pending_lines(), "line");
        Err(Error::new(format!(
            "{name}: {error}; {lost} of the recording cannot be written; make room, and finish the rest with `record --finish {name}`"
        )))
    }

    /// The upstream has died: the client learns it, and what was recorded is kept.
    fn failed(&self, head: &Parts, reason: &str) -> Response<Body> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.milliseconds();
        let path = book.redactor.path(head.uri.path());
        // A method is any word that a client likes.
        let known = Observer::is_method(head.method.as_str());
        let method = if known { head.method.as_str() } else { "another method," };
        let said = format!("{method} {path}: the upstream did not answer: {reason}");
        book.write(&JournalLine::Note { at, text: said });
        let upstream = self.rewrite.upstream();
        let said = format!("{upstream} did not answer: {reason}; see whether it is there\n");
        text(StatusCode::BAD_GATEWAY, said)
    }
}

impl Book {
    fn write(&mut self, written_line: &JournalLine) {
        if let Err(error) = self.file.append(&line(written_line)) {
            let pending = count(self.file.pending_lines(), "line");
            eprintln!(
                "gws-sms-fake: cannot write {pending} to {}: {error}; make room, and it is written with the next one",
                self.name
            );
        }
    }
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

/// A scenario that was made of a HAR file.
#[derive(Clone, Debug)]
pub struct ImportedHar {
    /// The notes for the user, one a line.
    pub text: String,
    /// True if half of a conversation is missing.
    pub is_incomplete: bool,
}

/// Makes a scenario of a HAR file.
pub fn import_har(
    har: &Path,
    file: &Path,
    source: &HarSource,
    keep: &[String],
    users: BTreeMap<String, String>,
) -> Result<ImportedHar, Error> {
    let name = har.display().to_string();
    let bytes = std::fs::read(har).map_err(|error| {
        Error::new(format!("{name}: {error}; name a HAR file, as browsers export it"))
    })?;
    let imported = import(&name, &bytes, source)?;
    let mut redactor = redactor(keep, users, imported.origins)?;
    let recorded: Vec<_> =
        imported.recorded.into_iter().map(|recorded| redactor.recorded(recorded)).collect();
    let scenario = of(&recorded);
    write_atomic(file, &write(&scenario)).map_err(|error| unwritten(file, &error))?;
    let mut text = format!("{}: {}\n", file.display(), summary(&scenario)) + &strangers(&scenario);
    for left_out in &imported.left_out {
        text += &(left_out.in_words(|path| redactor.path(path)) + "\n");
    }
    if imported.is_incomplete {
        text += "half of a conversation is missing: see what was left out\n";
    }
    Ok(ImportedHar { text, is_incomplete: imported.is_incomplete })
}
