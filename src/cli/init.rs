//! `hopcheck init`: writes a deployment file that explains every key.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use super::arguments::Init;
use super::exit::{Exit, Failure};
use super::output::print;
use crate::config::deployment::TEMPLATE;

pub(super) fn init(arguments: &Init) -> Result<Exit, Failure> {
    let file = arguments.file.display();
    let mut options = OpenOptions::new();
    if arguments.force {
        options.write(true).create(true).truncate(true);
    } else {
        options.write(true).create_new(true);
    }
    let written = options.open(&arguments.file).and_then(|mut opened| opened.write_all(TEMPLATE.as_bytes()));
    written.map_err(|error| {
        Failure::usage(if error.kind() == ErrorKind::AlreadyExists {
            format!("{file} is there already\nhint: --force replaces it, or name another file")
        } else {
            format!("failed to write {file}: {error}")
        })
    })?;
    print(&format!("{file} written. Fill it in, then:\n\n    hopcheck verify --deployment {file}\n"));
    Ok(Exit::Conforms)
}
