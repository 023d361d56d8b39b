//! Free checks on this machine: nothing is sent.

use crate::card::{CardNumber, Image, ImageFormat, Photo, PhotoLook, Picture};
use crate::error::Error;
use crate::numbers::{ResidentNumber, resident_number};
use crate::schema::{Checks, Describe, Form, Shape, Writer, record};
use crate::values;
use crate::vendors::{Vendor, look};

record! {
    /// The findings about the digits of a card number.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CardNumberCheck as "card_number_check" {
        /// True where it is 12 to 19 digits, blanks and dashes between them aside.
        pub well_formed: bool,
        /// True where the last digit is the Luhn check digit. Some issued cards fail this, so no
        /// call refuses a card for it.
        pub luhn: bool,
    }
}

/// Checks the form of a card number.
///
/// ```
/// let check: cardwire::CardNumberCheck = cardwire::check_card_number("6222 0200 0000 0000 000");
/// assert!(check.well_formed);
/// ```
pub fn check_card_number(text: &str) -> CardNumberCheck {
    let number = CardNumber::parse(text);
    CardNumberCheck {
        well_formed: number.is_some(),
        luhn: number.is_some_and(|number| number.passes_luhn()),
    }
}

record! {
    /// The findings about the characters of a resident identity number (GB 11643-1999).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdNumberCheck as "id_number_check" {
        /// True where it is 17 digits and a digit or `X`, or the 15 digits of before 1999, blanks
        /// and dashes between them aside.
        pub well_formed: bool,
        /// True where the last character is the check character (ISO 7064, MOD 11-2); `false` for
        /// 15 digits.
        pub checksum: bool,
        /// True where the digits that state the birth date are a date from 1900 to 2099.
        pub birth_date: bool,
    }
}

/// Checks the form of a resident identity number.
///
/// ```
/// let check: cardwire::IdNumberCheck = cardwire::check_id_number("110101190001010014");
/// assert!(check.well_formed && check.birth_date);
/// ```
pub fn check_id_number(text: &str) -> IdNumberCheck {
    let number = values::id_number(text).ok();
    match number.and_then(|number| resident_number(number.reveal())) {
        Some(ResidentNumber { checksum, birth_date }) => {
            IdNumberCheck { well_formed: true, checksum, birth_date }
        }
        None => IdNumberCheck { well_formed: false, checksum: false, birth_date: false },
    }
}

record! {
    /// The findings about an image, and which vendors take it.
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
        /// What a look at the photo showed; `None` where its header alone was read.
        pub look: Option<PhotoLook>,
        /// Each vendor that reads card photos: `None` where it takes this one as it is, else what it
        /// refuses. A call makes the photo fit where it can.
        pub vendors: Vec<(Vendor, Option<Error>)> as Checks,
    }
}

impl ImageCheck {
    /// Returns the check as a JSON object with the field names that every language uses.
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
        /// True where it takes the photo as it is.
        pub accepted: bool,
        /// The reason why it does not take the photo.
        pub problem: Option<String>,
    }
}

impl VendorCheck {
    pub(crate) fn new((vendor, refusal): &(Vendor, Option<Error>)) -> Self {
        let problem = refusal.as_ref().map(|refusal| refusal.message().to_owned());
        VendorCheck { vendor: *vendor, accepted: refusal.is_none(), problem }
    }
}

impl Form<Vec<(Vendor, Option<Error>)>> for Checks {
    const SHAPE: Shape = Shape::List(&VendorCheck::RECORD);

    fn put(name: &'static str, value: &Vec<(Vendor, Option<Error>)>, to: &mut Writer) {
        let checks: Vec<VendorCheck> = value.iter().map(VendorCheck::new).collect();
        to.name(name);
        to.list(&checks);
    }
}

/// Checks an image against each vendor's limits. Only its header is read, in microseconds.
///
/// # Errors
/// `invalid_argument` where the bytes are no image of a format that any vendor takes.
///
/// ```
/// use cardwire::{ImageCheck, ImageFormat};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let photo = cardwire_test_images::load("icbc-debit.jpg");
/// let check: ImageCheck = cardwire::check_image(photo)?;
/// assert_eq!(check.format, ImageFormat::Jpeg);
/// assert_eq!(check.format.media_type(), "image/jpeg");
/// assert_eq!(check.format.extension(), "jpg");
/// assert!(check.to_json().contains("jpeg"));
/// # Ok(())
/// # }
/// ```
pub fn check_image(image: impl Into<Image>) -> Result<ImageCheck, Error> {
    Ok(check(photo(image.into())?, None))
}

/// Checks an image as [`check_image`] does, and looks at it before anything is sent: whether its number
/// can be read, and if not, whether it shows no card, is not sharp or is cut.
///
/// The photo is decoded and read on the calling thread, in some tenths of a second of one processor. What
/// it shows is not told, only how well. MODEL.md of the crate `cardwire-offline` says how far the words
/// hold.
///
/// # Errors
/// `invalid_argument` where the bytes are no image of a format that any vendor takes, are damaged, or have
/// more pixels than the vendor `offline` takes; `unsupported` in a build without the cargo feature
/// `offline`.
///
/// ```
/// use cardwire::PhotoLook;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let photo = cardwire_test_images::load("icbc-debit.jpg");
/// let check = cardwire::look_at_image(photo)?;
/// assert_eq!(check.look, Some(PhotoLook::Readable));
/// # Ok(())
/// # }
/// ```
pub fn look_at_image(image: impl Into<Image>) -> Result<ImageCheck, Error> {
    let photo = photo(image.into())?;
    let seen = look(&photo)?;
    Ok(check(photo, Some(seen)))
}

fn photo(image: Image) -> Result<Photo, Error> {
    match Picture::load(image)? {
        Picture::Photo(photo) => Ok(photo),
        Picture::Url(_) => Err(Error::argument("image", "a photo to check", "only its address")),
    }
}

fn check(photo: Photo, look: Option<PhotoLook>) -> ImageCheck {
    let (width, height) = photo.size.unwrap_or_default();
    let (format, bytes) = (photo.format, photo.bytes.len());
    let picture = Picture::Photo(photo);
    let vendors = Vendor::ALL
        .iter()
        .filter_map(|vendor| {
            let limits = vendor.profile().pictures.as_ref()?;
            Some((*vendor, limits.check(*vendor, &picture).err()))
        })
        .collect();
    ImageCheck { format, width, height, bytes, look, vendors }
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
