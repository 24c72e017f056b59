//! The authentication of the caller: Basic credentials or the cookie `JSESSIONID`, on both sides the same.
//!
//! Rules: credentials-missing, credentials-malformed, credentials-wrong, http-session-unknown.

use headers::authorization::{Basic, Credentials};
use http::header::{AUTHORIZATION, COOKIE, HeaderValue};
use http::{HeaderMap, Method};

use crate::engine::ids::{Ids, Origin};
use crate::engine::rest::RestSide;
use crate::engine::settings::Settings;
use crate::gws::world::World;
use crate::rules::{Violation, nearest, rule};

/// The cookie of the HTTP session (documented: CSRFProtection).
pub(crate) const HTTP_SESSION: &str = "JSESSIONID";

/// The caller, as far as he is known.
#[derive(Debug, Default)]
pub(crate) struct Authenticated {
    /// The user's id.
    pub(crate) user: Option<String>,
    /// The HTTP session that the request came with.
    pub(crate) http_session: Option<String>,
    /// The HTTP session that the answer gives.
    pub(crate) new_http_session: Option<String>,
    /// The HTTP session that the request came with, where it has ended.
    pub(crate) ended_http_session: Option<String>,
    /// The reason why the caller is not known; a note, if it is a client of another fake.
    pub(crate) violation: Option<Violation>,
}

impl Authenticated {
    /// The HTTP session of the caller, whether it is new or not.
    pub(crate) fn any_http_session(&self) -> Option<&str> {
        self.http_session.as_deref().or(self.new_http_session.as_deref())
    }

    pub(crate) fn set_cookie(&self) -> Option<HeaderValue> {
        let id = self.new_http_session.as_ref()?;
        HeaderValue::try_from(format!("{HTTP_SESSION}={id}; Path=/; HttpOnly")).ok()
    }

    /// Excuses a request of an HTTP session that has ended: the client of another window, or one that sends several requests at
    /// once, cannot know yet. `may_be_late` is a request that a client leaves behind; any other one is excused once.
    pub(crate) fn excuse_late(
        mut self,
        rest: &mut RestSide,
        connection: u64,
        may_be_late: bool,
    ) -> Self {
        if let Some(id) = &self.ended_http_session
            && (may_be_late || !rest.http_sessions.refuse_ended(id, connection))
        {
            self.violation = self.violation.map(Violation::note);
        }
        self
    }

    fn unknown(violation: Violation) -> Self {
        Self { violation: Some(violation), ..Self::default() }
    }
}

/// Finds the sender of these headers. Credentials go before the cookie, and begin a new HTTP session if the cookie is
/// not the same user's.
pub(crate) fn authenticate(
    rest: &mut RestSide,
    ids: &mut Ids,
    settings: &Settings,
    method: &Method,
    headers: &HeaderMap,
) -> Authenticated {
    let cookie = cookie(headers, HTTP_SESSION);
    let owner = cookie.as_deref().and_then(|id| owner(rest, ids, id));
    if let (Some(id), Some(owner)) = (&cookie, &owner) {
        rest.http_sessions.brought(id, owner);
    }
    if let Some(header) = headers.get(AUTHORIZATION) {
        let user = match credentials(&rest.world, header) {
            Ok(user) => user,
            Err(violation) => return Authenticated::unknown(violation),
        };
        if owner.as_ref() == Some(&user) {
            return Authenticated {
                user: Some(user),
                http_session: cookie,
                ..Authenticated::default()
            };
        }
        let stale = cookie.is_some_and(|id| ids.origin(&id) == Origin::OtherFake);
        if stale && method != Method::GET {
            return Authenticated::unknown(of_another_fake());
        }
        return begin(ids, user);
    }
    match (cookie, owner, &settings.anonymous) {
        (cookie, Some(user), _) => {
            Authenticated { user: Some(user), http_session: cookie, ..Authenticated::default() }
        }
        (Some(id), None, _) if ids.origin(&id) == Origin::OtherFake => {
            Authenticated::unknown(of_another_fake())
        }
        (_, None, Some(user)) => {
            let user = user.clone();
            begin(ids, user)
        }
        (Some(id), None, None) if ids.origin(&id) == Origin::Own => {
            let violation = Some(ended_http_session());
            Authenticated { violation, ended_http_session: Some(id), ..Authenticated::default() }
        }
        (Some(_), None, None) => Authenticated::unknown(unknown_http_session()),
        (None, None, None) => Authenticated::unknown(no_credentials()),
    }
}

/// The value of a cookie. Each request is looked through for two of them, which the typed header of `headers` does in seven
/// times the instructions.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(other, _)| other.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Returns the id of the user whose HTTP session it is, if it is open.
fn owner(rest: &RestSide, ids: &Ids, id: &str) -> Option<String> {
    if let Some(user) = rest.http_sessions.user(id) {
        return Some(user.to_owned());
    }
    let is_open = ids.origin(id) == Origin::Own && !rest.http_sessions.has_ended(id);
    let mut users = rest.world.users().filter(|_| is_open);
    users.find(|user| ids.is_of(id, &user.id)).map(|user| user.id.clone())
}

fn begin(ids: &mut Ids, user: String) -> Authenticated {
    let new_http_session = Some(ids.next_of(&user));
    Authenticated { user: Some(user), new_http_session, ..Authenticated::default() }
}

/// The id of the user whose Basic credentials these are.
fn credentials(world: &World, header: &HeaderValue) -> Result<String, Violation> {
    let place = "header Authorization";
    let scheme = header
        .to_str()
        .unwrap_or_default()
        .split(' ')
        .next()
        .expect("a split text has a first part");
    let basic = scheme.eq_ignore_ascii_case(Basic::SCHEME).then(|| Basic::decode(header)).flatten();
    let Some(basic) = basic else {
        let broken = const { rule("credentials-malformed") };
        let got = if scheme.eq_ignore_ascii_case(Basic::SCHEME) {
            "Basic with something else than the base64 of user:password"
        } else {
            "something else than Basic"
        };
        return Err(Violation::new(broken, place, got, "Basic and the base64 of user:password")
            .hint("let an HTTP library write the header"));
    };
    let broken = const { rule("credentials-wrong") };
    let name = basic.username();
    let Some(user) = world.user_named(name) else {
        let names: Vec<&str> = world.users().map(|user| user.user_name.as_str()).collect();
        let want = format!("one of {}", names.join(", "));
        // Unless it is like a name it may be a secret.
        let violation = match nearest(name, names.iter().copied()) {
            Some(nearest) => Violation::new(broken, place, format!("the user name {name:?}"), want)
                .hint(format!("did you mean {nearest}?")),
            None => Violation::new(broken, place, "a user name that is none", want)
                .hint("sign in as a user of the fixtures"),
        };
        return Err(violation);
    };
    if user.password != basic.password() {
        let got = format!("a wrong password for {name}");
        return Err(Violation::new(broken, place, got, "the password of the fixture")
            .hint("the password of the built-in users is \"password\""));
    }
    Ok(user.id.clone())
}

fn no_credentials() -> Violation {
    let broken = const { rule("credentials-missing") };
    Violation::new(broken, "header Authorization", "nothing", "Basic credentials, or a cookie")
        .hint(format!("send Authorization: Basic .., or the cookie {HTTP_SESSION} of an answer"))
}

fn unknown_http_session() -> Violation {
    let broken = const { rule("http-session-unknown") };
    let place = format!("header Cookie, {HTTP_SESSION}");
    Violation::new(broken, place, "an id that this server did not give", "one that it gave")
        .hint("sign in with GET /api/v2/me and credentials, and send the cookie that it sets")
}

fn ended_http_session() -> Violation {
    let broken = const { rule("http-session-unknown") };
    let place = format!("header Cookie, {HTTP_SESSION}");
    Violation::new(broken, place, "an id whose HTTP session has ended", "one that is still open")
        .hint("EndContactCenterSession is the last step; sign in again with GET /api/v2/me and credentials")
}

/// A note, since the test that this fake serves is not to blame for a client of another one.
fn of_another_fake() -> Violation {
    let broken = const { rule("http-session-unknown") };
    let place = format!("header Cookie, {HTTP_SESSION}");
    Violation::new(broken, place, "an id of another fake", "one of this fake")
        .hint("a client of an earlier fake is still running, or shares its cookies: sign in with GET /api/v2/me first")
        .note()
}
