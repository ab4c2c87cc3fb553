//! Which hops can be seen from here.

use crate::protocol::Hop;

/// The hops whose exchanges are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility {
    seen: [bool; Hop::ALL.len()],
}

impl Visibility {
    /// Sees every hop for which `sees` holds.
    pub fn of(sees: impl Fn(Hop) -> bool) -> Self {
        Self { seen: Hop::ALL.map(sees) }
    }

    /// Sees every hop.
    pub fn everything() -> Self {
        Self::of(|_| true)
    }

    /// Sees only what the customer sends and receives.
    pub fn edge_only() -> Self {
        Self::of(|hop| hop == Hop::Edge)
    }

    /// Returns whether exchanges on the hop are recorded.
    pub fn sees(self, hop: Hop) -> bool {
        Hop::ALL.into_iter().zip(self.seen).any(|(known, seen)| known == hop && seen)
    }
}
