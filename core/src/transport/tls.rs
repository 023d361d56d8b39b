//! TLS: version 1.2 or newer, certificate and host name always verified. Nothing turns that off.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::{Error, Kind};

/// The TLS settings: the system's certificate authorities, or those of `ca_file` alone.
pub(super) fn settings(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(Kind::Internal, "TLS cannot be set up"))?;
    Ok(match ca_file {
        Some(path) => builder.with_root_certificates(roots(path)?).with_no_client_auth(),
        None => {
            let verifier = system_verifier(provider)?;
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    })
}

/// Reading the system's authorities takes milliseconds, so that is done once for all clients.
static SYSTEM: ArcSwapOption<Verifier> = ArcSwapOption::const_empty();

fn system_verifier(provider: Arc<CryptoProvider>) -> Result<Arc<Verifier>, Error> {
    if let Some(verifier) = SYSTEM.load_full() {
        return Ok(verifier);
    }
    let verifier = Verifier::new(provider).map(Arc::new).map_err(|_| {
        let problem = "this machine has no certificate authorities: install them or name a file";
        Error::config("ca_file", problem)
    })?;
    SYSTEM.store(Some(Arc::clone(&verifier)));
    Ok(verifier)
}

fn roots(path: &Path) -> Result<RootCertStore, Error> {
    let refuse = |problem: &str| Error::config("ca_file", problem);
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(|_| refuse("the file cannot be read"))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refuse("the file is not PEM"))?;
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(refuse("the file has no certificate"));
    }
    Ok(store)
}
