//! Resources: what is read with GET, and which query parameters that takes.
//!
//! The rule of this file: [`PARAMETERS`] has one row for each documented query parameter.
//!
//! Rules: query-string, query-fields, query-subresources, query-start-index, query-count, query-contact-type.

use crate::rules::{Rule, Violation, nearest, rule};

/// The feature that reading sessions and their messages needs (documented: SMSResources).
const READING_FEATURE: &str = "api-multimedia-chat";

/// A resource that a GET reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/api/v2/me`
    Me,
    /// `/api/v2/me/smssessions`
    Sessions,
    /// `/api/v2/me/smssessions/{smssessionId}`
    Session,
    /// `/api/v2/me/smssessions/{smssessionId}/messages`
    Messages,
    /// `/api/v2/me/channels`
    Channels,
    /// `/api/v2/me/devices`
    Devices,
    /// `/api/v2/me/settings`
    Settings,
    /// `/api/v2/me/settings/{section}`
    SettingsSection,
    /// `/api/v2/services`
    Services,
    /// `/api/v2/contacts/{contactId}`
    Contact,
    /// `/api/v2/diagnostics/version`
    Version,
    /// A path that a fixture answers.
    Static,
}

use Resource::*;

impl Resource {
    /// The feature that a caller needs (documented: SMSResources).
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Sessions | Session | Messages => Some(READING_FEATURE),
            _ => None,
        }
    }

    /// The schemas of what is answered: the files' names in `schemas/` without their endings. A collection without
    /// `fields` has the first of two.
    pub fn replies(self) -> &'static [&'static str] {
        match self {
            Me => &["me-response"],
            Sessions => &["uris-response", "smssessions-response"],
            Session => &["smssession-response"],
            Messages => &["messages-response"],
            Channels => &["uris-response", "channels-response"],
            Devices => &["uris-response", "devices-response"],
            Settings | SettingsSection => &["settings-response"],
            Services => &["uris-response", "services-response"],
            Contact => &["contact-response"],
            Version => &["version-response"],
            Static => &[""],
        }
    }

    /// The query parameters that it takes.
    pub fn parameters(self) -> impl Iterator<Item = &'static QueryParameter> {
        PARAMETERS.iter().filter(move |parameter| parameter.resource == self)
    }
}

/// The values that a query parameter may have.
#[derive(Clone, Copy, Debug)]
pub enum QueryValue {
    /// `*`, for whole resources in place of their addresses.
    AllFields,
    /// `*`, or names of [`SUBRESOURCES`] with commas between them.
    Subresources,
    /// The index of the first message: a whole number from 1 on.
    StartIndex,
    /// The largest number of messages: a whole number.
    Count,
    /// This word.
    Word(&'static str),
}

/// The parts of `/me` that may be asked for (client, wire: the desktops' requests; smssessions by analogy with chats).
pub const SUBRESOURCES: &[&str] = &[
    "features",
    "devices",
    "skills",
    "channels",
    "channelStates",
    "interactions",
    "chats",
    "calls",
    "smssessions",
    "settings",
    "groups",
];

use QueryValue::{AllFields, Count, StartIndex, Subresources, Word};

/// A documented query parameter of a resource.
#[derive(Debug)]
pub struct QueryParameter {
    pub resource: Resource,
    pub name: &'static str,
    pub value: QueryValue,
    pub rule: &'static Rule,
}

const fn parameter(
    resource: Resource,
    name: &'static str,
    value: QueryValue,
    rule: &'static Rule,
) -> QueryParameter {
    QueryParameter { resource, name, value, rule }
}

const PARAMETERS: &[QueryParameter] = &[
    parameter(Me, "subresources", Subresources, rule("query-subresources")),
    parameter(Me, "fields", AllFields, rule("query-fields")),
    parameter(Sessions, "fields", AllFields, rule("query-fields")),
    parameter(Session, "fields", AllFields, rule("query-fields")),
    parameter(Channels, "fields", AllFields, rule("query-fields")),
    parameter(Devices, "fields", AllFields, rule("query-fields")),
    parameter(Settings, "fields", AllFields, rule("query-fields")),
    parameter(SettingsSection, "fields", AllFields, rule("query-fields")),
    parameter(Services, "fields", AllFields, rule("query-fields")),
    parameter(Messages, "startIndex", StartIndex, rule("query-start-index")),
    parameter(Messages, "count", Count, rule("query-count")),
    parameter(Contact, "type", Word("User"), rule("query-contact-type")),
];

/// The names of query parameters.
pub fn query_names() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|parameter| parameter.name)
}

/// The parameters of a query string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub(crate) all_fields: bool,
    pub(crate) subresources: Vec<&'static str>,
    pub(crate) start_index: Option<u32>,
    pub(crate) count: Option<u32>,
}

impl Query {
    /// Reads the query string of a GET; what is wrong with it goes into `violations`.
    pub fn parse(resource: Resource, query: &str, violations: &mut Vec<Violation>) -> Self {
        let mut parsed = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let row = resource.parameters().find(|parameter| parameter.name == name);
            // A fixture answers its path, whatever is asked for.
            if resource == Static {
                continue;
            }
            match row {
                None => violations.push(unknown(resource, &name)),
                Some(_) if seen.iter().any(|other| *other == name) => {
                    let broken = const { rule("query-string") };
                    let place = format!("query {name}");
                    violations.push(
                        Violation::new(broken, place, "the parameter twice", "once")
                            .hint("send it once"),
                    );
                }
                Some(parameter) => {
                    violations.extend(parsed.take(parameter, &value));
                }
            }
            seen.push(name.into_owned());
        }
        parsed
    }

    fn take(&mut self, parameter: &QueryParameter, value: &str) -> Option<Violation> {
        let QueryParameter { name, value: kind, rule: broken, .. } = *parameter;
        let wrong = |want: String, hint: String| {
            let place = format!("query {name}");
            Some(Violation::new(broken, place, format!("{value:?}"), want).hint(hint))
        };
        match kind {
            AllFields if value == "*" => self.all_fields = true,
            AllFields => {
                return wrong("*".to_owned(), format!("send {name}=*, or leave it out"));
            }
            Subresources if value == "*" => self.subresources = SUBRESOURCES.to_vec(),
            Subresources => {
                let mut note = None;
                for part in value.split(',') {
                    match SUBRESOURCES.iter().find(|known| **known == part) {
                        Some(known) => self.subresources.push(known),
                        None => {
                            let want = format!("* or some of {}", SUBRESOURCES.join(", "));
                            let meant = nearest(part, SUBRESOURCES.iter().copied());
                            let hint = meant.map(|meant| format!("did you mean {meant}?"));
                            let unseen = wrong(
                                want,
                                hint.unwrap_or_else(|| "it is left out of the answer".to_owned()),
                            );
                            if part.is_empty() {
                                return unseen;
                            }
                            note = note.or(unseen.map(Violation::note));
                        }
                    }
                }
                return note;
            }
            StartIndex | Count => {
                let (least, field) = match kind {
                    StartIndex => (1, &mut self.start_index),
                    _ => (0, &mut self.count),
                };
                *field = value.parse().ok().filter(|number| *number >= least);
                if field.is_none() {
                    let want = format!("a whole number from {least} on");
                    return wrong(want, "send digits, or leave it out".to_owned());
                }
            }
            Word(word) if value == word => {}
            Word(word) => {
                return wrong(word.to_owned(), format!("send {name}={word}"));
            }
        }
        None
    }
}

/// Rule query-string.
pub(crate) fn unknown_query(got: &str, want: String, hint: String) -> Violation {
    Violation::new(const { rule("query-string") }, "request line", got, want).hint(hint)
}

fn unknown(resource: Resource, name: &str) -> Violation {
    let known: Vec<&str> = resource.parameters().map(|parameter| parameter.name).collect();
    let want = match known.as_slice() {
        [] => "no query string".to_owned(),
        known => format!("no parameters but {}", known.join(", ")),
    };
    let hint = nearest(name, known.iter().copied()).map(|meant| format!("did you mean {meant}?"));
    unknown_query(&format!("?{name}"), want, hint.unwrap_or_else(|| "leave it out".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resource: Resource, query: &str, expected: &str) {
        let mut violations = Vec::new();
        let parsed = Query::parse(resource, query, &mut violations);
        let got = match violations.first() {
            None => format!("{parsed:?}"),
            Some(violation) => format!(
                "{} {} {} {}",
                violation.rule.id, violation.place, violation.got, violation.want
            ),
        };
        assert!(got.contains(expected), "{query}: got {got}, want {expected}");
    }

    #[test]
    fn documented_parameters_are_read() {
        check(Me, "subresources=features,channels", r#"subresources: ["features", "channels"]"#);
        check(Me, "subresources=*", "settings");
        check(Sessions, "fields=%2A", "all_fields: true");
        check(Messages, "startIndex=3&count=0", "start_index: Some(3), count: Some(0)");
        check(Contact, "type=User", "Query");
        check(Static, "anything=goes", "Query");
    }

    #[test]
    fn others_are_refused() {
        check(Me, "subresource=*", "query-string request line ?subresource no parameters but");
        check(Me, "subresources=feature", "query-subresources query subresources \"feature\"");
        check(Me, "subresources=", "query-subresources query subresources \"\"");
        check(Sessions, "fields=id", "query-fields query fields \"id\" *");
        check(Messages, "startIndex=0", "query-start-index query startIndex \"0\"");
        check(Messages, "count=-1", "query-count query count \"-1\" a whole number from 0 on");
        check(Messages, "count=1&count=2", "query-string query count the parameter twice once");
        check(Contact, "type=Customer", "query-contact-type query type \"Customer\" User");
        check(Version, "x=1", "query-string request line ?x no query string");
    }
}
