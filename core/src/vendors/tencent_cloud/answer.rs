//! The envelope of an answer: the members of the action, or an error. That it is an error is told by
//! `Error` alone.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Kind;
use crate::scrub::identifier;
use crate::vendors::codes::{self, CodeList, Numbering};
use crate::vendors::{Refusal, RequestIds, http_status};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object, said};

/// Every answer, with members of one's own choice.
#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(rename = "Response")]
    response: Option<Object<T>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Common {
    error: Option<Object<ErrorMember>>,
    request_id: Option<Code>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorMember {
    code: Option<Code>,
    message: Option<Code>,
}

/// The shape of the vendor's older API, which its gateway may still speak.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OldEnvelope {
    code: Option<Code>,
    #[serde(rename = "codeDesc")]
    code_desc: Option<Code>,
    message: Option<Code>,
}

/// Reads the request id and the members of an answer; those that cannot be read are their defaults.
///
/// # Errors
/// The answer is an error.
pub(crate) fn envelope<T: Default + DeserializeOwned>(
    lists: &[CodeList],
    numbering: Numbering,
    response: &Response,
) -> (RequestIds, Result<T, Refusal>) {
    let text = json::text(&response.body);
    let common: Common = members(&text);
    let header = || response.header("x-tc-requestid").and_then(|id| identifier(&id));
    let request_id = said(&common.request_id).and_then(identifier).or_else(header);
    let ids = RequestIds { request_id, ..RequestIds::default() };
    let error = common.error.map(|Object(error)| error).or_else(|| older_error(&text));
    let result = match error {
        Some(error) => Err(refused(lists, numbering, error, response)),
        None => Ok(members(&text)),
    };
    (ids, result)
}

fn members<T: Default + DeserializeOwned>(text: &str) -> T {
    let envelope = json::read::<Object<Envelope<T>>>(text).ok();
    envelope
        .and_then(|Object(envelope)| envelope.response)
        .map(|Object(read)| read)
        .unwrap_or_default()
}

fn older_error(text: &str) -> Option<ErrorMember> {
    let Object(older) = json::read::<Object<OldEnvelope>>(text).ok()?;
    let number = older.code.filter(|code| code.as_str() != "0")?;
    let code = older.code_desc.filter(|name| !name.as_str().is_empty());
    Some(ErrorMember { code: code.or(Some(number)), message: older.message })
}

fn refused(
    lists: &[CodeList],
    numbering: Numbering,
    error: ErrorMember,
    response: &Response,
) -> Refusal {
    let vendor_message = error.message.map(|message| message.0);
    let Some(code) = said(&error.code) else {
        let message = "the vendor answered with an error without a code";
        return Refusal { vendor_message, ..Refusal::new(Kind::Protocol, message) };
    };
    let refusal = codes::refusal(lists, numbering, code, vendor_message);
    http_status::with_retry_after(refusal, response)
}
