//! The canaries of a run, made anew for each from a seed that is printed.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_sandbox::Credentials;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A person, a photo and credentials that exist nowhere else.
pub struct Canaries {
    /// 622202, a random rest and the right Luhn digit.
    pub card: String,
    /// Three Chinese characters.
    pub name: String,
    /// An area that does not exist and the right check character.
    pub id: String,
    /// Eleven digits.
    pub phone: String,
    /// A JPEG that shows the card, and says so to the sandbox, grown by noise.
    pub photo: Vec<u8>,
    /// The same with another check digit, which does not fit: `offline` does not read it with confidence.
    pub doubtful_photo: Vec<u8>,
    /// A text that only the address of a photo holds, as a signed address does.
    pub url_key: String,
    /// The password of a proxy and of a token store.
    pub password: String,
    /// The credentials that the sandbox takes; every text of them is a canary.
    pub credentials: Credentials,
}

struct Maker(ChaCha8Rng);

impl Maker {
    fn below(&mut self, limit: u32) -> u32 {
        self.0.next_u32() % limit
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn text(&mut self, count: usize) -> String {
        const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..count).map(|_| char::from(SYMBOLS[self.below(62) as usize])).collect()
    }

    /// Returns a card that none of the sandbox's magic numbers is: those end in 0000 and the Luhn
    /// digit, and have a family of their own.
    fn card(&mut self) -> String {
        let mut card = format!("622202{}{}", 5 + self.below(3), self.digits(10));
        card.push(char::from(b'1' + self.below(9) as u8));
        let sum: u32 = card
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, digit)| {
                let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        card.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
        card
    }

    fn id(&mut self) -> String {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let year = 1950 + self.below(50);
        let (month, day) = (1 + self.below(12), 1 + self.below(28));
        let id = format!("99{}{year}{month:02}{day:02}{}", self.digits(4), self.digits(3));
        let sum: u32 =
            id.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        format!("{id}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
    }

    fn photo(&mut self, card: &str) -> Vec<u8> {
        let marker = json!({"number": card, "issuer": "中国工商银行", "kind": "debit"});
        let picture = cardwire_test_images::drawn(card);
        let picture = cardwire_test_images::with_marker(&picture, &marker.to_string());
        let (start, rest) = picture.split_at(2);
        let mut photo = start.to_vec();
        for _ in 0..2 {
            // A comment segment: its marker, its length and noise.
            let mut noise = vec![0; Canaries::NOISE / 2];
            self.0.fill_bytes(&mut noise);
            photo.extend([0xff, 0xfe]);
            photo.extend((noise.len() as u16 + 2).to_be_bytes());
            photo.extend(noise);
        }
        photo.extend(rest);
        photo
    }
}

/// Returns the number with another last digit.
fn misread(card: &str) -> String {
    let (rest, last) = card.split_at(card.len() - 1);
    let digit = last.parse::<u32>().map_or(0, |digit| (digit + 5) % 10);
    format!("{rest}{digit}")
}

impl Canaries {
    /// So many bytes at the beginning of the photo are no other picture's.
    pub(crate) const NOISE: usize = 120_000;

    /// Returns the canaries of a seed.
    pub fn new(seed: u64) -> Self {
        let mut maker = Maker(ChaCha8Rng::seed_from_u64(seed));
        let card = maker.card();
        // All in GBK, and none that the tree itself holds in this order.
        let name = (0..3)
            .map(|_| char::from_u32(0x4e00 + maker.below(0x9fa5 - 0x4e00)).unwrap_or('丁'))
            .collect();
        Canaries {
            name,
            id: maker.id(),
            phone: format!("1{}{}", 3 + maker.below(7), maker.digits(9)),
            photo: maker.photo(&card),
            doubtful_photo: maker.photo(&misread(&card)),
            url_key: maker.text(32),
            password: format!("{}7", maker.text(23)),
            credentials: Credentials {
                kyc_secret: maker.text(64),
                wechat_app_secret: maker.text(32),
                wechat_access_token: maker.text(157),
                app_code: maker.text(32),
                app_secret: maker.text(32),
                secret_id: format!("AKID{}", maker.text(32)),
                secret_key: maker.text(32),
                temporary_id: format!("AKID{}", maker.text(32)),
                temporary_key: maker.text(32),
                temporary_token: maker.text(120),
                token_mark: format!("{}7", maker.text(23)),
            },
            card,
        }
    }

    /// Returns the photo's pixels in grey, row after row, as they lie in memory when it is read.
    ///
    /// # Errors
    /// The photo cannot be decoded.
    pub fn pixels(&self) -> Result<Vec<u8>, String> {
        let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
        JpegDecoder::new_with_options(Cursor::new(&self.photo), grey)
            .decode()
            .map_err(|error| error.to_string())
    }

    /// Returns a seed from the system.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn fresh_seed() -> Result<u64, String> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|error| error.to_string())?;
        Ok(u64::from_le_bytes(seed))
    }

    /// Returns the texts that are credentials, with what each is.
    pub fn secrets(&self) -> Vec<(&'static str, &str)> {
        let known = &self.credentials;
        vec![
            ("tencent_kyc secret", &known.kyc_secret),
            ("wechat app_secret", &known.wechat_app_secret),
            ("wechat access_token", &known.wechat_access_token),
            ("app_code", &known.app_code),
            ("aliyun app_secret", &known.app_secret),
            ("secret_id", &known.secret_id),
            ("secret_key", &known.secret_key),
            ("temporary secret_id", &known.temporary_id),
            ("temporary secret_key", &known.temporary_key),
            ("session token", &known.temporary_token),
            ("token or ticket", &known.token_mark),
            ("key in an image's address", &self.url_key),
            ("password in an address", &self.password),
        ]
    }

    /// Returns the values of a verification that a vendor may echo, in texts short enough to be
    /// passed on whole: its string to sign, the values in groups, encoded, and in words, and each
    /// credential.
    pub fn echoes(&self) -> Vec<String> {
        let Canaries { card, name, id, phone, .. } = self;
        let groups: Vec<&str> =
            card.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        let percent: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let grouped = |text: &str, separator: &str| {
            let groups = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
            groups.collect::<Vec<_>>().join(separator)
        };
        let each = |text: &str, one: &dyn Fn(u32) -> String| {
            text.chars().map(|character| one(u32::from(character))).collect::<String>()
        };
        let escaped = |text: &str| each(text, &|code| format!("\\u{code:04x}"));
        let entities = |text: &str| each(text, &|code| format!("&#{code};"));
        let wide = |text: &str| {
            each(text, &|code| char::from_u32(code + 0xfee0).unwrap_or('?').to_string())
        };
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut echoes = vec![
            format!(
                "StringToSign:`POST#application/json##/x?acct_no={card}&idcard={id}&name={name}`"
            ),
            format!("{} {}", groups.join(" "), groups.join("-")),
            format!("{name}, {phone}: no such person ({id})"),
            format!("name={percent}&c={}&n={}", STANDARD.encode(card), STANDARD.encode(name)),
            format!("card={}&name={}", hex(card), hex(name)),
            format!("{} {}", grouped(card, "."), grouped(phone, "-")),
            format!("{} {}", escaped(name), entities(name)),
            format!("{} {}", wide(card), wide(id)),
        ];
        for some in self.secrets().chunks(3) {
            let parts: Vec<&str> =
                some.iter().map(|(_, text)| text.get(..60).unwrap_or(text)).collect();
            echoes.push(format!("refused: {}", parts.join(" ")));
        }
        echoes
    }

    /// Returns the same without the person's name, which the library cannot know in a recognition.
    pub fn photo_echoes(&self) -> Vec<String> {
        let named = &self.name;
        let hex: String = named.bytes().map(|byte| format!("{byte:02x}")).collect();
        let plain = |text: String| {
            let codes = || named.chars().map(u32::from);
            let escaped: String = codes().map(|code| format!("\\u{code:04x}")).collect();
            let entities: String = codes().map(|code| format!("&#{code};")).collect();
            [named.as_str(), &STANDARD.encode(named), &hex, &escaped, &entities]
                .iter()
                .fold(text, |text, form| text.replace(form, "?"))
        };
        self.echoes().into_iter().map(plain).collect()
    }

    /// Returns all of it in one text.
    pub fn echo(&self) -> String {
        self.echoes().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_canaries_and_they_are_well_formed() {
        let canaries = Canaries::new(7);
        assert_eq!(canaries.card, Canaries::new(7).card);
        assert_ne!(canaries.card, Canaries::new(8).card);
        for seed in 0..50 {
            let canaries = Canaries::new(seed);
            assert_eq!(canaries.card.len(), 19);
            assert!(cardwire::check_card_number(&canaries.card).luhn, "{}", canaries.card);
            assert_eq!(canaries.id.len(), 18);
            assert!(cardwire::check_id_number(&canaries.id).checksum, "{}", canaries.id);
            assert_eq!(canaries.name.chars().count(), 3);
            assert!(cardwire_test_images::marker(&canaries.photo).is_some());
        }
    }
}
