//! Time stamps: moments of the day in UTC, and the vendor's form of them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A moment of the day.
pub type Timestamp = DateTime<Utc>;

/// `yyyy-MM-dd HH:mm:ss.SSSZ` (documented: CHMessageResource).
const FORM: &str = "%Y-%m-%d %H:%M:%S%.3f%z";
/// As [`FORM`], with any fraction of a second.
const READ: &str = "%Y-%m-%d %H:%M:%S%.f%z";
/// The last moment that has four digits for its year, in milliseconds since 1970.
const LAST: i64 = 253_402_300_799_999;

/// A time stamp in the vendor's form, in UTC.
pub(crate) fn timestamp(at: Timestamp) -> String {
    at.format(FORM).to_string()
}

/// A time stamp read back, of any offset.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_str(text, READ).ok().map(|at| at.to_utc())
}

/// That moment and a span behind it, or the last one that there is.
pub(crate) fn behind(at: Timestamp, span: Duration) -> Timestamp {
    let later = TimeDelta::from_std(span).ok().and_then(|span| at.checked_add_signed(span));
    let last = DateTime::from_timestamp_millis(LAST).unwrap_or(DateTime::UNIX_EPOCH);
    later.map_or(last, |later| later.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_are_in_the_vendors_format() {
        let at = Timestamp::from_timestamp_millis(1_389_261_492_035).unwrap();
        assert_eq!(timestamp(at), "2014-01-09 09:58:12.035+0000");
        assert_eq!(parse_timestamp("2014-01-09 11:58:12.035+0200"), Some(at));
        let whole = Timestamp::from_timestamp_millis(1_447_930_963_000).unwrap();
        assert_eq!(timestamp(whole), "2015-11-19 11:02:43.000+0000");
        for none in
            ["", "2014-01-09", "2014-01-09T09:58:12.035+0000", "2014-13-09 09:58:12.035+0000"]
        {
            assert_eq!(parse_timestamp(none), None, "{none}");
        }
    }

    #[test]
    fn a_year_has_four_digits_however_far_a_clock_is_set() {
        let at = Timestamp::from_timestamp_millis(1_389_261_492_035).unwrap();
        assert_eq!(
            timestamp(behind(at, Duration::from_millis(965))),
            "2014-01-09 09:58:13.000+0000"
        );
        for far in [Duration::from_secs(1 << 40), Duration::MAX] {
            assert_eq!(timestamp(behind(at, far)), "9999-12-31 23:59:59.999+0000");
        }
    }
}
