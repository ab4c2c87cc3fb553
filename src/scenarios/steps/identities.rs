//! Identities over several refreshes.

use std::collections::HashSet;

use cucumber::then;

use crate::diagram::{Kind, Meaning, Value};
use crate::protocol::Participant;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::Finding;

/// Each reply that holds a unique id holds one that no other reply of the scenario does.
#[then(expr = "no two replies to the Customer hold the same identity")]
fn identities_differ(stage: &mut Stage) -> Step {
    let run = stage.run()?;
    // Whoever answers with the new token gives the identity; behind that there is none.
    stage.must_be_judged(Participant::FederatedAuth)?;
    let mut seen = HashSet::new();
    for refresh in stage.refreshes.clone() {
        let course = run.diagram.course(refresh.circumstances);
        let drawn = course.arrows.iter().rev().find(|arrow| matches!(arrow.arrow.meaning, Meaning::Reply(_)));
        let member = drawn.and_then(|drawn| {
            let is_id = |value: &Value| matches!(value, Value::Name(name) if name.kind == Kind::UniqueId);
            drawn.arrow.members().iter().find(|member| is_id(&member.value)).map(|member| (drawn.arrow.number, member))
        });
        let Some((arrow, member)) = member else { continue };
        let reply = refresh.transcript.customer_reply();
        let identity = reply.and_then(|reply| reply.body.member(&member.path)).map(ToString::to_string);
        let identity = identity.unwrap_or_default();
        if !seen.insert(identity.clone()) {
            let subject = format!("member `{}`", member.path.join("."));
            let observed = run.redactor.text(&identity);
            let finding = Finding::must(arrow, subject, "one that no reply before held", observed);
            return stage.record.found([finding], &refresh.transcript);
        }
    }
    if seen.is_empty() {
        return Err(stage.stop(Halt::Error("no reply of this scenario is drawn with a unique id".to_owned())));
    }
    stage.holds();
    Ok(())
}
