//! The journal: listed, filtered, looked into, exported and cleared.

use std::fmt::Display;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::problem::{Asked, Named, Problem};
use crate::protocol::Hop;
use crate::simulator::history::{Outcome, PastCall};
use crate::simulator::running::Simulator;
use crate::simulator::views::{Kind, RefreshView, SummaryView};
use crate::transcript::Har;
use crate::verdict::Ledger;

/// How many refreshes are listed unless asked otherwise.
const USUAL: usize = 50;
/// How many are listed at most.
const MOST: usize = 1000;

/// Which refreshes are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Filter {
    account: Option<String>,
    outcome: Option<Outcome>,
    kind: Option<Kind>,
    limit: Option<usize>,
    before: Option<u64>,
}

/// Refreshes, the newest first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    kept: usize,
    dropped: u64,
    unwritten: u64,
    refreshes: Vec<SummaryView>,
}

/// Which refresh is to be exported; all of them where none is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exported {
    id: Option<u64>,
}

pub(super) async fn list(
    State(simulator): State<Simulator>,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Listed>, Problem> {
    let limit = filter.limit.unwrap_or(USUAL);
    if limit > MOST {
        return Err(Problem::bad_request(format!("`limit`: {limit} is more than {MOST}"))
            .hint("`before=ID` goes on where a list ended"));
    }
    let (kept, dropped, found) = {
        let kept = simulator.parts().recorder.kept();
        let found: Vec<Arc<PastCall>> =
            kept.newest_first().filter(|call| filter.takes(call)).take(limit).cloned().collect();
        (kept.len(), kept.dropped(), found)
    };
    let mut refreshes = Vec::with_capacity(found.len());
    for kept in found {
        refreshes.push(simulator.summary_of(&kept));
        // Others are served between any two.
        tokio::task::yield_now().await;
    }
    Ok(Json(Listed { kept, dropped, unwritten: simulator.parts().recorder.unwritten(), refreshes }))
}

pub(super) async fn read(
    State(simulator): State<Simulator>,
    Named(id): Named<u64>,
) -> Result<Json<RefreshView>, Problem> {
    if let Some(kept) = simulator.parts().recorder.kept().get(id) {
        return Ok(Json(simulator.shown(&kept, &mut Ledger::default(), true)));
    }
    Err(unknown(id))
}

pub(super) async fn clear(State(simulator): State<Simulator>) -> StatusCode {
    simulator.parts().recorder.clear(None);
    StatusCode::NO_CONTENT
}

pub(super) async fn har(
    State(simulator): State<Simulator>,
    Asked(Exported { id }): Asked<Exported>,
) -> Result<impl IntoResponse, Problem> {
    let calls: Vec<Arc<PastCall>> = match id {
        Some(id) => vec![simulator.parts().recorder.kept().get(id).ok_or_else(|| unknown(id))?],
        None => simulator.parts().recorder.kept().newest_first().cloned().collect(),
    };
    // Of thousands it takes a while, in which refreshes go on.
    let archive = tokio::task::spawn_blocking(move || archive(&simulator, &calls)).await;
    let broken_off = |reason: &dyn Display| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, reason.to_string());
    let archive = archive.map_err(|error| broken_off(&error))?.map_err(|error| broken_off(&error))?;
    let disposition = "attachment; filename=\"hopcheck.har\"";
    Ok(([(CONTENT_TYPE, "application/json"), (CONTENT_DISPOSITION, disposition)], archive))
}

fn archive(simulator: &Simulator, calls: &[Arc<PastCall>]) -> serde_json::Result<Vec<u8>> {
    let system = simulator.system();
    let base = |hop: Hop| system.address(hop.callee()).unwrap_or_default().to_owned();
    let har = Har::of(calls.iter().map(|kept| (kept.number(), &kept.call.transcript)), &simulator.redactor(), base);
    serde_json::to_vec(&har)
}

impl Filter {
    fn takes(&self, kept: &PastCall) -> bool {
        let kind = if kept.is_refresh() { Kind::Refresh } else { Kind::Creation };
        self.account.as_ref().is_none_or(|account| kept.account() == Some(account))
            && self.outcome.is_none_or(|outcome| kept.outcome == outcome)
            && self.kind.is_none_or(|wanted| kind == wanted)
            && self.before.is_none_or(|before| kept.number() < before)
    }
}

fn unknown(id: u64) -> Problem {
    Problem::not_found(format!("no refresh {id} is remembered")).hint("GET /api/refreshes lists those that are")
}
