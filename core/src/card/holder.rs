use crate::error::Error;
use crate::secret::Personal;

/// The longest name that is sent, in characters. No vendor states a limit, and no name is longer.
const NAME_LIMIT: usize = 256;

/// Whom to verify: a card number with a name, and an ID number and phone number where they are known.
///
/// | given | elements | vendors |
/// |---|---|---|
/// | card number, name | two | `tencent_faceid` |
/// | and ID number | three | `tencent_faceid`, `aliyun_yhkr` |
/// | and phone number | four | `tencent_faceid` |
///
/// White space around each value is dropped. Nothing else is corrected: a name is compared by the
/// vendor as it is. It has 1 to 256 characters and no control characters.
#[derive(Clone, Debug, Default)]
pub struct Cardholder {
    pub(crate) card_number: Personal,
    pub(crate) name: Personal,
    pub(crate) id_number: Option<Personal>,
    pub(crate) phone: Option<Personal>,
}

impl Cardholder {
    /// A cardholder by card number and name.
    pub fn new(card_number: &str, name: &str) -> Self {
        Cardholder {
            card_number: Personal::new(card_number.trim()),
            name: Personal::new(name.trim()),
            id_number: None,
            phone: None,
        }
    }

    /// Adds the number of the resident identity card.
    pub fn id_number(mut self, id_number: &str) -> Self {
        self.id_number = Some(Personal::new(id_number.trim()));
        self
    }

    /// Adds the mobile phone number that the issuer holds.
    pub fn phone(mut self, phone: &str) -> Self {
        self.phone = Some(Personal::new(phone.trim()));
        self
    }

    /// The name, where it can be one.
    pub(crate) fn checked_name(&self) -> Result<&str, Error> {
        let name = self.name.reveal();
        if name.is_empty() {
            return Err(Error::argument("name", "it is empty"));
        }
        if name.chars().any(char::is_control) {
            return Err(Error::argument("name", "it has control characters"));
        }
        if name.chars().count() > NAME_LIMIT {
            return Err(Error::argument("name", "it is longer than 256 characters"));
        }
        Ok(name)
    }

    /// Every value, for masking vendor text.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        [Some(&self.card_number), Some(&self.name), self.id_number.as_ref(), self.phone.as_ref()]
            .into_iter()
            .flatten()
            .map(Personal::reveal)
    }
}
