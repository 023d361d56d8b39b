//! Bytes that claim to be a photo.

use cardwire::fuzz_support::VendorCall;
use cardwire::{Image, ImageFormat, Kind, check_image};

pub(crate) fn run(data: &[u8]) {
    let checked = check_image(data.to_vec());
    let taken = VendorCall::recognize(Image::bytes(data.to_vec()));
    assert_eq!(checked.is_ok(), taken.is_ok(), "the check and the call agree");
    match checked {
        Err(error) => {
            assert_eq!(error.kind(), Kind::InvalidArgument);
            assert_eq!(error.argument_name(), Some("image"));
        }
        Ok(image) => {
            let stated = image.width > 0;
            let begins: &[u8] = match image.format {
                ImageFormat::Jpeg => b"\xff\xd8\xff",
                ImageFormat::Png => b"\x89PNG\r\n\x1a\n",
                ImageFormat::Bmp => b"BM",
                ImageFormat::WebP => b"RIFF",
            };
            assert!(data.starts_with(begins), "{}", image.format);
            assert!(stated == (image.height > 0) && image.bytes == data.len());
            if image.format == ImageFormat::Png && stated {
                let side = |at: usize| {
                    data.get(at..at + 4)
                        .and_then(|bytes| bytes.try_into().ok())
                        .map(u32::from_be_bytes)
                };
                assert_eq!(side(16).map(|width| width as usize), Some(image.width));
                assert_eq!(side(20).map(|height| height as usize), Some(image.height));
            }
            for (_, refusal) in &image.vendors {
                assert!(refusal.as_ref().is_none_or(|error| {
                    matches!(error.kind(), Kind::InvalidArgument | Kind::Unsupported)
                }));
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../images");
    let mut seeds = vec![crate::answers::PHOTO.to_vec()];
    for name in [
        "abc-debit.png",
        "icbc-debit.jpg",
        "comm-quasi-credit.bmp",
        "not-supported.gif",
        "truncated.webp",
        "truncated.jpg",
        "text.jpg",
    ] {
        let mut bytes = std::fs::read(folder.join(name)).expect("a test image");
        bytes.truncate(1024);
        seeds.push(bytes);
    }
    seeds
}
