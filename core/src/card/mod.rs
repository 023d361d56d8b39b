//! Cards, cardholders, photos, and what vendors say about them.

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

pub(crate) use checks::VendorCheck;
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

        $crate::schema::named!($name, slug);
    };
}
pub(crate) use slugs;
