//! Cards, cardholders, photos, and what vendors say about them.

mod checks;
mod file;
mod format;
mod header;
mod holder;
mod image;
mod issuer;
mod kind;
mod look;
mod lookup;
mod number;
mod order;
mod recognition;
mod text;
mod verification;

pub(crate) use checks::VendorCheck;
pub use checks::{
    CardNumberCheck, IdNumberCheck, ImageCheck, check_card_number, check_id_number, check_image,
    look_at_image,
};
pub(crate) use file::Buffers;
pub use format::ImageFormat;
pub use holder::Cardholder;
pub use image::Image;
pub(crate) use image::{Photo, Picture};
pub use issuer::Issuer;
pub(crate) use issuer::IssuerTable;
pub use kind::CardKind;
pub use look::PhotoLook;
pub use lookup::{CardLookup, LookupReason};
pub use number::CardNumber;
pub use order::Order;
pub use recognition::{
    IssuerSource, NumberCandidate, Point, Recognition, ValidThru, Warning, WarningKind,
};
pub use verification::{Outcome, Reason, Verification};
