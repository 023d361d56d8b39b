//! Tencent Cloud faceid: the four bank-card actions.
//! <https://www.tencentcloud.com/document/api/1061/78854>, `/78855`, `/78856`, `/78863`.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::faceid_encryption;
use crate::http::{Answer, Request};
use crate::magic::{self, Holder};
use crate::shared::{Call, DailyCount, Reply};
use crate::tencent_cloud::{self, Members, Product};
use crate::vendor::{CodeRow, Machine, Operation, Sample};

pub(crate) mod checks {
    use crate::checks::{Source, source};

    static ACTION_PAGE: Source =
        source("action page", "https://www.tencentcloud.com/document/api/1061/78854");
    static ENCRYPTION: Source =
        source("encryption page", "https://cloud.tencent.com/document/product/1007/47180");
    static LIMITS: Source =
        source("limits page", "https://cloud.tencent.com/document/product/1007/108625");

    crate::checks::checks! {
        RATE: "RequestLimitExceeded", "more requests a second and action than its rate", ACTION_PAGE;
        CERT_TYPE: "InvalidParameterValue", "a CertType other than 0", ACTION_PAGE;
        ALGORITHM: "InvalidParameterValue", "another algorithm, or tags that do not fit it", ENCRYPTION;
        NO_LIST: "InvalidParameter", "an empty EncryptList", ENCRYPTION;
        FIELD: "InvalidParameter.UnsupportEncryptField", "an EncryptList with a field that is not sent", ACTION_PAGE;
        DECRYPTION: "FailedOperation.DecryptSystemError", "what cannot be decrypted", ACTION_PAGE;
        NAME: "-2", "a name with digits or control characters", ACTION_PAGE;
        ID: "-3", "an ID number that is not 15 or 18 long", ACTION_PAGE;
        ID_TYPE: "-19 (-20 of the four-element check)", "an ID number of 15 digits", ACTION_PAGE;
        PHONE: "-5", "a phone number that is not 11 digits from 1", ACTION_PAGE;
        CARD: "-4 (-3, -5 by action)", "a card number that is not 12 to 19 digits", ACTION_PAGE;
        SAME: "-18 (-17, -19, -4 by action)", "one card more often a day than faceid_same_limit", LIMITS;
    }
}

/// A row of a result table: code, description, charged.
type ResultRow = (&'static str, &'static str, bool);

/// One action.
pub(crate) struct Action {
    pub name: &'static str,
    /// Required text members; all of them can be encrypted.
    pub required: &'static [&'static str],
    cert_type: bool,
    /// The codes for: card number malformed, no issuer, too many checks, another kind of ID.
    malformed: &'static str,
    no_issuer: &'static str,
    too_many: &'static str,
    id_type: &'static str,
    pub results: &'static [ResultRow],
}

impl Action {
    /// Returns the Result that a check stands for: some differ by action.
    fn result_of(&self, check: Refusal) -> &'static str {
        let is = |other| std::ptr::eq(check, other);
        match check.answer {
            _ if is(&checks::CARD) => self.malformed,
            _ if is(&checks::SAME) => self.too_many,
            _ if is(&checks::ID_TYPE) => self.id_type,
            answer => answer,
        }
    }
}

const PASSED: ResultRow = ("0", "Authentication passed", true);
const FAILED: ResultRow = ("-1", "Authentication failed", true);
const NAME: ResultRow = ("-2", "Name verification failed", false);

/// The actions.
pub(crate) const ACTIONS: &[Action] = &[
    Action {
        name: "BankCardVerification",
        required: &["IdCard", "Name", "BankCard"],
        cert_type: true,
        malformed: "-4",
        no_issuer: "-9",
        too_many: "-18",
        id_type: "-19",
        results: &[
            PASSED,
            FAILED,
            NAME,
            ("-3", "Identity number error", false),
            ("-4", "Incorrect bank card number format", false),
            ("-5", "Cardholder information is incorrect", true),
            ("-6", "Cardless payment not enabled", true),
            ("-7", "Card confiscated", true),
            ("-8", "Invalid card number", true),
            ("-9", "No corresponding issuing bank for this card", true),
            ("-10", "The card is uninitialized or a sleep card", true),
            ("-11", "Cheat card, card retention", true),
            ("-12", "Reported lost", true),
            ("-13", "The card has expired", true),
            ("-14", "Restricted card", true),
            ("-15", "Exceeded the number of password errors", true),
            ("-16", "Issuer does not support this transaction", true),
            ("-17", "Verification center service busy", false),
            ("-18", "Exceeded verification attempts, please retry the next day", false),
            ("-19", "The ID type is not supported", false),
            ("-20", "Card status exception or card number error", true),
        ],
    },
    Action {
        name: "BankCard2EVerification",
        required: &["Name", "BankCard"],
        cert_type: false,
        malformed: "-3",
        no_issuer: "-8",
        too_many: "-17",
        id_type: "",
        results: &[
            PASSED,
            FAILED,
            NAME,
            ("-3", "Incorrect bank card number format", false),
            ("-4", "Cardholder information is incorrect", true),
            ("-5", "Cardless payment not enabled", true),
            ("-6", "Card confiscated", true),
            ("-7", "Invalid card number", true),
            ("-8", "No corresponding issuing bank for this card", true),
            ("-9", "The card is uninitialized or a sleep card", true),
            ("-10", "Cheat card, card retention", true),
            ("-11", "Reported lost", true),
            ("-12", "The card has expired", true),
            ("-13", "Restricted card", true),
            ("-14", "Exceeded the number of password errors", true),
            ("-15", "Issuer does not support this transaction", true),
            ("-16", "Verification center service busy", false),
            ("-17", "Exceeded verification attempts, please retry the next day", false),
            ("-18", "Card status exception or card number error", true),
        ],
    },
    Action {
        name: "BankCard4EVerification",
        required: &["Name", "BankCard", "Phone", "IdCard"],
        cert_type: true,
        malformed: "-4",
        no_issuer: "-10",
        too_many: "-19",
        id_type: "-20",
        results: &[
            PASSED,
            FAILED,
            NAME,
            ("-3", "Identity number error", false),
            ("-4", "Incorrect bank card number format", false),
            ("-5", "Invalid phone number", false),
            ("-6", "Cardholder information is incorrect", true),
            ("-7", "Cardless payment not enabled", true),
            ("-8", "Card confiscated", true),
            ("-9", "Invalid card number", true),
            ("-10", "No corresponding issuing bank for this card", true),
            ("-11", "The card is uninitialized or a sleep card", true),
            ("-12", "Cheat card, card retention", true),
            ("-13", "Reported lost", true),
            ("-14", "The card has expired", true),
            ("-15", "Restricted card", true),
            ("-16", "Exceeded the number of password errors", true),
            ("-17", "Issuer does not support this transaction", true),
            ("-18", "Verification center service busy", false),
            ("-19", "Exceeded verification attempts, please retry the next day", false),
            ("-20", "The ID type is not supported", false),
            ("-21", "Card status exception or card number error", true),
        ],
    },
    Action {
        name: "CheckBankCardInformation",
        required: &["BankCard"],
        cert_type: false,
        malformed: "-5",
        no_issuer: "-1",
        too_many: "-4",
        id_type: "",
        results: &[
            ("0", "Query succeeded", true),
            ("-1", "Bank card information not found", true),
            ("-2", "Verification center service busy", false),
            ("-3", "No such card", false),
            ("-4", "Exceeded the daily limit", false),
            ("-5", "Invalid card number", true),
            ("-6", "Card type not supported", false),
        ],
    },
];

/// Documented error codes of the bank-card actions.
const ERRORS: &[CodeRow] = &[
    CodeRow::new("FailedOperation.DecryptSystemError", 200, "Decryption failed."),
    CodeRow::new("FailedOperation.StsUnAuthErrError", 200, "STS unauthorized."),
    CodeRow::new("FailedOperation.UnKnown", 200, "Unknown internal error."),
    CodeRow::new("InvalidParameter.UnsupportEncryptField", 200, "Unencrypted fields exist."),
    CodeRow::new("UnauthorizedOperation.Arrears", 200, "The account is in arrears."),
    CodeRow::new(
        "UnauthorizedOperation.ChargeStatusException",
        200,
        "The billing status is abnormal.",
    ),
    CodeRow::new(
        "UnauthorizedOperation.NonAuthorize",
        200,
        "Identity verification has not been completed for the account.",
    ),
    CodeRow::new("UnauthorizedOperation.Nonactivated", 200, "The service has not been activated."),
];

pub(crate) static PRODUCT: Product =
    Product { service: "faceid", version: "2018-03-01", errors: ERRORS };

/// How often each card was checked.
#[derive(Default)]
struct Store {
    seen: HashMap<[u8; 32], DailyCount>,
}

pub(crate) static MACHINE: Machine = Machine {
    hosts: &[
        "faceid.tencentcloudapi.com",
        "faceid.intl.tencentcloudapi.com",
        "faceid.ap-guangzhou.tencentcloudapi.com",
        "faceid.ap-hongkong.tencentcloudapi.com",
        "faceid.ap-singapore.tencentcloudapi.com",
    ],
    operation,
    handle: |call, _| handle(call),
    entry: |given| {
        vec![("secret_id", given.secret_id.clone()), ("secret_key", given.secret_key.clone())]
    },
    rate: 20,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[],
    sample: Sample {
        success: r#"{"Response":{"Result":"0","Description":"ok","RequestId":"r"}}"#,
        field: r#""Result":"0""#,
        refusal: r#"{"Response":{"Error":{"Code":"CODE","Message":TEXT},"RequestId":TEXT}}"#,
        wrong_request: "InvalidParameter",
        expired: Some("AuthFailure.SignatureExpire"),
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == "/" { Operation::Verify } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    let asked = match tencent_cloud::authenticate(call, &PRODUCT) {
        Ok(asked) => asked,
        Err(check) => return error(check.answer),
    };
    let Some(action) = ACTIONS.iter().find(|a| a.name == asked.action) else {
        return error(tencent_cloud::checks::ACTION.answer);
    };
    if asked.version != PRODUCT.version {
        return named(error(tencent_cloud::checks::VERSION.answer), action);
    }
    if !call.shared.lock().admit(call, action.name) {
        return named(error(checks::RATE.answer), action);
    }
    let members = match asked.members {
        Members::Json(members) => Ok(members),
        Members::Flat(pairs) => nest(pairs),
    };
    let reply = match members.and_then(|members| fields(action, members)) {
        Ok(fields) => decide(call, action, &fields),
        Err(check) => error(check.answer),
    };
    named(reply, action)
}

fn named(mut reply: Reply, action: &Action) -> Reply {
    reply.action = Some(action.name.into());
    reply
}

fn error(code: &str) -> Reply {
    PRODUCT.error(code)
}

/// Returns the members in clear text, checked against the action's own list.
fn fields(
    action: &Action,
    mut params: Map<String, Value>,
) -> Result<HashMap<&'static str, String>, Refusal> {
    let encryption = params.remove("Encryption");
    if action.cert_type
        && let Some(kind) = params.remove("CertType")
    {
        match kind.as_i64() {
            Some(0) => {}
            Some(_) => return Err(&checks::CERT_TYPE),
            None => return Err(&tencent_cloud::checks::TYPE),
        }
    }
    let mut out = HashMap::new();
    for name in action.required {
        match params.remove(*name) {
            Some(Value::String(text)) if text.is_empty() => {
                return Err(&tencent_cloud::checks::EMPTY);
            }
            Some(Value::String(text)) => out.insert(*name, text),
            Some(_) => return Err(&tencent_cloud::checks::TYPE),
            None => return Err(&tencent_cloud::checks::MISSING),
        };
    }
    if !params.is_empty() {
        return Err(&tencent_cloud::checks::UNKNOWN);
    }
    if let Some(encryption) = encryption {
        faceid_encryption::decrypt(&encryption, &mut out)?;
    }
    Ok(out)
}

fn decide(call: &Call<'_>, action: &Action, fields: &HashMap<&'static str, String>) -> Reply {
    let get = |name: &str| fields.get(name).map(String::as_str);
    if let Some(code) = call.forced {
        let is_result = code.parse::<i64>().is_ok();
        return if is_result { result(action, code) } else { error(code) };
    }
    let number = get("BankCard").unwrap_or_default();
    match magic::faceid_code(number) {
        Some(Ok(code)) => return result(action, &code),
        Some(Err(code)) => return error(&code),
        None => {}
    }
    let refused = |check: Refusal| result(action, action.result_of(check));
    if get("Name").is_some_and(|n| n.chars().any(|c| c.is_ascii_digit() || c.is_control())) {
        return refused(&checks::NAME);
    }
    if let Some(id) = get("IdCard") {
        if !magic::is_id_number(id) {
            return refused(&checks::ID);
        }
        if id.len() == 15 {
            return refused(&checks::ID_TYPE);
        }
    }
    if get("Phone").is_some_and(|p| {
        p.len() != 11 || !p.starts_with('1') || p.bytes().any(|b| !b.is_ascii_digit())
    }) {
        return refused(&checks::PHONE);
    }
    if !magic::is_card_number(number) {
        return refused(&checks::CARD);
    }
    let within = {
        let mut state = call.shared.lock();
        let (store, settings) = state.of::<Store>(call.vendor);
        let limit = settings.faceid_same_limit;
        let digest = crypto::sha256(number.as_bytes());
        limit == 0 || store.seen.entry(digest).or_default().admit(call.now(), limit)
    };
    if !within {
        return refused(&checks::SAME);
    }
    let Some(name) = get("Name") else {
        let known = magic::holder(number, magic::DEFAULT_NAME, None, None) != Holder::NoIssuer;
        return result(action, if known { "0" } else { action.no_issuer });
    };
    match magic::holder(number, name, get("IdCard"), get("Phone")) {
        Holder::Match => result(action, "0"),
        Holder::Mismatch => result(action, "-1"),
        Holder::NoIssuer => result(action, action.no_issuer),
    }
}

fn result(action: &Action, code: &str) -> Reply {
    let id = crypto::uuid();
    let (text, billed) = action
        .results
        .iter()
        .find(|(c, ..)| *c == code)
        .map_or(("Unknown result", false), |(_, t, b)| (*t, *b));
    let mut response = json!({"Result": code, "Description": text, "RequestId": id});
    if action.name == "CheckBankCardInformation" && code == "0" {
        response["AccountBank"] = magic::DEFAULT_ISSUER.into();
        response["AccountType"] = 1.into();
    }
    let body = json!({"Response": response});
    Reply::refused(Answer::new(200, "application/json", body.to_string()), code)
        .done(true, billed)
        .id(&id)
}

/// `Encryption.EncryptList.0=Name` and its like as JSON. `CertType` is the one number.
fn nest(params: Vec<(String, String)>) -> Result<Map<String, Value>, Refusal> {
    let mut out = Map::new();
    let mut encryption = Map::new();
    let mut lists: Vec<(String, usize, String)> = Vec::new();
    for (key, value) in params {
        let parts: Vec<&str> = key.split('.').collect();
        match parts.as_slice() {
            ["CertType"] => {
                let number: i64 = value.parse().map_err(|_| &tencent_cloud::checks::TYPE)?;
                out.insert(key, json!(number));
            }
            [_] => {
                if out.insert(key, Value::String(value)).is_some() {
                    return Err(&tencent_cloud::checks::TYPE);
                }
            }
            ["Encryption", name] => {
                encryption.insert((*name).to_owned(), Value::String(value));
            }
            ["Encryption", name, index] => {
                let index = index.parse().map_err(|_| &tencent_cloud::checks::TYPE)?;
                lists.push(((*name).to_owned(), index, value));
            }
            _ => return Err(&tencent_cloud::checks::UNKNOWN),
        }
    }
    lists.sort();
    for (name, index, value) in lists {
        let list = encryption.entry(name).or_insert_with(|| json!([]));
        let list = list.as_array_mut().ok_or(&tencent_cloud::checks::TYPE)?;
        if list.len() != index {
            return Err(&tencent_cloud::checks::TYPE);
        }
        list.push(Value::String(value));
    }
    if !encryption.is_empty() {
        out.insert("Encryption".into(), Value::Object(encryption));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flattened_encryption() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let nested = nest(vec![
            pair("Encryption.EncryptList.1", "BankCard"),
            pair("Encryption.EncryptList.0", "Name"),
            pair("Encryption.Iv", "x"),
            pair("CertType", "0"),
        ])
        .unwrap();
        assert_eq!(
            Value::Object(nested),
            json!({"CertType": 0, "Encryption": {"EncryptList": ["Name", "BankCard"], "Iv": "x"}})
        );
    }
}
