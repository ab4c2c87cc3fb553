//! A fence: how a diagram stands in a Markdown document, with what is within it.

use super::span::Span;

/// A fenced part of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fence<'t> {
    /// The line that opens it.
    pub(super) opening: Span<'t>,
    /// The language that it names first; what follows is for whoever renders it.
    pub(super) language: &'t str,
    /// What is within it.
    pub(super) content: Span<'t>,
    /// Whether it is closed before the document ends.
    pub(super) closed: bool,
}

impl Fence<'_> {
    pub(super) fn is_mermaid(&self) -> bool {
        is_mermaid(self.language)
    }
}

/// Returns the fences of a document: of backticks or tildes, and of colons where they hold Mermaid.
pub(super) fn fences(document: Span<'_>) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence<'_>> = Vec::new();
    let mut open: Option<(Fence<'_>, usize)> = None;
    let mut at = 0;
    for line in document.text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let words = document.slice(start..end).trim();
        match &mut open {
            Some((fence, mark)) if closes(words.text, &fence.opening.text[..*mark]) => {
                fence.content = document.slice(fence.content.start - document.start..start);
                fence.closed = true;
                fences.push(*fence);
                open = None;
            }
            Some(_) => {}
            None => open = opened(document, words, end),
        }
    }
    if let Some((fence, _)) = open {
        fences.push(fence);
    }
    fences.iter_mut().for_each(drop_options);
    fences
}

/// Returns the fence that a line opens, and how many characters it is marked with; it lasts to the end so far.
fn opened<'t>(document: Span<'t>, line: Span<'t>, end: usize) -> Option<(Fence<'t>, usize)> {
    let character = line.text.chars().next().filter(|c| matches!(c, '`' | '~' | ':'))?;
    let info = line.text.trim_start_matches(character);
    let mark = line.text.len() - info.len();
    let language = info.trim_start().trim_start_matches(['{', '.']);
    let length = language.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '+' | '#'));
    let language = &language[..length.unwrap_or(language.len())];
    // What stands between backticks on one line is no fence; colons fence many things in which a diagram may stand.
    let is_fence = mark > 2 && !(character == '`' && info.contains('`')) && (character != ':' || is_mermaid(language));
    let fence = Fence { opening: line, language, content: document.from(end), closed: false };
    is_fence.then_some((fence, mark))
}

fn closes(line: &str, mark: &str) -> bool {
    line.starts_with(mark) && mark.chars().next().is_some_and(|character| line.chars().all(|c| c == character))
}

/// Drops the options such as `:caption: x` that stand above a diagram between backticks and braces.
fn drop_options(fence: &mut Fence<'_>) {
    while fence.opening.text.contains('{') && fence.content.text.starts_with(':') {
        let line = fence.content.text.find('\n').map_or(fence.content.text.len(), |end| end + 1);
        fence.content = fence.content.from(line);
    }
}

fn is_mermaid(language: &str) -> bool {
    language.eq_ignore_ascii_case("mermaid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, &str, bool)> {
        let fences = fences(Span { text, start: 0 });
        fences.into_iter().map(|fence| (fence.language, fence.content.text.trim(), fence.closed)).collect()
    }

    #[test]
    fn fences_are_closed_by_as_many_of_the_same() {
        assert_eq!(
            found("````md\n```\na\n```\n````\n~~~ x\nb\n```\n~~~~\n"),
            [("md", "```\na\n```", true), ("x", "b\n```", true)]
        );
        assert_eq!(found("```\na"), [("", "a", false)]);
    }

    #[test]
    fn what_follows_the_language_is_for_others() {
        for opening in
            ["```mermaid", "``` mermaid title=\"x\"", "```{mermaid}", "```{.mermaid #id}", "~~~Mermaid", ":::mermaid"]
        {
            let close = &opening[..3];
            let text = format!("{opening}\na\n{close}\n");
            let fences = fences(Span { text: &text, start: 0 });
            assert!(fences.len() == 1 && fences[0].is_mermaid() && fences[0].closed, "{opening} {fences:?}");
        }
        assert_eq!(found("```{mermaid}\n:caption: x\n:alt: y\na\n```")[0].1, "a");
    }

    #[test]
    fn other_colons_and_code_within_a_line_are_no_fences() {
        assert_eq!(found("::: note\n```mermaid\na\n```\n:::\n"), [("mermaid", "a", true)]);
        assert_eq!(found("```one line``` of code\n`` x\n"), []);
    }
}
