//! A course: the arrows that apply in given circumstances.
//!
//! It is computed from the labels of the blocks and never written by hand.

use super::{
    arrow::{Arrow, Meaning},
    block::{Block, BlockKind},
    circumstances::Circumstances,
};

/// The arrows that apply in given circumstances, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course<'d> {
    /// The circumstances.
    pub circumstances: Circumstances,
    /// The arrows.
    pub arrows: Vec<CourseArrow<'d>>,
}

/// An arrow of a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CourseArrow<'d> {
    /// The arrow as drawn.
    pub arrow: &'d Arrow,
    /// Whether it is not drawn for these circumstances, but taken from those that differ only in the feature.
    pub derived: bool,
}

impl<'d> Course<'d> {
    /// Returns the course of a diagram: what is outside any block, and the blocks whose conditions hold.
    ///
    /// Where requests but no replies are drawn, the blocks that answer with only the feature the other way answer here
    /// too, as derived arrows behind the requests. A block whose condition is not known is on no course.
    pub(super) fn of(all: &'d [Arrow], blocks: &[Block], circumstances: Circumstances) -> Self {
        let circumstances = circumstances.normalised();
        let drawn = applying(all, blocks, circumstances);
        let mut arrows: Vec<_> = drawn.iter().map(|arrow| CourseArrow { arrow, derived: false }).collect();
        let asks = drawn.iter().any(|arrow| matches!(arrow.meaning, Meaning::Request(_)));
        if asks && !drawn.iter().any(|arrow| is_reply(arrow)) {
            let elsewhere = applying(all, blocks, circumstances.flipped());
            let answering = answering_blocks(blocks, &elsewhere);
            let answers = elsewhere.into_iter().filter(|arrow| {
                let in_answer = arrow.block.is_some_and(|block| answering[block]);
                let here = drawn.binary_search_by_key(&arrow.number, |step| step.number).is_ok();
                in_answer && !here && !matches!(arrow.meaning, Meaning::Request(_))
            });
            let asked = drawn.iter().rposition(|arrow| matches!(arrow.meaning, Meaning::Request(_)));
            let behind = asked.map_or(0, |last| last + 1);
            let answers = answers.map(|arrow| CourseArrow { arrow, derived: true });
            arrows.splice(behind..behind, answers);
        }
        Self { circumstances, arrows }
    }

    /// Tells whether the arrow of this number is part of the course, drawn or derived.
    pub fn contains(&self, number: usize) -> bool {
        self.arrows.iter().any(|step| step.arrow.number == number)
    }
}

/// Returns the arrows drawn for the circumstances; a `break` that applies ends them.
fn applying<'d>(all: &'d [Arrow], blocks: &[Block], circumstances: Circumstances) -> Vec<&'d Arrow> {
    let mut holding: Vec<bool> = Vec::with_capacity(blocks.len());
    for block in blocks {
        // A block comes after the blocks around it.
        let around = block.parent.is_none_or(|parent| holding[parent]);
        holding.push(around && block.condition.as_ref().is_some_and(|condition| condition.holds(circumstances)));
    }
    let breaks = blocks.iter().zip(&holding).filter(|(block, holds)| **holds && block.kind == BlockKind::Break);
    let last = breaks.map(|(block, _)| block.last).min().unwrap_or(usize::MAX);
    let applies = |arrow: &&Arrow| arrow.number <= last && arrow.block.is_none_or(|block| holding[block]);
    all.iter().filter(applies).collect()
}

/// Says of each block whether one of the arrows in it is a reply.
fn answering_blocks(blocks: &[Block], arrows: &[&Arrow]) -> Vec<bool> {
    let mut answering = vec![false; blocks.len()];
    for arrow in arrows.iter().filter(|arrow| is_reply(arrow)) {
        let mut around = arrow.block;
        while let Some(block) = around.filter(|block| !answering[*block]) {
            answering[block] = true;
            around = blocks[block].parent;
        }
    }
    answering
}

fn is_reply(arrow: &Arrow) -> bool {
    matches!(arrow.meaning, Meaning::Reply(_))
}

#[cfg(test)]
mod tests {
    use super::{
        super::circumstances::{Feature, Validity},
        *,
    };
    use crate::diagram::Diagram;

    const SHIPPED: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");

    /// Writes the numbers of a course, with an apostrophe behind the derived ones.
    fn numbers(text: &str, feature: Feature, token: Validity, fingerprint: Validity) -> String {
        let diagram = Diagram::parse("d.mmd", text).unwrap();
        let course = diagram.course(Circumstances { feature, token, fingerprint });
        let number = |step: &CourseArrow<'_>| format!("{}{}", step.arrow.number, if step.derived { "'" } else { "" });
        course.arrows.iter().map(number).collect::<Vec<_>>().join(" ")
    }

    fn shipped(feature: Feature, token: Validity, fingerprint: Validity) -> String {
        numbers(SHIPPED, feature, token, fingerprint)
    }

    #[test]
    fn the_shipped_diagram_has_a_course_for_all_circumstances() {
        use Feature::{Off, On};
        use Validity::{Invalid, Valid};
        assert_eq!(shipped(On, Valid, Valid), "1 2 3 4 5 6 9 10 11 12 13 14");
        assert_eq!(shipped(On, Valid, Invalid), "1 2 3 4 5 6 15 16 17 18 19 20");
        assert_eq!(shipped(On, Invalid, Valid), "1 2 3 4 5 6 21 22 23 24 25 26");
        assert_eq!(shipped(On, Invalid, Invalid), "1 2 3 4 5 6 21 22 23 24 25 26");
        assert_eq!(shipped(Off, Invalid, Valid), "1 2 3 4 7 8 21 22 23 24 25 26");
    }

    #[test]
    fn with_the_feature_off_a_valid_token_is_answered_as_with_it_on() {
        let expected = "1 2 3 4 7 8 9' 10' 11' 12' 13' 14'";
        assert_eq!(shipped(Feature::Off, Validity::Valid, Validity::Valid), expected);
        assert_eq!(shipped(Feature::Off, Validity::Valid, Validity::Invalid), expected);
    }

    #[test]
    fn nested_blocks_need_every_condition_around_them() {
        let text = "sequenceDiagram\nA->>B: POST /x\nopt valid token\nB->>A: {a}\nopt feature is on\nB->>B: x\nend\nend\n\
             alt feature is off\nB->>A: {b}\nelse valid fingerprint\nB->>A: {c}\nelse\nB->>A: {d}\nend";
        assert_eq!(numbers(text, Feature::On, Validity::Valid, Validity::Invalid), "1 2 3 6");
        assert_eq!(numbers(text, Feature::On, Validity::Invalid, Validity::Valid), "1 5");
        assert_eq!(numbers(text, Feature::Off, Validity::Valid, Validity::Valid), "1 2 4");
    }

    #[test]
    fn a_break_that_applies_ends_the_course() {
        let text = "sequenceDiagram\nA->>B: POST /x\nbreak invalid token\nB->>A: {no}\nend\nB->>A: {yes}";
        assert_eq!(numbers(text, Feature::On, Validity::Invalid, Validity::Valid), "1 2");
        assert_eq!(numbers(text, Feature::On, Validity::Valid, Validity::Valid), "1 3");
    }

    #[test]
    fn a_block_that_nobody_can_tell_is_on_no_course() {
        let text = "sequenceDiagram\nA->>B: POST /x\nopt the moon is full\nB->>A: {no}\nend\nbreak who knows\nB->>A: {no}\n\
                    end\nB->>A: {yes}";
        assert_eq!(numbers(text, Feature::On, Validity::Valid, Validity::Valid), "1 4");
    }

    #[test]
    fn what_is_derived_stands_behind_the_requests() {
        let text = "sequenceDiagram\nopt feature is on\nA->>B: /x\nB->>A: {a}\nend\nopt feature is off\nA->>B: /y\nend\n\
                    B->>A: sends it";
        assert_eq!(numbers(text, Feature::Off, Validity::Valid, Validity::Valid), "3 2' 4");
    }

    #[test]
    fn loops_parallels_and_colours_are_no_conditions() {
        let text = "sequenceDiagram\nloop twice\nA->>B: POST /x\nend\npar a\nB->>A: {a}\nand b\nB->>A: {b}\nend\n\
             rect red\nA->>A: x\nend\ncritical c\nA->>A: y\noption invalid token\nA->>A: z\nend";
        assert_eq!(numbers(text, Feature::On, Validity::Valid, Validity::Valid), "1 2 3 4 5");
        assert_eq!(numbers(text, Feature::On, Validity::Invalid, Validity::Valid), "1 2 3 4 5 6");
    }
}
