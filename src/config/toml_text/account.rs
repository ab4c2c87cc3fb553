//! What stands in the configuration of an account, which two files state: its SID, its origins, its fixed words.

use reqwest::Url;

use super::{Entry, Text};
use crate::diagnostic::Diagnostic;
use crate::protocol::{AccountSid, Feature, FingerprintSensitivity};

impl Text<'_> {
    /// Reads whether the feature is on.
    pub(crate) fn feature(&self) -> Result<Feature, Diagnostic> {
        self.one_of(&[("on", Feature::On), ("off", Feature::Off)])
    }

    /// Reads what a fingerprint is made of.
    pub(crate) fn fingerprint_sensitivity(&self) -> Result<FingerprintSensitivity, Diagnostic> {
        self.one_of(&[
            ("low", FingerprintSensitivity::Low),
            ("medium", FingerprintSensitivity::Medium),
            ("high", FingerprintSensitivity::High),
        ])
    }

    /// Reads an account SID.
    pub(crate) fn account_sid(self) -> Result<AccountSid, Diagnostic> {
        let expected = "AC and 32 hexadecimal digits in lower case";
        let sid = self.as_str().parse().ok().ok_or_else(|| self.is_no("no account SID", expected))?;
        self.into_string();
        Ok(sid)
    }

    /// Reads a web origin.
    pub(crate) fn origin(self) -> Result<String, Diagnostic> {
        if is_origin(self.as_str()) {
            return Ok(self.into_string());
        }
        let complaint = self.is_no("no origin", "http:// or https://, a host, perhaps a port, and nothing behind");
        Err(if self.as_str() == "*" { complaint.hint("an empty list allows any origin") } else { complaint })
    }
}

impl Entry<'_> {
    /// Reads a list of web origins.
    pub(crate) fn origins(&self) -> Result<Vec<String>, Diagnostic> {
        self.texts()?.into_iter().map(Text::origin).collect()
    }

    /// Reads a list of texts that are kept as they are.
    pub(crate) fn strings(&self) -> Result<Vec<String>, Diagnostic> {
        Ok(self.texts()?.into_iter().map(Text::into_string).collect())
    }
}

/// Returns whether the text is an origin as browsers send it.
pub fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for origin in ["https://shop.example.com", "http://localhost:3000", "http://[::1]:3000"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in
            ["https://shop.example.com/", "https://Shop.example.com", "https://shop.example.com:443", "null", "*"]
        {
            assert!(!is_origin(other), "{other}");
        }
    }
}
