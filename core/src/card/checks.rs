//! Free checks on this machine: nothing is sent.

use crate::card::{CardNumber, Image, ImageFormat, Picture};
use crate::error::Error;
use crate::schema::{Described, record};
use crate::values::{self, is_resident};
use crate::vendors::Vendor;

record! {
    /// What the digits of a card number say.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CardNumberCheck as "card_number_check" {
        /// Whether it is 12 to 19 digits, blanks and dashes between them aside.
        pub well_formed: bool,
        /// Whether the last digit is the Luhn check digit. Some issued cards fail this, so no call
        /// refuses a card for it.
        pub luhn: bool,
    }
}

/// Checks the form of a card number.
pub fn check_card_number(text: &str) -> CardNumberCheck {
    let number = CardNumber::parse(text);
    CardNumberCheck {
        well_formed: number.is_some(),
        luhn: number.is_some_and(|number| number.passes_luhn()),
    }
}

record! {
    /// What the characters of a resident identity number say (GB 11643-1999).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdNumberCheck as "id_number_check" {
        /// Whether it is 17 digits and a digit or `X`, or the 15 digits of before 1999, blanks and dashes
        /// between them aside.
        pub well_formed: bool,
        /// Whether the last character is the check character (ISO 7064, MOD 11-2); `false` for 15 digits.
        pub checksum: bool,
        /// Whether the digits that state the birth date are a date from 1900 to 2099.
        pub birth_date: bool,
    }
}

/// Weights of the first 17 digits and the check characters by remainder, GB 11643-1999.
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECK: [u8; 11] = *b"10X98765432";

/// Checks the form of a resident identity number.
pub fn check_id_number(text: &str) -> IdNumberCheck {
    let number = values::id_number(text).ok().filter(|number| is_resident(number.reveal()));
    let Some(number) = number else {
        return IdNumberCheck { well_formed: false, checksum: false, birth_date: false };
    };
    let (body, check) = match number.reveal().as_bytes() {
        [body @ .., check] if body.len() == 17 => (body, Some(*check)),
        text => (text, None),
    };
    let mut digits = [0; 17];
    for (digit, byte) in digits.iter_mut().zip(body) {
        *digit = u32::from(byte.wrapping_sub(b'0'));
    }
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).unwrap_or_default().iter().fold(0, |sum, digit| sum * 10 + digit)
    };
    let (year, month, day) = match check {
        Some(_) => (number(6..10), number(10..12), number(12..14)),
        None => (1900 + number(6..8), number(8..10), number(10..12)),
    };
    let sum: u32 = digits.iter().zip(ID_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = usize::try_from(sum % 11).ok().and_then(|rest| ID_CHECK.get(rest));
    IdNumberCheck {
        well_formed: true,
        checksum: check.is_some() && expected.copied() == check,
        birth_date: (1900..2100).contains(&year) && (1..=days_in(year, month)).contains(&day),
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

record! {
    /// What the header of an image says, and which vendors take it.
    #[derive(Clone, Debug)]
    pub struct ImageCheck as "image_check" {
        /// The format, by the first bytes.
        pub format: ImageFormat,
        /// Width in pixels, as the header states it; 0 where it does not.
        pub width: usize,
        /// Height in pixels, as the header states it; 0 where it does not.
        pub height: usize,
        /// Size in bytes.
        pub bytes: usize,
        /// Each vendor that reads card photos: `None` where it takes this one, else what it refuses.
        pub vendors: Vec<(Vendor, Option<Error>)> as Checks,
    }
}

impl ImageCheck {
    /// The check as a JSON object with the field names that every language uses.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

record! {
    /// One vendor's word on a photo.
    #[derive(Debug)]
    pub struct VendorCheck as "vendor_check" {
        /// The vendor.
        pub vendor: Vendor,
        /// Whether it takes the photo.
        pub accepted: bool,
        /// What it refuses, where it does not take the photo.
        pub problem: Option<String>,
    }
}

impl VendorCheck {
    pub(crate) fn new((vendor, refusal): &(Vendor, Option<Error>)) -> Self {
        let problem = refusal.as_ref().map(|refusal| refusal.message().to_owned());
        VendorCheck { vendor: *vendor, accepted: refusal.is_none(), problem }
    }
}

/// Checks an image against each vendor's limits.
///
/// # Errors
/// `invalid_argument` where the bytes are no image of a format that any vendor takes.
pub fn check_image(image: impl Into<Image>) -> Result<ImageCheck, Error> {
    let Picture::Photo(photo) = Picture::load(image.into())? else {
        let problem = "it is an address, which cannot be checked without the photo";
        return Err(Error::argument("image", problem));
    };
    let (width, height) = photo.size.unwrap_or_default();
    let (format, bytes) = (photo.format, photo.bytes.len());
    let picture = Picture::Photo(photo);
    let vendors = Vendor::ALL
        .iter()
        .filter_map(|vendor| vendor.check_picture(&picture).map(|checked| (*vendor, checked.err())))
        .collect();
    Ok(ImageCheck { format, width, height, bytes, vendors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_numbers() {
        let check = |text| {
            let check = check_id_number(text);
            (check.well_formed, check.checksum, check.birth_date)
        };
        assert_eq!(check("110101190001010014"), (true, true, true));
        assert_eq!(check("110101190001010015"), (true, false, true));
        assert_eq!(check("110101190002290016"), (true, false, false));
        assert_eq!(check("110101000101001"), (true, false, true));
        assert_eq!(check("11010119000101001"), (false, false, false));
        assert_eq!(check("1101011900010100A4"), (false, false, false));
    }
}
