//! Why something that a scenario asks for cannot be had here.

use std::fmt;

/// Why a step cannot be played here. Neither says anything about the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// The deployment lacks something that its file could give or waive.
    Precondition(String),
    /// It happens where this topology cannot see or act.
    OutOfReach(String),
    /// Something went wrong before there was anything to judge.
    Failed(String),
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Precondition(reason) | Self::OutOfReach(reason) | Self::Failed(reason) => f.write_str(reason),
        }
    }
}
