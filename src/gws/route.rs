//! Routes: which paths GWS has, with which methods, and what a path means.
//!
//! The rule of this file: [`PATHS`] has one row for each path of `/api/v2` that is documented or that a client of GWS
//! was seen to use. A path is compared letter by letter, as a servlet does; the one address that desktops write with a
//! slash at its end is in [`SLASHED`].
//!
//! Rules: path-unknown, method, not-modelled.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::gws::aliases;
use crate::gws::operation::Family;
use crate::gws::resource::Resource;
use crate::rules::{Rule, Violation, is_misspelling, nearest, rule};

/// The meaning of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub target: Target,
    /// The ids in the path, decoded, in its order.
    pub(crate) ids: Vec<String>,
    /// A note with the usual spelling, if the path has another one.
    pub(crate) note: Option<Violation>,
}

/// The reason why a path means nothing here.
#[derive(Debug, PartialEq, Eq)]
pub struct Misrouted {
    pub(crate) violation: Violation,
    /// The methods that the path has, if that is what was wrong.
    pub(crate) allow: Option<String>,
}

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Read(Resource),
    /// Operations of this family are sent there.
    Operate(Family),
    NotModelled,
}

use Target::{NotModelled, Operate, Read};

/// Path below `/api/v2` and its methods. `{}` is one segment, `**` any number of them; no methods: any.
const PATHS: &[(&str, &[(&str, Target)])] = &[
    ("me", &[("GET", Read(Resource::Me)), ("POST", Operate(Family::Me))]),
    ("me/smssessions", &[("GET", Read(Resource::Sessions))]),
    ("me/smssessions/{}", &[("GET", Read(Resource::Session)), ("POST", Operate(Family::Session))]),
    ("me/smssessions/{}/messages", &[("GET", Read(Resource::Messages))]),
    ("me/channels", &[("GET", Read(Resource::Channels))]),
    ("me/channels/{}", &[("GET", NotModelled), ("POST", Operate(Family::Channel))]),
    ("me/devices", &[("GET", Read(Resource::Devices))]),
    ("me/settings", &[("GET", Read(Resource::Settings))]),
    ("me/settings/{}", &[("GET", Read(Resource::SettingsSection))]),
    ("users/{}/smssessions/{}", &[("POST", Operate(Family::Supervision))]),
    ("users/{}/channels/smssession", &[("POST", Operate(Family::Monitoring))]),
    ("contacts/{}", &[("GET", Read(Resource::Contact))]),
    ("services", &[("GET", Read(Resource::Services))]),
    ("diagnostics/version", &[("GET", Read(Resource::Version))]),
    // Paths that a GWS 8.5.202.96 has answered, or that the pages name (wire, documented).
    ("me/calls/**", &[]),
    ("me/chats/**", &[]),
    ("me/devices/{}/**", &[]),
    ("me/emails/**", &[]),
    ("me/facebooksessions/**", &[]),
    ("me/groups/**", &[]),
    ("me/im-sessions/**", &[]),
    ("me/interactions/**", &[]),
    ("me/openmedia/**", &[]),
    ("me/outbound/**", &[]),
    ("me/skills/**", &[]),
    ("me/workbins/**", &[]),
    ("me/workitems/**", &[]),
    ("contacts", &[]),
    ("devices/**", &[]),
    ("features/**", &[]),
    ("groups/**", &[]),
    ("queues/**", &[]),
    ("services/{}/**", &[]),
    ("settings/**", &[]),
    ("skills/**", &[]),
    ("users", &[]),
    ("users/{}", &[]),
    ("users/{}/channels/chat", &[]),
    ("users/{}/chats/{}", &[]),
    ("voice-environments/**", &[]),
    ("workbins/**", &[]),
];

/// The paths below the resources that exist. None of them is modelled.
const BELOW: &[&str] = &[
    "me/**",
    "me/channels/{}/**",
    "me/settings/{}/**",
    "me/smssessions/{}/**",
    "users/{}/**",
    "contacts/{}/**",
    "diagnostics/**",
];

/// The path below which the vendor's own desktop has a second API (wire). None of it is modelled.
const INTERNAL: &str = "/internal-api/";

/// Every path below `/api/v2`.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    PATHS.iter().map(|(path, _)| *path)
}

/// A path that is also called with a slash at its end (wire: the vendor's desktop).
const SLASHED: &str = "/api/v2/me/";

/// The path below which the whole API is (documented: `externalApiUrlV2` ends with it).
pub const PREFIX: &str = "/api/v2";

/// The meaning of a request of that method to that path. `path` is without its query; `fixtures` are the paths that
/// fixtures answer, below the prefix.
pub fn route(
    method: &str,
    path: &str,
    fixtures: impl Fn(&str) -> bool,
    misspelt: Misspelt,
) -> Result<Route, Misrouted> {
    if method == "GET" && path.strip_prefix(PREFIX).is_some_and(&fixtures) {
        return Ok(Route {
            target: Read(Resource::Static),
            ids: vec![path.to_owned()],
            note: None,
        });
    }
    let path = if path == SLASHED { path.trim_end_matches('/') } else { path };
    if path.starts_with(INTERNAL) {
        return Err(not_modelled(method, path));
    }
    let Some(segments) = segments(path) else {
        return Err(unknown(path));
    };
    if method == "OPTIONS" {
        return Err(not_modelled(method, path));
    }
    let (found, note) = match find(&segments) {
        Some(found) => (Some(found), None),
        None => respelt(&segments, path, misspelt)?,
    };
    let Some((methods, ids)) = found else {
        let is_below = BELOW.iter().any(|pattern| captures(pattern, &segments).is_some());
        return Err(if is_below { below_known(method, path) } else { unknown(path) });
    };
    match methods.iter().find(|(other, _)| *other == method) {
        Some((_, NotModelled)) => Err(not_modelled(method, path)),
        Some((_, target)) => Ok(Route { target: *target, ids, note }),
        None if methods.is_empty() => Err(not_modelled(method, path)),
        None => Err(wrong_method(method, methods)),
    }
}

/// The treatment of a path that the pages misspell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Misspelt {
    #[default]
    Refused,
    /// As the path that is meant, with a note.
    Taken,
}

type MatchedRoute = (&'static [(&'static str, Target)], Vec<String>);

fn find(segments: &[Cow<'_, str>]) -> Option<MatchedRoute> {
    PATHS.iter().find_map(|(pattern, methods)| {
        captures(pattern, segments).map(|captured| (*methods, captured))
    })
}

/// The row that a misspelt path means.
fn respelt(
    segments: &[Cow<'_, str>],
    path: &str,
    misspelt: Misspelt,
) -> Result<(Option<MatchedRoute>, Option<Violation>), Misrouted> {
    let spelling = aliases::paths()
        .find_map(|(page, meant, broken)| captures(page, segments).map(|ids| (meant, ids, broken)));
    let Some((meant, ids, broken)) = spelling else { return Ok((None, None)) };
    let meant = ids.iter().fold(meant.to_owned(), |path, id| path.replacen("{}", id, 1));
    if misspelt == Misspelt::Refused {
        return Err(misspelt_path(path, &meant, broken));
    }
    let segments: Vec<Cow<'_, str>> = meant.split('/').map(Cow::from).collect();
    let note = aliases::note(broken, "request line", path, &format!("{PREFIX}/{meant}"));
    Ok((find(&segments), Some(note)))
}

fn misspelt_path(path: &str, meant: &str, spelling: &Rule) -> Misrouted {
    let violation =
        Violation::new(const { rule("path-unknown") }, "request line", path, "a path that GWS has");
    let source = spelling.source;
    let hint = format!(
        "did you mean {PREFIX}/{meant}? ({source} misspells it; builder().lenient_paths() has it taken)"
    );
    Misrouted { violation: violation.hint(hint), allow: None }
}

/// Tells if a request needs no credentials (rule version-open; CORS for OPTIONS).
pub(crate) fn is_open(method: &str, path: &str) -> bool {
    method == "OPTIONS" || path == "/api/v2/diagnostics/version"
}

/// A request that GWS may well take and that this fake does not model.
pub(crate) fn not_modelled(method: &str, what: &str) -> Misrouted {
    let got = format!("{method} {what}");
    let violation = Violation::new(
        const { rule("not-modelled") },
        "request line",
        got,
        "a request that this fake models",
    );
    let hint = match sms_path(method, what) {
        Some(path) => {
            format!("mount a mock that answers it: gws.mount(..); SMS sessions are at {path}")
        }
        None => "mount a mock that answers it: gws.mount(..)".to_owned(),
    };
    Misrouted { violation: violation.hint(hint), allow: None }
}

/// Returns the path of SMS sessions that is like a path of another medium, if it has that method.
fn sms_path(method: &str, path: &str) -> Option<String> {
    let words =
        path.split('/').map(|word| if MEDIA.contains(&word) { "smssessions" } else { word });
    let path = words.collect::<Vec<_>>().join("/");
    let (methods, _) = find(&segments(&path)?)?;
    let is_modelled = |(other, target): &(&str, Target)| *other == method && *target != NotModelled;
    methods.iter().any(is_modelled).then_some(path)
}

/// A path below a resource that there is: not modelled, unless it is a path of the fake's own but for its spelling.
fn below_known(method: &str, path: &str) -> Misrouted {
    match meant(path) {
        Some(meant) if is_misspelt(path, &meant) => unknown(path),
        _ => not_modelled(method, path),
    }
}

/// The media of which a path may speak, so that none of them is another one misspelt.
const MEDIA: &[&str] = &[
    "calls",
    "chat",
    "chats",
    "email",
    "emails",
    "im-session",
    "im-sessions",
    "imsession",
    "voice",
    "workitem",
    "workitems",
];

/// Tells if a path is another one but for letters in its words.
fn is_misspelt(path: &str, meant: &str) -> bool {
    let words = path.split('/').zip(meant.split('/'));
    let mut others = words.filter(|(got, meant)| got != meant).peekable();
    others.peek().is_some()
        && others.all(|(got, meant)| !MEDIA.contains(&got) && is_misspelling(got, meant))
}

/// The decoded segments below the prefix; `None` for a path that no servlet mapping has.
fn segments(path: &str) -> Option<Vec<Cow<'_, str>>> {
    let below = path.strip_prefix(PREFIX)?.strip_prefix('/')?;
    below
        .split('/')
        .map(|raw| {
            let segment = if raw.contains('%') {
                percent_decode_str(raw).decode_utf8().ok()?
            } else {
                Cow::Borrowed(raw)
            };
            let plain = !segment.is_empty() && segment != "." && segment != "..";
            (plain && !segment.contains('/')).then_some(segment)
        })
        .collect()
}

fn captures(pattern: &str, segments: &[Cow<'_, str>]) -> Option<Vec<String>> {
    let mut rest = segments.iter();
    for part in pattern.as_bytes().split(|byte| *byte == b'/') {
        match (part, rest.next()) {
            (b"**", _) => break,
            (b"{}", Some(_)) => {}
            (part, Some(segment)) if part == segment.as_bytes() => {}
            _ => return None,
        }
    }
    if rest.next().is_some() && !pattern.ends_with("**") {
        return None;
    }
    let parts = pattern.split('/').zip(segments);
    let captured = parts.filter(|(part, _)| *part == "{}");
    Some(captured.map(|(_, segment)| segment.clone().into_owned()).collect())
}

fn unknown(path: &str) -> Misrouted {
    let violation =
        Violation::new(const { rule("path-unknown") }, "request line", path, "a path that GWS has");
    let violation = match meant(path).filter(|meant| meant != path) {
        Some(meant) => violation.hint(format!("did you mean {meant}?")),
        None => violation
            .hint("the paths of GWS begin with /api/v2/; CometD is at /api/v2/notifications"),
    };
    Misrouted { violation, allow: None }
}

/// The path that was probably meant: the same ids under the most similar words.
fn meant(path: &str) -> Option<String> {
    let folded: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let below = match folded.as_slice() {
        [api, v2, below @ ..]
            if api.eq_ignore_ascii_case("api") && v2.eq_ignore_ascii_case("v2") =>
        {
            below
        }
        below => below,
    };
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('/').collect();
        let alike = |(part, got): (&&str, &&str)| {
            *part == "{}" || nearest(got, std::iter::once(*part)).is_some()
        };
        parts.len() == below.len() && parts.iter().zip(below).all(alike)
    };
    let (pattern, _) = PATHS.iter().find(|(pattern, _)| fits(pattern))?;
    let words =
        pattern.split('/').zip(below).map(|(part, got)| if part == "{}" { *got } else { part });
    Some(format!("{PREFIX}/{}", words.collect::<Vec<_>>().join("/")))
}

fn wrong_method(method: &str, methods: &[(&str, Target)]) -> Misrouted {
    let allow = methods.iter().map(|(method, _)| *method).collect::<Vec<_>>().join(", ");
    let operates = methods.iter().any(|(_, target)| matches!(target, Operate(_)));
    let want = if methods.len() == 1 { allow.clone() } else { format!("one of {allow}") };
    let hint = if operates { "operations are sent with POST" } else { "this path is only read" };
    let violation = Violation::new(const { rule("method") }, "request line", method, want);
    Misrouted { violation: violation.hint(hint), allow: Some(allow) }
}

/// Every path and its methods.
pub fn paths() -> impl Iterator<Item = (&'static str, &'static [(&'static str, Target)])> {
    PATHS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, expected: &str) {
        let (method, path) = request.split_once(' ').unwrap();
        let got = match route(method, path, |path| path == "/groups", Misspelt::Refused) {
            Ok(route) => format!("{route:?}"),
            Err(misrouted) => {
                let Violation { rule, hint, .. } = misrouted.violation;
                format!("{} {} {}", rule.id, misrouted.allow.unwrap_or_default(), hint.unwrap())
            }
        };
        assert!(got.contains(expected), "{request}: got {got}, want {expected}");
    }

    #[test]
    fn a_path_is_compared_letter_by_letter() {
        check("GET /api/v2/me", "Route { target: Read(Me), ids: [], note: None }");
        check("GET /api/v2/me/", "Read(Me)");
        check("GET /api/v2/me/smssessions/", "path-unknown  did you mean /api/v2/me/smssessions?");
        check("GET /api/v2//me", "path-unknown  did you mean /api/v2/me?");
        check("GET /API/v2/me", "path-unknown  did you mean /api/v2/me?");
        check("GET /api/v2/Me", "path-unknown  did you mean /api/v2/me?");
        check("POST /api/v2/me/smsessions/1", "did you mean /api/v2/me/smssessions/1?");
        check("POST /smssessions", "path-unknown");
        check("POST /api/v2/me/smsssession/1", "did you mean /api/v2/me/smssessions/1?");
        check("POST /api/v2/smssessions/1", "did you mean /api/v2/me/smssessions/1?");
        check("POST /api/v2", "path-unknown");
        check("POST /", "path-unknown  the paths of GWS begin with /api/v2/");
    }

    #[test]
    fn ids_are_captured_and_decoded() {
        check("POST /api/v2/me/smssessions/00%30A", r#"Operate(Session), ids: ["000A"]"#);
        check("POST /api/v2/users/u/smssessions/s", r#"Operate(Supervision), ids: ["u", "s"]"#);
        check("POST /api/v2/users/u%2Fsmssessions%2Fs", "path-unknown");
        check("POST /api/v2/users/%2e%2e/smssessions/s", "path-unknown");
        check("POST /api/v2/users/../smssessions/s", "path-unknown");
        check("POST /api/v2/users/%FF/smssessions/s", "path-unknown");
    }

    #[test]
    fn a_known_path_has_its_methods() {
        check("DELETE /api/v2/me", "method GET, POST operations are sent with POST");
        check("PUT /api/v2/me/settings", "method GET this path is only read");
        check("GET /api/v2/users/u/smssessions/s", "method POST");
        check("GET /api/v2/me/calls", "not-modelled");
        check("PUT /api/v2/me/chats/1/messages", "not-modelled");
        check("GET /api/v2/me/smssessions", "Read(Sessions)");
        check("GET /api/v2/groups", "Read(Static)");
        check("GET /api/v2/groups/1", "not-modelled");
        check("POST /api/v2/users/u/chats/s", "SMS sessions are at /api/v2/users/u/smssessions/s");
    }

    #[test]
    fn a_misspelt_path_is_taken_when_that_is_asked_for() {
        let taken = |path| route("POST", path, |_| false, Misspelt::Taken).unwrap();
        for path in ["/api/v2/me/smsessions/1", "/api/v2/me/smsssession/1", "/api/v2/smssessions/1"]
        {
            let Route { target, ids, note } = taken(path);
            assert_eq!((target, ids), (Operate(Family::Session), vec!["1".to_owned()]));
            assert_eq!(&*note.unwrap().want, "/api/v2/me/smssessions/1");
        }
    }
}
