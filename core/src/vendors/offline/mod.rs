//! Card photos read on this machine: no account, no network, no bill, and nothing leaves it.
//!
//! The crate `cardwire-offline` finds the card and reads it; MODEL.md beside it says how well. It accepts
//! only what it is sure of. Everything else is refused without a bill, and goes on to the next account of
//! `failover.recognize`.
//!
//! Limits: 50 million pixels a photo, by its header. JPEG, PNG and BMP; no addresses.

use crate::card::{Picture, Recognition};
use crate::config::Section;
use crate::error::Error;
use crate::facts::{Billed, RequestIds};
use crate::vendors::codes::{self as rows, Numbering};
use crate::vendors::{
    Channel, OpenResult, Operation, Profile, Refusal, Reply, Vendor, unsupported,
};

mod codes;
#[cfg(feature = "offline")]
mod reader;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    requests_per_second: None,
    daily_quota: None,
    check_picture: Some(check_picture),
    codes: codes::CODES,
    channel: Channel::OnThisMachine { open },
};

/// A photo of 50 million pixels takes 50 MB when it is decoded, and more than any camera of a phone
/// makes by default.
const MOST_PIXELS: u64 = 50_000_000;

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

fn check_picture(picture: &Picture) -> Result<(), Error> {
    match picture {
        Picture::Url(_) => Err(unsupported(Vendor::Offline, "addresses of photos")),
        Picture::Photo(photo) => match photo.size {
            Some((width, height)) if width as u64 * height as u64 > MOST_PIXELS => {
                let expected = format!("at most {MOST_PIXELS} pixels");
                Err(Error::argument("image", expected, format_args!("{width} by {height}")))
            }
            _ => Ok(()),
        },
    }
}

/// Returns the reading of a photo that nobody finished.
pub(crate) fn unfinished() -> Reply<Recognition> {
    let result = Err(refusal(codes::STOPPED));
    Reply { ids: RequestIds::default(), billed: Billed::No, result }
}

fn refusal(code: &str) -> Refusal {
    rows::refusal(codes::CODES, Numbering::Recognize, code, None)
}
