//! The README and the guide: their size, their links and the languages of their code blocks. `cargo test --doc` runs their Rust
//! blocks, and the tests of the program run their shell blocks.

use std::fs;

use support::markdown::{anchors, code_blocks, links, prose};
use support::repository;

const NONE: [&str; 0] = [];

/// The names of the pages of the guide in alphabetical order, without its table of contents.
fn pages() -> Vec<String> {
    let names = fs::read_dir(repository("docs/guide")).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_page = |name: &String| name.ends_with(".md") && name != "SUMMARY.md";
    let mut pages: Vec<String> = names.filter(is_page).collect();
    pages.sort();
    pages
}

/// The paths and the texts of the README, the table of contents and the pages.
fn texts() -> Vec<(String, String)> {
    let pages = pages().into_iter().chain(["SUMMARY.md".to_owned()]);
    let paths = pages.map(|page| format!("docs/guide/{page}")).chain(["README.md".to_owned()]);
    paths.map(|path| (path.clone(), fs::read_to_string(repository(&path)).unwrap())).collect()
}

#[test]
fn the_readme_is_at_most_ten_kibibytes_long() {
    let length = fs::read_to_string(repository("README.md")).unwrap().len();
    assert!(length <= 10_240, "README.md: got {length} bytes, want at most 10240");
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let contents = fs::read_to_string(repository("docs/guide/SUMMARY.md")).unwrap();
    let mut listed = links(&contents);
    listed.sort();
    assert_eq!(listed, pages());
}

#[test]
fn every_page_gives_its_rust_blocks_to_cargo_test() {
    let library = fs::read_to_string(repository("src/lib.rs")).unwrap();
    let missing =
        pages().into_iter().filter(|page| !library.contains(&format!("\"docs/guide/{page}\"")));
    assert_eq!(missing.collect::<Vec<_>>(), NONE);
    assert!(library.contains("\"README.md\""));
}

#[test]
fn every_code_block_names_a_language_and_every_rust_block_runs() {
    let mut problems = Vec::new();
    for (path, text) in texts() {
        for block in code_blocks(&text) {
            let known = ["rust", "rust,test_harness", "sh", "json", "toml", "text", "mermaid"];
            if !known.contains(&block.language.as_str()) {
                let language = block.language;
                problems.push(format!(
                    "{path}:{}: got {language:?}, want one of {known:?}",
                    block.line
                ));
            }
        }
    }
    assert_eq!(problems, NONE);
}

#[test]
fn every_relative_link_leads_to_a_file_and_to_a_heading() {
    let mut problems = Vec::new();
    for (path, text) in texts() {
        let links = links(&prose(&text)).into_iter().filter(|link| !link.starts_with("https://"));
        for link in links {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let here = repository(&path);
            let target = if file.is_empty() { here } else { here.parent().unwrap().join(file) };
            let Ok(text) = fs::read(&target) else {
                problems.push(format!("{path}: {link}: no such file"));
                continue;
            };
            let text = String::from_utf8_lossy(&text);
            if !anchor.is_empty() && !anchors(&text).iter().any(|other| other == anchor) {
                problems.push(format!("{path}: {link}: no such heading"));
            }
        }
    }
    assert_eq!(problems, NONE);
}
