//! A reply as drawn: `{member: name, ...}` or `res.body={member: name}`.

use super::{
    assignments::{Assignments, find_part},
    label::Label,
    member::Member,
    warning::{Warning, unread},
};

/// The label of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLabel {
    /// The members of the body.
    pub members: Vec<Member>,
    /// Whether the label says that there are more members than it draws.
    pub open: bool,
}

impl ReplyLabel {
    /// Reads the label of a reply; `None` when it draws neither a body nor another part of one.
    pub(super) fn read(label: &Label) -> Option<(Self, Vec<Warning>)> {
        let text = label.text();
        let brace = text.find('{');
        // A list of objects begins at its bracket.
        let brace = brace.map(|at| text[..at].trim_end().strip_suffix('[').map_or(at, str::len));
        let part = find_part(text).map(|(at, _)| at).filter(|at| !text[*at..].to_lowercase().starts_with("req"));
        let at = brace.into_iter().chain(part).min()?;
        let mut warnings = Vec::new();
        let before = text[..at].trim_end();
        if !before.is_empty() {
            warnings.push(unread(label.span(0..before.len()), before));
        }
        let read = Assignments::read(label, at);
        warnings.extend(read.warnings);
        Some((Self { members: read.members, open: read.open }, warnings))
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
        assert_eq!(read("res.body={a: b}<br/>res.body.c=d"), Some((2, vec![])));
        for text in ["OK", "req.body.a=b", "Returns 403 unauthorised", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_around_the_braces_is_odd() {
        assert_eq!(read("200 {a}"), Some((1, vec!["`200` is not understood".to_owned()])));
        assert_eq!(read("{a} then"), Some((1, vec!["`then` is not understood".to_owned()])));
        assert_eq!(read("{a}}"), Some((1, vec!["a closing brace too many".to_owned()])));
        assert_eq!(read("{a"), Some((1, vec!["a closing brace is missing".to_owned()])));
        assert_eq!(read("res.header.ACAO='*'").map(|(members, odd)| (members, odd.len())), Some((0, 1)));
        assert_eq!(read("[{a: b}]").map(|(members, odd)| (members, odd.len())), Some((0, 1)));
    }
}
