//! `gws-sms-fake serve`

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crate::atomic_file::{remove_stale, write_atomic};
use clap::Args;
use gws_sms_fake::{Builder, FakeGws, fixtures};

use crate::colour;
use crate::commands::cannot;
use crate::settings::ServeArguments;
use crate::signals::Stop;
use crate::verdicts::{Detail, in_words};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; with 127.0.0.1, also ::1 if the machine has it
    #[arg(help_heading = "Start and end", long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 for a free port
    #[arg(help_heading = "Start and end", long, default_value_t = 8090)]
    port: u16,
    /// Write the base URL to this file as soon as the port accepts connections
    #[arg(help_heading = "Start and end", long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Also end when standard input ends, so that a child process ends with its parent
    #[arg(help_heading = "Start and end", long)]
    end_with_stdin: bool,
    #[command(flatten)]
    settings: ServeArguments,
}

impl Serve {
    /// Serves what `with` makes of the usual fake.
    pub(crate) fn run(self, with: impl FnOnce(Builder) -> Builder) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = match runtime {
            Ok(runtime) => runtime.block_on(self.serve(with)),
            Err(error) => Err(error.to_string()),
        };
        outcome.unwrap_or_else(|error| cannot("serve", error))
    }

    async fn serve(self, with: impl FnOnce(Builder) -> Builder) -> Result<ExitCode, String> {
        for file in self.ready_file.iter().chain(&self.settings.ca_file) {
            // That of an earlier run would say that this one is ready, or that its CA is to be trusted.
            remove_stale(file);
        }
        let output = Output::begin();
        let shown = output.clone();
        // Before anything can be served, so that no signal is lost.
        let stopped = Stop::listen().map_err(|error| error.to_string())?;
        let builder = FakeGws::builder()
            .host(self.host)
            .port(self.port)
            .watch(move |line| shown.say(format!("{}\n", colour::line(line))));
        let builder = with(self.settings.apply(builder).map_err(|error| error.to_string())?);
        let gws = builder.try_start().map_err(|error| error.to_string())?;
        self.settings.write_ca_file(&gws)?;
        // Last, so that whoever sees it finds the certificate too.
        if let Some(file) = &self.ready_file {
            write_atomic(file, gws.url()).map_err(|error| {
                format!("{}: {error}; name a file that can be written", file.display())
            })?;
        }
        let file = self.settings.ca_file.as_ref().map(|file| file.display().to_string());
        // A shell takes no name apart from a variable that has a space in it.
        let curl_ca = match file.filter(|file| !file.contains(char::is_whitespace)) {
            Some(file) => format!(" --cacert {file}"),
            None if self.settings.tls => " --insecure".to_owned(),
            None => String::new(),
        };
        output.say(greeting(&gws, &curl_ca, self.end_with_stdin));
        if self.end_with_stdin {
            tokio::select! {
                () = stopped.wait() => {}
                () = end_of_stdin() => {}
            }
        } else {
            stopped.wait().await;
        }
        let Some((words, code)) = last_words(gws) else {
            let seconds = LAST_WORDS.as_secs();
            return Err(format!("the report was not ready within {seconds} s; send the fake less"));
        };
        for words in words {
            output.say(format!("\n{words}"));
        }
        output.end();
        Ok(code)
    }
}

/// The time that the report may take.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The report, in the parts that are printed, and the exit code.
type LastWords = (Vec<String>, ExitCode);

/// Makes the report on a thread that is not waited for longer than [`LAST_WORDS`].
fn last_words(gws: FakeGws) -> Option<LastWords> {
    let (done, words) = mpsc::channel();
    thread::spawn(move || {
        let mut verdicts = vec![gws.verdict("gws-sms-fake serve")];
        verdicts.extend(gws.verdicts_of_fakes());
        let broken = verdicts.iter().any(|verdict| verdict.is_broken() && !verdict.was_told());
        let mut code = if broken { ExitCode::from(2) } else { ExitCode::SUCCESS };
        if let Err(error) = gws.write_coverage() {
            let unwritten = cannot("write the coverage", error);
            code = if broken { code } else { unwritten };
        }
        let _ = done.send((in_words(&verdicts, Detail::Timeline), code));
        // A drop would say all of it again, as a panic.
        std::mem::forget(gws);
    });
    words.recv_timeout(LAST_WORDS).ok()
}

/// Waits for the end of standard input. A thread reads it that nobody waits for: a read cannot be given up.
async fn end_of_stdin() {
    let (ended, end) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        // What cannot be read has ended, too.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
}

/// Standard output, written by a thread of its own: whoever reads it slowly, or not at all, holds up nothing else.
#[derive(Clone)]
struct Output {
    texts: mpsc::Sender<Option<String>>,
    written: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Output {
    fn begin() -> Self {
        let (texts, to_write) = mpsc::channel::<Option<String>>();
        let (done, written) = mpsc::channel();
        thread::spawn(move || {
            // Colours go to a terminal only, and not where NO_COLOR is set.
            let mut output = anstream::stdout();
            for text in to_write.into_iter().map_while(|text| text) {
                // A closed pipe at the other end is no reason to stop serving.
                let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
            }
            let _ = done.send(());
        });
        Self { texts, written: Arc::new(Mutex::new(written)) }
    }

    fn say(&self, text: String) {
        let _ = self.texts.send(Some(text));
    }

    /// Waits until everything is written, but not for a reader who does not read.
    fn end(self) {
        let _ = self.texts.send(None);
        if let Ok(written) = self.written.lock() {
            let _ = written.recv_timeout(Duration::from_secs(2));
        }
    }
}

/// The first lines of the output: the address, the first command to paste, and the way to all others. `curl_ca` is the flag
/// with which curl trusts the fake.
fn greeting(gws: &FakeGws, curl_ca: &str, ends_with_stdin: bool) -> String {
    let stdin = if ends_with_stdin { "the end of standard input, " } else { "" };
    let url = gws.url();
    let users = gws.users();
    let row = |name: &str, id: &str, password: &str| format!("  {name:<4} {id:<32}  {password}\n");
    let lines = users.iter().map(|user| {
        let name = user.user_name();
        let id = user.id();
        let password = user.password();
        row(name, id, password)
    });
    let users: String = lines.collect();
    let headings = row("user", "id", "password");
    let supervisor = fixtures::SUPERVISOR;
    let name = supervisor.user_name;
    let password = supervisor.password;
    let agent = fixtures::AGENT.id;
    let session = fixtures::SESSION;
    format!(
        r#"The fake of Genesys Web Services is at {url}
Try it in another terminal:
  curl -sS{curl_ca} -u {name}:{password} {url}/api/v2/me

CometD is at {url}/api/v2/notifications, the control endpoint at {url}/__fake/

{headings}{users}
the whole flow with curl
  J=$(mktemp); C="curl -sS{curl_ca} -b $J -c $J -H Content-Type:application/json"; N={url}/api/v2/notifications
  $C -u {name}:{password} {url}/api/v2/me; echo
  ID=$($C $N -d '[{{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}}]' | sed 's/.*"clientId":"\([^"]*\)".*/\1/')
  $C $N -d '[{{"channel":"/meta/subscribe","subscription":"/v2/me/*","clientId":"'$ID'"}}]'; echo
  $C $N -d '[{{"channel":"/meta/connect","connectionType":"long-polling","clientId":"'$ID'"}}]'; echo
  $C {url}/api/v2/users/{agent}/smssessions/{session} -d '{{"operationName":"Intrude","supervisorVisibilityMode":"Monitor"}}'; echo
  $C $N -d '[{{"channel":"/meta/connect","connectionType":"long-polling","clientId":"'$ID'"}}]'; echo
  $C {url}/api/v2/me/smssessions/{session} -d '{{"operationName":"Accept"}}'; echo
  $C $N -d '[{{"channel":"/meta/connect","connectionType":"long-polling","clientId":"'$ID'"}}]'; echo
  $C {url}/api/v2/me/smssessions/{session} -d '{{"operationName":"Leave"}}'; echo
  $C $N -d '[{{"channel":"/meta/disconnect","clientId":"'$ID'"}}]'; echo

ready; {stdin}Ctrl+C (SIGINT) or SIGTERM ends the fake and prints the report. The timeline:
"#
    )
}
