//! Photos that are decoded and read on this machine.

use cardwire_offline::{Options, Refusal, Wanted, fit, is_turned, read};
use cardwire_test_images::{
    bmp, cards, encoded, forms, load, png, png_chunk, progressive_jpeg, webp, zeros,
};
use image::{DynamicImage, ImageFormat, imageops::FilterType};

/// The most pixels: more of the same kind show nothing else.
const MOST_PIXELS: u64 = 1 << 18;

/// A reading is stopped at this question: a sanitizer makes a whole one that finds nothing take more than
/// ten seconds.
const MOST_QUESTIONS: usize = 8;

fn going_on() -> bool {
    false
}

/// Decodes the photo in grey, as it is done to read it, and in colour, as it is done to make it fit.
pub(crate) fn decoders(data: &[u8]) {
    let options = Options { most_pixels: MOST_PIXELS, ..Options::default() };
    // The second question comes when the picture is decoded.
    let asked = std::cell::Cell::new(0);
    let stop = || asked.replace(asked.get() + 1) > 0;
    let refusal = read(data, &options, &stop).expect_err("it is stopped");
    let length = |photo: &[u8]| photo.len() as u64;
    let wanted = Wanted {
        most_pixels: MOST_PIXELS,
        most_side: 64,
        most_length: data.len() as u64,
        length: &length,
    };
    match fit(data, &wanted, &going_on) {
        Err(Refusal::Stopped) => panic!("nobody stopped it"),
        Err(_) => {}
        Ok(fitted) => {
            assert!(fitted.photo.len() <= data.len());
            assert!(fitted.size.0.max(fitted.size.1) <= wanted.most_side);
            assert!(fitted.photo.starts_with(b"\xff\xd8\xff") && !is_turned(&fitted.photo));
            // What can be shown in colour can be shown in grey.
            assert_eq!(refusal, Refusal::Stopped);
        }
    }
}

/// Returns the picture of a card, so many pixels wide.
fn small(file: &str, width: u32) -> DynamicImage {
    let picture = image::load_from_memory(&load(file)).expect("a photo");
    let height = width * picture.height() / picture.width();
    picture.resize_exact(width, height, FilterType::Triangle)
}

pub(crate) fn decoders_seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = forms(&small(cardwire_test_images::FIRST, 24))
        .into_iter()
        .map(|(_, photo)| photo)
        .collect();
    seeds.extend([
        progressive_jpeg(48, 40, 4),
        png(32, 20, 4, 3, &png_chunk(b"PLTE", &[0x80; 48]), &zeros(20 * 17)),
        png(
            32,
            20,
            1,
            0,
            &png_chunk(b"iCCP", &[b"a\0\0", &zeros(300)[..]].concat()),
            &zeros(20 * 5),
        ),
        webp(64, 48),
        bmp(32, 20, 8, 1, &[32, 0, 0, 0].repeat(20)),
        bmp(32, -20, 1, 0, &[0x55; 80]),
        bmp(32, 20, 4, 2, &[32, 0x12, 0, 0].repeat(20)),
        bmp(16, 16, 16, 0, &[0x55; 512]),
    ]);
    seeds
}

/// Reads a picture in grey: the first byte is its width, and the rest are its pixels, row by row.
pub(crate) fn reading(data: &[u8]) {
    let Some((width, pixels)) = data.split_first() else { return };
    let width = u32::from(*width);
    let Some(height) = (pixels.len() as u32).checked_div(width).filter(|height| *height > 0) else {
        return;
    };
    let pixels = pixels.get(..(width * height) as usize).unwrap_or_default().to_vec();
    let Some(picture) = image::GrayImage::from_raw(width, height, pixels) else { return };
    let photo = encoded(&picture.into(), ImageFormat::Bmp);
    let asked = std::cell::Cell::new(0);
    let stop = || asked.replace(asked.get() + 1) >= MOST_QUESTIONS;
    let reading = match read(&photo, &Options::default(), &stop) {
        Ok(reading) => reading,
        Err(refusal) => return assert_eq!(refusal, Refusal::Stopped, "the photo is whole"),
    };
    let confidences: Vec<f32> = reading.candidates.iter().map(|one| one.confidence).collect();
    assert!(confidences.iter().all(|one| (0.0..=1.0).contains(one)), "{confidences:?}");
    assert_eq!(reading.confidence, confidences.first().copied().unwrap_or(0.0));
    for candidate in &reading.candidates {
        assert!((13..=19).contains(&candidate.number.len()));
        assert!(candidate.number.bytes().all(|digit| digit.is_ascii_digit()));
    }
    if let Some(number) = &reading.number {
        assert!(reading.candidates.first().is_some_and(|first| first.number == *number));
        assert!(cardwire::check_card_number(number).luhn);
        assert!(reading.confidence >= Options::default().least_confidence);
    }
    let places = [reading.card, reading.line];
    let corners = places.into_iter().flatten().flat_map(|place| place.0);
    assert!(corners.into_iter().flatten().all(f32::is_finite));
    if let Some(date) = &reading.valid_thru {
        assert!((5..=7).contains(&date.len()) && date.contains('/'), "{} bytes", date.len());
    }
}

pub(crate) fn reading_seeds() -> Vec<Vec<u8>> {
    // The line of the number, and what is around it.
    let line = |file: String| {
        let picture = small(&file, 250);
        let (top, tall) = (picture.height() * 45 / 100, picture.height() * 38 / 100);
        let grey = picture.crop_imm(0, top, picture.width(), tall).into_luma8();
        [&[grey.width() as u8], grey.as_raw().as_slice()].concat()
    };
    let mut seeds: Vec<Vec<u8>> = cards().into_iter().map(|card| line(card.file)).collect();
    seeds.push([&[100][..], &[0x80; 4000]].concat());
    seeds.push(vec![1, 7]);
    seeds
}
