//! One request of the REST side, from its form to its answer: one decision for the four ways to answer it.

use std::time::Duration;

use http::Method;
use serde_json::Value;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::delivery::push_faults::{AnswerOrder, PushFault};
use crate::engine::io::{
    EntryId, Hold, MockAnswer, Moment, RestAnswer, RestRequest, RestStep, Resumed, Stage,
    Suspended, Until,
};
use crate::engine::log::timeline::{AnsweredBy, Ending, EntryKind};
use crate::engine::parts::AfterWrite;
use crate::engine::rest::RestSide;
use crate::engine::rest::authenticate::{Authenticated, authenticate};
use crate::engine::rest::blame::blame;
use crate::engine::rest::checked::Checked;
use crate::engine::rest::csrf;
use crate::engine::rest::excuses::Cookies;
use crate::engine::rest::reply::{CustomEvent, Reply};
use crate::engine::rest::rest_faults::{GARBAGE, MetFault, RestFault, refusal};
use crate::engine::rest::validate::Validated;
use crate::fixture::contract::CustomOperation;
use crate::gws::handle::handle;
use crate::gws::outcome::{Caller, Done, KnownCaller};
use crate::gws::route;
use crate::gws::status::Refusal;
use crate::rules::{Verdict, Violation};
use crate::scenario::player::Effects;

/// The way in which a request is answered.
enum Route {
    /// By the mounted mocks, if one of them matches.
    Mock,
    /// From the scenario that is played.
    Scenario,
    /// As an injected fault says, whose number this is.
    Fault(u64, RestFault),
    /// As GWS does.
    Gws,
}

impl Engine {
    /// Takes a request whose form has been looked at.
    pub(crate) fn rest(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        form: Validated,
        now: Moment,
    ) -> RestStep {
        let RestRequest { connection, head, .. } = request;
        let rest = &mut self.rest;
        let ids = &mut self.ids;
        let authenticated = authenticate(rest, ids, &self.settings, &head.method, &head.headers)
            .excuse_late(rest, connection, head.method == Method::GET);
        let csrf = csrf::check(&self.ids, &self.settings, head, &authenticated);
        let session = authenticated.any_http_session();
        let shown_token = csrf::shown(&self.ids, &self.settings, head, session);
        let checked = Checked { authenticated, csrf, form, shown_token };
        self.log_request(entry, request, &checked);
        self.answer(entry, request, checked, now)
    }

    /// Goes on with a request that was suspended.
    pub(crate) fn resume(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        suspended: Suspended,
        with: Resumed<'_>,
        now: Moment,
    ) -> RestStep {
        let Suspended { checked, generation, stage } = suspended;
        match (stage, with) {
            (Stage::Mock, Resumed::Mock(Some(answer))) => {
                self.answered_by_mock(entry, checked, answer, now)
            }
            (Stage::Mock, _) => {
                let unmatched = RestRequest { has_mocks: false, ..request };
                self.answer(entry, unmatched, checked, now)
            }
            // Its world is gone.
            _ if generation != self.generation() => RestStep::Close,
            (Stage::Scenario { reply, until }, _) => {
                let request = RestRequest { closes: false, ..request };
                self.hold_back(entry, None);
                self.run_due(Moment { at: until, ..now });
                self.finish_rest(entry, request, &checked, reply, None, now)
            }
            (Stage::Fault(fault), _) => {
                self.hold_back(entry, None);
                self.answer_as_gws(entry, request, checked, Some(fault), now)
            }
        }
    }

    /// Tells if a request is still to be held back.
    pub(crate) fn is_held(&self, hold: Hold) -> bool {
        let is_released = |number| self.rest.faults.get(number).is_none_or(|fault| fault.released);
        hold.generation == self.generation()
            && match hold.until {
                Until::Moment(_) => true,
                Until::Released(number) => !is_released(number),
            }
    }

    /// Answers a request in the way that is decided on, or suspends it.
    fn answer(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: Checked,
        now: Moment,
    ) -> RestStep {
        match self.route(entry, request, &checked, now) {
            Route::Mock => self.suspend(checked, Stage::Mock, RestStep::AskMock),
            Route::Scenario => self.answer_from_scenario(entry, request, checked, now),
            Route::Fault(number, fault) => {
                self.answer_with_fault(entry, request, checked, number, fault, now)
            }
            Route::Gws => self.answer_as_gws(entry, request, checked, None, now),
        }
    }

    /// Decides on the way in which a request is answered.
    fn route(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: &Checked,
        now: Moment,
    ) -> Route {
        if request.has_mocks {
            return Route::Mock;
        }
        if self.playback.player.is_some() && checked.form.refused_probe.is_none() {
            return Route::Scenario;
        }
        match self.meet_fault(checked, now) {
            None => Route::Gws,
            Some(MetFault { number, fault }) => {
                if let Some(rest) = self.log.timeline.rest_mut(entry) {
                    rest.rest_fault = Some(fault);
                }
                Route::Fault(number, fault)
            }
        }
    }

    /// Returns the injected fault that a request meets. One that is malformed, or whose sender is not known,
    /// meets none.
    fn meet_fault(&mut self, checked: &Checked, now: Moment) -> Option<MetFault> {
        if self.rest.faults.is_empty() || checked.violations(false).next().is_some() {
            return None;
        }
        let Checked { authenticated, form, .. } = checked;
        let operation = form.operation?;
        let command = form.command.as_ref()?;
        let user = authenticated.user.as_deref()?;
        let session = form.session.as_deref();
        let met = self.rest.faults.peek(operation, user, session)?;
        // One in place of which GWS does not see the request hides no bug of the client: what GWS would refuse does not meet it.
        if met.replaces_gws() {
            let moment = self.timestamp(now.at);
            let caller = caller(authenticated);
            handle(&mut self.rest.world.clone(), &caller, command, moment).ok()?;
        }
        self.rest.faults.next(operation, user, session)
    }

    /// A mock replaces the answer and never the check; but where it answers, the fake need not model the request, and the path
    /// is one that the test says there is.
    fn answered_by_mock(
        &mut self,
        entry: EntryId,
        checked: Checked,
        answer: MockAnswer<'_>,
        now: Moment,
    ) -> RestStep {
        let Checked { authenticated, csrf, form, .. } = checked;
        if form.refused_probe.is_none() {
            let violations = authenticated
                .violation
                .into_iter()
                .chain(csrf)
                .chain(form.violations)
                .chain(form.notes)
                .filter(|violation| !is_unmodelled(violation));
            self.log.add(entry, violations);
        }
        self.answered_by(entry, AnsweredBy::Mock);
        match answer.body {
            Some(body) => {
                self.answered(entry, now, answer.status, body);
                RestStep::Relay
            }
            None => {
                self.end(entry, Ending::Cut { at: now.at });
                RestStep::Close
            }
        }
    }

    /// Answers a request from the scenario that is played.
    fn answer_from_scenario(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: Checked,
        now: Moment,
    ) -> RestStep {
        // The answer is the scenario's, and says nothing of the connection.
        let request = RestRequest { closes: false, ..request };
        let RestRequest { head, body, .. } = request;
        let path = head.uri.path_and_query().map_or("*", |target| target.as_str());
        let method = head.method.as_str();
        let user = checked.authenticated.user.as_deref();
        let Effects { answer, before, behind, .. } =
            self.follow_request(entry, user, method, path, body);
        let (status, answer) = answer.unwrap_or((200, None));
        let is_public = route::is_open(method, head.uri.path());
        let found = checked.violations(is_public).chain(&checked.form.notes).cloned();
        self.log.add(entry, wanted_by_scenario(found, status));
        self.answered_by(entry, AnsweredBy::Scenario);
        let reply = Reply { effects: behind, ..Reply::of(status, answer) };
        let last = before.iter().map(|step| step.after).max().unwrap_or_default();
        self.run_effects(before, now);
        if last.is_zero() {
            return self.finish_rest(entry, request, &checked, reply, None, now);
        }
        // It is held back until all that comes before its answer is done.
        let until = now.at.saturating_add(last);
        self.hold_back(entry, Some(until));
        let hold = Hold { generation: self.generation(), until: Until::Moment(until) };
        let stage = Stage::Scenario { reply, until };
        self.suspend(checked, stage, |suspended| RestStep::HoldBack(suspended, hold))
    }

    /// Does with a request what an injected fault says.
    fn answer_with_fault(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: Checked,
        number: u64,
        fault: RestFault,
        now: Moment,
    ) -> RestStep {
        let until = match fault {
            RestFault::Delay(by) => {
                let due = now.at.saturating_add(by);
                self.hold_back(entry, Some(due));
                Until::Moment(due)
            }
            RestFault::Hang => Until::Released(number),
            RestFault::DropRequest => return RestStep::Ignore,
            RestFault::ResetBefore => {
                self.end(entry, Ending::Cut { at: now.at });
                return RestStep::Reset;
            }
            RestFault::Refuse { status_code, http } => {
                self.log.add(entry, checked.form.notes.iter().cloned());
                let reply = Reply::json(http, &refusal(status_code));
                return self.finish_rest(entry, request, &checked, reply, None, now);
            }
            RestFault::ResetWithin
            | RestFault::ResetAfter
            | RestFault::Truncate
            | RestFault::Garbage => {
                return self.answer_as_gws(entry, request, checked, Some(fault), now);
            }
        };
        let hold = Hold { generation: self.generation(), until };
        self.suspend(checked, Stage::Fault(fault), |suspended| RestStep::HoldBack(suspended, hold))
    }

    fn answer_as_gws(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        mut checked: Checked,
        fault: Option<RestFault>,
        now: Moment,
    ) -> RestStep {
        let mut reply = self.decide(entry, request, &mut checked, now);
        if fault == Some(RestFault::Garbage) {
            (reply.status, reply.body) = (200, GARBAGE.to_owned());
        }
        self.finish_rest(entry, request, &checked, reply, fault, now)
    }

    /// Returns the answer: a refusal for the first thing that is wrong, or what GWS says.
    fn decide(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: &mut Checked,
        now: Moment,
    ) -> Reply {
        if let Some(refused) = checked.form.refused_probe.take() {
            return self.refusal(&refused, request, None);
        }
        let method = request.head.method.as_str();
        let path = request.head.uri.path();
        let is_public = route::is_open(method, path);
        let mut violations: Vec<Violation> = checked.violations(is_public).cloned().collect();
        if violations.iter().any(|violation| violation.verdict == Verdict::Note) {
            // A client of another fake, or of an HTTP session that has just ended: nothing of it counts.
            violations.iter_mut().for_each(|violation| violation.verdict = Verdict::Note);
        }
        let refused_for = violations.first().cloned();
        self.log.add(entry, violations.into_iter().chain(checked.form.notes.drain(..)));
        if let Some(violation) = refused_for {
            return self.refusal(&violation, request, checked.form.allow.take());
        }
        if let Some(rest) = self.log.timeline.rest_mut(entry) {
            rest.decided = true;
        }
        self.perform(entry, request, checked, now)
    }

    /// Hands the command of a request to GWS.
    fn perform(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: &Checked,
        now: Moment,
    ) -> Reply {
        let Checked { authenticated, form, .. } = checked;
        let command = form.command.as_ref().expect("a right form has a command");
        let moment = self.timestamp(now.at);
        match handle(&mut self.rest.world, &caller(authenticated), command, moment) {
            Ok(done) => match &form.custom_operation {
                None => self.take_done(entry, authenticated, done),
                Some(operation) => {
                    let user = authenticated.user.as_deref();
                    let user = user.expect("a custom operation is performed by a user");
                    self.custom(entry, user, operation, form.session.as_deref())
                }
            },
            Err(refused) => {
                let timeline = &self.log.timeline;
                let delivery = &self.delivery;
                let RestSide { http_sessions, excuses, .. } = &mut self.rest;
                let cookies = Cookies { ids: &self.ids, http_sessions };
                let violations =
                    blame(timeline, delivery, cookies, excuses, entry, authenticated, refused);
                let answered = violations.last().cloned().expect("a refusal breaks a rule");
                self.log.add(entry, violations);
                self.refusal(&answered, request, None)
            }
        }
    }

    /// Answers a custom operation.
    fn custom(
        &mut self,
        entry: EntryId,
        user: &str,
        operation: &CustomOperation,
        session: Option<&str>,
    ) -> Reply {
        let url = self.settings.gws.api_url.trim_end_matches(route::PREFIX);
        let (answer, events) = operation.done(session.unwrap_or_default(), user, url);
        self.answered_by(entry, AnsweredBy::CustomContract);
        let events = events
            .into_iter()
            .map(|(channel, data)| CustomEvent { user: user.to_owned(), channel, data })
            .collect();
        Reply { events, ..Reply::json(200, &answer) }
    }

    /// Puts what GWS did into the entry, and its notifications on their way.
    fn take_done(&mut self, entry: EntryId, authenticated: &Authenticated, done: Done) -> Reply {
        self.log.add(entry, done.notes);
        if let Some(rest) = self.log.timeline.rest_mut(entry) {
            rest.done = Some(done.rule);
            rest.schema = done.schema;
        }
        if done.ends_http_session
            && let (Some(id), Some(user)) = (authenticated.any_http_session(), &authenticated.user)
        {
            self.rest.http_sessions.end(id, user);
        }
        let notifications =
            (!done.notifications.is_empty()).then(|| self.delivery.order.take(done.notifications));
        let ends_http_session = done.ends_http_session;
        Reply { notifications, ends_http_session, ..Reply::json(200, &done.reply) }
    }

    fn refusal(
        &self,
        violation: &Violation,
        request: RestRequest<'_>,
        allow: Option<String>,
    ) -> Reply {
        let refusal = self.settings.refusal(violation.rule);
        let (http, message) = refusal.map_or((500, ""), |refusal| (refusal.http, refusal.message));
        let mut reply = match refusal.and_then(Refusal::envelope) {
            Some(envelope) => Reply::json(http, &envelope),
            None => {
                let method = &request.head.method;
                let uri = &request.head.uri;
                let text = match message {
                    "" => format!(
                        "{method} {uri} is not modelled by gws-sms-fake: {}\n",
                        violation.got
                    ),
                    text => text.to_owned(),
                };
                Reply::of(http, Some(Value::from(text)))
            }
        };
        // RFC 9110: the header belongs to 405.
        if violation.rule.id == "method" {
            reply.allow = allow;
        }
        reply
    }

    /// Completes a request with its answer, and puts on their way what follows from it.
    fn finish_rest(
        &mut self,
        entry: EntryId,
        request: RestRequest<'_>,
        checked: &Checked,
        mut reply: Reply,
        fault: Option<RestFault>,
        now: Moment,
    ) -> RestStep {
        self.answered(entry, now, reply.status, reply.body.as_bytes());
        let effects = std::mem::take(&mut reply.effects);
        let mut after = AfterWrite { effects, ..AfterWrite::default() };
        let events = std::mem::take(&mut reply.events);
        match self.settings.order {
            AnswerOrder::AnswerFirst => after.events = events,
            AnswerOrder::NotificationsFirst => self.send_events(events, now),
        }
        let mut deliveries = Vec::new();
        if let Some(ticket) = reply.notifications.take() {
            match self.answer_order(ticket, now) {
                AnswerOrder::AnswerFirst => {
                    after.notifications = Some((ticket, self.generation()));
                }
                AnswerOrder::NotificationsFirst => {
                    let (delivery, mut book) = self.delivery(now.at);
                    let numbers = delivery.release(&mut book, ticket);
                    deliveries = self.held_deliveries(&numbers);
                }
            }
        }
        let is_tracked = self.track(entry, after);
        let cookie = checked.authenticated.set_cookie();
        let response = reply.into_response(cookie, &checked.shown_token, request.closes);
        RestStep::Answer(RestAnswer { response, is_tracked, fault, deliveries })
    }

    /// Decides if the answer or the notifications of a ticket go first: as a test has injected it for one whom they tell, or as
    /// the settings say.
    fn answer_order(&mut self, ticket: u64, now: Moment) -> AnswerOrder {
        let delivery = &mut self.delivery;
        let Some((user, order)) = delivery.faults.next_order(delivery.order.users(ticket)) else {
            return self.settings.order;
        };
        self.remark(&user, PushFault::Order(order).outcome(), now.at);
        order
    }

    /// Returns the deliveries that a held connect is about to make.
    fn held_deliveries(&self, numbers: &[EntryId]) -> Vec<(EntryId, ClientId)> {
        let is_held = |client: &str| {
            self.delivery.server.session(client).is_some_and(|session| session.held.is_some())
        };
        let notified = numbers
            .iter()
            .filter_map(|number| Some((*number, self.log.timeline.notified(*number)?)));
        let deliveries = notified.flat_map(|(number, notified)| {
            notified.receipts.iter().map(move |receipt| (number, receipt.client.clone()))
        });
        deliveries.filter(|(_, client)| is_held(client)).collect()
    }

    /// Tells if these deliveries are made, or will not be made any more.
    pub(crate) fn are_delivered(&self, deliveries: &[(EntryId, ClientId)]) -> bool {
        let is_delivered = |(number, client): &(EntryId, ClientId)| {
            let known = self.delivery.clients.get(client);
            let is_connected = known.is_some_and(|client| self.delivery.is_connected(client));
            let notified = self.log.timeline.notified(*number)?;
            let receipt = notified.receipts.iter().find(|receipt| receipt.client == *client)?;
            Some(receipt.delivered.is_some() || !is_connected)
        };
        deliveries.iter().all(|delivery| is_delivered(delivery).unwrap_or(true))
    }

    fn suspend(
        &self,
        checked: Checked,
        stage: Stage,
        step: impl FnOnce(Box<Suspended>) -> RestStep,
    ) -> RestStep {
        step(Box::new(Suspended { checked, generation: self.generation(), stage }))
    }

    /// Writes down until when a request is held back, or that it is no longer.
    fn hold_back(&mut self, entry: EntryId, until: Option<Duration>) {
        if let Some(rest) = self.log.timeline.rest_mut(entry) {
            rest.held_back = until;
        }
    }

    fn answered_by(&mut self, entry: EntryId, who: AnsweredBy) {
        if let Some(rest) = self.log.timeline.rest_mut(entry) {
            rest.answered_by = who;
        }
    }

    /// Puts into the entry of a request what is known of it by now.
    fn log_request(&mut self, entry: EntryId, request: RestRequest<'_>, checked: &Checked) {
        let Checked { authenticated, form, .. } = checked;
        let name = authenticated.user.as_deref().map(|user| self.rest.world.name(user));
        let Some(logged) = self.log.timeline.entry_mut(entry) else { return };
        logged.user = name;
        let EntryKind::Rest(rest) = &mut logged.what else { return };
        // What a client of another fake sends is not counted as received.
        let violation = authenticated.violation.as_ref();
        let counts = violation.is_none_or(|violation| violation.verdict == Verdict::Violation);
        rest.operation = if counts { form.operation } else { None };
        rest.custom_operation =
            form.custom_operation.as_ref().map(|custom_operation| custom_operation.name.clone());
        rest.session.clone_from(&form.session);
        rest.body = request.body.into();
    }
}

fn caller(authenticated: &Authenticated) -> Caller {
    let Some(user) = authenticated.user.clone() else { return Caller::Anonymous };
    let client = authenticated.any_http_session().map(str::to_owned);
    Caller::User(KnownCaller { user, client })
}

fn is_unmodelled(violation: &Violation) -> bool {
    ["not-modelled", "path-unknown"].contains(&violation.rule.id)
}

/// Returns the violations that count of a request that a scenario answers with this status: where the scenario itself has it
/// refused, it wants that the request is sent.
fn wanted_by_scenario(
    violations: impl Iterator<Item = Violation>,
    status: u16,
) -> impl Iterator<Item = Violation> {
    violations
        .filter(|violation| !is_unmodelled(violation))
        .map(move |violation| if status >= 400 { violation.note() } else { violation })
}
