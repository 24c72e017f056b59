//! Channels and patterns (documented: Bayeux 1.0, Channel globbing; wire: ChannelId of CometD Java 3.1.12).

const META: &str = "/meta/";
const SERVICE: &str = "/service/";

/// The meta channels that the product has.
const META_CHANNELS: &[&str] = &[
    "/meta/handshake",
    "/meta/connect",
    "/meta/subscribe",
    "/meta/unsubscribe",
    "/meta/disconnect",
];

/// Tells if CometD accepts these characters in a channel and in an id.
pub(crate) fn is_plain(text: &str) -> bool {
    text.chars().all(|char| char.is_ascii_alphanumeric() || " !#$()*+-./@_{}~".contains(char))
}

/// The name without blanks at the end and without a slash there, if it is one that the product takes for a channel or a
/// pattern.
pub(crate) fn parse(name: &str) -> Option<&str> {
    let name = name.trim_end_matches(' ');
    let name = name.strip_suffix('/').unwrap_or(name);
    let segments = name.strip_prefix('/')?;
    let last = segments.rsplit('/').next()?;
    let wild = segments.split('/').filter(|segment| is_wild(segment)).count();
    let sound =
        segments.split('/').all(|part| !part.trim_matches(' ').is_empty()) && is_plain(segments);
    (sound && wild == usize::from(is_wild(last))).then_some(name)
}

pub(crate) fn is_pattern(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(is_wild)
}

pub(crate) fn is_meta(name: &str) -> bool {
    name.starts_with(META)
}

/// A meta channel that exists, so that it is the subscription that is denied and not the channel's creation.
pub(crate) fn is_known_meta(name: &str) -> bool {
    META_CHANNELS.contains(&name)
}

pub(crate) fn is_service(name: &str) -> bool {
    name.starts_with(SERVICE)
}

/// Tells if everybody who subscribes to the channel receives its events.
pub(crate) fn is_broadcast(name: &str) -> bool {
    !is_meta(name) && !is_service(name)
}

/// Tells if a subscription to `pattern` covers `channel`. `/a/*` covers one segment more, `/a/**` one or more; no
/// pattern reaches a meta or service channel, and none covers another pattern.
pub(crate) fn matches(pattern: &str, channel: &str) -> bool {
    if pattern == channel {
        return true;
    }
    if !is_broadcast(channel) || is_pattern(channel) {
        return false;
    }
    let below = |stem: &str| channel.strip_prefix(stem).filter(|below| !below.is_empty());
    if let Some(stem) = pattern.strip_suffix("**") {
        below(stem).is_some()
    } else if let Some(stem) = pattern.strip_suffix('*') {
        below(stem).is_some_and(|below| !below.contains('/'))
    } else {
        false
    }
}

fn is_wild(segment: &str) -> bool {
    segment == "*" || segment == "**"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_is_below_it() {
        for (pattern, channel, covered) in [
            ("/foo/bar", "/foo/bar", true),
            ("/foo/*", "/foo/bar", true),
            ("/foo/*", "/foo/bar/baz", false),
            ("/foo/**", "/foo/bar/baz", true),
            ("/foo/**", "/foo", false),
            ("/foo/*", "/foo", false),
            ("/**", "/other", true),
            ("/*", "/other", true),
            ("/**", "/meta/connect", false),
            ("/**", "/service/x", false),
            ("/**", "/a/*", false),
            ("/a/*", "/a/*", true),
            ("/v2/me/*", "/v2/me/smssessions", true),
        ] {
            assert_eq!(matches(pattern, channel), covered, "{pattern} {channel}");
        }
    }

    #[test]
    fn a_channel_is_well_formed() {
        for name in ["foo", "", "/", "//a", "/a//b", "/a/*/b", "/a/**/b", "/a/ /b", "/ü", "/a?b"] {
            assert_eq!(parse(name), None, "{name}");
        }
        for name in ["/foo", "/foo/bar", "/foo/*", "/**", "/a b/c~d"] {
            assert_eq!(parse(name), Some(name), "{name}");
        }
        assert_eq!(parse("/foo/"), Some("/foo"));
        assert_eq!(parse("/foo "), Some("/foo"));
    }
}
