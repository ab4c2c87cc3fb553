//! Which exchange shows which arrow: a course laid beside a transcript, hop by hop and in order. Looks into no message.

use std::collections::BTreeMap;

use super::Sight;
use crate::diagram::{Arrow, Course, CourseArrow, Meaning};
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
    /// The request it answers was missing.
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

/// Lays a course beside a transcript.
pub(super) fn align<'d, 't>(course: &Course<'d>, transcript: &'t Transcript, sight: Sight) -> Alignment<'d, 't> {
    let mut waiting: BTreeMap<Hop, std::vec::IntoIter<&'t Exchange>> = Hop::ALL
        .into_iter()
        .filter(|hop| sight.sees(*hop))
        .map(|hop| (hop, transcript.on(hop).collect::<Vec<_>>().into_iter()))
        .collect();
    let mut under_way: BTreeMap<Hop, Vec<&'t Exchange>> = BTreeMap::new();
    let mut drawn_last: BTreeMap<Hop, usize> = BTreeMap::new();
    let mut latest: Option<(u64, usize)> = None;
    let mut crossings = Vec::new();

    for course_arrow in course.arrows.iter().filter(|course_arrow| !course_arrow.arrow.is_internal()) {
        let arrow = course_arrow.arrow;
        let hops = hops_of(arrow);
        let seen = hops.iter().copied().filter(|hop| sight.sees(*hop));
        let (crossed, moment) = if matches!(arrow.meaning, Meaning::Request(_)) {
            let mut exchanges = Vec::new();
            let mut missing = None;
            for hop in seen {
                drawn_last.insert(hop, arrow.number);
                match waiting.get_mut(&hop).and_then(Iterator::next) {
                    Some(exchange) => {
                        under_way.entry(hop).or_default().push(exchange);
                        exchanges.push(exchange);
                    }
                    None => missing = missing.or(Some(hop)),
                }
            }
            let moment = exchanges.last().map(|exchange| exchange.began);
            match (missing, exchanges.is_empty()) {
                (Some(hop), _) => (Crossed::Missing(hop), None),
                (None, true) => (Crossed::Unseen, None),
                (None, false) => (Crossed::Request(exchanges), moment),
            }
        } else {
            let Some(hop) = seen.into_iter().next() else {
                crossings.push(Crossing { arrow: *course_arrow, crossed: Crossed::Unseen, before: None });
                continue;
            };
            match under_way.get_mut(&hop).and_then(Vec::pop) {
                Some(exchange) => (Crossed::Reply(exchange), exchange.ended),
                None => (Crossed::Unreachable(hop), None),
            }
        };
        let before = match (moment, latest) {
            (Some(moment), Some((previous, number))) if moment < previous => Some(number),
            _ => None,
        };
        if let Some(moment) = moment {
            latest = Some((moment.max(latest.map_or(0, |(previous, _)| previous)), arrow.number));
        }
        crossings.push(Crossing { arrow: *course_arrow, crossed, before });
    }

    let surplus = waiting
        .into_iter()
        .flat_map(|(hop, rest)| rest.map(move |exchange| (hop, exchange)))
        .map(|(hop, exchange)| (exchange, drawn_last.get(&hop).copied()))
        .collect();
    Alignment { crossings, surplus }
}

/// Returns the hops that an arrow crosses: a request from the outermost inwards, a reply from where it is received.
pub(super) fn hops_of(arrow: &Arrow) -> Vec<Hop> {
    let (Some(from), Some(to)) = (Participant::drawn_as(&arrow.from), Participant::drawn_as(&arrow.to)) else {
        return Vec::new();
    };
    match arrow.meaning {
        Meaning::Request(_) => Hop::between(from, to),
        Meaning::Reply(_) => Hop::between(to, from),
        Meaning::Action(_) => Vec::new(),
    }
}
