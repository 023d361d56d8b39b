//! Aliyun Cloud Market, three-element bank-card verification `1886` (cmapi00035241).
//!
//! `POST https://yhkr.market.alicloudapi.com/communication/personal/1886`, a form with `acct_no`,
//! `idcard` and `name`.
//!
//! Document (read 2026-11): <https://market.aliyun.com/products/57000002/cmapi00035241.html>. It
//! shows the address with http; it is called with https, since the form holds three identifiers.
//!
//! Auth: the gateway's, in `aliyun_gateway`. The field `key` of the document is for the provider's
//! own address, not for the market.
//!
//! Limits: all three elements, no fourth. Forms only: no document asks for a Luhn or ID check digit.
//!
//! Quirks:
//! - Nothing is said about the bill. The page sells verifications by the piece, in packages of so many
//!   ("元/条", "次"), so a success that says match or mismatch is taken for one of them (inferred);
//!   whether state 3, code 10016 and failures are counted is not known.
//! - State 3 and code 10016 say that nothing can be told: they are no mismatch.
//! - Code and state come as text and as numbers. `data` is null in a failure.
//! - A sibling product writes `result` for `state`; it is read where `state` is absent.
//! - 10020 stops repeated checks of one card: it is never to be repeated by itself, nor elsewhere.

use super::aliyun_gateway::{Field, Gateway};
use crate::card::{CardNumber, Verification};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::secret::Personal;
use crate::tokens::Token;
use crate::values::{Person, is_resident};
use crate::vendors::{
    Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor, unsupported,
};
use crate::wire::{Request, Response};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Verify],
    requests_per_second: None,
    daily_quota: None,
    pictures: None,
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://market.aliyun.com/products/57000002/cmapi00035241.html>
        default_url: "https://yhkr.market.alicloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account(Gateway::open(entry, endpoint)?))),
    },
};

const PATH: &str = "/communication/personal/1886";

/// An account of the product.
struct Account(Gateway);

/// The three values as they are sent.
struct Elements<'a> {
    card_number: &'a CardNumber,
    id_number: &'a Personal,
    name: &'a Personal,
}

fn elements(person: &Person) -> Result<Elements<'_>, Error> {
    let refuse = |what| Err(unsupported(Vendor::AliyunYhkr, what));
    if person.phone.is_some() {
        return refuse("a phone number: it checks card number, ID number and name");
    }
    let Some(id_number) = &person.id_number else {
        return refuse("a cardholder without an ID number");
    };
    if !is_resident(id_number.reveal()) {
        let expected = "that of a resident identity card: 17 digits and a digit or X, or 15 digits";
        return Err(Error::argument("id_number", expected, "another document's"));
    }
    Ok(Elements { card_number: &person.card_number, id_number, name: &person.name })
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::AliyunYhkr
    }

    fn verify(&self) -> Option<&dyn Perform<Person>> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        self.0.secrets()
    }
}

impl Perform<Person> for Account {
    fn check(&self, person: &Person, _: &Call) -> Result<(), Error> {
        elements(person).map(|_| ())
    }

    fn build(
        &self,
        person: &Person,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let elements = elements(person)?;
        let field = |name, text| Field { name, text, photo: None };
        let fields = [
            field("acct_no", elements.card_number.reveal()),
            field("idcard", elements.id_number.reveal()),
            field("name", elements.name.reveal()),
        ];
        self.0.post(PATH, &fields, now, entropy)
    }

    fn parse(&self, _: &Person, _: &Call, response: &Response) -> Reply<Verification> {
        answer::parse(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::card::Cardholder;

    fn problem(cardholder: Cardholder) -> Option<(Kind, Option<String>)> {
        let person = cardholder.person().unwrap();
        let error = elements(&person).err()?;
        Some((error.kind(), error.argument_name().map(str::to_owned)))
    }

    #[test]
    fn numbers_of_residents_are_taken_and_those_of_other_documents_are_not() {
        let three =
            |id: &str| problem(Cardholder::new("6222020000000000001", "阿·买").id_number(id));
        for taken in ["110101190001010014", "11010119000101001x", "110101000101001"] {
            assert_eq!(three(taken), None, "{taken}");
        }
        let refusal = Some((Kind::InvalidArgument, Some("id_number".to_owned())));
        for refused in ["E12345678", "H1234567800", "12345678", "ABC110101000101"] {
            assert_eq!(three(refused), refusal, "{refused}");
        }
    }

    #[test]
    fn two_and_four_elements_are_not_taken() {
        let two = Cardholder::new("6222020000000000000", "张三");
        let phone = "13800000000";
        let four = two.clone().id_number("110101190001010014").phone(phone);
        for refused in [two.clone(), two.phone(phone), four] {
            assert_eq!(problem(refused), Some((Kind::Unsupported, None)));
        }
    }
}
