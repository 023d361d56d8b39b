//! A key pair, and requests signed with it; keys that live on, or temporary ones with a token.

use bytes::Bytes;

use super::sign::Acs3;
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::secret::Secret;
use crate::vendors::Now;
use crate::vendors::digest::{payload_hash, utc_time};
use crate::wire::{Body, Method, Request, percent};

/// The one operation of a product.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    pub(crate) action: &'static str,
    pub(crate) version: &'static str,
}

/// The content of a request beside its headers.
pub(crate) enum Payload<'a> {
    /// Query parameters, sorted by name, and an empty body.
    Query(&'a [(&'static str, &'a str)]),
    /// A file as the body.
    File(Bytes),
}

/// The keys of an account of one product.
pub(crate) struct Keys {
    product: Product,
    endpoint: Endpoint,
    access_key_id: Secret,
    access_key_secret: Secret,
    security_token: Option<Secret>,
}

impl Keys {
    /// Reads `access_key_id`, `access_key_secret` and `security_token`.
    pub(crate) fn open(
        entry: &mut Section<'_>,
        endpoint: Endpoint,
        product: Product,
    ) -> Result<Self, Error> {
        Ok(Keys {
            product,
            endpoint,
            access_key_id: entry.required_secret("access_key_id")?,
            access_key_secret: entry.required_secret("access_key_secret")?,
            security_token: entry.secret("security_token")?,
        })
    }

    /// Returns what vendor text may echo.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let mut secrets = vec![self.access_key_id.reveal(), self.access_key_secret.reveal()];
        secrets.extend(self.security_token.as_ref().map(Secret::reveal));
        secrets
    }

    /// Returns the signed request.
    pub(crate) fn request(&self, payload: Payload<'_>, now: Now, entropy: &mut Entropy) -> Request {
        let (query, body, content_type) = match payload {
            Payload::Query(parameters) => {
                (percent::pairs(parameters.iter().copied()), Body::default(), None)
            }
            Payload::File(bytes) => {
                (String::new(), Body::plain(bytes), Some("application/octet-stream"))
            }
        };
        let (hash, date) = (payload_hash(&body), utc_time(now.unix_seconds()));
        let nonce = entropy.uuid();
        let token = self.security_token.as_ref().map(Secret::reveal);
        // Sorted by name, as they are signed.
        let signed: Vec<(&'static str, &str)> = [
            ("content-type", content_type),
            ("host", Some(self.endpoint.authority())),
            ("x-acs-accesskey-id", token.map(|_| self.access_key_id.reveal())),
            ("x-acs-action", Some(self.product.action)),
            ("x-acs-content-sha256", Some(hash.as_str())),
            ("x-acs-date", Some(date.as_str())),
            ("x-acs-security-token", token),
            ("x-acs-signature-nonce", Some(nonce.as_str())),
            ("x-acs-version", Some(self.product.version)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        let acs3 =
            Acs3 { method: Method::Post, query: &query, headers: &signed, payload_hash: &hash };
        let authorization =
            acs3.authorization(self.access_key_id.reveal(), self.access_key_secret.reveal());
        let address = match query.as_str() {
            "" => self.endpoint.at("/"),
            query => self.endpoint.at(&["/?", query].concat()),
        };
        let mut request = Request { method: Method::Post, body, ..Request::get(address) };
        for (name, value) in signed {
            // The transport states the host.
            if name != "host" {
                request = request.header(name, value.to_owned());
            }
        }
        request.header("accept", "application/json").header("authorization", authorization)
    }
}
