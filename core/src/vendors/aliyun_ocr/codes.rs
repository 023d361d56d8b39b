//! The codes of `aliyun_ocr`: <https://help.aliyun.com/document_detail/294601.html>, without those of
//! operations that take other parameters. `illegalImageSize`, which that page's later edition has, is as
//! <https://developer.aliyun.com/ask/659500> shows it.
//!
//! No document says whether an answer without a card is billed. What is refused for the account itself is
//! taken not to be (inferred): the vendor sells answers, by the call or in packages.

use crate::decision::{BLOCK_ACCOUNT, FINAL, IF_CREDENTIALS, IF_UNRECOGNIZED, IF_VENDOR_FAILED};
use crate::error::Kind::{
    CardNotFound, ImageRejected, InvalidArgument, PermissionDenied, QuotaExhausted,
    Unauthenticated, VendorUnavailable,
};
use crate::facts::Billed;
use crate::vendors::aliyun_openapi;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering, free, unpriced};

const fn image(code: &'static str, meaning: &'static str) -> CodeRow {
    unpriced(code, meaning, ImageRejected, FINAL)
}

/// The product's own.
const PRODUCT: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        CodeRow::new("200", "the card was read", CodeResult::Success, Billed::Yes, FINAL),
        unpriced(
            "unmatchedImageType",
            "the image shows something other than a bank card",
            CardNotFound,
            IF_UNRECOGNIZED,
        ),
        image("exceededImageContent", "the image is larger than 10 MB"),
        image("illegalImageContent", "the vendor finds no content in the image"),
        image("illegalImageSize", "the image has fewer or more pixels than the vendor takes"),
        image("illegalImageType", "the vendor cannot use this type of image"),
        image("unsupportedImageFormat", "the vendor cannot use this image format"),
        image("IllegalImageUrl", "the vendor could not fetch the image"),
        image("notSafeImageUrl", "the vendor takes the image's address for unsafe"),
        unpriced(
            "MissingImageUrl",
            "the request has neither an image nor its address",
            InvalidArgument,
            FINAL,
        ),
        unpriced(
            "unsupportedEncodeImageUrl",
            "the vendor cannot read the image's address",
            InvalidArgument,
            FINAL,
        ),
        free("illegalSignature", "the signature is wrong", Unauthenticated, IF_CREDENTIALS),
        free(
            "invalidStsToken",
            "the token of the temporary key is refused",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "noPermission",
            "the RAM user or role may not call the service",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        free(
            "ocrServiceNotOpen",
            "the service is not activated for the account",
            PermissionDenied,
            BLOCK_ACCOUNT,
        ),
        free(
            "OcrServiceExpired",
            "the account's service has expired or is in arrears",
            QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        unpriced(
            "algorithmError",
            "the vendor's recognition failed",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
    ],
};

pub(crate) const CODES: &[CodeList] = &[PRODUCT, aliyun_openapi::CODES];
