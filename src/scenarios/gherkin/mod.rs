//! Feature files as Gherkin takes them, read for cucumber: the runner's own reader loses or refuses much that is Gherkin.
//!
//! It follows the grammar of Cucumber's own reader line by line, in every language that has one (`languages.json` is
//! theirs), and writes outlines out. Where that reader says little of what is wrong, it says more. It does not know which
//! steps there are.

mod language;
mod line;
mod outline;
mod parser;
mod unexpected;

pub(super) use parser::read_feature;
