//! What comes with hopcheck, as files: to read, to change and to hand in again.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};

use crate::cli::arguments::ExportBuiltIn;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::print;
use crate::config::BUILT_IN_ACCOUNTS;
use crate::diagram;
use crate::report::SCHEMA;
use crate::scenarios::built_in_features;

pub(super) fn write(arguments: &ExportBuiltIn) -> Result<Exit, Failure> {
    let mut files: Vec<(String, String)> = vec![
        (diagram::BUILT_IN.0.to_owned(), diagram::BUILT_IN.1.to_owned()),
        (diagram::BUILT_IN_CREATION.0.to_owned(), diagram::BUILT_IN_CREATION.1.to_owned()),
        ("accounts.toml".to_owned(), BUILT_IN_ACCOUNTS.to_owned()),
        ("report.schema.json".to_owned(), SCHEMA.to_owned()),
    ];
    files.extend(built_in_features().into_iter().map(|feature| (feature.name, feature.text)));
    let mut told = String::new();
    for (name, text) in files {
        let path = arguments.out.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(!arguments.force).create(true).truncate(arguments.force);
        let folder = path.parent().unwrap_or(&arguments.out);
        let written = fs::create_dir_all(folder)
            .and_then(|()| options.open(&path))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            let path = path.display();
            Failure::usage(if error.kind() == ErrorKind::AlreadyExists {
                format!("{path} is there already\nhint: --force replaces what is there, or name another folder")
            } else {
                format!("failed to write {path}: {error}")
            })
        })?;
        let _ = writeln!(told, "{}", path.display());
    }
    print(&told);
    Ok(Exit::Conforms)
}
