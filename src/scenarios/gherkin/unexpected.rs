//! What is said of a line that cannot stand where it stands: what may, and what it was probably meant to be.

use super::language::{Language, Title, USUAL, languages};
use super::line::Line;
use crate::diagnostic::Diagnostic;

/// Where in a file a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Before the feature has begun.
    Start,
    /// Under tags.
    UnderTags,
    /// Where the steps of a background stand.
    Background,
    /// Where the steps of a scenario stand.
    Steps,
    /// Where the table of Examples stands, or behind it.
    Examples,
}

/// The file in which it is, and the language it is written in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'f> {
    pub(super) file: &'f str,
    pub(super) code: &'f str,
    pub(super) language: &'static Language,
}

impl Context<'_> {
    /// Returns a complaint about a line as a whole.
    pub(super) fn at(self, line: Line<'_>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::on_line(self.file, line.number, line.text, line.place(), message)
    }

    /// Returns a complaint about a line that makes the file none that Gherkin knows.
    pub(super) fn invalid(self, line: Line<'_>, message: &str) -> Diagnostic {
        self.at(line, format!("not valid Gherkin: {message}"))
    }

    /// Returns the complaint about a file with nothing in it.
    pub(super) fn nothing(self, first: Option<Line<'_>>) -> Diagnostic {
        let line = first.unwrap_or(Line { number: 1, text: "" });
        self.invalid(line, "this file has no feature")
            .expected(format!("expected {}", self.what_may_stand(Where::Start)))
    }

    /// Returns the complaint about a line that cannot stand here.
    pub(super) fn unexpected(self, line: Line<'_>, place: Where) -> Diagnostic {
        let content = line.content();
        let title = self.language.title_of(content).map(|(title, _)| title);
        let is_step = self.language.step_keyword_of(line.unindented()).is_some();
        let message = match title {
            Some(Title::Feature) => "a file holds one feature, and this is another".to_owned(),
            Some(Title::Background) => "a background stands before the first scenario".to_owned(),
            Some(Title::Examples) => "Examples stand below the steps of a scenario".to_owned(),
            Some(Title::Rule | Title::Scenario | Title::Outline) => {
                "nothing has begun that this could belong to".to_owned()
            }
            None if is_step => "this step belongs to no scenario".to_owned(),
            None if content.starts_with('|') => "this table belongs to no step and no Examples".to_owned(),
            None if content.starts_with("\"\"\"") || content.starts_with("```") => {
                "this text belongs to no step".to_owned()
            }
            None if content.starts_with('@') => "no tag can stand here".to_owned(),
            None if place == Where::Start => "the feature has not begun".to_owned(),
            None => "this line begins with no keyword".to_owned(),
        };
        let complaint = self.invalid(line, &message).expected(format!("expected {}", self.what_may_stand(place)));
        match self.meant_by(content) {
            Some(hint) => complaint.hint(hint),
            None => complaint,
        }
    }

    fn what_may_stand(self, place: Where) -> String {
        let title = |title| format!("`{}:`", self.language.title(title));
        let (scenario, rule) = (title(Title::Scenario), title(Title::Rule));
        let steps =
            || self.language.usual_steps().into_iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        match place {
            Where::Start => title(Title::Feature),
            Where::UnderTags => format!("more tags, {scenario}, {rule} or {}", title(Title::Examples)),
            Where::Background => format!("a step ({}), {scenario} or {rule}", steps()),
            Where::Steps => format!("a step ({}), {}, {scenario} or {rule}", steps(), title(Title::Examples)),
            Where::Examples => format!("a row of the table, {}, {scenario} or {rule}", title(Title::Examples)),
        }
    }

    /// Returns what somebody probably meant who wrote such a line.
    fn meant_by(self, content: &str) -> Option<String> {
        let has_colon = content.contains(':');
        let bare = |keyword: &&String| {
            content.strip_prefix(keyword.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        let keyword_without_colon = || Title::ALL.into_iter().flat_map(|title| self.language.titles(title)).find(bare);
        if let Some(keyword) = (!has_colon).then(keyword_without_colon).flatten() {
            return Some(format!("a keyword has a colon behind it: `{keyword}:`"));
        }
        if let Some(keyword) = self.near_title(content) {
            return Some(format!("did you mean `{keyword}:`?"));
        }
        if self.language.title_of(content).is_some() || self.language.step_keyword_of(content).is_some() {
            return None;
        }
        let is_keyword_in = |language: &Language| {
            language.title_of(content).is_some()
                || language.step_keyword_of(content).is_some_and(|it| it.trim_end().len() > 1)
        };
        let usual = languages().get_key_value(USUAL).filter(|(_, language)| is_keyword_in(language));
        let (code, other) = usual.or_else(|| languages().iter().find(|(_, language)| is_keyword_in(language)))?;
        Some(if self.code == USUAL {
            format!("that is a keyword in {}: write `# language: {code}` at the top of the file", other.name)
        } else {
            format!("that is a keyword in {}, and the file says `# language: {}`", other.name, self.code)
        })
    }

    /// Returns the keyword that the word before a colon is nearly.
    pub(super) fn near_title(self, content: &str) -> Option<&'static str> {
        let (word, rest) = content.split_once(':')?;
        let language: &'static Language = self.language;
        let near = |keyword: &&String| {
            let is_plural_in_prose = rest.trim().is_empty() && word.strip_suffix('s') == Some(keyword.as_str());
            let most = keyword.chars().count() / 6;
            !is_plural_in_prose
                && (word.to_lowercase() == keyword.to_lowercase() || strsim::damerau_levenshtein(word, keyword) <= most)
        };
        Title::ALL.into_iter().flat_map(|title| language.titles(title)).find(near).map(String::as_str)
    }
}
