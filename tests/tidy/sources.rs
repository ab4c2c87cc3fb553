//! The sources as text: which files there are, without the tests in them, and which modules they name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src`, without its tests.
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) code: String,
}

impl Source {
    /// Returns the module directly under the crate that the file belongs to; none for the crate's own files.
    pub(crate) fn layer(&self) -> Option<&str> {
        let path = self.file.strip_prefix("src/")?;
        let layer = path.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main"].contains(&layer)).then_some(layer)
    }

    /// Returns the modules directly under the crate that the code names, however it gets there.
    pub(crate) fn modules_named(&self) -> BTreeSet<String> {
        let code: String = self.code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        let mut named = BTreeSet::new();
        for way in ["crate::".to_owned(), "super::".repeat(self.depth()), "hopcheck::".to_owned()] {
            for (at, _) in code.match_indices(&way) {
                // `super::` within a longer chain of them leads further up.
                if !code[..at].ends_with("super::") {
                    named.extend(first_names(&code[at + way.len()..]));
                }
            }
        }
        named
    }

    /// Returns the code without its comments, whose examples may do what the code may not.
    pub(crate) fn statements(&self) -> String {
        let lines = self.code.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Returns how many `super::` lead from the file's module to the crate.
    pub(crate) fn depth(&self) -> usize {
        let folders = self.file.matches('/').count();
        if self.file.ends_with("/mod.rs") { folders - 1 } else { folders }
    }
}

/// Returns the names that a path goes on with: one, or several in braces.
pub(crate) fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                names.push(word(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Returns every file of `src` that is no test, without the tests in it.
pub(crate) fn sources() -> Vec<Source> {
    let is_test = |file: &str| file.ends_with("/tests.rs") || file.contains("/tests/") || file.ends_with("/testing.rs");
    let files = files_under("src").into_iter().filter(|file| file.extension().is_some_and(|it| it == "rs"));
    let named = files.map(|file| (file.display().to_string(), text_of(&file)));
    let sources: Vec<Source> = named
        .filter(|(file, _)| !is_test(file))
        .map(|(file, text)| {
            // Test code comes last in a file.
            let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
            Source { file, code }
        })
        .collect();
    let per_layer = sources.iter().fold(BTreeMap::new(), |mut count: BTreeMap<_, usize>, source| {
        *count.entry(source.layer()).or_default() += 1;
        count
    });
    assert!(per_layer.len() > 8, "sources were not found: {per_layer:?}");
    sources
}

/// Returns the files under a folder of the package, by their paths from its root, in order.
pub(crate) fn files_under(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(root().join(&folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = folder.join(entry.unwrap_or_else(|error| panic!("{error}")).file_name());
            if root().join(&path).is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

pub(crate) fn text_of(file: &Path) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let source = |file: &str, code: &str| Source { file: file.to_owned(), code: code.to_owned() };
    for (file, code, expected) in [
        ("src/report/model.rs", "use crate::diagram::Diagram;", &["diagram"] as &[&str]),
        ("src/report/model.rs", "use crate::{\n    diagram::{A, B},\n    verdict,\n};", &["diagram", "verdict"]),
        ("src/report/model.rs", "fn f(x: &crate::topology::System) {}", &["topology"]),
        ("src/report/model.rs", "use super::super::scenarios::Run;", &["scenarios"]),
        ("src/report/mod.rs", "use super::scenarios::Run;", &["scenarios"]),
        ("src/report/model.rs", "use super::Summary; // not crate::topology", &[]),
        ("src/topology/deployment/tokens.rs", "use super::super::x; use super::super::super::cli::run;", &["cli"]),
    ] {
        let named = source(file, code).modules_named();
        assert_eq!(named.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{code}");
    }
}
