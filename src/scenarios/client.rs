//! The browser that a customer calls with. Sends nothing.

/// A browser, by the headers it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) user_agent: String,
    pub(super) language: String,
    pub(super) address: String,
}

impl Client {
    /// Returns a browser unlike any other of the run, so that its fingerprint is its own.
    pub(super) fn new() -> Self {
        let build = rand::random::<u32>();
        Self {
            user_agent: format!("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/{build} Firefox/140.0"),
            language: "en-GB,en;q=0.7".to_owned(),
            address: "198.51.100.7".to_owned(),
        }
    }

    /// Returns a browser of another make in the same place.
    pub(super) fn other_browser(&self) -> Self {
        Self { user_agent: self.user_agent.replace("Gecko/", "AppleWebKit/"), ..self.clone() }
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        [("user-agent", &self.user_agent), ("accept-language", &self.language), ("x-forwarded-for", &self.address)]
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into()
    }
}
