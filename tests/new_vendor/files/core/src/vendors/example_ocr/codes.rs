//! The codes of `example_ocr`.

use crate::decision::{FINAL, IF_CREDENTIALS, IF_UNRECOGNIZED, SLOW_DOWN};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering};

pub(super) const CODES: &[CodeList] = &[CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        CodeRow::new("0", "the card was read", CodeResult::Success, Billed::Yes, FINAL),
        CodeRow::error(
            "1001",
            "the photo shows no card",
            Kind::CardNotFound,
            Billed::No,
            IF_UNRECOGNIZED,
        ),
        CodeRow::error(
            "1002",
            "the key is refused",
            Kind::Unauthenticated,
            Billed::No,
            IF_CREDENTIALS,
        ),
        CodeRow::error("1003", "too many requests", Kind::RateLimited, Billed::No, SLOW_DOWN),
    ],
}];
