//! Photos as callers give them: every format, damaged and oversized ones, and calls that are stopped.

use std::cell::Cell;
use std::io::Cursor;

use cardwire_offline::{Fitted, Options, Refusal, Wanted, fit, is_turned, read};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder, ImageFormat, RgbImage};

const FORMATS: [ImageFormat; 4] =
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp];

/// A picture that shows no card.
fn picture(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, ((x * y) % 239) as u8]);
    RgbImage::from_fn(width, height, pixel).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A JPEG with an EXIF orientation.
fn oriented(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.encode_image(picture).unwrap();
    out
}

fn going_on() -> bool {
    false
}

#[test]
fn a_picture_without_a_card_is_no_error_in_any_format() {
    for format in FORMATS {
        let photo = encoded(&picture(400, 260), format);
        let reading = read(&photo, &Options::default(), &going_on).unwrap();
        assert!(reading.number.is_none() && reading.valid_thru.is_none(), "{format:?}");
    }
}

#[test]
fn cards_are_read_as_they_are_printed_or_not_at_all() {
    for card in cardwire_test_images::cards() {
        let photo = cardwire_test_images::load(&card.file);
        let reading = read(&photo, &Options::default(), &going_on).unwrap();
        match reading.number {
            Some(number) => assert_eq!(*number, card.number, "{}", card.file),
            // The README shows this one, and the demo reads it.
            None => assert!(card.file != cardwire_test_images::FIRST, "{reading:?}"),
        }
    }
}

#[test]
fn a_card_is_read_as_every_orientation_shows_it() {
    let photo = cardwire_test_images::load(cardwire_test_images::FIRST);
    let shown = image::load_from_memory(&photo).unwrap();
    let plain = read(&photo, &Options::default(), &going_on).unwrap();
    for exif in 1..=8 {
        let mut stored = shown.clone();
        // Only a quarter turn is not undone by doing it again.
        let undone = [1, 2, 3, 4, 5, 8, 7, 6][exif - 1];
        stored.apply_orientation(Orientation::from_exif(undone).unwrap());
        let reading = read(&oriented(&stored, exif as u8), &Options::default(), &going_on).unwrap();
        assert_eq!(reading.number, plain.number, "{exif}");
        let corners = [plain.card, reading.card].map(|card| card.unwrap().0);
        for (wanted, found) in corners[0].iter().zip(corners[1]) {
            // Turned wrongly, it would lie hundreds of pixels away.
            let far = (wanted[0] - found[0]).hypot(wanted[1] - found[1]);
            assert!(far < 50.0, "{exif}: {corners:?}");
        }
    }
}

#[test]
fn other_formats_are_refused() {
    for bytes in [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], b"GIF89a", b"%PDF-1.7", b""] {
        let refusal = read(bytes, &Options::default(), &going_on).unwrap_err();
        assert_eq!(refusal, Refusal::Format);
        assert_eq!(fitted(bytes, 1000, 1000).unwrap_err(), Refusal::Format);
        assert!(!is_turned(bytes));
    }
}

#[test]
fn a_photo_is_refused_by_the_size_in_its_header() {
    let mut png = encoded(&picture(16, 16), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut summed = png[12..29].to_vec();
    summed.extend(crc32(&png[12..29]).to_be_bytes());
    png[12..33].copy_from_slice(&summed);
    let mut jpeg = encoded(&picture(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut bmp = encoded(&picture(16, 16), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0x60, 0xea, 0, 0, 0x60, 0xea, 0, 0]);
    for photo in [png, jpeg, bmp] {
        let refusal = read(&photo, &Options::default(), &going_on).unwrap_err();
        assert!(matches!(refusal, Refusal::TooManyPixels { .. } | Refusal::Damaged), "{refusal}");
    }
    let options = Options { most_pixels: 99, ..Options::default() };
    for format in FORMATS {
        let refusal = read(&encoded(&picture(10, 10), format), &options, &going_on).unwrap_err();
        assert_eq!(refusal, Refusal::TooManyPixels { found: 100, most: 99 });
    }
}

/// ISO/IEC 15948, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

#[test]
fn what_follows_a_photo_is_none_of_it() {
    let mut photo = cardwire_test_images::load(cardwire_test_images::FIRST);
    let number = read(&photo, &Options::default(), &going_on).unwrap().number;
    assert!(number.is_some());
    // A motion photo: the film's bytes look like the beginning of a scan that has no end.
    photo.extend([0, 0, 0xff, 0xda, 0, 0, 1]);
    assert_eq!(read(&photo, &Options::default(), &going_on).unwrap().number, number);
}

#[test]
fn a_photo_that_is_cut_short_is_refused() {
    for format in FORMATS {
        let photo = encoded(&picture(300, 200), format);
        for part in (0..photo.len() - 12).step_by(photo.len() / 23) {
            assert!(
                read(&photo[..part], &Options::default(), &going_on).is_err(),
                "{format:?} {part}"
            );
        }
    }
}

#[test]
fn reading_and_fitting_stop_when_told() {
    let photo = encoded(&picture(900, 600), ImageFormat::Jpeg);
    let asked = Cell::new(0);
    let count = |most: usize| {
        asked.set(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > most
        };
        read(&photo, &Options::default(), &stop).err()
    };
    assert_eq!(count(0), Some(Refusal::Stopped));
    assert_eq!(count(1), Some(Refusal::Stopped));
    assert_eq!(count(usize::MAX), None);
    // Fitting is stopped wherever it asks: for each time that it does, a call that goes on until then.
    let wanted = Wanted {
        most_pixels: 1 << 30,
        most_side: 500,
        most_length: 40_000,
        length: &|photo| photo.len() as u64,
    };
    let turned = oriented(&picture(900, 600), 8);
    let fitted_until = |most: usize| {
        asked.set(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > most
        };
        fit(&turned, &wanted, &stop).map(|fitted| fitted.size)
    };
    let whole = fitted_until(usize::MAX).unwrap();
    let times = asked.get();
    assert!(times > 5, "{times}");
    for most in 0..times {
        assert_eq!(fitted_until(most), Err(Refusal::Stopped), "{most}");
    }
    assert_eq!(fitted_until(times), Ok(whole));
}

/// Makes a photo fit so many bytes and so long a side.
fn fitted(photo: &[u8], most_bytes: u64, most_side: usize) -> Result<Fitted, Refusal> {
    let length = |photo: &[u8]| photo.len() as u64;
    let wanted =
        Wanted { most_pixels: 1 << 30, most_side, most_length: most_bytes, length: &length };
    fit(photo, &wanted, &going_on)
}

#[test]
fn a_photo_is_made_to_fit() {
    let photo = encoded(&picture(900, 600), ImageFormat::Jpeg);
    let whole = fitted(&photo, u64::MAX, 900).unwrap();
    assert_eq!((whole.size, sides(&whole.photo)), ((900, 600), (900, 600)));
    let smaller = fitted(&photo, u64::MAX, 450).unwrap();
    assert_eq!((smaller.size, sides(&smaller.photo)), ((450, 300), (450, 300)));
    // A lower quality before a smaller picture, where that is enough.
    let lighter = fitted(&photo, whole.photo.len() as u64 * 9 / 10, 900).unwrap();
    assert_eq!(lighter.size, (900, 600));
    // As large as it may be: not much less than the limit.
    for share in [2, 3, 5] {
        let most = whole.photo.len() as u64 / share;
        let fitted = fitted(&photo, most, 900).unwrap();
        let bytes = fitted.photo.len() as u64;
        assert!(bytes <= most && bytes > most / 2, "{most}: {fitted:?}");
        assert_eq!(sides(&fitted.photo), fitted.size);
        assert!((fitted.size.0 as f64 / fitted.size.1 as f64 - 1.5).abs() < 0.02, "{fitted:?}");
    }
    assert_eq!(fitted(&photo, 100, 900).unwrap_err(), Refusal::CannotFit);
    // A photo that is small before is not made smaller, and its metadata may be all that is too much.
    let small = encoded(&picture(90, 60), ImageFormat::Jpeg);
    assert_eq!(fitted(&small, 100, 900).unwrap_err(), Refusal::CannotFit);
    assert_eq!(fitted(&small, small.len() as u64 * 3, 900).unwrap().size, (90, 60));
}

#[test]
fn the_length_is_counted_by_whoever_asks() {
    let photo = encoded(&picture(900, 600), ImageFormat::Jpeg);
    let length = |photo: &[u8]| photo.len() as u64 * 2;
    let wanted =
        Wanted { most_pixels: 1 << 30, most_side: 900, most_length: 100_000, length: &length };
    let fitted = fit(&photo, &wanted, &going_on).unwrap();
    assert!((25_000..=50_000).contains(&fitted.photo.len()), "{fitted:?}");
    let refusal = fit(&photo, &Wanted { most_pixels: 9, ..wanted }, &going_on).unwrap_err();
    assert_eq!(refusal, Refusal::TooManyPixels { found: 540_000, most: 9 });
}

/// Returns how far two pictures of one size are apart, as the mean over their values.
fn distance(one: &DynamicImage, other: &DynamicImage) -> u64 {
    let (one, other) = (one.to_rgb8(), other.to_rgb8());
    assert_eq!(one.dimensions(), other.dimensions());
    let apart = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b)));
    apart.sum::<u64>() / one.len() as u64
}

/// A picture without fine detail, and without any symmetry.
fn smooth(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| image::Rgb([(x * 4) as u8, (y * 3) as u8, (x + y) as u8]);
    RgbImage::from_fn(width, height, pixel).into()
}

#[test]
fn a_photo_is_turned_upright_in_every_format() {
    let stored = smooth(60, 40);
    for exif in 1..=8 {
        let photo = oriented(&stored, exif);
        assert_eq!(is_turned(&photo), exif != 1, "{exif}");
        let mut shown = stored.clone();
        shown.apply_orientation(Orientation::from_exif(exif).unwrap());
        let fitted = fitted(&photo, 1 << 20, 100).unwrap();
        assert!(distance(&image::load_from_memory(&fitted.photo).unwrap(), &shown) < 5, "{exif}");
    }
    for format in FORMATS {
        let photo = encoded(&stored, format);
        assert!(!is_turned(&photo), "{format:?}");
        let jpeg = fitted(&photo, 1 << 20, 100).unwrap().photo;
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]));
        assert!(distance(&image::load_from_memory(&jpeg).unwrap(), &stored) < 5, "{format:?}");
    }
}

#[test]
fn every_kind_of_colour_becomes_eight_bits_of_red_green_and_blue() {
    let stored = smooth(60, 40);
    let grey = DynamicImage::from(stored.to_luma8());
    for (kind, wanted) in [
        (DynamicImage::from(stored.to_rgba8()), &stored),
        (DynamicImage::from(stored.to_rgb16()), &stored),
        (DynamicImage::from(stored.to_rgba16()), &stored),
        (DynamicImage::from(stored.to_luma8()), &grey),
        (DynamicImage::from(stored.to_luma_alpha8()), &grey),
        (DynamicImage::from(stored.to_luma16()), &grey),
    ] {
        let jpeg = fitted(&encoded(&kind, ImageFormat::Png), 1 << 20, 100).unwrap().photo;
        let shown = image::load_from_memory(&jpeg).unwrap();
        assert!(distance(&shown, wanted) < 5, "{:?}", kind.color());
    }
    let grey_jpeg = fitted(&encoded(&grey, ImageFormat::Jpeg), 1 << 20, 100).unwrap().photo;
    assert!(distance(&image::load_from_memory(&grey_jpeg).unwrap(), &grey) < 5);
    // What is transparent is white, whatever colour it has.
    let clear = image::RgbaImage::from_pixel(40, 40, image::Rgba([0, 0, 0, 0]));
    let jpeg = fitted(&encoded(&clear.into(), ImageFormat::Png), 1 << 20, 100).unwrap().photo;
    let shown = image::load_from_memory(&jpeg).unwrap().to_luma8();
    assert!(shown.iter().all(|value| *value > 250));
}

fn sides(photo: &[u8]) -> (usize, usize) {
    let picture = image::load_from_memory(photo).unwrap();
    (picture.width() as usize, picture.height() as usize)
}
