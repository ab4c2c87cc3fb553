//! Identities over several refreshes.

use std::collections::HashSet;

use cucumber::then;

use crate::diagram::{Arrow, Kind, Meaning, Member};
use crate::protocol::{Hop, Participant};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::{Defect, Finding, ends_of};

/// Each reply that holds a unique id holds one that no other reply of the scenario does; the replies behind Starship, where
/// they are seen, as well.
#[then(expr = "no two replies to the Customer hold the same identity")]
fn identities_differ(stage: &mut Stage) -> Step {
    let run = stage.run()?;
    // Whoever answers with the new token gives the identity; behind that there is none.
    stage.must_be_judged(Participant::FederatedAuth)?;
    let mut seen = HashSet::new();
    for refresh in stage.refreshes.clone() {
        let course = run.diagram.course(refresh.circumstances);
        for arrow in course.arrows.iter().map(|step| step.arrow) {
            let Some((hop, member)) = identity_on(arrow) else { continue };
            let reply = refresh.transcript.first_on(hop).and_then(|exchange| exchange.reply());
            // A token need not be good for two refreshes; a refusal holds no identity.
            let Some(identity) = reply.and_then(|reply| reply.body.member(&member.path)) else { continue };
            if !seen.insert((arrow.number, identity.to_string())) {
                let (subject, words) = (format!("member `{}`", member.path.join(".")), arrow.quote_member(member));
                let observed = run.redactor.json(identity).to_string();
                let (defect, expected) = (Defect::WrongValue, "one that no reply before held");
                return stage.find(&refresh, Finding::must(arrow, words, defect, subject, expected, observed));
            }
        }
    }
    if seen.is_empty() {
        let reason = "no reply of this scenario holds a unique id where one is drawn".to_owned();
        let draws_one = run.diagram.arrows().iter().any(|arrow| identity_on(arrow).is_some());
        return Err(stage.stop(if draws_one { Halt::Error(reason) } else { Halt::NotObserved(reason) }));
    }
    stage.holds();
    for (arrow, _) in seen {
        stage.record.saw(&run.diagram, arrow);
    }
    Ok(())
}

/// Returns the hop that a reply crosses, and its member that is a unique id.
fn identity_on(arrow: &Arrow) -> Option<(Hop, &Member)> {
    let [from, to] = ends_of(arrow);
    let hop = from?.called_on().filter(|hop| Some(hop.caller()) == to)?;
    let is_id = |member: &&Member| member.name().is_some_and(|name| name.kind == Kind::UniqueId);
    let member = arrow.members().iter().find(is_id).filter(|_| matches!(arrow.meaning, Meaning::Reply(_)))?;
    Some((hop, member))
}
