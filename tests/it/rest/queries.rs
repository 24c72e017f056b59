//! Every GET that is refused: for its query, or for what its path names.

use gws_sms_fake::fixtures::{AGENT, OTHER_AGENT, SESSION};
use serde_json::json;

use crate::rest::found;
use support::{HttpClient, Transport, in_both_ways, own_path};

async fn a_query_that_is_not_documented_is_refused(transport: Transport) {
    let messages = format!("{}/messages", own_path(SESSION));
    for (path, rule, place) in [
        ("/api/v2/me?subresources=".to_owned(), "query-subresources", "query subresources"),
        ("/api/v2/me?fields=id".to_owned(), "query-fields", "query fields"),
        ("/api/v2/me/channels?fields=".to_owned(), "query-fields", "query fields"),
        ("/api/v2/me/smssessions?fields=**".to_owned(), "query-fields", "query fields"),
        ("/api/v2/me/smssessions?Fields=*".to_owned(), "query-string", "request line"),
        (format!("{messages}?startIndex=0"), "query-start-index", "query startIndex"),
        (format!("{messages}?startIndex=two"), "query-start-index", "query startIndex"),
        (format!("{messages}?count=-1"), "query-count", "query count"),
        (format!("{messages}?count=1.5"), "query-count", "query count"),
        (format!("{messages}?count=1&count=1"), "query-string", "query count"),
        (format!("{messages}?fields=*"), "query-string", "request line"),
        (
            format!("/api/v2/contacts/{}?type=Customer", AGENT.id),
            "query-contact-type",
            "query type",
        ),
        ("/api/v2/services?x=1".to_owned(), "query-string", "request line"),
        ("/api/v2/diagnostics/version?x=1".to_owned(), "query-string", "request line"),
    ] {
        refused(transport, &path, 400, 2, rule, place).await;
    }
}

async fn a_session_that_is_unknown_or_of_another_user_is_refused(transport: Transport) {
    let (mine, unknown) = (own_path(SESSION), own_path("0000UaB58WAR003X"));
    let segment = "path segment 5";
    for (path, rule, place) in [
        (mine.clone(), "session-owner", segment),
        (format!("{mine}/messages"), "session-owner", segment),
        (unknown.clone(), "session-unknown", segment),
        (format!("{unknown}/messages?count=1"), "session-unknown", segment),
        ("/api/v2/contacts/a1?type=User".to_owned(), "contact-unknown", "path segment 4"),
        ("/api/v2/me/smssessions/".to_owned(), "path-unknown", "request line"),
        ("/api/v2/services/".to_owned(), "path-unknown", "request line"),
    ] {
        refused(transport, &path, 404, 6, rule, place).await;
    }
}

/// A GET of `a2`, who has no session, is refused so.
async fn refused(transport: Transport, path: &str, http: u16, code: u64, rule: &str, place: &str) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, if http == 400 { AGENT } else { OTHER_AGENT });
    let answer = client.get(path).await;
    let fields = answer.body.as_object().map_or(0, serde_json::Map::len);
    assert_eq!(
        (answer.status, &answer.body["statusCode"], fields),
        (http, &json!(code), 2),
        "{path}"
    );
    assert_eq!(found(&gws.report()), [(rule.to_owned(), place.to_owned())], "{path}");
    gws.allow(rule);
}

in_both_ways!(
    a_query_that_is_not_documented_is_refused,
    a_session_that_is_unknown_or_of_another_user_is_refused
);
