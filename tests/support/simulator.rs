//! The simulator in a process of its own, and what its users do to it: customers at its edge, and tests at its admin API.

use std::fs::File;

use serde_json::{Value, json};

use super::http::{Answer, client, send};
use super::watching::Watching;
use super::{Ended, Folder, Program, Running, until};

/// The built-in account whose feature is on, and its key.
pub(crate) const ON: (&str, &str) = ("AC000000000000000000000000000000a1", "CV-feature-on");
/// The built-in account whose feature is off, and its key.
pub(crate) const OFF: (&str, &str) = ("AC000000000000000000000000000000a2", "CV-feature-off");

/// The simulator, running until the test ends.
#[derive(Debug)]
pub(crate) struct Simulator {
    running: Running,
    folder: Folder,
    addresses: Value,
    token: Option<String>,
}

impl Simulator {
    /// Starts it on any free ports, with these arguments besides.
    pub(crate) fn starts(arguments: &[&str]) -> Self {
        Self::within(Folder::new(), arguments, &[])
    }

    /// Starts it in a folder, on any free ports, with these arguments besides and these variables in its environment.
    pub(crate) fn within(folder: Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let simulate = ["simulate", "--any-port", "--ready-file", "ready.json"];
        let file = |name: &str| File::create(folder.path().join(name)).unwrap_or_else(|error| panic!("{error}"));
        let mut program = Program::new(simulate.iter().chain(arguments)).within(&folder);
        for (name, value) in environment {
            program = program.knowing(name, value);
        }
        let mut running = program.writing_to(file("stdout"), file("stderr")).starts();
        let addresses = until("the simulator", || {
            assert!(!running.has_ended(), "the simulator ended: {}", folder.read("stderr"));
            serde_json::from_str(&folder.try_read("ready.json")?).ok()
        });
        Self { running, folder, addresses, token: None }
    }

    /// Presents a token at the admin API from now on.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Returns the URL of a service that is played, or of the `admin` API. What listens everywhere is called from here.
    pub(crate) fn url(&self, service: &str) -> String {
        self.addresses[service].as_str().unwrap_or_default().replace("0.0.0.0", "127.0.0.1")
    }

    /// Returns the names of what has an address.
    pub(crate) fn played(&self) -> Vec<&str> {
        self.addresses.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the folder that it runs in.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns what it has written to standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.folder.read("stdout")
    }

    /// Returns what it has written to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.folder.read("stderr")
    }

    /// Sends it a signal and waits for its end.
    pub(crate) fn ends(self, signal: &str) -> Ended {
        self.running.signal(signal);
        let Ended { code, .. } = self.running.ends();
        Ended { code, stdout: self.folder.read("stdout"), stderr: self.folder.read("stderr") }
    }

    /// Stops it and returns the text of a file that it left in its folder.
    pub(crate) fn ends_leaving(self, file: &str) -> String {
        self.running.signal("TERM");
        self.running.ends().with(0);
        self.folder.read(file)
    }

    /// Prepares a request to the admin API; the path is what stands behind `/api`.
    pub(crate) fn api(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap_or_else(|error| panic!("{error}"));
        let request = client().request(method, format!("{}/api{path}", self.url("admin")));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Reads from the admin API.
    pub(crate) fn get(&self, path: &str) -> Answer {
        send(self.api("GET", path))
    }

    /// Posts to the admin API.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.api("POST", path).json(body))
    }

    /// Puts to the admin API.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.api("PUT", path).json(body))
    }

    /// Deletes at the admin API.
    pub(crate) fn delete(&self, path: &str) -> Answer {
        send(self.api("DELETE", path))
    }

    /// Puts a fault in force and returns its id.
    pub(crate) fn fault(&self, order: &Value) -> u64 {
        self.post("/faults", order).with(201).json()["id"].as_u64().unwrap_or_else(|| panic!("a fault has an id"))
    }

    /// Watches what happens.
    pub(crate) fn watched(&self) -> Watching {
        Watching::of(self.api("GET", "/events"))
    }

    /// Returns the counts as they are.
    pub(crate) fn counts(&self) -> Value {
        self.watched().hears("hello", |_| true)["counts"].clone()
    }

    /// Prepares a request to the edge to refresh a token.
    pub(crate) fn refreshing(&self, key: &str, token: &str) -> reqwest::RequestBuilder {
        let refresh = client().post(format!("{}/V2/Webchat/Token/Refresh", self.url("starship")));
        refresh.json(&json!({ "deploymentKey": key, "token": token }))
    }

    /// Refreshes a token at the edge.
    pub(crate) fn refresh(&self, key: &str, token: &str) -> Answer {
        send(self.refreshing(key, token))
    }

    /// Gets a first token at the edge.
    pub(crate) fn first_token(&self, key: &str) -> String {
        let create = client().post(format!("{}/V2/Webchat/Token", self.url("starship")));
        send(create.json(&json!({ "deploymentKey": key }))).with(200).text_of("token")
    }

    /// Gets a first token and refreshes it, and returns the answer to the latter.
    pub(crate) fn first_refresh(&self, key: &str) -> Answer {
        self.refresh(key, &self.first_token(key))
    }

    /// Returns a token made to order.
    pub(crate) fn minted(&self, order: &Value) -> String {
        self.post("/tokens", order).with(200).text_of("token")
    }

    /// Returns the refreshes that are remembered, the newest first, without their exchanges.
    pub(crate) fn refreshes(&self) -> Vec<Value> {
        let listed = self.get("/refreshes?kind=refresh&limit=1000").with(200).json();
        listed["refreshes"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the newest refresh, with its exchanges.
    pub(crate) fn newest(&self) -> Value {
        let newest = self.refreshes().first().cloned().unwrap_or_else(|| panic!("no refresh is remembered"));
        self.get(&format!("/refreshes/{}", newest["id"])).with(200).json()
    }
}

/// Returns the exchange of a refresh on a hop, if it has one.
pub(crate) fn exchange<'r>(refresh: &'r Value, hop: &str) -> Option<&'r Value> {
    refresh["exchanges"].as_array()?.iter().find(|exchange| exchange["hop"] == hop)
}

/// Returns the JSON of an exchange's request.
pub(crate) fn asked(exchange: &Value) -> Value {
    serde_json::from_str(exchange["request_body"].as_str().unwrap_or_default()).unwrap_or_default()
}
