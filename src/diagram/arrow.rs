//! An arrow: one message of the diagram, numbered in order of appearance.

use super::{
    action::Action, block_stack::Around, label::Label, member::Member, reply::ReplyLabel, request::RequestLabel,
    warning::Warning,
};

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
    /// Whether the lifelines it leaves and reaches are clients: persons, or what only stands between one and the edge.
    pub clients: [bool; 2],
    /// Its label, with every line break a space and single spaces between words.
    pub text: String,
    /// What the label says.
    pub meaning: Meaning,
    /// Whether the label has words that nothing checks.
    pub unchecked: bool,
    /// The innermost conditional block around it, an index into [`Diagram::blocks`](super::Diagram::blocks).
    pub block: Option<usize>,
    /// Whether it returns to the lifeline it leaves.
    pub(super) internal: bool,
    /// What else is around it.
    pub(super) around: Around,
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
    /// Words that say none of these, or an arrow drawn under a condition that nobody can tell: nothing is demanded.
    Prose(Prose),
}

/// An arrow of whose content nothing is demanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// The request that it draws under a condition that nobody can tell: it may come, or not.
    pub may_ask: Option<RequestLabel>,
}

impl Arrow {
    /// Tells whether the arrow returns to the lifeline it leaves.
    pub fn is_internal(&self) -> bool {
        self.internal
    }

    /// Tells whether nothing is demanded of what the arrow says.
    pub fn is_prose(&self) -> bool {
        matches!(self.meaning, Meaning::Prose(_))
    }

    /// Tells whether the arrow is drawn in a loop, so that it may cross more than once.
    pub fn may_repeat(&self) -> bool {
        self.around.in_loop
    }

    /// Tells whether the two arrows are drawn side by side, in sections of one `par`, so that neither comes first.
    pub fn is_parallel_to(&self, other: &Self) -> bool {
        let mut both = self.around.parallel.iter().zip(&other.around.parallel);
        both.find(|(mine, theirs)| mine != theirs).is_some_and(|(mine, theirs)| mine.0 == theirs.0)
    }

    /// Returns the members drawn on the arrow; only a request or a reply has any.
    pub fn members(&self) -> &[Member] {
        match &self.meaning {
            Meaning::Request(request) => &request.members,
            Meaning::Reply(reply) => &reply.members,
            Meaning::Action(_) | Meaning::Prose(_) => &[],
        }
    }

    /// Tells whether the label says that there are more members than it draws, as `...` does.
    pub fn is_open(&self) -> bool {
        match &self.meaning {
            Meaning::Request(request) => request.open,
            Meaning::Reply(reply) => reply.open,
            Meaning::Action(_) | Meaning::Prose(_) => false,
        }
    }

    /// Tells whether both arrows draw the same step of different courses.
    pub(super) fn same_direction(&self, other: &Self) -> bool {
        let same_step = match (&self.meaning, &other.meaning) {
            (Meaning::Request(mine), Meaning::Request(theirs)) => mine.same_place(theirs),
            (Meaning::Reply(_), Meaning::Reply(_)) => true,
            (Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_), _) => false,
        };
        same_step && self.from == other.from && self.to == other.to
    }
}

impl Meaning {
    /// Reads what a label says between two lifelines.
    pub(super) fn between_two(label: &Label) -> (Self, Vec<Warning>) {
        let label = &label.unquoted();
        if let Some((request, warnings)) = RequestLabel::read(label) {
            return (Self::Request(request), warnings);
        }
        match ReplyLabel::read(label) {
            Some((reply, warnings)) => (Self::Reply(reply), warnings),
            None => Self::prose(label),
        }
    }

    /// Reads what a label says of a lifeline by itself.
    pub(super) fn of_one(label: &Label) -> (Self, Vec<Warning>) {
        let label = &label.unquoted();
        let action = Action::of(&label.plain());
        if action == Action::Other { Self::prose(label) } else { (Self::Action(action), Vec::new()) }
    }

    /// Takes the meaning of an arrow under a condition that nobody can tell.
    pub(super) fn under_an_unknown_condition(self) -> Self {
        let may_ask = match self {
            Self::Request(request) => Some(request),
            Self::Reply(_) | Self::Action(_) | Self::Prose(_) => None,
        };
        Self::Prose(Prose { may_ask })
    }

    fn prose(label: &Label) -> (Self, Vec<Warning>) {
        let span = label.span(0..label.text().trim_end().len());
        let warning = Warning::new(
            span,
            "prose: this is neither a request, nor a reply, nor an action that is known",
            "nothing is demanded of what this says",
        );
        let hint = "a request is drawn as `POST /path req.body.member=name`, a reply as `{member: name, ...}`";
        (Self::Prose(Prose::default()), vec![warning.hint(hint)])
    }
}
