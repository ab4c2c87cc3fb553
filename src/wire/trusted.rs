//! The certificates that are trusted in place of the machine's own: those of CAs, and a server's very own, as curl takes
//! both.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::call_failure::is_of_ca;
use super::tls_identity::{Identity, PemFault, certificates};

/// Certificates that are trusted.
#[derive(Debug)]
pub(crate) struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    roots: RootCertStore,
}

impl Trusted {
    /// Reads certificates that can be trusted, at least one.
    pub(crate) fn read(pem: &[u8]) -> Result<Self, PemFault> {
        let certificates = certificates(pem)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|_unreadable| PemFault::UnreadableCertificate)?;
        }
        Ok(Self { certificates, roots })
    }

    /// Returns how to call those who are trusted, as HTTP/2 and HTTP/1.1.
    pub(crate) fn config(self, identity: Option<Identity>) -> Result<ClientConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(self.verifier(provider)?));
        let mut config = match identity {
            Some(identity) => builder.with_client_cert_resolver(identity.shown()),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    fn verifier(self, provider: Arc<CryptoProvider>) -> Result<Verifier, Error> {
        let by_issuer = WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots), provider).build();
        let by_issuer = by_issuer.map_err(|error| Error::General(error.to_string()))?;
        Ok(Verifier { by_issuer, named: self.certificates })
    }
}

/// Trusts what a CA that is named issued, and a certificate that is named itself, whoever issued it.
///
/// The usual `openssl req -x509` makes a certificate that is at once a CA's and the server's. The rules for the web's own
/// certificates refuse such a one; whoever names it has said that it is the one to trust.
#[derive(Debug)]
struct Verifier {
    by_issuer: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.by_issuer.verify_server_cert(own, intermediates, name, ocsp, now);
        match &verified {
            Err(Error::InvalidCertificate(error)) if is_of_issuers(error) && self.named.contains(own) => {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            Ok(_) | Err(_) => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_issuer.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_issuer.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_issuer.supported_verify_schemes()
    }
}

/// Returns whether nothing is wrong with a certificate but who issued it: its days are looked at before.
fn is_of_issuers(error: &CertificateError) -> bool {
    is_of_ca(error) || matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_that_is_named_itself_is_trusted_for_its_hosts_and_days() {
        let (own, pem) = made(IsCa::Ca(BasicConstraints::Unconstrained));
        assert!(verified(&pem, &own, "flex.example.com", 2026).is_ok());
        let told = |host, year| format!("{:?}", verified(&pem, &own, host, year).unwrap_err());
        assert!(told("other.example.com", 2026).contains("NotValidForName"), "{}", told("other.example.com", 2026));
        assert!(told("flex.example.com", 2050).contains("Expired"), "{}", told("flex.example.com", 2050));
        let (_, another) = made(IsCa::Ca(BasicConstraints::Unconstrained));
        let Err(Error::InvalidCertificate(error)) = verified(&another, &own, "flex.example.com", 2026) else {
            panic!()
        };
        assert!(is_of_ca(&error), "{error:?}");
    }

    #[test]
    fn so_is_one_that_somebody_else_issued() {
        let issuer = KeyPair::generate().unwrap();
        let params = CertificateParams::default();
        let signed =
            params_of().signed_by(&KeyPair::generate().unwrap(), &Issuer::from_params(&params, &issuer)).unwrap();
        assert!(verified(&signed.pem(), signed.der(), "flex.example.com", 2026).is_ok());
        let (_, another) = made(IsCa::NoCa);
        assert!(verified(&another, signed.der(), "flex.example.com", 2026).is_err());
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        let (_, pem) = made(IsCa::NoCa);
        assert_eq!(Trusted::read(b"nothing").unwrap_err(), PemFault::NoCertificate);
        assert_eq!(Trusted::read(pem.replacen("MI", "AA", 1).as_bytes()).unwrap_err(), PemFault::UnreadableCertificate);
    }

    fn verified(trusted: &str, own: &CertificateDer<'_>, host: &str, year: u64) -> Result<ServerCertVerified, Error> {
        let verifier = Trusted::read(trusted.as_bytes()).unwrap().verifier(Arc::new(ring::default_provider())).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        verifier.verify_server_cert(own, &[], &ServerName::try_from(host).unwrap(), &[], now)
    }

    fn made(is_ca: IsCa) -> (CertificateDer<'static>, String) {
        let mut params = params_of();
        params.is_ca = is_ca;
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        (certificate.der().clone(), certificate.pem())
    }

    fn params_of() -> CertificateParams {
        let mut params = CertificateParams::new(["flex.example.com".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2040, 1, 1));
        params
    }
}
