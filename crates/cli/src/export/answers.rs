//! The answers that a request of the REST side can get.
//!
//! The rule of this file: [`REFUSED`] has one row for each rule that has a refusal, and says which requests can break it.
//! With what it is answered stands in `gws/status`.

use std::collections::{BTreeMap, BTreeSet};

use gws_sms_fake::_cli_internals::contract::properties::properties;
use gws_sms_fake::_cli_internals::contract::schemas;
use gws_sms_fake::_cli_internals::gws::operation::Family::{
    self, Channel, Me, Monitoring, Session, Supervision,
};
use gws_sms_fake::_cli_internals::gws::resource::Resource;
use gws_sms_fake::_cli_internals::gws::route::Target;
use gws_sms_fake::_cli_internals::gws::status::{Refusal, refusals};
use gws_sms_fake::_cli_internals::rules::{self, Rule, RuleKind, rule};
use serde_json::{Map, Value, json};

use crate::export::components::Components;
use crate::export::examples::operations;

/// The requests that can break a rule.
#[derive(Clone, Copy)]
enum Where {
    Everywhere,
    /// The requests that need credentials.
    SignedIn,
    Operations,
    At(&'static [Family], &'static [Resource]),
    /// The requests of paths that GWS does not have.
    Nowhere,
}

use Where::{At, Everywhere, Nowhere, Operations, SignedIn};

const OF_SESSION: Where = At(&[Session, Supervision], &[Resource::Session, Resource::Messages]);
const IN_SESSION: Where = At(&[Session], &[]);
const OF_USER: Where = At(&[Supervision, Monitoring], &[]);
const INTRUDING: Where = At(&[Supervision], &[]);
const MONITORED: Where = At(&[Monitoring], &[]);

#[rustfmt::skip]
const REFUSED: &[(&Rule, Where)] = &[
    (rule("header-size"),            Everywhere),
    (rule("body-size"),              Everywhere),
    (rule("credentials-missing"),    SignedIn),
    (rule("credentials-malformed"),  SignedIn),
    (rule("credentials-wrong"),      SignedIn),
    (rule("http-session-unknown"),   SignedIn),
    (rule("csrf-token"),             Operations),
    (rule("cors"),                   Nowhere),
    // An id that holds a slash makes a path that no resource has.
    (rule("path-unknown"),           At(&[Session, Supervision, Monitoring, Channel], &[Resource::Session, Resource::Messages, Resource::Contact])),
    (rule("method"),                 Nowhere),
    // Operations that have no page.
    (rule("not-modelled"),           Operations),
    (rule("query-string"),           Everywhere),
    (rule("content-type"),           Operations),
    (rule("content-charset"),        Operations),
    (rule("http-malformed"),         Everywhere),
    (rule("body-json"),              Operations),
    (rule("body-utf-8"),             Operations),
    (rule("body-byte-order-mark"),   Operations),
    (rule("body-nesting"),           Operations),
    (rule("body-object"),            Operations),
    (rule("operation-name-missing"), Operations),
    (rule("parameter-missing"),      Operations),
    (rule("parameter-empty"),        Operations),
    (rule("intrude-mode-missing"),   INTRUDING),
    (rule("duplicate-key"),          Operations),
    (rule("unknown-field"),          Operations),
    (rule("parameter-value"),        Operations),
    (rule("operation-unknown"),      Operations),
    (rule("intrude-mode"),           INTRUDING),
    (rule("intrude-monitoring"),     INTRUDING),
    (rule("intrude-state"),          INTRUDING),
    (rule("intrude-own-session"),    INTRUDING),
    (rule("intrude-twice"),          INTRUDING),
    (rule("accept-state"),           IN_SESSION),
    (rule("reject-state"),           IN_SESSION),
    (rule("feature-missing"),        At(&[Session, Supervision, Monitoring, Me], &[Resource::Sessions, Resource::Session, Resource::Messages])),
    (rule("supervisor-role"),        OF_USER),
    (rule("user-unknown"),           OF_USER),
    (rule("session-unknown"),        OF_SESSION),
    (rule("session-owner"),          OF_SESSION),
    (rule("query-fields"),           Nowhere),
    (rule("query-subresources"),     Nowhere),
    (rule("query-start-index"),      Nowhere),
    (rule("query-count"),            Nowhere),
    (rule("query-contact-type"),     Nowhere),
    (rule("contact-unknown"),        At(&[], &[Resource::Contact])),
    (rule("agent-state-unknown"),    At(&[Channel], &[])),
    (rule("channel-state"),          At(&[Channel], &[])),
    (rule("operation-state"),        IN_SESSION),
    (rule("capability"),             IN_SESSION),
    (rule("target-unknown"),         IN_SESSION),
    (rule("target-self"),            IN_SESSION),
    (rule("target-in-session"),      IN_SESSION),
    (rule("target-not-in-session"),  IN_SESSION),
    (rule("remove-visibility"),      IN_SESSION),
    (rule("remove-last-agent"),      IN_SESSION),
    (rule("monitoring-own"),         MONITORED),
    (rule("monitoring-active"),      MONITORED),
    (rule("backend-down"),           At(&[Session, Supervision], &[])),
];

impl Where {
    fn is(self, target: Target) -> bool {
        match (self, target) {
            (Everywhere, _) => true,
            (SignedIn, target) => target != Target::Read(Resource::Version),
            (Operations, Target::Operate(_)) => true,
            (At(families, _), Target::Operate(family)) => families.contains(&family),
            (At(_, resources), Target::Read(resource)) => resources.contains(&resource),
            _ => false,
        }
    }
}

/// Every answer of what is at a path, by HTTP status.
pub(super) fn answers(target: Target, components: &mut Components) -> Value {
    let mut answers = Map::new();
    answers.insert("200".to_owned(), success(target, components));
    for (http, refusals) in by_status(target) {
        answers.insert(http.to_string(), refused(&refusals, components));
    }
    Value::Object(answers)
}

fn success(target: Target, components: &mut Components) -> Value {
    let schema = match target {
        Target::Read(resource) => {
            let replies = resource.replies().iter().map(|name| components.refer(name));
            one_of(replies.collect())
        }
        Target::Operate(family) => {
            let done = with_status_codes(components, &json!({ "const": 0 }));
            let in_part =
                (family == Me).then(|| components.refer("contact-center-session-response"));
            one_of([done].into_iter().chain(in_part).collect())
        }
        Target::NotModelled => Value::Bool(true),
    };
    json!({
        "description": "statusCode 0: GWS has done it",
        "content": { "application/json": { "schema": schema } },
    })
}

fn refused(refusals: &[(&Rule, Refusal)], components: &mut Components) -> Value {
    let mut texts = BTreeSet::new();
    let mut status_codes = BTreeSet::new();
    let mut plain = BTreeSet::new();
    for (_, refusal) in refusals {
        match refusal.status_code {
            Some(code) => {
                status_codes.insert(code);
                texts.insert(format!("statusCode {code}: {}", refusal.message));
            }
            None if refusal.message.is_empty() => {
                texts.insert("without a body".to_owned());
            }
            None => {
                plain.insert(refusal.message);
                texts.insert(format!("without GWS's envelope: {}", refusal.message));
            }
        }
    }
    let mut answer = json!({
        "description": texts.into_iter().collect::<Vec<_>>().join("; "),
        "x-rules": refusals.iter().map(|(rule, _)| rule.id()).collect::<Vec<_>>(),
        "x-certainty": certainty(refusals),
    });
    if !status_codes.is_empty() {
        let schema = with_status_codes(components, &json!({ "enum": status_codes }));
        answer["content"]["application/json"] = json!({ "schema": schema });
    }
    if !plain.is_empty() {
        answer["content"]["text/plain"] = json!({ "schema": { "enum": plain } });
    }
    answer
}

/// The certainty of each pair of statusCode and HTTP status, by its rule.
fn certainty(refusals: &[(&Rule, Refusal)]) -> Value {
    let pairs =
        refusals.iter().map(|(_, refusal)| (refusal.rule.id(), refusal.rule.certainty().as_str()));
    json!(pairs.collect::<BTreeMap<_, _>>())
}

fn by_status(target: Target) -> BTreeMap<u16, Vec<(&'static Rule, Refusal)>> {
    let mut by_status: BTreeMap<u16, Vec<_>> = BTreeMap::new();
    let met = refusals().filter(|(rule, _)| place(rule).is(target));
    let of_parameters = parameter_rules(target).filter_map(|rule| Some((rule, Refusal::of(rule)?)));
    for (rule, refusal) in met.chain(of_parameters) {
        by_status.entry(refusal.http).or_default().push((rule, refusal));
    }
    by_status
}

fn place(rule: &Rule) -> Where {
    REFUSED.iter().find(|(other, _)| *other == rule).map_or(Nowhere, |(_, place)| *place)
}

/// The rules of what a request says: its query parameters, or what its body has.
fn parameter_rules(target: Target) -> impl Iterator<Item = &'static Rule> {
    let mut rules: BTreeMap<&str, &'static Rule> = BTreeMap::new();
    match target {
        Target::Read(resource) => {
            rules.extend(
                resource.parameters().map(|parameter| (parameter.rule.id(), parameter.rule)),
            );
        }
        Target::Operate(family) => {
            for operation in operations(family) {
                let schema = operation.request_schema();
                let document = schemas::find(schema).map(|schema| &schema.document()["properties"]);
                let named = properties(schema)
                    .filter_map(|property| document?.get(property.name)?["x-rule"].as_str())
                    .filter_map(rules::of_id)
                    .filter(|rule| rule.kind() == RuleKind::Parameter);
                rules.extend(named.map(|rule| (rule.id(), rule)));
            }
        }
        Target::NotModelled => {}
    }
    rules.into_values()
}

/// GWS's envelope with one of these codes.
fn with_status_codes(components: &mut Components, codes: &Value) -> Value {
    let narrowed = json!({ "properties": { "statusCode": codes } });
    json!({ "allOf": [components.refer("response"), narrowed] })
}

fn one_of(mut schemas: Vec<Value>) -> Value {
    if schemas.len() == 1 { schemas.remove(0) } else { json!({ "oneOf": schemas }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_that_is_refused_has_one_row() {
        for (rule, _) in refusals() {
            let rows = REFUSED.iter().filter(|(other, _)| other.id() == rule.id()).count();
            assert_eq!(rows, 1, "rows of rule {}", rule.id());
        }
        assert_eq!(REFUSED.len(), refusals().count());
    }

    #[test]
    fn features_are_those_of_the_resources_and_operations() {
        let feature = const { rule("feature-missing") };
        let place = place(feature);
        for resource in [Resource::Me, Resource::Sessions, Resource::Messages, Resource::Contact] {
            assert_eq!(place.is(Target::Read(resource)), resource.feature().is_some());
        }
        for family in [Session, Supervision, Monitoring, Me, Channel] {
            let needs = operations(family).any(|operation| operation.feature().is_some());
            assert_eq!(place.is(Target::Operate(family)), needs, "{family:?}");
        }
    }
}
