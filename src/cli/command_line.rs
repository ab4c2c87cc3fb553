//! The command line as it was typed, for whoever is to type it again.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory};

use super::arguments::Arguments;
use super::output::quoted;
use crate::transcript::Redactor;

/// Options whose value is a secret, and the variable that gives it unseen.
const SECRET: [(&str, &str); 2] = [("key_on", "HOPCHECK_KEY_ON"), ("key_off", "HOPCHECK_KEY_OFF")];

/// A command with the options that were typed, of which every one is repeated unless it is left out by name.
#[derive(Debug, Clone)]
pub(super) struct CommandLine {
    program: String,
    command: String,
    options: Vec<Typed>,
}

#[derive(Debug, Clone)]
struct Typed {
    id: String,
    long: String,
    /// Empty for a flag.
    values: Vec<String>,
}

impl CommandLine {
    /// Takes what was typed from what clap made of it.
    pub(super) fn of(program: String, matches: &ArgMatches) -> Self {
        let Some((name, matches)) = matches.subcommand() else {
            return Self { program, command: String::new(), options: Vec::new() };
        };
        let arguments = Arguments::command();
        let known = arguments.find_subcommand(name).into_iter().flat_map(clap::Command::get_arguments);
        Self {
            program,
            command: name.to_owned(),
            options: known.filter_map(|argument| Typed::of(argument, matches)).collect(),
        }
    }

    /// Returns the line without addresses and without the options that are left out; secrets are variables in it.
    pub(super) fn without(&self, left_out: &[&str], redactor: &Redactor) -> String {
        let mut words = vec![self.program.clone(), self.command.clone()];
        for Typed { id, long, values } in self.options.iter().filter(|typed| !left_out.contains(&typed.id.as_str())) {
            if let Some((_, variable)) = SECRET.iter().find(|(secret, _)| secret == id) {
                if std::env::var_os(variable).is_none() {
                    words.push(format!("--{long} \"${variable}\""));
                }
            } else if values.is_empty() {
                words.push(format!("--{long}"));
            } else {
                words.extend(values.iter().map(|value| format!("--{long} {}", quoted(&redactor.text(value)))));
            }
        }
        words.join(" ")
    }
}

impl Typed {
    fn of(argument: &Arg, matches: &ArgMatches) -> Option<Self> {
        let id = argument.get_id().as_str();
        let long = argument.get_long().filter(|_| matches.value_source(id) == Some(ValueSource::CommandLine))?;
        let takes_values = argument.get_action().takes_values();
        let raw = matches.get_raw(id).filter(|_| takes_values).into_iter().flatten();
        let values = raw.map(|value| value.to_string_lossy().into_owned()).collect();
        Some(Self { id: id.to_owned(), long: long.to_owned(), values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_typed_is_repeated_unless_it_is_left_out() {
        let line = typed(&["x/1", "--diagram", "a b.mmd", "--strict", "--tags", "@a", "--jobs", "2", "--timeout=5s"]);
        let redactor = Redactor::new([0; 32]);
        let repeated = line.without(&["tags"], &redactor);
        assert_eq!(repeated, "hopcheck verify --diagram 'a b.mmd' --strict --jobs 2 --timeout 5s");
        assert!(line.without(&[], &redactor).contains("--tags @a"));
    }

    #[test]
    fn what_may_be_given_several_times_is_repeated_each_time() {
        let line = typed(&["--report", "json=a", "--report", "junit=b"]);
        let redactor = Redactor::new([0; 32]);
        assert_eq!(line.without(&[], &redactor), "hopcheck verify --report json=a --report junit=b");
    }

    #[test]
    fn a_key_is_repeated_as_the_variable_that_gives_it() {
        let line = typed(&["--url", "http://h", "--key-on", "s3cret"]);
        let repeated = line.without(&[], &Redactor::new([0; 32]));
        assert!(!repeated.contains("s3cret"), "{repeated}");
        let named = r#"hopcheck verify --url http://h --key-on "$HOPCHECK_KEY_ON""#;
        assert!(std::env::var_os("HOPCHECK_KEY_ON").is_some() || repeated == named, "{repeated}");
    }

    fn typed(arguments: &[&str]) -> CommandLine {
        let all = ["hopcheck", "verify"].iter().chain(arguments);
        CommandLine::of("hopcheck".to_owned(), &Arguments::command().try_get_matches_from(all).unwrap())
    }
}
