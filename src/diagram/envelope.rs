//! The envelope of a diagram: what may stand around it in a file, such as a Markdown fence and YAML front matter.

use super::{source::Source, span::Span};
use crate::diagnostic::Diagnostic;

/// Returns the diagram within byte order mark, fence and front matter.
pub(super) fn open<'t>(source: &Source<'t>) -> Result<Span<'t>, Diagnostic> {
    let whole = source.span();
    let marked = if whole.text.starts_with('\u{feff}') { whole.from('\u{feff}'.len_utf8()) } else { whole };
    if marked.trim().is_empty() {
        return Err(source.complain(0..0, "the file is empty").expected("expected `sequenceDiagram`"));
    }
    let unfenced = within_fence(source, marked)?;
    behind_front_matter(source, unfenced)
}

fn within_fence<'t>(source: &Source<'t>, text: Span<'t>) -> Result<Span<'t>, Diagnostic> {
    let fenced = text.trim();
    let ticks = fenced.text.len() - fenced.text.trim_start_matches('`').len();
    if ticks < 3 {
        return Ok(text);
    }
    let opening = first_line(fenced);
    let language = opening.text.trim_start_matches('`').trim();
    if !language.is_empty() && !language.eq_ignore_ascii_case("mermaid") {
        let complaint = source.complain(opening.range(), format!("the fence holds `{language}` and not a diagram"));
        return Err(complaint.expected("expected ```mermaid"));
    }
    let inside = fenced.from(opening.text.len());
    let mut at = 0;
    for line in inside.text.split_inclusive('\n') {
        if line.trim_start().starts_with(&fenced.text[..ticks]) {
            let behind = inside.from(at + line.len()).trim();
            if behind.is_empty() {
                return Ok(inside.until(at));
            }
            let complaint =
                source.complain(first_line(behind).range(), "there is text behind the fence of the diagram");
            return Err(complaint.expected("expected the end of the file"));
        }
        at += line.len();
    }
    Err(source.complain(opening.range(), "the fence is never closed").expected("opened here"))
}

fn behind_front_matter<'t>(source: &Source<'t>, text: Span<'t>) -> Result<Span<'t>, Diagnostic> {
    let content = text.from(text.text.len() - text.text.trim_start().len());
    let opening = first_line(content);
    if opening.text.trim_end() != "---" {
        return Ok(content);
    }
    let inside = content.from(opening.text.len());
    let mut at = 0;
    for line in inside.text.split_inclusive('\n') {
        at += line.len();
        if line.trim() == "---" {
            return Ok(inside.from(at));
        }
    }
    Err(source.complain(opening.range(), "the front matter is never closed").expected("opened here"))
}

/// Returns the first line, without its end.
pub(super) fn first_line(text: Span<'_>) -> Span<'_> {
    text.until(text.text.find(['\n', '\r']).unwrap_or(text.text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Result<String, String> {
        open(&Source::new("d", text)).map(|inside| inside.text.trim().to_owned()).map_err(|d| d.message().to_owned())
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
        ] {
            assert_eq!(opened(text).as_deref(), Ok("sequenceDiagram"), "{text}");
        }
    }

    #[test]
    fn what_is_opened_must_be_closed() {
        for (text, message) in [
            ("", "the file is empty"),
            ("\u{feff} \r\n", "the file is empty"),
            ("```mermaid\nx", "the fence is never closed"),
            ("```rust\nx\n```", "the fence holds `rust` and not a diagram"),
            ("```\nx\n```\nmore", "there is text behind the fence of the diagram"),
            ("---\ntitle: x\nsequenceDiagram", "the front matter is never closed"),
        ] {
            assert_eq!(opened(text), Err(message.to_owned()), "{text}");
        }
    }
}
