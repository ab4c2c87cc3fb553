//! Neighbours that fail, and get well again.

use cucumber::{given, when};

use crate::protocol::Hop;
use crate::scenarios::parameters::{Ailment, Trouble, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::topology::Fault;

/// From now on the calls of this scenario to the participant meet this trouble.
#[given(expr = "{participant} {trouble}")]
fn is_in_trouble(stage: &mut Stage, who: Who, trouble: Trouble) -> Step {
    let Some(hop) = who.0.called_on().filter(|hop| *hop != Hop::Edge) else {
        return Err(stage.stop(Halt::Error(format!("{} is called by the customer itself", who.0))));
    };
    let fault = match trouble.0 {
        Ailment::NeverAnswers => Fault::NeverAnswers,
        Ailment::BreaksOff => Fault::BreaksOff,
        Ailment::Status500 => Fault::Status(500),
        Ailment::NotJson => Fault::NotJson,
        Ailment::WrongShape => Fault::WrongShape,
    };
    if !stage.sees(hop) {
        return Err(stage.stop(Halt::NotObserved(format!("no trouble can be made on {hop} from here"))));
    }
    stage.trouble.push((hop, fault));
    Ok(())
}

/// The trouble is over.
#[when(expr = "{participant} is well again")]
fn is_well_again(stage: &mut Stage, who: Who) {
    stage.trouble.retain(|(hop, _)| Some(*hop) != who.0.called_on());
}
