use crate::error::Error;
use crate::secret::Personal;
use crate::values::{self, Person};

/// Whom to verify: a card number with a name, and an ID number and phone number where they are known.
///
/// | given | elements | vendors |
/// |---|---|---|
/// | card number, name | two | `tencent_faceid` |
/// | and ID number | three | `tencent_faceid`, `aliyun_yhkr` |
/// | and phone number | four | `tencent_faceid` |
///
/// Every vendor is asked about the same values: digits of full width become those of ASCII, blanks and
/// dashes between the digits of numbers are dropped, as are invisible characters everywhere, `x` at
/// the end of an ID number becomes `X`, and `+86` before a phone number goes. A name has 1 to 256
/// characters and no control characters; its middle dots are kept as typed. The page
/// "Values of people" has the whole table. A call with a value that cannot be one is refused.
#[derive(Clone, Debug, Default)]
pub struct Cardholder {
    pub(crate) card_number: Personal,
    pub(crate) name: Personal,
    pub(crate) id_number: Option<Personal>,
    pub(crate) phone: Option<Personal>,
}

impl Cardholder {
    /// Returns a cardholder by card number and name.
    pub fn new(card_number: &str, name: &str) -> Self {
        Cardholder {
            card_number: Personal::new(card_number),
            name: Personal::new(name),
            id_number: None,
            phone: None,
        }
    }

    /// Adds the number of the resident identity card.
    pub fn id_number(mut self, id_number: &str) -> Self {
        self.id_number = Some(Personal::new(id_number));
        self
    }

    /// Adds the mobile phone number that the issuer holds.
    pub fn phone(mut self, phone: &str) -> Self {
        self.phone = Some(Personal::new(phone));
        self
    }

    /// Returns the values in the form in which every vendor is given them.
    pub(crate) fn person(&self) -> Result<Person, Error> {
        let optional = |value: &Option<Personal>, read: fn(&str) -> Result<Personal, Error>| {
            value.as_ref().map(|value| read(value.reveal())).transpose()
        };
        Ok(Person {
            card_number: values::card_number(self.card_number.reveal())?,
            name: values::name(self.name.reveal())?,
            id_number: optional(&self.id_number, values::id_number)?,
            phone: optional(&self.phone, values::phone)?,
        })
    }
}
