//! The wire arrows of the last refresh, held against the diagram.

use cucumber::then;

use crate::diagram::Meaning;
use crate::protocol::Participant;
use crate::scenarios::parameters::{Switch, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::refresh::{Refresh, drawn_feature};
use crate::scenarios::world::{Stage, Step};
use crate::verdict::ends_of;

/// The request is there, once, in order, with the drawn method, path and members, and none that belong elsewhere.
#[then(expr = "{participant} calls {participant} as arrow {int} draws it")]
fn calls(stage: &mut Stage, from: Who, to: Who, number: usize) -> Step {
    crosses(stage, from.0, to.0, number)
}

/// The reply is there, with the drawn members and none that belong elsewhere.
#[then(expr = "{participant} answers {participant} as arrow {int} draws it")]
fn answers(stage: &mut Stage, from: Who, to: Who, number: usize) -> Step {
    crosses(stage, from.0, to.0, number)
}

/// The reply is as drawn for the feature on, where the diagram draws none for the feature off.
#[then(expr = "{participant} answers {participant} as arrow {int} draws it for the feature {switch}")]
fn answers_as_derived(stage: &mut Stage, from: Who, to: Who, number: usize, drawn_for: Switch) -> Step {
    let refresh = stage.last_refresh()?;
    if refresh.circumstances.feature == drawn_feature(drawn_for.0) {
        let reason = format!("the feature is {} in this scenario, so nothing is derived from it", drawn_for.0);
        return Err(stage.stop(Halt::Error(reason)));
    }
    crosses(stage, from.0, to.0, number)
}

/// Every arrow of the course is as drawn, and no hop is crossed more often than that.
#[then(expr = "nothing crosses that is not drawn")]
fn nothing_else_crosses(stage: &mut Stage) -> Step {
    let refresh = stage.last_refresh()?;
    let judgement = stage.judgement(&refresh)?;
    for arrow in &judgement.arrows {
        stage.record.claims.extend(arrow.claims.iter().cloned());
    }
    stage.record.found(judgement.findings().cloned(), &refresh.transcript)
}

/// Every refresh of the scenario is as drawn, arrow by arrow.
#[then(expr = "every refresh is as drawn")]
fn every_refresh_is_as_drawn(stage: &mut Stage) -> Step {
    for refresh in stage.refreshes.clone() {
        all_arrows(stage, &refresh)?;
    }
    Ok(())
}

/// Holds every wire arrow of a refresh's course against the diagram.
pub(super) fn all_arrows(stage: &mut Stage, refresh: &Refresh) -> Step {
    let run = stage.run()?;
    let judgement = stage.judgement(refresh)?;
    for arrow in run.diagram.course(refresh.circumstances).arrows.iter().map(|course_arrow| course_arrow.arrow) {
        if judgement.arrow(arrow.number).is_some() {
            stage.assert_crossed(refresh, &judgement, arrow.number)?;
        }
    }
    Ok(())
}

fn crosses(stage: &mut Stage, from: Participant, to: Participant, number: usize) -> Step {
    let run = stage.run()?;
    if run.built_in.is_some() && stage.built_in {
        return crosses_meant(stage, from, number);
    }
    let Some(arrow) = run.diagram.arrow(number) else {
        let count = run.diagram.arrows().len();
        return Err(stage.stop(Halt::Error(format!("the diagram has no arrow {number}, only 1 to {count}"))));
    };
    if ends_of(arrow) != [Some(from), Some(to)] || matches!(arrow.meaning, Meaning::Action(_)) {
        let reason = format!(
            "the scenario has arrow {number} go from {} to {}, and the diagram draws it from {} to {}\n\
             hint: the diagram's arrows have other numbers now; `hopcheck lint` lists the steps to change",
            from.drawn_name(),
            to.drawn_name(),
            arrow.from,
            arrow.to
        );
        return Err(stage.stop(Halt::Error(reason)));
    }
    stage.must_be_judged(from)?;
    let refresh = stage.last_refresh()?;
    let judgement = stage.judgement(&refresh)?;
    if arrow.is_prose() && judgement.arrow(number).is_none() {
        let reason = format!("arrow {number} is prose, of which nothing is demanded: “{}”", arrow.text);
        return Err(stage.stop(Halt::NotObserved(reason)));
    }
    stage.assert_crossed(&refresh, &judgement, number)
}

/// Judges the arrows of another diagram that do what an arrow of the built-in one does.
fn crosses_meant(stage: &mut Stage, from: Participant, number: usize) -> Step {
    stage.must_be_judged(from)?;
    let refresh = stage.last_refresh()?;
    let meant = stage.arrows_meant(number, &refresh)?;
    let judgement = stage.judgement(&refresh)?;
    for number in meant.into_iter().filter(|number| judgement.arrow(*number).is_some()) {
        stage.assert_crossed(&refresh, &judgement, number)?;
    }
    Ok(())
}
