//! Every fault as it arrives at the caller, in front of our participant and in front of a real one.

mod packed;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Instant;

use axum::Router;
use axum::routing::post;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::config::deployment::{Deployment, Sensitive};
use crate::transcript::{CallId, Keys, Purpose};
use crate::wire::client::Caller;
use crate::wire::detour::Detour;
use crate::wire::fault::Latency;
use crate::wire::listener::{answering, bind, serve};
use crate::wire::tls_identity::Identity;

const ANSWER: &str = r#"{"answer":"whole"}"#;
/// What arrives of it where it is cut in two.
const HALF: &str = r#"{"answer""#;
/// What somebody else answers.
const ELSEWHERE: &str = r#"{"answer":"elsewhere"}"#;
const REQUEST: &str =
    "POST / HTTP/1.1\r\nhost: h\r\nx-request-id: named\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn without_a_fault_the_answer_arrives() {
    for hop in hops().await {
        let arrived = hop.call(None).await;
        assert!(arrived.text.starts_with("HTTP/1.1 200 OK\r\n") && arrived.text.ends_with(ANSWER), "{arrived:?}");
        assert_eq!((arrived.error, arrived.recorded.as_str()), (None, ANSWER));
    }
}

#[tokio::test]
async fn what_is_answered_in_its_place_arrives_instead() {
    for hop in hops().await {
        for (fault, head, body) in [
            (Fault::Status(503), "HTTP/1.1 503 Service Unavailable\r\n", "\r\n\r\n{}"),
            (Fault::Empty, "HTTP/1.1 200 OK\r\n", "\r\n\r\n"),
            (Fault::NotJson, "HTTP/1.1 200 OK\r\n", "</html>"),
            (Fault::WrongShape, "HTTP/1.1 200 OK\r\n", r#"{"status":"ok"}"#),
        ] {
            let arrived = hop.call(Some(fault)).await;
            assert!(arrived.text.starts_with(head) && arrived.text.ends_with(body), "{arrived:?}");
            assert!(arrived.text.ends_with(&format!("\r\n\r\n{}", arrived.recorded)), "{arrived:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_ends_where_and_how_the_fault_says() {
    const NOTHING: &str = "";
    for hop in hops().await {
        for (fault, announced, body, error, recorded) in [
            (Fault::BreaksOff, None, NOTHING, None, "the connection was broken off"),
            (Fault::Resets, None, NOTHING, Some(ErrorKind::ConnectionReset), "the connection was reset"),
            (Fault::CutShort, Some(ANSWER.len()), HALF, None, "the reply was cut short"),
            (
                Fault::ResetsMidway,
                Some(ANSWER.len()),
                HALF,
                Some(ErrorKind::ConnectionReset),
                "the connection was reset in the middle of the reply",
            ),
            (Fault::UnderstatesLength, Some(HALF.len()), ANSWER, None, "the reply was announced as shorter than it is"),
        ] {
            let arrived = hop.call(Some(fault)).await;
            assert_eq!((arrived.error, arrived.recorded.as_str()), (error, recorded), "{arrived:?}");
            let Some(announced) = announced else {
                assert_eq!(arrived.text, body, "{arrived:?}");
                continue;
            };
            let (head, rest) = arrived.text.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{arrived:?}");
            assert!(head.contains(&format!("content-length: {announced}\r\n")), "{arrived:?}");
            assert_eq!((head.matches("content-length").count(), rest), (1, body), "{arrived:?}");
        }
    }
}

#[tokio::test]
async fn a_late_answer_is_whole() {
    for hop in hops().await {
        let wait = Duration::from_millis(40);
        let arrived = hop.call(Some(Fault::Late(Latency::fixed(wait)))).await;
        assert!(arrived.text.ends_with(ANSWER) && arrived.took >= wait, "{arrived:?}");
    }
}

#[tokio::test]
async fn a_dripping_answer_comes_a_byte_at_a_time_and_is_whole() {
    let pause = Duration::from_millis(3);
    for hop in hops().await {
        let arrived = hop.call(Some(Fault::Drips(pause))).await;
        let bytes = u32::try_from(ANSWER.len()).unwrap();
        assert!(arrived.took >= pause * bytes, "{arrived:?}");
        let (head, body) = arrived.text.split_once("\r\n\r\n").unwrap();
        let body = if head.contains("chunked") {
            // Each byte is a chunk of its own, behind a line with its length.
            body.split("\r\n").skip(1).step_by(2).collect()
        } else {
            body.to_owned()
        };
        assert_eq!((body.as_str(), arrived.recorded.as_str()), (ANSWER, ANSWER));
    }
}

#[tokio::test]
async fn silence_leaves_the_connection_open() {
    for hop in hops().await {
        hop.open(Some(Fault::NeverAnswers));
        let mut stream = hop.ask().await;
        let read = tokio::time::timeout(Duration::from_millis(60), stream.read(&mut [0])).await;
        assert!(read.is_err(), "{read:?}");
    }
}

#[tokio::test]
async fn a_fault_is_for_its_call_and_its_hop_alone() {
    for hop in hops().await {
        let call = hop.open(None);
        hop.faults.set(call, Hop::FederatedAuth, Fault::Resets);
        let other = hop.journal.open(Purpose::Refresh, Keys::default());
        hop.faults.set(other, Hop::ScopedAuth, Fault::Resets);
        let arrived = hop.answer_to(call).await;
        assert!(arrived.text.ends_with(ANSWER), "{arrived:?}");
    }
}

#[tokio::test]
async fn a_detour_is_taken_by_its_call_on_its_hop_and_by_no_other() {
    for hop in hops().await {
        let call = hop.open(None);
        hop.detours.set(call, Hop::ScopedAuth, elsewhere());
        let arrived = hop.answer_to(call).await;
        assert!(arrived.text.ends_with(ELSEWHERE) && arrived.recorded.contains("elsewhere"), "{arrived:?}");

        let call = hop.open(None);
        hop.detours.set(call, Hop::FederatedAuth, elsewhere());
        let other = hop.journal.open(Purpose::Refresh, Keys::default());
        hop.detours.set(other, Hop::ScopedAuth, elsewhere());
        let arrived = hop.answer_to(call).await;
        assert!(arrived.text.ends_with(ANSWER), "{arrived:?}");
    }
}

#[tokio::test]
async fn under_tls_an_answer_that_breaks_off_ends_the_connection_and_nothing_else_is_written() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let identity = Identity::read(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let tap = Tapped::behind(Some(identity.acceptor().unwrap()), Onward::Here(answer())).await;
    for (fault, arrives, error) in [
        (None, ANSWER, None),
        (Some(Fault::BreaksOff), "", Some(ErrorKind::UnexpectedEof)),
        (Some(Fault::CutShort), "", Some(ErrorKind::UnexpectedEof)),
        (Some(Fault::ResetsMidway), "", Some(ErrorKind::ConnectionReset)),
    ] {
        let call = tap.open(fault);
        let stream = TcpStream::connect(tap.address).await.unwrap();
        let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text).await;
        tap.journal.close(call);
        let text = String::from_utf8(text).unwrap();
        assert_eq!((text.split("\r\n\r\n").last(), read.err().map(|error| error.kind())), (Some(arrives), error));
    }
}

#[tokio::test]
async fn what_a_fault_says_comes_before_where_a_detour_leads() {
    for hop in hops().await {
        let call = hop.open(Some(Fault::Status(503)));
        hop.detours.set(call, Hop::ScopedAuth, elsewhere());
        let arrived = hop.answer_to(call).await;
        assert!(arrived.text.starts_with("HTTP/1.1 503 ") && !arrived.text.contains("elsewhere"), "{arrived:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_over_leaves_no_detour_and_what_was_kept_with_it_is_dropped() {
    let [hop, _] = hops().await;
    let kept = Arc::new(());
    let call = hop.open(None);
    hop.detours.set(call, Hop::ScopedAuth, Detour::to(Onward::Here(answer()), Arc::clone(&kept)));
    assert_eq!(Arc::strong_count(&kept), 2);
    hop.detours.clear(call);
    assert!(hop.detours.on(call, Hop::ScopedAuth).is_none());
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[tokio::test]
async fn a_real_participant_gets_the_headers_of_the_deployment_and_they_are_not_recorded() {
    let real = Tapped::before(Onward::Here(answer())).await;
    let mut deployment = Deployment::embedded();
    deployment.headers = [("x-api-key", "s3cret"), ("x-request-id", "another")]
        .map(|(name, value)| (name.to_owned(), Sensitive::new(value)))
        .to_vec();
    let caller = Caller::of(&deployment).unwrap();
    let tap = Tapped::before(Onward::There(caller, format!("http://{}", real.address))).await;
    let (call, at_real) = (tap.open(None), real.open(None));
    tap.ask().await.read_to_end(&mut Vec::new()).await.unwrap();
    let header = |tapped: &Tapped, call, name| {
        let exchange = tapped.journal.close(call).exchanges.remove(0);
        exchange.request.header(name).map(str::to_owned)
    };
    assert_eq!(header(&tap, call, "x-api-key"), None);
    // What its caller sends itself is handed on as it is, or it would belong to no call here.
    assert_eq!(header(&real, at_real, "x-api-key").as_deref(), Some("s3cret"));
}

/// A tap with whoever is behind it.
struct Tapped {
    address: SocketAddr,
    journal: Arc<Journal>,
    faults: Arc<Faults>,
    detours: Arc<Detours>,
    /// What would stop it, and whoever is behind it, when dropped.
    running: Vec<watch::Sender<bool>>,
}

/// What arrived at the caller, and what was recorded of it.
#[derive(Debug)]
struct Arrived {
    text: String,
    error: Option<ErrorKind>,
    took: Duration,
    recorded: String,
}

/// Returns a tap in front of ours, and one in front of a real one.
async fn hops() -> [Tapped; 2] {
    let real = Tapped::before(Onward::Here(answer())).await;
    let there = Onward::There(Caller::of_ours(false).unwrap(), format!("http://{}", real.address));
    let mut before_real = Tapped::before(there).await;
    before_real.running.extend(real.running);
    [Tapped::before(Onward::Here(answer())).await, before_real]
}

fn answer() -> Router {
    Router::new().route("/", post(async || ([(CONTENT_TYPE, "application/json")], ANSWER)))
}

/// Returns a detour to somebody who answers differently.
fn elsewhere() -> Detour {
    let router = Router::new().route("/", post(async || ([(CONTENT_TYPE, "application/json")], ELSEWHERE)));
    Detour::to(Onward::Here(router), ())
}

impl Tapped {
    async fn before(onward: Onward) -> Self {
        Self::for_caller(onward, false).await
    }

    async fn for_caller(onward: Onward, serves_ours: bool) -> Self {
        Self::made(None, onward, serves_ours).await
    }

    async fn behind(acceptor: Option<TlsAcceptor>, onward: Onward) -> Self {
        Self::made(acceptor, onward, false).await
    }

    async fn made(acceptor: Option<TlsAcceptor>, onward: Onward, serves_ours: bool) -> Self {
        let (listener, address) = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let (journal, faults) = (Arc::<Journal>::default(), Arc::<Faults>::default());
        let detours = Arc::<Detours>::default();
        let tap = Tap {
            hop: Hop::ScopedAuth,
            journal: Arc::clone(&journal),
            faults: Arc::clone(&faults),
            detours: Arc::clone(&detours),
            onward,
            passages: Arc::default(),
            interference: None,
            serves_ours,
        };
        let stop = watch::Sender::new(false);
        let answer = move |request| {
            let tap = tap.clone();
            async move { tap.pass(request).await }
        };
        tokio::spawn(serve(listener.with(acceptor), answer, stop.subscribe()));
        Self { address, journal, faults, detours, running: vec![stop] }
    }

    fn open(&self, fault: Option<Fault>) -> CallId {
        let request_id = Some("named".to_owned());
        let call = self.journal.open(Purpose::Refresh, Keys { request_id, ..Keys::default() });
        if let Some(fault) = fault {
            self.faults.set(call, Hop::ScopedAuth, fault);
        }
        call
    }

    async fn call(&self, fault: Option<Fault>) -> Arrived {
        let call = self.open(fault);
        self.answer_to(call).await
    }

    async fn answer_to(&self, call: CallId) -> Arrived {
        let since = Instant::now();
        let mut stream = self.ask().await;
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text).await;
        let took = since.elapsed();
        let text = String::from_utf8(text).unwrap();
        let exchange = self.journal.close(call).exchanges.remove(0);
        let recorded = match exchange.outcome {
            Outcome::Replied(reply) => String::from_utf8(reply.body.bytes().to_vec()).unwrap(),
            Outcome::Failed(reason) => reason,
            Outcome::Pending => panic!("no outcome was recorded"),
        };
        Arrived { text, error: read.err().map(|error| error.kind()), took, recorded }
    }

    async fn ask(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        stream
    }
}
