//! `hopcheck export`: the stand-ins as files for WireMock, and what comes with hopcheck as files.

mod built_in;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::arguments::{Export, ExportWiremock, Tool};
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::print;
use crate::protocol::Participant;
use crate::standins::{Mapping, mappings};

/// How the explanation says that hopcheck wrote it.
const README_BEGINS: &str = "<!-- written by `hopcheck export wiremock` -->\n";

pub(super) fn export(arguments: &Export) -> Result<Exit, Failure> {
    match &arguments.tool {
        Tool::Wiremock(arguments) => wiremock(arguments),
        Tool::BuiltIn(arguments) => built_in::write(arguments),
    }
}

fn wiremock(arguments: &ExportWiremock) -> Result<Exit, Failure> {
    let diagram = inputs::diagram(arguments.diagram.as_deref())?;
    let (mappings, left_out) =
        mappings(&diagram, &arguments.with).map_err(|error| Failure::usage(error.to_string()))?;
    let mut files = vec![(arguments.out.join("README.md"), readme(&mappings))];
    for mapping in &mappings {
        let path = arguments.out.join(&mapping.root).join("mappings").join(&mapping.file);
        files.push((path, format!("{:#}\n", mapping.json)));
    }
    if !arguments.force {
        refuse_foreign(&files)?;
    }
    let stale = stale(&arguments.out, &files)?;
    for path in &stale {
        fs::remove_file(path).map_err(|error| failed("remove", path, &error))?;
    }
    for (path, text) in &files {
        let folder = path.parent().unwrap_or(&arguments.out);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
        written.map_err(|error| failed("write", path, &error))?;
    }
    let mut told = String::new();
    for (path, _) in &files {
        let _ = writeln!(told, "{}", path.display());
    }
    for path in &stale {
        let _ = writeln!(told, "removed {}, which is no longer drawn", path.display());
    }
    for reason in &left_out {
        let _ = writeln!(told, "left out: {reason}");
    }
    let example = mappings.last().map_or(arguments.out.clone(), |mapping| arguments.out.join(&mapping.root));
    let _ =
        writeln!(told, "{} files written. A root directory is a service in one branch, for example:\n", files.len());
    let _ = writeln!(told, "    java -jar wiremock-standalone.jar --port 7004 --root-dir {}", example.display());
    print(&told);
    Ok(Exit::Conforms)
}

/// Complains about files that are there already and that somebody else wrote, before anything is written.
fn refuse_foreign(files: &[(PathBuf, String)]) -> Result<(), Failure> {
    let mut foreign = String::new();
    for (path, _) in files {
        match fs::read(path) {
            Ok(bytes) if is_ours(&String::from_utf8_lossy(&bytes)) => {}
            Ok(_) => {
                let _ = writeln!(foreign, "{} is there already, and hopcheck did not write it", path.display());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read", path, &error)),
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!("{foreign}hint: --force replaces what is there, or name another folder")))
}

/// Returns the mappings that hopcheck wrote before and does not write now. WireMock would still follow them.
fn stale(out: &Path, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, Failure> {
    let written: BTreeSet<&PathBuf> = files.iter().map(|(path, _)| path).collect();
    let mut stale = Vec::new();
    for service in Participant::SERVICES {
        for branch in entries(&out.join(service.key()))? {
            for file in entries(&branch.join("mappings"))? {
                let ours = || fs::read_to_string(&file).is_ok_and(|text| Mapping::is_ours(&text));
                if !written.contains(&file) && ours() {
                    stale.push(file);
                }
            }
        }
    }
    Ok(stale)
}

/// Returns what a folder holds, in order; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let found = match fs::read_dir(folder) {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let paths: Result<Vec<PathBuf>, _> = found.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|error| failed("read", folder, &error))?;
    paths.sort();
    Ok(paths)
}

fn is_ours(text: &str) -> bool {
    text.starts_with(README_BEGINS) || Mapping::is_ours(text)
}

fn failed(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("failed to {doing} {}: {error}", path.display()))
}

fn readme(mappings: &[Mapping]) -> String {
    let roots: BTreeSet<&str> = mappings.iter().map(|mapping| &*mapping.root).collect();
    let example = roots.last().copied().unwrap_or_default();
    let roots: String = roots.into_iter().flat_map(|root| ["- `", root, "`\n"]).collect();
    format!(
        "{README_BEGINS}
# Stand-ins for WireMock

Each of these folders is a root directory of WireMock: one service in one branch of the diagram.

{roots}
Choose a branch by the folder that you start WireMock with:

    java -jar wiremock-standalone.jar --port 7004 --root-dir {example}

A request as drawn is answered as drawn, with the status of hopcheck's reference service. Every other request is answered
with 501 and what was expected; WireMock's `/__admin/requests/unmatched` does not list it, `/__admin/requests` does.

The account of a reply is an invented one where the request names none. Write the files again with another:
`hopcheck export wiremock --out . --with account_sid=AC…`. Text that is taken from a request must hold no quotation mark,
since WireMock's templates do not escape it.
"
    )
}
