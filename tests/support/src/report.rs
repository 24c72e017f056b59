//! Reports without what differs from run to run.

/// Returns a report without times, and without the line that started the fake.
pub fn stable(report: &str) -> String {
    let line = |line: &str| {
        let (line, _) = line.split_once(" (fake started at").unwrap_or((line, ""));
        match line.trim_start().strip_prefix('+').and_then(|rest| rest.split_once(" ms")) {
            Some((_, rest)) => format!("  +{rest}\n"),
            None => format!("{line}\n"),
        }
    };
    report.lines().map(line).collect()
}

/// The hint at an id that is none of a session's: the sessions of the fixtures, and their users.
pub const SESSIONS: &str = "the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), 0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), 0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed)";
