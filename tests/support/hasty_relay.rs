//! A relay that asks somebody else about every request before it hands it on, even about one that is no JSON.

use std::fmt;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;

use super::http::{beside, client};

/// A relay, for as long as the test runs. Its `Display` is its URL.
#[derive(Debug, Clone)]
pub(crate) struct HastyRelay(String);

impl HastyRelay {
    /// Listens on a free port, in front of a service, and asks this URL first.
    pub(crate) fn before(service: &str, asks: String) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let router = Router::new().fallback(pass).with_state((service.to_owned(), asks));
        beside(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap_or_else(|error| panic!("{error}"));
            axum::serve(listener, router).await.unwrap_or_else(|error| panic!("{error}"));
        });
        Self(format!("http://{address}"))
    }
}

impl fmt::Display for HastyRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

async fn pass(State((service, asks)): State<(String, String)>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 8 << 20).await.unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let is_json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
    if let (false, Some(id)) = (is_json, head.headers.get("x-request-id")) {
        let asked = client().post(asks).header("x-request-id", id).json(&serde_json::json!({"token": "hasty"}));
        // Whatever it answers is not waited for any longer.
        let _ = asked.send().await;
    }
    let mut headers = head.headers.clone();
    for name in ["host", "content-length", "connection", "transfer-encoding"] {
        headers.remove(name);
    }
    let sent = client().request(head.method, format!("{service}{path}")).headers(headers).body(body).send().await;
    let Ok(answer) = sent else { return Response::new(Body::empty()) };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    for name in ["content-length", "connection", "transfer-encoding"] {
        response.headers_mut().remove(name);
    }
    *response.body_mut() = Body::from(answer.bytes().await.unwrap_or_default());
    response
}
