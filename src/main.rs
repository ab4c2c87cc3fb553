//! The `hopcheck` program: arguments in, exit code out.

use std::process::ExitCode;

use hopcheck::cli;

fn main() -> ExitCode {
    cli::run(std::env::args_os()).into()
}
