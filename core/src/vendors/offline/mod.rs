//! Card photos read on this machine: no account, no network, no bill, and nothing leaves it.
//!
//! The crate `cardwire-offline` finds the card and reads it; MODEL.md beside it says how well. It accepts
//! only what it is sure of. Everything else is refused without a bill, and goes on to the next account of
//! `failover.recognize`.
//!
//! Limits: 50 million pixels a photo, by its header. JPEG, PNG, BMP and WebP; no addresses.

use super::picture_limits::{Address, MOST_PIXELS, PictureLimits};
use crate::card::{ImageFormat, Photo, PhotoLook, Recognition};
use crate::config::Section;
use crate::error::Error;
use crate::facts::{Billed, RequestIds};
use crate::vendors::codes::{self as rows, Numbering};
use crate::vendors::{Channel, OpenResult, Operation, Profile, Refusal, Reply};

mod codes;
#[cfg(feature = "offline")]
mod reader;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    requests_per_second: None,
    daily_quota: None,
    pictures: Some(PictureLimits {
        formats: ImageFormat::ALL,
        length: None,
        sides: None,
        pixels: Some(MOST_PIXELS),
        address: Address::Refused("addresses of photos"),
    }),
    codes: codes::CODES,
    channel: Channel::OnThisMachine { open },
};

#[cfg(feature = "offline")]
fn open(_: &mut Section<'_>) -> OpenResult {
    Ok(Box::new(reader::Account))
}

#[cfg(not(feature = "offline"))]
fn open(entry: &mut Section<'_>) -> OpenResult {
    Err(entry.problem(
        "vendor",
        "a build of the library with the feature offline",
        "one without it",
    ))
}

/// Looks at a photo without a call: reads it, and tells how well it can be read.
///
/// # Errors
/// `invalid_argument` where it has too many pixels or cannot be decoded.
#[cfg(feature = "offline")]
pub(crate) fn look(photo: &Photo) -> Result<PhotoLook, Error> {
    reader::look(photo)
}

/// # Errors
/// `unsupported`.
#[cfg(not(feature = "offline"))]
pub(crate) fn look(_: &Photo) -> Result<PhotoLook, Error> {
    let needed = "a look at a photo needs a build of the library with the feature offline";
    Err(Error::new(crate::error::Kind::Unsupported, needed))
}

/// Returns the reading of a photo that nobody finished.
pub(crate) fn unfinished() -> Reply<Recognition> {
    let result = Err(refusal(codes::STOPPED));
    Reply { ids: RequestIds::default(), billed: Billed::No, result }
}

fn refusal(code: &str) -> Refusal {
    rows::refusal(codes::CODES, Numbering::Recognize, code, None)
}
