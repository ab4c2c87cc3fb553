//! Certificates and keys in PEM, as files hold them: read, and held against each other. Opens no file.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, crypto};
use tokio_rustls::TlsAcceptor;

/// What is wrong with a file that should hold certificates or a key. The messages quote nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// It has no certificate in it.
    #[error("it holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// What it calls a certificate is none.
    #[error("its certificate cannot be read")]
    UnreadableCertificate,
    /// It has no key in it.
    #[error("it holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----")]
    NoKey,
    /// Its key can only be read with a password.
    #[error("its key is encrypted\nhint: `openssl pkey -in ENCRYPTED -out FILE` writes it without its password")]
    EncryptedKey,
    /// What it calls a key is none, or of a kind that is not used for TLS.
    #[error("its key cannot be used for TLS")]
    UnusableKey,
    /// Certificate and key do not belong together.
    #[error("it is not the key of that certificate")]
    OtherKey,
}

/// The certificate at fault, or its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The certificate.
    Certificate,
    /// Its key.
    Key,
}

/// A certificate, whoever else is in its chain, and its key.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads a certificate and its key, each from the text of a file, or says which of them is wrong and how.
    pub fn read(certificate: &[u8], key: &[u8]) -> Result<Self, (Part, PemFault)> {
        let certificates = certificates(certificate).map_err(|fault| (Part::Certificate, fault))?;
        let key = private_key(key).map_err(|fault| (Part::Key, fault))?;
        CertifiedKey::from_der(certificates, key, &crypto::ring::default_provider())
            .map(|certified| Self(Arc::new(certified)))
            .map_err(|error| {
                if matches!(error, rustls::Error::InvalidCertificate(_)) {
                    (Part::Certificate, PemFault::UnreadableCertificate)
                } else if matches!(error, rustls::Error::InconsistentKeys(_)) {
                    (Part::Key, PemFault::OtherKey)
                } else {
                    (Part::Key, PemFault::UnusableKey)
                }
            })
    }

    /// Returns what a client shows to a server that wants a certificate.
    pub(crate) fn shown(&self) -> Arc<rustls::sign::SingleCertAndKey> {
        Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(&self.0)))
    }

    /// Returns what a server answers TLS with, as HTTP/2 and HTTP/1.1.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, rustls::Error> {
        let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(&self.0)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Reads certificates, at least one.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(PemFault::NoCertificate),
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(PemFault::UnreadableCertificate),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, PemFault> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        if !matches!(error, pem::Error::NoItemsFound) {
            PemFault::UnusableKey
        } else if is_encrypted(pem) {
            PemFault::EncryptedKey
        } else {
            PemFault::NoKey
        }
    })
}

fn is_encrypted(pem: &[u8]) -> bool {
    String::from_utf8_lossy(pem).contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    #[test]
    fn a_certificate_and_its_key_are_an_identity() {
        let (certificate, key) = pair();
        let identity = Identity::read(certificate.as_bytes(), key.as_bytes()).unwrap();
        assert!(identity.acceptor().is_ok());
        assert_eq!(format!("{identity:?}"), "Identity(…)");
    }

    #[test]
    fn whatever_is_wrong_is_told_apart() {
        let (certificate, key) = pair();
        let (_, other) = pair();
        let encrypted = key.replace(" PRIVATE", " ENCRYPTED PRIVATE");
        let broken = |pem: &str| pem.replace("MI", "!!");
        let no_der = |pem: &str| pem.replacen("MI", "AA", 1);
        for (certificate, key, expected) in [
            ("", key.as_str(), (Part::Certificate, PemFault::NoCertificate)),
            (&key, &key, (Part::Certificate, PemFault::NoCertificate)),
            (&broken(&certificate), &key, (Part::Certificate, PemFault::UnreadableCertificate)),
            (&no_der(&certificate), &key, (Part::Certificate, PemFault::UnreadableCertificate)),
            (&certificate, "no key", (Part::Key, PemFault::NoKey)),
            (&certificate, &certificate, (Part::Key, PemFault::NoKey)),
            (&certificate, &encrypted, (Part::Key, PemFault::EncryptedKey)),
            (&certificate, &no_der(&key), (Part::Key, PemFault::UnusableKey)),
            (&certificate, &other, (Part::Key, PemFault::OtherKey)),
        ] {
            let fault = Identity::read(certificate.as_bytes(), key.as_bytes()).map(|_| ()).unwrap_err();
            assert_eq!(fault, expected);
        }
    }

    fn pair() -> (String, String) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }
}
