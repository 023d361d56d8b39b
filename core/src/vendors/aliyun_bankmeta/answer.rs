//! The meaning of `aliyun_bankmeta`'s answers.

use serde::Deserialize;

use super::codes::{CODES, RESULTS};
use crate::card::{Outcome, Reason, Verification};
use crate::facts::Billed;
use crate::vendors::aliyun_openapi::envelope;
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply};
use crate::wire::Response;
use crate::wire::json::{Code, Object, said};

/// The members of an answer that is no refusal.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members {
    result_object: Option<Object<CheckResult>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CheckResult {
    biz_code: Option<Code>,
    sub_code: Option<Code>,
}

/// Reads the answer to a check of so many elements.
pub(super) fn parse(numbering: Numbering, response: &Response) -> Reply<Verification> {
    let (ids, members) = envelope::<Members>(CODES, numbering, response);
    Reply::new(ids, members.and_then(|members| verification(numbering, &members)))
}

fn verification(
    numbering: Numbering,
    members: &Members,
) -> Result<(Billed, Verification), Refusal> {
    let checked = members.result_object.as_ref().map(|Object(checked)| checked);
    let codes =
        checked.and_then(|checked| Some((said(&checked.biz_code)?, said(&checked.sub_code)?)));
    let (biz_code, sub_code) = codes.ok_or_else(Refusal::incomplete)?;
    let by_biz_code = match biz_code {
        "1" | "2" => Billed::Yes,
        "3" => Billed::No,
        _ => Billed::Unknown,
    };
    let row = codes::find(&[RESULTS], numbering, sub_code);
    Ok(match row.map(|row| (row, row.result)) {
        // A detail that contradicts the result is no word for either.
        Some((row, CodeResult::Verification(outcome, reason)))
            if sub_code.starts_with(biz_code) =>
        {
            (row.billed, Verification::new(outcome, reason, sub_code, row.meaning))
        }
        row => {
            let billed = match row {
                None if sub_code.starts_with(biz_code) => by_biz_code,
                _ => Billed::Unknown,
            };
            let (outcome, reason) = (Outcome::Inconclusive, Some(Reason::Unknown));
            (billed, Verification::new(outcome, reason, sub_code, ""))
        }
    })
}
