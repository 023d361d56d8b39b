use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::numbers::passes_luhn;
use crate::schema::{Shape, Value, Writer};

/// A bank-card number: digits only. `Debug` shows nothing of it; `masked` shows what card schemes
/// allow on a screen.
///
/// ```
/// use cardwire::CardNumber;
///
/// let number = CardNumber::parse("6222 0200 0000 0000 000").expect("12 to 19 digits");
/// assert_eq!(number.reveal(), "6222020000000000000");
/// assert_eq!(number.masked(), "622202*********0000");
/// assert!(number.passes_luhn());
/// assert!(!format!("{number:?}").contains("6222020000000000000"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CardNumber(String);

impl CardNumber {
    /// Returns the number that these digits are.
    pub(crate) fn from_digits(mut digits: Zeroizing<String>) -> Self {
        CardNumber(std::mem::take(&mut *digits))
    }

    /// Returns the digits themselves.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the first six and last four digits with `*` between: the most that PCI DSS 4.0.1,
    /// 3.4.1 allows on a display.
    pub fn masked(&self) -> String {
        let hidden = self.0.len().saturating_sub(10);
        let first = self.0.get(..6).unwrap_or("");
        let last = self.0.get(self.0.len().saturating_sub(4)..).unwrap_or("");
        format!("{first}{}{last}", "*".repeat(hidden))
    }

    /// Returns whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B) of the
    /// others.
    pub fn passes_luhn(&self) -> bool {
        passes_luhn(&self.0)
    }
}

impl Value for CardNumber {
    const SHAPE: Shape = Shape::Text;
    const PERSONAL: bool = true;

    fn put(&self, to: &mut Writer) {
        to.text(&self.0);
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_drops_separators_and_refuses_the_rest() {
        let number = CardNumber::parse("6222 0200-0000 0000 000").unwrap();
        assert_eq!(number.reveal(), "6222020000000000000");
        assert_eq!(number.masked(), "622202*********0000");
        assert_eq!(format!("{number:?}"), "CardNumber(***)");
        for refused in
            ["", "62220200000", "62220200000000000000", "622202000000000x", "-6222020000000000000"]
        {
            assert!(CardNumber::parse(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn luhn() {
        assert!(CardNumber::parse("6222020000000000000").unwrap().passes_luhn());
        assert!(!CardNumber::parse("6222020000000000001").unwrap().passes_luhn());
    }
}
