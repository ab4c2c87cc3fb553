//! The parser: lines to a feature, as the grammar of Gherkin has them follow each other.

use cucumber::gherkin::{Background, Examples, Feature, LineCol, Rule, Scenario, Span, Step, StepType, Table};

use super::language::{Title, USUAL, languages};
use super::line::{Line, Part, lines_of};
use super::outline::{Rows, nearly_columns, written_out};
use super::unexpected::{Context, Where};
use crate::diagnostic::Diagnostic;

/// Reads the feature of a file, its outlines written out.
///
/// A keyword says nothing about what a step does: `*` may stand before each, and people begin an action with `Given`. So
/// all steps are of one type, and are found whatever their keyword is.
pub(in crate::scenarios) fn read_feature(file: &str, text: &str) -> Result<Feature, Diagnostic> {
    let lines = lines_of(text);
    let (code, language) = languages()
        .get_key_value(USUAL)
        .ok_or_else(|| Diagnostic::at(file, text, 0..0, "the languages of Gherkin are not known"))?;
    Parser { context: Context { file, code, language }, lines, at: 0 }.feature()
}

struct Parser<'t> {
    context: Context<'t>,
    lines: Vec<Line<'t>>,
    at: usize,
}

impl<'t> Parser<'t> {
    fn feature(mut self) -> Result<Feature, Diagnostic> {
        self.language()?;
        let tags = self.tags()?;
        let Some((line, keyword, name)) = self.title(&[Title::Feature]) else {
            return Err(match self.peek() {
                Some(line) => self.context.unexpected(line, Where::Start),
                None => self.context.nothing(self.lines.first().copied()),
            });
        };
        let ends = [Title::Background, Title::Scenario, Title::Outline, Title::Rule];
        let (description, background) = (self.description(&ends, false)?, self.background()?);
        let (position, span) = (position_of(line), Span::default());
        let (scenarios, rules, path) = (Vec::new(), Vec::new(), None);
        let mut feature =
            Feature { keyword, name, description, background, scenarios, rules, tags, span, position, path };
        while self.peek().is_some() {
            let tags = self.tags()?;
            if let Some((line, keyword, name)) = self.title(&[Title::Rule]) {
                let description = self.description(&ends, false)?;
                let (background, position) = (self.background()?, position_of(line));
                let scenarios = Vec::new();
                feature.rules.push(Rule { keyword, name, description, background, scenarios, tags, span, position });
                continue;
            }
            let scenarios = self.scenario(tags)?;
            match feature.rules.last_mut() {
                Some(rule) => rule.scenarios.extend(scenarios),
                None => feature.scenarios.extend(scenarios),
            }
        }
        Ok(feature)
    }

    /// Reads the comments at the top. One of them may name the language.
    fn language(&mut self) -> Result<(), Diagnostic> {
        while let Some(line) = self.lines.get(self.at).copied() {
            if let Some(Part { text, place }) = line.language() {
                self.at += 1;
                let Some((code, language)) = languages().get_key_value(&text) else {
                    let near = |code: &&&String| {
                        strsim::damerau_levenshtein(code, &text) <= 1 || text.starts_with(code.as_str())
                    };
                    let hint = match languages().keys().collect::<Vec<_>>().iter().find(near) {
                        Some(near) => format!("did you mean `{near}` ({})?", languages()[near.as_str()].name),
                        None => "write its code, such as `en`, `de` or `pt`".to_owned(),
                    };
                    let message = format!("not valid Gherkin: it has no language `{text}`");
                    let complaint = Diagnostic::on_line(self.context.file, line.number, line.text, place, message);
                    return Err(complaint.expected("expected the code of a language").hint(hint));
                };
                self.context = Context { code, language, ..self.context };
                return Ok(());
            }
            if !is_blank(line) {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    fn background(&mut self) -> Result<Option<Background>, Diagnostic> {
        let Some((line, keyword, name)) = self.title(&[Title::Background]) else { return Ok(None) };
        let description = self.description(&[Title::Scenario, Title::Outline, Title::Rule], true)?;
        let steps = self.steps()?;
        let is_over = |line: Line<'_>| {
            let title = self.context.language.title_of(line.content()).map(|(title, _)| title);
            line.content().starts_with('@') || matches!(title, Some(Title::Scenario | Title::Outline | Title::Rule))
        };
        if let Some(line) = self.peek().filter(|line| !is_over(*line)) {
            return Err(self.context.unexpected(line, Where::Background));
        }
        let (span, position) = (Span::default(), position_of(line));
        Ok(Some(Background { keyword, name, description, steps, span, position }))
    }

    /// Reads a scenario, or an outline as its scenarios.
    fn scenario(&mut self, tags: Vec<String>) -> Result<Vec<Scenario>, Diagnostic> {
        let is_outline = self.peek().and_then(|line| self.context.language.title_of(line.content()));
        let is_outline = is_outline.is_some_and(|(title, _)| title == Title::Outline);
        let Some((line, keyword, name)) = self.title(&[Title::Scenario, Title::Outline]) else {
            let place = if tags.is_empty() { Where::Steps } else { Where::UnderTags };
            let last = self.lines.last().copied().unwrap_or(Line { number: 1, text: "" });
            let Some(line) = self.peek() else {
                return Err(self
                    .context
                    .invalid(last, "nothing follows these tags")
                    .expected("expected a scenario below it"));
            };
            return Err(self.context.unexpected(line, place));
        };
        let ends = [Title::Scenario, Title::Outline, Title::Examples, Title::Rule];
        let description = self.description(&ends, true)?;
        let steps = self.steps()?;
        let lacks = |message: &str, expected: &str| Err(self.context.at(line, message).expected(expected));
        if steps.is_empty() {
            return lacks("a scenario without steps asserts nothing", "expected steps below it");
        }
        let (span, position, examples) = (Span::default(), position_of(line), Vec::new());
        let scenario = Scenario { keyword, name, description, steps, examples, tags, span, position };
        let mut rows = Vec::new();
        while let Some(examples) = self.examples(&scenario, line)? {
            rows.push(examples);
        }
        self.scenario_is_over(if rows.is_empty() { Where::Steps } else { Where::Examples })?;
        if rows.is_empty() && is_outline {
            let message = "an outline without Examples would run with its <placeholders>";
            return Err(self.context.at(line, message).expected("expected an Examples: table below it"));
        }
        Ok(if rows.is_empty() { vec![scenario] } else { written_out(&scenario, &rows) })
    }

    fn scenario_is_over(&mut self, place: Where) -> Result<(), Diagnostic> {
        let Some(line) = self.peek() else { return Ok(()) };
        let title = self.context.language.title_of(line.content()).map(|(title, _)| title);
        match title {
            _ if line.content().starts_with('@') => Ok(()),
            Some(Title::Scenario | Title::Outline | Title::Rule) => Ok(()),
            Some(_) | None => Err(self.context.unexpected(line, place)),
        }
    }

    /// Reads Examples with their tags, if those come next.
    fn examples(&mut self, outline: &Scenario, begun: Line<'_>) -> Result<Option<Rows>, Diagnostic> {
        let before = self.at;
        let tags = self.tags()?;
        let Some((line, keyword, name)) = self.title(&[Title::Examples]) else {
            self.at = before;
            return Ok(None);
        };
        let ends = [Title::Examples, Title::Scenario, Title::Outline, Title::Rule];
        let description = self.description_until(|line| line.content().starts_with('|'), &ends)?;
        let (table, places) = self.table()?.unzip();
        let places: Vec<LineCol> = places.unwrap_or_default();
        if places.len() < 2 {
            let message = "these Examples have no row, so no scenario would run";
            return Err(self.context.at(line, message).expected("expected a header and at least one row"));
        }
        let head = table.iter().flat_map(|table: &Table| &table.rows).next().map(Vec::as_slice).unwrap_or_default();
        if let Some((written, column)) = nearly_columns(outline, head) {
            let has = |line: &&Line<'_>| line.number >= begun.number && line.text.contains(&written);
            let line = self.lines.iter().find(has).copied().unwrap_or(begun);
            let start = line.text.find(&written).unwrap_or_default();
            let message = format!("no column of the Examples is called {written}");
            let place = start..start + written.len();
            let complaint = Diagnostic::on_line(self.context.file, line.number, line.text, place, message);
            return Err(complaint
                .expected(format!("expected <{column}>, if that is meant"))
                .hint("give the column another name, if this text is to stay as it is"));
        }
        let (span, position, name) = (Span::default(), position_of(line), Some(name));
        Ok(Some(Rows { examples: Examples { keyword, name, description, table, tags, span, position }, places }))
    }

    fn steps(&mut self) -> Result<Vec<Step>, Diagnostic> {
        let mut steps = Vec::new();
        while let Some(line) = self.peek() {
            let Some(keyword) = self.context.language.step_keyword_of(line.unindented()) else { break };
            self.at += 1;
            let value = line.unindented()[keyword.len()..].trim().to_owned();
            let mut step = Step {
                keyword: keyword.to_owned(),
                ty: StepType::Given,
                value,
                docstring: None,
                table: None,
                span: Span::default(),
                position: position_of(line),
            };
            while step.docstring.is_none() || step.table.is_none() {
                match self.peek() {
                    Some(line) if step.table.is_none() && line.content().starts_with('|') => {
                        step.table = self.table()?.map(|(table, _)| table);
                    }
                    Some(line) if step.docstring.is_none() && fence_of(line).is_some() => {
                        step.docstring = self.docstring()?;
                    }
                    Some(_) | None => break,
                }
            }
            steps.push(step);
        }
        Ok(steps)
    }

    /// Reads a table, if one comes next, with where each row stands.
    fn table(&mut self) -> Result<Option<(Table, Vec<LineCol>)>, Diagnostic> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut places = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.content().starts_with('|')) {
            self.at += 1;
            let cells = line.cells();
            let width = rows.first().map_or(cells.len(), Vec::len);
            if cells.is_empty() || cells.len() != width {
                return Err(self.uneven(line, &cells, rows.first()));
            }
            rows.push(cells.into_iter().map(|cell| cell.text).collect());
            places.push(position_of(line));
        }
        let Some(position) = places.first().copied() else { return Ok(None) };
        Ok(Some((Table { rows, span: Span::default(), position }, places)))
    }

    /// Complains about a row that has another number of cells than the one at the head of its table.
    fn uneven(&self, line: Line<'_>, cells: &[Part], head: Option<&Vec<String>>) -> Diagnostic {
        let counted = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
        let head = head.map(Vec::as_slice).unwrap_or_default();
        let message = match head.len() {
            0 => "this row has no cell".to_owned(),
            width => format!("this row has {}, and the first row of the table has {width}", counted(cells.len())),
        };
        let place = cells
            .get(head.len())
            .filter(|_| !head.is_empty())
            .map_or(line.place(), |cell| cell.place.start..cells.last().map_or(cell.place.end, |last| last.place.end));
        let message = format!("not valid Gherkin: {message}");
        let complaint = Diagnostic::on_line(self.context.file, line.number, line.text, place, message);
        let complaint = match head.get(cells.len()) {
            Some(column) => complaint.expected(format!("expected a cell for `{column}` too")),
            None if head.is_empty() => complaint.expected("expected text between two `|`"),
            None => complaint.expected("expected no more cells"),
        };
        if line.has_open_cell() {
            complaint.hint("a row ends with `|`")
        } else {
            complaint.hint(r"a `|` within a cell is written `\|`")
        }
    }

    /// Reads a text between two fences, without the indentation of the first.
    fn docstring(&mut self) -> Result<Option<String>, Diagnostic> {
        let Some((opening, fence)) = self.peek().and_then(|line| Some((line, fence_of(line)?))) else {
            return Ok(None);
        };
        self.at += 1;
        let escaped: String = fence.chars().flat_map(|c| ['\\', c]).collect();
        let mut lines = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            if line.unindented().starts_with(fence) {
                return Ok(Some(lines.join("\n")));
            }
            let kept = if line.indentation() < opening.indentation() {
                line.unindented()
            } else {
                line.text.get(opening.indentation()..).unwrap_or_else(|| line.unindented())
            };
            lines.push(kept.replacen(&escaped, fence, 1));
        }
        Err(self
            .context
            .invalid(opening, "this text does not end")
            .expected(format!("expected another {fence} below it")))
    }

    /// Reads tags on as many lines as they take.
    fn tags(&mut self) -> Result<Vec<String>, Diagnostic> {
        let mut tags = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.content().starts_with('@')) {
            self.at += 1;
            let read = line.tags().map_err(|place| {
                let message = "not valid Gherkin: a tag has no blank in it";
                Diagnostic::on_line(self.context.file, line.number, line.text, place, message)
                    .expected("expected one word, or an @ before each")
            })?;
            tags.extend(read.into_iter().map(|tag| tag.text));
        }
        Ok(tags)
    }

    fn description(&mut self, ends: &[Title], before_steps: bool) -> Result<Option<String>, Diagnostic> {
        let language = self.context.language;
        self.description_until(|line| before_steps && language.step_keyword_of(line.unindented()).is_some(), ends)
    }

    /// Reads what is said in prose, up to a line that ends it.
    fn description_until(
        &mut self,
        is_end: impl Fn(Line<'_>) -> bool,
        ends: &[Title],
    ) -> Result<Option<String>, Diagnostic> {
        let mut said: Vec<Line<'t>> = Vec::new();
        let mut heading = None;
        while let Some(line) = self.peek() {
            let title = self.context.language.title_of(line.content()).map(|(title, _)| title);
            let is_step = self.context.language.step_keyword_of(line.unindented()).is_some();
            if let Some((lost, keyword)) = heading.filter(|_| is_step) {
                return Err(self.lost(lost, keyword));
            }
            if is_end(line) || line.content().starts_with('@') || title.is_some_and(|title| ends.contains(&title)) {
                break;
            }
            heading = heading.or_else(|| Some((line, self.context.near_title(line.content())?)));
            said.push(line);
            self.at += 1;
        }
        let text: Vec<&str> = said.iter().map(|line| line.text).collect();
        Ok(Some(text.join("\n")).filter(|text| !text.is_empty()))
    }

    /// Complains about a misspelt or misplaced keyword within a description: Gherkin takes it for prose and loses the
    /// steps below it.
    fn lost(&self, line: Line<'_>, keyword: &str) -> Diagnostic {
        let word = line.content().split(':').next().unwrap_or_default();
        let place = line.place();
        let (message, expected) = if word == keyword {
            (format!("`{word}:` cannot stand here, so what follows would be lost"), "expected it elsewhere".to_owned())
        } else {
            (format!("`{word}:` is no keyword, so what follows would be lost"), format!("expected `{keyword}:`"))
        };
        Diagnostic::on_line(self.context.file, line.number, line.text, place, message).expected(expected)
    }

    /// Reads a line that begins one of these.
    fn title(&mut self, titles: &[Title]) -> Option<(Line<'t>, String, String)> {
        let line = self.peek()?;
        let (title, keyword) = self.context.language.title_of(line.content())?;
        if !titles.contains(&title) {
            return None;
        }
        self.at += 1;
        Some((line, keyword.to_owned(), line.content()[keyword.len() + 1..].trim().to_owned()))
    }

    /// Returns the next line that is neither empty nor a comment, having passed those that are.
    fn peek(&mut self) -> Option<Line<'t>> {
        while self.lines.get(self.at).is_some_and(|line| is_blank(*line)) {
            self.at += 1;
        }
        self.lines.get(self.at).copied()
    }
}

/// Returns whether a line is empty or a comment.
fn is_blank(line: Line<'_>) -> bool {
    line.content().is_empty() || line.content().starts_with('#')
}

/// Returns what opens a text that a step takes.
fn fence_of(line: Line<'_>) -> Option<&'static str> {
    ["\"\"\"", "```"].into_iter().find(|fence| line.content().starts_with(fence))
}

fn position_of(line: Line<'_>) -> LineCol {
    LineCol { line: line.number, col: line.text[..line.indentation()].chars().count() + 1 }
}

#[cfg(test)]
mod tests;
