//! The modules of a package, what each of them names, and the file that defines a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::tokens::{Lexeme, Token, group_end, tokens, without_tests};

/// The modules below one source folder, without tests.
pub(crate) struct Package {
    /// The paths of the files, from the root of the repository.
    pub(crate) files: Vec<String>,
    /// The modules by their paths, such as `crate::gws::route`. A module inside a file is one of them.
    pub(crate) modules: BTreeMap<String, Module>,
}

#[derive(Default)]
pub(crate) struct Module {
    /// The position of its file.
    pub(crate) file: usize,
    pub(crate) imports: Vec<Import>,
    /// The paths of two segments and more in its code.
    pub(crate) paths: Vec<InlinePath>,
    /// The identifiers in its code, outside imports, each with the line where it occurs first.
    pub(crate) words: BTreeMap<String, usize>,
    /// The names that it defines itself.
    defined: BTreeSet<String>,
}

/// One name of a `use` declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) bound: Bound,
    /// `pub use`, `pub(crate) use` and so on.
    pub(crate) reexport: bool,
    pub(crate) line: usize,
}

/// What an import brings into scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Name(String),
    Everything,
}

pub(crate) struct InlinePath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Module(String),
    Item { file: usize, name: String },
}

/// One use of a name that another file defines.
pub(crate) struct Use {
    /// The positions of the two files.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) line: usize,
    /// The path as it is written.
    pub(crate) path: String,
    /// The name that the other file defines.
    pub(crate) name: String,
}

/// A file's path from the root, and its text.
pub(crate) type Source = (String, String);

/// Reads the Rust files below a folder, if there is one, in the order of their paths.
pub(crate) fn sources(root: &Path, folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry.expect("a folder of the repository can be listed");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(".rs") {
                let text = fs::read_to_string(entry.path()).expect("a Rust file is UTF-8");
                sources.push((path, text));
            }
        }
    }
    sources.sort();
    sources
}

impl Package {
    /// Reads the package whose crate root is in a folder. What is a crate of its own is
    /// left out: the programs below `bin`, and a `main.rs` next to a `lib.rs`.
    pub(crate) fn load(root: &Path, folder: &str) -> Package {
        let programs = format!("{folder}/bin/");
        let mut sources = sources(root, folder);
        let (library, program) = (format!("{folder}/lib.rs"), format!("{folder}/main.rs"));
        let has_library = sources.iter().any(|(path, _)| *path == library);
        sources.retain(|(path, _)| {
            let other_crate = path.starts_with(&programs) || (has_library && *path == program);
            !other_crate
        });
        Package::new(folder, &sources)
    }

    pub(crate) fn new(folder: &str, sources: &[Source]) -> Package {
        let mut package = Package { files: Vec::new(), modules: BTreeMap::new() };
        let mut test_modules = BTreeSet::new();
        for (path, text) in sources.iter().filter(|(path, _)| !is_test_file(path)) {
            let module = module_path(folder, path);
            let code = without_tests(&tokens(text));
            test_modules.extend(code.test_modules.iter().map(|name| format!("{module}::{name}")));
            Reader::read(&mut package.modules, package.files.len(), &module, &code.tokens);
            package.files.push(path.clone());
        }
        package.modules.retain(|path, _| {
            !test_modules.iter().any(|module| is_below_or_equal(path, module, "::"))
        });
        package
    }

    /// Returns the first use of each name by each file that does not define it, imports before inline paths.
    ///
    /// A path counts for the file that defines its name, through all re-exports. A re-export itself is an address and not
    /// a use, unless the code of its file has the name as well. An imported module counts where something of it is named.
    pub(crate) fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (path, module) in &self.modules {
            let imports = module.imports.iter().filter(|import| module.has_use_of(import));
            let imports = imports.map(|import| (&import.path, &import.bound, import.line));
            for (segments, bound, line) in imports {
                let target = self.resolve(path, segments, DEPTH);
                let (to, name) = match (target, bound) {
                    (Some(Place::Module(target)), Bound::Everything) => {
                        (self.modules[&target].file, "*".to_owned())
                    }
                    (Some(Place::Item { file, name }), _) => (file, name),
                    _ => continue,
                };
                let glob = if *bound == Bound::Everything { "::*" } else { "" };
                let path = segments.join("::") + glob;
                uses.push(Use { from: module.file, to, line, path, name });
            }
            for InlinePath { segments, line } in &module.paths {
                if let Some(Place::Item { file: to, name }) = self.resolve(path, segments, DEPTH) {
                    let path = segments.join("::");
                    uses.push(Use { from: module.file, to, line: *line, path, name });
                }
            }
        }
        let mut seen = BTreeSet::new();
        uses.retain(|used| {
            used.from != used.to && seen.insert((used.from, used.to, used.name.clone()))
        });
        uses
    }

    /// Returns the place that a path in a module leads to, or nothing for a path out of the package.
    fn resolve(&self, module: &str, segments: &[String], depth: usize) -> Option<Place> {
        let (first, rest) = segments.split_first()?;
        let mut place = match first.as_str() {
            "crate" => Place::Module("crate".to_owned()),
            "self" => Place::Module(module.to_owned()),
            "super" => Place::Module(parent(module)?),
            name => self.member(module, name, depth)?,
        };
        for segment in rest {
            let Place::Module(module) = &place else { break };
            place = match segment.as_str() {
                "super" => Place::Module(parent(module)?),
                name => self.member(module, name, depth).unwrap_or_else(|| Place::Item {
                    file: self.modules[module].file,
                    name: name.to_owned(),
                }),
            };
        }
        Some(place)
    }

    /// Returns the place of a name in a module's scope, or nothing for a name that the module does not have.
    fn member(&self, path: &str, name: &str, depth: usize) -> Option<Place> {
        let depth = depth.checked_sub(1)?;
        let child = format!("{path}::{name}");
        if self.modules.contains_key(&child) {
            return Some(Place::Module(child));
        }
        let module = &self.modules[path];
        let here = || Some(Place::Item { file: module.file, name: name.to_owned() });
        if let Some(import) = module.import_of(name) {
            return self.resolve(path, &import.path, depth).or_else(here);
        }
        if module.defined.contains(name) {
            return here();
        }
        let globs = module.imports.iter().filter(|import| import.bound == Bound::Everything);
        globs.into_iter().find_map(|glob| match self.resolve(path, &glob.path, depth)? {
            Place::Module(target) if target != path => self.member(&target, name, depth),
            _ => None,
        })
    }
}

/// The number of re-exports through which a name is followed. A foreign crate that a module re-exports by its own name
/// (`pub use serde_json`) would be followed forever.
const DEPTH: usize = 8;

impl Module {
    fn import_of(&self, name: &str) -> Option<&Import> {
        let named = |import: &&Import| matches!(&import.bound, Bound::Name(bound) if bound == name);
        self.imports.iter().find(named)
    }

    /// Returns a path with its first segment written as it was imported.
    pub(crate) fn expanded(&self, path: &[String]) -> Vec<String> {
        match self.import_of(&path[0]) {
            Some(import) => [&import.path, &path[1..]].concat(),
            None => path.to_vec(),
        }
    }

    pub(crate) fn defines(&self, name: &str) -> bool {
        self.defined.contains(name)
    }

    fn has_use_of(&self, import: &Import) -> bool {
        match &import.bound {
            Bound::Name(name) => !import.reexport || self.words.contains_key(name),
            Bound::Everything => !import.reexport,
        }
    }
}

/// Returns true for a file that only tests compile, by its name.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Returns the path of the module that a file holds.
fn module_path(folder: &str, file: &str) -> String {
    let file = file.strip_prefix(folder).expect("a file of the folder").trim_start_matches('/');
    let file = file.strip_suffix(".rs").expect("a Rust file");
    let mut segments: Vec<&str> = file.split('/').collect();
    let root = matches!(segments[..], ["lib" | "main"]);
    if root || segments.last() == Some(&"mod") {
        segments.pop();
    }
    segments.insert(0, "crate");
    segments.join("::")
}

fn parent(module: &str) -> Option<String> {
    module.rsplit_once("::").map(|(parent, _)| parent.to_owned())
}

/// Returns true for a path that is another one or continues it after the separator.
pub(crate) fn is_below_or_equal(path: &str, ancestor: &str, separator: &str) -> bool {
    let rest = path.strip_prefix(ancestor);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
}

/// Reads the modules of one file.
struct Reader<'a> {
    modules: &'a mut BTreeMap<String, Module>,
    tokens: &'a [Token],
    at: usize,
    file: usize,
    /// The module around the place, after those around it, each with the depth of its braces.
    scopes: Vec<(String, usize)>,
    depth: usize,
}

impl Reader<'_> {
    fn read(modules: &mut BTreeMap<String, Module>, file: usize, module: &str, tokens: &[Token]) {
        let scopes = vec![(module.to_owned(), 0)];
        let mut reader = Reader { modules, tokens, at: 0, file, scopes, depth: 0 };
        reader.module().file = file;
        while reader.at < tokens.len() {
            reader.step();
        }
    }

    fn module(&mut self) -> &mut Module {
        let (path, _) = self.scopes.last().expect("the file's own module stays");
        if !self.modules.contains_key(path) {
            let module = Module { file: self.file, ..Module::default() };
            self.modules.insert(path.clone(), module);
        }
        self.modules.get_mut(path).expect("inserted above")
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).and_then(Token::word)
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_mark(mark))
    }

    fn is_path_separator(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_path_separator)
    }

    fn step(&mut self) {
        match &self.tokens[self.at].lexeme {
            Lexeme::Mark('{') => self.depth += 1,
            Lexeme::Mark('}') => {
                self.depth = self.depth.saturating_sub(1);
                let (_, opened) = self.scopes.last().expect("the file's own module stays");
                if self.scopes.len() > 1 && *opened > self.depth {
                    self.scopes.pop();
                }
            }
            Lexeme::Word(word) if word == "use" && !self.is_mark(self.at + 1, '<') => {
                return self.use_declaration();
            }
            Lexeme::Word(word) if word == "mod" && self.is_mark(self.at + 2, '{') => {
                return self.enter_module();
            }
            Lexeme::Word(_) => return self.path(),
            _ => {}
        }
        self.at += 1;
    }

    fn enter_module(&mut self) {
        let name = self.word(self.at + 1).unwrap_or_default();
        let (path, _) = self.scopes.last().expect("the file's own module stays");
        let inner = format!("{path}::{name}");
        self.depth += 1;
        self.scopes.push((inner, self.depth));
        self.module();
        self.at += 3;
    }

    /// Reads a path of one or more segments, and the name that it may define.
    fn path(&mut self) {
        let (start, line) = (self.at, self.tokens[self.at].line);
        let mut segments = Vec::new();
        while let Some(word) = self.word(self.at) {
            segments.push(word.to_owned());
            self.at += 1;
            if !self.is_path_separator(self.at) || self.word(self.at + 1).is_none() {
                break;
            }
            self.at += 1;
        }
        self.define(start, &segments[0]);
        let continued = start > 0 && self.is_path_separator(start - 1);
        let module = self.module();
        for segment in &segments {
            module.words.entry(segment.clone()).or_insert(line);
        }
        if segments.len() > 1 && !continued {
            module.paths.push(InlinePath { segments, line });
        }
    }

    fn define(&mut self, at: usize, name: &str) {
        let (_, depth) = self.scopes.last().expect("the file's own module stays");
        let keyword = at.checked_sub(1).and_then(|before| self.word(before));
        let bang = at >= 2 && self.is_mark(at - 1, '!');
        let is_macro = bang && self.word(at - 2) == Some("macro_rules");
        if *depth == self.depth && (is_macro || keyword.is_some_and(|word| DEFINE.contains(&word)))
        {
            self.module().defined.insert(name.to_owned());
        }
    }

    fn use_declaration(&mut self) {
        let reexport = self.is_public(self.at);
        let mut end = self.at;
        while end < self.tokens.len() && !self.tokens[end].is_mark(';') {
            end += 1;
        }
        let mut tree = UseTree { tokens: &self.tokens[..end], at: self.at + 1, reexport };
        let mut imports = Vec::new();
        tree.read(&[], &mut imports);
        self.module().imports.extend(imports);
        self.at = end + 1;
    }

    /// Returns true for an item whose keyword follows `pub` or `pub(…)`.
    fn is_public(&self, at: usize) -> bool {
        let start = at.saturating_sub(16);
        (start..at).any(|before| {
            let restricted = self.is_mark(before + 1, '(');
            let end = if restricted { group_end(self.tokens, before + 1) } else { before + 1 };
            self.word(before) == Some("pub") && end == at
        })
    }
}

const DEFINE: [&str; 8] = ["struct", "enum", "union", "trait", "type", "const", "static", "fn"];

/// A tree of a `use` declaration.
struct UseTree<'a> {
    tokens: &'a [Token],
    at: usize,
    reexport: bool,
}

impl UseTree<'_> {
    fn read(&mut self, prefix: &[String], imports: &mut Vec<Import>) {
        let mut path = prefix.to_vec();
        let mut line = 0;
        while let Some(token) = self.tokens.get(self.at) {
            match &token.lexeme {
                Lexeme::PathSeparator => self.at += 1,
                Lexeme::Mark('{') => return self.group(&path, imports),
                Lexeme::Mark('*') => {
                    self.at += 1;
                    let (bound, reexport) = (Bound::Everything, self.reexport);
                    return imports.push(Import { path, bound, reexport, line: token.line });
                }
                Lexeme::Word(word) if word == "as" => break,
                Lexeme::Word(word) => {
                    line = token.line;
                    self.at += 1;
                    if word != "self" || path.is_empty() {
                        path.push(word.clone());
                    }
                }
                _ => break,
            }
        }
        let name = self.alias().or_else(|| path.last().cloned());
        if let Some(name) = name {
            let (bound, reexport) = (Bound::Name(name), self.reexport);
            imports.push(Import { path, bound, reexport, line });
        }
    }

    fn group(&mut self, prefix: &[String], imports: &mut Vec<Import>) {
        let end = group_end(self.tokens, self.at);
        self.at += 1;
        while self.at + 1 < end {
            self.read(prefix, imports);
            if self.tokens.get(self.at).is_some_and(|token| token.is_mark(',')) {
                self.at += 1;
            }
        }
        self.at = end;
    }

    /// Reads `as name`.
    fn alias(&mut self) -> Option<String> {
        if !self.tokens.get(self.at)?.is_word("as") {
            return None;
        }
        let name = self.tokens.get(self.at + 1)?.word()?.to_owned();
        self.at += 2;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the uses between files below `src`, each as "from -> to: name".
    fn check(sources: &[(&str, &str)], want: &[&str]) {
        let owned = |(path, text): &(&str, &str)| (format!("src/{path}"), (*text).to_owned());
        let mut sources: Vec<Source> = sources.iter().map(owned).collect();
        sources.sort();
        let package = Package::new("src", &sources);
        let name = |file: usize| package.files[file].trim_start_matches("src/");
        let line = |used: &Use| format!("{} -> {}: {}", name(used.from), name(used.to), used.name);
        let mut uses: Vec<String> = package.uses().iter().map(line).collect();
        uses.sort();
        assert_eq!(uses, want);
    }

    #[test]
    fn nested_braces_import_each_name_from_its_file() {
        check(
            &[
                ("a.rs", "use crate::{b::{self, B, c::{C as D, E}}, f::F}; fn a() { b::g() }"),
                ("b/mod.rs", "pub struct B; pub fn g() {}"),
                ("b/c.rs", "pub struct C; pub struct E;"),
                ("f.rs", "pub struct F;"),
            ],
            &[
                "a.rs -> b/c.rs: C",
                "a.rs -> b/c.rs: E",
                "a.rs -> b/mod.rs: B",
                "a.rs -> b/mod.rs: g",
                "a.rs -> f.rs: F",
            ],
        );
    }

    #[test]
    fn super_and_self_lead_to_the_modules_around_the_file() {
        check(
            &[
                ("a/mod.rs", "mod b; mod c; struct A; fn a() { self::c::C; }"),
                ("a/b.rs", "use super::c::C; fn b() -> super::A { super::super::d::e() }"),
                ("a/c.rs", "pub struct C;"),
                ("d.rs", "pub fn e() {}"),
            ],
            &[
                "a/b.rs -> a/c.rs: C",
                "a/b.rs -> a/mod.rs: A",
                "a/b.rs -> d.rs: e",
                "a/mod.rs -> a/c.rs: C",
            ],
        );
    }

    #[test]
    fn super_in_a_module_inside_a_file_leads_to_the_file() {
        check(
            &[
                ("a.rs", "mod inner { use super::A; use super::super::b::B; } struct A;"),
                ("b.rs", "pub struct B; mod sub { pub struct C; }"),
                ("c.rs", "use crate::b::sub::C;"),
            ],
            &["a.rs -> b.rs: B", "c.rs -> b.rs: C"],
        );
    }

    #[test]
    fn a_reexport_is_followed_to_the_file_that_defines_the_name() {
        check(
            &[
                ("lib.rs", "mod room; mod user; pub use room::X as Y;"),
                ("room/mod.rs", "mod child; mod glob; pub(crate) use child::X; pub use glob::*;"),
                ("room/child.rs", "pub struct X;"),
                ("room/glob.rs", "pub struct G; pub fn unused() {}"),
                ("user.rs", "use crate::Y; use crate::room::G; fn f() { crate::room::X::new() }"),
            ],
            &["user.rs -> room/child.rs: X", "user.rs -> room/glob.rs: G"],
        );
    }

    #[test]
    fn a_reexport_that_its_own_file_uses_is_a_use() {
        check(
            &[
                ("room/mod.rs", "pub use child::X; fn f(x: X) {}"),
                ("room/child.rs", "pub struct X;"),
            ],
            &["room/mod.rs -> room/child.rs: X"],
        );
    }

    #[test]
    fn a_reexported_foreign_name_counts_for_the_file_that_reexports_it() {
        check(
            &[
                ("a.rs", "pub use foreign; pub use other::Thing;"),
                ("b.rs", "use crate::a::{Thing, foreign};"),
            ],
            &["b.rs -> a.rs: Thing", "b.rs -> a.rs: foreign"],
        );
    }

    #[test]
    fn an_imported_module_counts_where_something_of_it_is_named() {
        check(
            &[
                ("a.rs", "use crate::room as r; fn f() { r::X::new(); }"),
                ("room/mod.rs", "pub use self::child::X;"),
                ("room/child.rs", "pub struct X;"),
            ],
            &["a.rs -> room/child.rs: X"],
        );
    }

    #[test]
    fn a_glob_import_uses_the_file_as_a_whole() {
        check(
            &[
                ("a.rs", "use super::b::*; use crate::b::Kind::*;"),
                ("b.rs", "pub enum Kind { One }"),
            ],
            &["a.rs -> b.rs: *", "a.rs -> b.rs: Kind"],
        );
    }

    #[test]
    fn what_only_tests_compile_uses_nothing() {
        check(
            &[
                ("a.rs", "#[cfg(test)] mod samples; #[cfg(test)] mod tests { use crate::b::B; }"),
                ("a/samples.rs", "use crate::b::B;"),
                ("a/tests.rs", "use crate::b::B;"),
                ("tests/c.rs", "use crate::b::B;"),
                ("b.rs", "pub struct B;"),
            ],
            &[],
        );
    }

    #[test]
    fn a_restricted_visibility_and_a_precise_capture_use_nothing() {
        check(
            &[
                ("a.rs", "pub(in crate::b) fn f<'a>() -> impl Sized + use<'a> { b::c() }"),
                ("b.rs", "pub struct B;"),
            ],
            &[],
        );
    }
}
