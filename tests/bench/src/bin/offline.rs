//! What the reader of photos costs, on one processor:
//!
//! - `bench-offline time REPEATS`: a line of JSON for each photo: its name, its millions of pixels, and the
//!   milliseconds of each reading with those of its stages.
//! - `bench-offline photo FILE`: writes the largest of those photos.
//! - `bench-offline memory FILE`: the KiB that a reading takes beyond the photo in the file.

use std::path::Path;
use std::time::Instant;

use cardwire_offline::{Networks, Options, Spent};
use cardwire_test_images::{FIRST, cards, encoded, load, out_of_focus, turned};
use image::ImageFormat;
use image::imageops::FilterType;
use serde_json::json;

/// Of a photo of 12 million pixels.
const LARGEST: (u32, u32) = (4000, 3000);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["time", repeats] => time(repeats.parse().expect("a number")),
        ["photo", file] => std::fs::write(file, large(&load(FIRST))).expect("a file is written"),
        ["memory", file] => memory(Path::new(file)),
        _ => panic!("time REPEATS | photo FILE | memory FILE"),
    }
}

/// Returns the photo with 12 million pixels.
fn large(photo: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(photo).expect("a photo");
    let (width, height) = LARGEST;
    encoded(&picture.resize_exact(width, height, FilterType::CatmullRom), ImageFormat::Jpeg)
}

/// Returns each card as it is, turned, out of focus, where it is looked for everywhere, and large.
fn photos() -> Vec<(String, Vec<u8>)> {
    let views = cards().into_iter().flat_map(|card| {
        let photo = load(&card.file);
        let name = |view: &str| format!("{}, {view}", card.file);
        [
            (name("turned"), turned(&photo, 1)),
            (name("upside down"), turned(&photo, 2)),
            (name("out of focus"), out_of_focus(&photo)),
            (name("large"), large(&photo)),
            (name("as it is"), photo),
        ]
    });
    views.collect()
}

fn reading(photo: &[u8]) -> Spent {
    let networks = Networks::built_in().expect("weights in their form");
    let reading = networks.read_timed(photo, &Options::default(), &|| false);
    reading.expect("the photo is whole").1
}

fn time(repeats: usize) {
    let photos = photos();
    // The networks are unpacked by the first reading.
    reading(&photos[0].1);
    for (name, photo) in &photos {
        let size = image::load_from_memory(photo).expect("a photo");
        let megapixels = f64::from(size.width() * size.height()) / 1e6;
        let readings: Vec<_> = (0..repeats)
            .map(|_| {
                let begun = Instant::now();
                let spent = reading(photo);
                let all = begun.elapsed();
                let milliseconds = spent.stages().map(|(_, taken)| taken.as_secs_f64() * 1e3);
                json!({"all": all.as_secs_f64() * 1e3, "stages": milliseconds})
            })
            .collect();
        let stages = Spent::default().stages().map(|(name, _)| name);
        println!(
            "{}",
            json!({"name": name, "megapixels": megapixels, "stages": stages, "readings": readings})
        );
    }
}

/// Returns the most memory that this process had so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn memory(file: &Path) {
    let photo = std::fs::read(file).expect("a file");
    let before = peak();
    reading(&photo);
    println!("{}", peak() - before);
}
