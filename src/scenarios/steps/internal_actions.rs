//! The internal actions, arrows from a participant to itself, judged by their effect on the wire.

use cucumber::then;

use crate::diagram::{Action, Condition, Meaning, Validity};
use crate::protocol::Participant;
use crate::scenarios::parameters::{Found, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::refresh::Refresh;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::{ArrowJudgement, Case, acao_applied, account_found, configuration_applied, ends_of, validated};

/// FederatedAuth is called for the account that the deployment key belongs to.
#[then(expr = "{participant} has found the account of the deployment key, arrow {int}")]
fn has_found_the_account(stage: &mut Stage, who: Who, number: usize) -> Step {
    let refresh = stage.last_refresh()?;
    found_the_account(stage, who.0, number, &refresh)
}

/// The same for each refresh of the scenario.
#[then(expr = "in every refresh {participant} has found the account of the deployment key, arrow {int}")]
fn has_always_found_the_account(stage: &mut Stage, who: Who, number: usize) -> Step {
    for refresh in stage.refreshes.clone() {
        found_the_account(stage, who.0, number, &refresh)?;
    }
    Ok(())
}

/// A fingerprint and an ACAO header are there exactly as the account's configuration has it when the refresh begins.
#[then(expr = "{participant} has fetched the configuration of the account, arrow {int}")]
fn has_fetched_the_configuration(stage: &mut Stage, who: Who, number: usize) -> Step {
    let refresh = stage.last_refresh()?;
    acts(
        stage,
        who.0,
        number,
        &refresh,
        |action| matches!(action, Action::FetchesConfiguration),
        |case, number, _| configuration_applied(case, number, &refresh.configuration),
    )
}

/// A change of the configuration during the refresh has no effect on it.
#[then(expr = "{participant} has kept the configuration until the refresh ended, arrow {int}")]
fn has_kept_the_configuration(stage: &mut Stage, who: Who, number: usize) -> Step {
    let refresh = stage.last_refresh()?;
    kept_the_configuration(stage, who.0, number, &refresh)
}

/// The same for each refresh of the scenario.
#[then(expr = "in every refresh {participant} has kept the configuration until the refresh ended, arrow {int}")]
fn has_always_kept_the_configuration(stage: &mut Stage, who: Who, number: usize) -> Step {
    for refresh in stage.refreshes.clone() {
        kept_the_configuration(stage, who.0, number, &refresh)?;
    }
    Ok(())
}

/// ScopedAuth's verdict on a token shows what it found.
#[then(expr = "{participant} has found the token {validity}, arrow {int}")]
fn has_found_the_token(stage: &mut Stage, who: Who, token: Found, number: usize) -> Step {
    has_validated(stage, who.0, number, token.0)
}

/// ScopedAuth's verdict on a token and a fingerprint shows what it found.
#[then(expr = "{participant} has found the token {validity} and the fingerprint {validity}, arrow {int}")]
fn has_found_both(stage: &mut Stage, who: Who, token: Found, fingerprint: Found, number: usize) -> Step {
    let refresh = stage.last_refresh()?;
    if refresh.circumstances.fingerprint != fingerprint.0 {
        let reason = format!("the scenario's own circumstances are {}", refresh.circumstances);
        return Err(stage.stop(Halt::Error(reason)));
    }
    has_validated(stage, who.0, number, token.0)
}

/// The customer receives the ACAO header that the Orchestrator set, or this value where it set none.
#[then(expr = "{participant} has passed the ACAO header through or set it to {string}, arrow {int}")]
fn has_applied_the_acao_rule(stage: &mut Stage, who: Who, otherwise: String, number: usize) -> Step {
    let refresh = stage.last_refresh()?;
    let judge = applied_acao_rule(otherwise);
    acts(stage, who.0, number, &refresh, |action| matches!(action, Action::AppliesAcaoRule(_)), judge)
}

/// Returns how to judge the ACAO rule. The diagram has the say; the scenario only reads it aloud.
fn applied_acao_rule(read_aloud: String) -> impl Fn(&Case<'_>, usize, &Action) -> ArrowJudgement {
    move |case, number, action| {
        let drawn = if let Action::AppliesAcaoRule(drawn) = action { drawn } else { &read_aloud };
        acao_applied(case, number, drawn)
    }
}

fn found_the_account(stage: &mut Stage, who: Participant, number: usize, refresh: &Refresh) -> Step {
    acts(
        stage,
        who,
        number,
        refresh,
        |action| matches!(action, Action::FetchesAccount),
        |case, number, _| account_found(case, number),
    )
}

fn kept_the_configuration(stage: &mut Stage, who: Participant, number: usize, refresh: &Refresh) -> Step {
    acts(
        stage,
        who,
        number,
        refresh,
        |action| matches!(action, Action::KeepsConfiguration),
        |case, number, _| configuration_applied(case, number, &refresh.configuration),
    )
}

fn has_validated(stage: &mut Stage, who: Participant, number: usize, token: Validity) -> Step {
    let refresh = stage.last_refresh()?;
    if refresh.circumstances.token != token {
        let reason = format!("the scenario's own circumstances are {}", refresh.circumstances);
        return Err(stage.stop(Halt::Error(reason)));
    }
    acts(
        stage,
        who,
        number,
        &refresh,
        |action| matches!(action, Action::Validates(_)),
        |case, number, action| {
            let condition = if let Action::Validates(condition) = action { condition } else { &Condition::Always };
            validated(case, number, condition)
        },
    )
}

/// Judges an internal arrow after making sure that the diagram draws this action there.
fn acts(
    stage: &mut Stage,
    who: Participant,
    number: usize,
    refresh: &Refresh,
    is_expected: impl Fn(&Action) -> bool,
    judge: impl Fn(&Case<'_>, usize, &Action) -> ArrowJudgement,
) -> Step {
    for number in stage.arrows_meant(number, refresh)? {
        acts_in(stage, who, number, refresh, &is_expected, &judge)?;
    }
    Ok(())
}

fn acts_in(
    stage: &mut Stage,
    who: Participant,
    number: usize,
    refresh: &Refresh,
    is_expected: impl Fn(&Action) -> bool,
    judge: impl Fn(&Case<'_>, usize, &Action) -> ArrowJudgement,
) -> Step {
    let run = stage.run()?;
    let drawn = run.diagram.arrow(number).filter(|arrow| ends_of(arrow)[0] == Some(who));
    let action = drawn.and_then(|arrow| match &arrow.meaning {
        Meaning::Action(action) if is_expected(action) => Some(action),
        Meaning::Action(_) | Meaning::Request(_) | Meaning::Reply(_) | Meaning::Prose(_) => None,
    });
    let Some(action) = action else {
        let drawn = run.diagram.arrow(number).map_or("no such arrow".to_owned(), |arrow| format!("“{}”", arrow.text));
        let reason = format!(
            "the scenario says that {who} does this in arrow {number}, and the diagram draws there: {drawn}\n\
             hint: the diagram's arrows have other numbers now; `hopcheck lint` lists the steps to change"
        );
        return Err(stage.stop(Halt::Error(reason)));
    };
    stage.must_be_judged(who)?;
    stage.assert_inferred(refresh, |case| judge(case, number, action))
}
