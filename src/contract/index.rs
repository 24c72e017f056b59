//! Schemas by what they are of: the operation of a request and of its answer, and the kind of a notification.
//!
//! The rule of this file: what a request and its answer have in common is the name of their schemas, `…-request` and
//! `…-response`; an operation of which this crate has no such schema is a custom one
//! (see [`custom`](crate::contract::custom)).

use std::collections::HashMap;

use serde_json::Value;

/// The schemas of requests and notifications, to be looked up by what these say that they are.
#[derive(Debug)]
pub(crate) struct SchemaIndex<'d> {
    requests: HashMap<&'d str, &'d str>,
    notifications: HashMap<&'d str, &'d str>,
    /// The schema of a notification that does not name its type.
    without: Option<&'d str>,
}

impl<'d> SchemaIndex<'d> {
    pub(crate) fn of(schemas: impl Iterator<Item = (&'d str, &'d Value)> + Clone) -> Self {
        let by = |ending, property| {
            let mut found = HashMap::new();
            for (name, schema) in named(schemas.clone(), ending) {
                if let Some(says) = constant(schema, property) {
                    // Where several say the same, the first one is gone by.
                    found.entry(says).or_insert(name);
                }
            }
            found
        };
        Self {
            requests: by("-request", "operationName"),
            notifications: by("-notification", "messageType"),
            without: of_notification(schemas.clone(), None),
        }
    }

    /// The schema of the request of that operation.
    pub(crate) fn request(&self, operation: &str) -> Option<&'d str> {
        self.requests.get(operation).copied()
    }

    /// The schema of a notification that says this with its `messageType`; of one without, see [`of_notification`].
    pub(crate) fn notification(&self, says: Option<&Value>) -> Option<&'d str> {
        match says {
            None => self.without,
            Some(says) => self.notifications.get(says.as_str()?).copied(),
        }
    }
}

/// The schemas with that ending, in the order of their names.
pub(crate) fn named<'s>(
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
    ending: &'static str,
) -> impl Iterator<Item = (&'s str, &'s Value)> {
    schemas.filter(move |(name, _)| name.ends_with(ending))
}

/// The constant that a property is.
pub(crate) fn constant<'s>(schema: &'s Value, property: &str) -> Option<&'s str> {
    schema["properties"][property]["const"].as_str()
}

/// The operations whose requests have a schema: the schema's name without its ending, and the operation's name.
pub(crate) fn operations<'s>(
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
) -> impl Iterator<Item = (&'s str, &'s str)> {
    named(schemas, "-request").filter_map(|(name, schema)| {
        Some((name.strip_suffix("-request")?, constant(schema, "operationName")?))
    })
}

/// The schema of what is answered to an operation whose request has the schema of that name, without its ending.
pub(crate) fn answer_to<'s>(
    mut schemas: impl Iterator<Item = (&'s str, &'s Value)>,
    name: &str,
) -> Option<&'s str> {
    let answer = schemas.find(|(schema, _)| schema.strip_suffix("-response") == Some(name));
    answer.map(|(schema, _)| schema)
}

/// The schema of a notification, by its `messageType`; of one without, that which does not demand it, since an error may
/// come so.
pub(crate) fn of_notification<'s>(
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
    says: Option<&Value>,
) -> Option<&'s str> {
    let is_meant = |schema: &Value| {
        let kind = constant(schema, "messageType");
        let required = schema["required"].as_array();
        let optional =
            !required.is_some_and(|names| names.iter().any(|name| name == "messageType"));
        kind.is_some_and(|kind| says.map_or(optional, |says| says == kind))
    };
    named(schemas, "-notification").find(|(_, schema)| is_meant(schema)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schemas::built_in;

    #[test]
    fn an_error_may_come_without_its_kind() {
        let of = |says: Option<Value>| of_notification(built_in().all(), says.as_ref());
        assert_eq!(of(None), Some("smssession-state-change-notification"));
        assert_eq!(of(Some(json!("MessageLogUpdated"))), Some("message-log-updated-notification"));
        assert_eq!(of(Some(json!("Other"))), None);
        assert_eq!(of(Some(json!(null))), None);
    }
}
