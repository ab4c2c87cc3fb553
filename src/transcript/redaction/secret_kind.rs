//! The kinds of secrets, which a pseudonym shows in place of the secret.

/// What a pseudonym stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// A token.
    Token,
    /// A fingerprint.
    Fingerprint,
    /// A deployment key.
    DeploymentKey,
    /// Anything else that the user declared secret.
    Other,
}

impl SecretKind {
    /// Returns what its pseudonyms begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Token => "tok",
            Self::Fingerprint => "fpr",
            Self::DeploymentKey => "key",
            Self::Other => "sec",
        }
    }
}
