//! How the program ends, for whoever called it.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything that was asserted holds.
    Conforms,
    /// 1: something deviates, or lint found something off.
    Deviates,
    /// 2: the arguments, or a file they name, are wrong.
    Usage,
    /// 3: the deployment could not be judged, or not all of it.
    Incomplete,
    /// 4: nothing ran.
    NothingRan,
}

impl Exit {
    /// Returns the number that the calling process sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Deviates => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::NothingRan => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    /// Blames the arguments or a file they name.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// Says that nothing can be said of the deployment.
    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self { exit: Exit::Incomplete, message: message.into() }
    }
}
