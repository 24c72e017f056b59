//! Routes: which paths GWS has, with which methods, and what a path means.
//!
//! The rule of this file: [`PATHS`] has one row for each path of `/api/v2` that is documented or that a client of GWS
//! was seen to use. A path is compared letter by letter, as a servlet does.
//!
//! Rules: path-unknown, method, not-modelled.

use percent_encoding::percent_decode_str;

use crate::gws::operation::Family;
use crate::rule::{Violation, nearest, rule};

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Which operations are sent there; `None`: it is read.
    pub(crate) family: Option<Family>,
    /// The ids in the path, decoded, in its order.
    pub(crate) ids: Vec<String>,
}

/// Why a path means nothing here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misrouted {
    pub(crate) violation: Violation,
    /// The methods that the path has, if that is what was wrong.
    pub(crate) allow: Option<String>,
}

#[derive(Clone, Copy)]
enum Target {
    Me,
    Session,
    Supervision,
    NotModelled,
}

use Target::{Me, NotModelled, Session, Supervision};

/// Path below `/api/v2` and its methods. `{}` is one segment, `**` any number of them; no methods: any.
#[rustfmt::skip]
const PATHS: &[(&str, &[(&str, Target)])] = &[
    ("me", &[("GET", Me), ("POST", NotModelled)]),
    ("me/smssessions", &[("GET", NotModelled)]),
    ("me/smssessions/{}", &[("GET", NotModelled), ("POST", Session)]),
    ("me/smssessions/{}/messages", &[("GET", NotModelled)]),
    ("users/{}/smssessions/{}", &[("POST", Supervision)]),
    ("users/{}/channels/smssession", &[("POST", NotModelled)]),
    ("smssessions/{}/**", &[]),
    ("me/calls/**", &[]),
    ("me/channels/**", &[]),
    ("me/chats/**", &[]),
    ("me/devices/**", &[]),
    ("me/emails/**", &[]),
    ("me/facebooksessions/**", &[]),
    ("me/im-sessions/**", &[]),
    ("me/interactions/**", &[]),
    ("me/openmedia/**", &[]),
    ("me/outbound/**", &[]),
    ("me/settings/**", &[]),
    ("me/workbins/**", &[]),
    ("me/workitems/**", &[]),
    ("contacts/**", &[]),
    ("diagnostics/version", &[("GET", NotModelled)]),
    ("groups/**", &[]),
    ("services/**", &[]),
    ("settings/**", &[]),
    ("skills/**", &[]),
    ("users", &[]),
    ("users/{}", &[]),
    ("users/{}/channels/chat", &[]),
    ("users/{}/chats/{}", &[]),
];

/// Below which all of it stands (documented: `externalApiUrlV2` ends with it).
pub(crate) const PREFIX: &str = "/api/v2";

/// What a request of that method to that path means. `path` is without its query.
pub(crate) fn route(method: &str, path: &str) -> Result<Route, Misrouted> {
    let Some(segments) = segments(path) else {
        return Err(unknown(path));
    };
    if method == "OPTIONS" {
        return Err(not_modelled(method, path));
    }
    let mut found = PATHS.iter().filter_map(|(pattern, methods)| {
        captures(pattern, &segments).map(|captured| (*methods, captured))
    });
    let Some((methods, ids)) = found.next() else {
        return Err(unknown(path));
    };
    let target = match methods.iter().find(|(other, _)| *other == method) {
        Some((_, target)) => *target,
        None if methods.is_empty() => NotModelled,
        None => return Err(wrong_method(method, methods)),
    };
    match target {
        Me => Ok(Route { family: None, ids }),
        Session => Ok(Route { family: Some(Family::Session), ids }),
        Supervision => Ok(Route { family: Some(Family::Supervision), ids }),
        NotModelled => Err(not_modelled(method, path)),
    }
}

/// Whether a request needs no credentials (documented: HTCC InterpretingaResponse for the version, CORS for OPTIONS).
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
    Misrouted {
        violation: violation.hint("mount a mock that answers it: gws.mount(..)"),
        allow: None,
    }
}

/// The decoded segments below the prefix; `None` for a path that no servlet mapping has.
fn segments(path: &str) -> Option<Vec<String>> {
    let below = path.strip_prefix(PREFIX)?.strip_prefix('/')?;
    below
        .split('/')
        .map(|raw| {
            let segment = percent_decode_str(raw).decode_utf8().ok()?.into_owned();
            let plain = !segment.is_empty() && segment != "." && segment != "..";
            (plain && !segment.contains('/')).then_some(segment)
        })
        .collect()
}

fn captures(pattern: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut captured = Vec::new();
    let mut rest = segments.iter();
    for part in pattern.split('/') {
        match (part, rest.next()) {
            ("**", _) => return Some(captured),
            ("{}", Some(segment)) => captured.push(segment.clone()),
            (part, Some(segment)) if part == segment => {}
            _ => return None,
        }
    }
    rest.next().is_none().then_some(captured)
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
    let words = pattern.split('/').zip(below);
    let words = words.map(|(part, got)| if part == "{}" { *got } else { part });
    Some(format!("{PREFIX}/{}", words.collect::<Vec<_>>().join("/")))
}

fn wrong_method(method: &str, methods: &[(&str, Target)]) -> Misrouted {
    let allow = methods.iter().map(|(method, _)| *method).collect::<Vec<_>>().join(", ");
    let violation =
        Violation::new(const { rule("method") }, "request line", method, format!("one of {allow}"));
    Misrouted { violation: violation.hint("send the documented method"), allow: Some(allow) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, expected: &str) {
        let (method, path) = request.split_once(' ').unwrap();
        let got = match route(method, path) {
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
        check("GET /api/v2/me", "Route { family: None, ids: [] }");
        check("GET /api/v2/me/", "path-unknown  did you mean /api/v2/me?");
        check("GET /api/v2//me", "path-unknown  did you mean /api/v2/me?");
        check("GET /API/v2/me", "path-unknown  did you mean /api/v2/me?");
        check("GET /api/v2/Me", "path-unknown  did you mean /api/v2/me?");
        check("POST /api/v2/me/smsessions/1", "did you mean /api/v2/me/smssessions/1?");
        check("POST /smssessions", "path-unknown");
        check("POST /api/v2", "path-unknown");
        check("POST /", "path-unknown  the paths of GWS begin with /api/v2/");
    }

    #[test]
    fn ids_are_captured_and_decoded() {
        check("POST /api/v2/me/smssessions/00%30A", r#"Some(Session), ids: ["000A"]"#);
        check("POST /api/v2/users/u/smssessions/s", r#"Some(Supervision), ids: ["u", "s"]"#);
        check("POST /api/v2/users/u%2Fsmssessions%2Fs", "path-unknown");
        check("POST /api/v2/users/%2e%2e/smssessions/s", "path-unknown");
        check("POST /api/v2/users/../smssessions/s", "path-unknown");
        check("POST /api/v2/users/%FF/smssessions/s", "path-unknown");
    }

    #[test]
    fn a_known_path_has_its_methods() {
        check("DELETE /api/v2/me", "method GET, POST");
        check("GET /api/v2/users/u/smssessions/s", "method POST");
        check("GET /api/v2/me/calls", "not-modelled");
        check("PUT /api/v2/me/chats/1/messages", "not-modelled");
        check("GET /api/v2/me/smssessions", "not-modelled");
    }
}
