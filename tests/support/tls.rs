//! A server that ends TLS in front of a plain address, and the certificates it and its callers show.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate authority that nobody else knows.
#[derive(Debug)]
pub(crate) struct Authority {
    /// Its own certificate, in PEM.
    pub(crate) certificate: String,
    params: CertificateParams,
    key: KeyPair,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    /// Makes one of this name.
    pub(crate) fn called(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = made(KeyPair::generate());
        Self { certificate: made(params.self_signed(&key)).pem(), params, key }
    }

    /// Issues a certificate for a host.
    pub(crate) fn issues_for(&self, host: &str) -> Pair {
        self.issues(&made(CertificateParams::new([host.to_owned()])))
    }

    /// Issues a certificate for a host that expired on the second day of 2020.
    pub(crate) fn issued_long_ago_for(&self, host: &str) -> Pair {
        let mut params = made(CertificateParams::new([host.to_owned()]));
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 1, 2));
        self.issues(&params)
    }

    fn issues(&self, params: &CertificateParams) -> Pair {
        let key = made(KeyPair::generate());
        let certificate = made(params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)));
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// What a TLS server asks of those who call it.
#[derive(Debug, Default)]
pub(crate) struct Terms<'a> {
    /// The protocols it speaks; HTTP/1.1 and HTTP/2 where it says nothing of them.
    pub(crate) protocols: &'a [&'a str],
    /// Who must have issued the certificates of its callers, which need none otherwise.
    pub(crate) callers_of: Option<&'a Authority>,
    /// Whether it speaks TLS 1.2 and nothing newer.
    pub(crate) old: bool,
}

/// A TLS server, until it is dropped.
#[derive(Debug)]
pub(crate) struct TlsServer {
    address: SocketAddr,
    spoken: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl TlsServer {
    /// Shows this certificate to whoever calls a free port, and hands on to an address what is said there.
    pub(crate) fn before(address: &str, shows: &Pair, terms: &Terms<'_>) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config(shows, terms)));
        let runtime = made(Runtime::new());
        let listener = made(runtime.block_on(TcpListener::bind("127.0.0.1:0")));
        let own_address = made(listener.local_addr());
        let spoken = Arc::<Mutex<Vec<String>>>::default();
        let (behind, heard) = (address.to_owned(), Arc::clone(&spoken));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind, heard) = (acceptor.clone(), behind.clone(), Arc::clone(&heard));
                tokio::spawn(async move {
                    // Whoever breaks off has said why by other means.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let protocol = stream.get_ref().1.alpn_protocol().map(String::from_utf8_lossy);
                    made(heard.lock()).push(protocol.unwrap_or_default().into_owned());
                    if let Ok(mut behind) = TcpStream::connect(&behind).await {
                        let _ = copy_bidirectional(&mut stream, &mut behind).await;
                    }
                });
            }
        });
        Self { address: own_address, spoken, _runtime: runtime }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Returns the protocol of every connection that came about.
    pub(crate) fn spoken(&self) -> Vec<String> {
        made(self.spoken.lock()).clone()
    }
}

/// Calls an address whose certificate an authority has issued, offers these protocols, and asks in HTTP/1.1 whether
/// anybody is there. Returns the protocol agreed on and the answer.
pub(crate) fn ask(address: &str, trusts: &Authority, offered: &[&str]) -> (Option<String>, String) {
    let mut config = made(
        ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions(),
    )
    .with_root_certificates(roots(trusts))
    .with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    made(Runtime::new()).block_on(async {
        let host = made(ServerName::try_from("127.0.0.1"));
        let stream = made(TcpStream::connect(address).await);
        let mut stream = made(TlsConnector::from(Arc::new(config)).connect(host, stream).await);
        let agreed = stream.get_ref().1.alpn_protocol().map(|it| String::from_utf8_lossy(it).into_owned());
        made(stream.write_all(b"OPTIONS / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await);
        let mut answer = Vec::new();
        made(stream.read_to_end(&mut answer).await);
        (agreed, String::from_utf8_lossy(&answer).into_owned())
    })
}

fn roots(trusted: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    made(roots.add(made(CertificateDer::from_pem_slice(trusted.certificate.as_bytes()))));
    roots
}

fn config(shows: &Pair, terms: &Terms<'_>) -> ServerConfig {
    let versions = if terms.old { vec![&rustls::version::TLS12] } else { rustls::ALL_VERSIONS.to_vec() };
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = made(ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&versions));
    let builder = match terms.callers_of {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authority)), provider).build();
            builder.with_client_cert_verifier(made(verifier))
        }
    };
    let certificate = made(CertificateDer::from_pem_slice(shows.certificate.as_bytes()));
    let key = made(PrivateKeyDer::from_pem_slice(shows.key.as_bytes()));
    let mut config = made(builder.with_single_cert(vec![certificate], key));
    let protocols = if terms.protocols.is_empty() { &["h2", "http/1.1"] } else { terms.protocols };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}

fn made<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}
