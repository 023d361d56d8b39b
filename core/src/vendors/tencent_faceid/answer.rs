//! What the answers of `tencent_faceid` mean.

use serde::Deserialize;

use super::codes::CODES;
use crate::card::{CardKind, CardLookup, LookupReason, Outcome, Reason, Verification};
use crate::facts::{Billed, CallFacts};
use crate::scrub::shown;
use crate::secret::{Personal, PersonalBytes};
use crate::vendors::codes::{self, Numbering, Says};
use crate::vendors::tencent_cloud::{envelope, said};
use crate::vendors::{Answer, Reply, http_status};
use crate::wire::Response;
use crate::wire::json::Code;

/// The members of an answer that is no error.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Members {
    result: Option<Code>,
    description: Option<Code>,
    account_bank: Option<Code>,
    account_type: Option<Code>,
}

/// Reads a whole response to what has this numbering.
pub(super) fn parse(numbering: Numbering, response: &Response) -> Reply {
    let (ids, members) = envelope::<Members>(CODES, numbering, response);
    let result = members.and_then(|members| match said(&members.result) {
        Some(code) => Ok(result(numbering, &code, &members)),
        None => Err(http_status::without_vendor_body(response)),
    });
    let (billed, result) = match result {
        Ok((billed, answer)) => (billed, Ok(answer)),
        Err(refusal) => (refusal.billed, Err(refusal)),
    };
    Reply { ids, billed, result }
}

/// Returns what a result means. One that no row explains is kept and is never a match.
fn result(numbering: Numbering, code: &str, members: &Members) -> (Billed, Answer) {
    let row = codes::find(CODES, numbering, code);
    let billed = row.map_or(Billed::Unknown, |row| row.billed);
    let says = row.map(|row| row.says);
    let answer = match numbering {
        Numbering::LookupCard => {
            let reason = match says {
                Some(Says::Lookup(reason)) => reason,
                _ => Some(LookupReason::Unknown),
            };
            Answer::Lookup(card_lookup(code, reason, members))
        }
        _ => {
            let (outcome, reason) = match says {
                Some(Says::Verification(outcome, reason)) => (outcome, reason),
                _ => (Outcome::Inconclusive, Some(Reason::Unknown)),
            };
            Answer::Verification(Verification {
                outcome,
                reason,
                vendor_code: shown(code),
                description: Personal::new(said(&members.description).unwrap_or_default()),
                raw: PersonalBytes::default(),
                facts: CallFacts::default(),
            })
        }
    };
    (billed, answer)
}

fn card_lookup(code: &str, reason: Option<LookupReason>, members: &Members) -> CardLookup {
    let card_kind = match said(&members.account_type).as_deref() {
        Some("1") => CardKind::Debit,
        Some("2") => CardKind::Credit,
        Some("3") => CardKind::Prepaid,
        Some("4") => CardKind::QuasiCredit,
        _ => CardKind::Unknown,
    };
    CardLookup {
        found: reason.is_none(),
        reason,
        issuer: said(&members.account_bank),
        card_kind,
        vendor_code: shown(code),
        description: said(&members.description).unwrap_or_default(),
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
    }
}
