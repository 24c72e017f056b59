//! The topics that GWS is known to publish on.

/// Those of the pages (documented: HTCC AsynchronousEvents, CometdNotification, AsyncTelephonyOpsNotifications,
/// CallsMessageType, ChatMessageType, IMSessionMessageType, WorkbinsMessageType), of clients (client: e-mails, open media, work
/// items, outbound, interactions), and that of SMS sessions, whose name no page has (inferred from the others').
pub(crate) const TOPICS: &[&str] = &[
    "/v2/me/smssessions",
    "/v2/me/channels",
    "/v2/me/devices",
    "/v2/me/calls",
    "/v2/me/chats",
    "/v2/me/im-sessions",
    "/v2/me/workbins",
    "/v2/me/emails",
    "/v2/me/openmedia",
    "/v2/me/workitems",
    "/v2/me/outbound",
    "/v2/me/interactions",
    "/v2/me",
    "/v2/users",
    "/notifications/services",
];
