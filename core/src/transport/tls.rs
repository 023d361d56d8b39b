//! TLS: version 1.2 or newer, certificate and host name always verified. Nothing turns that off.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::cause::{Cause, Step};
use crate::error::{Error, FileProblem, Kind};
use crate::plain_file;

use super::Failure;

/// Returns the TLS settings: the system's certificate authorities, or those of `ca_file` alone.
/// `None` where the machine has no authorities: what needs no TLS works all the same.
pub(super) fn settings(ca_file: Option<&CaFile>) -> Result<Option<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(Kind::Internal, "TLS cannot be set up"))?;
    match ca_file {
        Some(CaFile { roots, .. }) => {
            Ok(Some(builder.with_root_certificates(Arc::clone(roots)).with_no_client_auth()))
        }
        None => Ok(system::trust(builder, provider)),
    }
}

/// Returns the certificate authorities that `settings` trusts, as PEM, for a library that sets up
/// TLS by itself; `None` where there are none or the operating system keeps them elsewhere.
pub(crate) fn authorities(ca_file: Option<&CaFile>) -> Option<Vec<u8>> {
    let pem = match ca_file {
        Some(file) => Arc::clone(&file.pem),
        None => system::pem()?.into(),
    };
    let mut taken = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
        // One that cannot be read would make the library refuse all of them.
        if RootCertStore::empty().add(certificate.clone()).is_ok() {
            taken.extend_from_slice(b"-----BEGIN CERTIFICATE-----\n");
            taken.extend_from_slice(STANDARD.encode(&certificate).as_bytes());
            taken.extend_from_slice(b"\n-----END CERTIFICATE-----\n");
        }
    }
    (!taken.is_empty()).then_some(taken)
}

/// Returns the failure of a connection whose TLS was not set up.
pub(super) fn refused(
    error: &rustls::Error,
    host: &str,
    port: u16,
    own_authorities: bool,
) -> Failure {
    let cause = cause(error, host, port, own_authorities);
    match error {
        rustls::Error::InvalidCertificate(_) => Failure::certificate(cause),
        _ => Failure::not_connected(cause),
    }
}

/// Returns why TLS was not set up.
pub(crate) fn cause(error: &rustls::Error, host: &str, port: u16, own_authorities: bool) -> Cause {
    Cause::new(Step::Tls, host, port, reason(error, own_authorities))
}

fn reason(error: &rustls::Error, own_authorities: bool) -> String {
    let authority = if own_authorities {
        "no authority in ca_file signed it"
    } else {
        "no authority that this machine trusts signed it; name your own in ca_file"
    };
    let refused = |why: &str| format!("the certificate is refused: {why}");
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                refused("it has expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                refused("it is not valid yet; look at this machine's clock")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                refused("it is for another name")
            }
            // Another authority may bear the name of one that is trusted.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => refused(authority),
            CertificateError::Revoked => refused("it was revoked"),
            CertificateError::BadEncoding => refused("it is damaged"),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                refused("it is not one for servers")
            }
            // The verifier's own reasons have no type here.
            CertificateError::Other(other) => match format!("{other:?}") {
                text if text.contains("NameConstraintViolation") => {
                    refused("its authority may not sign for this name")
                }
                _ => refused(authority),
            },
            other => refused(&format!("{other:?}")),
        },
        rustls::Error::AlertReceived(alert) => {
            format!("the server refuses with the TLS alert {alert:?}")
        }
        rustls::Error::PeerIncompatible(_) => {
            "the server and this library have no version or cipher of TLS in common; \
             at least TLS 1.2 is needed"
                .to_owned()
        }
        rustls::Error::InvalidMessage(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. } => {
            "the server does not speak TLS".to_owned()
        }
        _ => "the server breaks the rules of TLS".to_owned(),
    }
}

/// The reason why there is no TLS where `settings` returns `None`.
pub(crate) const WITHOUT_AUTHORITIES: &str = "this machine has no certificate authorities";

/// The message of the error where `settings` returns `None`.
pub(super) const NO_AUTHORITIES: &str =
    "ca_file: expected a file, or certificate authorities of this machine, found neither";

/// The files in which systems keep their authorities. What would find them otherwise reads
/// `SSL_CERT_FILE` and `SSL_CERT_DIR`, and no environment variable is to decide whom a client trusts.
#[cfg(not(any(windows, target_vendor = "apple")))]
mod system {
    use std::path::Path;

    use arc_swap::ArcSwapOption;

    use super::*;

    /// Debian, Ubuntu, Arch, Gentoo; Fedora and Red Hat, newer and older; openSUSE; Alpine and the
    /// BSDs.
    const BUNDLES: [&str; 5] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];

    /// Reading the file takes milliseconds, so that is done once for all clients.
    static ROOTS: ArcSwapOption<RootCertStore> = ArcSwapOption::const_empty();

    pub(super) fn pem() -> Option<Vec<u8>> {
        BUNDLES.iter().find_map(|path| plain_file::read(Path::new(path), CERTIFICATES).ok())
    }

    pub(super) fn trust(
        builder: ConfigBuilder<ClientConfig, WantsVerifier>,
        _: Arc<CryptoProvider>,
    ) -> Option<ClientConfig> {
        let roots = match ROOTS.load_full() {
            Some(roots) => roots,
            None => {
                let read = |path| plain_file::read(Path::new(path), CERTIFICATES);
                let found = BUNDLES.iter().find_map(|path| roots(&read(path).ok()?).ok());
                let roots = Arc::new(found?);
                ROOTS.store(Some(Arc::clone(&roots)));
                roots
            }
        };
        Some(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

/// The operating system verifies.
#[cfg(any(windows, target_vendor = "apple"))]
mod system {
    use super::*;

    pub(super) fn pem() -> Option<Vec<u8>> {
        None
    }

    pub(super) fn trust(
        builder: ConfigBuilder<ClientConfig, WantsVerifier>,
        provider: Arc<CryptoProvider>,
    ) -> Option<ClientConfig> {
        let verifier = rustls_platform_verifier::Verifier::new(provider).ok()?;
        Some(
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth(),
        )
    }
}

/// The PEM file that `ca_file` names, as it was when the configuration was read: no call waits for the
/// disk.
///
/// ```
/// use cardwire::transport::{CaFile, ConnectionSettings};
///
/// /// Returns the authorities that a program's own client is to trust, as PEM; `None` for the system's.
/// fn trusted(settings: &ConnectionSettings) -> Option<&[u8]> {
///     settings.ca_file.as_ref().map(CaFile::pem)
/// }
/// ```
#[derive(Clone)]
pub struct CaFile {
    path: PathBuf,
    pem: Arc<[u8]>,
    roots: Arc<RootCertStore>,
}

impl fmt::Debug for CaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CaFile").field(&self.path).finish()
    }
}

impl CaFile {
    /// Reads a file of certificate authorities that can be trusted.
    ///
    /// # Errors
    /// The problem with it.
    pub(crate) fn read(path: PathBuf) -> Result<Self, FileProblem> {
        let mut pem = plain_file::read(&path, CERTIFICATES)?;
        // Editors of Windows begin a text with a mark.
        if pem.starts_with("\u{feff}".as_bytes()) {
            pem.drain(..'\u{feff}'.len_utf8());
        }
        let roots = roots(&pem)?.into();
        Ok(CaFile { path, pem: pem.into(), roots })
    }

    /// Returns the bytes of the file, which hold at least one certificate.
    #[must_use]
    pub fn pem(&self) -> &[u8] {
        &self.pem
    }
}

const CERTIFICATES: &str = "certificates in";

fn roots(pem: &[u8]) -> Result<RootCertStore, FileProblem> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| FileProblem::new(CERTIFICATES, "no PEM"))?;
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(FileProblem::new(CERTIFICATES, "none"));
    }
    Ok(store)
}
