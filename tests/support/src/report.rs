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
