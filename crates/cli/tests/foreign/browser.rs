//! A page in a browser, and the server that it comes from: another one than the fake.

use std::fs;
use std::future::IntoFuture;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex as AsyncMutex, mpsc as steps};

use crate::install::{Unusable, run};
use crate::script::{Process, Script};

/// As Debian and Google call it.
const PROGRAMS: [&str; 2] = ["chromium", "google-chrome"];
const WANT: &str = "Debian's package chromium";
/// Ends the browser when its stdin does, and so also when the test has died. As root there is no sandbox.
const KEEPER: &str = r#"
[ "$(id -u)" = 0 ] && set -- "$@" --no-sandbox
"$@" & read -r _
kill $!
wait $!
exit 0
"#;
/// It keeps to itself: nothing is asked of the network but what the page asks.
const QUIET: [&str; 9] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-logging=stderr",
];
/// A page that says nothing for so long says nothing more.
const WATCHDOG: Duration = Duration::from_secs(20);

/// The state of the page's server.
struct Site {
    root: PathBuf,
    arguments: String,
    orders: AsyncMutex<steps::UnboundedReceiver<String>>,
    /// Gone when the page has said that it is done.
    seen: Mutex<Option<mpsc::Sender<String>>>,
}

/// The browser of this machine, which is asked for once a run.
pub(crate) fn program() -> Result<&'static str, Unusable> {
    static FOUND: OnceLock<Result<&str, Unusable>> = OnceLock::new();
    let answers = |program: &&str| run(Command::new(program).arg("--version"), WANT).map(|_| ());
    let found = FOUND.get_or_init(|| {
        let found = PROGRAMS.into_iter().find(|program| answers(program).is_ok());
        found.ok_or_else(|| Unusable::Missing(format!("got none of {PROGRAMS:?}, want {WANT}")))
    });
    found.clone()
}

/// Shows the page that is in the folder, which is somewhere below the root.
pub(crate) fn show(root: &Path, folder: TempDir, arguments: &Value) -> Script {
    let (orders, ordered) = steps::unbounded_channel();
    let (seen, output) = mpsc::channel();
    let site = Site {
        root: root.to_owned(),
        arguments: arguments.to_string(),
        orders: AsyncMutex::new(ordered),
        seen: Mutex::new(Some(seen)),
    };
    let (runtime, address) = serve(site);
    let name = folder.path().strip_prefix(root).expect("a folder below the root");
    let mut browser = Command::new("sh");
    browser
        .args(["-c", KEEPER, "keeper", program().unwrap_or(PROGRAMS[0])])
        .args(QUIET)
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("{address}/{}/page.html", name.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let orders = move |step: &str| drop(orders.send(step.to_owned()));
    let output = iter::from_fn(move || {
        // The server is there for as long as its page is listened to.
        let _serving = &runtime;
        output.recv_timeout(WATCHDOG).ok()
    });
    Script::new(Box::new(orders), Box::new(output), Process::start(browser, folder))
}

fn serve(site: Site) -> (Runtime, String) {
    let runtime = Runtime::new().expect("a runtime for the page's server");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port for the page");
    let address = listener.local_addr().expect("the page's port");
    let router = Router::new()
        .route("/arguments", get(async |State(site): OfSite| site.arguments.clone()))
        .route("/order", get(order))
        .route("/seen", post(seen))
        .route("/end", post(async |State(site): OfSite| drop(site.seen().take())))
        .fallback(file)
        .with_state(Arc::new(site));
    runtime.spawn(axum::serve(listener, router).into_future());
    (runtime, format!("http://{address}"))
}

type OfSite = State<Arc<Site>>;

/// The next step; nothing when there is no further one.
async fn order(State(site): OfSite) -> String {
    site.orders.lock().await.recv().await.unwrap_or_default()
}

async fn seen(State(site): OfSite, line: String) {
    if let Some(seen) = &*site.seen() {
        let _ = seen.send(line);
    }
}

async fn file(State(site): OfSite, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let Ok(bytes) = fs::read(site.root.join(path)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mime = if path.ends_with(".html") { "text/html" } else { "text/javascript" };
    ([(header::CONTENT_TYPE, mime)], bytes).into_response()
}

impl Site {
    fn seen(&self) -> MutexGuard<'_, Option<mpsc::Sender<String>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
