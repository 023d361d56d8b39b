//! Text that must not be shown: secrets and personal data.
//!
//! Both types mask themselves in `Debug`, wipe their memory on drop, and have neither `Display` nor
//! `Serialize`: showing one is always a call to `reveal` that a reader can find.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! hidden_text {
    ($(#[$doc:meta])* $name:ident, $mask:literal) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
        pub struct $name(String);

        impl $name {
            /// Takes the text over.
            pub fn new(text: impl Into<String>) -> Self {
                $name(text.into())
            }

            /// Returns the text itself.
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// Returns whether there is no text.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($mask)
            }
        }
    };
}

hidden_text! {
    /// A credential: a key, a token, a ticket, a signature.
    Secret, "Secret(***)"
}

hidden_text! {
    /// A personal datum: a name, an ID number, a phone number, a vendor's answer that holds them.
    Personal, "Personal(***)"
}

impl Personal {
    /// Returns the text itself, to be changed in place.
    pub(crate) fn reveal_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

/// The longest secret that is taken, in bytes.
pub(crate) const SECRET_LIMIT: usize = 64 * 1024;

/// Bytes of a photo, or of an answer that may hold one; `Debug` shows only how many.
///
/// ```
/// use cardwire::{Personal, PersonalBytes, Secret};
///
/// let photo = PersonalBytes::new(vec![0xff, 0xd8, 0xff]);
/// assert_eq!(photo.reveal().len(), 3);
/// assert!(!format!("{photo:?}").contains("255"));
///
/// let (name, password) = (Personal::new("张三"), Secret::new("not-a-real-one"));
/// assert!(name.reveal() == "张三" && !password.is_empty());
/// assert!(!format!("{name:?} {password:?}").contains("张三"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonalBytes(bytes::Bytes);

impl PersonalBytes {
    /// Takes the bytes over without copying them.
    pub fn new(bytes: impl Into<bytes::Bytes>) -> Self {
        PersonalBytes(bytes.into())
    }

    /// Returns the bytes themselves.
    pub fn reveal(&self) -> &bytes::Bytes {
        &self.0
    }
}

impl fmt::Debug for PersonalBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalBytes({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("key")), "Secret(***)");
        assert_eq!(format!("{:?}", Personal::new("张三")), "Personal(***)");
        assert_eq!(format!("{:?}", PersonalBytes::new(vec![1, 2])), "PersonalBytes(2 bytes)");
    }
}
