//! Attribution: whose doing each finding of a refresh is, and what only follows from another.
//!
//! A message is its sender's. Each participant is judged by what it was given: whoever hands on what it got, or cannot go
//! on because of it, did nothing wrong by that. Those that hopcheck plays are never to blame beside a real participant.

use serde_json::Value;

use super::Case;
use super::alignment::{Crossed, Crossing, ends_of};
use super::binding::{Scope, Variable};
use super::client_attributes::is_client_attribute;
use super::finding::{Blame, Defect, Finding};
use super::judgement::{ArrowJudgement, Judgement};
use super::members::subject;
use crate::diagram::{Arrow, Meaning, Member, Validity};
use crate::protocol::Participant;
use crate::transcript::Body;

/// Says of every finding whose doing it is. Those about anything else are attributed by [`follow`].
pub(super) fn attribute(case: &Case<'_>, crossings: &[Crossing<'_, '_>], judgement: &mut Judgement) {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut decisive: Vec<usize> = Vec::new();
    for at in 0..judgement.arrows.len() {
        let number = judgement.arrows[at].arrow;
        let Some(arrow) = case.diagram.arrow(number) else { continue };
        let body = body_of(crossings, number);
        let findings = std::mem::take(&mut judgement.arrows[at].findings);
        let attributed: Vec<Finding> = findings
            .into_iter()
            .map(|finding| {
                let finding = made_elsewhere(case, finding);
                let root = handed_on(case, crossings, &wrong, (arrow, body), &finding);
                let root = root.or_else(|| given_wrong(case, crossings, &wrong, arrow, &finding));
                if let Some(root) = root {
                    decisive.push(root);
                }
                blamed(case, &wrong, finding, root)
            })
            .collect();
        wrong.extend(attributed.iter().map(|finding| Wrong::of(finding, arrow)));
        let carried = carried_on(case, crossings, &wrong, (arrow, body));
        wrong.extend(carried);
        judgement.arrows[at].findings = attributed;
    }
    judgement.beyond =
        std::mem::take(&mut judgement.beyond).into_iter().map(|it| blamed(case, &wrong, it, None)).collect();
    for arrow in judgement.arrows.iter_mut().filter(|arrow| decisive.contains(&arrow.arrow)) {
        let findings = std::mem::take(&mut arrow.findings);
        for finding in findings {
            arrow.add(finding.held_as_drawn());
        }
    }
    explain_by_what_came_later(judgement);
}

/// A token that is taken for another than it should be is the fault of whoever made it, where that can be to blame: a real
/// `ScopedAuth` may have made it itself.
fn made_elsewhere(case: &Case<'_>, finding: Finding) -> Finding {
    let sender = finding.sender();
    match case.given.provenance.made_by {
        Some(maker)
            if finding.defect == Defect::OtherBranch
                && !case.under_test.is_real(Participant::ScopedAuth)
                && sender == Some(Participant::ScopedAuth)
                && case.under_test.includes(maker) =>
        {
            finding.of(maker.drawn_name())
        }
        _ => finding,
    }
}

/// Says of a finding that was not made by comparing a message with its arrow what it follows from: whatever is wrong on the
/// wire of the same refresh, first with the messages of the same participant.
pub fn follow(case: &Case<'_>, finding: Finding, wire: &Judgement) -> Finding {
    let own = wire.causes().find(|cause| cause.participant == finding.participant);
    let root = own.or_else(|| wire.causes().next()).and_then(|cause| cause.arrow);
    let sender = finding.sender();
    let is_held = sender.is_some_and(|sender| case.under_test.includes(sender));
    let blame = match root {
        Some(root) => Blame::Follows(root),
        None if is_held => Blame::Cause,
        None => Blame::Unexplained,
    };
    finding.of_real(sender.is_some_and(|sender| case.under_test.is_real(sender))).blamed(blame)
}

/// Says of a finding about a request that was not made by comparing it with its arrow whether somebody else brought it
/// about before: the same member was wrong as it reached the sender, or the sender was called as often itself.
pub fn follow_others(case: &Case<'_>, finding: Finding, wire: &Judgement) -> Finding {
    let is_of_another = |cause: &&Finding| cause.participant != finding.participant && cause.arrow < finding.arrow;
    let is_the_same = |cause: &&Finding| {
        let member = cause.subject.strip_prefix("member ");
        cause.defect == finding.defect || member.is_some_and(|member| finding.observed.contains(member))
    };
    let others = wire.causes().filter(is_of_another).find(is_the_same).cloned();
    follow(case, finding, &Judgement { beyond: others.into_iter().collect(), ..Judgement::default() })
}

/// Returns the verdict on an arrow that should have been crossed and could not be reached, or is on no course.
pub fn not_crossed(case: &Case<'_>, arrow: &Arrow, unreached: &ArrowJudgement, wire: &Judgement) -> ArrowJudgement {
    let (expected, observed) = (format!("`{}`, once", arrow.text), unreached.notes.join("; "));
    let finding = Finding::must(arrow, arrow.quote(), Defect::Missing, "crossing", expected, observed);
    let deviating = ArrowJudgement::of(arrow.number, unreached.evidence, vec![follow(case, finding, wire)]);
    ArrowJudgement { derived: unreached.derived, notes: unreached.notes.clone(), ..deviating }
}

/// Something that is wrong with an arrow before.
#[derive(Clone)]
struct Wrong {
    arrow: usize,
    /// The arrow that is wrong by itself.
    root: usize,
    receiver: Option<Participant>,
    subject: String,
    defect: Defect,
    /// Whether the run fails for it, and not only if somebody cannot go on because of it.
    fails: bool,
}

impl Wrong {
    fn of(finding: &Finding, arrow: &Arrow) -> Self {
        Self {
            arrow: arrow.number,
            root: finding.follows_from().unwrap_or(arrow.number),
            receiver: ends_of(arrow)[1],
            subject: finding.subject.clone(),
            defect: finding.defect,
            fails: finding.severity().fails(false),
        }
    }
}

fn blamed(case: &Case<'_>, wrong: &[Wrong], finding: Finding, root: Option<usize>) -> Finding {
    let sender = finding.sender();
    let is_held = sender.is_some_and(|sender| case.under_test.includes(sender));
    let blame = match root {
        Some(root) => Blame::Follows(root),
        None if is_held => Blame::Cause,
        None => {
            let last = wrong.iter().rev().find(|wrong| wrong.fails);
            last.map_or(Blame::Unexplained, |last| Blame::Follows(last.root))
        }
    };
    finding.of_real(sender.is_some_and(|sender| case.under_test.is_real(sender))).blamed(blame)
}

/// Returns the arrow that a finding follows from because its sender cannot have done better with what it was given: it
/// could not go on at all, or derived a value from one that was wrong.
fn given_wrong(
    case: &Case<'_>,
    crossings: &[Crossing<'_, '_>],
    wrong: &[Wrong],
    arrow: &Arrow,
    finding: &Finding,
) -> Option<usize> {
    let sender = finding.sender()?;
    let given = || wrong.iter().rev().filter(|wrong| wrong.receiver == Some(sender) && wrong.arrow < arrow.number);
    let is_whole = matches!(
        finding.defect,
        Defect::NoCall | Defect::NoReply | Defect::NotAsDrawn | Defect::OtherBranch | Defect::Status | Defect::Exposure
    );
    let is_value = |defect| matches!(defect, Defect::WrongValue | Defect::Missing | Defect::Exposure);
    let is_derived = finding.defect == Defect::WrongValue;
    let member = arrow.members().iter().find(|member| subject(member) == finding.subject);
    // What was given for a member itself is what it is derived from, and nothing else.
    let is_source = |given: &Wrong| {
        let earlier = case.diagram.arrow(given.arrow);
        let theirs = member
            .zip(earlier)
            .and_then(|(member, earlier)| counterpart(case, earlier, body_of(crossings, given.arrow), arrow, member));
        is_value(given.defect) && theirs.is_none_or(|(theirs, _)| subject(theirs) == given.subject)
    };
    let hard = given().find(|given| given.fails && (is_whole || is_derived && is_source(given)));
    let is_text = |given: &&Wrong| !given.fails && given.defect == Defect::WrongValue;
    let is_refused = case.course.circumstances.fingerprint == Validity::Invalid;
    let takes_for_the_same = is_refused && finding.defect == Defect::OtherBranch;
    let is_of_client = |given: &&Wrong| !given.fails && is_client_attribute(&given.subject);
    let is_fingerprint = member.and_then(Member::name).is_some_and(|name| name.text.contains("finger"));
    let found = hard
        .or_else(|| given().find(|given| is_whole && is_text(given)))
        .or_else(|| given().find(|given| is_fingerprint && is_derived && is_of_client(given)))
        .or_else(|| wrong.iter().find(|before| takes_for_the_same && is_of_client(before)));
    let is_held = case.under_test.includes(sender);
    found.or_else(|| given().find(|given| given.fails && !is_held)).map(|given| given.root)
}

/// Returns the arrow that a finding follows from because its sender handed on what it was given: the same thing was wrong
/// with the arrow that reached it, in the same way and with the same value.
fn handed_on(
    case: &Case<'_>,
    crossings: &[Crossing<'_, '_>],
    wrong: &[Wrong],
    (arrow, body): (&Arrow, Option<&Body>),
    finding: &Finding,
) -> Option<usize> {
    let sender = finding.sender()?;
    let forbidden = case.diagram.forbidden_members(arrow);
    let mut members = arrow.members().iter().chain(forbidden);
    let member = members.find(|member| subject(member) == finding.subject);
    wrong.iter().rev().filter(|before| before.fails && before.receiver == Some(sender)).find_map(|before| {
        let earlier = case.diagram.arrow(before.arrow)?;
        let is_the_same = match member {
            Some(member) => {
                let (theirs, value) = counterpart(case, earlier, body_of(crossings, before.arrow), arrow, member)?;
                subject(theirs) == before.subject && value == body.and_then(|body| body.member(&member.path))
            }
            // Who is called once too often calls once too often.
            None if finding.defect == Defect::ExtraCall => before.defect == Defect::ExtraCall,
            None => before.subject == finding.subject && before.defect == finding.defect,
        };
        is_the_same.then_some(before.root)
    })
}

/// Returns what is wrong with an arrow without anything being found of it: it carries a wrong value on that was given to
/// its sender.
fn carried_on(
    case: &Case<'_>,
    crossings: &[Crossing<'_, '_>],
    wrong: &[Wrong],
    (arrow, body): (&Arrow, Option<&Body>),
) -> Vec<Wrong> {
    let sender = ends_of(arrow)[0];
    let carries = |before: &Wrong, member: &Member| {
        let earlier = case.diagram.arrow(before.arrow)?;
        let (theirs, value) = counterpart(case, earlier, body_of(crossings, before.arrow), arrow, member)?;
        let is_there = value.is_some() && value == body.and_then(|body| body.member(&member.path));
        (is_there && subject(theirs) == before.subject).then(|| subject(member))
    };
    let wrong_again = |before: &Wrong| {
        let subject = arrow.members().iter().find_map(|member| carries(before, member))?;
        let receiver = ends_of(arrow)[1];
        Some(Wrong { arrow: arrow.number, receiver, subject, ..before.clone() })
    };
    wrong.iter().filter(|before| before.fails && before.receiver == sender).filter_map(wrong_again).collect()
}

/// Returns the member of an earlier arrow that stands for the same as a member of this one, and its value there.
fn counterpart<'a>(
    case: &Case<'a>,
    earlier: &'a Arrow,
    body: Option<&'a Body>,
    arrow: &Arrow,
    member: &Member,
) -> Option<(&'a Member, Option<&'a Value>)> {
    let variable = |arrow: &Arrow, member: &Member| member.name().map(|name| Variable::of(name, scope_of(arrow)));
    let own = variable(arrow, member);
    let is_same = |theirs: &&Member| theirs.path == member.path || own.is_some() && variable(earlier, theirs) == own;
    let forbidden = case.diagram.forbidden_members(earlier);
    let theirs = earlier.members().iter().chain(forbidden).find(is_same)?;
    Some((theirs, body.and_then(|body| body.member(&theirs.path))))
}

fn scope_of(arrow: &Arrow) -> Scope {
    if matches!(arrow.meaning, Meaning::Request(_)) { Scope::Request } else { Scope::Reply }
}

fn body_of<'t>(crossings: &[Crossing<'_, 't>], number: usize) -> Option<&'t Body> {
    let crossing = crossings.iter().find(|crossing| crossing.arrow.arrow.number == number)?;
    match &crossing.crossed {
        Crossed::Request(exchanges) => exchanges.last().map(|exchange| &exchange.request.body),
        Crossed::Reply(exchange) => exchange.reply().map(|reply| &reply.body),
        Crossed::Missing(_) | Crossed::Unreachable(_) | Crossed::Unseen => None,
    }
}

/// A call too many may stand at an arrow before the one that led to it.
fn explain_by_what_came_later(judgement: &mut Judgement) {
    let Some(root) = judgement.causes().find_map(|cause| cause.arrow) else { return };
    let arrows = judgement.arrows.iter_mut().flat_map(|arrow| &mut arrow.findings);
    for finding in arrows.chain(&mut judgement.beyond).filter(|finding| finding.is_unexplained()) {
        finding.blame = Blame::Follows(root);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::super::UnderTest;
    use super::super::testing::{Played, bad_token, good};
    use super::*;
    use crate::transcript::Outcome;

    /// Returns who is blamed and at which arrows, with the arrows of what follows.
    fn blamed(played: &Played) -> (Vec<(String, usize)>, Vec<usize>) {
        let judgement = played.judged();
        let unexplained: Vec<String> =
            judgement.findings().filter(|finding| finding.is_unexplained()).map(ToString::to_string).collect();
        assert_eq!(unexplained, Vec::<String>::new());
        let cause = |finding: &Finding| Some((finding.participant.clone()?, finding.arrow?));
        let causes = judgement.causes().filter_map(cause).collect();
        let follows = judgement.findings().filter(|finding| finding.follows_from().is_some());
        (causes, follows.filter_map(|finding| finding.arrow).collect())
    }

    fn only(real: Participant, mut played: Played) -> Played {
        played.under_test = UnderTest::of(|participant| participant == real);
        played
    }

    #[test]
    fn a_member_that_is_missing_is_the_fault_of_whoever_left_it_out_first() {
        for real in [Some(Participant::FederatedAuth), None] {
            let mut played = Played::new(good());
            for arrow in [11, 12, 14] {
                played.change(arrow, |body| {
                    body.as_object_mut().unwrap().remove("identity");
                });
            }
            let played = real.map_or_else(|| played_again(&[11, 12, 14]), |real| only(real, played));
            assert_eq!(blamed(&played), (vec![("FederatedAuthService".to_owned(), 11)], vec![12, 14]));
        }
        let mut late = Played::new(good());
        late.change(14, |body| {
            body.as_object_mut().unwrap().remove("identity");
        });
        assert_eq!(blamed(&late), (vec![("Starship".to_owned(), 14)], vec![]));
    }

    fn played_again(arrows: &[usize]) -> Played {
        let mut played = Played::new(good());
        for arrow in arrows {
            played.change(*arrow, |body| {
                body.as_object_mut().unwrap().remove("identity");
            });
        }
        played
    }

    #[test]
    fn a_token_that_is_changed_and_handed_on_is_the_fault_of_whoever_changed_it() {
        let mut played = Played::new(good());
        played.set_all(&[5, 6], "token", "another-token");
        assert_eq!(blamed(&played), (vec![("FlexWebchatOrchestratorService".to_owned(), 5)], vec![6]));
    }

    #[test]
    fn who_cannot_go_on_because_of_what_it_was_given_did_nothing() {
        let mut played = Played::new(bad_token());
        for arrow in [22, 23, 24, 26] {
            played.answer(arrow, b"<html>");
        }
        assert_eq!(blamed(&played), (vec![("ScopedAuthService".to_owned(), 22)], vec![23, 24, 26]));
        let mut played = Played::new(good());
        played.exchange(10).outcome = Outcome::Failed("reset".to_owned());
        for arrow in [11, 12, 14] {
            let reply = played.reply(arrow);
            reply.status = 502;
            reply.body = Body::new(Bytes::from(json!({"valid": false, "code": 1, "message": "x"}).to_string()));
        }
        let played = only(Participant::ScopedAuth, played);
        assert_eq!(blamed(&played), (vec![("ScopedAuthService".to_owned(), 10)], vec![11, 12, 14]));
    }

    #[test]
    fn a_fault_of_those_that_hopcheck_plays_beside_a_real_one_is_told_as_such() {
        let mut played = Played::new(good());
        played.change(11, |body| {
            body.as_object_mut().unwrap().remove("identity");
        });
        let judgement = only(Participant::Starship, played).judged();
        let finding = judgement.arrow(11).unwrap().findings.first().unwrap();
        assert!(finding.is_unexplained() && !finding.real && !finding.is_cause());
    }

    #[test]
    fn a_real_one_that_hands_on_what_is_wrong_and_adds_to_it_is_told_its_own_part_alone() {
        let mut played = played_again(&[11, 12, 14]);
        played.set(12, "roles", json!(["other"]));
        played.set(14, "roles", json!(["other"]));
        let (causes, follows) = blamed(&played);
        let named = [("FederatedAuthService".to_owned(), 11), ("FlexWebchatOrchestratorService".to_owned(), 12)];
        assert_eq!((causes.as_slice(), follows), (named.as_slice(), vec![12, 14, 14]));
    }
}
