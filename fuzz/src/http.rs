//! What comes on a connection, up to the verdict of the fake.

use std::sync::OnceLock;

use gws_sms_fake::_cli_internals::http::in_memory::serve;
use gws_sms_fake::_cli_internals::scenario::read::read;
use gws_sms_fake::FakeGws;

/// The bytes of a connection: requests of either side, one behind the other. Who has no credentials is the supervisor `s1`, so
/// that most of what comes reaches GWS.
///
/// # Panics
///
/// When an answer departs from its schema, or what came cannot be played again.
pub fn http(input: &[u8]) {
    static FAKE: OnceLock<FakeGws> = OnceLock::new();
    let fake = FAKE.get_or_init(|| FakeGws::builder().anonymous("s1").start());
    let mistakes = serve(fake, input);
    assert_eq!(mistakes, [""; 0], "the fake breaks its own contract");
    fake.stable_report();
    fake.report_json();
    let recorded = fake.recorded();
    read("recorded", &recorded).unwrap_or_else(|error| panic!("{error}\n{recorded}"));
}
