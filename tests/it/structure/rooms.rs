//! Which room uses which, and which room names what.

use std::collections::BTreeSet;

use super::package::{Bound, Package, Use, is_below_or_equal};

/// A use of one file by another that the order of the rooms does not allow.
pub(crate) struct Waiver {
    /// The file, or a folder with everything in it.
    pub(crate) file: &'static str,
    /// The file that it uses, or a folder with everything in it.
    pub(crate) uses: &'static str,
    pub(crate) reason: &'static str,
}

/// Names that only some places may have.
pub(crate) struct Reserved {
    pub(crate) names: &'static [&'static str],
    pub(crate) places: &'static [Place],
}

/// A file, or a folder with everything in it.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) reason: &'static str,
}

/// Two rooms of which the lower one does not use the upper one either.
pub(crate) struct Apart {
    pub(crate) lower: &'static str,
    pub(crate) upper: &'static str,
    pub(crate) reason: &'static str,
}

/// The order of the rooms, from the top.
pub(crate) struct Order<'a> {
    pub(crate) rooms: &'a [&'a str],
    pub(crate) apart: &'a [Apart],
    pub(crate) waivers: &'a [Waiver],
}

/// The files that are in no room: the root of the crate, and what it opens to the program.
const ROOTS: [&str; 2] = ["lib", "cli_internals"];

/// Returns the first folder or file below `src`, or nothing for a root.
pub(crate) fn room(file: &str) -> Option<&str> {
    let file = file.strip_prefix("src/")?;
    let name = file.split('/').next()?;
    Some(name.strip_suffix(".rs").unwrap_or(name)).filter(|room| !ROOTS.contains(room))
}

impl Order<'_> {
    /// Returns a line for each use that the order does not allow, and for each waiver that nothing needs.
    pub(crate) fn problems(&self, package: &Package) -> Vec<String> {
        let mut needed = BTreeSet::new();
        let mut problems = Vec::new();
        for used in package.uses() {
            let (from, to) = (&package.files[used.from], &package.files[used.to]);
            let Some(rule) = self.rule_against(from, to) else { continue };
            let waiver = self
                .waivers
                .iter()
                .position(|waiver| is_at(from, waiver.file) && is_at(to, waiver.uses));
            match waiver {
                Some(place) => {
                    needed.insert(place);
                }
                None => problems.push(describe(&used, from, to, &rule)),
            }
        }
        for (place, waiver) in self.waivers.iter().enumerate() {
            let Waiver { file, uses, reason } = waiver;
            if !needed.contains(&place) {
                problems
                    .push(format!("{file} no longer uses {uses}; remove the waiver ({reason})"));
            }
        }
        problems
    }

    /// Returns the files that are in no room.
    pub(crate) fn homeless<'a>(&self, package: &'a Package) -> Vec<&'a str> {
        let files = package.files.iter().map(String::as_str);
        files.filter(|file| room(file).is_some_and(|room| self.place(room).is_none())).collect()
    }

    fn place(&self, room: &str) -> Option<usize> {
        self.rooms.iter().position(|name| *name == room)
    }

    /// Returns the rule that forbids a file to use another one.
    fn rule_against(&self, from: &str, to: &str) -> Option<String> {
        let (from, to) = (room(from)?, room(to)?);
        let lower = self.place(from)?;
        let Some(upper) = self.place(to) else {
            return Some(format!("`{to}` is no room"));
        };
        if upper > lower {
            let above = self.rooms[..lower].join(", ");
            return Some(format!("`{from}` uses only the rooms above it: {above}"));
        }
        let mut apart = self.apart.iter();
        let apart = apart.find(|apart| apart.lower == from && apart.upper == to)?;
        Some(format!("`{from}` does not use `{to}`: {}", apart.reason))
    }
}

fn describe(used: &Use, from: &str, to: &str, rule: &str) -> String {
    format!("{from}:{}: {} (defined in {to}); {rule}", used.line, used.path)
}

/// Returns true for a file that is the place or lies in it.
fn is_at(file: &str, place: &str) -> bool {
    is_below_or_equal(file, place.trim_end_matches('/'), "/")
}

impl Reserved {
    /// Returns a line for each place that has one of the names and may not, and for each listed place that has none.
    pub(crate) fn problems(&self, package: &Package) -> Vec<String> {
        let mut needed = BTreeSet::new();
        let mut problems = BTreeSet::new();
        for mention in mentions(package, self.names) {
            match self.places.iter().position(|place| is_at(mention.file, place.path)) {
                Some(place) => {
                    needed.insert(place);
                }
                None => {
                    problems.insert(mention.describe(self.places));
                }
            }
        }
        let unneeded = self.places.iter().enumerate().filter(|(at, _)| !needed.contains(at));
        problems.extend(unneeded.map(|(_, place)| {
            let names = self.names.join(", ");
            format!("{} no longer names any of {names}; remove it ({})", place.path, place.reason)
        }));
        problems.into_iter().collect()
    }
}

/// One place that names what is reserved.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention<'a> {
    pub(crate) file: &'a str,
    pub(crate) name: &'static str,
    pub(crate) line: usize,
}

impl Mention<'_> {
    fn describe(&self, places: &[Place]) -> String {
        let places: Vec<&str> = places.iter().map(|place| place.path).collect();
        let Mention { file, name, line } = self;
        format!("{file}:{line}: names {name}; only {} may", places.join(", "))
    }
}

/// Returns where a package has the names: the first line of each file for each name.
///
/// A name is a path such as `std::fs`, which paths have that contain its segments, or that import everything above it; or the
/// name of a crate followed by `::`, which paths have that begin with it; or a single identifier.
pub(crate) fn mentions<'a>(package: &'a Package, names: &[&'static str]) -> Vec<Mention<'a>> {
    let mut mentions = BTreeSet::new();
    let wanted: Vec<Wanted> = names.iter().map(|name| Wanted::new(name)).collect();
    for (path, module) in &package.modules {
        let file = package.files[module.file].as_str();
        let is_local = |name: &str| package.modules.contains_key(&format!("{path}::{name}"));
        for import in &module.imports {
            let glob = import.bound == Bound::Everything;
            let found = wanted.iter().filter(|name| name.is_in(&import.path, glob, is_local));
            mentions.extend(found.map(|name| Mention { file, name: name.text, line: import.line }));
        }
        for inline in &module.paths {
            let segments = module.expanded(&inline.segments);
            let found = wanted.iter().filter(|name| name.is_in(&segments, false, is_local));
            mentions.extend(found.map(|name| Mention { file, name: name.text, line: inline.line }));
        }
        for name in wanted.iter().filter(|name| name.is_identifier()) {
            let line = module.words.get(name.text);
            mentions.extend(line.map(|&line| Mention { file, name: name.text, line }));
        }
    }
    let mut first: Vec<Mention<'_>> = mentions.into_iter().collect();
    first.dedup_by_key(|mention| (mention.file, mention.name));
    first
}

/// A name that is looked for, and its segments.
struct Wanted {
    text: &'static str,
    segments: Vec<&'static str>,
    is_crate: bool,
}

impl Wanted {
    fn new(text: &'static str) -> Wanted {
        let name = text.strip_suffix("::");
        let segments = name.unwrap_or(text).split("::").collect();
        Wanted { text, segments, is_crate: name.is_some() }
    }

    fn is_identifier(&self) -> bool {
        !self.is_crate && self.segments.len() == 1
    }

    fn is_in(&self, path: &[String], glob: bool, is_local: impl Fn(&str) -> bool) -> bool {
        if self.is_crate {
            return path
                .first()
                .is_some_and(|first| *first == self.segments[0] && !is_local(first));
        }
        let contains = path.windows(self.segments.len()).any(|part| part == self.segments);
        contains
            || (glob
                && path.len() < self.segments.len()
                && self.segments.starts_with(&borrowed(path)))
    }
}

fn borrowed(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(sources: &[(&str, &str)]) -> Package {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Package::new("src", &sources.iter().map(owned).collect::<Vec<_>>())
    }

    fn check_order(waivers: &[Waiver], want: &[&str]) {
        let apart = &[Apart { lower: "low", upper: "mid", reason: "they are strangers" }];
        let order = Order { rooms: &["top", "mid", "low"], apart, waivers };
        let package = package(&[
            ("src/low.rs", "use crate::mid::M; use crate::top::T; pub struct L;"),
            ("src/mid/mod.rs", "pub struct M;"),
            ("src/odd.rs", ""),
            ("src/top.rs", "pub struct T; fn t() { crate::low::L }"),
        ]);
        assert_eq!(order.problems(&package), want);
        assert_eq!(order.homeless(&package), ["src/odd.rs"]);
    }

    #[test]
    fn a_use_of_a_lower_room_and_of_one_that_is_apart_are_reported() {
        check_order(
            &[],
            &[
                "src/low.rs:1: crate::mid::M (defined in src/mid/mod.rs); `low` does not use `mid`: they are strangers",
                "src/top.rs:1: crate::low::L (defined in src/low.rs); `top` uses only the rooms above it: ",
            ],
        );
    }

    #[test]
    fn a_waiver_allows_its_use_and_is_reported_when_nothing_needs_it() {
        let waiver = |file, uses| Waiver { file, uses, reason: "old" };
        let waivers = [
            waiver("src/low.rs", "src/mid/"),
            waiver("src/top.rs", "src/low.rs"),
            waiver("src/mid/", "src/low.rs"),
        ];
        check_order(&waivers, &["src/mid/ no longer uses src/low.rs; remove the waiver (old)"]);
    }

    /// Checks which of the names a file has, each with its first line.
    fn check_mentions(text: &str, names: &[&'static str], want: &[(&str, usize)]) {
        let package = package(&[("src/a.rs", text), ("src/a/hyper.rs", "")]);
        let mentions = mentions(&package, names);
        let found: Vec<_> = mentions.iter().map(|found| (found.name, found.line)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_path_is_found_through_braces_imports_and_globs() {
        check_mentions("use std::{\n    fmt, fs::File};", &["std::fs"], &[("std::fs", 2)]);
        check_mentions(
            "use std::sync as s;\nfn a() { s::mpsc::channel() }",
            &["std::sync::mpsc"],
            &[("std::sync::mpsc", 2)],
        );
        check_mentions("use std::time::*;", &["std::time::Instant"], &[("std::time::Instant", 1)]);
        check_mentions("fn a() { chrono::Utc::now() }", &["Utc::now"], &[("Utc::now", 1)]);
        check_mentions("use std::fmt; fn fs() {}", &["std::fs"], &[]);
    }

    #[test]
    fn a_crate_is_found_where_a_path_begins_with_it_and_is_no_module_of_ours() {
        check_mentions("use tokio::sync::Notify;", &["tokio::"], &[("tokio::", 1)]);
        check_mentions("use crate::tokio::x; fn tokio() { a.tokio }", &["tokio::"], &[]);
        check_mentions("use hyper::x; fn a() { hyper::y() }", &["hyper::"], &[]);
    }

    #[test]
    fn an_identifier_is_found_as_a_whole_word_of_the_code() {
        check_mentions("// async\nfn a() { \"async\"; asynchronous }", &["async"], &[]);
        check_mentions("fn a() {}\nasync fn b() {}\nasync fn c() {}", &["async"], &[("async", 2)]);
        check_mentions("use std::sync::{Arc, Mutex};", &["Mutex"], &[("Mutex", 1)]);
    }

    #[test]
    fn a_reserved_name_is_reported_elsewhere_and_its_place_when_it_has_none() {
        let places = &[
            Place { path: "src/a/", reason: "sockets" },
            Place { path: "src/b.rs", reason: "none" },
        ];
        let package = package(&[("src/a/x.rs", "use tokio::x;"), ("src/c.rs", "use tokio::x;")]);
        let want = [
            "src/b.rs no longer names any of tokio::; remove it (none)",
            "src/c.rs:1: names tokio::; only src/a/, src/b.rs may",
        ];
        assert_eq!(Reserved { names: &["tokio::"], places }.problems(&package), want);
    }
}
