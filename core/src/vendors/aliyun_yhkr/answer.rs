//! The meaning of `aliyun_yhkr`'s answers.

use serde::Deserialize;

use super::codes::{PRODUCT, STATES};
use crate::card::{Outcome, Reason, Verification};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::aliyun_gateway::{self, Envelope};
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object, said};

/// Reads the answer to a verification.
pub(super) fn parse(response: &Response) -> Reply<Verification> {
    let text = json::text(&response.body);
    let mut ids = aliyun_gateway::ids(response);
    let result = aliyun_gateway::envelope(response, &text).and_then(|envelope| {
        ids.request_id = envelope.sequence().or(ids.request_id.take());
        verification(&envelope, &text)
    });
    Reply::new(ids, result.map_err(as_sent))
}

/// Returns the refusal of a photo that is too large as that of an argument.
fn as_sent(refusal: Refusal) -> Refusal {
    match refusal.kind {
        Kind::ImageRejected => Refusal { kind: Kind::InvalidArgument, ..refusal },
        _ => refusal,
    }
}

fn verification(envelope: &Envelope, text: &str) -> Result<(Billed, Verification), Refusal> {
    let code = envelope.code();
    let message = || envelope.message().unwrap_or_default();
    let row = codes::find(&[PRODUCT], Numbering::Verify3, code);
    match row.map(|row| (row, row.result)) {
        Some((_, CodeResult::Success)) => {
            let answer = json::read::<Object<VerificationAnswer>>(text).ok();
            let data = answer.as_ref().map(|Object(answer)| &answer.data.0);
            let state = data.and_then(Data::state).ok_or_else(Refusal::incomplete)?;
            let row = codes::find(&[STATES], Numbering::Verify3, state);
            Ok(match row.map(|row| (row, row.result)) {
                // The answer says only that it was executed.
                Some((row, CodeResult::Verification(outcome, reason))) => {
                    (row.billed, Verification::new(outcome, reason, state, row.meaning))
                }
                _ => {
                    let (outcome, reason) = (Outcome::Inconclusive, Some(Reason::Unknown));
                    (Billed::Unknown, Verification::new(outcome, reason, state, message()))
                }
            })
        }
        Some((row, CodeResult::Verification(outcome, reason))) => {
            Ok((row.billed, Verification::new(outcome, reason, code, message())))
        }
        Some((row, _)) => Err(row.refusal(envelope.message())),
        None => Err(codes::unknown(code, envelope.message())),
    }
}

#[derive(Deserialize)]
struct VerificationAnswer {
    data: Object<Data>,
}

#[derive(Deserialize)]
struct Data {
    state: Option<Code>,
    result: Option<Code>,
}

impl Data {
    fn state(&self) -> Option<&str> {
        said(if self.state.is_some() { &self.state } else { &self.result })
    }
}
