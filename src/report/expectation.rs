//! Expectations about the timeline: which entries are meant, how many there are to be, and in which order.
//!
//! A [`Filter`] selects requests or notifications. An expectation returns the numbers of the entries that it has found, so that
//! the caller can mark them as asserted, or says why it is not met.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::check::brief;
use crate::engine::log::timeline::{Entry, EntryKind, Notified, Timeline};
use crate::engine::snapshot::LogView;
use crate::error::Error;
use crate::gws::notification::KINDS;
use crate::gws::operation::Operation;
use crate::report::line::line;

type Condition = Arc<dyn Fn(&Entry) -> bool + Send + Sync>;

/// The conditions that an entry meets, and their words.
#[derive(Clone)]
pub(crate) struct Filter {
    /// Such as `requests of Intrude by s1`.
    words: String,
    conditions: Vec<Condition>,
}

/// The number of entries that a failed expectation names.
const SHOWN: usize = 5;

impl Filter {
    /// Selects the requests of an operation.
    pub(crate) fn requests_of(operation: Operation) -> Self {
        let words = format!("requests of {}", operation.as_str());
        Self::new(words, move |entry| {
            entry.rest().is_some_and(|rest| rest.operation == Some(operation))
        })
    }

    /// Selects the notifications to a user, who has an id and a name.
    pub(crate) fn notifications_to(id: &str, user_name: &str) -> Self {
        let id = id.to_owned();
        Self::new(format!("notifications to {user_name}"), move |entry| {
            entry.notified().is_some_and(|notified| notified.to.as_ref().is_none_or(|to| *to == id))
        })
    }

    fn new(words: String, condition: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Self {
        Self { words, conditions: vec![Arc::new(condition)] }
    }

    /// Selects those that meet another condition, too.
    pub(crate) fn and(
        mut self,
        words: &str,
        condition: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.words = format!("{} {words}", self.words);
        self.conditions.push(Arc::new(condition));
        self
    }

    /// Selects those whose JSON, as `json` finds it, has that value at that pointer.
    pub(crate) fn with(
        self,
        pointer: &str,
        want: Value,
        json: fn(&Entry) -> Option<Value>,
    ) -> Self {
        let words = format!("with {pointer} {}", brief(&want));
        let pointer = pointer.to_owned();
        self.and(&words, move |entry| {
            json(entry).is_some_and(|json| json.pointer(&pointer) == Some(&want))
        })
    }

    /// Selects the requests that the user of that name sent.
    pub(crate) fn by(self, user_name: &str) -> Self {
        let user = user_name.to_owned();
        self.and(&format!("by {user_name}"), move |entry| entry.user.as_ref() == Some(&user))
    }

    /// Selects the requests with that session in their path, and the notifications about it.
    pub(crate) fn in_session(self, session: &str) -> Self {
        let id = session.to_owned();
        self.and(&format!("in session {session}"), move |entry| match &entry.what {
            EntryKind::Rest(rest) => rest.session.as_ref() == Some(&id),
            EntryKind::Notification(notified) => is_of_session(&notified.data(), &id),
            _ => false,
        })
    }

    /// Selects the notifications of a kind: see [`kind_place`].
    pub(crate) fn of_kind(self, kind: &str) -> Self {
        self.with(kind_place(kind), Value::from(kind), data)
    }

    /// Selects the notifications that show the session in a state.
    pub(crate) fn in_state(self, state: &str) -> Self {
        self.with("/smssession/state", Value::from(state), data)
    }

    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    pub(crate) fn meets(&self, entry: &Entry) -> bool {
        self.conditions.iter().all(|condition| condition(entry))
    }

    /// Returns the numbers of the selected entries, if there are as many as wanted.
    pub(crate) fn numbers(
        &self,
        log: &LogView,
        want: &RangeInclusive<usize>,
    ) -> Result<Vec<u64>, Error> {
        let entries = log.timeline.entries().filter(|entry| self.meets(entry));
        let numbers: Vec<u64> = entries.map(|entry| entry.number).collect();
        // Of what is no longer there nobody knows how much was meant.
        let is_sure = *want.end() == usize::MAX || log.timeline.dropped().entries == 0;
        if want.contains(&numbers.len()) && is_sure {
            Ok(numbers)
        } else {
            Err(Error::new(self.miscounted(log, &numbers, want)))
        }
    }

    fn miscounted(&self, log: &LogView, got: &[u64], want: &RangeInclusive<usize>) -> String {
        let words = &self.words;
        let number = got.len();
        let want = match (*want.start(), *want.end()) {
            (least, usize::MAX) => format!("at least {least}"),
            (0, most) if most > 0 => format!("at most {most}"),
            (exactly, _) => exactly.to_string(),
        };
        let mut failure = format!("{words}: got {number}, want {want}{}", unsure(&log.timeline));
        if got.is_empty() {
            failure += "; the timeline shows what came instead";
        }
        for entry in got.iter().take(SHOWN).filter_map(|number| log.timeline.entry(*number)) {
            failure += &format!("\n  {}", line(entry, &log.exemptions).trim_start());
        }
        failure
    }
}

/// Returns the numbers of the entries that meet these filters in their order, each after the one before.
pub(crate) fn in_order(log: &LogView, expected: &[&Filter]) -> Result<Vec<u64>, Error> {
    let mut found: Vec<u64> = Vec::new();
    let all_expected = expected.len();
    for (index, filter) in expected.iter().enumerate() {
        let after = found.last().copied().unwrap_or_default();
        let all = || log.timeline.entries().filter(|entry| filter.meets(entry));
        let next = all().find(|entry| entry.number > after);
        let Some(next) = next else {
            let show = |number: u64| {
                let entry = log.timeline.entry(number);
                entry.map_or_else(String::new, |entry| {
                    format!("\n  {}", line(entry, &log.exemptions).trim_start())
                })
            };
            let place = index + 1;
            let words = filter.words();
            let mut failure =
                format!("in order, number {place} of {all_expected}: {words}: none came");
            if let Some(last) = found.last() {
                failure += &format!(" after{}", show(*last));
            }
            // What came before and stands in the order already says nothing.
            if let Some(earlier) = all().find(|entry| !found.contains(&entry.number)) {
                failure += &format!("\nit came before:{}", show(earlier.number));
            }
            return Err(Error::new(failure + &unsure(&log.timeline)));
        };
        found.push(next.number);
    }
    Ok(found)
}

/// Checks that no operation and no notification came but those that were asserted.
pub(crate) fn nothing_else(log: &LogView) -> Result<(), Error> {
    let mut others = log.timeline.entries().filter(|entry| match &entry.what {
        EntryKind::Rest(rest) => rest.operation.is_some() && !log.asserted.contains(&entry.number),
        EntryKind::Notification(_) => !log.asserted.contains(&entry.number),
        _ => false,
    });
    let Some(first) = others.next() else {
        let unsure = unsure(&log.timeline);
        let known = unsure.is_empty();
        return if known {
            Ok(())
        } else {
            Err(Error::new(format!("nothing else: got 0{unsure}")))
        };
    };
    let all = 1 + others.count();
    let line = line(first, &log.exemptions);
    let line = line.trim_start();
    Err(Error::new(format!(
        "nothing else: got {all}, want 0; the first:\n  {line}\nassert it before, or look why it came"
    )))
}

/// Returns the words that an expectation adds where it cannot know.
pub(crate) fn unsure(timeline: &Timeline) -> String {
    match timeline.dropped().entries {
        0 => String::new(),
        dropped => format!(
            "; but of older entries the timeline has dropped {dropped}, which nobody can look at: let it keep more, with builder().timeline_limit(..)"
        ),
    }
}

/// Returns the JSON pointer to the field that says of which kind a notification is: `notificationType`, or `messageType` where a
/// kind has no other.
pub(crate) fn kind_place(kind: &str) -> &'static str {
    let is_message_type = KINDS.iter().any(|known| known.types() == (kind, None));
    if is_message_type { "/messageType" } else { "/notificationType" }
}

/// Returns the data of a notification.
pub(crate) fn data(entry: &Entry) -> Option<Value> {
    entry.notified().map(Notified::data)
}

/// Tells if data is about that session: it has its id, or an address in it has.
fn is_of_session(data: &Value, id: &str) -> bool {
    any_text(data, &|text| text == id || text.split('/').any(|part| part == id))
}

/// The fields that hold whatever somebody wrote.
const FREE: [&str; 4] = ["text", "noticeText", "url", "userData"];

/// Tells if a text of the fake itself in that data is of a kind.
pub(crate) fn any_text(value: &Value, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, is)),
        Value::Object(fields) => {
            let mut named = fields.iter().filter(|(name, _)| !FREE.contains(&name.as_str()));
            named.any(|(_, field)| any_text(field, is))
        }
        _ => false,
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Filter").field(&self.words).finish()
    }
}
