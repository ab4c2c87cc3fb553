//! Neighbours that fail, and get well again.

use std::time::Duration;

use cucumber::{given, when};

use crate::protocol::Hop;
use crate::scenarios::parameters::{Ailment, Trouble, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::wire::{Fault, Latency};

/// What uneven waits are drawn from.
const SEED: u64 = 1;

/// From now on the calls of this scenario to the participant meet this trouble.
#[given(expr = "{participant} {trouble}")]
fn is_in_trouble(stage: &mut Stage, who: Who, trouble: Trouble) -> Step {
    let fault = match trouble.0 {
        Ailment::NeverAnswers => Fault::NeverAnswers,
        Ailment::BreaksOff => Fault::BreaksOff,
        Ailment::Resets => Fault::Resets,
        Ailment::ResetsMidway => Fault::ResetsMidway,
        Ailment::CutShort => Fault::CutShort,
        Ailment::UnderstatesLength => Fault::UnderstatesLength,
        Ailment::Empty => Fault::Empty,
        Ailment::NotJson => Fault::NotJson,
        Ailment::WrongShape => Fault::WrongShape,
    };
    meets(stage, who, fault)
}

/// The participant is not asked; the status comes with an empty JSON object.
#[given(expr = "{participant} answers with status {int}")]
fn answers_with_status(stage: &mut Stage, who: Who, status: u16) -> Step {
    if !(200..600).contains(&status) {
        return Err(stage.stop(Halt::Error(format!("{status} is no status that an answer can have"))));
    }
    meets(stage, who, Fault::Status(status))
}

/// Each call waits this long before it reaches the participant.
#[given(expr = "{participant} answers after {int} ms")]
fn answers_late(stage: &mut Stage, who: Who, wait: u64) -> Step {
    meets(stage, who, Fault::Late(Latency::fixed(Duration::from_millis(wait))))
}

/// Each call waits for a time between these two before it reaches the participant; the same times in every run.
#[given(expr = "{participant} answers after {int} to {int} ms")]
fn answers_unevenly(stage: &mut Stage, who: Who, least: u64, most: u64) -> Step {
    let [least, most] = [least, most].map(Duration::from_millis);
    meets(stage, who, Fault::Late(Latency::jittered(least, most, SEED)))
}

/// The head of the answer comes at once, its body with a pause before each byte.
#[given(expr = "{participant} drips its answer, a byte every {int} ms")]
fn drips(stage: &mut Stage, who: Who, pause: u64) -> Step {
    meets(stage, who, Fault::Drips(Duration::from_millis(pause)))
}

/// The trouble is over.
#[when(expr = "{participant} is well again")]
fn is_well_again(stage: &mut Stage, who: Who) {
    stage.trouble.retain(|(hop, _)| Some(*hop) != who.0.called_on());
}

fn meets(stage: &mut Stage, who: Who, fault: Fault) -> Step {
    let Some(hop) = who.0.called_on().filter(|hop| *hop != Hop::Edge) else {
        return Err(stage.stop(Halt::Error(format!("{} is called by the customer itself", who.0))));
    };
    if !stage.sees(hop) {
        return Err(stage.stop(Halt::NotObserved(format!("no trouble can be made on {hop} from here"))));
    }
    stage.trouble.push((hop, fault));
    Ok(())
}
