//! The topologies in which a variant is tried: who of the four is real, in every combination.

use std::fmt;

use crate::protocol::Participant;

/// Who of the four is real, and so a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// The real participants, from the edge inwards.
    pub real: Vec<Participant>,
    /// Whether a tap stands on every hop between two of them.
    pub is_tapped: bool,
}

impl Topology {
    /// Returns every combination in which somebody is real, and last the one that has a tap on every hop.
    pub fn all() -> Vec<Self> {
        let of_bits = |bits: usize| {
            let is_real = |at: &usize| bits & (1 << at) != 0;
            (0..Participant::SERVICES.len()).filter(is_real).map(|at| Participant::SERVICES[at]).collect()
        };
        let mut all: Vec<Self> =
            (1..1 << Participant::SERVICES.len()).map(|bits| Self { real: of_bits(bits), is_tapped: false }).collect();
        all.push(Self { real: Participant::SERVICES.to_vec(), is_tapped: true });
        all
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.real.iter().map(|participant| participant.key()).collect();
        f.write_str(&names.join("+"))?;
        f.write_str(if self.is_tapped { " with taps" } else { "" })
    }
}
