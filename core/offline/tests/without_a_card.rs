//! Pictures that show no card: noise, patterns, lit rooms, and documents full of digits. None is
//! accepted, and patterns are told to show no card. Papers with lines as long as a card's number: orders,
//! which no issuer gives out, are not accepted either, and of printed card numbers only what stands there.
//! `CARDWIRE_PICTURES` says how many are drawn.

use std::collections::BTreeMap;
use std::io::Cursor;

use cardwire_issuers::Issuers;
use cardwire_offline::{Fault, Options, Reading, read};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::blur;
use image::{GrayImage, ImageEncoder, Luma};

const PICTURES: usize = 60;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 420;

/// Digits of five by seven points, each row in five bits.
const GLYPHS: [[u8; 7]; 10] = [
    [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
    [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
    [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
    [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
    [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
    [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
    [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
    [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
    [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
    [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
];

/// Numbers drawn from a seed: a linear congruential generator, Knuth's MMIX.
struct Draws(u64);

impl Draws {
    fn below(&mut self, count: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(count)) as u32
    }
}

fn text(picture: &mut GrayImage, digits: &[u32], x: u32, y: u32, point: u32, ink: u8) {
    for (place, digit) in (0..).zip(digits) {
        for (row, bits) in (0..).zip(GLYPHS[*digit as usize]) {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let (left, upper) = (x + (place * 6 + column) * point, y + row * point);
                for (dx, dy) in (0..point * point).map(|at| (at % point, at / point)) {
                    if left + dx < WIDTH && upper + dy < HEIGHT {
                        picture.put_pixel(left + dx, upper + dy, Luma([ink]));
                    }
                }
            }
        }
    }
}

/// A page with lines of digits: dates, amounts, phone numbers, identity numbers, order numbers.
fn document(draws: &mut Draws) -> GrayImage {
    let mut page = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([(225 + draws.below(30)) as u8]));
    let mut y = 10 + draws.below(20);
    while y + 40 < HEIGHT {
        let point = 2 + draws.below(3);
        let lengths = [4, 8, 11, 12, 15, 17, 18, 20, 22];
        let count = lengths[draws.below(lengths.len() as u32) as usize];
        let digits: Vec<u32> = (0..count).map(|_| draws.below(10)).collect();
        let (x, ink) = (5 + draws.below(120), draws.below(90) as u8);
        text(&mut page, &digits, x, y, point, ink);
        y += 7 * point + 6 + draws.below(30);
    }
    page
}

fn noise(draws: &mut Draws) -> GrayImage {
    let grain = 1 + draws.below(24);
    let cells: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| draws.below(256) as u8).collect();
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        Luma([cells[((y / grain) * WIDTH + x / grain) as usize]])
    })
}

fn pattern(draws: &mut Draws) -> GrayImage {
    let (a, b, c) = (draws.below(60) + 3, draws.below(60) + 3, draws.below(200) + 3);
    let wave =
        |at: u32, period: u32| (f64::from(at) * std::f64::consts::TAU / f64::from(period)).sin();
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let value = wave(x, a) + wave(y, b) + wave(x + y, c);
        Luma([(128.0 + 40.0 * value) as u8])
    })
}

/// Faces, tables and rooms as a blurred eye sees them: ovals and boxes under a light.
fn scene(draws: &mut Draws) -> GrayImage {
    let mut shapes = Vec::new();
    for _ in 0..4 + draws.below(12) {
        let at =
            [draws.below(WIDTH), draws.below(HEIGHT), 10 + draws.below(200), 10 + draws.below(150)];
        shapes.push((at.map(f64::from), draws.below(2) == 0, draws.below(256) as f64));
    }
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let mut value = 60.0 + f64::from(x) * 0.2;
        for ([left, upper, wide, high], is_oval, shade) in &shapes {
            let (u, v) = ((f64::from(x) - left) / wide, (f64::from(y) - upper) / high);
            let is_in = if *is_oval { u * u + v * v < 1.0 } else { u.abs().max(v.abs()) < 1.0 };
            if is_in {
                value = *shade;
            }
        }
        Luma([value as u8])
    })
}

/// Returns the digit that a number of these digits needs at its end for its check digit to fit (ISO/IEC
/// 7812-1, annex B).
fn check_digit(digits: &[u32]) -> u32 {
    let twice = |digit: &u32| digit * 2 / 10 + digit * 2 % 10;
    let weighed = digits.iter().rev().enumerate();
    let sum: u32 = weighed.map(|(at, digit)| if at % 2 == 0 { twice(digit) } else { *digit }).sum();
    (10 - sum % 10) % 10
}

/// Draws the rest of a number of that length, whose check digit fits or not.
fn number(draws: &mut Draws, prefix: &str, length: usize, is_fitting: bool) -> Vec<u32> {
    let mut digits: Vec<u32> = prefix.bytes().map(|byte| u32::from(byte - b'0')).collect();
    digits.extend((digits.len()..length - 1).map(|_| draws.below(10)));
    let off = if is_fitting { 0 } else { 1 + draws.below(9) };
    digits.push((check_digit(&digits) + off) % 10);
    digits
}

/// A number of 16 to 19 digits that no issuer gives out: of an order, a parcel, an invoice.
fn order(draws: &mut Draws) -> Vec<u32> {
    // Of the scheme's lengths, and with a card's number behind a digit or two, too.
    let prefixes =
        ["0", "1", "20261", "2", "38", "7", "86138", "92", "04", "16222", "7622848", "8622"];
    loop {
        let prefix = prefixes[draws.below(prefixes.len() as u32) as usize];
        let (length, is_fitting) = (16 + draws.below(4) as usize, draws.below(2) == 0);
        let digits = number(draws, prefix, length, is_fitting);
        let text = printed(&digits);
        let is_mastercard = ("2221".."2721").contains(&&text[..4]);
        if Issuers::built_in().lookup(&text).is_none() && !is_mastercard {
            return digits;
        }
    }
}

/// A number as cards have it.
fn card_number(draws: &mut Draws) -> Vec<u32> {
    let (prefix, length) =
        [("622202", 19), ("622848", 19), ("621700", 19), ("622575", 16), ("4", 16), ("52", 16)]
            [draws.below(6) as usize];
    let is_fitting = draws.below(3) > 0;
    number(draws, prefix, length, is_fitting)
}

fn printed(digits: &[u32]) -> String {
    digits.iter().map(u32::to_string).collect()
}

/// The bars of a bar code that stand above a line of digits.
fn bars(draws: &mut Draws, picture: &mut GrayImage, x: u32, y: u32, wide: u32, high: u32) {
    let mut at = x;
    while at < x + wide {
        let bar = 1 + draws.below(4);
        for (dx, dy) in (0..bar * high).map(|cell| (cell % bar, cell / bar)) {
            if at + dx < WIDTH && y + dy < HEIGHT {
                picture.put_pixel(at + dx, y + dy, Luma([20]));
            }
        }
        at += bar + 1 + draws.below(4);
    }
}

/// A paper with some lines, all of them from one source, in one group or in groups of four digits.
fn paper(draws: &mut Draws, line: fn(&mut Draws) -> Vec<u32>) -> (GrayImage, Vec<String>) {
    let mut page = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([(215 + draws.below(40)) as u8]));
    let (mut y, mut lines) = (10 + draws.below(120), Vec::new());
    let most = 1 + draws.below(6);
    while y + 60 < HEIGHT && lines.len() < most as usize {
        let point = 2 + draws.below(4);
        let (digits, ink) = (line(draws), draws.below(90) as u8);
        let gap = if draws.below(2) == 0 { 0 } else { 4 * point };
        let wide = digits.len() as u32 * 6 * point + gap * 4;
        let x = draws.below(WIDTH.saturating_sub(wide).max(8));
        if draws.below(3) == 0 {
            let high = 20 + draws.below(30);
            bars(draws, &mut page, x, y, wide, high);
            y += high + 4;
        }
        for (place, group) in (0..).zip(digits.chunks(4)) {
            text(&mut page, group, x + place * (24 * point + gap), y, point, ink);
        }
        // What is cut off by the edge is another number.
        let is_whole = x + wide <= WIDTH && y + 7 * point <= HEIGHT;
        lines.push(if is_whole { printed(&digits) } else { String::new() });
        y += 7 * point + 8 + draws.below(60);
    }
    // A lens makes edges soft.
    (blur(&page, 0.6 + draws.below(10) as f32 / 10.0), lines)
}

fn reading(draws: &mut Draws, picture: &GrayImage) -> Reading {
    let mut photo = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut photo, 60 + draws.below(36) as u8);
    encoder.write_image(picture, WIDTH, HEIGHT, image::ExtendedColorType::L8).unwrap();
    read(photo.get_ref(), &Options::default(), &|| false).unwrap()
}

fn pictures() -> usize {
    let count = std::env::var("CARDWIRE_PICTURES").ok().and_then(|count| count.parse().ok());
    count.unwrap_or(PICTURES)
}

#[test]
fn a_picture_without_a_card_is_not_accepted() {
    type Draw = fn(&mut Draws) -> GrayImage;
    let kinds: [(&str, Draw); 5] = [
        ("document", document),
        ("noise", noise),
        ("document", document),
        ("pattern", pattern),
        ("scene", scene),
    ];
    let mut told = BTreeMap::<&str, (usize, usize)>::new();
    for seed in 0..pictures() {
        let mut draws = Draws(seed as u64 * 7919 + 1);
        let (kind, draw) = kinds[seed % 5];
        let picture = draw(&mut draws);
        let reading = reading(&mut draws, &picture);
        assert!(reading.number.is_none(), "picture {seed} is accepted: {reading:?}");
        let row = told.entry(kind).or_default();
        *row = (row.0 + usize::from(reading.fault == Some(Fault::NoCard)), row.1 + 1);
    }
    println!("told to show no card, of all: {told:?}");
    // Of what has lines of digits, edges or corners, some look is like one at a card.
    assert!(told["pattern"].0 * 10 >= told["pattern"].1 * 8, "{told:?}");
}

/// What was made of a paper.
struct Told {
    /// The first candidate is a whole line.
    is_read: bool,
    is_accepted: bool,
    /// What was accepted although no card's number stands there, with its confidence and the lines.
    wrong: Option<String>,
}

/// Reads a paper with lines of one source, of cards or not.
fn told(seed: usize, line: fn(&mut Draws) -> Vec<u32>, is_card: bool) -> Told {
    let mut draws = Draws(seed as u64 * 104_729 + 7);
    let (picture, lines) = paper(&mut draws, line);
    let Reading { number, candidates, confidence, .. } = reading(&mut draws, &picture);
    let is_printed = |number: &str| lines.iter().any(|line| line == number);
    let is_right = |number: &str| {
        let digits: Vec<u32> = number.bytes().map(|byte| u32::from(byte - b'0')).collect();
        let (last, before) = digits.split_last().unwrap();
        is_card && is_printed(number) && check_digit(before) == *last
    };
    let wrong = number.as_deref().filter(|number| !is_right(number));
    Told {
        is_read: candidates.first().is_some_and(|first| is_printed(&first.number)),
        is_accepted: number.is_some(),
        // All of them are invented.
        wrong: wrong.map(|number| format!("{seed}: {number} at {confidence} of {lines:?}")),
    }
}

#[test]
fn of_papers_only_a_whole_card_number_is_accepted() {
    // Each paper is read to the end, in every way, if nothing on it is accepted.
    let papers = pictures() / 3;
    let orders: Vec<Told> = (0..papers * 7 / 10).map(|seed| told(seed, order, false)).collect();
    let cards: Vec<Told> = (0..papers * 3 / 10).map(|seed| told(seed, card_number, true)).collect();
    let count = |all: &[Told], is: fn(&Told) -> bool| all.iter().filter(|one| is(one)).count();
    for (name, all) in [("orders", &orders), ("card numbers", &cards)] {
        let (read, accepted) = (count(all, |one| one.is_read), count(all, |one| one.is_accepted));
        println!("papers with {name}: {}, {read} read, {accepted} accepted", all.len());
        let wrong: Vec<&String> = all.iter().filter_map(|one| one.wrong.as_ref()).collect();
        assert!(wrong.is_empty(), "papers with {name} are accepted wrongly: {wrong:#?}");
    }
    // Orders can be read as well, so it is the rule that refuses them.
    assert!(count(&orders, |one| one.is_read) > 0 && count(&cards, |one| one.is_accepted) > 0);
}
