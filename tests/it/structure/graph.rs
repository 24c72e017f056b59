//! The graph of files and its cycles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

use super::package::Package;

/// The files of a package, and an arrow from each file to each file that it uses.
pub(crate) struct Graph {
    pub(crate) files: Vec<String>,
    /// The names that the first file uses of the second, by the positions of the two.
    pub(crate) arrows: BTreeMap<(usize, usize), BTreeSet<String>>,
}

/// Files of which each uses each other one, directly or by way of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component(pub(crate) Vec<usize>);

impl Graph {
    pub(crate) fn of(package: &Package) -> Graph {
        let mut arrows: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for used in package.uses() {
            arrows.entry((used.from, used.to)).or_default().insert(used.name);
        }
        Graph { files: package.files.clone(), arrows }
    }

    /// Puts graphs next to each other, without arrows between them.
    pub(crate) fn join(graphs: impl IntoIterator<Item = Graph>) -> Graph {
        let mut all = Graph { files: Vec::new(), arrows: BTreeMap::new() };
        for graph in graphs {
            let base = all.files.len();
            let arrows = graph.arrows.into_iter();
            all.arrows.extend(arrows.map(|((from, to), names)| ((base + from, base + to), names)));
            all.files.extend(graph.files);
        }
        all
    }

    /// Returns the components of more than one file, the largest first.
    pub(crate) fn cycles(&self) -> Vec<Component> {
        let mut search = Search::new(self);
        for file in 0..self.files.len() {
            if search.visits[file].is_none() {
                search.visit(file);
            }
        }
        let mut cycles = search.components;
        cycles.retain(|component| component.0.len() > 1);
        cycles.sort_by_key(|component| (usize::MAX - component.0.len(), component.0.clone()));
        cycles
    }

    fn targets(&self, from: usize) -> impl Iterator<Item = usize> {
        self.arrows.range((from, 0)..=(from, usize::MAX)).map(|(&(_, to), _)| to)
    }

    /// Returns the files of a shortest cycle in a component, in the order of its arrows.
    pub(crate) fn shortest_cycle(&self, component: &Component) -> Vec<usize> {
        let cycles = component.0.iter().filter_map(|&start| self.way_back(component, start));
        cycles.min_by_key(Vec::len).unwrap_or_default()
    }

    /// Returns a shortest way from a file through its component back to the file.
    fn way_back(&self, component: &Component, start: usize) -> Option<Vec<usize>> {
        let mut reached_from = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(from) = queue.pop_front() {
            for to in self.targets(from).filter(|to| component.0.contains(to)) {
                if to == start {
                    let mut way = vec![from];
                    while let Some(&before) = reached_from.get(&way[way.len() - 1]) {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(way);
                }
                reached_from.entry(to).or_insert_with(|| {
                    queue.push_back(to);
                    from
                });
            }
        }
        None
    }

    /// Renders the files of a component and a shortest cycle through it, with the names of each arrow.
    pub(crate) fn describe(&self, component: &Component) -> String {
        let mut text = format!("{} files use each other:\n", component.0.len());
        for &file in &component.0 {
            writeln!(text, "    {}", self.files[file]).expect("a string takes everything");
        }
        let cycle = self.shortest_cycle(component);
        writeln!(text, "  a shortest cycle:").expect("a string takes everything");
        for (place, &from) in cycle.iter().enumerate() {
            text.push_str(&self.arrow(from, cycle[(place + 1) % cycle.len()]));
        }
        text
    }

    /// Renders one arrow.
    pub(crate) fn arrow(&self, from: usize, to: usize) -> String {
        let names: Vec<&str> = self.arrows[&(from, to)].iter().map(String::as_str).collect();
        format!("    {} -> {}: {}\n", self.files[from], self.files[to], names.join(", "))
    }
}

/// Tarjan's search for strongly connected components.
struct Search<'a> {
    graph: &'a Graph,
    visits: Vec<Option<Visit>>,
    visited: usize,
    stack: Vec<usize>,
    components: Vec<Component>,
}

#[derive(Clone, Copy)]
struct Visit {
    /// The place of the file in the order of the visits.
    number: usize,
    on_stack: bool,
}

impl Search<'_> {
    fn new(graph: &Graph) -> Search<'_> {
        let visits = vec![None; graph.files.len()];
        Search { graph, visits, visited: 0, stack: Vec::new(), components: Vec::new() }
    }

    /// Visits a file and everything that it reaches. Returns the lowest number that it reaches on the stack.
    fn visit(&mut self, file: usize) -> usize {
        let number = self.visited;
        let mut lowest = number;
        self.visited += 1;
        self.visits[file] = Some(Visit { number, on_stack: true });
        self.stack.push(file);
        let graph = self.graph;
        for target in graph.targets(file) {
            match self.visits[target] {
                None => lowest = lowest.min(self.visit(target)),
                Some(visit) if visit.on_stack => lowest = lowest.min(visit.number),
                Some(_) => {}
            }
        }
        if lowest == number {
            self.close_component(file);
        }
        lowest
    }

    /// Takes a component off the stack, down to the file that was visited first.
    fn close_component(&mut self, first: usize) {
        let start = self.stack.iter().rposition(|&file| file == first).unwrap_or_default();
        let mut files = self.stack.split_off(start);
        for &file in &files {
            if let Some(visit) = &mut self.visits[file] {
                visit.on_stack = false;
            }
        }
        files.sort_unstable();
        self.components.push(Component(files));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a graph of files with names of one letter, with an arrow for each pair of letters.
    fn graph(arrows: &str) -> Graph {
        let letter = |byte: u8| usize::from(byte - b'a');
        let names = |_| BTreeSet::from(["Name".to_owned()]);
        let pairs = arrows.split(' ').map(str::as_bytes);
        let arrows = pairs.map(|pair| ((letter(pair[0]), letter(pair[1])), names(pair))).collect();
        Graph { files: ('a'..='h').map(String::from).collect(), arrows }
    }

    #[test]
    fn files_that_reach_each_other_are_a_component_and_others_are_not() {
        let cycles = graph("ab bc ca cd de ed ef fg gh").cycles();
        assert_eq!(cycles, [Component(vec![0, 1, 2]), Component(vec![3, 4])]);
        assert_eq!(graph("ab bc ac ad db").cycles(), []);
    }

    #[test]
    fn a_component_is_described_by_its_files_and_a_shortest_cycle() {
        let graph = graph("ab bc cd da ca");
        let cycles = graph.cycles();
        let want = "4 files use each other:\n    a\n    b\n    c\n    d\n  a shortest cycle:\n    \
            a -> b: Name\n    b -> c: Name\n    c -> a: Name\n";
        assert_eq!(graph.describe(&cycles[0]), want);
    }
}
