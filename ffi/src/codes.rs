//! Numbers of the header for the closed lists of the Rust crate.

use std::ffi::c_char;
use std::ptr;

use once_cell::race::OnceBox;

use crate::text::Text;

/// The names of a list, each with its number.
pub(crate) type Names = OnceBox<Vec<(i32, Text)>>;

/// A value that C sees as a number, never 0.
pub(crate) trait Code: Copy + 'static {
    fn all() -> &'static [Self];
    fn number(self) -> i32;
    fn slug(self) -> &'static str;
    fn names() -> &'static Names;
}

/// States the number of each value. The match has no other arm, so a value without one does not
/// compile.
macro_rules! codes {
    ($type:ident { $($variant:ident = $number:ident,)* }) => {
        impl $crate::codes::Code for $type {
            fn all() -> &'static [Self] {
                $type::ALL
            }

            fn number(self) -> i32 {
                match self { $($type::$variant => $number,)* }
            }

            fn slug(self) -> &'static str {
                $type::slug(self)
            }

            fn names() -> &'static $crate::codes::Names {
                static NAMES: $crate::codes::Names = $crate::codes::Names::new();
                &NAMES
            }
        }
    };
}
pub(crate) use codes;

/// Returns the name of a number; NULL where the list has no such number.
pub(crate) fn name_of<C: Code>(number: i32) -> *const c_char {
    let names = C::names().get_or_init(|| {
        let name = |code: &C| (code.number(), Text::new(code.slug()));
        Box::new(C::all().iter().map(name).collect())
    });
    let found = names.iter().find(|(known, _)| *known == number);
    found.map_or(ptr::null(), |(_, name)| name.pointer())
}

/// Returns the number of a value that may be absent; 0 where it is.
pub(crate) fn number_of<C: Code>(code: Option<C>) -> i32 {
    code.map_or(0, C::number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::CStr;

    use cardwire_core::{
        Billed, BlockScope, BreakerState, CardKind, ImageFormat, IssuerSource, Kind, Level,
        LookupReason, Operation, OrderStatus, Outcome, PhotoLook, Reason, Sent, WarningKind,
    };

    use super::*;

    const HEADER: &str = include_str!("../../include/cardwire.h");

    fn check<C: Code>(prefix: &str) {
        let mut numbers = BTreeSet::new();
        for code in C::all() {
            let (number, slug) = (code.number(), code.slug());
            assert!(number > 0 && numbers.insert(number), "{prefix}{slug}");
            // SAFETY: the name is a Text that is never freed.
            let name = unsafe { CStr::from_ptr(name_of::<C>(number)) };
            assert_eq!(name.to_str(), Ok(slug));
            let define = format!("#define {prefix}{} {number}", slug.to_uppercase());
            assert!(HEADER.lines().any(|line| line == define), "{define}");
        }
        for stranger in [0, -1, i32::MAX, i32::MIN, 1000] {
            assert!(name_of::<C>(stranger).is_null());
        }
    }

    #[test]
    fn every_value_has_its_number_and_name() {
        check::<Kind>("CARDWIRE_");
        check::<Sent>("CARDWIRE_SENT_");
        check::<Billed>("CARDWIRE_BILLED_");
        check::<CardKind>("CARDWIRE_CARD_KIND_");
        check::<WarningKind>("CARDWIRE_WARNING_");
        check::<IssuerSource>("CARDWIRE_ISSUER_SOURCE_");
        check::<Outcome>("CARDWIRE_OUTCOME_");
        check::<Reason>("CARDWIRE_REASON_");
        check::<LookupReason>("CARDWIRE_LOOKUP_REASON_");
        check::<Operation>("CARDWIRE_OPERATION_");
        check::<ImageFormat>("CARDWIRE_IMAGE_FORMAT_");
        check::<OrderStatus>("CARDWIRE_ORDER_STATUS_");
        check::<PhotoLook>("CARDWIRE_PHOTO_LOOK_");
        check::<Level>("CARDWIRE_LEVEL_");
        check::<BreakerState>("CARDWIRE_BREAKER_STATE_");
        check::<BlockScope>("CARDWIRE_BLOCK_SCOPE_");
    }

    #[test]
    fn a_status_is_the_number_of_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(i32::try_from(Kind::number(*kind)), Ok(Code::number(*kind)));
        }
    }
}
