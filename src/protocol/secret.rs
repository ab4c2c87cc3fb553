//! The secrets of the flow: tokens, fingerprints, deployment keys. They become text only through `expose`.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $shown:literal) => {
        $(#[$doc])*
        ///
        /// Has no `Display`, and its `Debug` hides the value. It serialises to its text, because it travels in bodies.
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text of the secret.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the secret itself, for building a request and for nothing else.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($shown)
            }
        }
    };
}

secret!(
    /// The token a customer presents (arrows 1, 5 to 8) or is given (arrows 11, 12, 14).
    Token,
    "Token(…)"
);
secret!(
    /// The fingerprint the Orchestrator generates of a client (arrows 5 and 6).
    Fingerprint,
    "Fingerprint(…)"
);
secret!(
    /// The key by which a web page names its account (arrow 1).
    DeploymentKey,
    "DeploymentKey(…)"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_secret() {
        assert!(!format!("{:?}", Some(Token::new("s3cr3t"))).contains("s3cr3t"));
    }

    #[test]
    fn it_travels_as_plain_text() {
        let key = DeploymentKey::new("CV01");
        assert_eq!(serde_json::to_string(&key).unwrap(), r#""CV01""#);
    }
}
