//! What the answers of `aliyun_bankmeta` mean.

use serde::Deserialize;

use super::codes::{CODES, RESULTS};
use crate::card::{Outcome, Reason, Verification};
use crate::error::Kind;
use crate::facts::{Billed, CallFacts};
use crate::scrub::shown;
use crate::secret::{Personal, PersonalBytes};
use crate::vendors::aliyun_openapi::envelope;
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply};
use crate::wire::Response;
use crate::wire::json::{Code, Object};

/// The members of an answer that is no refusal.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members {
    result_object: Option<Object<Checked>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Checked {
    biz_code: Option<Code>,
    sub_code: Option<Code>,
}

/// Reads the answer to a check of so many elements.
pub(super) fn parse(numbering: Numbering, response: &Response) -> Reply<Verification> {
    let (ids, members) = envelope::<Members>(CODES, numbering, response);
    match members.and_then(|members| verification(numbering, &members)) {
        Ok((billed, verification)) => Reply { ids, billed, result: Ok(verification) },
        Err(refusal) => Reply { ids, billed: refusal.billed, result: Err(refusal) },
    }
}

fn verification(
    numbering: Numbering,
    members: &Members,
) -> Result<(Billed, Verification), Refusal> {
    let checked = members.result_object.as_ref().map(|Object(checked)| checked);
    let codes = checked.and_then(|checked| {
        let said = |code: &Option<Code>| {
            code.as_ref().map(|code| code.as_str().to_owned()).filter(|code| !code.is_empty())
        };
        Some((said(&checked.biz_code)?, said(&checked.sub_code)?))
    });
    let Some((biz_code, sub_code)) = codes else {
        let message = "the answer does not hold what the vendor's document describes";
        return Err(Refusal::new(Kind::Protocol, message));
    };
    let by_biz_code = match biz_code.as_str() {
        "1" | "2" => Billed::Yes,
        "3" => Billed::No,
        _ => Billed::Unknown,
    };
    let row = codes::find(&[RESULTS], numbering, &sub_code);
    Ok(match row.map(|row| (row, row.result)) {
        // A detail that contradicts the result is no word for either.
        Some((row, CodeResult::Verification(outcome, reason)))
            if sub_code.starts_with(&biz_code) =>
        {
            (row.billed, result(outcome, reason, &sub_code, row.meaning))
        }
        row => {
            let billed = match row {
                None if sub_code.starts_with(&biz_code) => by_biz_code,
                _ => Billed::Unknown,
            };
            (billed, result(Outcome::Inconclusive, Some(Reason::Unknown), &sub_code, ""))
        }
    })
}

fn result(
    outcome: Outcome,
    reason: Option<Reason>,
    vendor_code: &str,
    description: &str,
) -> Verification {
    Verification {
        outcome,
        reason,
        vendor_code: shown(vendor_code),
        description: Personal::new(description.to_owned()),
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
    }
}
