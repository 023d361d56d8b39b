//! Tencent Cloud FaceID: does a bank card belong to a name, an ID number, a phone number; and who
//! issued it.
//!
//! Product: bank-card verification, API version 2018-03-01, `POST /` or `GET /`.
//! Hosts: `faceid.intl.tencentcloudapi.com`; in mainland China `faceid.tencentcloudapi.com` and
//! `faceid.<region>.tencentcloudapi.com` by `base_url`. The signed service is `faceid` on all of them.
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1061/78854> and those that
//! `codes`, `encryption` and `tencent_cloud` name.
//! Auth: TC3-HMAC-SHA256 over a JSON body, signature version 1 over a form, or either over a query; keys
//! that live on, or temporary ones with a token.
//! Limits: 20 requests a second for each action; 10 MiB a request, 1 MiB for version 1, 32 KiB for GET.
//!
//! Quirks:
//! - An error is an error because `Error` is there: status and content type do not tell (inferred;
//!   the vendor's SDK for Python takes an error for a success where a charset stands in the type).
//! - `Result` is a string whose meaning depends on the action.
//! - A region is optional and has no effect; it is sent only where it is configured.
//! - `CertType` has one value, the default, and is left out unless it is configured.
//! - The vendor's own sample ID number fails its checksum: neither it nor Luhn is checked.

use serde::Serialize;

use super::tencent_cloud::{Keys, Members, Product};
use crate::card::{CardLookup, CardNumber, Verification};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Personal;
use crate::tokens::Token;
use crate::values::Person;
use crate::vendors::codes::Numbering;
use crate::vendors::{
    Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Task, Vendor,
};
use crate::wire::{Body, Request, Response};

mod answer;
mod codes;
mod encryption;

use encryption::{Encryption, FieldEncryption};

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Verify, Operation::LookupCard],
    // For each action of an account, <https://www.tencentcloud.com/document/api/1061/78854> and
    // <https://cloud.tencent.com/document/product/1278/109059>.
    requests_per_second: Some(20.0),
    daily_quota: None,
    pictures: None,
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://www.tencentcloud.com/document/api/1061/78854>
        default_url: "https://faceid.intl.tencentcloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

const PRODUCT: Product = Product { service: "faceid", version: "2018-03-01" };

/// The document type of ID cards: <https://www.tencentcloud.com/document/api/1061/78854>
const ID_CARD: u8 = 0;
const ID_CARD_TEXT: &str = "0";

struct Account {
    keys: Keys,
    /// True where the document type is sent, which has one value.
    names_cert_type: bool,
    encryption: Option<FieldEncryption>,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let keys = Keys::open(entry, endpoint, PRODUCT)?.in_any_form(entry)?;
        let cert_type = entry.integer("cert_type")?;
        if cert_type.is_some_and(|number| number != u64::from(ID_CARD)) {
            return Err(entry.problem("cert_type", "0, the one documented type", "another number"));
        }
        let encryption = entry.section("encryption")?.map(FieldEncryption::open).transpose()?;
        Ok(Account { keys, names_cert_type: cert_type.is_some(), encryption })
    }

    /// Returns the request for an action, its members encrypted where the account says so.
    fn request(
        &self,
        action: &'static str,
        mut fields: Fields,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        // The actions that have it are those that take an ID number.
        if self.names_cert_type && fields.id_card.is_some() {
            fields.cert_type = Some(ID_CARD);
        }
        if let Some(encryption) = &self.encryption {
            let member = encryption.seal(&mut fields.personal(), entropy)?;
            fields.encryption = Some(member);
        }
        self.keys.request(action, &fields, now, entropy)
    }
}

/// The members of a request, in the order in which they are written.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<Encryption>,
}

impl Fields {
    /// Returns the personal members there are, in the order in which `EncryptList` names them.
    fn personal(&mut self) -> Vec<(&'static str, &mut String)> {
        [
            ("Name", &mut self.name),
            ("IdCard", &mut self.id_card),
            ("BankCard", &mut self.bank_card),
            ("Phone", &mut self.phone),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_mut()?)))
        .collect()
    }
}

impl Members for Fields {
    fn body(&self) -> Result<Body, Error> {
        let text = serde_json::to_vec(self);
        text.map(Body::plain)
            .map_err(|_| Error::new(Kind::Internal, "the request could not be written as JSON"))
    }

    fn flat(&self) -> Vec<(String, &str)> {
        let mut flat = Vec::new();
        for (name, value) in [
            ("IdCard", &self.id_card),
            ("Name", &self.name),
            ("BankCard", &self.bank_card),
            ("Phone", &self.phone),
        ] {
            flat.extend(value.as_ref().map(|value| (name.to_owned(), value.as_str())));
        }
        if self.cert_type.is_some() {
            flat.push(("CertType".to_owned(), ID_CARD_TEXT));
        }
        if let Some(member) = &self.encryption {
            for (index, name) in member.encrypt_list.iter().enumerate() {
                flat.push((format!("Encryption.EncryptList.{index}"), name));
            }
            flat.push(("Encryption.CiphertextBlob".to_owned(), &member.ciphertext_blob));
            flat.push(("Encryption.Iv".to_owned(), &member.iv));
            flat.push(("Encryption.Algorithm".to_owned(), member.algorithm));
            for (index, tag) in member.tag_list.iter().enumerate() {
                flat.push((format!("Encryption.TagList.{index}"), tag));
            }
        }
        flat
    }
}

fn members_of(person: &Person) -> Fields {
    let owned = |text: &Personal| text.reveal().to_owned();
    Fields {
        id_card: person.id_number.as_ref().map(owned),
        name: Some(owned(&person.name)),
        bank_card: Some(person.card_number.reveal().to_owned()),
        phone: person.phone.as_ref().map(owned),
        ..Fields::default()
    }
}

/// The actions, each of which the vendor counts requests for.
const ACTIONS: &[&str] = &[TWO_ELEMENTS, THREE_ELEMENTS, FOUR_ELEMENTS, CARD_INFORMATION];
const TWO_ELEMENTS: &str = "BankCard2EVerification";
const THREE_ELEMENTS: &str = "BankCardVerification";
const FOUR_ELEMENTS: &str = "BankCard4EVerification";
const CARD_INFORMATION: &str = "CheckBankCardInformation";

/// Returns the action that checks so many elements, and the numbering of its results.
fn action(person: &Person) -> (&'static str, Numbering) {
    match (&person.id_number, &person.phone) {
        (_, Some(_)) => (FOUR_ELEMENTS, Numbering::Verify4),
        (Some(_), None) => (THREE_ELEMENTS, Numbering::Verify3),
        (None, None) => (TWO_ELEMENTS, Numbering::Verify2),
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::TencentFaceid
    }

    fn verify(&self) -> Option<&dyn Perform<Person>> {
        Some(self)
    }

    fn lookup_card(&self) -> Option<&dyn Perform<CardNumber>> {
        Some(self)
    }

    fn rate_groups(&self) -> &'static [&'static str] {
        ACTIONS
    }

    fn rate_group(&self, call: &Call) -> &'static str {
        match &call.task {
            Task::Verify(person) => action(person).0,
            _ => CARD_INFORMATION,
        }
    }

    fn secrets(&self) -> Vec<&str> {
        let mut secrets = self.keys.secrets();
        secrets.extend(self.encryption.as_ref().and_then(FieldEncryption::secret));
        secrets
    }
}

impl Perform<Person> for Account {
    fn check(&self, person: &Person, _: &Call) -> Result<(), Error> {
        if person.phone.is_some() && person.id_number.is_none() {
            return Err(Error::argument("id_number", "one beside a phone number", "none"));
        }
        Ok(())
    }

    fn build(
        &self,
        person: &Person,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        self.request(action(person).0, members_of(person), now, entropy)
    }

    fn parse(&self, person: &Person, _: &Call, response: &Response) -> Reply<Verification> {
        answer::verification(action(person).1, response)
    }
}

impl Perform<CardNumber> for Account {
    fn check(&self, _: &CardNumber, _: &Call) -> Result<(), Error> {
        Ok(())
    }

    fn build(
        &self,
        number: &CardNumber,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let bank_card = Some(number.reveal().to_owned());
        self.request(CARD_INFORMATION, Fields { bank_card, ..Fields::default() }, now, entropy)
    }

    fn parse(&self, _: &CardNumber, _: &Call, response: &Response) -> Reply<CardLookup> {
        answer::card_lookup(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use serde_json::{Value, json};

    fn open(keys: Value) -> Result<std::sync::Arc<dyn Adapter>, Error> {
        let mut entry = json!({"vendor": "tencent_faceid", "secret_id": "id", "secret_key": "key"});
        entry.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let config = Config::from_json(&json!({"vendors": [entry]}).to_string())?;
        Ok(config.accounts.into_iter().next().unwrap().adapter)
    }

    fn check(keys: Value, task: Task) -> Result<(), Error> {
        let call =
            Call { task, order_id: "cardwireUnit0001".into(), user_id: None, reference: None };
        open(keys).unwrap().check(&call)
    }

    #[test]
    fn a_phone_number_needs_an_id_number_and_other_documents_are_taken() {
        let holder = crate::card::Cardholder::new("6222020000000000001", "a");
        let person = holder.clone().phone("13800000000").person().unwrap();
        let error = check(json!({}), Task::Verify(person)).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidArgument);
        assert_eq!(error.message(), "id_number: expected one beside a phone number, found none");
        for id_number in ["110101190001010010", "110101900101001", "H60000000(00)", "12345678"] {
            let person = holder.clone().id_number(id_number).person().unwrap();
            assert!(check(json!({}), Task::Verify(person)).is_ok(), "{id_number}");
        }
    }

    #[test]
    fn other_operations_are_unsupported() {
        let error = check(json!({}), Task::FetchOrder).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
        assert_eq!(error.message(), "tencent_faceid does not take order numbers to fetch");
        let photo = crate::card::Image::url("https://cards.example/card.jpg");
        let task = Task::Recognize(crate::card::Picture::load(photo).unwrap());
        let error = check(json!({}), task).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
        assert_eq!(error.message(), "tencent_faceid does not take card photos");
    }

    #[test]
    fn keys_that_do_not_fit_are_refused_by_path() {
        for (keys, message) in [
            (json!({"secret_id": null}), "vendors[0].secret_id: expected a secret, found none"),
            (
                json!({"secret_key": ""}),
                "vendors[0].secret_key: expected 1 to 65536 printable ASCII characters without spaces around them, found an empty text",
            ),
            (
                json!({"secret_key": " key"}),
                "vendors[0].secret_key: expected 1 to 65536 printable ASCII characters without spaces around them, found spaces around it",
            ),
            (
                json!({"token": "a\r\nb"}),
                "vendors[0].token: expected 1 to 65536 printable ASCII characters without spaces around them, found control characters, or others than ASCII",
            ),
            (
                json!({"region": ""}),
                "vendors[0].region: expected letters, digits and dashes, found another text",
            ),
            (
                json!({"region": "a b"}),
                "vendors[0].region: expected letters, digits and dashes, found another text",
            ),
            (
                json!({"signature": "TC3"}),
                "vendors[0].signature: expected one of \"TC3-HMAC-SHA256\", \"HmacSHA1\", \"HmacSHA256\", found another string",
            ),
            (
                json!({"language": "zh"}),
                "vendors[0].language: expected one of \"zh-CN\", \"en-US\", found another string",
            ),
            (
                json!({"method": "get"}),
                "vendors[0].method: expected one of \"POST\", \"GET\", found another string",
            ),
            (
                json!({"cert_type": 1}),
                "vendors[0].cert_type: expected 0, the one documented type, found another number",
            ),
            (json!({"encryption": true}), "vendors[0].encryption: expected an object, found true"),
            (
                json!({"encryption": {"iv": "x"}}),
                "vendors[0].encryption.iv: expected none without \"key\", found one",
            ),
        ] {
            let error = open(keys).err().unwrap();
            assert_eq!((error.kind(), error.message()), (Kind::InvalidConfig, message));
        }
    }

    #[test]
    fn every_secret_is_named_for_masking() {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let adapter = open(json!({
            "token": "temporary",
            "encryption": {"key": key, "ciphertext_blob": "blob"},
        }));
        assert_eq!(adapter.unwrap().secrets(), ["id", "key", "temporary", key]);
    }
}
