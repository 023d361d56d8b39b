//! The codes of `tencent_ocr`: those of `BankCardOCR` and of its product, whose failures are billed or not as
//! <https://cloud.tencent.com/document/product/866/45470> says. Codes that this page leaves out are billed as
//! nobody knows: most failures are not, it says, and some are.
//!
//! Which codes the action brings: the vendor's Go SDK, tencentcloud-sdk-go-intl-en, in the comment of
//! `BankCardOCR`; the others are the product's, <https://cloud.tencent.com/api/error-center?product=ocr>, as
//! far as they can be about a photo of a card.

use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_ACCOUNT_TODAY, FINAL, IF_UNRECOGNIZED, IF_VENDOR_FAILED, RETRY_LATER,
};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeRow, Numbering, free, unpriced};
use crate::vendors::tencent_cloud;

const PRODUCT: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        // The action's own.
        unpriced(
            "FailedOperation.NoBankCardError",
            "the photo shows no bank card",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
        unpriced(
            "FailedOperation.IllegalBankCardError",
            "what the card shows is not valid",
            Kind::ImageRejected,
            IF_UNRECOGNIZED,
        ),
        free(
            "FailedOperation.DownLoadError",
            "the vendor could not download the photo from its address",
            Kind::ImageRejected,
            FINAL,
        ),
        free(
            "FailedOperation.ImageDecodeFailed",
            "the photo cannot be decoded",
            Kind::ImageRejected,
            FINAL,
        ),
        free(
            "InvalidParameter.EngineImageDecodeFailed",
            "the photo cannot be decoded",
            Kind::ImageRejected,
            FINAL,
        ),
        // Its name is that of a quota, and it blocks nobody.
        free(
            "LimitExceeded.TooLargeFileError",
            "the photo is larger than the vendor takes",
            Kind::ImageRejected,
            FINAL,
        ),
        free(
            "InvalidParameterValue.InvalidParameterValueLimit",
            "the value of a parameter is wrong",
            Kind::InvalidArgument,
            FINAL,
        ),
        free(
            "FailedOperation.OcrFailed",
            "the recognition failed",
            Kind::VendorUnavailable,
            RETRY_LATER,
        ),
        free(
            "FailedOperation.UnKnowError",
            "the vendor failed and does not say how",
            Kind::VendorUnavailable,
            RETRY_LATER,
        ),
        free(
            "FailedOperation.UnOpenError",
            "the service is not activated for the account",
            Kind::PermissionDenied,
            BLOCK_ACCOUNT,
        ),
        free(
            "ResourceUnavailable.InArrears",
            "the account is in arrears",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        free(
            "ResourceUnavailable.ResourcePackageRunOut",
            "the account's package is used up",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        free(
            "ResourcesSoldOut.ChargeStatusException",
            "the account's billing is not in order",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        // The product's.
        free(
            "FailedOperation.ArrearsError",
            "the account is in arrears",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        free(
            "FailedOperation.CountLimitError",
            "the account's quota of the day is used up",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT_TODAY,
        ),
        free(
            "FailedOperation.DetectFailed",
            "the vendor could not find out what the photo shows",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
        // The one failure of a photo that is billed.
        CodeRow::error(
            "FailedOperation.EmptyImageError",
            "the photo is empty",
            Kind::ImageRejected,
            Billed::Yes,
            FINAL,
        ),
        free(
            "FailedOperation.EngineRecognizeTimeout",
            "the recognition timed out",
            Kind::VendorUnavailable,
            RETRY_LATER,
        ),
        free(
            "FailedOperation.ImageBlur",
            "the photo is blurred",
            Kind::ImageRejected,
            IF_UNRECOGNIZED,
        ),
        free(
            "FailedOperation.ImageNoText",
            "the photo shows no text",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
        unpriced(
            "FailedOperation.ImageNoSpecifiedCard",
            "the photo shows another kind of card",
            Kind::CardNotFound,
            IF_UNRECOGNIZED,
        ),
        free(
            "FailedOperation.ImageSizeTooLarge",
            "the photo has more pixels than the vendor takes",
            Kind::ImageRejected,
            FINAL,
        ),
        free(
            "FailedOperation.MultiCardError",
            "the photo shows several cards",
            Kind::ImageRejected,
            IF_UNRECOGNIZED,
        ),
        unpriced(
            "FailedOperation.UnKnowFileTypeError",
            "the vendor does not know the type of the file",
            Kind::ImageRejected,
            FINAL,
        ),
        unpriced(
            "FailedOperation.ResponseParseFailed",
            "the vendor could not read its own result",
            Kind::VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        unpriced(
            "FailedOperation.WarningServiceFailed",
            "the vendor's check of the photo failed",
            Kind::VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        // Of every action, and here it is said that they are not billed.
        free("InternalError", "the vendor failed", Kind::VendorUnavailable, RETRY_LATER),
        free(
            "ResourceInUse",
            "what the action needs is in use",
            Kind::VendorUnavailable,
            RETRY_LATER,
        ),
        free("UnsupportedOperation", "the action is not supported", Kind::InvalidArgument, FINAL),
    ],
};

pub(crate) const CODES: &[CodeList] = &[PRODUCT, tencent_cloud::CODES];
