//! An internal action: what a lifeline does by itself, as far as its label says.

use super::condition::Condition;

/// What an arrow from a lifeline to itself stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Looks up the account that a deployment key belongs to: "Fetches accountSid with Deployment Key".
    FetchesAccount,
    /// Looks up how the account is configured: "Fetches Account Configurations ...".
    FetchesConfiguration,
    /// Keeps what it looked up for as long as the refresh lasts: "Keeps configurations locally till execution ends".
    KeepsConfiguration,
    /// Comes to a verdict on a credential: "Valid token and invalid fingerprint".
    Validates(Condition),
    /// Sets the header that lets a page of another origin read a reply: "If ACAO header exists, then passes through, ...".
    ///
    /// Holds the value that is set where there is no header yet.
    AppliesAcaoRule(String),
    /// Something else, which nothing can judge; an arrow with it is prose.
    Other,
}

impl Action {
    /// Classifies the words of a label.
    pub fn of(label: &str) -> Self {
        let squeezed: String = label.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        let says = |words: &[&str]| words.iter().all(|word| squeezed.contains(word));
        if says(&["acao"]) || says(&["accesscontrolalloworigin"]) {
            acao_value(label).filter(|_| says(&["passesthrough"])).map_or(Self::Other, Self::AppliesAcaoRule)
        } else if let Some(condition) = Condition::parse(label).filter(Condition::is_about_a_credential) {
            Self::Validates(condition)
        } else if says(&["keep", "configuration"]) {
            Self::KeepsConfiguration
        } else if says(&["accountconfiguration"]) {
            Self::FetchesConfiguration
        } else if says(&["accountsid", "deploymentkey"]) {
            Self::FetchesAccount
        } else {
            Self::Other
        }
    }
}

/// Returns what the header is set to: "…, else sets to *".
fn acao_value(label: &str) -> Option<String> {
    let (_, value) = label.rsplit_once("sets to ")?;
    let value = value.trim().trim_end_matches('.');
    (!value.is_empty() && !value.contains(char::is_whitespace)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_label_say_the_action() {
        let invalid = Condition::parse("invalid token").unwrap();
        for (label, action) in [
            ("Fetches accountSid with Deployment Key", Action::FetchesAccount),
            ("Looks the account SID up by deployment_key", Action::FetchesAccount),
            ("Fetches Account Configurations along with AddressSid, DeploymentKeys", Action::FetchesConfiguration),
            ("Keeps configurations locally till execution ends", Action::KeepsConfiguration),
            ("Invalid token", Action::Validates(invalid)),
            ("If ACAO header exists, then passes through, else sets to *", Action::AppliesAcaoRule("*".into())),
            ("If ACAO header exists, then passes through, else sets to null", Action::AppliesAcaoRule("null".into())),
            ("If ACAO header exists, then removes it, else sets to *", Action::Other),
            ("If ACAO header exists, then passes through", Action::Other),
            ("Invalid token, probably", Action::Other),
            ("Validates token and fingerprint", Action::Other),
            ("Feature is on", Action::Other),
            ("", Action::Other),
        ] {
            assert_eq!(Action::of(label), action, "{label}");
        }
    }
}
