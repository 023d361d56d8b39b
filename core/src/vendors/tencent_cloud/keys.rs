//! A key pair, and requests signed with it: TC3-HMAC-SHA256 over a JSON body, signature version 1 over a
//! form, or either over a query; keys that live on, or temporary ones with a token.

use super::sign::{DayKey, TC3, Tc3, V1, sort};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::secret::Secret;
use crate::vendors::Now;
use crate::vendors::digest::payload_hash;
use crate::wire::{Body, Method, Request, percent};

const JSON_TYPE: &str = "application/json";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The product for which requests are signed.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    pub(crate) service: &'static str,
    pub(crate) version: &'static str,
}

/// The members of a request.
pub(crate) trait Members {
    /// Returns them as JSON.
    fn body(&self) -> Result<Body, Error>;

    /// Returns them as queries and forms write them: dots between names, list indexes from 0.
    fn flat(&self) -> Vec<(String, &str)>;
}

/// The method by which requests are signed.
#[derive(Clone, Copy)]
enum Signature {
    Tc3,
    V1(V1),
}

/// The keys of an account of one product.
pub(crate) struct Keys {
    product: Product,
    endpoint: Endpoint,
    secret_id: Secret,
    secret_key: Secret,
    token: Option<Secret>,
    region: Option<String>,
    language: Option<&'static str>,
    signature: Signature,
    /// POST, or GET with everything in the query.
    method: Method,
    day_key: DayKey,
}

impl Keys {
    /// Reads `secret_id`, `secret_key`, `token`, `region` and `language`, for TC3 over a JSON body.
    pub(crate) fn open(
        entry: &mut Section<'_>,
        endpoint: Endpoint,
        product: Product,
    ) -> Result<Self, Error> {
        let secret_id = entry.required_secret("secret_id")?;
        let secret_key = entry.required_secret("secret_key")?;
        let token = entry.secret("token")?;
        let region = entry.text("region")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if region.as_ref().is_some_and(|text| text.is_empty() || !text.bytes().all(is_plain)) {
            return Err(entry.problem("region", "letters, digits and dashes", "another text"));
        }
        let language = entry.choice("language", &[("zh-CN", "zh-CN"), ("en-US", "en-US")])?;
        Ok(Keys {
            product,
            endpoint,
            secret_id,
            secret_key,
            token,
            region,
            language,
            signature: Signature::Tc3,
            method: Method::Post,
            day_key: DayKey::default(),
        })
    }

    /// Reads `signature` and `method` as well, for the vendor's other signatures and for queries.
    pub(crate) fn in_any_form(self, entry: &mut Section<'_>) -> Result<Self, Error> {
        let signatures = [
            (TC3, Signature::Tc3),
            (V1::HmacSha1.name(), Signature::V1(V1::HmacSha1)),
            (V1::HmacSha256.name(), Signature::V1(V1::HmacSha256)),
        ];
        let signature = entry.choice("signature", &signatures)?.unwrap_or(self.signature);
        let method = entry.choice("method", &[("POST", Method::Post), ("GET", Method::Get)])?;
        Ok(Keys { signature, method: method.unwrap_or(self.method), ..self })
    }

    /// Returns what vendor text may echo.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let mut secrets = vec![self.secret_id.reveal(), self.secret_key.reveal()];
        secrets.extend(self.token.as_ref().map(Secret::reveal));
        secrets
    }

    /// Returns the request for an action with a JSON body, signed with TC3.
    pub(crate) fn post(&self, action: &'static str, body: Body, now: Now) -> Request {
        self.tc3_request(Method::Post, action, "", body, now.unix_seconds())
    }

    /// Returns the request for an action, signed and sent as the configuration says.
    pub(crate) fn request(
        &self,
        action: &'static str,
        members: &impl Members,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let timestamp = now.unix_seconds();
        match self.signature {
            Signature::V1(hash) => Ok(self.v1_request(action, members, timestamp, hash, entropy)),
            Signature::Tc3 if self.method == Method::Post => {
                Ok(self.post(action, members.body()?, now))
            }
            Signature::Tc3 => {
                let flat = members.flat();
                let query =
                    percent::pairs(flat.iter().map(|(name, value)| (name.as_str(), *value)));
                Ok(self.tc3_request(Method::Get, action, &query, Body::default(), timestamp))
            }
        }
    }

    fn tc3_request(
        &self,
        method: Method,
        action: &'static str,
        query: &str,
        body: Body,
        timestamp: u64,
    ) -> Request {
        let content_type = if method == Method::Get { FORM_TYPE } else { JSON_TYPE };
        let tc3 = Tc3 {
            service: self.product.service,
            host: self.endpoint.authority(),
            method,
            query,
            content_type,
            signed_action: None,
            // What is hashed is what is sent.
            payload_hash: &payload_hash(&body),
            timestamp,
        };
        let key = self.day_key.of(&tc3, self.secret_key.reveal());
        let authorization = tc3.authorization(self.secret_id.reveal(), &key);
        let request = match method {
            Method::Get => self.get(query),
            Method::Post => Request::post(self.endpoint.at("/"), content_type, body),
        };
        let mut request = request
            .header("authorization", authorization)
            .header("x-tc-action", action)
            .header("x-tc-version", self.product.version)
            .header("x-tc-timestamp", timestamp.to_string());
        if let Some(region) = &self.region {
            request = request.header("x-tc-region", region.clone());
        }
        if let Some(token) = &self.token {
            request = request.header("x-tc-token", token.reveal().to_owned());
        }
        if let Some(language) = self.language {
            request = request.header("x-tc-language", language);
        }
        request
    }

    fn v1_request(
        &self,
        action: &str,
        members: &impl Members,
        timestamp: u64,
        hash: V1,
        entropy: &mut Entropy,
    ) -> Request {
        let timestamp = timestamp.to_string();
        let nonce = entropy.positive().to_string();
        let mut parameters: Vec<(String, &str)> = members.flat();
        let mut add = |name: &str, value| parameters.push((name.to_owned(), value));
        add("Action", action);
        add("Version", self.product.version);
        add("Timestamp", &timestamp);
        add("Nonce", &nonce);
        add("SecretId", self.secret_id.reveal());
        add("SignatureMethod", hash.name());
        for (name, value) in [
            ("Region", self.region.as_deref()),
            ("Token", self.token.as_ref().map(Secret::reveal)),
            ("Language", self.language),
        ] {
            if let Some(value) = value {
                add(name, value);
            }
        }
        sort(&mut parameters);
        let host = self.endpoint.authority();
        let signature = hash.signature(self.method, host, &parameters, self.secret_key.reveal());
        let form = percent::pairs(
            parameters
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .chain([("Signature", signature.as_str())]),
        );
        match self.method {
            Method::Get => self.get(&form),
            Method::Post => Request::post(self.endpoint.at("/"), FORM_TYPE, Body::plain(form)),
        }
    }

    fn get(&self, query: &str) -> Request {
        Request::get(self.endpoint.at(&format!("/?{query}"))).header("content-type", FORM_TYPE)
    }
}
