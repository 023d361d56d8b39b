//! The codes of `aliyun_bankocr`: <https://market.aliyun.com/products/57124001/cmapi027616.html>. No
//! document says whether an answer without a card is billed.

use crate::decision::{Decision, FINAL, IF_UNRECOGNIZED};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::aliyun_gateway;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering};

const fn row(code: &'static str, meaning: &'static str, kind: Kind, decision: Decision) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::Unknown, decision)
}

/// The product's own.
pub(super) const PRODUCT: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        CodeRow::new("1", "the card was read", CodeResult::Success, Billed::Yes, FINAL),
        row("-1", "the vendor says that the image is empty", Kind::InvalidArgument, FINAL),
        row("-2", "the vendor cannot use this image format", Kind::ImageRejected, FINAL),
        row("-3", "the vendor cannot load the image", Kind::ImageRejected, FINAL),
        row(
            "-4",
            "the vendor could not recognise a card in the image",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
        row("-8", "the image has no http or data:image prefix", Kind::InvalidArgument, FINAL),
        row(
            "-9",
            "the vendor found no information in the image",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
    ],
};

pub(crate) const CODES: &[CodeList] = &[PRODUCT, aliyun_gateway::CODES, aliyun_gateway::MESSAGES];
