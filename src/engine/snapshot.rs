//! A copy of a fake for somebody who looks at it: taken quickly, and looked at without the lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::delivery::push_client::FormerClients;
use crate::engine::delivery::push_faults::{InjectedFaults, PushFault};
use crate::engine::log::coverage::CoverageNames;
use crate::engine::log::coverage::exercised::exercised;
use crate::engine::log::timeline::{Entry, Timeline};
use crate::engine::log::verdict::Exemptions;
use crate::engine::rest::rest_faults::InjectedRestFaults;
use crate::gws::world::World;

/// A copy of a fake. Its entries are shared with the fake until one of them changes.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) timeline: Timeline,
    /// The entries from before a reset whose violations count.
    pub(crate) before_reset: Vec<Arc<Entry>>,
    pub(crate) exemptions: Exemptions,
    pub(crate) faults: InjectedFaults,
    pub(crate) rest_faults: InjectedRestFaults,
    pub(crate) world: World,
    /// The events that faults hold.
    pub(crate) withheld: Vec<WithheldEvent>,
    /// The sessions of CometD clients that are open.
    pub(crate) sessions: BTreeMap<ClientId, OpenSession>,
    /// The CometD clients that there were, but for those that are forgotten.
    pub(crate) clients: BTreeMap<ClientId, KnownClient>,
    /// By the id of a user, the clients that are forgotten.
    pub(crate) former_clients: BTreeMap<String, FormerClients>,
    /// The ids of the users who have ended their HTTP sessions.
    pub(crate) signed_out: BTreeSet<String>,
    /// The reason why the scenario that is played has not come to its end.
    pub(crate) unplayed: Option<String>,
    pub(crate) require_complete_sessions: bool,
    exercised: CoverageNames,
}

/// A copy of the log alone.
#[derive(Debug)]
pub(crate) struct LogView {
    pub(crate) timeline: Timeline,
    pub(crate) exemptions: Exemptions,
    /// The numbers of the entries that an assertion has found.
    pub(crate) asserted: BTreeSet<u64>,
}

/// An event that a fault holds.
#[derive(Debug)]
pub(crate) struct WithheldEvent {
    /// The name of the user whom it is for.
    pub(crate) user_name: String,
    pub(crate) fault: PushFault,
    pub(crate) channel: String,
}

/// The open session of a CometD client.
#[derive(Debug)]
#[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only a query shows all of it"))]
pub(crate) struct OpenSession {
    /// The id of its user.
    pub(crate) owner: String,
    pub(crate) subscriptions: Vec<String>,
    pub(crate) is_held: bool,
    /// The numbers of the events that wait for it.
    pub(crate) pending: Vec<u64>,
}

/// A CometD client, whose session may have ended.
#[derive(Debug)]
pub(crate) struct KnownClient {
    /// The id of its user.
    pub(crate) owner: String,
    pub(crate) has_connected: bool,
    pub(crate) has_left: bool,
}

impl Engine {
    /// Takes a copy of the log.
    pub(crate) fn log_view(&self) -> LogView {
        LogView {
            timeline: self.log.timeline.clone(),
            exemptions: self.log.exemptions.clone(),
            asserted: self.log.asserted.clone(),
        }
    }

    /// Takes a copy of the fake.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let world = &self.rest.world;
        let withheld = self.delivery.withheld.held().map(|(user, fault, channel)| WithheldEvent {
            user_name: world.name(user),
            fault,
            channel: channel.to_owned(),
        });
        let sessions = self.delivery.server.sessions().map(|(client, session)| {
            let session = OpenSession {
                owner: session.owner.to_string(),
                subscriptions: session.subscriptions().map(str::to_owned).collect(),
                is_held: session.held.is_some(),
                pending: session.pending(),
            };
            (client.clone(), session)
        });
        let clients = self.delivery.clients.iter().map(|(client, known)| {
            let has_connected = known.has_connected;
            let has_left = known.has_left;
            let owner = known.owner.clone();
            (client.clone(), KnownClient { owner, has_connected, has_left })
        });
        Snapshot {
            timeline: self.log.timeline.clone(),
            before_reset: self.log.before_reset.clone(),
            exemptions: self.log.exemptions.clone(),
            faults: self.delivery.faults.clone(),
            rest_faults: self.rest.faults.clone(),
            world: world.clone(),
            withheld: withheld.collect(),
            sessions: sessions.collect(),
            clients: clients.collect(),
            former_clients: self.delivery.former.clone(),
            signed_out: self.rest.http_sessions.signed_out().map(str::to_owned).collect(),
            unplayed: self.playback.unfinished(),
            require_complete_sessions: self.settings.require_complete_sessions,
            exercised: self.log.exercised_before().clone(),
        }
    }
}

impl Snapshot {
    /// Returns what was exercised of the contract so far.
    pub(crate) fn exercised(&self) -> CoverageNames {
        let mut names = exercised(&self.timeline, &self.faults);
        names.join(self.exercised.clone());
        names
    }
}
