//! Coverage of the contract: the parts of it that the tests of a suite have exercised.
//!
//! A [`PointKind`] is a kind of things to cover. The things come from the other tables and the schemas, so that nothing
//! is listed twice. [`exercised`] reads the covered ones from a timeline, and a [`CoverageLine`] is a line of a file;
//! the program puts the lines of any number of fakes, test binaries and processes together. The file itself is opened
//! elsewhere.

pub(crate) mod exercised;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::contract::properties::properties;
use crate::engine::delivery::push_faults::PushFault;
use crate::gws::notification;
use crate::gws::operation::{OPERATIONS, Operation};
use crate::gws::status;

/// A kind of thing to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// The operations that have a page: the others are accepted only if a test asks for the pages' capabilities.
    Operations,
    Parameters,
    /// Of the parameters that take only some.
    EnumValues,
    /// Of a user's part in a session.
    States,
    /// statusCode and HTTP status.
    ErrorCodes,
    NotificationKinds,
    Faults,
}

/// Every kind.
pub const KINDS: [PointKind; 7] = [
    PointKind::Operations,
    PointKind::Parameters,
    PointKind::EnumValues,
    PointKind::States,
    PointKind::ErrorCodes,
    PointKind::NotificationKinds,
    PointKind::Faults,
];

impl PointKind {
    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Parameters => "parameters",
            Self::EnumValues => "enum-values",
            Self::States => "states",
            Self::ErrorCodes => "error-codes",
            Self::NotificationKinds => "notification-kinds",
            Self::Faults => "faults",
        }
    }

    /// Returns the operation that a name of this kind is about, if it is about one.
    pub fn operation_of(self, name: &str) -> Option<&str> {
        match self {
            Self::Operations => Some(name),
            Self::Parameters | Self::EnumValues => name.split('.').next(),
            Self::States | Self::ErrorCodes | Self::NotificationKinds | Self::Faults => None,
        }
    }

    /// The names of everything of that kind.
    fn all(self) -> Vec<String> {
        let owned = str::to_owned;
        match self {
            Self::Operations => modelled().map(Operation::as_str).map(owned).collect(),
            Self::Parameters => parameters().map(|(name, _)| name).collect(),
            Self::EnumValues => {
                let values = parameters().map(|(name, values)| {
                    values.into_iter().map(|value| enum_value(&name, value)).collect::<Vec<_>>()
                });
                values.flatten().collect()
            }
            Self::States => {
                let states = properties("smssession").filter(|property| property.name == "state");
                states.flat_map(|state| state.values).map(owned).collect()
            }
            Self::ErrorCodes => {
                status::error_codes().map(|error_code| error_code.to_string()).collect()
            }
            Self::NotificationKinds => {
                notification::KINDS.iter().map(|kind| kind.as_str()).map(owned).collect()
            }
            Self::Faults => PushFault::names().map(owned).collect(),
        }
    }
}

/// Everything that there is to cover.
pub static WHOLE: LazyLock<CoverageNames> = LazyLock::new(|| {
    let mut whole = CoverageNames::default();
    for kind in KINDS {
        kind.all().into_iter().for_each(|name| whole.add(kind, name));
    }
    whole
});

/// Names by kind: of what there is to cover, or of what was exercised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CoverageNames(BTreeMap<String, BTreeSet<String>>);

impl CoverageNames {
    pub(crate) fn add(&mut self, kind: PointKind, name: impl Into<String>) {
        self.0.entry(kind.as_str().to_owned()).or_default().insert(name.into());
    }

    pub fn join(&mut self, other: Self) {
        for (kind, names) in other.0 {
            self.0.entry(kind).or_default().extend(names);
        }
    }

    /// Divides them into those that the other has and those that it has not.
    pub fn divided_by(self, other: &Self) -> (Self, Self) {
        let mut shared = Self::default();
        let mut own = Self::default();
        for (kind, names) in self.0 {
            let (of_both, of_this): (BTreeSet<_>, BTreeSet<_>) =
                names.into_iter().partition(|name| other.of(&kind).any(|value| value == name));
            for (part, names) in [(&mut shared, of_both), (&mut own, of_this)] {
                if !names.is_empty() {
                    part.0.insert(kind.clone(), names);
                }
            }
        }
        (shared, own)
    }

    /// The kinds of which there are names.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.0.get(kind).into_iter().flatten().map(String::as_str)
    }
}

/// The line of one fake in a coverage file, as JSON.
#[derive(Debug, Deserialize, Serialize)]
pub struct CoverageLine {
    /// The version that wrote it.
    #[serde(rename = "gws-sms-fake")]
    pub version: String,
    /// The names of the operations that the suite uses; none, where it says nothing of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub operations: BTreeSet<String>,
    pub exercised: CoverageNames,
}

/// The result of reading a line.
pub enum ReadLine {
    Whole(CoverageLine),
    /// Its end is missing: the process was killed while it wrote.
    Half,
    /// No fake has written it.
    Foreign,
}

impl CoverageLine {
    /// The version that this is.
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Returns the line of a fake, without its end.
    pub(crate) fn write(
        exercised: &CoverageNames,
        operations: &BTreeSet<Operation>,
    ) -> Result<String, serde_json::Error> {
        let (version, exercised) = (Self::VERSION.to_owned(), exercised.clone());
        let operations = operations.iter().map(|operation| operation.as_str().to_owned()).collect();
        serde_json::to_string(&Self { version, operations, exercised })
    }

    /// Reads a line.
    pub fn read(line: &[u8]) -> ReadLine {
        match serde_json::from_slice(line) {
            Ok(line) => ReadLine::Whole(line),
            Err(error) if error.is_eof() => ReadLine::Half,
            Err(_) => ReadLine::Foreign,
        }
    }
}

fn modelled() -> impl Iterator<Item = Operation> {
    OPERATIONS.iter().copied().filter(|operation| operation.has_page())
}

/// Every parameter of every operation, with the values of one that takes only some.
fn parameters() -> impl Iterator<Item = (String, Vec<&'static str>)> {
    modelled().flat_map(|operation| {
        let of_operation = properties(operation.request_schema()).collect::<Vec<_>>();
        of_operation
            .into_iter()
            .map(move |of_operation| (parameter(operation, of_operation.name), of_operation.values))
    })
}

/// `Intrude.supervisorVisibilityMode`
fn parameter(operation: Operation, name: &str) -> String {
    format!("{}.{name}", operation.as_str())
}

/// `Intrude.supervisorVisibilityMode=Monitor`
fn enum_value(parameter: &str, value: &str) -> String {
    format!("{parameter}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::transition::State;

    fn names(kind: PointKind) -> Vec<&'static str> {
        WHOLE.of(kind.as_str()).collect()
    }

    #[test]
    fn each_kind_has_something_to_cover() {
        for (index, kind) in KINDS.into_iter().enumerate() {
            assert!(!KINDS[..index].contains(&kind), "{kind:?}");
            assert_ne!(names(kind), [""; 0], "{kind:?}");
        }
    }

    #[test]
    fn every_operation_that_has_a_page_is_in_it() {
        let operations = names(PointKind::Operations);
        for operation in OPERATIONS {
            let name = operation.as_str();
            assert_eq!(operations.contains(&name), operation.has_page(), "{name}");
        }
    }

    #[test]
    fn parameters_and_their_values_are_those_of_the_schemas() {
        let parameters = names(PointKind::Parameters);
        for name in ["Intrude.supervisorVisibilityMode", "Accept.saveLAR", "Consult.targetPath"] {
            assert!(parameters.contains(&name), "{name}");
        }
        assert!(parameters.iter().all(|name| !name.ends_with(".operationName")));
        let values = names(PointKind::EnumValues);
        for name in ["Intrude.supervisorVisibilityMode=Coach", "Transfer.treatAs=System"] {
            assert!(values.contains(&name), "{name}");
        }
        let has_values = |name: &str| values.iter().any(|value| value.starts_with(name));
        let with_values: Vec<_> = parameters.into_iter().filter(|name| has_values(name)).collect();
        let expected = [
            "BargeIn.supervisorMonitoringMode",
            "Coach.supervisorMonitoringMode",
            "Intrude.supervisorVisibilityMode",
            "Monitor.supervisorMonitoringMode",
            "Transfer.treatAs",
        ];
        assert_eq!(with_values, expected);
    }

    #[test]
    fn every_state_is_in_it() {
        let states = names(PointKind::States);
        assert_eq!(states.len(), 6);
        for name in states {
            let state: State = serde_json::from_value(name.into()).unwrap();
            assert_eq!(state.as_str(), name);
        }
    }

    #[test]
    fn error_codes_are_those_of_gws() {
        let expected = [
            "1 (HTTP 400)",
            "1 (HTTP 413)",
            "2 (HTTP 400)",
            "20 (HTTP 403)",
            "3 (HTTP 403)",
            "3 (HTTP 405)",
            "4 (HTTP 500)",
            "5 (HTTP 403)",
            "6 (HTTP 404)",
            "7 (HTTP 200)",
            "HTTP 403",
            "HTTP 431",
        ];
        assert_eq!(names(PointKind::ErrorCodes), expected);
    }

    /// Of the notifications of sessions the schema lists every kind.
    #[test]
    fn every_kind_of_notification_is_in_it() {
        let kinds = names(PointKind::NotificationKinds);
        let listed = properties("smssession-state-change-notification")
            .filter(|parameter| parameter.name == "notificationType")
            .flat_map(|parameter| parameter.values);
        for name in listed.chain(["NewMessages", "ChannelStateChangeMessageV2"]) {
            assert!(kinds.contains(&name), "{name}");
        }
        assert_eq!(kinds.len(), 6);
    }

    #[test]
    fn every_fault_is_in_it() {
        assert_eq!(names(PointKind::Faults).len(), PushFault::names().count());
        assert!(names(PointKind::Faults).contains(&"lose_next_event"));
    }

    #[test]
    fn names_are_divided_by_what_another_has() {
        let mut some = CoverageNames::default();
        let mut other = CoverageNames::default();
        for name in ["Accept", "Reject"] {
            some.add(PointKind::Operations, name);
        }
        some.add(PointKind::Faults, "Reject");
        other.add(PointKind::Operations, "Reject");
        let (shared, own) = some.divided_by(&other);
        assert_eq!(shared, other);
        assert_eq!(own.of("operations").collect::<Vec<_>>(), ["Accept"]);
        assert_eq!(own.of("faults").collect::<Vec<_>>(), ["Reject"]);
    }
}
