//! Requests that a test waits for, and requests that it lets go on.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// What requests run on, beside the test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap_or_else(|error| panic!("{error}")));

static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    // Another part of the process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A connection kept from the request before may be closed by the simulator just as it is used again.
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(Duration::from_mins(1));
    client.build().unwrap_or_else(|error| panic!("{error}"))
});

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

/// Returns the client that makes requests.
pub(crate) fn client() -> &'static reqwest::Client {
    &CLIENT
}

/// Sends a request and waits for the answer.
pub(crate) fn send(request: reqwest::RequestBuilder) -> Answer {
    try_send(request).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Sends a request, which may remain without an answer.
pub(crate) fn try_send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    RUNTIME.block_on(answered(request))
}

/// Sends a request and goes on.
pub(crate) fn begin(request: reqwest::RequestBuilder) -> Begun {
    Begun(RUNTIME.spawn(answered(request)))
}

/// Runs something beside the test.
pub(super) fn beside(work: impl Future<Output = ()> + Send + 'static) {
    RUNTIME.spawn(work);
}

async fn answered(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct Begun(JoinHandle<reqwest::Result<Answer>>);

impl Begun {
    /// Waits for the answer, if there is one.
    pub(crate) fn ends(self) -> reqwest::Result<Answer> {
        RUNTIME.block_on(self.0).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Goes away without waiting for the answer.
    pub(crate) fn goes_away(self) {
        self.0.abort();
    }

    /// Returns whether there is neither an answer nor a failure yet.
    pub(crate) fn goes_on(&self) -> bool {
        !self.0.is_finished()
    }
}

impl Answer {
    /// Returns it, provided that it has this status.
    pub(crate) fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Returns its JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Returns a text of its JSON.
    pub(crate) fn text_of(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no {member} in {json}")).to_owned()
    }

    /// Returns its content type; nothing where it states none.
    pub(crate) fn content_type(&self) -> &str {
        self.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns its status and the code by which a service says why it refuses.
    pub(crate) fn refusal(&self) -> (u16, u64) {
        (self.status, self.json()["code"].as_u64().unwrap_or_default())
    }
}
