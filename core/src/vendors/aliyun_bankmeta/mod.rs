//! Alibaba Cloud information verification: does a bank card belong to a name, an ID number, a phone number.
//!
//! `BankMetaVerify`, API version 2019-03-07: `POST https://cloudauth.aliyuncs.com/`, every parameter in the query.
//! Other hosts by `base_url`: `cloudauth-dualstack.aliyuncs.com`, `cloudauth.cn-beijing.aliyuncs.com`,
//! `cloudauth.cn-shanghai.aliyuncs.com`.
//!
//! Documents, read 2026-11:
//! <https://help.aliyun.com/en/id-verification/information-verification/developer-reference/bank-card-verification>,
//! <https://help.aliyun.com/zh/id-verification/information-verification/product-overview/qps-limits-of-api-operations-dedicated-to-information-verification>
//! (rate). The first could be read in part: what it says of `ParamType` and `IdentityType` is from the vendor's SDK
//! for Python, alibabacloud-cloudauth20190307 3.14.0, and for other documents than identity cards from that of the
//! international sibling, `BankMetaVerifyIntl`.
//!
//! Auth: ACS3-HMAC-SHA256, in `aliyun_openapi`.
//!
//! Limits: 50 requests a second of an account; `BankCard` and `UserName` always, `IdentifyNum` from three elements
//! on, `Mobile` with four.
//!
//! Quirks:
//! - The values go into the address, as the vendor's SDK sends them: no document has them in a body.
//! - With `md5` a part of each value is hashed: the last six digits of the card, the first character of the name,
//!   the date of birth in an ID number, the whole phone number.
//! - `BizCode` 2, "inconsistent", also stands for a lost or expired card; `SubCode` says which it is.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::aliyun_openapi::{Keys, Payload, Product};
use crate::card::Verification;
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::tokens::Token;
use crate::values::{Person, is_resident};
use crate::vendors::codes::Numbering;
use crate::vendors::{Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor};
use crate::wire::{Request, Response};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Verify],
    // <https://help.aliyun.com/zh/id-verification/information-verification/product-overview/qps-limits-of-api-operations-dedicated-to-information-verification>
    requests_per_second: Some(50.0),
    daily_quota: None,
    pictures: None,
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://help.aliyun.com/en/id-verification/information-verification/developer-reference/bank-card-verification>
        default_url: "https://cloudauth.aliyuncs.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

const PRODUCT: Product = Product { action: "BankMetaVerify", version: "2019-03-07" };

/// How the values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ParamType {
    Normal,
    Md5,
}

const PARAM_TYPES: &[(&str, ParamType)] =
    &[(ParamType::Normal.name(), ParamType::Normal), (ParamType::Md5.name(), ParamType::Md5)];

impl ParamType {
    const fn name(self) -> &'static str {
        match self {
            ParamType::Normal => "normal",
            ParamType::Md5 => "md5",
        }
    }
}

/// The length of a resident identity card's number, and where the date of birth stands in it.
const ID_LENGTH: usize = 18;
const BIRTH: std::ops::Range<usize> = 6..14;

/// How many digits at the end of a card number are hashed, and of a number of another document.
const HASHED_OF_CARD: usize = 6;
const HASHED_OF_DOCUMENT: usize = 2;

struct Account {
    keys: Keys,
    param_type: ParamType,
    /// What kind of document the ID numbers are of; an identity card where it is not given.
    identity_type: Option<String>,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let keys = Keys::open(entry, endpoint, PRODUCT)?;
        let param_type = entry.choice("param_type", PARAM_TYPES)?.unwrap_or(ParamType::Normal);
        let identity_type = entry.text("identity_type")?;
        // The SDK's sample is 01.
        let is_type =
            |text: &String| text.len() == 2 && text.bytes().all(|one| one.is_ascii_digit());
        if identity_type.as_ref().is_some_and(|text| !is_type(text)) {
            return Err(entry.problem(
                "identity_type",
                "two digits, such as \"01\"",
                "another text",
            ));
        }
        Ok(Account { keys, param_type, identity_type })
    }

    /// Returns an ID number as it is sent.
    ///
    /// # Errors
    /// It is not one of those that are documented for the account's `identity_type` and `param_type`.
    fn id_number(&self, number: &str) -> Result<Zeroizing<String>, Error> {
        let is_card = self.identity_type.is_none();
        if is_card && !is_resident(number) {
            let expected = "that of a resident identity card (17 digits and a digit or X, or 15 \
                 digits) unless \"identity_type\" names another document";
            return Err(Error::argument("id_number", expected, "another document's"));
        }
        if self.param_type == ParamType::Normal {
            return Ok(Zeroizing::new(number.to_owned()));
        }
        let hashed = match (is_card, number.len()) {
            (true, ID_LENGTH) => BIRTH,
            (true, _) => {
                // No document says how one of 15 digits is hashed.
                let expected = "one of 18 characters with \"param_type\": \"md5\"";
                return Err(Error::argument("id_number", expected, "15 digits"));
            }
            (false, length) => length.saturating_sub(HASHED_OF_DOCUMENT)..length,
        };
        Ok(with_hash(number, hashed))
    }
}

/// Returns a value with the MD5 of a part instead of that part, in lower-case hex.
fn with_hash(value: &str, part: std::ops::Range<usize>) -> Zeroizing<String> {
    let (before, after) = (value.get(..part.start), value.get(part.end..));
    let hash = base16ct::lower::encode_string(&Md5::digest(value.get(part).unwrap_or_default()));
    Zeroizing::new([before.unwrap_or_default(), &hash, after.unwrap_or_default()].concat())
}

/// Returns the product that checks so many elements, and the numbering of its results.
fn product(person: &Person) -> (&'static str, Numbering) {
    match (&person.id_number, &person.phone) {
        (_, Some(_)) => ("BANK_CARD_4_META", Numbering::Verify4),
        (Some(_), None) => ("BANK_CARD_3_META", Numbering::Verify3),
        (None, None) => ("BANK_CARD_2_META", Numbering::Verify2),
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::AliyunBankmeta
    }

    fn verify(&self) -> Option<&dyn Perform<Person>> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        self.keys.secrets()
    }
}

impl Perform<Person> for Account {
    fn check(&self, person: &Person, _: &Call) -> Result<(), Error> {
        match &person.id_number {
            Some(number) => self.id_number(number.reveal()).map(|_| ()),
            None if person.phone.is_some() => {
                Err(Error::argument("id_number", "one beside the phone number", "none"))
            }
            None => Ok(()),
        }
    }

    fn build(
        &self,
        person: &Person,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let (card, name) = (person.card_number.reveal(), person.name.reveal());
        let phone = person.phone.as_ref().map(|phone| phone.reveal());
        let plain = |text: &str| Zeroizing::new(text.to_owned());
        let (card, name, phone) = match self.param_type {
            ParamType::Normal => (plain(card), plain(name), phone.map(plain)),
            ParamType::Md5 => {
                let from = card.len().saturating_sub(HASHED_OF_CARD);
                let first = name.chars().next().map_or(0, char::len_utf8);
                (
                    with_hash(card, from..card.len()),
                    with_hash(name, 0..first),
                    phone.map(|phone| with_hash(phone, 0..phone.len())),
                )
            }
        };
        let id_number =
            person.id_number.as_ref().map(|number| self.id_number(number.reveal())).transpose()?;
        let identity_type = self.identity_type.as_ref().filter(|_| id_number.is_some());
        let parameters: Vec<(&'static str, &str)> = [
            ("BankCard", Some(card.as_str())),
            ("IdentifyNum", id_number.as_ref().map(|number| number.as_str())),
            ("IdentityType", identity_type.map(String::as_str)),
            ("Mobile", phone.as_ref().map(|phone| phone.as_str())),
            ("ParamType", Some(self.param_type.name())),
            ("ProductType", Some(product(person).0)),
            ("UserName", Some(name.as_str())),
            ("VerifyMode", Some("VERIFY_BANK_CARD")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        Ok(self.keys.request(Payload::Query(&parameters), now, entropy))
    }

    fn parse(&self, person: &Person, _: &Call, response: &Response) -> Reply<Verification> {
        answer::parse(product(person).1, response)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Kind;
    use crate::card::Cardholder;
    use crate::config::Config;
    use crate::vendors::Task;

    fn open(keys: Value) -> Result<std::sync::Arc<dyn Adapter>, Error> {
        let mut entry = json!({
            "vendor": "aliyun_bankmeta", "access_key_id": "id", "access_key_secret": "key",
        });
        entry.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let config = Config::from_json(&json!({"vendors": [entry]}).to_string())?;
        Ok(config.accounts.into_iter().next().unwrap().adapter)
    }

    fn problem(keys: Value, id_number: Option<&str>, phone: Option<&str>) -> Option<String> {
        let mut holder = Cardholder::new("6222020000000000001", "张三");
        holder = id_number.map_or(holder.clone(), |number| holder.id_number(number));
        holder = phone.map_or(holder.clone(), |number| holder.phone(number));
        let task = Task::Verify(holder.person().unwrap());
        let order_id = "cardwireUnit0001".into();
        let call = Call { task, order_id, user_id: None, reference: None };
        let error = open(keys).unwrap().check(&call).err()?;
        assert_eq!(error.kind(), Kind::InvalidArgument);
        Some(error.message().to_owned())
    }

    #[test]
    fn what_is_documented_is_taken() {
        let (normal, md5) = (json!({}), json!({"param_type": "md5"}));
        let passport = json!({"param_type": "md5", "identity_type": "02"});
        for (keys, id_number, phone, taken) in [
            (&normal, None, None, true),
            (&normal, Some("110101190001010010"), None, true),
            (&normal, Some("110101900101001"), Some("13800000000"), true),
            (&normal, Some("E12345678"), None, false),
            (&normal, None, Some("13800000000"), false),
            (&md5, Some("110101190001010010"), None, true),
            (&md5, Some("110101900101001"), None, false),
            (&passport, Some("E12345678"), None, true),
        ] {
            let found = problem(keys.clone(), id_number, phone);
            assert_eq!(found.is_none(), taken, "{keys} {id_number:?} {found:?}");
            assert!(found.is_none_or(|text| text.starts_with("id_number: ")));
        }
    }

    #[test]
    fn keys_that_do_not_fit_are_refused_by_path() {
        for (keys, message) in [
            (
                json!({"access_key_id": null}),
                "vendors[0].access_key_id: expected a secret, found none",
            ),
            (
                json!({"access_key_secret": ""}),
                "vendors[0].access_key_secret: expected 1 to 65536 printable ASCII characters without spaces around them, found an empty text",
            ),
            (
                json!({"param_type": "MD5"}),
                "vendors[0].param_type: expected one of \"normal\", \"md5\", found another string",
            ),
            (
                json!({"identity_type": "passport"}),
                "vendors[0].identity_type: expected two digits, such as \"01\", found another text",
            ),
        ] {
            let error = open(keys).err().unwrap();
            assert_eq!((error.kind(), error.message()), (Kind::InvalidConfig, message));
        }
    }

    #[test]
    fn the_documented_parts_are_hashed() {
        // The SDK's comments say which parts; the hashes are md5sum's.
        assert_eq!(
            *with_hash("6222020000000000000", 13..19),
            "6222020000000670b14728ad9902aecba32e22fa4f6bd"
        );
        assert_eq!(*with_hash("张三", 0..3), "6499fc7409049355527ef6a2ba5706b8三");
        assert_eq!(*with_hash("13800000000", 0..11), "5daad257487f1b493114181a22e37eb5");
        assert_eq!(
            *with_hash("110101190001010014", BIRTH),
            "110101523bd7a48d13394c4fda6aa534e90bec0014"
        );
    }
}
