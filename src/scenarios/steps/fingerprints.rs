//! What fingerprints are made of, seen from outside: same or different, valid or invalid.

use cucumber::then;

use crate::diagram::Circumstances;
use crate::protocol::{Hop, Participant};
use crate::scenarios::parameters::{Found, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::steps::arrows::all_arrows;
use crate::scenarios::world::{Stage, Step};

/// The last two refreshes carry the same fingerprint.
#[then(expr = "{participant} sends the same fingerprint both times")]
fn sends_the_same(stage: &mut Stage, who: Who) -> Step {
    compare(stage, who, "the same as in the refresh before", |before, after| before == after)
}

/// The last two refreshes carry different fingerprints.
#[then(expr = "{participant} sends a different fingerprint each time")]
fn sends_a_different(stage: &mut Stage, who: Who) -> Step {
    compare(stage, who, "another than in the refresh before", |before, after| before != after)
}

/// The refresh takes the course of a valid or an invalid fingerprint, arrow by arrow.
#[then(expr = "the fingerprint is found {validity}")]
fn is_found(stage: &mut Stage, found: Found) -> Step {
    stage.must_be_judged(Participant::ScopedAuth)?;
    let mut refresh = stage.last_refresh()?;
    let Circumstances { feature, token, .. } = refresh.circumstances;
    refresh.circumstances = Circumstances::new(feature, token, found.0);
    if let Some(last) = stage.refreshes.last_mut() {
        last.circumstances = refresh.circumstances;
    }
    all_arrows(stage, &refresh)
}

fn compare(stage: &mut Stage, who: Who, expected: &str, holds: impl FnOnce(&str, &str) -> bool) -> Step {
    stage.must_be_judged(who.0)?;
    let hop = who.0.calls_on().unwrap_or(Hop::FederatedAuth);
    if !stage.sees(hop) {
        stage.unseen(&format!("what {} sends", who.0));
        return Ok(());
    }
    let refresh = stage.last_refresh()?;
    let fingerprints: Vec<String> = stage
        .refreshes
        .iter()
        .rev()
        .take(2)
        .filter_map(|refresh| refresh.transcript.first_on(hop)?.request.body.said("fingerprint"))
        .collect();
    match &fingerprints[..] {
        [after, before] if holds(before, after) => {
            stage.holds();
            if let Some(arrow) = stage.call_arrow(hop, &refresh)? {
                let run = stage.run()?;
                stage.record.saw(&run.diagram, arrow);
            }
            Ok(())
        }
        [after, _] => stage.fingerprint_finding(hop, expected, after, &refresh),
        _ => stage.fingerprint_finding(hop, expected, "", &refresh),
    }
}

impl Stage {
    /// Returns the arrow that draws the call on a hop in a refresh.
    fn call_arrow(&mut self, hop: Hop, refresh: &crate::scenarios::refresh::Refresh) -> Result<Option<usize>, Halt> {
        let run = self.run()?;
        let course = run.diagram.course(refresh.circumstances);
        Ok(crate::scenarios::drawn::call_of(&course, hop.callee()).map(|(arrow, _)| arrow.number))
    }

    /// Takes note of a wrong fingerprint, at the arrow that carries it.
    fn fingerprint_finding(
        &mut self,
        hop: Hop,
        expected: &str,
        observed: &str,
        refresh: &crate::scenarios::refresh::Refresh,
    ) -> Step {
        use crate::transcript::SecretKind;
        use crate::verdict::{Defect, Finding};

        let run = self.run()?;
        let arrow = self.call_arrow(hop, refresh)?;
        let observed = match observed {
            "" => "none".to_owned(),
            fingerprint => run.redactor.pseudonym(fingerprint, SecretKind::Fingerprint),
        };
        let Some(arrow) = arrow.and_then(|number| run.diagram.arrow(number)) else {
            return Err(self.stop(Halt::Error(format!("the diagram draws no call on {hop}"))));
        };
        let (subject, defect) = ("member `fingerprint`", Defect::WrongValue);
        self.find(refresh, Finding::must(arrow, arrow.quote(), defect, subject, expected, observed))
    }
}
