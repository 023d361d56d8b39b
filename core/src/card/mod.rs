//! Cards, cardholders, photos, and what vendors say about them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::secret::PersonalBytes;

mod checks;
mod file;
mod header;
mod holder;
mod image;
mod lookup;
mod number;
mod order;
mod recognition;
mod text;
mod verification;

pub use checks::{
    CardNumberCheck, IdNumberCheck, ImageCheck, check_card_number, check_id_number, check_image,
};
pub(crate) use file::Buffers;
pub use holder::Cardholder;
#[cfg(test)]
pub(crate) use image::Photo;
pub(crate) use image::Picture;
pub use image::{Image, ImageFormat};
pub use lookup::{CardLookup, LookupReason};
pub use number::CardNumber;
pub use order::Order;
pub use recognition::{CardKind, Recognition, ValidThru, Warning, WarningKind};
pub use verification::{Outcome, Reason, Verification};

/// A closed list of named values: the slug of each, all of them, and the value of a slug.
macro_rules! slugs {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $slug:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The stable name, in snake_case.
            pub const fn slug(self) -> &'static str {
                match self { $($name::$variant => $slug,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.slug())
            }
        }
    };
}
pub(crate) use slugs;

/// A photo as base64 text for a JSON document.
fn photo_json(photo: Option<&PersonalBytes>) -> Value {
    photo.map_or(Value::Null, |photo| STANDARD.encode(photo.reveal()).into())
}

/// A vendor's answer as JSON where it is JSON, else as text.
fn raw_json(raw: &PersonalBytes) -> Value {
    serde_json::from_slice(raw.reveal())
        .unwrap_or_else(|_| String::from_utf8_lossy(raw.reveal()).into_owned().into())
}
