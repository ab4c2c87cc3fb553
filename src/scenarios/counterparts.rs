//! Counterparts: the arrows of the diagram in hand that stand for those of the built-in one.
//!
//! The built-in features speak of arrows by the numbers of the built-in diagram. Of another diagram they mean the arrows
//! that do the same: a request or a reply on the same hop, an action of the same kind by the same participant.

use std::collections::BTreeSet;
use std::mem::discriminant;

use super::record::Halt;
use super::refresh::Refresh;
use super::world::{Stage, Step};
use crate::diagram::{Arrow, Circumstances, Diagram, Meaning};
use crate::verdict::{ends_of, hops_of};

/// Returns the arrows of a diagram that do, in the circumstances, what an arrow of the built-in one does.
pub(super) fn counterparts(arrow: &Arrow, diagram: &Diagram, circumstances: Circumstances) -> Vec<usize> {
    let course = diagram.course(circumstances);
    let alike = course.arrows.iter().map(|step| step.arrow).filter(|other| does_the_same(arrow, other));
    alike.map(|other| other.number).collect()
}

/// Returns the arrows of a diagram that do what an arrow of the built-in one does, in any circumstances that draw that.
pub(super) fn counterparts_where_drawn(number: usize, built_in: &Diagram, diagram: &Diagram) -> Vec<usize> {
    let meant: BTreeSet<usize> = Circumstances::all()
        .into_iter()
        .flat_map(|circumstances| {
            let arrows = built_in.course(circumstances).arrows;
            let step = arrows.into_iter().find(|step| step.arrow.number == number && !step.derived);
            step.map_or_else(Vec::new, |step| counterparts(step.arrow, diagram, circumstances))
        })
        .collect();
    meant.into_iter().collect()
}

/// Returns the arrows of a diagram that do in any circumstances what an arrow of the built-in one does.
pub(super) fn counterparts_anywhere(arrow: &Arrow, diagram: &Diagram) -> Vec<usize> {
    let alike = diagram.arrows().iter().filter(|other| does_the_same(arrow, other));
    alike.map(|other| other.number).collect()
}

fn does_the_same(drawn: &Arrow, other: &Arrow) -> bool {
    match (&drawn.meaning, &other.meaning) {
        (Meaning::Request(_), Meaning::Request(_)) => {
            let hops = hops_of(drawn);
            hops_of(other).iter().any(|hop| hops.contains(hop))
        }
        (Meaning::Reply(_), Meaning::Reply(_) | Meaning::Prose(_)) => {
            let leads_outwards = ends_of(other)[0] > ends_of(other)[1];
            leads_outwards && hops_of(drawn).first().is_some_and(|hop| hops_of(other).first() == Some(hop))
        }
        (Meaning::Action(mine), Meaning::Action(theirs)) => {
            discriminant(mine) == discriminant(theirs) && ends_of(drawn) == ends_of(other)
        }
        (Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_), _) => false,
    }
}

impl Stage {
    /// Returns the arrows of the diagram in hand that a step means by a number in a refresh, and takes note where there
    /// are none.
    pub(super) fn arrows_meant(&mut self, number: usize, refresh: &Refresh) -> Result<Vec<usize>, Halt> {
        let run = self.run()?;
        let Some(built_in) = run.built_in.as_ref().filter(|_| self.built_in) else { return Ok(vec![number]) };
        let Some(drawn) = built_in.arrow(number) else { return Ok(Vec::new()) };
        self.must_be_drawn(refresh)?;
        let meant = counterparts(drawn, &run.diagram, refresh.circumstances);
        if meant.is_empty() {
            let what = if drawn.is_internal() { drawn.from.clone() } else { format!("{} to {}", drawn.from, drawn.to) };
            self.note(format!(
                "the diagram draws nothing like “{}” of {what}, so nothing is demanded of it",
                drawn.text
            ));
        }
        Ok(meant)
    }

    /// Returns the first of the arrows that a step means by a number in the last refresh, if there is one.
    pub(super) fn arrow_meant(&mut self, number: usize) -> Result<Option<usize>, Halt> {
        let run = self.run()?;
        let Some(built_in) = run.built_in.as_ref().filter(|_| self.built_in) else { return Ok(Some(number)) };
        if let Some(refresh) = self.refreshes.last().cloned() {
            return Ok(self.arrows_meant(number, &refresh)?.first().copied());
        }
        // A call that is no refresh has no course.
        let meant = built_in.arrow(number).map(|drawn| counterparts_anywhere(drawn, &run.diagram)).unwrap_or_default();
        Ok(meant.first().copied())
    }

    /// Stops the scenario where the diagram does not draw what follows from the circumstances of a refresh.
    pub(super) fn must_be_drawn(&mut self, refresh: &Refresh) -> Step {
        match self.run()?.diagram.leaves_open(refresh.circumstances) {
            Some(reason) => Err(self.stop(Halt::NotObserved(reason.to_owned()))),
            None => Ok(()),
        }
    }

    fn note(&mut self, note: String) {
        if !self.record.notes.contains(&note) {
            self.record.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::{Feature, Validity};

    const REDRAWN: &str = "sequenceDiagram\nactor C as Customer\nparticipant S as Starship\nparticipant F as FWO\n\
        participant A as Federated Auth\nC->>S: POST /x\nS->>F: POST /x\nF->>F: Keeps configurations\n\
        opt Feature is turned off\nF->>A: POST /y\nend\nopt Feature is turned on\nF->>A: POST /y\nend\nA->>F: {a}\n\
        F->>S: {a}\nS->>C: Sends it on";

    #[test]
    fn what_does_the_same_is_found_under_another_number() {
        let (built_in, redrawn) = (Diagram::built_in().unwrap(), Diagram::parse("d", REDRAWN).unwrap());
        let meant = |number: usize, feature| {
            let circumstances = Circumstances::new(feature, Validity::Valid, Validity::Valid);
            counterparts(built_in.arrow(number).unwrap(), &redrawn, circumstances)
        };
        assert_eq!(meant(1, Feature::On), [1, 2]);
        assert_eq!(meant(4, Feature::On), [3]);
        assert_eq!((meant(5, Feature::On), meant(7, Feature::Off)), (vec![5], vec![4]));
        assert_eq!(
            (meant(11, Feature::On), meant(12, Feature::On), meant(14, Feature::On)),
            (vec![6], vec![7], vec![8])
        );
        assert_eq!((meant(6, Feature::On), meant(9, Feature::On), meant(13, Feature::On)), (vec![], vec![], vec![]));
        assert_eq!(counterparts_anywhere(built_in.arrow(5).unwrap(), &redrawn), [4, 5]);
        assert_eq!(counterparts_where_drawn(5, &built_in, &redrawn), [5]);
    }

    #[test]
    fn the_built_in_diagram_means_itself() {
        let built_in = Diagram::built_in().unwrap();
        for circumstances in Circumstances::all() {
            for step in built_in.course(circumstances).arrows {
                assert_eq!(counterparts(step.arrow, &built_in, circumstances), [step.arrow.number]);
            }
        }
    }
}
