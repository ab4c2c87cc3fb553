//! What the tests of the binary share: a folder of one's own, the program run in it, and its text made the same each time.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of this")]

mod edge;
mod flaw;
mod folder;
mod guarded_edge;
mod hasty_relay;
mod hostile;
mod http;
mod junit;
mod program;
mod relay;
mod services;
mod shown;
mod simulator;
mod stranger;
mod stranger_stage;
mod tls;
mod watching;
mod wrong_edge;

pub(crate) use edge::StubbornEdge;
pub(crate) use flaw::Flaw;
pub(crate) use folder::Folder;
pub(crate) use guarded_edge::{Guard, GuardedEdge};
pub(crate) use hasty_relay::HastyRelay;
pub(crate) use hostile::{Harmed, HostileEdge, OtherHost, announce, answer, flood, hold, reset, success};
pub(crate) use http::{Answer, Begun, begin, client, send, try_send};
pub(crate) use junit::{junit, refusals};
pub(crate) use program::{Ended, Program, Running, until};
pub(crate) use relay::Relay;
pub(crate) use services::{free_address, start, start_with};
pub(crate) use shown::{shown, snapshot};
pub(crate) use simulator::{OFF, ON, Simulator, asked, exchange};
pub(crate) use stranger::{SHOPS, stranger};
pub(crate) use stranger_stage::StrangerStage;
pub(crate) use tls::{Authority, Pair, Terms, TlsServer, ask};
pub(crate) use watching::Watching;
pub(crate) use wrong_edge::{Got, KEY_OFF, KEY_ON, Wrong, WrongEdge};

/// The diagram that comes with hopcheck.
pub(crate) const DIAGRAM: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");

/// Returns the shipped diagram with the first `old` on this line replaced.
pub(crate) fn diagram_with(line: usize, old: &str, new: &str) -> String {
    let mut found = false;
    let lines = DIAGRAM.lines().enumerate().map(|(at, text)| {
        let changed = if at + 1 == line { text.replacen(old, new, 1) } else { text.to_owned() };
        found |= changed != text;
        changed + "\n"
    });
    let diagram = lines.collect();
    assert!(found, "line {line} of the diagram has no {old}");
    diagram
}
