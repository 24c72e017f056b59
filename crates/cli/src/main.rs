//! The program `gws-sms-fake`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gws_sms_fake_cli::run()
}
