//! The differences between two JSON values, place by place.

use serde_json::Value;

use crate::contract::check::brief;
use crate::contract::json::below;

/// The integers up to here, and down to its negative, have a floating-point number of their own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// One line for each place where `got` is not as wanted. With `whole` it may have nothing beside. Numbers are compared by their
/// values, as a schema compares them: `1.0` is `1`.
pub(crate) fn difference(want: &Value, got: &Value, whole: bool) -> Vec<String> {
    let mut lines = Vec::new();
    walk("", want, got, whole, &mut lines);
    lines
}

fn walk(place: &str, want: &Value, got: &Value, whole: bool, lines: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(wanted), Value::Object(got_fields)) => {
            for (name, want) in wanted {
                let place = below(place, name);
                match got_fields.get(name) {
                    Some(got) => walk(&place, want, got, whole, lines),
                    None => lines.push(format!("{place}  got nothing, want {}", brief(want))),
                }
            }
            for (name, got) in
                got_fields.iter().filter(|(name, _)| whole && !wanted.contains_key(*name))
            {
                lines.push(format!("{}  got {}, want nothing", below(place, name), brief(got)));
            }
        }
        (Value::Array(wanted), Value::Array(got_items)) if wanted.len() == got_items.len() => {
            for (index, (want, got)) in wanted.iter().zip(got_items).enumerate() {
                walk(&format!("{place}/{index}"), want, got, whole, lines);
            }
        }
        (want, got) if want == got || is_same_number(want, got) => {}
        (want, got) => {
            let place = if place.is_empty() { "the whole body" } else { place };
            lines.push(format!("{place}  got {}, want {}", brief(got), brief(want)));
        }
    }
}

/// Tells if two values are one number, written in two ways.
pub fn is_same_number(want: &Value, got: &Value) -> bool {
    let (Some(want), Some(got)) = (want.as_f64(), got.as_f64()) else { return false };
    want.to_bits() == got.to_bits() && want.abs() < EXACT
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_that_differs_is_named() {
        let want = json!({ "a": 1, "b": { "c": [1, 2] }, "d/e": true });
        let got = json!({ "a": 2, "b": { "c": [1, 3], "x": 0 }, "y": null });
        let both = ["/a  got 2, want 1", "/b/c/1  got 3, want 2"];
        let missing = "/d~1e  got nothing, want true";
        assert_eq!(difference(&want, &got, false), [both[0], both[1], missing]);
        let more = ["/b/x  got 0, want nothing", "/y  got null, want nothing"];
        assert_eq!(difference(&want, &got, true), [both[0], both[1], more[0], missing, more[1]]);
        assert_eq!(difference(&want, &want, true), Vec::<String>::new());
        assert_eq!(difference(&json!([1]), &json!([]), true), ["the whole body  got [], want [1]"]);
    }

    #[test]
    fn a_number_that_is_written_in_another_way_is_the_same() {
        let read = |text| serde_json::from_str::<Value>(text).unwrap();
        for (want, got, count) in [
            ("[1,-2,100,0.5]", "[1.0,-2.0,1e2,5e-1]", 0),
            ("[9007199254740993]", "[9007199254740992.0]", 1),
            ("[1]", "[\"1\"]", 1),
            ("[1]", "[1.5]", 1),
        ] {
            assert_eq!(difference(&read(want), &read(got), true).len(), count, "{want} {got}");
        }
    }
}
