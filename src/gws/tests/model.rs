//! Random sequences of what several users send and of what happens, held against [`reference`](super::reference); and what
//! holds whatever they are.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::reference::Model;
use super::steps::{PLACES, Step, USERS, Whom, command, step};
use super::*;
use crate::gws::external_event::act;
use crate::gws::operation::Operation;
use crate::gws::participant::Viewer;
use crate::gws::reads::read;
use crate::gws::resource::{Query, Resource};
use crate::gws::session::{Party, Session};
use crate::gws::world::Following;

prop_state_machine! {
    #![proptest_config(Config {
        cases: 256,
        // The same sequences in every run; another seed is a thing to try by hand.
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn whatever_is_sent_and_happens_is_as_the_pages_have_it(sequential 10..=40 => Run);
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let following = prop_oneof![3 => Just(Following::Joins), 1 => Just(Following::IsInvited)];
        (following, prop::bool::weighted(0.2))
            .prop_map(|(plan, needed)| Self::new(plan, needed))
            .boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        step(model)
    }

    fn apply(model: Self, step: &Step) -> Self {
        model.step(step)
    }
}

/// A user, by id, in a session, by id.
type Place = (String, String);

/// A world, and what its users have learned of it.
struct Run {
    world: World,
    last_notification: u64,
    last_reference: u64,
    /// The latest state, capabilities and participants, as notifications have told them.
    pushed: BTreeMap<Place, Value>,
    /// The users and sessions whose capabilities the latest step has told.
    offered: Vec<Place>,
    last_index: BTreeMap<Place, u64>,
    /// The users who have been in a session otherwise than in the mode Monitor.
    seen: BTreeSet<Place>,
    /// The users who supervised before the step, and the sessions: such a user may be told so yet, and come as an agent
    /// in the same step.
    supervised: BTreeSet<Place>,
    /// The session of the latest step, in [`PLACES`]; the others are as they were.
    touched: Option<usize>,
    /// The names under which somebody was in a session: his ids as a participant, and his nicknames.
    names: BTreeMap<Place, BTreeSet<String>>,
}

impl StateMachineTest for Run {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(model: &Model) -> Self {
        let session = include_str!("../../../fixtures/smssessions/0000UaB58WAR003N.json");
        let mut session: Value = serde_json::from_str(session).unwrap();
        // Many copies of the world are made, and nothing depends on what is in there.
        session["userData"] = json!({ "Subject": "Parcel" });
        let mut world = world_with(&[session]);
        world.settings.following = model.following;
        world.settings.intrude_needs_monitoring = model.intrude_needs_monitoring;
        let mut run = Self {
            world,
            last_notification: 0,
            last_reference: 0,
            pushed: BTreeMap::new(),
            offered: Vec::new(),
            last_index: BTreeMap::new(),
            seen: BTreeSet::new(),
            supervised: BTreeSet::new(),
            touched: None,
            names: BTreeMap::new(),
        };
        for session in run.world.sessions() {
            for party in &session.parties {
                run.pushed.insert(
                    place(party, session),
                    json!(session.core(party, run.world.rendering())),
                );
            }
        }
        run
    }

    fn apply(mut run: Self, model: &Model, step: Step) -> Self {
        let before = run.world.clone();
        run.supervised = run.parties(|party| !party.is_agent()).collect();
        let was_in: BTreeSet<Place> = run.parties(Party::joined).collect();
        let notifications = match &step {
            Step::Request(request) => {
                let answer = handle(&mut run.world, request.user, request.command());
                answer.map_err(|refused| refused.violation.rule.id.to_owned()).map(|done| {
                    assert_eq!(check(done.schema, &done.reply), [], "{}", done.reply);
                    if let Some(reference) = done.reply["referenceId"].as_u64() {
                        assert!(reference > run.last_reference, "referenceId {reference}");
                    }
                    done.notifications
                })
            }
            Step::Event(event) => {
                let external_event = event.external_event(&run.world);
                act(&mut run.world, &external_event, now()).map(|act| act.notifications)
            }
        };
        assert_eq!(notifications.is_ok(), model.taken, "{step:?}: {notifications:?}");
        let Ok(notifications) = notifications else {
            let before = format!("{before:?}");
            let after = format!("{:?}", run.world);
            assert_eq!(before, after, "a refusal of {step:?} changed something");
            return run;
        };
        run.touched = step.place();
        run.remember();
        for notification in &notifications {
            run.learn(notification, &was_in);
        }
        for place in run.offered.split_off(0).iter().filter(|_| model.backend_is_up) {
            run.check_offered(place);
        }
        run
    }

    fn check_invariants(run: &Self, model: &Model) {
        for (place, expected) in PLACES.iter().zip(&model.sessions) {
            let Some(session) = run.world.session(place) else {
                assert!(!expected.begun, "{place}");
                continue;
            };
            let got = session
                .parties
                .iter()
                .map(|party| (run.world.name(&party.user), party.state, party.role));
            let want =
                expected.parts.iter().map(|part| (part.user.to_owned(), part.state, part.role));
            assert_eq!(got.collect::<Vec<_>>(), want.collect::<Vec<_>>(), "parts in {place}");
            assert_eq!(session.customer().is_some(), expected.customer, "customer of {place}");
            if run.touched.is_none_or(|touched| PLACES[touched] == *place) {
                run.check_session(session);
            }
        }
    }
}

fn place(party: &Party, session: &Session) -> Place {
    (party.user.clone(), session.id.clone())
}

impl Run {
    fn parties(&self, fits: impl Fn(&Party) -> bool) -> impl Iterator<Item = Place> {
        let sessions = self.world.sessions();
        sessions.flat_map(move |session| {
            let parties = session.parties.iter().filter(|party| fits(party));
            parties.map(|party| place(party, session)).collect::<Vec<_>>()
        })
    }

    /// Notes who has come in, and as whom.
    fn remember(&mut self) {
        for session in self.world.sessions() {
            for party in session.joined() {
                let place = place(party, session);
                if party.role.mode() != Some(Monitor) {
                    self.seen.insert(place.clone());
                }
                let participant = session.participant_of(&party.user).unwrap();
                let names = self.names.entry(place).or_default();
                names.extend([participant.id.clone(), participant.nickname.clone()]);
            }
        }
    }

    /// Takes a notification in, as its user does.
    fn learn(&mut self, notification: &Notification, was_in: &BTreeSet<Place>) {
        let (Notification { number, user, kind, .. }, data) = (notification, &notification.data());
        assert_eq!(check(kind.schema, data), [], "{data}");
        assert_eq!(*number, self.last_notification + 1);
        self.last_notification = *number;
        if let Some(reference) = data["referenceId"].as_u64() {
            assert!(reference > self.last_reference, "{data}");
            self.last_reference = reference;
        }
        let uri = data["smssession"]["uri"].as_str().or(data["smssessionUri"].as_str());
        let Some((_, id)) = uri.and_then(|uri| uri.rsplit_once('/')) else { return };
        let place = (user.clone(), id.to_owned());
        if !self.supervised.contains(&place) {
            self.check_agent_may_read(&place, data);
        }
        if let Some(pushed) = data.get("smssession") {
            self.offered.push(place.clone());
            self.pushed.insert(place, pushed.clone());
        } else {
            // Who comes in reads the log from its beginning.
            let last = self.last_index.entry(place.clone()).or_default();
            let mut last = if was_in.contains(&place) { *last } else { 0 };
            for message in data["messages"].as_array().unwrap() {
                let index = message["index"].as_u64().unwrap();
                assert!(index > last, "index {index} after {last} for {user}");
                last = index;
            }
            self.last_index.insert(place, last);
        }
    }

    /// Nothing that an agent reads has come from the supervisors' side, nor names one who has only ever monitored.
    fn check_agent_may_read(&self, place: &Place, data: &Value) {
        let party = self.world.session(&place.1).and_then(|session| session.party(&place.0));
        if party.is_none_or(Party::is_agent) {
            self.check_shows_no_monitor(&place.1, &place.0, &data.to_string());
        }
    }

    fn check_shows_no_monitor(&self, session: &str, viewer: &str, text: &str) {
        assert!(!text.contains("\"Supervisors\""), "{viewer} reads {text}");
        for (hidden, names) in self.names.iter().filter(|(plan, _)| plan.1 == session) {
            if self.seen.contains(hidden) || hidden.0 == viewer {
                continue;
            }
            assert!(!text.contains(&hidden.0), "{viewer} reads of {hidden:?}: {text}");
            let named = names.iter().find(|name| text.contains(&format!("\"{name}\"")));
            assert_eq!(named, None, "{viewer} reads of {hidden:?}: {text}");
        }
    }

    fn check_session(&self, session: &Session) {
        let customer = session.participants_seen(Viewer::Customer, None);
        let customer: Vec<Value> = customer.map(|customer| customer.render_sender(API)).collect();
        let log =
            session.messages.iter().filter(|message| message.shown_to(Viewer::Customer, None));
        let log: Vec<Value> = log.map(|log| log.render(API)).collect();
        for shown in [customer, log] {
            let shown = json!(shown).to_string();
            assert!(!shown.contains("\"visibility\":\"Agents\""), "the customer reads {shown}");
            self.check_shows_no_monitor(&session.id, "the customer", &shown);
        }
        for party in &session.parties {
            self.check_party(session, party);
        }
    }

    fn check_party(&self, session: &Session, party: &Party) {
        let place = place(party, session);
        let core = json!(session.core(party, self.world.rendering()));
        let pushed = self.pushed.get(&place).unwrap_or(&Value::Null);
        let fields = if party.joined() {
            &["state", "capabilities", "participants"][..]
        } else {
            &["state", "capabilities"]
        };
        for field in fields {
            assert_eq!(pushed.get(field), core.get(field), "{field} that {place:?} was told last");
        }
        assert_eq!(core.get("capabilities").is_some(), party.state.is_live(), "{core}");
        let caller = KnownCaller { user: party.user.clone(), client: None };
        for resource in [Resource::Session, Resource::Messages] {
            let done = read(&self.world, &caller, resource, &session.id, &Query::default())
                .unwrap_or_else(|_| panic!("{place:?} reads {resource:?}"));
            assert_eq!(check(done.schema, &done.reply), [], "{}", done.reply);
            self.check_agent_may_read(&place, &done.reply);
        }
    }

    /// Checks that every offered operation is accepted.
    fn check_offered(&self, (user, session): &Place) {
        let user = *USERS.iter().find(|known| known.id == user).unwrap();
        let offered = self.pushed[&(user.id.to_owned(), session.clone())]["capabilities"].clone();
        for name in offered.as_array().into_iter().flatten() {
            let operation = Operation::of_name(name.as_str().unwrap()).unwrap();
            let command = command(operation, session, Whom::User(AGENT_WITHOUT_SMS), None, false);
            let taken = handle(&mut self.world.clone(), user, command);
            assert!(taken.is_ok(), "{} is offered {name}: {taken:?}", user.user_name);
        }
    }
}
