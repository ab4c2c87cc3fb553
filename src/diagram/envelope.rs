//! The envelope of a diagram: what may stand around it in a file, such as a Markdown document and YAML front matter.

use super::{
    fence::{Fence, fences},
    lexer::Lexer,
    source::Source,
    span::Span,
    warning::Warning,
};
use crate::diagnostic::Diagnostic;

/// The word that every sequence diagram begins with.
pub(super) const HEADER: &str = "sequenceDiagram";

/// Returns the diagram within byte order mark, document, fence and front matter, and what is odd about those.
pub(super) fn open<'t>(source: &Source<'t>) -> Result<(Span<'t>, Vec<Warning>), Diagnostic> {
    let whole = source.span();
    let marked = if whole.text.starts_with('\u{feff}') { whole.from('\u{feff}'.len_utf8()) } else { whole };
    if marked.trim().is_empty() {
        return Err(source.complain(0..0, "the file is empty").expected("expected `sequenceDiagram`"));
    }
    let fences = fences(marked);
    if fences.is_empty() || is_sequence_diagram(marked) {
        return Ok((behind_front_matter(source, marked)?, Vec::new()));
    }
    let fence = the_one_diagram(source, &fences)?;
    let unclosed = (!fence.closed).then(|| {
        Warning::new(fence.opening.range(), "the fence is never closed", "opened here")
            .hint("it is read as if it ended with the file")
    });
    Ok((behind_front_matter(source, fence.content)?, unclosed.into_iter().collect()))
}

/// Returns the fence with the one sequence diagram of a document.
fn the_one_diagram<'f, 't>(source: &Source<'t>, fences: &'f [Fence<'t>]) -> Result<&'f Fence<'t>, Diagnostic> {
    let holding: Vec<&Fence<'_>> = fences
        .iter()
        .filter(|fence| (fence.is_mermaid() || fence.language.is_empty()) && is_sequence_diagram(fence.content))
        .collect();
    let mermaid: Vec<&Fence<'_>> = fences.iter().filter(|fence| fence.is_mermaid()).collect();
    let lines = |fences: &[&Fence<'_>]| {
        let lines: Vec<String> = fences.iter().map(|fence| source.line(fence.opening.start).to_string()).collect();
        match &lines[..] {
            [others @ .., last] if !others.is_empty() => format!("lines {} and {last}", others.join(", ")),
            _ => format!("line {}", lines.concat()),
        }
    };
    match (&holding[..], &mermaid[..], fences) {
        // What a Mermaid diagram is instead, if it is no sequence diagram, is told where it is read.
        ([one], _, _) | ([], [one], _) => Ok(one),
        ([first, ..], _, _) => {
            let message =
                format!("this Markdown document has {} sequence diagrams, at {}", holding.len(), lines(&holding));
            let complaint =
                source.complain(first.opening.range(), message).expected("expected one diagram in the file");
            Err(complaint.hint("write the one that is meant into a file of its own"))
        }
        ([], [first, ..], _) => {
            let message = format!(
                "none of the diagrams in this Markdown document, at {}, is a sequence diagram",
                lines(&mermaid)
            );
            Err(source
                .complain(first.opening.range(), message)
                .expected("expected `sequenceDiagram` below one of them"))
        }
        ([], [], [one]) if one.language.is_empty() => Ok(one),
        ([], [], others) => {
            let languages: Vec<String> = others.iter().map(|fence| format!("`{}`", fence.language)).collect();
            let (place, message) = match others {
                [one] => (one.opening, format!("the fence holds `{}` and not a diagram", one.language)),
                [first, ..] => (first.opening, format!("the fences hold {} and no diagram", languages.join(", "))),
                [] => (source.span().until(0), "there is no diagram".to_owned()),
            };
            Err(source.complain(place.range(), message).expected("expected ```mermaid"))
        }
    }
}

/// Tells whether a text is a sequence diagram, going by its first statement.
fn is_sequence_diagram(text: Span<'_>) -> bool {
    let content = front_matter(text).map_or(text, |end| text.from(end));
    let first = Lexer::new(content).next();
    first.is_some_and(|first| first.text.get(..HEADER.len()).is_some_and(|word| word.eq_ignore_ascii_case(HEADER)))
}

fn behind_front_matter<'t>(source: &Source<'t>, text: Span<'t>) -> Result<Span<'t>, Diagnostic> {
    let content = text.from(text.text.len() - text.text.trim_start().len());
    let opening = first_line(content);
    match front_matter(text) {
        Some(end) => Ok(text.from(end)),
        None if opening.text.trim_end() == "---" => {
            Err(source.complain(opening.range(), "the front matter is never closed").expected("opened here"))
        }
        None => Ok(content),
    }
}

/// Returns where the front matter of a text ends, if it has one and it ends.
fn front_matter(text: Span<'_>) -> Option<usize> {
    let mut at = text.text.len() - text.text.trim_start().len();
    let mut lines = text.text[at..].split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---")?;
    at += opening.len();
    for line in lines {
        at += line.len();
        if line.trim() == "---" {
            return Some(at);
        }
    }
    None
}

/// Returns the first line, without its end.
fn first_line(text: Span<'_>) -> Span<'_> {
    text.until(text.text.find(['\n', '\r']).unwrap_or(text.text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Result<String, String> {
        open(&Source::new("d", text))
            .map(|(inside, _)| inside.text.trim().to_owned())
            .map_err(|diagnostic| diagnostic.message().to_owned())
    }

    #[test]
    fn the_diagram_is_found_within_everything_around_it() {
        for text in [
            "sequenceDiagram\n",
            "\u{feff}sequenceDiagram",
            "\n\n```\nsequenceDiagram\n```\n\n",
            "```mermaid\r\nsequenceDiagram\r\n```\r\n",
            "````Mermaid\nsequenceDiagram\n````",
            "---\ntitle: x\n---\nsequenceDiagram",
            "```mermaid\n---\n---\nsequenceDiagram\n```",
            "```mermaid title=\"Refreshing a token\"\nsequenceDiagram\n```",
            "~~~mermaid\nsequenceDiagram\n~~~",
            "::: mermaid\nsequenceDiagram\n:::",
            "```{mermaid}\n:caption: x\nsequenceDiagram\n```",
            "# Title\n\nWords.\n\n- one\n\n  ```mermaid\n  sequenceDiagram\n  ```\n\n```rust\nfn main() {}\n```\n",
            "---\ntitle: x\n---\n# Title\n```mermaid\nflowchart TD\nA-->B\n```\n```mermaid\nsequenceDiagram\n```\n",
            "````md\n```mermaid\nsequenceDiagram\nA->>B: /example\n```\n````\n```mermaid\nsequenceDiagram\n```\n",
            "# Unclosed\n```mermaid\nsequenceDiagram",
        ] {
            assert_eq!(opened(text).as_deref(), Ok("sequenceDiagram"), "{text}");
        }
    }

    #[test]
    fn comments_and_directives_may_stand_before_a_diagram() {
        let text = "```mermaid\n%% x\n%%{init: {}}%%\nsequenceDiagram\n```\n```mermaid\npie\n```";
        assert!(opened(text).is_ok_and(|inside| inside.ends_with("sequenceDiagram")));
    }

    #[test]
    fn what_holds_no_diagram_or_several_is_told() {
        let several =
            "```mermaid\nsequenceDiagram\n```\n\n```mermaid\nsequenceDiagram\n```\n~~~mermaid\nsequenceDiagram\n~~~\n";
        let none = "```mermaid\npie\n```\n```mermaid\ngantt\n```\n";
        for (text, message) in [
            ("", "the file is empty"),
            ("\u{feff} \r\n", "the file is empty"),
            ("```rust\nx\n```", "the fence holds `rust` and not a diagram"),
            ("```rust\nx\n```\n\n```js\nx\n```\n", "the fences hold `rust`, `js` and no diagram"),
            ("---\ntitle: x\nsequenceDiagram", "the front matter is never closed"),
            (several, "this Markdown document has 3 sequence diagrams, at lines 1, 5 and 8"),
            (none, "none of the diagrams in this Markdown document, at lines 1 and 4, is a sequence diagram"),
        ] {
            assert_eq!(opened(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_fence_that_is_never_closed_is_odd() {
        let odd = |text| open(&Source::new("d", text)).map_or(9, |(_, odd)| odd.len());
        assert_eq!(odd("```mermaid\nsequenceDiagram"), 1);
        assert_eq!(odd("```mermaid\nsequenceDiagram\n```"), 0);
    }
}
