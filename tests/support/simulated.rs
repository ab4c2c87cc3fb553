//! `hopcheck simulate`, running, with customers of its Starship and a user of its admin API.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::thread;

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::support::{Folder, Program, Running, until};

/// What the admin API asks for elsewhere than on loopback.
pub(crate) const ADMIN_TOKEN: &str = "the-token-of-these-tests";

/// Holds once a page is in touch with its simulator.
pub(crate) const LIVE: &str =
    "document.querySelector('#connection').innerText === 'live' && document.querySelector('#accounts li')";

/// `hopcheck simulate`, and a customer of it.
#[derive(Debug)]
pub(crate) struct Simulated {
    _program: Running,
    _folder: Folder,
    addresses: Value,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Simulated {
    /// Starts it where nobody else is.
    pub(crate) fn starts() -> Self {
        Self::starts_at("127.0.0.1:0")
    }

    /// Starts it with its page at this address of this machine.
    pub(crate) fn starts_at(admin: &str) -> Self {
        Self::of(program(admin))
    }

    /// Starts it with a page for other machines, too, which needs [`ADMIN_TOKEN`].
    pub(crate) fn starts_for_others() -> Self {
        Self::of(program("0.0.0.0:0").knowing("HOPCHECK_ADMIN_TOKEN", ADMIN_TOKEN))
    }

    fn of(program: Program) -> Self {
        let folder = Folder::new();
        let program = program.within(&folder).starts();
        let ready = until("the simulator is ready", || folder.try_read("ready.json"));
        // The certificates of nobody are asked for, but a client without any cannot be made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            _program: program,
            _folder: folder,
            addresses: serde_json::from_str(&ready).unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    /// Returns the address of a service, or of `admin`.
    pub(crate) fn address(&self, key: &str) -> &str {
        self.addresses[key].as_str().unwrap()
    }

    /// Opens its page and waits until it is live.
    pub(crate) fn page(&self, browser: &Browser) -> Page {
        let mut page = browser.opens(self.address("admin"));
        page.until("the page is live", LIVE);
        page
    }

    /// Calls the admin API and returns the status and the JSON of its reply.
    pub(crate) fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.address("admin")));
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(answered(request))
    }

    /// Asks Starship for something, as a customer does.
    pub(crate) fn posts(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.address("starship"))).json(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.runtime.block_on(answered(request))
    }

    /// Returns a first token.
    pub(crate) fn token(&self, key: &str) -> String {
        let (status, reply) = self.posts("/V2/Webchat/Token", &[], &json!({ "deploymentKey": key }));
        assert_eq!(status, 200);
        reply["token"].as_str().unwrap().to_owned()
    }

    /// Refreshes a token, whatever comes of it.
    pub(crate) fn refresh(&self, key: &str, token: &str) -> (u16, Value) {
        self.posts("/V2/Webchat/Token/Refresh", &[], &json!({ "deploymentKey": key, "token": token }))
    }

    /// Refreshes a token successfully and returns the new one.
    pub(crate) fn refreshes(&self, key: &str, token: &str) -> String {
        let (status, reply) = self.refresh(key, token);
        assert_eq!(status, 200);
        reply["token"].as_str().unwrap().to_owned()
    }

    /// Returns what a page does to get a token from Starship; its value is the token, or the name of the error.
    pub(crate) fn fetches(&self, path: &str, body: &Value) -> String {
        let url = format!("{}/V2/Webchat/{path}", self.address("starship"));
        let asked =
            json!({ "method": "POST", "headers": { "content-type": "application/json" }, "body": body.to_string() });
        format!(
            "fetch('{url}', {asked}).then((reply) => reply.json()).then(({{ token }}) => token, ({{ name }}) => name)"
        )
    }

    /// Lets many customers refresh their tokens at once, meanwhile. The result is how often that succeeded.
    pub(crate) fn bursts(&self, key: &str, times: usize) -> thread::JoinHandle<usize> {
        const AT_ONCE: usize = 30;
        let url = format!("{}/V2/Webchat/Token/Refresh", self.address("starship"));
        let tokens: Vec<_> = (0..AT_ONCE).map(|_| self.token(key)).collect();
        let (http, key) = (self.http.clone(), key.to_owned());
        let handle = self.runtime.handle().clone();
        thread::spawn(move || {
            let customers: Vec<_> = tokens
                .into_iter()
                .map(|token| {
                    let (http, url) = (http.clone(), url.clone());
                    let body = json!({ "deploymentKey": key, "token": token });
                    handle.spawn(async move {
                        let mut succeeded = 0;
                        for _ in 0..times / AT_ONCE {
                            let (status, _) = answered(http.post(&url).json(&body)).await;
                            succeeded += usize::from(status == 200);
                        }
                        succeeded
                    })
                })
                .collect();
            customers.into_iter().map(|customer| handle.block_on(customer).unwrap()).sum()
        })
    }
}

fn program(admin: &str) -> Program {
    Program::new(["simulate", "--admin", admin, "--any-port", "--ready-file", "ready.json"])
}

async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}
