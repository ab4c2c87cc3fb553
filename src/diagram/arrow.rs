//! An arrow: one message of the diagram, numbered in order of appearance.

use super::{action::Action, label::Label, member::Member, reply::ReplyLabel, request::RequestLabel, warning::Warning};

/// An arrow of the diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Its place among the arrows, from 1.
    pub number: usize,
    /// The line of the file it is drawn on, from 1.
    pub line: usize,
    /// The name of the lifeline it leaves.
    pub from: String,
    /// The name of the lifeline it reaches.
    pub to: String,
    /// Its label, with every `<br/>` a space and single spaces between words.
    pub text: String,
    /// What the label says.
    pub meaning: Meaning,
    /// Whether the label has words that nothing checks.
    pub unchecked: bool,
    /// The innermost conditional block around it, an index into [`Diagram::blocks`](super::Diagram::blocks).
    pub block: Option<usize>,
}

/// What the label of an arrow says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A request to another lifeline.
    Request(RequestLabel),
    /// A reply to another lifeline.
    Reply(ReplyLabel),
    /// Something a lifeline does by itself.
    Action(Action),
}

impl Arrow {
    /// Tells whether the arrow returns to the lifeline it leaves.
    pub fn is_internal(&self) -> bool {
        matches!(self.meaning, Meaning::Action(_))
    }

    /// Returns the members drawn on the arrow; an internal action has none.
    pub fn members(&self) -> &[Member] {
        match &self.meaning {
            Meaning::Request(request) => &request.members,
            Meaning::Reply(reply) => &reply.members,
            Meaning::Action(_) => &[],
        }
    }

    /// Tells whether both arrows draw the same step of different courses.
    pub(super) fn same_direction(&self, other: &Self) -> bool {
        let same_step = match (&self.meaning, &other.meaning) {
            (Meaning::Request(mine), Meaning::Request(theirs)) => mine.same_place(theirs),
            (Meaning::Reply(_), Meaning::Reply(_)) => true,
            (Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_), _) => false,
        };
        same_step && self.from == other.from && self.to == other.to
    }
}

impl Meaning {
    /// Reads what a label says between two lifelines; `None` when it is neither a request nor a reply.
    pub(super) fn between_two(label: &Label) -> Option<(Self, Vec<Warning>)> {
        if let Some((request, warnings)) = RequestLabel::read(label) {
            return Some((Self::Request(request), warnings));
        }
        ReplyLabel::read(label).map(|(reply, warnings)| (Self::Reply(reply), warnings))
    }

    /// Reads what a label says of a lifeline by itself.
    pub(super) fn of_one(label: &Label) -> (Self, Vec<Warning>) {
        let action = Action::of(&label.plain());
        let unknown = (action == Action::Other).then(|| Warning {
            span: label.span(0..label.text().len()),
            message: "an internal action that is not known".to_owned(),
            expected: "no one will judge this",
            hint: "",
        });
        (Self::Action(action), unknown.into_iter().collect())
    }
}
