//! Judges and plays the webchat token-refresh flow: the README, then the layers and their invariants.
//!
#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! In reading order: what travels, what should happen, what did happen, was that right, say so; then the machinery.
//!
//! | module | is | may name |
//! |---|---|---|
//! | [`protocol`] | what travels: hops, secrets, accounts, messages | nothing |
//! | [`diagram`] | what should happen: Mermaid → arrows, labels, courses | nothing |
//! | [`transcript`] | what did happen: exchanges, journal, redaction | protocol |
//! | [`verdict`] | the judgement: transcript against course | protocol, diagram, transcript |
//! | [`report`] | a run for people and machines | diagram, transcript, verdict |
//! | [`participants`] | the four reference services | protocol |
//! | [`standins`] | scripted doubles of the services, for scenarios and for your tests | protocol, diagram |
//! | [`config`] | what users write: deployment file, accounts file, TOML with carets | protocol |
//! | [`wire`] | how a message is carried and recorded: listener, client, tap, faults | protocol, transcript, config |
//! | [`topology`] | who plays whom: planned, started, wired, stopped | protocol, transcript, config, wire, participants, standins |
//! | [`scenarios`] | steps, suite and runner | all above except participants |
//! | [`mutants`] | participants wrong on purpose, by which the suite is measured | all above except participants |
//! | [`variants`] | participants that are right and differ from the reference, by which it is shown not to cry wolf | all above except participants and mutants |
//! | [`probes`] | properties over generated requests and sequences | all above except participants and scenarios |
//! | [`simulator`] | services that run until stopped, with an admin API and a live page | protocol, diagram, transcript, verdict, participants, config, wire, topology |
//! | [`cli`] | arguments, output, exit codes | everything |
//!
//! [`diagnostic`] is what any of them may complain with. Within a module, no file imports another that imports it. The
//! table, the circles and the sizes of files are held by `tests/tidy`.
//!
//! # Invariants
//!
//! 1. `participants` never sees `diagram` or `verdict`: implementation and expectation must be able to disagree.
//! 2. A verdict sees a transcript and a course, never a service; so the same code judges whatever was recorded.
//! 3. `config` opens no file and knows no socket: it reads text that it is given. `protocol`, `diagram`, `transcript`, `verdict` and
//!    `report` do no I/O and are synchronous.
//! 4. Only `cli` prints, only `main` ends the process, only `cli` reads the environment.
//! 5. Only a tap or the customer's own client makes an exchange. Only `wire` binds a port, and port 0 unless told
//!    otherwise; the servers of stand-ins are `topology`'s.
//! 6. A token or a fingerprint becomes text only through `expose`, which only builders of requests call; everything
//!    that is shown passes the one redactor.

pub mod diagnostic;

pub mod protocol;

pub mod diagram;

pub mod transcript;

pub mod verdict;

pub mod report;

pub mod participants;

pub mod standins;

pub mod config;

pub mod wire;

pub mod topology;

pub mod scenarios;

pub mod mutants;

pub mod probes;
pub mod variants;

pub mod simulator;

pub mod cli;
