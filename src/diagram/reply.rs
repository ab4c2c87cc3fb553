//! A reply as drawn: `{member: name, ...}`.

use super::{
    drawn_body::Body,
    label::Label,
    member::Member,
    warning::{Warning, unread},
};

/// The label of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLabel {
    /// The members of the body.
    pub members: Vec<Member>,
}

impl ReplyLabel {
    /// Reads the label of a reply; `None` when it has no brace.
    pub(super) fn read(label: &Label) -> Option<(Self, Vec<Warning>)> {
        let text = label.text();
        let open = text.find('{')?;
        let body = Body::read(label, open, Vec::new());
        let mut warnings = body.warnings;
        let before = text[..open].trim_end();
        if !before.is_empty() {
            warnings.push(unread(label.span(0..before.len()), before));
        }
        let after = text[body.end..].trim();
        let at = body.end + (text[body.end..].len() - text[body.end..].trim_start().len());
        let span = label.span(at..at + after.len());
        if after.starts_with('}') {
            warnings.push(Warning {
                span,
                message: "a closing brace too many".to_owned(),
                expected: "expected the end of the label",
                hint: "the label is read as if it ended before it",
            });
        } else if !after.is_empty() {
            warnings.push(unread(span, after));
        }
        Some((Self { members: body.members }, warnings))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::span::Span, *};

    fn read(text: &str) -> Option<(usize, Vec<String>)> {
        let (reply, warnings) = ReplyLabel::read(&Label::new(Span { text, start: 0 }))?;
        Some((reply.members.len(), warnings.into_iter().map(|warning| warning.message).collect()))
    }

    #[test]
    fn a_reply_has_the_members_between_its_braces() {
        assert_eq!(read("{a: b, <br/>c: {d, e}}"), Some((3, vec![])));
        assert_eq!(read("OK"), None);
    }

    #[test]
    fn what_stands_around_the_braces_is_odd() {
        assert_eq!(read("200 {a}"), Some((1, vec!["`200` is not understood".to_owned()])));
        assert_eq!(read("{a} then"), Some((1, vec!["`then` is not understood".to_owned()])));
        assert_eq!(read("{a}}"), Some((1, vec!["a closing brace too many".to_owned()])));
        assert_eq!(read("{a"), Some((1, vec!["a closing brace is missing".to_owned()])));
    }
}
