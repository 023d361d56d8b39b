//! The photo at each vendor's size limit, and one byte over.

use crate::{LARGE, load, with_size};

/// A file at a vendor's size limit, or one byte over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeVariant {
    /// The vendor whose limit it is.
    pub vendor: &'static str,
    /// The file's name in the folder that `--sizes` fills.
    pub file: &'static str,
    /// The file's length.
    pub bytes: usize,
    /// True where the vendor takes it.
    pub accepted: bool,
}

impl SizeVariant {
    /// Returns the picture: a valid JPEG, with the marker of [`LARGE`].
    pub fn picture(&self) -> Vec<u8> {
        with_size(&load(LARGE), self.bytes)
    }

    /// Returns the length of the picture's base64 text, with padding and no line breaks.
    pub fn base64(&self) -> usize {
        base64_length(self.bytes)
    }
}

/// `wechat` asks for less than 2 M; that M means 1024 x 1024 bytes is inferred.
const WECHAT_OVER: usize = 2 * 1024 * 1024;
/// `tencent_kyc` takes 3 MB (<https://cloud.tencent.com/document/product/1007/35923>);
/// that the base64 text is what counts is inferred.
const TENCENT_KYC_LARGEST: usize = raw_length(3 * 1024 * 1024);
/// `aliyun_bankocr` takes 4 MB (<https://market.aliyun.com/products/57124001/cmapi027616.html>);
/// that the base64 text is what counts is inferred.
const ALIYUN_BANKOCR_LARGEST: usize = raw_length(4 * 1024 * 1024);

/// Returns the variants of every OCR vendor: the largest that it takes, then the smallest that it
/// refuses.
pub fn size_variants() -> [SizeVariant; 6] {
    let of = |vendor, file, bytes, accepted| SizeVariant { vendor, file, bytes, accepted };
    [
        of("wechat", "wechat-largest.jpg", WECHAT_OVER - 1, true),
        of("wechat", "wechat-over.jpg", WECHAT_OVER, false),
        of("tencent_kyc", "tencent_kyc-largest.jpg", TENCENT_KYC_LARGEST, true),
        of("tencent_kyc", "tencent_kyc-over.jpg", TENCENT_KYC_LARGEST + 1, false),
        of("aliyun_bankocr", "aliyun_bankocr-largest.jpg", ALIYUN_BANKOCR_LARGEST, true),
        of("aliyun_bankocr", "aliyun_bankocr-over.jpg", ALIYUN_BANKOCR_LARGEST + 1, false),
    ]
}

const fn base64_length(raw: usize) -> usize {
    raw.div_ceil(3) * 4
}

/// Returns the longest input whose base64 text has this length, a multiple of four.
const fn raw_length(base64: usize) -> usize {
    base64 / 4 * 3
}
