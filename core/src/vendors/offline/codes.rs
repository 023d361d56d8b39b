//! The codes of `offline`, which are this library's own. None is billed, and each goes on to the next
//! account: another engine may read the photo.

use crate::card::PhotoLook;
use crate::decision::ELSEWHERE;
use crate::error::Kind::{CardNotFound, ImageRejected, Internal};
use crate::vendors::codes::{CodeList, CodeRow, Numbering, free};

/// The photo cannot be decoded.
pub(super) const DAMAGED: &str = "damaged";
/// The reader was told to stop.
pub(super) const STOPPED: &str = "stopped";

const ROWS: &[CodeRow] = &[
    free(PhotoLook::NoCard.slug(), "no card was seen in the photo", CardNotFound, ELSEWHERE),
    free(
        PhotoLook::Blurred.slug(),
        "the card's number is not sharp enough to be read",
        CardNotFound,
        ELSEWHERE,
    ),
    free(
        PhotoLook::Cut.slug(),
        "the photo's edge cuts the card's number off",
        CardNotFound,
        ELSEWHERE,
    ),
    free(
        PhotoLook::NotSure.slug(),
        "no card number could be read with confidence in the photo",
        CardNotFound,
        ELSEWHERE,
    ),
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
