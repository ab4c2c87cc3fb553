//! The command line: arguments in, exit code out. The only code that prints, reads the environment or reads files that
//! a user names.

mod arguments;
mod baseline;
mod command_line;
mod ends;
mod exit;
mod explain;
mod export;
mod files;
mod init;
mod inputs;
mod lint;
mod list;
mod mutants;
mod output;
mod probe;
mod progress;
mod progress_bar;
mod reports;
mod simulate;
mod variants;
mod verify;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::channel;
use std::thread;

use clap::{CommandFactory, FromArgMatches};

pub use arguments::{Arguments, Color, Command};
pub use baseline::{Scope, baseline_text, read_baseline};
pub use exit::Exit;

use crate::topology::end_commands;
use crate::wire;
use command_line::CommandLine;
use output::{colour, complain, tell_of_panics, was_lost};

/// As much stack as the main thread of a program has.
const STACK: usize = 8 << 20;

/// Runs the command that the arguments name, and returns how it ended.
///
/// It runs on threads of its own, so that this returns as soon as somebody ends it, whatever it is computing.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    tell_of_panics();
    wire::raise_descriptors();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let (tell, told) = channel();
    let end = tell.clone();
    ends::watch(move |exit| {
        // Whoever waits is gone when the command has ended of itself.
        let _ = end.send(Ok(exit));
    });
    let command = thread::Builder::new().name("command".to_owned()).stack_size(STACK).spawn(move || {
        let ended = panic::catch_unwind(AssertUnwindSafe(|| match tokio::runtime::Runtime::new() {
            Ok(runtime) => {
                let exit = runtime.block_on(Box::pin(ended(arguments)));
                // What is still computed is for nobody.
                runtime.shutdown_background();
                exit
            }
            Err(error) => {
                complain(&format!("this machine has no room for the program: {error}"));
                Exit::Incomplete
            }
        }));
        let _ = tell.send(ended);
    });
    if let Err(error) = command {
        complain(&format!("this machine has no room for the program: {error}"));
        return Exit::Incomplete;
    }
    match told.recv() {
        Ok(Ok(exit)) => {
            end_commands();
            exit
        }
        Ok(Err(panic)) => panic::resume_unwind(panic),
        Err(_) => Exit::Incomplete,
    }
}

async fn ended(arguments: Vec<OsString>) -> Exit {
    let program = arguments.first().map_or_else(|| "hopcheck".to_owned(), |name| name.to_string_lossy().into_owned());
    let typed = Arguments::command().try_get_matches_from(&arguments);
    let read = typed.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (parsed, line) = match read {
        Ok((parsed, given)) => (parsed, CommandLine::of(program, &given)),
        Err(error) => {
            let asked_for = !error.use_stderr();
            // Nothing can be done where neither stream takes it.
            let _ = error.print();
            return if asked_for { Exit::Conforms } else { Exit::Usage };
        }
    };
    colour(parsed.color);
    let ended = match parsed.command {
        Command::Verify(arguments) => Box::pin(verify::verify(&line, &arguments)).await,
        Command::Mutants(arguments) => mutants::mutants(&arguments).await,
        Command::Variants(arguments) => variants::variants(&arguments).await,
        Command::Probe(arguments) => Box::pin(probe::probe(&line, &arguments)).await,
        Command::Lint(arguments) => lint::lint(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments).await,
        Command::Init(arguments) => init::init(&arguments),
        Command::Export(arguments) => export::export(&arguments),
    };
    let exit = ended.unwrap_or_else(|failure| {
        complain(&failure.message);
        failure.exit
    });
    if was_lost() {
        complain("failed to write all of the output");
        return if exit == Exit::Conforms { Exit::Incomplete } else { exit };
    }
    exit
}
