//! A real `FederatedAuth` that knows its own accounts only: those of our Orchestrator come from the accounts file then.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::future::IntoFuture;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hopcheck::config::BUILT_IN_ACCOUNTS;
use hopcheck::participants::{FederatedAuth, TokenKey, federated_auth};
use support::{Ended, Folder, Program, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_a_real_neighbour_has_to_know_come_from_the_accounts_file() {
    let deployment = Deployment::starts().await;
    let ended = deployment.verify(&["--accounts", "accounts.toml", "--strict"]).with(0);
    assert!(ended.stdout.contains("\n26 of 26 arrows: 17 on the wire"), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("\nconforms\n"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_scenarios_make_up_are_unknown_to_it() {
    let deployment = Deployment::starts().await;
    let ended = deployment.verify(&["--ready-within", "1s"]).with(3);
    assert!(ended.stderr.contains("waiting for a first token, 1s at most\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("; it answered status 404, and the customer got status 502\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--accounts FILE"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_accounts_file_lacks_is_not_run() {
    let deployment = Deployment::starts().await;
    let (without, _) = BUILT_IN_ACCOUNTS.split_once("\n# A fingerprint of User-Agent alone").unwrap();
    deployment.folder.write("few.toml", without);
    let ended = deployment.verify(&["--accounts", "few.toml", "fingerprints", "feature-off", "--strict"]).with(3);
    let reason = "the accounts file names no account with the feature on and fingerpr";
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
}

#[test]
fn the_accounts_of_a_real_orchestrator_are_not_stated_so() {
    let file = "[participants]\norchestrator.url = \"http://127.0.0.1:9\"\nfederated-auth.listen = \"127.0.0.1:10\"\n\
                [accounts.feature-on]\ndeployment_key = \"CV\"\n";
    let folder = Folder::new().with("deployment.toml", file).with("accounts.toml", BUILT_IN_ACCOUNTS);
    let verify = ["verify", "--deployment", "deployment.toml", "--accounts", "accounts.toml"];
    let ended = Program::new(verify).within(&folder).ends().with(2);
    assert!(ended.stderr.contains("--accounts is for an Orchestrator that hopcheck plays"), "{}", ended.stderr);
}

/// A `FederatedAuth` that answers 404 for every account but those of the built-in accounts file.
struct Deployment {
    folder: Folder,
}

impl Deployment {
    async fn starts() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let scoped_auth = free_address();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let state = FederatedAuth::new(format!("http://{scoped_auth}"), http, TokenKey::generate());
        let router: Router = federated_auth::router(state).layer(middleware::from_fn(known));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        let file = format!("[participants]\nfederated-auth.url = \"{url}\"\nscoped-auth.listen = \"{scoped_auth}\"\n");
        Self { folder: Folder::new().with("deployment.toml", &file).with("accounts.toml", BUILT_IN_ACCOUNTS) }
    }

    fn verify(&self, more: &[&str]) -> Ended {
        let verify = ["verify", "--deployment", "deployment.toml"].iter().chain(more);
        Program::new(verify).within(&self.folder).ends()
    }
}

async fn known(request: Request, next: Next) -> Response {
    let account = request.uri().path().split('/').find(|segment| segment.starts_with("AC"));
    if account.is_some_and(|account| BUILT_IN_ACCOUNTS.contains(account)) {
        next.run(request).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
