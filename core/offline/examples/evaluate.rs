//! Measures the reader on real photos: `evaluate PHOTOS LIST [--aside] [--turned] [READER FINDER]`.
//! `--turned` turns each photo by an angle drawn from its name. READER and FINDER
//! are files of weights to be measured instead of the built-in ones.
//!
//! LIST is a JSON file: photo's file name, then `group`, `flags`, `number_sha256` and perhaps
//! `expiry_sha256`, the SHA-256 of "cardwire-judge" and the number, and for the latter also the date as
//! printed. Counts are printed, and no text that was read or is right. A third of the photos, chosen by
//! the hash of the file, is set aside for the last measurement, and read only with `--aside`.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::time::Instant;
use std::{env, fs, process};

use cardwire_offline::{Networks, Options, read};
use image::imageops::interpolate_bilinear;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use sha2::{Digest, Sha256};

#[derive(Default)]
struct Count {
    photos: usize,
    exact: usize,
    among: usize,
    right: usize,
    wrong: usize,
    dates: usize,
    dates_exact: usize,
    dates_wrong: usize,
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn judge(text: &str) -> String {
    hex(&[b"cardwire-judge", text.as_bytes()].concat())
}

/// Returns a photo turned by some degrees, on a ground of its mean; `None` if it cannot be decoded.
fn turned(photo: &[u8], degrees: f64) -> Option<Vec<u8>> {
    let picture = image::load_from_memory(photo).ok()?.into_rgb8();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = |a: f64, b: f64| (a * cos.abs() + b * sin.abs()).ceil() as u32;
    let (across, down) = (side(width, height), side(height, width));
    let mut out = RgbImage::from_pixel(across, down, Rgb([128; 3]));
    for (column, row, pixel) in out.enumerate_pixels_mut() {
        let x = f64::from(column) + 0.5 - f64::from(across) / 2.0;
        let y = f64::from(row) + 0.5 - f64::from(down) / 2.0;
        let from = [x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0];
        let [x, y] = from.map(|value| (value - 0.5) as f32);
        if let Some(value) = interpolate_bilinear(&picture, x, y) {
            *pixel = value;
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    out.write_to(&mut bytes, ImageFormat::Bmp).ok()?;
    Some(bytes.into_inner())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let named: Vec<&String> = arguments.iter().filter(|one| !one.starts_with("--")).collect();
    let [photos, list, ref weights @ ..] = named[..] else {
        eprintln!("usage: evaluate PHOTOS LIST [--aside] [--turned] [READER FINDER]");
        process::exit(2);
    };
    let weights: Vec<Vec<u8>> =
        weights.iter().map(|path| fs::read(path).expect("a file of weights")).collect();
    let networks = match &weights[..] {
        [reader, finder] => Some(Networks::new(reader, finder).expect("weights")),
        _ => None,
    };
    let listed: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(list).expect("the list")).expect("a list as JSON");
    let mut counts = BTreeMap::<String, Count>::new();
    let mut misses = BTreeMap::<String, usize>::new();
    let mut reliability = [(0, 0, 0.0f32); 5];
    let mut spent = Vec::new();
    for (name, facts) in &listed {
        let Ok(photo) = fs::read(Path::new(photos).join(name)) else { continue };
        let hash = u32::from_str_radix(&hex(&photo)[..8], 16).expect("eight digits of a hash");
        if hash.is_multiple_of(3) != is_asked("--aside") {
            continue;
        }
        let photo = if is_asked("--turned") {
            let drawn = u32::from_str_radix(&hex(name.as_bytes())[..4], 16).expect("four digits");
            turned(&photo, f64::from(drawn % 360)).unwrap_or(photo)
        } else {
            photo
        };
        let began = Instant::now();
        let reading = match &networks {
            Some(networks) => networks.read(&photo, &Options::default(), &|| false),
            None => read(&photo, &Options::default(), &|| false),
        };
        spent.push(began.elapsed().as_secs_f64());
        let count = counts.entry(facts["group"].as_str().unwrap_or("none").to_owned()).or_default();
        count.photos += 1;
        let is_right = |number: &str| facts["number_sha256"] == judge(number).as_str();
        let mut exact = false;
        match &reading {
            Err(refusal) => *misses.entry(format!("({refusal})")).or_default() += 1,
            Ok(reading) => {
                if let Some(first) = reading.candidates.first() {
                    exact = is_right(&first.number);
                    let row = &mut reliability[((first.confidence * 5.0) as usize).min(4)];
                    *row = (row.0 + 1, row.1 + usize::from(exact), row.2 + first.confidence);
                }
                count.exact += usize::from(exact);
                count.among +=
                    usize::from(reading.candidates.iter().any(|one| is_right(&one.number)));
                if let Some(number) = &reading.number {
                    *(if is_right(number) { &mut count.right } else { &mut count.wrong }) += 1;
                }
                // Without the number nobody can tell whether the date is right.
                let number = reading.candidates.first().filter(|_| exact);
                if let (Some(date), Some(first)) = (facts.get("expiry_sha256"), number) {
                    count.dates += 1;
                    if let Some(read) = &reading.valid_thru {
                        let printed = format!("{}{}", *first.number, **read);
                        let is_right = *date == judge(&printed).as_str();
                        *(if is_right {
                            &mut count.dates_exact
                        } else {
                            &mut count.dates_wrong
                        }) += 1;
                    }
                }
            }
        }
        if !exact {
            let flags = facts["flags"].as_array().map(Vec::as_slice).unwrap_or_default();
            for flag in flags.iter().filter_map(Value::as_str) {
                *misses.entry(flag.to_owned()).or_default() += 1;
            }
            if flags.is_empty() {
                *misses.entry("no flag".to_owned()).or_default() += 1;
            }
        }
    }
    println!(
        "| group | photos | exact | among candidates | accepted right / wrong | dates | exact / wrong |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (group, count) in &counts {
        let Count { photos, exact, among, right, wrong, dates, dates_exact, dates_wrong } = count;
        println!(
            "| {group} | {photos} | {exact} | {among} | {right} / {wrong} | {dates} | {dates_exact} / {dates_wrong} |"
        );
    }
    println!("\nMisses by flag: {misses:?}");
    println!("\n| confidence | readings | right | mean confidence |\n|---|---|---|---|");
    for (row, (readings, right, sum)) in reliability.iter().enumerate() {
        let mean = sum / (*readings).max(1) as f32;
        println!(
            "| {:.1} to {:.1} | {readings} | {right} | {mean:.2} |",
            row as f32 / 5.0,
            (row + 1) as f32 / 5.0
        );
    }
    spent.sort_by(f64::total_cmp);
    let at = |share: f64| {
        spent.get(((spent.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0)
    };
    println!("\nSeconds a photo: median {:.3}, 95 % {:.3}", at(0.5), at(0.95));
}
