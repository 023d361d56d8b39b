//! The meaning of `aliyun_yhkr`'s answers.

use serde::Deserialize;

use super::codes::{PRODUCT, STATES};
use crate::card::{Outcome, Reason, Verification};
use crate::error::Kind;
use crate::facts::{Billed, CallFacts};
use crate::scrub::shown;
use crate::secret::{Personal, PersonalBytes};
use crate::vendors::aliyun_gateway::{self, Envelope};
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

/// Reads the answer to a verification.
pub(super) fn parse(response: &Response) -> Reply<Verification> {
    let text = json::text(&response.body);
    let mut ids = aliyun_gateway::ids(response);
    let result = aliyun_gateway::envelope(response, &text).and_then(|envelope| {
        ids.request_id = envelope.sequence().or(ids.request_id.take());
        verification(&envelope, &text)
    });
    let (billed, result) = match result {
        Ok((billed, verification)) => (billed, Ok(verification)),
        Err(refusal) => (refusal.billed, Err(as_sent(refusal))),
    };
    Reply { ids, billed, result }
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
    let said = || envelope.message().unwrap_or_default();
    let row = codes::find(&[PRODUCT], Numbering::Verify3, code);
    match row.map(|row| (row, row.result)) {
        Some((_, CodeResult::Success)) => {
            let state = json::read::<Object<VerificationAnswer>>(text)
                .ok()
                .and_then(|Object(answer)| answer.data.0.state())
                .filter(|state| !state.is_empty())
                .ok_or_else(aliyun_gateway::incomplete)?;
            let row = codes::find(&[STATES], Numbering::Verify3, &state);
            Ok(match row.map(|row| (row, row.result)) {
                // The answer says only that it was executed.
                Some((row, CodeResult::Verification(outcome, reason))) => {
                    (row.billed, result(outcome, reason, &state, row.meaning.to_owned()))
                }
                _ => {
                    let reason = Some(Reason::Unknown);
                    (Billed::Unknown, result(Outcome::Inconclusive, reason, &state, said()))
                }
            })
        }
        Some((row, CodeResult::Verification(outcome, reason))) => {
            Ok((row.billed, result(outcome, reason, code, said())))
        }
        Some((row, _)) => Err(row.refusal(envelope.message())),
        None => Err(codes::unknown(code, envelope.message())),
    }
}

fn result(
    outcome: Outcome,
    reason: Option<Reason>,
    vendor_code: &str,
    description: String,
) -> Verification {
    Verification {
        outcome,
        reason,
        vendor_code: shown(vendor_code),
        description: Personal::new(description),
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
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
    fn state(&self) -> Option<String> {
        self.state.as_ref().or(self.result.as_ref()).map(|state| state.as_str().to_owned())
    }
}
