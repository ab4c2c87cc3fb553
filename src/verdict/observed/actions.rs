//! The internal actions that one refresh alone gives evidence of, without anybody knowing how its account is configured.
//! That a configuration is kept until the end is none of them: it would have to change in the meantime.

use super::case::ObservedCase;
use super::failure::fails;
use super::observation::{Half, ObservedArrow, Seen};
use crate::diagram::{Action, Arrow, Meaning};
use crate::protocol::Hop;
use crate::transcript::Exchange;
use crate::verdict::{ArrowJudgement, Case, Configuration, Verdict};
use crate::verdict::{acao_applied, account_found, configuration_applied, validated};

/// Returns the internal actions of the course that can be judged by what was seen.
pub(super) fn inferred_actions(case: &ObservedCase<'_>, judged: &Case<'_>) -> Vec<ObservedArrow> {
    let arrows = judged.course.arrows.iter().map(|step| step.arrow);
    arrows.filter_map(|arrow| inferred_action(case, judged, arrow)).collect()
}

fn inferred_action(case: &ObservedCase<'_>, judged: &Case<'_>, arrow: &Arrow) -> Option<ObservedArrow> {
    let Meaning::Action(action) = &arrow.meaning else { return None };
    let number = arrow.number;
    let (judgement, seen): (ArrowJudgement, Seen) = match action {
        Action::FetchesAccount => (account_found(judged, number), call(case)?),
        Action::FetchesConfiguration => {
            let configuration = Configuration { feature: case.feature?, origins: None };
            (configuration_applied(judged, number, &configuration), call(case)?)
        }
        Action::Validates(condition) => (validated(judged, number, condition), reply(case, Hop::ScopedAuth)?),
        Action::AppliesAcaoRule(otherwise) => {
            if case.visibility.sees(Hop::Orchestrator) {
                reply(case, Hop::Orchestrator)?;
            }
            (acao_applied(judged, number, otherwise), reply(case, Hop::Edge)?)
        }
        Action::KeepsConfiguration | Action::Other => return None,
    };
    let was_judged = matches!(judgement.verdict, Verdict::Conforms | Verdict::Deviates);
    was_judged.then(|| ObservedArrow::of(&judgement, Some(seen)))
}

/// Returns the call that shows what the Orchestrator found.
fn call(case: &ObservedCase<'_>) -> Option<Seen> {
    case.seen(case.transcript.first_on(Hop::FederatedAuth)?, Half::Request)
}

/// Returns the reply on a hop, if it is one that can be used.
fn reply(case: &ObservedCase<'_>, hop: Hop) -> Option<Seen> {
    let replied = |exchange: &&Exchange| exchange.reply().is_some() && !fails(case, exchange);
    case.seen(case.transcript.first_on(hop).filter(replied)?, Half::Reply)
}
