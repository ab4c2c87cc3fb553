//! Any bytes as a request's body at each of the four participants, and any as what its neighbour answers with.
//!
//! The first byte chooses the participant and its path, the second the status of the neighbour's answer; what stands before
//! the first byte of zero behind them is the request's body, the rest is the neighbour's.

#![no_main]

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use hopcheck::participants::{AccountBook, FederatedAuth, Orchestrator, ScopedAuth, Starship, TokenKey, federated_auth, orchestrator, scoped_auth, starship};
use hopcheck::config::{BUILT_IN_ACCOUNTS, read_accounts};
use libfuzzer_sys::fuzz_target;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const SID: &str = "AC000000000000000000000000000000a1";

/// What the neighbour answers with.
static ANSWER: Mutex<(u16, Vec<u8>)> = Mutex::new((200, Vec::new()));

struct Stage {
    runtime: Runtime,
    routers: Vec<(Router, String)>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = made(Runtime::new());
    let listener = made(runtime.block_on(TcpListener::bind("127.0.0.1:0")));
    let url = format!("http://{}", made(listener.local_addr()));
    let neighbour = Router::new().fallback(|| async {
        let (status, body) = ANSWER.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        (status, [("content-type", "application/json")], body)
    });
    runtime.spawn(async move { axum::serve(listener, neighbour).await });
    let http = made(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build());
    let book = made(AccountBook::of(&made(read_accounts("a.toml", BUILT_IN_ACCOUNTS)).accounts));
    let starship = starship::router(Starship::new(&*url, http.clone()));
    let orchestrator = orchestrator::router(Orchestrator::new(book, &*url, http.clone()));
    let federated = federated_auth::router(FederatedAuth::new(&*url, http, TokenKey::generate()));
    let scoped = scoped_auth::router(ScopedAuth::new(TokenKey::generate()));
    let routers = [
        (&starship, "/V2/Webchat/Token/Refresh".to_owned()),
        (&starship, "/V2/Webchat/Token".to_owned()),
        (&orchestrator, "/V2/Webchat/Token/Refresh".to_owned()),
        (&orchestrator, "/V2/Webchat/Token".to_owned()),
        (&federated, format!("/v1/Accounts/{SID}/Tokens/refresh")),
        (&federated, format!("/v1/Accounts/{SID}/Tokens")),
        (&scoped, "/v1/ScopedAuthTokens/validate".to_owned()),
        (&scoped, "/v1/ScopedAuthTokens/generate/internal".to_owned()),
    ];
    Stage { runtime, routers: routers.into_iter().map(|(router, path)| (router.clone(), path)).collect() }
});

fuzz_target!(|input: &[u8]| {
    let [place, status, rest @ ..] = input else { return };
    let (asked, answered) = match rest.iter().position(|byte| *byte == 0) {
        Some(zero) => (&rest[..zero], &rest[zero + 1..]),
        None => (rest, &[] as &[u8]),
    };
    let status = [200, 403, 404, 500][usize::from(status % 4)];
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = (status, answered.to_vec());
    let (router, path) = &STAGE.routers[usize::from(*place) % STAGE.routers.len()];
    let request = Request::post(path).header("content-type", "application/json").body(Body::from(asked.to_vec()));
    STAGE.runtime.block_on(async {
        let answer = made(router.clone().oneshot(made(request)).await);
        // Starship forwards whatever it is answered with.
        let made_here = !path.starts_with("/V2/") || usize::from(*place) % STAGE.routers.len() > 1;
        assert!(!made_here || answer.status() != StatusCode::INTERNAL_SERVER_ERROR, "{path}: {answer:?}");
        made(to_bytes(answer.into_body(), 1 << 22).await);
    });
});

fn made<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}
