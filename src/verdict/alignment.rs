//! Which exchange shows which arrow: a course laid beside a transcript, hop by hop and in order. Looks into no message.

use std::collections::BTreeMap;

use super::Visibility;
use crate::diagram::{Arrow, Course, CourseArrow, Diagram, Meaning};
use crate::protocol::{Hop, Participant};
use crate::transcript::{Exchange, Transcript};

/// What was seen of an arrow.
#[derive(Debug)]
pub(super) enum Crossed<'t> {
    /// A request, on each hop it can be seen on, outermost first.
    Request(Vec<&'t Exchange>),
    /// The end of an exchange.
    Reply(&'t Exchange),
    /// Its hop is seen, and it was not there.
    Missing(Hop),
    /// The request it answers, or the one that leads to it, was missing on this hop.
    Unreachable(Hop),
    /// Its hop cannot be seen.
    Unseen,
}

/// A wire arrow of the course with what was seen of it.
#[derive(Debug)]
pub(super) struct Crossing<'d, 't> {
    pub(super) arrow: CourseArrow<'d>,
    pub(super) crossed: Crossed<'t>,
    /// Whether it crossed before an arrow that is drawn before it, and which.
    pub(super) before: Option<usize>,
}

/// A course laid beside a transcript.
#[derive(Debug)]
pub(super) struct Alignment<'d, 't> {
    pub(super) crossings: Vec<Crossing<'d, 't>>,
    /// Requests that crossed a hop more often than drawn, with the request arrow drawn last on that hop, if any.
    pub(super) surplus: Vec<(&'t Exchange, Option<usize>)>,
}

/// Lays a course beside a transcript. Prose on the course is left out, except where it stands in the place of a reply.
pub(super) fn align<'d, 't>(
    diagram: &Diagram,
    course: &Course<'d>,
    transcript: &'t Transcript,
    visibility: Visibility,
) -> Alignment<'d, 't> {
    let undecided = |exchange: &&Exchange| {
        may_be_asked(diagram, exchange) && !course.arrows.iter().any(|step| asks(step.arrow, exchange))
    };
    let mut waiting: BTreeMap<Hop, std::vec::IntoIter<&'t Exchange>> = Hop::ALL
        .into_iter()
        .filter(|hop| visibility.sees(*hop))
        .map(|hop| (hop, transcript.on(hop).filter(|it| !undecided(it)).collect::<Vec<_>>().into_iter()))
        .collect();
    // What may come or not is answered all the same.
    let mut under_way: BTreeMap<Hop, Vec<&'t Exchange>> = Hop::ALL
        .into_iter()
        .filter(|hop| visibility.sees(*hop))
        .map(|hop| (hop, transcript.on(hop).filter(undecided).collect()))
        .collect();
    let mut drawn_last: BTreeMap<Hop, usize> = BTreeMap::new();
    let mut latest: Option<(u64, &Arrow)> = None;
    let mut lost: Option<Hop> = None;
    let mut crossings = Vec::new();

    for (at, course_arrow) in course.arrows.iter().enumerate() {
        let arrow = course_arrow.arrow;
        if arrow.is_internal() {
            continue;
        }
        let hops = hops_of(arrow);
        let seen = hops.iter().copied().filter(|hop| visibility.sees(*hop));
        if arrow.is_prose() {
            if let Some(exchange) = told_in_prose(course, at, seen, &mut waiting, &mut under_way) {
                crossings.push(Crossing { arrow: *course_arrow, crossed: Crossed::Reply(exchange), before: None });
            }
            continue;
        }
        let (crossed, moment) = if matches!(arrow.meaning, Meaning::Request(_)) {
            let mut exchanges = Vec::new();
            let mut missing = None;
            for hop in seen {
                drawn_last.insert(hop, arrow.number);
                let next = waiting
                    .get_mut(&hop)
                    .filter(|waiting| !shows_a_later_arrow(waiting.as_slice(), arrow, hop, course));
                match next.and_then(Iterator::next) {
                    Some(exchange) => {
                        under_way.entry(hop).or_default().push(exchange);
                        exchanges.push(exchange);
                    }
                    None => missing = missing.or(Some(hop)),
                }
            }
            let moment = exchanges.last().map(|exchange| exchange.began);
            match (missing, lost) {
                (Some(hop), Some(outer)) if outer < hop => (Crossed::Unreachable(outer), None),
                (Some(hop), _) => {
                    lost = Some(hop);
                    (Crossed::Missing(hop), None)
                }
                (None, _) if exchanges.is_empty() => (Crossed::Unseen, None),
                (None, _) => (Crossed::Request(exchanges), moment),
            }
        } else {
            let Some(hop) = seen.into_iter().next() else {
                crossings.push(Crossing { arrow: *course_arrow, crossed: Crossed::Unseen, before: None });
                continue;
            };
            match under_way.get_mut(&hop).and_then(Vec::pop) {
                Some(exchange) => (Crossed::Reply(exchange), exchange.ended),
                // Nobody can tell whether anything was asked.
                None if !course.arrows.iter().any(|step| calls_on(step.arrow, hop)) => (Crossed::Unseen, None),
                None => (Crossed::Unreachable(hop), None),
            }
        };
        let before = match (moment, latest) {
            (Some(moment), Some((previous, drawn))) if moment < previous && !arrow.is_parallel_to(drawn) => {
                Some(drawn.number)
            }
            _ => None,
        };
        if let Some(moment) = moment.filter(|moment| latest.is_none_or(|(previous, _)| previous <= *moment)) {
            latest = Some((moment, arrow));
        }
        crossings.push(Crossing { arrow: *course_arrow, crossed, before });
    }

    let surplus = waiting
        .into_iter()
        .flat_map(|(hop, rest)| rest.map(move |exchange| (hop, exchange)))
        .filter(|(_, exchange)| !may_be_asked(diagram, exchange) && !is_repeated(course, exchange))
        .map(|(hop, exchange)| (exchange, drawn_last.get(&hop).copied()))
        .collect();
    Alignment { crossings, surplus }
}

/// Returns the exchange whose reply a prose arrow stands for, if it stands in the place of one: nothing else on its hop
/// does. A prose arrow that leads inwards stands for a call that no other arrow draws.
fn told_in_prose<'t>(
    course: &Course<'_>,
    at: usize,
    mut seen: impl Iterator<Item = Hop>,
    waiting: &mut BTreeMap<Hop, std::vec::IntoIter<&'t Exchange>>,
    under_way: &mut BTreeMap<Hop, Vec<&'t Exchange>>,
) -> Option<&'t Exchange> {
    let arrow = course.arrows.get(at)?.arrow;
    if !leads_outwards(arrow) {
        for hop in seen {
            let next = waiting.get_mut(&hop)?;
            let is_drawn = |exchange: &&Exchange| course.arrows.iter().any(|step| asks(step.arrow, exchange));
            if next.as_slice().first().is_some_and(|exchange| !is_drawn(exchange)) {
                under_way.entry(hop).or_default().extend(next.next());
            }
        }
        return None;
    }
    let hop = seen.next()?;
    let behind = course.arrows.iter().skip(at + 1).map(|step| step.arrow);
    let mut on_hop = behind.filter(|arrow| !arrow.is_prose() && hops_of(arrow).contains(&hop));
    let is_answered = on_hop.next().is_some_and(|arrow| matches!(arrow.meaning, Meaning::Reply(_)));
    if is_answered { None } else { under_way.get_mut(&hop)?.pop() }
}

/// Tells whether an arrow draws the request of an exchange, going by the path.
fn asks(arrow: &Arrow, exchange: &Exchange) -> bool {
    let fits = |path: &str| match &arrow.meaning {
        Meaning::Request(label) => label.matches_path(path).is_some(),
        Meaning::Prose(prose) => prose.may_ask.as_ref().is_some_and(|label| label.matches_path(path).is_some()),
        Meaning::Reply(_) | Meaning::Action(_) => false,
    };
    fits(&exchange.request.path) && hops_of(arrow).contains(&exchange.hop)
}

fn calls_on(arrow: &Arrow, hop: Hop) -> bool {
    matches!(arrow.meaning, Meaning::Request(_)) && hops_of(arrow).contains(&hop)
}

/// Tells whether a request is drawn under a condition that nobody can tell, so that it may come, or not.
fn may_be_asked(diagram: &Diagram, exchange: &Exchange) -> bool {
    diagram.arrows().iter().any(|arrow| arrow.is_prose() && asks(arrow, exchange))
}

/// Tells whether a request is drawn in a loop, so that it may come again.
fn is_repeated(course: &Course<'_>, exchange: &Exchange) -> bool {
    course.arrows.iter().any(|step| step.arrow.may_repeat() && asks(step.arrow, exchange))
}

/// Returns whether the next exchange on a hop is not this request but one that is drawn after it, so that this one is
/// missing and the other is not to be blamed for it.
fn shows_a_later_arrow(waiting: &[&Exchange], arrow: &Arrow, hop: Hop, course: &Course<'_>) -> bool {
    let fits = |arrow: &Arrow, exchange: &Exchange| match &arrow.meaning {
        Meaning::Request(label) => label.matches_path(&exchange.request.path).is_some(),
        Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => false,
    };
    let Some(next) = waiting.first() else { return false };
    let mut later = course.arrows.iter().map(|step| step.arrow).filter(|other| other.number > arrow.number);
    !fits(arrow, next) && later.any(|other| fits(other, next) && hops_of(other).contains(&hop))
}

/// Returns the hops that an arrow crosses: a request from the outermost inwards, a reply from where it is received. Empty
/// where a lifeline that is not known here has part in it.
pub fn hops_of(arrow: &Arrow) -> Vec<Hop> {
    let [Some(from), Some(to)] = ends_of(arrow) else { return Vec::new() };
    match arrow.meaning {
        Meaning::Action(_) => Vec::new(),
        Meaning::Prose(_) if from > to => Hop::between(to, from),
        Meaning::Request(_) | Meaning::Prose(_) => Hop::between(from, to),
        Meaning::Reply(_) => Hop::between(to, from),
    }
}

/// Returns who sends an arrow, and who receives it; nobody where the lifeline is not known here.
pub fn ends_of(arrow: &Arrow) -> [Option<Participant>; 2] {
    let [from, to] = arrow.clients;
    [Participant::of_lifeline(&arrow.from, from), Participant::of_lifeline(&arrow.to, to)]
}

fn leads_outwards(arrow: &Arrow) -> bool {
    matches!(ends_of(arrow), [Some(from), Some(to)] if from > to)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Played, SHIPPED, every_circumstances, good};
    use super::*;

    fn hops(number: usize) -> Vec<Hop> {
        hops_of(crate::diagram::Diagram::parse("d.mmd", SHIPPED).unwrap().arrow(number).unwrap())
    }

    #[test]
    fn an_arrow_crosses_the_hops_between_its_ends() {
        assert_eq!(hops(1), [Hop::Edge, Hop::Orchestrator]);
        assert_eq!((hops(5), hops(7)), (vec![Hop::FederatedAuth], vec![Hop::FederatedAuth]));
        assert_eq!((hops(6), hops(10)), (vec![Hop::ScopedAuth], vec![Hop::ScopedAuth]));
        assert_eq!((hops(11), hops(12)), (vec![Hop::FederatedAuth], vec![Hop::Orchestrator]));
        assert_eq!(hops(14), [Hop::Edge]);
        assert!(hops(2).is_empty() && hops(9).is_empty());
    }

    #[test]
    fn every_exchange_of_a_course_shows_an_arrow_and_none_is_left() {
        for circumstances in every_circumstances() {
            let played = Played::new(circumstances);
            let course = played.diagram.course(circumstances);
            let alignment = align(&played.diagram, &course, &played.transcript, Visibility::everything());
            assert!(alignment.surplus.is_empty());
            assert!(alignment.crossings.iter().all(|crossing| crossing.before.is_none()));
            let numbers: Vec<usize> = alignment.crossings.iter().map(|crossing| crossing.arrow.arrow.number).collect();
            assert_eq!(numbers, played.arrows());
        }
    }

    #[test]
    fn a_call_too_many_is_left_with_the_arrow_drawn_last_on_its_hop() {
        let mut played = Played::new(good());
        let again = played.exchange(6).clone();
        played.transcript.exchanges.push(again);
        let course = played.diagram.course(good());
        let surplus = |visibility| {
            let surplus = align(&played.diagram, &course, &played.transcript, visibility).surplus;
            surplus.iter().map(|(exchange, drawn)| (exchange.hop, *drawn)).collect::<Vec<_>>()
        };
        assert_eq!(surplus(Visibility::everything()), [(Hop::ScopedAuth, Some(6))]);
        assert_eq!(surplus(Visibility::edge_only()), []);
    }

    #[test]
    fn what_is_asked_under_an_unknown_condition_is_neither_demanded_nor_surplus() {
        let unknown = SHIPPED.replace("opt Feature is on", "opt the moon is full");
        let diagram = Diagram::parse("d.mmd", &unknown).unwrap();
        let mut played = Played::new(good());
        let alignment = align(&diagram, &diagram.course(good()), &played.transcript, Visibility::everything());
        assert!(alignment.surplus.is_empty());
        let is_answered =
            |crossing: &Crossing<'_, '_>| !matches!(crossing.crossed, Crossed::Unreachable(_) | Crossed::Unseen);
        assert!(alignment.crossings.iter().all(is_answered));
        played.transcript.exchanges.retain(|exchange| exchange.hop <= Hop::Orchestrator);
        let alignment = align(&diagram, &diagram.course(good()), &played.transcript, Visibility::everything());
        assert!(
            !alignment.crossings.iter().any(|it| matches!(it.crossed, Crossed::Missing(_) | Crossed::Unreachable(_)))
        );
    }

    #[test]
    fn prose_in_the_place_of_a_reply_is_one_that_came() {
        let prose = SHIPPED.replace("S ->> C : {expiration: <date_time>,<br/>identity:random unique ID, <br/>roles:<grants_array>,<br/>token:<token>}", "S ->> C : sends the token");
        let diagram = Diagram::parse("d.mmd", &prose).unwrap();
        assert!(diagram.arrow(14).unwrap().is_prose());
        let played = Played::new(good());
        let alignment = align(&diagram, &diagram.course(good()), &played.transcript, Visibility::everything());
        let last = alignment.crossings.last().unwrap();
        assert!(
            last.arrow.arrow.number == 14
                && matches!(last.crossed, Crossed::Reply(exchange) if exchange.hop == Hop::Edge)
        );
    }

    #[test]
    fn the_reply_to_a_missing_call_is_out_of_reach() {
        let mut played = Played::new(good());
        played.transcript.exchanges.retain(|exchange| exchange.hop != Hop::ScopedAuth);
        let course = played.diagram.course(good());
        let alignment = align(&played.diagram, &course, &played.transcript, Visibility::everything());
        let crossed = |number: usize| {
            &alignment.crossings.iter().find(|crossing| crossing.arrow.arrow.number == number).unwrap().crossed
        };
        assert!(matches!(crossed(6), Crossed::Missing(Hop::ScopedAuth)));
        assert!(matches!(crossed(10), Crossed::Unreachable(Hop::ScopedAuth)));
        assert!(matches!(crossed(11), Crossed::Reply(exchange) if exchange.hop == Hop::FederatedAuth));
    }
}
