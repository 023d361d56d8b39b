//! Free checks on this machine: nothing is sent.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::bindings::mask_card_number;
use cardwire_core::{
    Error, Image, ImageCheck, ImageFormat, PhotoLook, check_card_number, check_id_number,
    check_image, look_at_image,
};
use once_cell::race::OnceBox;

use crate::call;
use crate::codes::{Code, codes, name_of, number_of};
use crate::error::{Failure, cardwire_error};
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::{Text, bytes_in, length_z, text_in};

/// JPEG.
pub const CARDWIRE_IMAGE_FORMAT_JPEG: i32 = 1;
/// PNG.
pub const CARDWIRE_IMAGE_FORMAT_PNG: i32 = 2;
/// Windows bitmap.
pub const CARDWIRE_IMAGE_FORMAT_BMP: i32 = 3;
/// WebP.
pub const CARDWIRE_IMAGE_FORMAT_WEBP: i32 = 4;

codes! {
    ImageFormat {
        Jpeg = CARDWIRE_IMAGE_FORMAT_JPEG,
        Png = CARDWIRE_IMAGE_FORMAT_PNG,
        Bmp = CARDWIRE_IMAGE_FORMAT_BMP,
        WebP = CARDWIRE_IMAGE_FORMAT_WEBP,
    }
}

/// The number can be read with confidence: the vendor `offline` with the built-in table of issuers accepts it.
pub const CARDWIRE_PHOTO_LOOK_READABLE: i32 = 1;
/// No card was seen.
pub const CARDWIRE_PHOTO_LOOK_NO_CARD: i32 = 2;
/// The number is not sharp enough: out of focus, moved, or too small in the photo.
pub const CARDWIRE_PHOTO_LOOK_BLURRED: i32 = 3;
/// The photo's edge cuts the card's number off.
pub const CARDWIRE_PHOTO_LOOK_CUT: i32 = 4;
/// No such fault was seen, but the number cannot be read with confidence here. A vendor may read it.
pub const CARDWIRE_PHOTO_LOOK_NOT_SURE: i32 = 5;

codes! {
    PhotoLook {
        Readable = CARDWIRE_PHOTO_LOOK_READABLE,
        NoCard = CARDWIRE_PHOTO_LOOK_NO_CARD,
        Blurred = CARDWIRE_PHOTO_LOOK_BLURRED,
        Cut = CARDWIRE_PHOTO_LOOK_CUT,
        NotSure = CARDWIRE_PHOTO_LOOK_NOT_SURE,
    }
}

/// Returns the name of one of CARDWIRE_IMAGE_FORMAT_*, in snake_case; NULL for any other number.
/// The text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_format_name(image_format: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<ImageFormat>(image_format))
}

/// Returns the name of one of CARDWIRE_PHOTO_LOOK_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_photo_look_name(photo_look: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<PhotoLook>(photo_look))
}

/// Fills numbers of the caller's: all with 0 first.
///
/// # Safety
/// Each pointer is NULL or can be written to.
unsafe fn fill<const N: usize>(
    outputs: [(*mut i32, &'static str); N],
    error: *mut *mut cardwire_error,
    body: impl FnOnce() -> Result<[bool; N], Failure>,
) -> cardwire_status {
    for (output, _) in outputs {
        if !output.is_null() {
            // SAFETY: the caller vouches for it.
            unsafe { output.write(0) };
        }
    }
    let fill = || {
        if let Some((_, name)) = outputs.iter().find(|(output, _)| output.is_null()) {
            return Err(Failure::null(*name, "an address to write to"));
        }
        for ((output, _), value) in outputs.into_iter().zip(body()?) {
            // SAFETY: not NULL, and the caller vouches for the rest.
            unsafe { output.write(value.into()) };
        }
        Ok(())
    };
    // SAFETY: the caller vouches for `error`.
    unsafe { call::status(error, fill) }
}

/// Checks the form of a card number on this machine.
///
/// - `card_number`, `card_number_len`: the number.
/// - `well_formed`: receives 1 where it is 12 to 19 digits, blanks and dashes between them aside; else 0.
/// - `luhn`: receives 1 where the last digit is the Luhn check digit; else 0. Some issued cards fail
///   this, so no call refuses a card for it.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_check_card_number(
    card_number: *const c_char,
    card_number_len: usize,
    well_formed: *mut i32,
    luhn: *mut i32,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let check = || {
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        let check = check_card_number(number);
        Ok([check.well_formed, check.luhn])
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { fill([(well_formed, "well_formed"), (luhn, "luhn")], error, check) }
}

/// Works as cardwire_check_card_number, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_check_card_number_z(
    card_number: *const c_char,
    well_formed: *mut i32,
    luhn: *mut i32,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe {
        cardwire_check_card_number(card_number, length_z(card_number), well_formed, luhn, error)
    }
}

/// Replaces by `*`, in place, what may not be shown of a card number: all but its first six and last four
/// digits, the most that PCI DSS 4.0.1, 3.4.1 allows on a display. Of a text that is not 12 to 19 digits
/// alone, everything is replaced.
///
/// - `card_number`, `card_number_len`: the number.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_mask_card_number(
    card_number: *mut c_char,
    card_number_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let mask = || {
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(card_number, card_number_len, "card_number") }?;
        let masked = mask_card_number(number).filter(|masked| masked.len() == card_number_len);
        let masked = masked.unwrap_or_else(|| "*".repeat(card_number_len));
        // SAFETY: the text can be written to, and `masked` is as long.
        unsafe { ptr::copy_nonoverlapping(masked.as_ptr(), card_number.cast(), masked.len()) };
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, mask) }
}

/// Checks the form of a resident identity number (GB 11643-1999) on this machine.
///
/// - `id_number`, `id_number_len`: the number.
/// - `well_formed`: receives 1 where it is 17 digits and a digit or X, or the 15 digits of before
///   1999; else 0.
/// - `checksum`: receives 1 where the last character is the check character; else 0, as for 15
///   digits.
/// - `birth_date`: receives 1 where the birth date in it is a date from 1900 to 2099; else 0.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_check_id_number(
    id_number: *const c_char,
    id_number_len: usize,
    well_formed: *mut i32,
    checksum: *mut i32,
    birth_date: *mut i32,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let outputs =
        [(well_formed, "well_formed"), (checksum, "checksum"), (birth_date, "birth_date")];
    let check = || {
        // SAFETY: the header asks for text of that length.
        let number = unsafe { text_in(id_number, id_number_len, "id_number") }?;
        let check = check_id_number(number);
        Ok([check.well_formed, check.checksum, check.birth_date])
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { fill(outputs, error, check) }
}

/// Works as cardwire_check_id_number, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_check_id_number_z(
    id_number: *const c_char,
    well_formed: *mut i32,
    checksum: *mut i32,
    birth_date: *mut i32,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe {
        let length = length_z(id_number);
        cardwire_check_id_number(id_number, length, well_formed, checksum, birth_date, error)
    }
}

/// The findings about an image, and which vendors take it; free it with
/// cardwire_image_check_free.
pub struct cardwire_image_check(());

impl Opaque for cardwire_image_check {
    type Object = ImageCheckObject;
    const TYPE: u8 = 12;
}

pub(crate) struct ImageCheckObject {
    source: ImageCheck,
    vendors: Vec<(Text, Option<Text>)>,
    json: OnceBox<Text>,
}

impl From<ImageCheck> for ImageCheckObject {
    fn from(source: ImageCheck) -> Self {
        let problem =
            |error: &Option<Error>| error.as_ref().map(|error| Text::new(error.message()));
        let vendors = source.vendors.iter();
        ImageCheckObject {
            vendors: vendors
                .map(|(vendor, error)| (Text::new(vendor.name()), problem(error)))
                .collect(),
            json: OnceBox::new(),
            source,
        }
    }
}

impl ImageCheckObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| Box::new(Text::taken(self.source.to_json())))
    }
}

/// Gives what `check` finds in an image of the caller's.
///
/// # Safety
/// As for `bytes_in` and `give`.
unsafe fn give_check(
    image: *const u8,
    image_len: usize,
    image_check: *mut *mut cardwire_image_check,
    error: *mut *mut cardwire_error,
    check: fn(Vec<u8>) -> Result<ImageCheck, Error>,
) -> cardwire_status {
    let check = || {
        // SAFETY: the caller vouches for it.
        let image = unsafe { bytes_in(image, image_len, "image") }?;
        Ok(check(image.to_vec())?.into())
    };
    // SAFETY: the caller vouches for it.
    unsafe { call::give(image_check, "image_check", error, check) }
}

/// Checks an image against each vendor's limits on this machine. Only its header is read.
///
/// - `image`, `image_len`: the photo, as for cardwire_recognize.
/// - `image_check`: receives the result; free it with cardwire_image_check_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT where the bytes are no image of a format that any
/// vendor takes. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_check_image(
    image: *const u8,
    image_len: usize,
    image_check: *mut *mut cardwire_image_check,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for bytes of that length, and for out-parameters that are NULL or can be
    // written to.
    unsafe { give_check(image, image_len, image_check, error, check_image) }
}

/// Works as cardwire_check_image, and looks at the photo: whether its number can be read, and if not,
/// whether it shows no card, is not sharp or is cut. The photo is decoded and read on the calling
/// thread, in some tenths of a second.
///
/// - `image`, `image_len`: the photo, as for cardwire_recognize.
/// - `image_check`: receives the result; free it with cardwire_image_check_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK; CARDWIRE_INVALID_ARGUMENT where the bytes are no image of a format that any
/// vendor takes, are damaged, or have more pixels than the vendor `offline` takes; or
/// CARDWIRE_UNSUPPORTED from a library that was built without the feature `offline`. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_look_at_image(
    image: *const u8,
    image_len: usize,
    image_check: *mut *mut cardwire_image_check,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for bytes of that length, and for out-parameters that are NULL or can be
    // written to.
    unsafe { give_check(image, image_len, image_check, error, look_at_image) }
}

/// Returns the most bytes that are read of a photo's file, and that a program need take from a
/// stream. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_limit() -> usize {
    Image::LIMIT
}

/// Returns the format, by the first bytes: one of CARDWIRE_IMAGE_FORMAT_*; 0 for a handle that is
/// not live. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_format(image_check: *const cardwire_image_check) -> i32 {
    call::read(image_check, 0, |check| check.source.format.number())
}

/// Returns the width in pixels, as the header states it; 0 where it does not. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_width(image_check: *const cardwire_image_check) -> usize {
    call::read(image_check, 0, |check| check.source.width)
}

/// Returns the height in pixels, as the header states it; 0 where it does not. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_height(image_check: *const cardwire_image_check) -> usize {
    call::read(image_check, 0, |check| check.source.height)
}

/// Returns the size in bytes. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_bytes(image_check: *const cardwire_image_check) -> usize {
    call::read(image_check, 0, |check| check.source.bytes)
}

/// Returns what a look at the photo showed: one of CARDWIRE_PHOTO_LOOK_*; 0 where
/// cardwire_check_image read its header alone. Several faults may meet; the one with the lowest
/// number is told. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_look(image_check: *const cardwire_image_check) -> i32 {
    call::read(image_check, 0, |check| number_of(check.source.look))
}

/// Returns how many vendors read card photos. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_vendor_count(
    image_check: *const cardwire_image_check,
) -> usize {
    call::read(image_check, 0, |check| check.vendors.len())
}

/// Returns the name of vendor `index`, counted from 0; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_vendor(
    image_check: *const cardwire_image_check,
    index: usize,
) -> *const c_char {
    call::text(image_check, |check| check.vendors.get(index).map(|(vendor, _)| vendor))
}

/// Returns 1 where vendor `index` takes this image as it is, else 0; a call makes it fit where it can.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_accepted(
    image_check: *const cardwire_image_check,
    index: usize,
) -> i32 {
    call::read(image_check, 0, |check| {
        check.vendors.get(index).is_some_and(|(_, problem)| problem.is_none()).into()
    })
}

/// Returns the reason why vendor `index` does not take this image; NULL where it does. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_problem(
    image_check: *const cardwire_image_check,
    index: usize,
) -> *const c_char {
    call::text(image_check, |check| {
        check.vendors.get(index).and_then(|(_, problem)| problem.as_ref())
    })
}

/// Returns everything as a JSON object. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_json(
    image_check: *const cardwire_image_check,
) -> *const c_char {
    call::text(image_check, |check| Some(check.json()))
}

/// Returns the length of cardwire_image_check_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_json_len(image_check: *const cardwire_image_check) -> usize {
    call::text_len(image_check, |check| Some(check.json()))
}

/// Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_image_check_free(image_check: *mut cardwire_image_check) {
    call::free(image_check);
}
