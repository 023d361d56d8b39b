//! A certificate authority and server certificates of the sandbox's own, right ones and wrong ones.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
    date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

use crate::hosts;

/// Which certificate the vendors' listeners show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// For 127.0.0.1, `::1`, localhost and the vendors' own names, signed by the authority that is given out.
    #[default]
    Good,
    /// Ran out in 2020.
    Expired,
    /// Begins in 2099.
    NotYetValid,
    /// For another host.
    WrongHost,
    /// For `localhost` alone: the address is missing.
    NoAddress,
    /// Signed by itself.
    SelfSigned,
    /// Signed by an authority that is not given out.
    UnknownAuthority,
    /// Signed by an authority that may sign for other addresses only.
    OtherNames,
    /// For clients, not for servers.
    ClientOnly,
}

impl Certificate {
    /// Every certificate.
    pub const ALL: [Self; 9] = [
        Self::Good,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::NoAddress,
        Self::SelfSigned,
        Self::UnknownAuthority,
        Self::OtherNames,
        Self::ClientOnly,
    ];

    /// Returns the certificate of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }
}

/// An acceptor, and the PEM text of the authority to trust.
pub(crate) struct Identity {
    pub acceptor: TlsAcceptor,
    pub ca_pem: String,
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}

fn authority(names: Option<NameConstraints>) -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::new()).map_err(other)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = names;
    params.distinguished_name.push(DnType::CommonName, "Cardwire sandbox authority");
    CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(other)?).map_err(other)
}

pub(crate) fn identity(certificate: Certificate) -> io::Result<Identity> {
    let trusted = authority((certificate == Certificate::OtherNames).then(|| {
        let net = CidrSubnet::from_addr_prefix([10, 0, 0, 0].into(), 8);
        NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::IpAddress(net)],
            excluded_subtrees: Vec::new(),
        }
    }))?;
    let names: &[&str] = match certificate {
        Certificate::WrongHost => &["vendor.example"],
        Certificate::NoAddress => &["localhost"],
        _ => &["127.0.0.1", "::1", "localhost"],
    };
    let mut names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    if certificate == Certificate::Good {
        names.extend(hosts::names().map(str::to_owned));
    }
    let mut params = CertificateParams::new(names).map_err(other)?;
    params.distinguished_name.push(DnType::CommonName, "Cardwire sandbox");
    match certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        Certificate::NotYetValid => {
            params.not_before = date_time_ymd(2099, 1, 1);
            params.not_after = date_time_ymd(2100, 1, 1);
        }
        Certificate::ClientOnly => {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        _ => {}
    }
    let key = KeyPair::generate().map_err(other)?;
    let signed = match certificate {
        Certificate::SelfSigned => params.self_signed(&key),
        Certificate::UnknownAuthority => params.signed_by(&key, &*authority(None)?),
        _ => params.signed_by(&key, &*trusted),
    }
    .map_err(other)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(other)?
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], private)
        .map_err(other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Identity { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: trusted.pem() })
}
