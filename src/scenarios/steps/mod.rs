//! The steps that scenarios are written in, by concept. A step speaks of participants, never of JSON paths.

mod accounts;
mod any_input;
mod arrows;
mod bad_input;
mod customers;
mod fingerprints;
mod first_token;
mod handed_on;
mod identities;
mod in_turn;
mod internal_actions;
mod look_alikes;
mod origins;
mod refreshes;
mod refusals;
mod stand_ins;
mod trouble;

/// The source of every file of steps, from which the list of steps is made.
pub(super) const SOURCES: [(&str, &str); 17] = [
    ("accounts", include_str!("accounts.rs")),
    ("customers", include_str!("customers.rs")),
    ("refreshes", include_str!("refreshes.rs")),
    ("refreshes in turn", include_str!("in_turn.rs")),
    ("trouble", include_str!("trouble.rs")),
    ("stand-ins", include_str!("stand_ins.rs")),
    ("bad input", include_str!("bad_input.rs")),
    ("any input", include_str!("any_input.rs")),
    ("first token", include_str!("first_token.rs")),
    ("arrows", include_str!("arrows.rs")),
    ("internal actions", include_str!("internal_actions.rs")),
    ("what is handed on", include_str!("handed_on.rs")),
    ("look-alikes", include_str!("look_alikes.rs")),
    ("origins", include_str!("origins.rs")),
    ("fingerprints", include_str!("fingerprints.rs")),
    ("identities", include_str!("identities.rs")),
    ("refusals", include_str!("refusals.rs")),
];
