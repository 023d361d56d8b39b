//! Finds canaries in bytes, in every encoding that text of the library may take on its way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use crate::canary::Canaries;

const PLAIN: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, NO_PAD);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, NO_PAD);

/// So many digits of a card number are too many: the first six and the last four may be shown.
const CARD_PREFIX: usize = 9;
/// Region, year and month of birth.
const ID_PREFIX: usize = 12;
const SECRET_PREFIX: usize = 12;
/// A window of a photo, and how far the next one is.
const WINDOW: usize = 24;
const STRIDE: usize = 4096;

/// One canary in one encoding.
struct Needle {
    canary: &'static str,
    encoding: &'static str,
    bytes: Vec<u8>,
}

/// A canary that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Its name.
    pub canary: &'static str,
    /// How it was written.
    pub encoding: &'static str,
    /// How often.
    pub times: usize,
    /// The text around the first one, made visible.
    pub around: String,
}

/// Every canary of a run in every encoding.
pub struct Searcher {
    needles: Vec<Needle>,
    automaton: AhoCorasick,
}

impl Searcher {
    /// Returns a searcher for these canaries.
    ///
    /// # Errors
    /// The automaton would be too large.
    pub fn new(canaries: &Canaries) -> Result<Self, String> {
        let mut needles = Vec::new();
        let mut add = |canary, encoded: Vec<(&'static str, Vec<u8>)>| {
            for (encoding, bytes) in encoded {
                needles.push(Needle { canary, encoding, bytes });
            }
        };
        let prefix = |text: &str, length: usize| text.get(..length).unwrap_or(text).to_owned();
        let card = prefix(&canaries.card, CARD_PREFIX);
        add("card number", text_forms(&card));
        add("card number", group_forms(&card));
        add("ID number", text_forms(&prefix(&canaries.id, ID_PREFIX)));
        add("phone number", text_forms(&canaries.phone));
        add("name", text_forms(&canaries.name));
        let (gbk, _, _) = encoding_rs::GBK.encode(&canaries.name);
        add(
            "name",
            byte_forms(&gbk).into_iter().map(|(form, bytes)| (gbk_form(form), bytes)).collect(),
        );
        for (what, text) in canaries.secrets() {
            add(what, text_forms(&prefix(text, SECRET_PREFIX)));
        }
        let noise = canaries.photo.chunks(STRIDE).take(Canaries::NOISE / STRIDE);
        for window in noise.filter_map(|piece| piece.get(64..64 + WINDOW)) {
            add("photo", byte_forms(window));
        }
        for window in telling(&canaries.pixels()?) {
            needles.push(Needle {
                canary: "decoded photo",
                encoding: "raw",
                bytes: window.to_vec(),
            });
        }
        Searcher::of(needles)
    }

    fn of(mut needles: Vec<Needle>) -> Result<Self, String> {
        needles.sort_by(|a, b| a.bytes.cmp(&b.bytes));
        needles.dedup_by(|a, b| a.bytes == b.bytes);
        let automaton = AhoCorasick::new(needles.iter().map(|needle| &needle.bytes))
            .map_err(|error| error.to_string())?;
        Ok(Searcher { needles, automaton })
    }

    /// Returns the canaries in these bytes, each canary and encoding once.
    pub fn find(&self, bytes: &[u8]) -> Vec<Hit> {
        let mut found: BTreeMap<(&str, &str), Hit> = BTreeMap::new();
        for hit in self.automaton.find_overlapping_iter(bytes) {
            let Some(needle) = self.needles.get(hit.pattern().as_usize()) else { continue };
            found
                .entry((needle.canary, needle.encoding))
                .and_modify(|hit| hit.times += 1)
                .or_insert_with(|| Hit {
                    canary: needle.canary,
                    encoding: needle.encoding,
                    times: 1,
                    around: visible(bytes, hit.start(), hit.end()),
                });
        }
        found.into_values().collect()
    }

    /// Returns everything that a leak may look like and that `fits`, a line each: what is put into
    /// a sink to show that the search of it finds what is there.
    pub fn control(&self, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let fitting = self.needles.iter().filter(|needle| fits(&needle.bytes));
        fitting.flat_map(|needle| [needle.bytes.as_slice(), b"\n"].concat()).collect()
    }

    /// Returns the part of [`Searcher::control`] that a search of `bytes` does not find, and how
    /// much there was to find.
    ///
    /// # Errors
    /// The first thing missed.
    pub fn check_control(
        &self,
        bytes: &[u8],
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<usize, String> {
        let mut seen = vec![false; self.needles.len()];
        for hit in self.automaton.find_overlapping_iter(bytes) {
            seen[hit.pattern().as_usize()] = true;
        }
        let mut wanted = 0;
        for (needle, seen) in self.needles.iter().zip(seen) {
            if !fits(&needle.bytes) {
                continue;
            }
            wanted += 1;
            if !seen {
                return Err(format!(
                    "a planted {} as {} is not found",
                    needle.canary, needle.encoding
                ));
            }
        }
        if wanted == 0 { Err("nothing fits to be planted".into()) } else { Ok(wanted) }
    }
}

/// Returns windows of pixels in which much changes: no other picture has them.
fn telling(pixels: &[u8]) -> impl Iterator<Item = &[u8]> {
    let changes =
        |window: &[u8]| window.windows(2).filter(|two| two[0].abs_diff(two[1]) > 16).count();
    let windows = pixels.chunks(WINDOW).filter(move |window| changes(window) >= 6);
    windows.step_by(16)
}

fn visible(bytes: &[u8], from: usize, to: usize) -> String {
    let around =
        bytes.get(from.saturating_sub(120)..(to + 40).min(bytes.len())).unwrap_or_default();
    String::from_utf8_lossy(around).escape_debug().to_string()
}

/// Returns the encodings of bytes.
fn byte_forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let all = |format: fn(&mut String, u8)| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            format(&mut text, *byte);
            text
        })
    };
    let mut forms = vec![
        ("raw", bytes.to_vec()),
        ("percent-encoded", all(|text, byte| _ = write!(text, "%{byte:02X}")).into_bytes()),
        (
            "percent-encoded, lower case",
            all(|text, byte| _ = write!(text, "%{byte:02x}")).into_bytes(),
        ),
        ("hex", all(|text, byte| _ = write!(text, "{byte:02x}")).into_bytes()),
        ("hex, upper case", all(|text, byte| _ = write!(text, "{byte:02X}")).into_bytes()),
    ];
    for (engine, names) in [
        (PLAIN, ["base64", "base64 at 1", "base64 at 2"]),
        (URL, ["base64url", "base64url at 1", "base64url at 2"]),
    ] {
        for (offset, name) in names.into_iter().enumerate() {
            let padded = [&vec![0; offset][..], bytes].concat();
            let text = engine.encode(&padded);
            // Only the characters that no neighbour of the bytes has a part in.
            let (from, to) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
            forms.push((name, text.as_bytes().get(from..to).unwrap_or_default().to_vec()));
        }
    }
    forms
}

/// Returns the encodings of text.
fn text_forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut forms = byte_forms(text.as_bytes());
    forms.push(("UTF-16LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
    forms.push(("UTF-16BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
    let escaped = |upper: bool| {
        units.iter().fold(String::new(), |mut text, unit| {
            _ = if upper { write!(text, "\\u{unit:04X}") } else { write!(text, "\\u{unit:04x}") };
            text
        })
    };
    forms.push(("\\u escapes", escaped(false).into_bytes()));
    forms.push(("\\u escapes, upper case", escaped(true).into_bytes()));
    let braces: String = text.chars().map(|one| format!("\\u{{{:x}}}", u32::from(one))).collect();
    forms.push(("\\u{} escapes", braces.into_bytes()));
    forms
}

/// Digits in groups of four.
fn group_forms(digits: &str) -> Vec<(&'static str, Vec<u8>)> {
    let groups: Vec<&[u8]> = digits.as_bytes().chunks(4).collect();
    vec![
        ("groups with spaces", groups.join(&b' ')),
        ("groups with dashes", groups.join(&b'-')),
        ("groups with dots", groups.join(&b'.')),
        ("groups with %20", groups.join(&b"%20"[..])),
        ("groups with +", groups.join(&b'+')),
    ]
}

fn gbk_form(form: &'static str) -> &'static str {
    match form {
        "raw" => "GBK",
        "hex" | "hex, upper case" => "GBK in hex",
        form if form.starts_with("percent") => "GBK, percent-encoded",
        _ => "GBK in base64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: impl AsRef<[u8]>) -> Vec<(&'static str, &'static str)> {
        let searcher = Searcher::new(&Canaries::new(3)).unwrap();
        searcher.find(bytes.as_ref()).iter().map(|hit| (hit.canary, hit.encoding)).collect()
    }

    #[test]
    fn each_encoding_is_found_where_another_implementation_wrote_it() {
        let Canaries { card, name, id, photo, credentials, .. } = Canaries::new(3);
        assert_eq!(found(format!("a card {card}.")), [("card number", "raw")]);
        assert_eq!(found(&card[..9]), [("card number", "raw")]);
        assert_eq!(found(&card[..8]), []);
        assert_eq!(found(&card[1..]), []);
        let spaced = format!("{} {} {}", &card[..4], &card[4..8], &card[8..]);
        assert_eq!(found(&spaced), [("card number", "groups with spaces")]);
        assert_eq!(found(spaced.replace(' ', "-")), [("card number", "groups with dashes")]);
        assert_eq!(found(&id[..12]), [("ID number", "raw")]);
        assert_eq!(found(&id[..11]), []);
        let json = serde_json::json!({ "name": name }).to_string();
        assert_eq!(found(json), [("name", "raw")]);
        for offset in 0..3 {
            let text = base64::engine::general_purpose::STANDARD
                .encode(format!("{}{card}{id}", "x".repeat(offset)));
            let names: Vec<&str> = found(&text).into_iter().map(|(canary, _)| canary).collect();
            assert!(names.contains(&"card number") && names.contains(&"ID number"), "{names:?}");
        }
        let (gbk, _, failed) = encoding_rs::GBK.encode(&name);
        assert!(!failed);
        assert_eq!(found(&gbk), [("name", "GBK")]);
        let wide: Vec<u8> = card.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(wide), [("card number", "UTF-16LE")]);
        assert_eq!(found(&credentials.app_code[..12]), [("app_code", "raw")]);
        assert_eq!(found(&credentials.app_code[..11]), []);
        assert_eq!(found(&photo[20_000..24_200])[0], ("photo", "raw"));
        let text = base64::engine::general_purpose::STANDARD.encode(&photo[..9000]);
        assert!(
            found(text)
                .iter()
                .any(|(canary, form)| *canary == "photo" && form.starts_with("base64"))
        );
    }

    #[test]
    fn nothing_is_found_in_other_canaries() {
        let other = Canaries::new(4);
        assert_eq!(found(other.echo()), []);
        assert_eq!(found(&other.photo), []);
    }

    #[test]
    fn a_control_with_one_thing_missing_is_no_control() {
        let searcher = Searcher::new(&Canaries::new(3)).unwrap();
        let all = searcher.control(|_| true);
        assert!(searcher.check_control(&all, |_| true).unwrap() > 500);
        let cut = &all[..all.len() - 30];
        assert!(searcher.check_control(cut, |_| true).unwrap_err().contains("is not found"));
        assert!(searcher.check_control(&all, |_| false).is_err());
    }
}
