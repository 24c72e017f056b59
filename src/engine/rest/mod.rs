//! The REST side of a fake.
//!
//! [`validate`] checks the form of a request, outside of the lock. [`decide`] continues from there: [`authenticate`]
//! finds the caller, [`csrf`] checks its token, and then one route is taken: a mounted mock, a scenario, an injected
//! fault, or GWS. [`checked`] is a request after these checks. [`rest_faults`] contains the faults, [`blame`] decides
//! if a client could have known better, [`excuses`] remembers who was excused, and [`reply`] becomes the answer.
//!
//! Invariant: an answer and the verdict on its request are two things; a note never changes an answer.

pub(crate) mod authenticate;
pub(crate) mod blame;
pub(crate) mod checked;
pub(crate) mod csrf;
pub(crate) mod decide;
pub(crate) mod excuses;
pub(crate) mod reply;
pub(crate) mod rest_faults;
pub(crate) mod validate;

use crate::engine::rest::excuses::Excuses;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::engine::settings::Settings;
use crate::fixture::load::Fixtures;
use crate::gws::identity::HttpSessions;
use crate::gws::world::World;

/// The REST side of one fake.
#[derive(Debug)]
pub(crate) struct RestSide {
    pub(crate) world: World,
    pub(crate) http_sessions: HttpSessions,
    pub(crate) excuses: Excuses,
    pub(crate) faults: InjectedRestFaults,
}

impl RestSide {
    pub(super) fn new(settings: &Settings) -> Self {
        let Fixtures { users, sessions, statics, agent_states } = settings.fixtures.clone();
        Self {
            world: World::new(settings.gws.clone(), users, sessions, statics, agent_states),
            http_sessions: HttpSessions::default(),
            excuses: Excuses::default(),
            faults: InjectedRestFaults::default(),
        }
    }
}
