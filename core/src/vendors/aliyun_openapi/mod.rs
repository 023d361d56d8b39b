//! The family of Alibaba Cloud OpenAPI in its RPC style: keys and request signatures, the envelope of its
//! answers, and the error codes that the gateway has for all of its products.
//!
//! Documents, read 2026-11: <https://help.aliyun.com/document_detail/2593177.html> (requests and signature,
//! version 3) and those that `codes` names. Where they are silent the vendor's own SDK for Python decides:
//! alibabacloud-tea-openapi 0.4.6.
//!
//! Auth: ACS3-HMAC-SHA256 over method, query, the `x-acs-` headers and the hash of the body; keys that live
//! on, or temporary ones with a token.
//!
//! Quirks:
//! - What the operation's description calls a query parameter goes into the address, of a POST too.
//! - A refusal has a status of its own and `Code`; an answer with status 200 may be one as well.
//! - A time more than 15 minutes off is refused, and so is a nonce for the second time.

mod answer;
mod codes;
mod keys;
mod sign;

pub(crate) use answer::envelope;
pub(crate) use codes::CODES;
pub(crate) use keys::{Keys, Payload, Product};
