//! Padding, markers and plain pictures: exact, and still the same picture.

use cardwire_test_images::{
    Format, MARKER, cards, load, marker, size_variants, solid, with_marker, with_size,
};
use image::{DynamicImage, ImageFormat};
use serde_json::json;

const ONE_OF_EACH: [&str; 3] = ["icbc-debit.jpg", "abc-debit.png", "comm-quasi-credit.bmp"];

fn pixels(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("a picture")
}

/// Returns the dimensions by a reader that walks the header only, as a vendor's front door does.
fn dimensions(bytes: &[u8]) -> (usize, usize) {
    let size = imagesize::blob_size(bytes).expect("a header");
    (size.width, size.height)
}

fn markers(bytes: &[u8]) -> usize {
    bytes.windows(MARKER.len()).filter(|window| *window == MARKER.as_bytes()).count()
}

#[test]
fn padding_is_exact_and_keeps_pixels_and_marker() {
    // Around the sizes of a JPEG segment and a PNG chunk, where padding changes its form.
    let pads = [0, 1, 2, 3, 4, 5, 11, 12, 13, 65536, 65537, 65538, 65539, 65540, 65541, 131_075];
    for name in ONE_OF_EACH {
        let original = load(name);
        let before = pixels(&original);
        for pad in pads {
            let padded = with_size(&original, original.len() + pad);
            assert_eq!(padded.len(), original.len() + pad, "{name} + {pad}");
            assert_eq!(pixels(&padded), before, "{name} + {pad}");
            assert_eq!(marker(&padded), marker(&original), "{name} + {pad}");
            assert_eq!(dimensions(&padded), dimensions(&original), "{name} + {pad}");
        }
    }
}

#[test]
fn padding_can_be_repeated() {
    for name in ONE_OF_EACH {
        let original = load(name);
        let mut grown = original.clone();
        for step in 1..=6 {
            let target = grown.len() + step;
            grown = with_size(&grown, target);
            assert_eq!(grown.len(), target, "{name}");
        }
        assert_eq!(pixels(&grown), pixels(&original), "{name}");
    }
}

#[test]
fn a_padded_bmp_states_its_length() {
    let original = load("comm-quasi-credit.bmp");
    let padded = with_size(&original, 400_001);
    assert_eq!(padded[2..6], 400_001_u32.to_le_bytes());
}

#[test]
#[should_panic(expected = "cannot be padded to 1000")]
fn padding_never_shortens() {
    with_size(&load("icbc-debit.jpg"), 1000);
}

#[test]
#[should_panic(expected = "neither a JPEG nor a PNG nor a BMP")]
fn padding_refuses_what_is_no_picture() {
    with_size(&load("text.jpg"), 1000);
}

#[test]
fn a_marker_replaces_the_old_one_and_keeps_the_pixels() {
    let wanted = json!({"number": "6222020000000000000", "issuer": "无名银行 😀", "kind": "debit"});
    for name in ONE_OF_EACH {
        let original = load(name);
        let mut edited = with_marker(&original, &wanted.to_string());
        for _ in 0..2 {
            assert_eq!(marker(&edited), Some(wanted.clone()), "{name}");
            assert_eq!(markers(&edited), 1, "{name}");
            assert_eq!(pixels(&edited), pixels(&original), "{name}");
            edited = with_marker(&with_size(&edited, edited.len() + 100), &wanted.to_string());
        }
    }
}

#[test]
fn a_marker_can_be_put_on_a_plain_picture() {
    for format in Format::ALL {
        let plain = solid(format, 40, 25);
        assert_eq!(marker(&plain), None, "{format:?}");
        let marked = with_marker(&plain, r#"{"answer":"101000"}"#);
        assert_eq!(marker(&marked), Some(json!({"answer": "101000"})), "{format:?}");
        assert_eq!(pixels(&marked), pixels(&plain), "{format:?}");
    }
}

#[test]
fn plain_pictures_have_exactly_the_dimensions_asked_for() {
    let edges =
        [(14, 4096), (15, 4096), (4096, 15), (4096, 14), (15, 15), (4097, 15), (15, 4097), (1, 1)];
    for format in Format::ALL {
        for (width, height) in edges {
            let bytes = solid(format, width, height);
            let decoded = pixels(&bytes);
            assert_eq!((decoded.width(), decoded.height()), (width, height), "{format:?}");
            assert_eq!(dimensions(&bytes), (width as usize, height as usize), "{format:?}");
            assert_eq!(pixels(&with_size(&bytes, bytes.len() + 1)), decoded, "{format:?}");
        }
    }
}

#[test]
fn plain_pictures_are_of_their_format() {
    let guessed = |format| image::guess_format(&solid(format, 20, 20)).expect("a format");
    assert_eq!(guessed(Format::Jpeg), ImageFormat::Jpeg);
    assert_eq!(guessed(Format::Png), ImageFormat::Png);
    assert_eq!(guessed(Format::Bmp), ImageFormat::Bmp);
}

#[test]
fn size_variants_stand_on_both_sides_of_each_limit() {
    let variants = size_variants();
    let stated = variants.iter().map(|v| (v.vendor, v.bytes, v.base64(), v.accepted));
    assert_eq!(
        stated.collect::<Vec<_>>(),
        [
            ("wechat", 2_097_151, 2_796_204, true),
            ("wechat", 2_097_152, 2_796_204, false),
            ("tencent_kyc", 2_359_296, 3_145_728, true),
            ("tencent_kyc", 2_359_297, 3_145_732, false),
            ("aliyun_bankocr", 3_145_728, 4_194_304, true),
            ("aliyun_bankocr", 3_145_729, 4_194_308, false),
            ("aliyun_ocr", 10_485_760, 13_981_016, true),
            ("aliyun_ocr", 10_485_761, 13_981_016, false),
            ("tencent_ocr", 7_863_552, 10_484_736, true),
            ("tencent_ocr", 7_863_553, 10_484_740, false),
            ("baidu_ocr", 6_168_141, 8_224_188, true),
            ("baidu_ocr", 6_168_142, 8_224_192, false),
        ]
    );
}

#[test]
fn size_variants_are_the_large_photo() {
    let large =
        cards().into_iter().find(|card| card.file == "ccb-debit-large.jpg").expect("listed");
    let original = load(&large.file);
    for variant in size_variants() {
        let picture = variant.picture();
        assert_eq!(picture.len(), variant.bytes, "{}", variant.file);
        assert_eq!(marker(&picture), marker(&original), "{}", variant.file);
        assert_eq!(dimensions(&picture), (3000, 1900), "{}", variant.file);
    }
    let longest = size_variants().into_iter().max_by_key(|variant| variant.bytes).expect("one");
    assert!(pixels(&longest.picture()) == pixels(&original));
}
