//! An exchange as drawn: a request that reaches a participant, and the reply that it is answered with in a branch.

use super::branch::Branch;
use super::cannot_stand_in::CannotStandIn;
use crate::diagram::{Arrow, Circumstances, Diagram, Feature, Meaning, Member, Name, ReplyLabel, RequestLabel};
use crate::protocol::Participant;

/// A drawn request, and the reply to it.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// The number of the request's arrow.
    pub(super) arrow: usize,
    /// The file and line that draw the request.
    pub(super) place: String,
    /// The request.
    pub(super) request: RequestLabel,
    /// The members that the request must not have, since only another arrow draws them.
    pub(super) forbidden: Vec<Member>,
    /// The reply; none where the request is drawn without one.
    pub(super) reply: Option<DrawnReply>,
}

/// A drawn reply.
#[derive(Debug, Clone)]
pub(super) struct DrawnReply {
    /// The number of its arrow.
    pub(super) arrow: usize,
    /// What it says.
    pub(super) label: ReplyLabel,
}

impl Exchange {
    /// Returns every exchange that the diagram draws with a participant in a branch, and with the feature as it is; in any,
    /// and with either, where none is given.
    ///
    /// The other end of a reply does not matter: the Orchestrator is asked by the customer and answers Starship.
    pub(super) fn drawn(
        diagram: &Diagram,
        participant: Participant,
        branch: Option<Branch>,
        feature: Option<Feature>,
    ) -> Result<Vec<Self>, CannotStandIn> {
        let mut drawn: Vec<Self> = Vec::new();
        let of_branch = branch.map_or_else(Circumstances::all, Branch::circumstances).into_iter();
        for circumstances in of_branch.filter(|it| feature.is_none_or(|feature| it.feature == feature)) {
            for exchange in Self::of_course(diagram, participant, circumstances) {
                if !drawn.iter().any(|known| known.arrow == exchange.arrow) {
                    drawn.push(exchange);
                }
            }
        }
        let file = || diagram.file().to_owned();
        if drawn.is_empty() {
            return Err(CannotStandIn::NoRequest { participant, file: file() });
        }
        match branch {
            Some(branch) if drawn.iter().all(|exchange| exchange.reply.is_none()) => {
                Err(CannotStandIn::NoReply { participant, deed: branch.deed(participant), file: file() })
            }
            _ => Ok(drawn),
        }
    }

    /// Pairs requests and replies as calls return: the last request that is still open gets the next reply.
    fn of_course(diagram: &Diagram, participant: Participant, circumstances: Circumstances) -> Vec<Self> {
        let mut exchanges: Vec<Self> = Vec::new();
        let mut open = Vec::new();
        let is = |name: &str, is_client| Participant::of_lifeline(name, is_client) == Some(participant);
        for arrow in diagram.course(circumstances).arrows.into_iter().map(|step| step.arrow) {
            match &arrow.meaning {
                Meaning::Request(request) if is(&arrow.to, arrow.clients[1]) => {
                    open.push(exchanges.len());
                    exchanges.push(Self::asked(diagram, arrow, request));
                }
                Meaning::Reply(label) if is(&arrow.from, arrow.clients[0]) => {
                    if let Some(exchange) = open.pop().and_then(|index| exchanges.get_mut(index)) {
                        // Of a reply that is drawn in part, nobody knows the rest.
                        let whole = || DrawnReply { arrow: arrow.number, label: label.clone() };
                        exchange.reply = (!label.open).then(whole);
                    }
                }
                Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => {}
            }
        }
        exchanges
    }

    fn asked(diagram: &Diagram, arrow: &Arrow, request: &RequestLabel) -> Self {
        Self {
            arrow: arrow.number,
            place: format!("{}:{}", diagram.file(), arrow.line),
            request: request.clone(),
            forbidden: diagram.forbidden_members(arrow).into_iter().cloned().collect(),
            reply: None,
        }
    }

    /// Returns the names that the reply draws.
    pub(super) fn reply_names(&self) -> impl Iterator<Item = &Name> {
        self.reply.iter().flat_map(|reply| reply.label.members.iter().filter_map(Member::name))
    }

    /// Names the exchange by its arrows, such as "arrow 6 → arrow 16".
    pub(super) fn named(&self) -> String {
        let answered =
            self.reply.as_ref().map_or_else(|| "no reply".to_owned(), |reply| format!("arrow {}", reply.arrow));
        format!("arrow {} → {answered}", self.arrow)
    }

    /// Says what is expected and where it is drawn, such as "arrow 6 (…:19): POST /v1/ScopedAuthTokens/validate".
    pub(super) fn expected(&self) -> String {
        format!("arrow {} ({}): {}", self.arrow, self.place, self.expected_request())
    }

    /// Says what is expected, such as "POST /v1/ScopedAuthTokens/validate with `token`".
    pub(super) fn expected_request(&self) -> String {
        let dotted = |member: &Member| format!("`{}`", member.path.join("."));
        let mut text = format!("{} {}", self.request.method_or_post(), self.request.path_text());
        for (word, members) in [("with", &self.request.members), ("without", &self.forbidden)] {
            if !members.is_empty() {
                let members: Vec<String> = members.iter().map(dotted).collect();
                text = format!("{text} {word} {}", members.join(", "));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, participant: Participant, branch: Branch) -> Vec<(usize, Option<usize>)> {
        let diagram = Diagram::parse("d.mmd", text).unwrap();
        let drawn = Exchange::drawn(&diagram, participant, Some(branch), None).unwrap();
        drawn.iter().map(|exchange| (exchange.arrow, exchange.reply.as_ref().map(|reply| reply.arrow))).collect()
    }

    #[test]
    fn every_branch_of_the_shipped_diagram_is_found() {
        let shipped = include_str!("../../fixtures/webchat-refresh-token.mmd");
        for (participant, valid, fingerprint, token) in [
            (Participant::Orchestrator, &[(1, Some(12))][..], &[(1, Some(18))][..], &[(1, Some(24))][..]),
            (
                Participant::FederatedAuth,
                &[(5, Some(11)), (7, Some(11))],
                &[(5, Some(17))],
                &[(5, Some(23)), (7, Some(23))],
            ),
            (
                Participant::ScopedAuth,
                &[(6, Some(10)), (8, Some(10))],
                &[(6, Some(16))],
                &[(6, Some(22)), (8, Some(22))],
            ),
        ] {
            assert_eq!(pairs(shipped, participant, Branch::Valid), valid);
            assert_eq!(pairs(shipped, participant, Branch::InvalidFingerprint), fingerprint);
            assert_eq!(pairs(shipped, participant, Branch::InvalidToken), token);
        }
    }

    #[test]
    fn a_reply_answers_the_last_request_that_is_open() {
        let text = "sequenceDiagram\nparticipant S as ScopedAuthService\nA->>S: POST /a\nA->>S: POST /b\nS->>A: {b}\n\
                    S->>A: {a}\nA->>S: POST /c\nS->>A: {c}\nA->>S: POST /d";
        let expected = [(1, Some(4)), (2, Some(3)), (5, Some(6)), (7, None)];
        assert_eq!(pairs(text, Participant::ScopedAuth, Branch::Valid), expected);
    }

    #[test]
    fn what_is_not_drawn_cannot_be_stood_in_for() {
        let drawn = |text: &str| {
            let diagram = Diagram::parse("d.mmd", text).unwrap();
            Exchange::drawn(&diagram, Participant::ScopedAuth, Some(Branch::InvalidToken), None)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(drawn("sequenceDiagram\nA->>B: POST /x"), "d.mmd draws no request to ScopedAuthService");
        assert_eq!(
            drawn(
                "sequenceDiagram\nparticipant S as ScopedAuthService\nA->>S: POST /a\nopt valid token\nS->>A: {b}\nend"
            ),
            "d.mmd draws no complete reply with which ScopedAuthService refuses the token"
        );
    }
}
