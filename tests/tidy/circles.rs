//! No file imports another that imports it, however long the way round: where two do, something stands in the wrong room.
//!
//! What a `mod.rs` hands on for others is followed to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{Source, sources};

/// A module, by its path from the crate.
type Module = Vec<String>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles_of(&sources());
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let source = |file: &str, code: &str| Source { file: file.to_owned(), code: code.to_owned() };
    for (one, other) in [
        ("use super::b::B;", "use super::a::A;"),
        ("use super::{\n    b::B,\n    c::C,\n};", "fn f() -> super::a::A {}"),
        ("use crate::m::B;", "use crate::m::a;\nfn f() { a::g() }"),
        ("use super::B as Other;", "pub(super) use super::a::A;"),
    ] {
        let sources = [
            source("src/m/mod.rs", "mod a;\nmod b;\npub use b::{B, D};\npub use a::A;"),
            source("src/m/a.rs", one),
            source("src/m/b.rs", other),
        ];
        assert_eq!(circles_of(&sources), ["src/m/a.rs and src/m/b.rs"], "{one}\n{other}");
    }
    let [parent, child] = [("src/m.rs", "mod a;\nuse a::A;"), ("src/m/a.rs", "use super::M;")];
    let sources = [source(parent.0, parent.1), source(child.0, child.1)];
    assert_eq!(circles_of(&sources), ["src/m.rs and src/m/a.rs"]);
    let one_way = [source("src/m/mod.rs", "mod a;\nmod b;\npub use b::B;"), source("src/m/a.rs", "use super::B;")];
    assert_eq!(circles_of(&one_way), Vec::<String>::new());
}

/// Returns the groups of files each of which leads to each other of its group.
fn circles_of(sources: &[Source]) -> Vec<String> {
    let house = House::of(sources);
    let reached: BTreeMap<&Module, BTreeSet<Module>> =
        house.files.keys().map(|module| (module, house.reachable_from(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, reaches) in &reached {
        let back = |other: &&Module| reached.get(other).is_some_and(|reaches| reaches.contains(*module));
        let group: BTreeSet<&str> = reaches.iter().filter(back).map(|other| house.files[other].file.as_str()).collect();
        if reaches.contains(*module) {
            circles.insert(group.into_iter().collect::<Vec<_>>().join(" and "));
        }
    }
    circles.into_iter().collect()
}

/// The files by their modules, and what each hands on of others.
struct House<'s> {
    files: BTreeMap<Module, &'s Source>,
    handed_on: BTreeMap<(Module, String), Module>,
}

impl<'s> House<'s> {
    fn of(sources: &'s [Source]) -> Self {
        let files: BTreeMap<_, _> =
            sources.iter().filter_map(|source| Some((module_of(&source.file)?, source))).collect();
        let mut house = Self { files, handed_on: BTreeMap::new() };
        let mut handed_on = BTreeMap::new();
        for (module, source) in &house.files {
            for (path, name) in uses_in(&source.statements()) {
                if let Some(whole) = house.through_crate(module, &path) {
                    handed_on.insert((module.clone(), name), whole);
                }
            }
        }
        house.handed_on = handed_on;
        house
    }

    /// Returns the modules whose files a file imports.
    fn imports_of(&self, module: &Module) -> BTreeSet<Module> {
        let source = self.files[module];
        let code = source.statements();
        let is_door = source.file.ends_with("/mod.rs") || source.file == "src/lib.rs";
        let imported = uses_in(&code).into_iter().filter(|_| !is_door).map(|(path, _)| path);
        let named =
            paths_in(&code).into_iter().map(|path| match self.handed_on.get(&(module.clone(), path[0].clone())) {
                Some(whole) => ["crate".to_owned()]
                    .into_iter()
                    .chain(whole.iter().cloned())
                    .chain(path[1..].iter().cloned())
                    .collect(),
                None => path,
            });
        let modules = imported.chain(named).filter_map(|path| self.through_crate(module, &path));
        modules.map(|path| self.defined_in(&path)).filter(|other| other != module && !other.is_empty()).collect()
    }

    fn reachable_from(&self, module: &Module) -> BTreeSet<Module> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<Module> = self.imports_of(module).into_iter().collect();
        while let Some(next) = waiting.pop() {
            if self.files.contains_key(&next) && reached.insert(next.clone()) {
                waiting.extend(self.imports_of(&next));
            }
        }
        reached
    }

    /// Returns a path as it leads from the crate; none where it leads into another crate.
    fn through_crate(&self, module: &Module, path: &[String]) -> Option<Module> {
        let (mut whole, rest) = match path.first().map(String::as_str)? {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (module.clone(), &path[1..]),
            "super" => {
                let up = path.iter().take_while(|segment| *segment == "super").count();
                (module[..module.len().checked_sub(up)?].to_vec(), &path[up..])
            }
            child => {
                let whole = [module.as_slice(), &[child.to_owned()]].concat();
                (module.clone(), self.files.contains_key(&whole).then_some(path)?)
            }
        };
        whole.extend(rest.iter().filter(|segment| *segment != "self").cloned());
        Some(whole)
    }

    /// Returns the module whose file defines what a path names.
    fn defined_in(&self, path: &[String]) -> Module {
        let of_file = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length])).unwrap_or(0);
        let (module, rest) = (path[..of_file].to_vec(), &path[of_file..]);
        let handed_on = rest.first().and_then(|name| self.handed_on.get(&(module.clone(), name.clone())));
        match handed_on {
            Some(whole) if *whole != path => self.defined_in(&[whole, &rest[1..]].concat()),
            _ => module,
        }
    }
}

fn module_of(file: &str) -> Option<Module> {
    let path = file.strip_prefix("src/")?.strip_suffix(".rs")?;
    let segments = path.split('/').filter(|segment| *segment != "mod").map(str::to_owned).collect();
    match path {
        "main" => None,
        "lib" => Some(Vec::new()),
        _ => Some(segments),
    }
}

/// Returns the paths that `use` statements name, each with the name that it has here.
fn uses_in(code: &str) -> Vec<(Vec<String>, String)> {
    let mut uses = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        if before.is_empty() || before.starts_with("pub") {
            let tree = code[at + 4..].split(';').next().unwrap_or_default();
            branches(&[], tree, &mut uses);
        }
    }
    uses
}

fn branches(before: &[String], tree: &str, uses: &mut Vec<(Vec<String>, String)>) {
    let (stem, group) = tree.split_once('{').map_or((tree, None), |(stem, group)| (stem, group.rsplit_once('}')));
    let (stem, alias) = stem.split_once(" as ").map_or((stem, None), |(stem, alias)| (stem, Some(alias.trim())));
    let segments = stem.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned);
    let mut path: Vec<String> = before.iter().cloned().chain(segments).collect();
    if let Some((members, _)) = group {
        let mut depth = 0;
        let parts = members.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        for part in parts.filter(|part| !part.trim().is_empty()) {
            branches(&path, part, uses);
        }
        return;
    }
    path.pop_if(|last| last == "self");
    if let Some(name) = alias.map(str::to_owned).or_else(|| path.last().cloned()) {
        uses.push((path, name));
    }
}

/// Returns the paths of two segments or more that stand outside `use` statements.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = rest[..at].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
        let length = rest[start..].find(|c: char| !is_word(c) && c != ':').unwrap_or(rest.len() - start);
        let path = &rest[start..start + length];
        let in_use = rest[..start].rsplit(['\n', ';', '{', '}']).next().is_some_and(|line| line.contains("use "));
        if start < at && !in_use && !rest[..start].ends_with("::") {
            paths.push(path.split("::").filter(|segment| !segment.is_empty()).map(str::to_owned).collect());
        }
        rest = &rest[(start + length).max(at + 2)..];
    }
    paths
}
