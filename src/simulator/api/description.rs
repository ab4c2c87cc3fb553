//! What the simulator is: who is played where, the diagram, and the API itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use crate::diagram::{Arrow, Meaning};
use crate::protocol::Participant;
use crate::simulator::running::Simulator;
use crate::simulator::views::key_of;
use crate::verdict::{ends_of, hops_of};

/// That the simulator is up, and which one it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Health {
    status: Status,
    version: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Up,
}

/// Whether everything that is played answers. It does from the moment at which this API does.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    ready: bool,
    participants: BTreeMap<String, ParticipantView>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ParticipantView {
    address: Option<String>,
    played: bool,
}

/// The diagram, as the page draws it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DiagramView {
    file: String,
    participants: Vec<LifelineView>,
    arrows: Vec<DrawnArrow>,
    blocks: Vec<BlockView>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LifelineView {
    name: String,
    drawn: String,
    actor: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct DrawnArrow {
    number: usize,
    from: String,
    to: String,
    text: String,
    kind: Kind,
    hops: Vec<String>,
    block: Option<usize>,
    line: usize,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Request,
    Reply,
    Action,
}

#[derive(Debug, Serialize, Deserialize)]
struct BlockView {
    label: String,
    arrows: Vec<usize>,
}

pub(super) async fn health() -> Json<Health> {
    Json(Health { status: Status::Up, version: env!("CARGO_PKG_VERSION").to_owned() })
}

pub(super) async fn ready(State(simulator): State<Simulator>) -> Json<Ready> {
    let system = simulator.system();
    let participants = Participant::SERVICES.into_iter().map(|service| {
        let address = system.address(service).map(str::to_owned);
        (service.key().to_owned(), ParticipantView { address, played: system.plays(service) })
    });
    Json(Ready { ready: true, participants: participants.collect() })
}

pub(super) async fn diagram(State(simulator): State<Simulator>) -> Json<DiagramView> {
    let diagram = &simulator.parts().diagram;
    let lifelines = diagram.lifelines().iter().map(|lifeline| LifelineView {
        name: Participant::of_lifeline(&lifeline.name, lifeline.client)
            .map_or_else(|| lifeline.name.clone(), |it| it.name().to_owned()),
        drawn: lifeline.name.clone(),
        actor: lifeline.actor,
    });
    let blocks = diagram.blocks().iter().enumerate().map(|(index, block)| BlockView {
        label: block.label.clone(),
        arrows: diagram.arrows().iter().filter(|arrow| arrow.block == Some(index)).map(|arrow| arrow.number).collect(),
    });
    Json(DiagramView {
        file: diagram.file().to_owned(),
        participants: lifelines.collect(),
        arrows: diagram.arrows().iter().map(drawn).collect(),
        blocks: blocks.collect(),
    })
}

fn drawn(arrow: &Arrow) -> DrawnArrow {
    DrawnArrow {
        number: arrow.number,
        from: arrow.from.clone(),
        to: arrow.to.clone(),
        text: arrow.text.clone(),
        kind: match arrow.meaning {
            _ if arrow.is_internal() => Kind::Action,
            Meaning::Prose(_) if ends_of(arrow)[0] > ends_of(arrow)[1] => Kind::Reply,
            Meaning::Request(_) | Meaning::Prose(_) => Kind::Request,
            Meaning::Reply(_) => Kind::Reply,
            Meaning::Action(_) => Kind::Action,
        },
        hops: hops_of(arrow).into_iter().map(|hop| key_of(hop).to_owned()).collect(),
        block: arrow.block,
        line: arrow.line,
    }
}

pub(super) async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], include_str!("../openapi.json"))
}
