//! The codes of `offline`, which are this library's own. None is billed, and each goes on to the next
//! account: another engine may read the photo.

use crate::decision::ELSEWHERE;
use crate::error::Kind::{CardNotFound, ImageRejected, Internal};
use crate::vendors::codes::{CodeList, CodeRow, Numbering, free};

/// No number was found.
pub(super) const NO_CARD: &str = "no_card";
/// A number was found, and is not sure.
pub(super) const NOT_SURE: &str = "not_sure";
/// The photo cannot be decoded.
pub(super) const DAMAGED: &str = "damaged";
/// The reader was told to stop.
pub(super) const STOPPED: &str = "stopped";

const ROWS: &[CodeRow] = &[
    free(NO_CARD, "no card number was found in the photo", CardNotFound, ELSEWHERE),
    free(NOT_SURE, "no card number could be read surely in the photo", CardNotFound, ELSEWHERE),
    free(DAMAGED, "the photo is cut short, or not as its format demands", ImageRejected, ELSEWHERE),
    free(
        STOPPED,
        "the photo was not read to its end, or no thread was free to read it",
        Internal,
        ELSEWHERE,
    ),
];

pub(crate) const CODES: &[CodeList] =
    &[CodeList { numberings: &[Numbering::Recognize], rows: ROWS }];
