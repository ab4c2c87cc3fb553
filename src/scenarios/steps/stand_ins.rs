//! Stand-ins for whoever is behind the participant that a scenario is about.

use cucumber::{gherkin, given};

use crate::protocol::{Hop, Participant};
use crate::scenarios::parameters::{Does, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::scripted::Scripted;
use crate::scenarios::world::{Stage, Step};

/// In the refreshes of this scenario a stand-in answers in place of the participant, as the diagram draws it: what
/// follows is the doing of those in front. A request that is not drawn gets a 501, and is a deviation.
#[given(expr = "a stand-in for {participant} that {deed}")]
fn stands_in(stage: &mut Stage, who: Who, deed: Does) -> Step {
    let scripted = scripted(stage, who.0, deed)?;
    enter(stage, scripted)
}

/// The stand-in's reply has this ACAO header besides.
#[given(expr = "a stand-in for {participant} that {deed} and sends the ACAO header {string}")]
fn stands_in_with_acao(stage: &mut Stage, who: Who, deed: Does, value: String) -> Step {
    let scripted = scripted(stage, who.0, deed)?.with_header("access-control-allow-origin", value);
    enter(stage, scripted)
}

/// The names in the stand-in's reply have the values of a table: a name as the diagram draws it, and its value as JSON.
#[given(expr = "a stand-in for {participant} that {deed}, with these values")]
fn stands_in_with_values(stage: &mut Stage, who: Who, deed: Does, #[step] step: &gherkin::Step) -> Step {
    let mut scripted = scripted(stage, who.0, deed)?;
    for row in step.table.iter().flat_map(|table| &table.rows) {
        let [name, value] = &row[..] else {
            let reason = "a row of the stand-in's values holds a name and a value in JSON, and nothing else";
            return Err(stage.stop(Halt::Error(reason.to_owned())));
        };
        let read = serde_json::from_str(value).map_err(|error| Halt::Error(format!("`{value}` is no JSON: {error}")));
        let value = stage.or_stop(read)?;
        scripted = scripted.with(name, value);
    }
    enter(stage, scripted)
}

fn scripted(stage: &mut Stage, who: Participant, deed: Does) -> Result<Scripted, Halt> {
    Scripted::new(who, deed.0).ok_or_else(|| {
        let reason = match who {
            Participant::Customer | Participant::Starship => {
                "nobody can stand in for the Customer or for Starship, which the customer itself calls".to_owned()
            }
            Participant::ScopedAuth => "ScopedAuth authorizes, and refreshes no token".to_owned(),
            Participant::Orchestrator | Participant::FederatedAuth => {
                format!("{who} refreshes the token, or refuses to")
            }
        };
        stage.stop(Halt::Error(reason))
    })
}

fn enter(stage: &mut Stage, scripted: Scripted) -> Step {
    if let Some(other) = &stage.stand_in {
        let reason = format!(
            "the scenario has a stand-in for {} already, and whoever is behind one is not called",
            other.participant
        );
        return Err(stage.stop(Halt::Error(reason)));
    }
    let hop = scripted.participant.called_on().unwrap_or(Hop::Edge);
    if !stage.sees(hop) {
        let reason = format!("nobody can stand in for {} here: {hop} cannot be seen", scripted.participant);
        return Err(stage.stop(Halt::NotObserved(reason)));
    }
    stage.stand_in = Some(scripted);
    Ok(())
}
