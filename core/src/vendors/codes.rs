//! Vendors' codes as rows. Each vendor's `codes.rs` lists its own, and nothing else in the library
//! lists codes: the answers are read by these rows, the call decides by them, and the reference page
//! `docs/reference/codes.md` is made from them.

use std::time::Duration;

use crate::card::{LookupReason, Outcome, Reason};
use crate::decision::{Decision, FINAL};
use crate::error::Kind;
use crate::facts::Billed;
use crate::scrub::shown;
use crate::slugs::slugs;
use crate::vendors::Refusal;

/// One documented code.
#[derive(Debug)]
pub(crate) struct CodeRow {
    /// The code as the vendor writes it.
    pub(crate) code: &'static str,
    /// Its meaning in the library's words.
    pub(crate) meaning: &'static str,
    pub(crate) result: CodeResult,
    pub(crate) billed: Billed,
    /// When to come back, where the vendor's documents or clients say so.
    pub(crate) retry_after: Option<Duration>,
    /// The decision that follows.
    pub(crate) decision: Decision,
    pub(crate) reach: Reach,
}

slugs! {
    /// The codes that a row reads.
    Reach {
        /// The code itself.
        Code = "code",
        /// Also the unlisted codes that go on after it and a character that is no letter or digit, as
        /// `InternalError.Anything` does after `InternalError`.
        Family = "family",
        /// Also the unlisted codes that begin with it, as `A403ZZ` does with `A4`.
        Prefix = "prefix",
        /// The same of a sentence, whatever the case of its letters.
        Sentence = "sentence",
    }
}

/// The result or the error that a code is to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeResult {
    /// The request was executed; the rest of the answer is the result.
    Success,
    Verification(Outcome, Option<Reason>),
    /// Why the card is not known; `None` where it is.
    Lookup(Option<LookupReason>),
    Error(Kind),
}

slugs! {
    /// The vendors number what they answer by what was asked; the results of a verification also by
    /// how many elements were compared.
    Numbering {
        /// A card photo.
        Recognize = "recognize",
        /// Card number and name.
        Verify2 = "verify2",
        /// And an ID number.
        Verify3 = "verify3",
        /// And a phone number.
        Verify4 = "verify4",
        /// A card number alone.
        LookupCard = "lookup_card",
        /// An order.
        FetchOrder = "fetch_order",
        /// A token.
        Token = "token",
        /// The ticket that a token is good for.
        Ticket = "ticket",
    }
}

/// Rows of some numberings, or of every one where none is named.
#[derive(Debug)]
pub(crate) struct CodeList {
    pub(crate) numberings: &'static [Numbering],
    pub(crate) rows: &'static [CodeRow],
}

impl CodeRow {
    pub(crate) const fn new(
        code: &'static str,
        meaning: &'static str,
        result: CodeResult,
        billed: Billed,
        decision: Decision,
    ) -> Self {
        CodeRow { code, meaning, result, billed, retry_after: None, decision, reach: Reach::Code }
    }

    pub(crate) const fn error(
        code: &'static str,
        meaning: &'static str,
        kind: Kind,
        billed: Billed,
        decision: Decision,
    ) -> Self {
        CodeRow::new(code, meaning, CodeResult::Error(kind), billed, decision)
    }

    /// Returns the same row with a time to come back, in seconds.
    pub(crate) const fn retry_after(self, seconds: u64) -> Self {
        CodeRow { retry_after: Some(Duration::from_secs(seconds)), ..self }
    }

    /// Returns the same row for a family of codes.
    pub(crate) const fn family(self) -> Self {
        CodeRow { reach: Reach::Family, ..self }
    }

    /// Returns the same row for every code that begins so.
    pub(crate) const fn prefix(self) -> Self {
        CodeRow { reach: Reach::Prefix, ..self }
    }

    /// Returns the same row for every text that begins so.
    pub(crate) const fn sentence(self) -> Self {
        CodeRow { reach: Reach::Sentence, ..self }
    }

    /// Returns the kind of error; `None` where the code comes with a result.
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self.result {
            CodeResult::Error(kind) => Some(kind),
            CodeResult::Success | CodeResult::Verification(..) | CodeResult::Lookup(_) => None,
        }
    }

    fn reaches(&self, code: &str) -> bool {
        let Some((start, rest)) = code.split_at_checked(self.code.len()) else { return false };
        let begins = match self.reach {
            Reach::Code => false,
            Reach::Prefix => return start == self.code,
            Reach::Family => start == self.code,
            Reach::Sentence => start.eq_ignore_ascii_case(self.code),
        };
        begins && !rest.starts_with(|next: char| next.is_alphanumeric())
    }

    /// Returns the refusal that the row stands for.
    pub(crate) fn refusal(&self, vendor_message: Option<String>) -> Refusal {
        Refusal {
            code: Some(self.code.to_owned()),
            vendor_message,
            retry_after: self.retry_after,
            billed: self.billed,
            ..Refusal::new(self.kind().unwrap_or(Kind::Protocol), self.meaning)
        }
    }
}

/// Returns the row of a refusal that costs nothing.
pub(crate) const fn free(
    code: &'static str,
    meaning: &'static str,
    kind: Kind,
    decision: Decision,
) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::No, decision)
}

/// Returns the row of a refusal of which no document says whether it is billed.
pub(crate) const fn unpriced(
    code: &'static str,
    meaning: &'static str,
    kind: Kind,
    decision: Decision,
) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::Unknown, decision)
}

/// Returns the row of a code: one that names the numbering before one of every numbering, and
/// the code itself before its family.
pub(crate) fn find(
    lists: &[CodeList],
    numbering: Numbering,
    code: &str,
) -> Option<&'static CodeRow> {
    let is_exact = |row: &&'static CodeRow| row.code == code;
    let is_member = |row: &&'static CodeRow| row.reaches(code);
    let rows = |named: bool| {
        let fits = move |list: &&CodeList| match named {
            true => list.numberings.contains(&numbering),
            false => list.numberings.is_empty(),
        };
        lists.iter().filter(fits).flat_map(|list| list.rows)
    };
    let exact = rows(true).find(is_exact).or_else(|| rows(false).find(is_exact));
    exact.or_else(|| rows(true).chain(rows(false)).find(is_member))
}

/// Returns the refusal that a code stands for.
pub(crate) fn refusal(
    lists: &[CodeList],
    numbering: Numbering,
    code: &str,
    vendor_message: Option<String>,
) -> Refusal {
    match find(lists, numbering, code) {
        // A row may stand for a family: the code stays as it came.
        Some(row) => Refusal { code: Some(shown(code)), ..row.refusal(vendor_message) },
        None => unknown(code, vendor_message),
    }
}

/// Returns the refusal for a code that no document explains: kept as it came, never repeated.
pub(crate) fn unknown(code: &str, vendor_message: Option<String>) -> Refusal {
    Refusal {
        code: Some(shown(code)),
        vendor_message,
        ..Refusal::new(Kind::VendorError, UNKNOWN_MEANING)
    }
}

/// The meaning of a code without a row.
pub(crate) const UNKNOWN_MEANING: &str =
    "the vendor answered with a code that its documents do not list";

/// The decision on a code without a row.
pub(crate) const UNKNOWN: Decision = FINAL;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::decision::{BlockScope, Failover, Retry};
    use crate::vendors::Vendor;

    #[test]
    fn no_code_stands_twice_in_a_numbering() {
        for vendor in Vendor::ALL {
            let mut seen = BTreeSet::new();
            for list in vendor.codes() {
                let every = ["every"].into_iter().filter(|_| list.numberings.is_empty());
                for numbering in list.numberings.iter().map(|one| one.slug()).chain(every) {
                    for row in list.rows {
                        assert!(seen.insert((numbering, row.code)), "{vendor} {}", row.code);
                    }
                }
            }
            assert!(!seen.is_empty(), "{vendor} documents codes");
        }
    }

    #[test]
    fn what_may_have_been_billed_is_never_sent_again_to_the_same_account() {
        for vendor in Vendor::ALL {
            for row in vendor.codes().iter().flat_map(|list| list.rows) {
                if row.billed != Billed::No {
                    assert_eq!(row.decision.retry, Retry::None, "{vendor} {}", row.code);
                    assert_ne!(row.decision.failover, Failover::Yes, "{vendor} {}", row.code);
                }
            }
        }
    }

    #[test]
    fn only_one_code_of_a_verification_is_a_match() {
        for vendor in Vendor::ALL {
            for list in vendor.codes() {
                let outcome = |row: &&CodeRow| {
                    matches!(row.result, CodeResult::Verification(Outcome::Match, _))
                };
                assert!(list.rows.iter().filter(outcome).count() <= 1, "{vendor}");
                for row in list.rows {
                    if let CodeResult::Verification(outcome, reason) = row.result {
                        assert_eq!(reason.is_none(), outcome == Outcome::Match, "{}", row.code);
                    }
                }
            }
        }
    }

    #[test]
    fn the_brakes_against_trying_cards_out_never_fail_over() {
        for (vendor, numbering, code) in [
            (Vendor::AliyunYhkr, Numbering::Verify3, "10020"),
            (Vendor::AliyunBankmeta, Numbering::Verify3, "306"),
            (Vendor::AliyunBankmeta, Numbering::Verify3, "403"),
            (Vendor::TencentFaceid, Numbering::Verify2, "-17"),
            (Vendor::TencentFaceid, Numbering::Verify3, "-18"),
            (Vendor::TencentFaceid, Numbering::Verify4, "-19"),
            (Vendor::TencentFaceid, Numbering::LookupCard, "-4"),
        ] {
            let decision = find(vendor.codes(), numbering, code).unwrap().decision;
            assert_eq!(decision.failover, Failover::Never, "{code}");
            assert_eq!(decision.block.unwrap().scope, BlockScope::Parameters, "{code}");
        }
    }

    #[test]
    fn a_family_reads_its_unlisted_codes_and_no_others() {
        let find = |code| find(Vendor::TencentFaceid.codes(), Numbering::Verify3, code);
        let family = find("InternalError.Anything").unwrap();
        assert_eq!(
            (family.code, family.decision.failover),
            ("InternalError", Failover::VendorFailed)
        );
        assert_eq!(find("InvalidParameterValue.Any").unwrap().code, "InvalidParameterValue");
        for none in [
            "RequestLimitExceeded.Any",
            "LimitExceeded.Any",
            "ResourceInsufficient.Any",
            "InternalErrors",
            "internalerror.Any",
            "Internal",
            "",
        ] {
            assert!(find(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_prefix_reads_what_begins_with_it_and_has_no_row_of_its_own() {
        let find = |code| find(Vendor::AliyunYhkr.codes(), Numbering::Verify3, code);
        for (code, row) in [
            ("A403ZZ", Some("A4")),
            ("A403IP", Some("A403IP")),
            ("I404ZZ", Some("I404")),
            ("I499ZZ", Some("I4")),
            ("I500ZZ", None),
            ("a403ZZ", None),
            ("A", None),
        ] {
            assert_eq!(find(code).map(|row| row.code), row, "{code}");
        }
    }
}
