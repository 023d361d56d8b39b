//! The pictures that a vendor takes.

use super::{Vendor, unsupported};
use crate::card::{ImageFormat, Photo, Picture};
use crate::error::Error;
use crate::wire::{base64_len, form_len};

/// The formats that every vendor takes.
pub(super) const COMMON_FORMATS: &[ImageFormat] =
    &[ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp];

/// The most pixels of a photo that is decoded on this machine: more than any camera of a phone makes by default.
/// MODEL.md says how much memory they take.
pub(super) const MOST_PIXELS: u64 = 50_000_000;

/// The longest side of a JPEG.
const LONGEST_SIDE: usize = u16::MAX as usize;

/// Returns what keeps a photo of more pixels from being decoded on this machine.
pub(crate) fn too_many_pixels(photo: &Photo) -> Option<String> {
    let (width, height) = photo.size?;
    let pixels = width as u64 * height as u64;
    (pixels > MOST_PIXELS)
        .then(|| format!("of {pixels} pixels, only {MOST_PIXELS} are decoded on this machine"))
}

/// The limits of the photos, and of their addresses, that a vendor takes.
pub(crate) struct PictureLimits {
    pub(crate) formats: &'static [ImageFormat],
    pub(crate) length: Option<Length>,
    pub(crate) sides: Option<Sides>,
    /// The most pixels, whatever the sides.
    pub(crate) pixels: Option<u64>,
    pub(crate) address: Address,
}

/// The most bytes of a photo, as the vendor counts them.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    /// Of the photo itself.
    Photo(u64),
    /// Of its base64 text.
    Base64(u64),
    /// Of its base64 text as a form writes it.
    Form(u64),
}

/// The sides of a photo in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Sides {
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    /// How many times the shorter the longer stays under.
    pub(crate) ratio: Option<usize>,
}

/// The rule on photos that the vendor fetches from addresses.
#[derive(Clone, Copy)]
pub(crate) enum Address {
    /// It does not: the name of what it does not take.
    Refused(&'static str),
    Taken,
    /// Of at most so many bytes.
    AtMost(usize),
}

impl Length {
    pub(crate) fn most(self) -> u64 {
        match self {
            Length::Photo(most) | Length::Base64(most) | Length::Form(most) => most,
        }
    }

    /// Returns the length of a photo.
    pub(crate) fn of(self, photo: &[u8]) -> u64 {
        match self {
            Length::Photo(_) => photo.len() as u64,
            Length::Base64(_) => base64_len(photo) as u64,
            Length::Form(_) => form_len(photo) as u64,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Length::Photo(_) => "bytes",
            Length::Base64(_) => "bytes of base64",
            Length::Form(_) => "bytes of base64 with its signs escaped",
        }
    }
}

impl Sides {
    fn allow(&self, (width, height): (usize, usize)) -> bool {
        let (short, long) = (width.min(height), width.max(height));
        let sides = self.shortest..=self.longest;
        let is_narrow = self.ratio.is_some_and(|ratio| long >= short * ratio);
        sides.contains(&short) && sides.contains(&long) && !is_narrow
    }

    fn expected(&self) -> String {
        let sides = format!("sides of {} to {} pixels", self.shortest, self.longest);
        match self.ratio {
            Some(ratio) => format!("{sides}, the longer under {ratio} times the shorter"),
            None => sides,
        }
    }
}

/// The limit that a picture is over.
pub(crate) struct OverLimit {
    expected: String,
    found: String,
}

impl OverLimit {
    fn new(expected: impl Into<String>, found: impl ToString) -> Self {
        OverLimit { expected: expected.into(), found: found.to_string() }
    }

    pub(crate) fn error(&self) -> Error {
        Error::argument("image", &self.expected, &self.found)
    }

    /// Returns the error of a photo that was to be made to fit.
    pub(crate) fn error_beside(&self, problem: &str) -> Error {
        let found = format!("{}, and it cannot be made to fit: {problem}", self.found);
        Error::argument("image", &self.expected, found)
    }
}

impl PictureLimits {
    /// Checks a picture before anything is connected.
    ///
    /// # Errors
    /// `unsupported` where the vendor takes no addresses; `invalid_argument` where it takes such
    /// pictures but not this one.
    pub(crate) fn check(&self, vendor: Vendor, picture: &Picture) -> Result<(), Error> {
        match (picture, self.address) {
            (Picture::Photo(photo), _) => self.photo(photo).map_err(|over| over.error()),
            (Picture::Url(_), Address::Refused(what)) => Err(unsupported(vendor, what)),
            (Picture::Url(url), Address::AtMost(limit)) if url.len() > limit => {
                let expected = format!("an address of at most {limit} bytes");
                Err(OverLimit::new(expected, format_args!("{} bytes", url.len())).error())
            }
            (Picture::Url(_), _) => Ok(()),
        }
    }

    /// Returns whether a smaller photo of the same shape, or one in another format, may be within the
    /// limits.
    pub(crate) fn can_be_met(&self, photo: &Photo) -> bool {
        let Some((width, height)) = photo.size else { return false };
        let longest = self.longest_side((width, height));
        let longer = width.max(height);
        let side = |side: usize| if longer > longest { side * longest / longer } else { side };
        too_many_pixels(photo).is_none()
            && self.sides.is_none_or(|sides| sides.allow((side(width), side(height))))
    }

    /// Returns the most that the longer side of such a photo may have.
    pub(crate) fn longest_side(&self, (width, height): (usize, usize)) -> usize {
        let (pixels, longer) = (width as u64 * height as u64, width.max(height));
        let by_pixels = match self.pixels {
            Some(most) if pixels > most => {
                (longer as f64 * (most as f64 / pixels as f64).sqrt()) as usize
            }
            _ => longer,
        };
        let by_sides = self.sides.map_or(longer, |sides| sides.longest);
        by_pixels.min(by_sides).min(LONGEST_SIDE)
    }

    /// Checks a photo.
    pub(crate) fn photo(&self, photo: &Photo) -> Result<(), OverLimit> {
        if !self.formats.contains(&photo.format) {
            let expected = format!("a photo as {}", ImageFormat::list(self.formats));
            return Err(OverLimit::new(expected, photo.format.title()));
        }
        if let Some(length) = self.length {
            let (most, found) = (length.most(), length.of(&photo.bytes));
            if found > most {
                let expected = format!("at most {most} {}", length.unit());
                return Err(OverLimit::new(expected, found));
            }
        }
        let found = match photo.size {
            Some((width, height)) => format!("{width} by {height}"),
            None => "a header that states no size".to_owned(),
        };
        if let Some(sides) = &self.sides
            && !photo.size.is_some_and(|size| sides.allow(size))
        {
            return Err(OverLimit::new(sides.expected(), found));
        }
        match (self.pixels, photo.size) {
            (Some(most), Some((width, height))) if width as u64 * height as u64 > most => {
                Err(OverLimit::new(format!("at most {most} pixels"), found))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(bytes: Vec<u8>, size: Option<(usize, usize)>) -> Photo {
        Photo { bytes: bytes.into(), format: ImageFormat::Jpeg, size }
    }

    fn problem(vendor: Vendor, photo: Photo) -> Option<String> {
        let limits = vendor.profile().pictures.as_ref().unwrap();
        let error = limits.check(vendor, &Picture::Photo(photo)).err()?;
        assert_eq!(error.argument_name(), Some("image"));
        Some(error.message().to_owned())
    }

    #[test]
    fn the_length_is_counted_as_the_vendor_counts_it() {
        let size = Some((400, 250));
        for (vendor, most, expected) in [
            (Vendor::Wechat, 2_097_151, "2097151 bytes, found 2097152"),
            (Vendor::TencentKyc, 2_359_296, "3145728 bytes of base64, found 3145732"),
            (Vendor::AliyunBankocr, 3_145_728, "4194304 bytes of base64, found 4194308"),
            (Vendor::AliyunOcr, 10_485_760, "10485760 bytes, found 10485761"),
            (Vendor::TencentOcr, 7_863_552, "10484736 bytes of base64, found 10484740"),
        ] {
            assert_eq!(problem(vendor, photo(vec![0; most], size)), None, "{vendor}");
            let expected = Some(format!("image: expected at most {expected}"));
            assert_eq!(problem(vendor, photo(vec![0; most + 1], size)), expected, "{vendor}");
        }
        let over = |found: u64| {
            let unit = "bytes of base64 with its signs escaped";
            Some(format!("image: expected at most 8388608 {unit}, found {found}"))
        };
        let baidu = |bytes| problem(Vendor::BaiduOcr, photo(bytes, size));
        // Zeros have no signs, 0xff is a slash for each of its characters.
        assert_eq!(baidu(vec![0; 6_291_456]), None);
        assert_eq!(baidu(vec![0; 6_291_459]), over(8_388_612));
        assert_eq!(baidu(vec![0xff; 2_097_150]), None);
        assert_eq!(baidu(vec![0xff; 2_097_153]), over(8_388_612));
        // The padding too.
        assert_eq!(baidu(vec![0; 6_291_454]), over(8_388_612));
    }

    #[test]
    fn more_pixels_than_are_decoded_keep_a_photo_from_being_made_to_fit() {
        let limits = Vendor::Wechat.profile().pictures.as_ref().unwrap();
        let large = photo(vec![0; 2_097_152], Some((20_000, 20_000)));
        let over = limits.photo(&large).err().unwrap();
        let error = over.error_beside(&too_many_pixels(&large).unwrap());
        assert_eq!(
            error.message(),
            "image: expected at most 2097151 bytes, found 2097152, and it cannot be made to fit: of \
             400000000 pixels, only 50000000 are decoded on this machine"
        );
        assert_eq!(too_many_pixels(&photo(vec![0], Some((7_000, 7_000)))), None);
    }

    #[test]
    fn sides_are_those_of_the_header() {
        let plain = |shortest, longest| format!("sides of {shortest} to {longest} pixels");
        let aliyun = format!("{}, the longer under 50 times the shorter", plain(16, 8191));
        for (vendor, taken, refused, expected) in [
            (
                Vendor::AliyunBankocr,
                &[(15, 4096), (4096, 15)][..],
                &[(14, 100), (100, 14), (4097, 100), (100, 4097)][..],
                plain(15, 4096),
            ),
            (Vendor::BaiduOcr, &[(15, 8192)], &[(14, 100), (100, 8193)], plain(15, 8192)),
            (
                Vendor::AliyunOcr,
                &[(16, 799), (8191, 8191)],
                &[(15, 100), (8192, 1000), (800, 16)],
                aliyun,
            ),
        ] {
            for size in taken {
                assert_eq!(problem(vendor, photo(vec![0], Some(*size))), None, "{vendor} {size:?}");
            }
            let of = |found: &str| Some(format!("image: expected {expected}, found {found}"));
            for (width, height) in refused {
                let found = problem(vendor, photo(vec![0], Some((*width, *height))));
                assert_eq!(found, of(&format!("{width} by {height}")));
            }
            let found = problem(vendor, photo(vec![0], None));
            assert_eq!(found, of("a header that states no size"));
        }
        for vendor in [Vendor::Wechat, Vendor::TencentKyc, Vendor::TencentOcr] {
            assert_eq!(problem(vendor, photo(vec![0], None)), None);
            assert_eq!(problem(vendor, photo(vec![0], Some((1, 1 << 16)))), None);
        }
        let many = problem(Vendor::Offline, photo(vec![0], Some((10_000, 5_001))));
        let expected = "image: expected at most 50000000 pixels, found 10000 by 5001";
        assert_eq!(many.as_deref(), Some(expected));
        assert_eq!(problem(Vendor::Offline, photo(vec![0], Some((10_000, 5_000)))), None);
    }

    #[test]
    fn a_photo_that_is_only_too_large_can_be_made_to_fit() {
        let can = |vendor: Vendor, size| {
            vendor.profile().pictures.as_ref().unwrap().can_be_met(&photo(vec![0], size))
        };
        for size in [(5000, 3000), (3000, 5000), (4097, 16), (10, 10_000)] {
            let bankocr = can(Vendor::AliyunBankocr, Some(size));
            assert_eq!(bankocr, size != (10, 10_000), "{size:?}");
        }
        // 15.06 pixels remain of 55, and 14.9 of 54.
        assert!(can(Vendor::AliyunBankocr, Some((15_000, 56))));
        assert!(!can(Vendor::AliyunBankocr, Some((15_000, 54))));
        // Narrow it stays.
        assert!(!can(Vendor::AliyunOcr, Some((5000, 100))));
        assert!(can(Vendor::AliyunOcr, Some((4999, 100))));
        // So many pixels are not decoded.
        assert!(can(Vendor::Wechat, Some((10_000, 5_000))));
        assert!(!can(Vendor::Wechat, Some((10_000, 5_001))));
        assert!(!can(Vendor::Wechat, None));
        let few = PictureLimits {
            formats: COMMON_FORMATS,
            length: None,
            sides: None,
            pixels: Some(1_000_000),
            address: Address::Taken,
        };
        assert_eq!(few.longest_side((4000, 1000)), 2000);
        assert_eq!(few.longest_side((1000, 1000)), 1000);
    }

    #[test]
    fn webp_is_taken_by_those_whose_documents_say_so() {
        for vendor in Vendor::ALL.iter().filter(|one| one.profile().pictures.is_some()) {
            let webp = Photo { format: ImageFormat::WebP, ..photo(vec![0], Some((400, 250))) };
            let expected = match vendor {
                Vendor::AliyunOcr | Vendor::Offline => None,
                _ => Some("image: expected a photo as JPEG, PNG or BMP, found WebP".to_owned()),
            };
            assert_eq!(problem(*vendor, webp), expected, "{vendor}");
        }
    }

    #[test]
    fn addresses_are_limited() {
        let check = |vendor: Vendor, length: usize| {
            let url = Picture::Url(format!("https://a/{}", "x".repeat(length - 10)));
            vendor.profile().pictures.as_ref().unwrap().check(vendor, &url)
        };
        for (vendor, most) in [(Vendor::AliyunOcr, 2048), (Vendor::BaiduOcr, 1024)] {
            assert!(check(vendor, most).is_ok());
            let error = check(vendor, most + 1).unwrap_err();
            let expected = format!("an address of at most {most} bytes, found {} bytes", most + 1);
            assert_eq!(error.message(), format!("image: expected {expected}"));
        }
        for vendor in [Vendor::TencentKyc, Vendor::Offline] {
            assert_eq!(check(vendor, 30).unwrap_err().kind(), crate::Kind::Unsupported);
        }
        assert!(check(Vendor::Wechat, 4096).is_ok() && check(Vendor::AliyunBankocr, 4096).is_ok());
    }
}
