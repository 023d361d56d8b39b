//! Tencent Cloud FaceID: does a bank card belong to a name, an ID number, a phone number; and who
//! issued it.
//!
//! Product: bank-card verification, API version 2018-03-01, `POST /`.
//! Hosts: `faceid.intl.tencentcloudapi.com`; in mainland China `faceid.tencentcloudapi.com` and
//! `faceid.<region>.tencentcloudapi.com` by `base_url`. The signed service is `faceid` on all of them.
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1061/78854> and those that
//! `faceid_results`, `faceid_encryption` and `tencent_sign` name.
//! Auth: TC3-HMAC-SHA256 over a JSON body, or signature version 1 over a form; keys that live on, or
//! temporary ones with a token.
//! Limits: 20 requests a second for each action; 10 MiB a request, 1 MiB for version 1.
//!
//! Quirks:
//! - An error is an error because `Error` is there: status and content type do not tell (inferred;
//!   the vendor's SDK for Python takes an error for a success where a charset stands in the type).
//! - `Result` is a string whose meaning depends on the action.
//! - A region is optional and has no effect; it is sent only where it is configured.
//! - `CertType` has one value, the default, and is left out.
//! - The vendor's own sample ID number fails its checksum: neither it nor Luhn is checked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::faceid_encryption::{Encryption, FieldEncryption};
use super::faceid_results::{Elements, LookupRow, ResultRow, error_row};
use super::tencent_sign::{TC3, Tc3, V1, sha256_hex, sort};
use super::*;
use crate::card::{CardKind, LookupReason, Outcome, Reason};
use crate::facts::CallFacts;
use crate::secret::{Personal, Secret, scrub};
use crate::vendors::http_status;
use crate::wire::json::{self, Code};
use crate::wire::{Body, Method, percent};

pub(super) const OPERATIONS: &[Operation] = &[Operation::Verify, Operation::LookupCard];

/// <https://www.tencentcloud.com/document/api/1061/78854>
pub(super) const DEFAULT_URL: &str = "https://faceid.intl.tencentcloudapi.com";

#[cfg(test)]
pub(super) use super::faceid_results::documented_codes;

const SERVICE: &str = "faceid";
const VERSION: &str = "2018-03-01";
const JSON_TYPE: &str = "application/json";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The largest request by signature version, <https://www.tencentcloud.com/document/api/1213/61331>.
const TC3_LIMIT: usize = 10 * 1024 * 1024;
const V1_LIMIT: usize = 1024 * 1024;

/// The longest ID and phone numbers that are sent: no document states a limit, and no document type
/// has longer numbers.
const NUMBER_LIMIT: usize = 32;

/// When to come back after `RequestLimitExceeded`: the limit counts the requests of one second.
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// How requests are signed.
#[derive(Clone, Copy)]
enum Signature {
    Tc3,
    V1(V1),
}

pub(super) struct Account {
    endpoint: Endpoint,
    secret_id: Secret,
    secret_key: Secret,
    token: Option<Secret>,
    region: Option<String>,
    language: Option<&'static str>,
    signature: Signature,
    encryption: Option<FieldEncryption>,
}

impl Account {
    pub(super) fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let secret_id = entry.required_secret("secret_id")?;
        let secret_key = entry.required_secret("secret_key")?;
        let token = entry.secret("token")?;
        let region = entry.text("region")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if region.as_ref().is_some_and(|text| text.is_empty() || !text.bytes().all(is_plain)) {
            return Err(entry.problem("region", "it is not letters, digits and dashes"));
        }
        let signatures = [
            (TC3, Signature::Tc3),
            (V1::HmacSha1.name(), Signature::V1(V1::HmacSha1)),
            (V1::HmacSha256.name(), Signature::V1(V1::HmacSha256)),
        ];
        let signature = entry.choice("signature", &signatures)?.unwrap_or(Signature::Tc3);
        let language = entry.choice("language", &[("zh-CN", "zh-CN"), ("en-US", "en-US")])?;
        let encryption = entry.section("encryption")?.map(FieldEncryption::open).transpose()?;
        Ok(Account {
            endpoint,
            secret_id,
            secret_key,
            token,
            region,
            language,
            signature,
            encryption,
        })
    }

    /// The personal fields of a request, encrypted where the account says so.
    fn fields(&self, call: &Call, entropy: &mut Entropy) -> Result<Fields, Error> {
        let mut plain = plain_fields(call)?;
        let mut fields = Fields::default();
        if let Some(encryption) = &self.encryption {
            let named: Vec<(&'static str, &str)> =
                plain.iter().map(|(name, value)| (*name, value.reveal())).collect();
            let (sealed, member) = encryption.seal(&named, entropy)?;
            for ((_, value), sealed) in plain.iter_mut().zip(sealed) {
                *value = Personal::new(sealed);
            }
            fields.encryption = Some(member);
        }
        for (name, value) in plain {
            let place = match name {
                "Name" => &mut fields.name,
                "IdCard" => &mut fields.id_card,
                "BankCard" => &mut fields.bank_card,
                _ => &mut fields.phone,
            };
            *place = Some(value.reveal().to_owned());
        }
        Ok(fields)
    }

    fn tc3_request(&self, action: &str, fields: &Fields, timestamp: u64) -> Result<Request, Error> {
        // Serialised once: what is hashed is what is sent.
        let body = serde_json::to_vec(fields)
            .map_err(|_| Error::new(Kind::Internal, "the request could not be written as JSON"))?;
        let authorization = Tc3 {
            service: SERVICE,
            host: self.endpoint.authority(),
            method: Method::Post,
            query: "",
            content_type: JSON_TYPE,
            signed_action: None,
            payload_hash: &sha256_hex(&body),
            timestamp,
        }
        .authorization(self.secret_id.reveal(), self.secret_key.reveal());
        let mut request = Request::post(self.endpoint.at("/"), JSON_TYPE, Body::plain(body))
            .header("authorization", authorization)
            .header("x-tc-action", action)
            .header("x-tc-version", VERSION)
            .header("x-tc-timestamp", timestamp.to_string());
        if let Some(region) = &self.region {
            request = request.header("x-tc-region", region);
        }
        if let Some(token) = &self.token {
            request = request.header("x-tc-token", token.reveal());
        }
        if let Some(language) = self.language {
            request = request.header("x-tc-language", language);
        }
        Ok(request)
    }

    fn v1_request(
        &self,
        action: &str,
        fields: &Fields,
        timestamp: u64,
        hash: V1,
        entropy: &mut Entropy,
    ) -> Request {
        let timestamp = timestamp.to_string();
        let nonce = entropy.positive().to_string();
        let mut parameters: Vec<(String, &str)> = fields.flat();
        let mut add = |name: &str, value| parameters.push((name.to_owned(), value));
        add("Action", action);
        add("Version", VERSION);
        add("Timestamp", &timestamp);
        add("Nonce", &nonce);
        add("SecretId", self.secret_id.reveal());
        add("SignatureMethod", hash.name());
        for (name, value) in [
            ("Region", self.region.as_deref()),
            ("Token", self.token.as_ref().map(Secret::reveal)),
            ("Language", self.language),
        ] {
            if let Some(value) = value {
                add(name, value);
            }
        }
        sort(&mut parameters);
        let host = self.endpoint.authority();
        let signature = hash.signature(Method::Post, host, &parameters, self.secret_key.reveal());
        let form = percent::pairs(
            parameters
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .chain([("Signature", signature.as_str())]),
        );
        Request::post(self.endpoint.at("/"), FORM_TYPE, Body::plain(form))
    }
}

pub(super) fn check_picture(_: &Picture) -> Option<Result<(), Error>> {
    None
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
    encryption: Option<Encryption>,
}

impl Fields {
    /// The members as signature version 1 writes them: dots between names, list places from 0.
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
        if let Some(member) = &self.encryption {
            for (place, name) in member.encrypt_list.iter().enumerate() {
                flat.push((format!("Encryption.EncryptList.{place}"), name));
            }
            flat.push(("Encryption.CiphertextBlob".to_owned(), &member.ciphertext_blob));
            flat.push(("Encryption.Iv".to_owned(), &member.iv));
            flat.push(("Encryption.Algorithm".to_owned(), member.algorithm));
            for (place, tag) in member.tag_list.iter().enumerate() {
                flat.push((format!("Encryption.TagList.{place}"), tag));
            }
        }
        flat
    }
}

fn card_number(text: &Personal) -> Result<CardNumber, Error> {
    CardNumber::parse(text.reveal())
        .ok_or_else(|| Error::argument("card_number", "it is not 12 to 19 digits"))
}

/// The fields of a call in the order in which `EncryptList` names them.
fn plain_fields(call: &Call) -> Result<Vec<(&'static str, Personal)>, Error> {
    let (holder, number) = match &call.task {
        Task::Verify(holder) => (Some(holder), card_number(&holder.card_number)?),
        Task::LookupCard(number) => (None, number.clone()),
        _ => return Err(unsupported(Vendor::TencentFaceid, "this operation")),
    };
    let mut fields = Vec::with_capacity(4);
    if let Some(holder) = holder {
        fields.push(("Name", holder.name.clone()));
        fields.extend(holder.id_number.clone().map(|id_number| ("IdCard", id_number)));
    }
    fields.push(("BankCard", Personal::new(number.reveal())));
    fields.extend(holder.and_then(|holder| holder.phone.clone()).map(|phone| ("Phone", phone)));
    Ok(fields)
}

fn elements(holder: &Cardholder) -> Elements {
    match (&holder.id_number, &holder.phone) {
        (_, Some(_)) => Elements::Four,
        (Some(_), None) => Elements::Three,
        (None, None) => Elements::Two,
    }
}

fn action(task: &Task) -> Result<&'static str, Error> {
    match task {
        Task::Verify(holder) => Ok(match elements(holder) {
            Elements::Two => "BankCard2EVerification",
            Elements::Three => "BankCardVerification",
            Elements::Four => "BankCard4EVerification",
        }),
        Task::LookupCard(_) => Ok("CheckBankCardInformation"),
        Task::Recognize(_) => Err(unsupported(Vendor::TencentFaceid, "card photos")),
        Task::FetchOrder => Err(unsupported(Vendor::TencentFaceid, "order numbers to fetch")),
    }
}

fn check_number(argument: &'static str, number: Option<&Personal>) -> Result<(), Error> {
    let Some(number) = number.map(Personal::reveal) else { return Ok(()) };
    if number.is_empty() || number.len() > NUMBER_LIMIT {
        return Err(Error::argument(argument, "it is empty or longer than 32 characters"));
    }
    if !number.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Error::argument(argument, "it has characters that are not printable ASCII"));
    }
    Ok(())
}

impl Adapter for Account {
    fn check(&self, call: &Call) -> Result<(), Error> {
        action(&call.task)?;
        let Task::Verify(holder) = &call.task else { return Ok(()) };
        card_number(&holder.card_number)?;
        let name = holder.name.reveal();
        if name.is_empty() {
            return Err(Error::argument("name", "it is empty"));
        }
        if name.chars().any(char::is_control) {
            return Err(Error::argument("name", "it has control characters"));
        }
        let limit = match self.signature {
            Signature::Tc3 => TC3_LIMIT,
            Signature::V1(_) => V1_LIMIT,
        };
        // Base64 and percent-encoding make four bytes of one at most; the rest is far below a KiB
        // for each of the other members.
        if name.len().saturating_mul(4).saturating_add(8 * 1024) > limit {
            return Err(Error::argument(
                "name",
                "it makes the request larger than the vendor takes",
            ));
        }
        check_number("id_number", holder.id_number.as_ref())?;
        check_number("phone", holder.phone.as_ref())?;
        if holder.phone.is_some() && holder.id_number.is_none() {
            return Err(Error::argument("id_number", "it is needed where a phone number is given"));
        }
        Ok(())
    }

    fn build(
        &self,
        call: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let action = action(&call.task)?;
        let fields = self.fields(call, entropy)?;
        match self.signature {
            Signature::Tc3 => self.tc3_request(action, &fields, now.unix_seconds()),
            Signature::V1(hash) => {
                Ok(self.v1_request(action, &fields, now.unix_seconds(), hash, entropy))
            }
        }
    }

    fn parse(&self, call: &Call, response: &Response) -> Reply {
        let text = json::text(&response.body);
        let envelope: Envelope = json::read(&text).unwrap_or_default();
        let answer = envelope.response.unwrap_or_default();
        let request_id = answer
            .request_id
            .as_ref()
            .map(|id| id.as_str().to_owned())
            .filter(|id| !id.is_empty())
            .or_else(|| response.header("x-tc-requestid").map(|id| id.into_owned()));
        let error = answer.error.or_else(|| {
            // The shape of the vendor's older API, which its gateway may still speak.
            let number = envelope.code.filter(|code| code.as_str() != "0")?;
            let code = envelope.code_desc.filter(|name| !name.as_str().is_empty());
            Some(ErrorMember { code: code.or(Some(number)), message: envelope.message })
        });
        let (billed, result) = match (error, &answer.result) {
            (Some(error), _) => refused(error, response),
            (None, Some(code)) if is_success(response) && !code.as_str().is_empty() => {
                understood(call, code.as_str(), &answer)
            }
            _ => {
                let refusal = http_status::without_vendor_body(response);
                (http_status::billed(refusal.kind), Err(refusal))
            }
        };
        Reply { request_id, billed, result }
    }

    fn secrets(&self) -> Vec<&str> {
        let mut secrets = vec![self.secret_id.reveal(), self.secret_key.reveal()];
        secrets.extend(self.token.as_ref().map(Secret::reveal));
        secrets.extend(self.encryption.as_ref().and_then(FieldEncryption::secret));
        secrets
    }
}

/// Every answer comes with 200; another status in the same class may be a relay's own.
fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}

#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(rename = "Response")]
    response: Option<ResponseMember>,
    code: Option<Code>,
    #[serde(rename = "codeDesc")]
    code_desc: Option<Code>,
    message: Option<Code>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseMember {
    error: Option<ErrorMember>,
    request_id: Option<Code>,
    result: Option<Code>,
    description: Option<Code>,
    account_bank: Option<Code>,
    account_type: Option<Code>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorMember {
    code: Option<Code>,
    message: Option<Code>,
}

fn refused(error: ErrorMember, response: &Response) -> (Billed, Result<Answer, Refusal>) {
    let message = error.message.map(|message| message.0);
    let code = error.code.as_ref().map_or("", Code::as_str);
    if code.is_empty() {
        let refusal = Refusal {
            vendor_message: message,
            ..Refusal::new(Kind::Protocol, "the vendor answered with an error without a code")
        };
        return (Billed::Unknown, Err(refusal));
    }
    let unknown = Refusal::unknown_code(code, message.clone());
    let Some(row) = error_row(code) else { return (Billed::Unknown, Err(unknown)) };
    let wait = http_status::retry_after(response, row.kind)
        .or_else(|| (row.kind == Kind::RateLimited).then_some(RATE_WINDOW));
    // A row may stand for a whole family: the code stays as it came.
    let refusal = Refusal { code: unknown.code, retry_after: wait, ..row.refusal(message) };
    (row.billed, Err(refusal))
}

fn understood(
    call: &Call,
    code: &str,
    answer: &ResponseMember,
) -> (Billed, Result<Answer, Refusal>) {
    let text = |member: &Option<Code>| {
        member.as_ref().map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty())
    };
    let vendor_code: String =
        code.chars().filter(|character| !character.is_control()).take(64).collect();
    let description = text(&answer.description).unwrap_or_default();
    match &call.task {
        Task::Verify(holder) => {
            let (outcome, reason, billed) = match ResultRow::find(elements(holder), code) {
                Some(row) => (row.outcome, row.reason, row.billed),
                None => (Outcome::Inconclusive, Some(Reason::Unknown), Billed::Unknown),
            };
            let verification = Verification {
                outcome,
                reason,
                vendor_code,
                description: Personal::new(description),
                raw: PersonalBytes::default(),
                facts: CallFacts::default(),
            };
            (billed, Ok(Answer::Verification(verification)))
        }
        Task::LookupCard(number) => {
            let (found, reason, billed) = match LookupRow::find(code) {
                Some(row) => (row.reason.is_none(), row.reason, row.billed),
                None => (false, Some(LookupReason::Unknown), Billed::Unknown),
            };
            let card_kind = match answer.account_type.as_ref().map_or("", Code::as_str) {
                "1" => CardKind::Debit,
                "2" => CardKind::Credit,
                "3" => CardKind::Prepaid,
                "4" => CardKind::QuasiCredit,
                _ => CardKind::Unknown,
            };
            let lookup = CardLookup {
                found,
                reason,
                issuer: text(&answer.account_bank),
                card_kind,
                vendor_code,
                description: scrub(&description, [number.reveal()]),
                raw: PersonalBytes::default(),
                facts: CallFacts::default(),
            };
            (billed, Ok(Answer::Lookup(lookup)))
        }
        Task::Recognize(_) | Task::FetchOrder => {
            (Billed::Unknown, Err(Refusal::new(Kind::Internal, "this call is never sent")))
        }
    }
}
