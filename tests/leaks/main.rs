//! The leak gate: canaries stand wherever a secret can stand, and every byte that the program writes is searched for them,
//! in each of the forms in which a secret can be written down. Panics are not provoked: nothing outside can.

#[path = "../support/mod.rs"]
mod support;

mod echo;
mod searcher;
mod simulate;
mod verify;
