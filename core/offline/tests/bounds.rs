//! Photos that are made to take memory or time, photos that break off, and readings that are stopped:
//! each takes no more than it may.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use cardwire_offline::{Fitted, Options, Refusal, Wanted, read};
use cardwire_test_images::{
    bmp, encoded, forms, png, png_chunk, progressive_jpeg, progressive_jpeg_of, webp, zeros,
};
use image::{DynamicImage, ImageFormat, RgbImage};

/// Counts what the calling thread holds, and the most that it held.
struct Counted;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(more: isize) {
    let held = HELD.get() + more;
    HELD.set(held);
    MOST.set(MOST.get().max(held));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Returns what comes of it, and the most bytes that it held beyond those that were held before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = HELD.get();
    MOST.set(before);
    let done = work();
    (done, (MOST.get() - before) as u64)
}

/// More than the networks need, whose weights are laid out once.
const ROOM: u64 = 24 << 20;
/// The most pixels that a photo may have, unless a test says otherwise.
const MOST_PIXELS: u64 = 50_000_000;
/// The most that may be held for a pixel while a photo is read, and while it is made to fit.
const BYTES_A_PIXEL: [u64; 2] = [8, 10];

fn going_on() -> bool {
    false
}

fn fit(
    photo: &[u8],
    most_bytes: u64,
    most_side: usize,
    most_pixels: u64,
) -> Result<Fitted, Refusal> {
    let length = |photo: &[u8]| photo.len() as u64;
    let wanted = Wanted { most_pixels, most_side, most_length: most_bytes, length: &length };
    cardwire_offline::fit(photo, &wanted, &going_on)
}

fn picture(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, ((x * y) % 239) as u8]);
    RgbImage::from_fn(width, height, pixel).into()
}

#[test]
fn what_is_too_large_is_refused_by_its_header_alone() {
    let photos = [
        ("progressive JPEG", progressive_jpeg(u16::MAX, u16::MAX, 1)),
        ("PNG of 16 bits", png(60_000, 60_000, 16, 6, &[], &zeros(1 << 20))),
        ("PNG with its sides at their most", png(i32::MAX as u32, i32::MAX as u32, 8, 2, &[], &[])),
        ("lossless WebP", webp(16_383, 16_383)),
        ("BMP of 24 bits", bmp(60_000, 60_000, 24, 0, &[0; 300])),
        ("BMP upside down", bmp(60_000, -60_000, 24, 0, &[0; 300])),
        ("run-length BMP", bmp(60_000, 60_000, 8, 1, &[0xff, 0, 0, 1])),
    ];
    for (name, photo) in photos {
        let (refusal, held) = peak(|| read(&photo, &Options::default(), &going_on).unwrap_err());
        assert!(matches!(refusal, Refusal::TooManyPixels { .. } | Refusal::Damaged), "{name}");
        assert!(held < 1 << 20, "{name} holds {held} bytes");
        let fitted = peak(|| fit(&photo, 1 << 20, 4000, MOST_PIXELS).unwrap_err());
        assert_eq!((&fitted.0, fitted.1 < 1 << 20), (&refusal, true), "{name}");
    }
}

#[test]
fn a_small_file_with_many_pixels_holds_no_more_than_its_pixels() {
    const SIDE: u32 = 2_000;
    /// What is held while a picture is decoded, besides it.
    const BESIDE: u64 = 4 << 20;
    let side = SIDE as i32;
    let rows = |bytes: usize| zeros(SIDE as usize * (SIDE as usize * bytes + 1));
    let photos = [
        ("JPEG of many scans", progressive_jpeg(SIDE as u16, SIDE as u16, 20)),
        ("JPEG of three components", progressive_jpeg_of(SIDE as u16, SIDE as u16, 1, 3)),
        ("JPEG of too many scans", progressive_jpeg(SIDE as u16, SIDE as u16, 2_000)),
        ("PNG of 16 bits", png(SIDE, SIDE, 16, 6, &[], &rows(8))),
        ("PNG of 16 bits in grey with transparency", png(SIDE, SIDE, 16, 4, &[], &rows(4))),
        ("PNG of 8 bits with transparency", png(SIDE, SIDE, 8, 6, &[], &rows(4))),
        ("PNG of 8 bits", png(SIDE, SIDE, 8, 2, &[], &rows(3))),
        ("PNG with more pixels than its header says", png(SIDE, SIDE, 8, 0, &[], &rows(8))),
        ("lossless WebP", webp(SIDE, SIDE)),
        ("run-length BMP", bmp(side, side, 8, 1, &[0xff, 0, 0, 1])),
        ("run-length BMP that moves on", bmp(side, side, 8, 1, &[0, 2, 0xff, 0xff].repeat(4096))),
        ("BMP of one bit", bmp(side, side, 1, 0, &[0; 100])),
    ];
    // The weights are laid out once.
    assert!(read(&progressive_jpeg(9, 9, 1), &Options::default(), &going_on).is_ok());
    for (name, photo) in photos {
        assert!(photo.len() < 1 << 17, "{name} has {} bytes", photo.len());
        let decoded = peak(|| fit(&photo, 1 << 20, 500, MOST_PIXELS).is_ok());
        let (_, held) = peak(|| read(&photo, &Options::default(), &going_on).is_ok());
        let most = BYTES_A_PIXEL.map(|bytes| u64::from(SIDE * SIDE) * bytes + BESIDE);
        let is_within = held < most[0] && decoded.1 < most[1];
        assert!(is_within, "{name} holds {held} and {} bytes", decoded.1);
        if name == "JPEG of too many scans" {
            // Refused before it is decoded, which a picture's own decoder would do once more.
            assert!(held.max(decoded.1) < ROOM, "{name} holds {held} bytes");
        }
    }
}

#[test]
fn a_jpeg_of_four_inks_holds_half_as_much_again() {
    const SIDE: u64 = 1_200;
    let photo = progressive_jpeg_of(SIDE as u16, SIDE as u16, 1, 4);
    let options = Options { most_pixels: SIDE * SIDE, ..Options::default() };
    let (is_read, held) = peak(|| read(&photo, &options, &going_on).is_ok());
    assert!(is_read && held < SIDE * SIDE * 11 + ROOM, "{held} bytes");
}

#[test]
fn what_stands_beside_the_pixels_is_not_unpacked_without_a_bound() {
    let packed = zeros(200 << 20);
    let named = |keyword: &[u8]| [keyword, &[0, 0], &packed].concat();
    let international = [&b"XML:com.adobe.xmp\0\x01\0\0\0"[..], &packed].concat();
    for (kind, bytes) in
        [(b"iCCP", named(b"profile")), (b"zTXt", named(b"Comment")), (b"iTXt", international)]
    {
        let photo = png(64, 64, 8, 0, &png_chunk(kind, &bytes), &zeros(64 * 65));
        for work in [
            &(|| read(&photo, &Options::default(), &going_on).is_ok()) as &dyn Fn() -> bool,
            &|| fit(&photo, 100, 500, MOST_PIXELS).is_ok(),
        ] {
            let (_, held) = peak(work);
            let name = String::from_utf8_lossy(kind);
            assert!(held < ROOM + (32 << 20), "{name} holds {held} bytes");
        }
    }
}

#[test]
fn a_card_is_read_in_every_form() {
    let photo = cardwire_test_images::load(cardwire_test_images::FIRST);
    let picture = image::load_from_memory(&photo).unwrap().thumbnail(800, 800);
    let number = cardwire_test_images::card(cardwire_test_images::FIRST).number;
    for (name, photo) in forms(&picture) {
        let reading = read(&photo, &Options::default(), &going_on).unwrap();
        assert_eq!(reading.number.as_deref(), Some(&number), "{name}");
    }
}

#[test]
fn a_photo_that_breaks_off_anywhere_is_refused() {
    let mut photos = forms(&picture(20, 12));
    photos.push(("progressive JPEG", progressive_jpeg(20, 12, 4)));
    for (name, photo) in photos {
        assert!(read(&photo, &Options::default(), &going_on).is_ok(), "{name}");
        // The last chunk of a PNG says only that it is the last, and the last byte of a WebP may be filling.
        let end = match name.split(' ').next() {
            Some("PNG") => 12,
            Some("WebP") => 1,
            _ => 0,
        };
        for part in 0..photo.len() - end {
            let refusals = [
                read(&photo[..part], &Options::default(), &going_on).err(),
                fit(&photo[..part], 1 << 20, 10, 1 << 20).err(),
            ];
            for refusal in refusals {
                let is_refused = matches!(refusal, Some(Refusal::Damaged | Refusal::Format));
                assert!(is_refused, "{name}, {part} of {}: {refusal:?}", photo.len());
            }
        }
    }
}

#[test]
fn a_reading_is_stopped_wherever_it_is() {
    let photo = encoded(&picture(400, 260), ImageFormat::Jpeg);
    let asked = Cell::new(0);
    let reading = |most: usize| {
        asked.set(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > most
        };
        read(&photo, &Options::default(), &stop).err()
    };
    assert_eq!(reading(usize::MAX), None);
    let all = asked.get();
    assert!(all > 20, "{all}");
    for most in (0..all).step_by(7).chain([all - 1]) {
        assert_eq!(reading(most), Some(Refusal::Stopped));
        assert_eq!(asked.get(), most + 1);
    }
}
