//! Clients that others wrote, in other languages, against the running fake.
//!
//! They are installed once, below Cargo's target folder. Where that cannot be done the trials are shown as ignored, with
//! the reason; with `CI` set they fail, so that no build is green because nothing ran.

mod install;
mod script;
mod story;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::install::{COMETD_3_1_14, COMETD_9, Unusable};
use crate::story::Order::{self, AnswerFirst, NotificationsFirst};
use crate::story::{Client, Start};

fn main() -> ExitCode {
    let newest = Client { package: &COMETD_9, start: Start::LongPolling };
    let with_websocket = Client { package: &COMETD_9, start: Start::WebsocketRefused };
    let of_its_time = Client { package: &COMETD_3_1_14, start: Start::LongPolling };
    let trials = vec![
        trial("npm_cometd_9::is_pushed_the_invitation_after_the_answer", newest, AnswerFirst),
        trial(
            "npm_cometd_9::is_pushed_the_invitation_before_the_answer_where_so_set",
            newest,
            NotificationsFirst,
        ),
        trial(
            "npm_cometd_9::falls_back_to_long_polling_when_its_websocket_is_refused",
            with_websocket,
            AnswerFirst,
        ),
        trial(
            "npm_cometd_3_1_14::is_pushed_the_invitation_after_the_answer",
            of_its_time,
            AnswerFirst,
        ),
        trial(
            "npm_cometd_3_1_14::is_pushed_the_invitation_before_the_answer_where_so_set",
            of_its_time,
            NotificationsFirst,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &'static str, client: Client, order: Order) -> Trial {
    Trial::ignorable_test(name, move || match client.package.folder() {
        Ok(folder) => {
            client.supervises(folder, order);
            Ok(Completion::Completed)
        }
        Err(unusable) => not_run(unusable),
    })
}

fn not_run(unusable: &Unusable) -> Result<Completion, Failed> {
    match unusable {
        Unusable::Missing(reason) if std::env::var_os("CI").is_none() => {
            Ok(Completion::ignored_with(reason))
        }
        Unusable::Missing(reason) | Unusable::Broken(reason) => Err(reason.into()),
    }
}
