//! The way in: a command is handed to the function of its family.
//!
//! The rule of this file: [`handle`] has one arm for each command. The families above it are functions over [`World`] and
//! know nothing of each other's commands.

use crate::gws::authorize::{authorize, demand_backend, demand_feature};
use crate::gws::operation::command::Command;
use crate::gws::outcome::{Caller, Done, Refused};
use crate::gws::timestamp::Timestamp;
use crate::gws::world::World;
use crate::gws::{conference, contact_center, conversation, reads, supervision, user_data};

/// Takes one request whose form has been checked.
pub fn handle(
    world: &mut World,
    caller: &Caller,
    command: &Command,
    now: Timestamp,
) -> Result<Done, Refused> {
    let caller = match (caller, command) {
        (Caller::User(caller), _) => caller,
        (Caller::Anonymous, Command::Read { resource, id, .. }) => {
            return Ok(reads::read_public(world, *resource, id));
        }
        (Caller::Anonymous, _) => unreachable!("no operation is public"),
    };
    if let Some(operation) = command.operation() {
        demand_feature(world, caller, operation.feature())?;
        demand_backend(world, operation)?;
    }
    match command {
        Command::Read { resource, id, query } => reads::read(world, caller, *resource, id, query),
        Command::Accept { session, nickname } => {
            conversation::accept(world, caller, session, nickname.as_deref(), now)
        }
        Command::Reject { session } => conversation::reject(world, caller, session, now),
        Command::Complete { session, operation, queue } => {
            conversation::complete(world, caller, session, *operation, queue.as_deref(), now)
        }
        Command::Leave { session } => conversation::leave(world, caller, session, now),
        Command::Send { session, operation, content } => {
            conversation::send(world, caller, session, *operation, content, now)
        }
        Command::Focus { session, operation } => authorize(world, caller, session, *operation)
            .map(|authorize| Done::new(authorize.rule, Vec::new())),
        Command::ChangeUserData { session, operation, change } => {
            user_data::change(world, caller, session, *operation, change)
        }
        Command::Invite { session, operation, target } => {
            conference::invite(world, caller, session, *operation, target, now)
        }
        Command::CancelConsult { session } => conference::cancel(world, caller, session),
        Command::RemoveParticipant { session, target } => {
            conference::remove(world, caller, session, target, now)
        }
        Command::Transfer { session, target, text } => {
            conference::transfer(world, caller, session, target, text.as_deref(), now)
        }
        Command::Intrude { agent, session, mode } => {
            supervision::intrude(world, caller, agent, session, *mode)
        }
        Command::Switch { session, operation, mode } => {
            supervision::switch(world, caller, session, *operation, *mode, now)
        }
        Command::Monitor { agent, mode, scope, nickname } => {
            supervision::monitor(world, caller, agent, *mode, *scope, nickname.as_deref())
        }
        Command::CancelSupervisorMonitoring { agent } => supervision::cancel(world, caller, agent),
        Command::StartContactCenterSession { channels } => {
            contact_center::start(world, caller, channels)
        }
        Command::EndContactCenterSession => Ok(contact_center::end(world, caller)),
        Command::SetAgentState { channel, name, .. } => {
            contact_center::set_agent_state(world, caller, channel.as_deref(), name)
        }
        Command::DoNotDisturb { operation } => Ok(Done::new(operation.rule(), Vec::new())),
    }
}
