//! The vendor's words as types: each is written as its word, is read from it, and is taken where the word is.

use std::fmt::Display;
use std::str::FromStr;

use gws_sms_fake::fixtures::SESSION;
use gws_sms_fake::{Certainty, Error, FakeGws, Mode, NotificationType, Operation, SessionState};

#[track_caller]
fn check<T>(value: T, word: &str, misspelt: &str, error: &str)
where
    T: Display + FromStr<Err = Error> + AsRef<str> + PartialEq + std::fmt::Debug,
{
    assert_eq!((value.to_string().as_str(), value.as_ref()), (word, word));
    assert_eq!(word.parse::<T>().unwrap(), value);
    let refused = misspelt.parse::<T>().unwrap_err().to_string();
    assert!(
        refused.starts_with(&format!("got the {error} {misspelt:?}, want one of ")),
        "{refused}"
    );
    assert!(refused.ends_with(&format!("; did you mean {word:?}?")), "{refused}");
}

#[test]
fn each_word_is_written_and_read_letter_by_letter() {
    check(Operation::SwitchToBargeIn, "SwitchToBargeIn", "switchToBargeIn", "operation");
    check(Mode::BargeIn, "BargeIn", "bargein", "mode");
    check(SessionState::LeftChat, "LeftChat", "leftchat", "state");
    check(NotificationType::NewMessages, "NewMessages", "newmessages", "notificationType");
    check(Certainty::Documented, "documented", "Documented", "certainty");
}

#[test]
fn a_word_and_its_type_select_the_same_notifications() {
    let gws = FakeGws::start();
    gws.agent().completes(SESSION);
    let all = || gws.agent().notifications();
    all().kind(NotificationType::StatusChange).state(SessionState::Completed).once();
    all().kind("StatusChange").state("Completed").once().kind("StatusChange").state("Completed");
}

/// It has no `notificationType`.
#[test]
fn a_change_of_a_channel_is_selected_by_its_message_type() {
    let gws = FakeGws::start();
    let channels = gws_sms_fake::serde_json::json!({ "channels": ["voice"] });
    gws.agent().performs(Operation::StartContactCenterSession, "", channels);
    let kind = NotificationType::ChannelStateChangeMessageV2;
    gws.agent().notifications().kind(kind).once().kind(kind);
    gws.agent().notifications().kind(NotificationType::StatusChange).never();
}
