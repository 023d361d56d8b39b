//! The meaning of `tencent_faceid`'s answers.

use serde::Deserialize;

use super::codes::CODES;
use crate::card::{CardKind, CardLookup, LookupReason, Outcome, Reason, Verification};
use crate::facts::{Billed, CallFacts};
use crate::scrub::shown;
use crate::secret::{Personal, PersonalBytes};
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::tencent_cloud::envelope;
use crate::vendors::{Reply, http_status};
use crate::wire::Response;
use crate::wire::json::{Code, said};

/// The members of an answer that is no error.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Members {
    result: Option<Code>,
    description: Option<Code>,
    account_bank: Option<Code>,
    account_type: Option<Code>,
}

/// Reads the answer to a verification with results of this numbering. One that no row explains is kept
/// and is never a match.
pub(super) fn verification(numbering: Numbering, response: &Response) -> Reply<Verification> {
    reply(numbering, response, |code, says, members| {
        let (outcome, reason) = match says {
            Some(CodeResult::Verification(outcome, reason)) => (outcome, reason),
            _ => (Outcome::Inconclusive, Some(Reason::Unknown)),
        };
        let description = said(&members.description).unwrap_or_default();
        Verification::new(outcome, reason, code, description)
    })
}

/// Reads the answer to the question who issued a card.
pub(super) fn card_lookup(response: &Response) -> Reply<CardLookup> {
    reply(Numbering::LookupCard, response, |code, says, members| {
        let reason = match says {
            Some(CodeResult::Lookup(reason)) => reason,
            _ => Some(LookupReason::Unknown),
        };
        let card_kind = match said(&members.account_type) {
            Some("1") => CardKind::Debit,
            Some("2") => CardKind::Credit,
            Some("3") => CardKind::Prepaid,
            Some("4") => CardKind::QuasiCredit,
            _ => CardKind::Unknown,
        };
        CardLookup {
            found: reason.is_none(),
            reason,
            issuer: said(&members.account_bank).map(str::to_owned),
            card_kind,
            vendor_code: shown(code),
            description: Personal::new(said(&members.description).unwrap_or_default()),
            raw: PersonalBytes::default(),
            facts: CallFacts::default(),
        }
    })
}

fn reply<A>(
    numbering: Numbering,
    response: &Response,
    answer: impl FnOnce(&str, Option<CodeResult>, &Members) -> A,
) -> Reply<A> {
    let (ids, members) = envelope::<Members>(CODES, numbering, response);
    let result = members.and_then(|members| {
        let code = said(&members.result);
        let code = code.ok_or_else(|| http_status::without_vendor_body(response))?;
        let row = codes::find(CODES, numbering, code);
        let billed = row.map_or(Billed::Unknown, |row| row.billed);
        Ok((billed, answer(code, row.map(|row| row.result), &members)))
    });
    Reply::new(ids, result)
}
