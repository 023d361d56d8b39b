//! The photo at each vendor's size limit, and one byte over.

use crate::{LARGE, load, with_size};

/// A file at a vendor's size limit, or one byte over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeVariant {
    /// The vendor whose limit it is.
    pub vendor: &'static str,
    /// The file's name in the folder that `--sizes` fills.
    pub file: String,
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

/// The largest file that each OCR vendor takes.
const LARGEST: &[(&str, usize)] = &[
    // It asks for less than 2 M; that M means 1024 x 1024 bytes is inferred.
    ("wechat", 2 * 1024 * 1024 - 1),
    // It takes 3 MB (<https://cloud.tencent.com/document/product/1007/35923>); that the base64 text is
    // what counts is inferred.
    ("tencent_kyc", raw_length(3 * 1024 * 1024)),
    // It takes 4 MB (<https://market.aliyun.com/products/57124001/cmapi027616.html>); that the base64
    // text is what counts is inferred.
    ("aliyun_bankocr", raw_length(4 * 1024 * 1024)),
    // It takes 10 MB: <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>.
    ("aliyun_ocr", 10 * 1024 * 1024),
    // It takes 10 M of base64 (<https://cloud.tencent.com/document/api/866/36216>); that the rest of the
    // request, for which a KiB is kept, counts too is inferred.
    ("tencent_ocr", raw_length(10 * 1024 * 1024 - 1024)),
    // It takes 8 M of base64 with its signs escaped (<https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3>), which of this
    // photo is 8388606 bytes of text, and of one byte more 8388782.
    ("baidu_ocr", 6_168_141),
];

/// Returns the variants of every OCR vendor: the largest that it takes, then the smallest that it
/// refuses.
pub fn size_variants() -> Vec<SizeVariant> {
    let variant = |vendor, end, bytes, accepted| {
        let file = format!("{vendor}-{end}.jpg");
        SizeVariant { vendor, file, bytes, accepted }
    };
    let both = |(vendor, largest): &(&'static str, usize)| {
        [variant(*vendor, "largest", *largest, true), variant(*vendor, "over", largest + 1, false)]
    };
    LARGEST.iter().flat_map(both).collect()
}

const fn base64_length(raw: usize) -> usize {
    raw.div_ceil(3) * 4
}

/// Returns the longest input whose base64 text has this length, a multiple of four.
const fn raw_length(base64: usize) -> usize {
    base64 / 4 * 3
}
