//! Every public type, trait, function and method stands in an example that runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Returns the lines of a file before its tests.
fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Returns the names that a module exports with `pub use`.
fn exported(module: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(SOURCE).join(module)).unwrap();
    let uses = text.split("\npub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let names = uses.flat_map(|path| path.rsplit("::").next().unwrap().split(','));
    let names = names.map(|name| name.trim_matches([' ', '\n', '{', '}']).to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// Returns the code of the examples that run, of the crate's public documentation.
fn examples(lines: &[String]) -> String {
    let mut code = String::new();
    let mut runs = None;
    for line in lines {
        let line = line.trim_start();
        let Some(text) = line.strip_prefix("///").or(line.strip_prefix("//!")) else { continue };
        match (text.trim_start().strip_prefix("```"), runs) {
            (Some(kind), None) => runs = Some(kind.is_empty()),
            (Some(_), Some(_)) => runs = None,
            (None, Some(true)) => code.extend([text, "\n"]),
            (None, _) => {}
        }
    }
    code
}

/// Returns whether a name stands by itself in a text, after one of `before`.
fn stands(code: &str, name: &str, before: &[&str]) -> bool {
    let is_word = |one: char| one.is_alphanumeric() || one == '_';
    code.match_indices(name).any(|(at, _)| {
        let (head, tail) = (&code[..at], &code[at + name.len()..]);
        let ends = !tail.starts_with(is_word);
        match before {
            [] => ends && !head.ends_with(is_word),
            before => ends && before.iter().any(|before| head.ends_with(before)),
        }
    })
}

fn word_after<'a>(line: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let rest = keywords.iter().find_map(|keyword| line.strip_prefix(keyword))?;
    rest.split(|one: char| !one.is_alphanumeric() && one != '_').next()
}

#[test]
fn every_public_item_stands_in_an_example() {
    let mut found = Vec::new();
    files(Path::new(SOURCE), &mut found);
    let hidden = ["bindings", "bench_support.rs", "fuzz_support.rs", "vectors.rs"];
    found.retain(|path| !hidden.iter().any(|name| path.iter().any(|part| part == *name)));
    let sources: Vec<Vec<String>> = found.iter().map(|path| lines(path)).collect();
    let code: String = sources.iter().map(|lines| examples(lines)).collect();
    let mut names = exported("lib.rs");
    names.append(&mut exported("transport/mod.rs"));

    let mut items = 0;
    let mut missing = BTreeSet::new();
    for lines in &sources {
        let mut owner = "";
        for line in lines {
            if let Some(rest) = line.strip_prefix("impl") {
                // `impl<T> Trait for Type<T>` has no items of its own.
                let rest = rest.rsplit_once("> ").map_or(rest, |(_, rest)| rest).trim_start();
                owner = if rest.contains(" for ") { "" } else { word_after(rest, &[""]).unwrap() };
            }
            if !line.starts_with(' ') && !line.starts_with("impl") && line.ends_with('{') {
                owner = "";
            }
            let line = line.trim_start();
            let method = word_after(line, &["pub fn ", "pub const fn "]);
            let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
            let item = word_after(line, &kinds);
            let (name, is_shown) = match (method, item) {
                (Some(name), _) if names.contains(name) => {
                    (name.to_owned(), stands(&code, name, &[]))
                }
                (Some(name), _) if names.contains(owner) => {
                    let called = [".", &format!("{owner}::"), &format!("{owner}::<Image>::")];
                    (format!("{owner}::{name}"), stands(&code, name, &called))
                }
                (None, Some(name)) if names.contains(name) => {
                    (name.to_owned(), stands(&code, name, &[]))
                }
                _ => continue,
            };
            items += 1;
            if !is_shown {
                missing.insert(name);
            }
        }
    }
    // Types that macros make stand in no declaration.
    for name in &names {
        if !stands(&code, name, &[]) {
            missing.insert(name.clone());
        }
    }
    assert!(items > 100, "only {items} items were found");
    assert!(missing.is_empty(), "in no example that runs: {missing:#?}");
}
