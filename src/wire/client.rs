//! The HTTP clients of the customer, of the taps and of our participants: no redirects, no retries, no proxy unless asked,
//! and a deadline that covers the last byte.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Proxy, Url};

use super::call_failure;
use super::call_failure::{Reason, WayOut, causes_of};
use super::content_encoding::meant;
use super::descriptors;
use super::message::{MOST_REPLY_BYTES, recorded_headers};
use super::tls_identity::{Identity, Part, PemFault};
use super::trusted::Trusted;
use crate::config::deployment::{Declared, Deployment, Proxies, Tls};
use crate::transcript::{Outcome, Reply};

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file that `[tls]` names cannot be read.
    #[error("failed to read {}, the `{key}` of [tls]: {error}", path.display())]
    Unreadable {
        /// What it was to be.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// What `[tls]` names is no certificate or key.
    #[error("failed to use {} as `{key}` of [tls]: {fault}", path.display())]
    Unusable {
        /// What it was to be.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: PemFault,
    },
    /// The system has no certificates to trust.
    #[error(
        "failed to find certificates that this machine trusts, without which https cannot be trusted: {0}\n\
         hint: `ca` under [tls] of a deployment file names those to trust; SSL_CERT_FILE does so for the whole machine"
    )]
    NothingTrusted(String),
    /// The client cannot be made of what is otherwise right.
    #[error("failed to make an HTTP client: {0}")]
    Other(String),
}

/// Why a real participant gives no reply of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// What happened.
    pub reason: String,
    /// What can be done about it.
    pub hint: String,
    /// Whether it may be otherwise in a moment.
    pub may_heal: bool,
}

/// Returns whether a reply may come from a gateway, or a service, whose neighbour is not there yet.
pub fn is_of_gateway(reply: &Reply) -> bool {
    matches!(reply.status, 502..=504)
}

/// Whoever calls from here, with what is known of the way.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    /// Calls those whom no proxy is for.
    directly: reqwest::Client,
    way: Arc<Way>,
}

/// What lies between here and whoever is called.
#[derive(Debug, Default)]
struct Way {
    tls: Tls,
    proxies: Option<Proxies>,
}

impl Caller {
    /// Makes the one that calls a deployment: with its headers and certificates, through its proxies, and each call on a
    /// connection of its own, because one kept from the call before may be closed by the deployment just as it is used
    /// again, which would look like a call that failed.
    pub(crate) fn of(deployment: &Deployment) -> Result<Self, ClientError> {
        let way = Way { tls: deployment.tls.clone(), proxies: deployment.proxies.clone() };
        let headers = headers(deployment)?;
        // A machine that trusts nobody can call what needs no trust.
        let needs_tls = way.tls != Tls::default() || meets_tls(deployment);
        let client = |proxies| {
            let builder = builder().pool_max_idle_per_host(0).default_headers(headers.clone());
            let builder = through(builder, proxies)?;
            if needs_tls { with_tls(builder, &way.tls) } else { without_tls(builder) }
        };
        let directly = client(None)?;
        let http = if way.proxies.is_some() { client(way.proxies.as_ref())? } else { directly.clone() };
        Ok(Self { http, directly, way: Arc::new(way) })
    }

    /// Makes the one that calls what hopcheck itself plays, or taps.
    pub(crate) fn of_ours(speaks_tls: bool) -> Result<Self, ClientError> {
        let http = own_client(builder().pool_max_idle_per_host(0), speaks_tls)?;
        Ok(Self { directly: http.clone(), http, way: Arc::default() })
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: reqwest::Method, url: String) -> reqwest::RequestBuilder {
        let parsed = self.way.proxies.as_ref().and_then(|_| Url::parse(&url).ok());
        self.client_for(parsed.as_ref()).request(method, url)
    }

    /// Returns the client with the proxies, or the one without.
    fn client_for(&self, url: Option<&Url>) -> &reqwest::Client {
        let passes_by = |url: &Url| self.way.proxies.as_ref().is_some_and(|proxies| proxies.are_passed_by(url));
        if url.is_some_and(passes_by) { &self.directly } else { &self.http }
    }

    /// Sends a request and reads the whole reply within the deadline.
    pub(crate) async fn exchange(&self, request: reqwest::RequestBuilder, deadline: Duration) -> Outcome {
        match self.answer(request, deadline).await {
            Ok(reply) => Outcome::Replied(reply),
            Err(reason) => Outcome::Failed(reason.text),
        }
    }

    /// Waits until there is any reply at all from there, but those of a gateway that finds nobody, or returns why there is
    /// none and what can be done about it.
    pub(crate) async fn reach(&self, url: &Url, deadline: Duration) -> Result<(), Unreached> {
        let request = self.client_for(Some(url)).request(reqwest::Method::OPTIONS, url.clone());
        let explained = |reason: Reason| Unreached {
            reason: reason.text,
            hint: self.hint(reason.way_out, url),
            may_heal: reason.way_out.is_none_or(WayOut::may_come_by_waiting),
        };
        let reply = self.answer(request, deadline).await.map_err(explained)?;
        if is_of_gateway(&reply) {
            // Within a tunnel, a proxy has nothing to say.
            let proxy = self.proxy_on_the_way_to(url).filter(|_| url.scheme() == "http");
            let from = proxy.map(|proxy| format!(", from there or from the proxy at {proxy}")).unwrap_or_default();
            return Err(explained(Reason { text: format!("status {}{from}", reply.status), way_out: None }));
        }
        Ok(())
    }

    /// Returns why a request got no reply.
    pub(crate) fn reason(&self, error: &reqwest::Error) -> String {
        self.explain(error).text
    }

    async fn answer(&self, request: reqwest::RequestBuilder, deadline: Duration) -> Result<Reply, Reason> {
        match tokio::time::timeout(deadline, self.replied(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Reason { text: format!("no complete reply within {deadline:?}"), way_out: None }),
        }
    }

    async fn replied(&self, request: reqwest::RequestBuilder) -> Result<Reply, Reason> {
        let mut response = request.send().await.map_err(|error| self.explain(&error))?;
        let status = response.status().as_u16();
        if let Some(reason) = self.refusal_of_proxy(&response) {
            return Err(reason);
        }
        let headers = response.headers().clone();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.explain(&error))? {
            if body.len() + chunk.len() > MOST_REPLY_BYTES {
                let text = format!("a reply of more than {MOST_REPLY_BYTES} bytes");
                return Err(Reason { text, way_out: None });
            }
            body.extend_from_slice(&chunk);
        }
        let body = meant(&headers, Bytes::from(body), MOST_REPLY_BYTES);
        Ok(Reply { status, headers: recorded_headers(&headers), body })
    }

    fn explain(&self, error: &reqwest::Error) -> Reason {
        descriptors::note(error);
        let reason = call_failure::explain(error);
        match error.url().and_then(|url| self.proxy_on_the_way_to(url)) {
            Some(proxy) if error.is_connect() && reason.way_out.is_none() => {
                let text = in_words_of_proxies(error, &proxy);
                let wants_credentials = text.ends_with("wants credentials");
                Reason { text, way_out: Some(if wants_credentials { WayOut::ProxyCredentials } else { WayOut::Proxy }) }
            }
            _ => reason,
        }
    }

    /// Returns what a proxy said of a call that it did not hand on. Within a tunnel, it has nothing to say.
    fn refusal_of_proxy(&self, response: &reqwest::Response) -> Option<Reason> {
        let proxy = self.proxy_on_the_way_to(response.url()).filter(|_| response.url().scheme() == "http")?;
        let status = response.status().as_u16();
        let of_proxies = ["proxy-status", "proxy-authenticate", "x-squid-error"];
        let is_own = status == 407 || of_proxies.into_iter().any(|name| response.headers().contains_key(name));
        let text = match status {
            _ if !is_own => return None,
            407 => format!("the proxy at {proxy} wants credentials"),
            _ => format!("the proxy at {proxy} did not hand it on, and answered {status} itself"),
        };
        Some(Reason { text, way_out: Some(if status == 407 { WayOut::ProxyCredentials } else { WayOut::Proxy }) })
    }

    fn proxy_on_the_way_to(&self, url: &Url) -> Option<String> {
        self.way.proxies.as_ref().and_then(|proxies| proxies.on_the_way_to(url))
    }

    fn hint(&self, way_out: Option<WayOut>, url: &Url) -> String {
        let is_secure = url.scheme() == "https";
        let tls = &self.way.tls;
        let hint = match way_out {
            Some(WayOut::Trust) if tls.ca.is_some() => {
                "`ca` under [tls] has to hold the certificate of whoever issued the server's"
            }
            Some(WayOut::Trust) => {
                "`ca` under [tls] of a deployment file names the certificates to trust, such as a private CA's"
            }
            Some(WayOut::AcceptAny) => "`insecure = true` under [tls] of a deployment file accepts any certificate",
            Some(WayOut::ShowCertificate) => {
                "`client_certificate` and `client_key` under [tls] of a deployment file show one"
            }
            Some(WayOut::PerhapsShowCertificate) if is_secure && tls.client_certificate.is_none() => {
                "it may want a client certificate: `client_certificate` and `client_key` under [tls] of a deployment \
                 file show one"
            }
            Some(WayOut::ShowAnother) => "`client_certificate` under [tls] has to be issued by whom the server trusts",
            Some(WayOut::PerhapsShowCertificate) if is_secure => {
                "it may refuse the client certificate: `client_certificate` under [tls] has to be issued by whom the \
                 server trusts"
            }
            Some(WayOut::CallPlainly) => "does it speak http instead of https?",
            Some(WayOut::CallSecurely) if !is_secure => "does it speak https instead of http?",
            Some(WayOut::Proxy) => {
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names it; NO_PROXY lists the hosts to call directly"
            }
            Some(WayOut::ProxyCredentials) => "write them into the variable that names it: http://user:password@…",
            Some(WayOut::PerhapsShowCertificate | WayOut::CallSecurely) | None => {
                "is it running, and is the URL its own?"
            }
        };
        hint.to_owned()
    }
}

/// Makes the client with which our participants call each other in this process.
pub(crate) fn local_client(speaks_tls: bool) -> Result<reqwest::Client, ClientError> {
    own_client(builder(), speaks_tls)
}

/// Makes a client that calls addresses of this process alone; where they speak TLS, it takes any certificate.
fn own_client(builder: reqwest::ClientBuilder, speaks_tls: bool) -> Result<reqwest::Client, ClientError> {
    if speaks_tls { with_tls(builder, &Tls { insecure: true, ..Tls::default() }) } else { without_tls(builder) }
}

fn builder() -> reqwest::ClientBuilder {
    // Only the first call in a process installs the provider; a later one finds it there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(Policy::none()).retry(reqwest::retry::never())
}

fn headers(deployment: &Deployment) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &deployment.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| ClientError::Other(error.to_string()))?;
        let value = HeaderValue::from_str(value.expose()).map_err(|error| ClientError::Other(error.to_string()))?;
        headers.insert(name, value);
    }
    headers.values_mut().for_each(|value| value.set_sensitive(true));
    Ok(headers)
}

fn through(
    mut builder: reqwest::ClientBuilder,
    proxies: Option<&Proxies>,
) -> Result<reqwest::ClientBuilder, ClientError> {
    let Some(Proxies { http, https, .. }) = proxies else { return Ok(builder) };
    let refused = |error: reqwest::Error| ClientError::Other(call_failure::reason(&error));
    let proxies = [http.clone().map(Proxy::http), https.clone().map(Proxy::https)];
    for proxy in proxies.into_iter().flatten() {
        builder = builder.proxy(proxy.map_err(refused)?);
    }
    Ok(builder)
}

/// Returns whether anything that is called from here is called with TLS.
fn meets_tls(deployment: &Deployment) -> bool {
    let is_secure = |url: &Url| url.scheme() == "https";
    let proxies = deployment.proxies.iter().flat_map(|proxies| [&proxies.http, &proxies.https]).flatten();
    let called = deployment.participants.values().filter_map(|declared| match declared {
        Declared::Reachable { url, .. } => Some(url),
        Declared::Behind | Declared::Ours { .. } => None,
    });
    called.chain(proxies).any(is_secure)
}

fn without_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    builder.tls_certs_only([]).build().map_err(|error| ClientError::Other(call_failure::reason(&error)))
}

fn with_tls(mut builder: reqwest::ClientBuilder, tls: &Tls) -> Result<reqwest::Client, ClientError> {
    let read = |key, path: &Path| {
        fs::read(path).map_err(|error| ClientError::Unreadable { key, path: path.to_owned(), error })
    };
    let other = |error: reqwest::Error| ClientError::Other(call_failure::reason(&error));
    let identity = match (&tls.client_certificate, &tls.client_key) {
        (Some(certificate), Some(key)) => {
            let pem = [read("client_certificate", certificate)?, read("client_key", key)?];
            let identity = Identity::read(&pem[0], &pem[1]).map_err(|(part, fault)| match part {
                Part::Certificate => {
                    ClientError::Unusable { key: "client_certificate", path: certificate.clone(), fault }
                }
                Part::Key => ClientError::Unusable { key: "client_key", path: key.clone(), fault },
            })?;
            Some((identity, pem))
        }
        _ => None,
    };
    if let Some(path) = &tls.ca {
        let trusted = Trusted::read(&read("ca", path)?);
        let trusted = trusted.map_err(|fault| ClientError::Unusable { key: "ca", path: path.clone(), fault })?;
        if !tls.insecure {
            let config = trusted.config(identity.map(|(identity, _)| identity));
            let config = config.map_err(|error| ClientError::Other(error.to_string()))?;
            return builder.tls_backend_preconfigured(config).build().map_err(other);
        }
    }
    if let Some((_, pem)) = identity {
        builder = builder.identity(reqwest::Identity::from_pem(&pem.join(&b'\n')).map_err(other)?);
    }
    if tls.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    let trusts_the_usual = tls.ca.is_none() && !tls.insecure;
    builder
        .build()
        .map_err(|error| if trusts_the_usual { ClientError::NothingTrusted(innermost(&error)) } else { other(error) })
}

fn in_words_of_proxies(error: &reqwest::Error, proxy: &str) -> String {
    let tunnel = causes_of(error).into_iter().map(ToString::to_string).find(|text| text.starts_with("tunnel error: "));
    match tunnel.as_deref() {
        Some("tunnel error: proxy authorization required") => format!("the proxy at {proxy} wants credentials"),
        Some("tunnel error: failed to create underlying connection") | None => {
            format!("no connection to the proxy at {proxy}: {}", innermost(error))
        }
        Some(_) => format!("the proxy at {proxy} could not, or would not, connect to it"),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes_of(error).last().map(ToString::to_string).unwrap_or_default()
}
