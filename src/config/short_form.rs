//! Deployments that no file describes: none at all, and that of `--url URL --key-on KEY --key-off KEY`.

use std::collections::BTreeMap;

use super::deployment::{Declared, DeclaredAccount, Deployment, Limits, Sensitive, Tls, Tokens, base_url};
use super::toml_text::is_origin;
use crate::protocol::{Contract, DeploymentKey, Feature, Participant};

/// Why these arguments describe no deployment. The messages quote none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShortFormError {
    /// The URL is not one that the flow's paths can be put behind.
    #[error("--url is {0}: expected {1}")]
    Url(&'static str, &'static str),
    /// There is no deployment key.
    #[error(
        "a URL alone says not whose token to refresh\n\
         hint: give `--key-on KEY`, the deployment key of an account with the feature on, `--key-off KEY`, or both"
    )]
    NoKey,
    /// A deployment key is empty.
    #[error("the deployment key of the account with the feature {0} is empty")]
    EmptyKey(Feature),
    /// Both deployment keys are the same.
    #[error("the account with the feature on and the one with the feature off have the same deployment key")]
    SameKey,
    /// The origin is none.
    #[error("the origin is none: expected http:// or https://, a host, perhaps a port, and nothing behind")]
    Origin,
}

impl Deployment {
    /// Returns no deployment: all four services are played by hopcheck, without an account of their own.
    pub fn embedded() -> Self {
        Self::of_participants(
            Participant::SERVICES.into_iter().map(|service| (service, Declared::Ours { listen: None })).collect(),
        )
    }

    /// Returns the deployment whose edge is at this URL, with an account for each key and pages from this origin.
    pub fn of_url(
        url: &str,
        key_on: Option<&str>,
        key_off: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, ShortFormError> {
        let url = base_url(url).map_err(|(what, expected)| ShortFormError::Url(what, expected))?;
        if origin.is_some_and(|origin| !is_origin(origin)) {
            return Err(ShortFormError::Origin);
        }
        let keys: Vec<(Feature, &str)> = [(Feature::On, key_on), (Feature::Off, key_off)]
            .into_iter()
            .filter_map(|(feature, key)| key.map(|key| (feature, key)))
            .collect();
        if let Some((feature, _)) = keys.iter().find(|(_, key)| key.trim().is_empty()) {
            return Err(ShortFormError::EmptyKey(*feature));
        }
        match keys[..] {
            [] => return Err(ShortFormError::NoKey),
            [(_, on), (_, off)] if on == off => return Err(ShortFormError::SameKey),
            _ => {}
        }
        let mut participants: BTreeMap<_, _> =
            Participant::SERVICES.into_iter().map(|service| (service, Declared::Behind)).collect();
        participants.insert(Participant::Starship, Declared::Reachable { url, tap: None });
        Ok(Self {
            accounts: keys.iter().map(|(feature, key)| account(*feature, key, origin)).collect(),
            secrets: keys.iter().map(|(_, key)| Sensitive::new(*key)).collect(),
            ..Self::of_participants(participants)
        })
    }

    fn of_participants(participants: BTreeMap<Participant, Declared>) -> Self {
        Self {
            accounts: Vec::new(),
            tokens: Tokens::default(),
            contract: Contract::default(),
            limits: Limits::for_participants(&participants),
            tls: Tls::default(),
            proxies: None,
            headers: Vec::new(),
            toggle: None,
            not_applicable: Vec::new(),
            participants,
            secrets: Vec::new(),
        }
    }
}

fn account(feature: Feature, key: &str, origin: Option<&str>) -> DeclaredAccount {
    DeclaredAccount {
        name: format!("feature-{feature}"),
        deployment_key: DeploymentKey::new(key),
        feature,
        account_sid: None,
        origin: origin.map(str::to_owned),
        allowed_origins: None,
        fingerprint_sensitivity: None,
        roles: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_edge_is_seen() {
        let deployment = Deployment::of_url("https://flex.example.com", Some("on-key"), Some("off-key"), None).unwrap();
        let participants: Vec<_> = deployment.participants.values().map(|declared| format!("{declared:?}")).collect();
        assert_eq!(participants, ["Reachable", "Behind", "Behind", "Behind"]);
        let names: Vec<_> = deployment.accounts.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["feature-on", "feature-off"]);
        assert_eq!(deployment.secrets(), [Sensitive::new("on-key"), Sensitive::new("off-key")]);
        assert!(!format!("{deployment:?}").contains("on-key"));
    }

    #[test]
    fn nothing_is_real_in_the_embedded_one() {
        let deployment = Deployment::embedded();
        assert_eq!(deployment.participants.len(), 4);
        assert!(!deployment.participants.values().any(Declared::is_real));
        assert_eq!(deployment.limits.concurrency.get(), 64);
    }

    #[test]
    fn what_describes_no_deployment_is_refused() {
        let url = "https://flex.example.com";
        for (url, on, off, origin, expected) in [
            (url, None, None, None, "a URL alone says not whose token to refresh"),
            (url, Some("a"), Some("a"), None, "have the same deployment key"),
            (url, None, Some(" "), None, "with the feature off is empty"),
            (url, Some("a"), None, Some("https://shop.example.com/"), "the origin is none"),
            ("flex.example.com", Some("a"), None, None, "--url is not a URL"),
            ("https://u:p@flex.example.com", Some("a"), None, None, "--url is a URL with credentials"),
        ] {
            let error = Deployment::of_url(url, on, off, origin).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
