//! Clients: which lifelines are people, and which only stand between a person and whom it calls, such as a browser.
//!
//! Knows no lifeline by its name: it goes by who is drawn as a person, and by what is said to whom.

use super::{
    arrow::{Arrow, Meaning},
    lifeline::Lifeline,
};

/// Tells of each lifeline whether it is a client; `ends` are the lifelines that the arrows join.
///
/// People are those drawn as `actor`, or whoever begins where none is. A lifeline that people speak to in prose alone,
/// that nobody sends a request, and that sends one itself, stands in for them.
pub(super) fn clients(lifelines: &[Lifeline], arrows: &[Arrow], ends: &[(usize, usize)]) -> Vec<bool> {
    let mut clients: Vec<bool> =
        lifelines.iter().map(|lifeline| lifeline.actor && !is_called(lifeline, arrows)).collect();
    let between = || arrows.iter().zip(ends).filter(|(_, (from, to))| from != to);
    if !clients.contains(&true) {
        let first = between().next().map(|(_, (from, _))| *from);
        if let Some(first) = first {
            clients[first] = true;
        }
    }
    while let Some(next) = (0..lifelines.len()).find(|lifeline| {
        let asks = |arrow: &Arrow| matches!(arrow.meaning, Meaning::Request(_));
        let mut spoken_to = false;
        let mut calls = false;
        let mut only_stands_between = true;
        for (arrow, (from, to)) in between() {
            if to == lifeline {
                spoken_to |= clients[*from] && arrow.is_prose();
                only_stands_between &= !asks(arrow);
            } else if from == lifeline {
                calls |= asks(arrow) && !clients[*to];
                only_stands_between &= !clients[*to] || arrow.is_prose();
            }
        }
        !clients[*lifeline] && spoken_to && calls && only_stands_between
    }) {
        clients[next] = true;
    }
    clients
}

/// Tells whether somebody sends a lifeline a request: then it is a service, however it is drawn.
fn is_called(lifeline: &Lifeline, arrows: &[Arrow]) -> bool {
    arrows.iter().any(|arrow| arrow.to == lifeline.name && matches!(arrow.meaning, Meaning::Request(_)))
}

#[cfg(test)]
mod tests {
    use crate::diagram::Diagram;

    fn clients(text: &str) -> Vec<String> {
        let diagram = Diagram::parse("d", &format!("sequenceDiagram\n{text}")).unwrap();
        let clients = diagram.lifelines().iter().filter(|lifeline| lifeline.client);
        clients.map(|lifeline| lifeline.name.clone()).collect()
    }

    #[test]
    fn what_only_stands_between_a_person_and_a_service_is_a_client() {
        let text = "actor C as Customer\nC->>B: opens the page\nB->>S: POST /x\nS->>D: GET /y\nD->>S: {a}\nS->>B: {b}\n\
                    B->>B: shows it\nB->>C: sees it";
        assert_eq!(clients(text), ["Customer", "B"]);
        let chain = "actor C\nC->>P: clicks\nP->>B: forwards\nP->>S: GET /page\nB->>S: POST /x";
        assert_eq!(clients(chain), ["C", "P", "B"]);
    }

    #[test]
    fn a_service_that_a_person_calls_or_that_answers_one_is_none() {
        assert_eq!(clients("actor C\nC->>S: POST /x\nS->>F: POST /y\nF->>S: {a}\nS->>C: {b}"), ["C"]);
        assert_eq!(clients("actor C\nC->>F: POST /x\nF->>S: {a}\nS->>C: sends it on"), ["C"]);
        assert_eq!(clients("actor C\nactor S\nC->>S: POST /x\nS->>C: {a}"), ["C"]);
    }

    #[test]
    fn whoever_begins_is_the_person_where_none_is_drawn() {
        assert_eq!(clients("participant C\nparticipant S\nC->>S: POST /x\nS->>C: {a}"), ["C"]);
        assert_eq!(clients("C->>C: thinks"), [""; 0]);
    }
}
