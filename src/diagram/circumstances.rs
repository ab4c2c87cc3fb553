//! The circumstances of a refresh: what decides which arrows of the diagram apply.

use std::fmt;

/// Whether the feature is switched on for the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// Switched on.
    On,
    /// Switched off.
    Off,
}

/// Whether a credential is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Validity {
    /// Valid.
    Valid,
    /// Invalid.
    Invalid,
}

/// One combination of feature, token and fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Circumstances {
    /// The feature of the account.
    pub feature: Feature,
    /// The token presented.
    pub token: Validity,
    /// The fingerprint of the client.
    pub fingerprint: Validity,
}

impl Circumstances {
    /// Returns the circumstances; with the feature off no fingerprint is sent, so none is invalid.
    pub fn new(feature: Feature, token: Validity, fingerprint: Validity) -> Self {
        let fingerprint = match feature {
            Feature::On => fingerprint,
            Feature::Off => Validity::Valid,
        };
        Self { feature, token, fingerprint }
    }

    /// Returns the distinct circumstances there are.
    pub fn all() -> Vec<Self> {
        let validities = [Validity::Valid, Validity::Invalid];
        let mut all = Vec::new();
        for feature in [Feature::On, Feature::Off] {
            for token in validities {
                for fingerprint in validities {
                    let circumstances = Self::new(feature, token, fingerprint);
                    if !all.contains(&circumstances) {
                        all.push(circumstances);
                    }
                }
            }
        }
        all
    }

    /// Returns the same circumstances as [`new`](Self::new) would have made them.
    pub(super) fn normalised(self) -> Self {
        Self::new(self.feature, self.token, self.fingerprint)
    }

    /// Returns the circumstances with only the feature the other way.
    pub(super) fn flipped(self) -> Self {
        let feature = match self.feature {
            Feature::On => Feature::Off,
            Feature::Off => Feature::On,
        };
        Self::new(feature, self.token, self.fingerprint)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
        })
    }
}

impl fmt::Display for Circumstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "feature {}, token {}", self.feature, self.token)?;
        match self.feature {
            Feature::On => write!(f, ", fingerprint {}", self.fingerprint),
            Feature::Off => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_six_since_without_the_feature_no_fingerprint_is_sent() {
        let shown: Vec<String> = Circumstances::all().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "feature on, token valid, fingerprint valid",
                "feature on, token valid, fingerprint invalid",
                "feature on, token invalid, fingerprint valid",
                "feature on, token invalid, fingerprint invalid",
                "feature off, token valid",
                "feature off, token invalid",
            ]
        );
    }

    #[test]
    fn with_the_feature_off_the_fingerprint_counts_as_valid() {
        let off = Circumstances::new(Feature::Off, Validity::Valid, Validity::Invalid);
        assert_eq!(off.fingerprint, Validity::Valid);
    }
}
