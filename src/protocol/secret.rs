//! The secrets of the flow: tokens, fingerprints, deployment keys. They become text only through `expose`.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

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

            /// Returns whether a body holds the secret, in plain sight.
            pub fn is_in(&self, body: &[u8]) -> bool {
                String::from_utf8_lossy(body).contains(&self.0)
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
    /// The key by which a web page names its account (arrow 1).
    DeploymentKey,
    "DeploymentKey(…)"
);

/// The fingerprint the Orchestrator generates of a client (arrows 5 and 6): a text, or a number that stays one.
///
/// Has no `Display`, and its `Debug` hides the value. It serialises to what it is, because it travels in bodies.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    text: String,
    is_number: bool,
}

impl Fingerprint {
    /// Wraps the text of the secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: false }
    }

    /// Wraps a member of a body; `None` where it is neither a text nor a number.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::new(text)),
            Value::Number(number) => Some(Self { text: number.to_string(), is_number: true }),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns the secret itself, for building a request and for nothing else.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = || self.is_number.then(|| self.text.parse::<Number>().ok()).flatten();
        match number() {
            Some(number) => number.serialize(serializer),
            None => serializer.serialize_str(&self.text),
        }
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(&value).ok_or_else(|| D::Error::custom("a fingerprint is a text or a number"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(…)")
    }
}

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

    #[test]
    fn a_fingerprint_travels_as_it_came() {
        for text in [r#""17""#, "17", r#""f""#] {
            let fingerprint: Fingerprint = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&fingerprint).unwrap(), text);
            assert_eq!(format!("{fingerprint:?}"), "Fingerprint(…)");
        }
        assert!(serde_json::from_str::<Fingerprint>("null").is_err());
    }
}
