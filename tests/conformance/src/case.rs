//! The cases of the suite: a call, and its expected end.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// An operation that a case asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Read a card photo.
    Recognize,
    /// Check a cardholder.
    Verify,
    /// Ask who issued a card number.
    LookupCard,
    /// Fetch an order's images and result.
    FetchOrder,
    /// Read a card photo as a batch of one.
    RecognizeMany,
    /// Check a cardholder as a batch of one.
    VerifyMany,
    /// Check the form of a card number, on this machine.
    CheckCardNumber,
    /// Check the form of an ID number, on this machine.
    CheckIdNumber,
    /// Check a picture against the vendors' limits, on this machine.
    CheckImage,
    /// The same, with a look at the picture.
    LookAtImage,
}

impl Operation {
    /// Returns the word in the drivers' protocol.
    pub const fn word(self) -> &'static str {
        match self {
            Operation::Recognize => "recognize",
            Operation::Verify => "verify",
            Operation::LookupCard => "lookup_card",
            Operation::FetchOrder => "fetch_order",
            Operation::RecognizeMany => "recognize_many",
            Operation::VerifyMany => "verify_many",
            Operation::CheckCardNumber => "check_card_number",
            Operation::CheckIdNumber => "check_id_number",
            Operation::CheckImage => "check_image",
            Operation::LookAtImage => "look_at_image",
        }
    }
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Text that every language has.
    Text(String),
    /// Bytes that are no UTF-8, for languages whose texts are bytes.
    Bytes(Vec<u8>),
    /// Code units that are no UTF-16, for languages whose texts are code units or code points.
    Units(Vec<u16>),
}

impl Argument {
    /// Returns the text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Argument::Text(text) => Some(text),
            Argument::Bytes(_) | Argument::Units(_) => None,
        }
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Argument::Text(text)
    }
}

/// One call with its arguments by name: `file`, `bytes` (the path of a file whose bytes are given),
/// `url`, `card_number`, `name`, `id_number`, `phone`, `order_id`, `user_id`, `vendor`,
/// `timeout_ms`, `concurrency`.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The operation.
    pub operation: Operation,
    /// The arguments.
    pub arguments: Vec<(String, Argument)>,
}

impl Ask {
    /// Returns the argument of that name, where it is a text.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.text())
    }
}

/// The fields that a result or an error must have.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// A result with these fields.
    Ok(Map<String, Value>),
    /// An error with these fields.
    Error(Map<String, Value>),
}

/// A case of `cases/*.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The accounts of the client: a vendor's name, or a name of the sandbox's `GET /credentials`.
    /// Every vendor where absent.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
    /// Keys of every account's entry besides its credentials, for example `method`.
    #[serde(default)]
    pub(crate) entry: Map<String, Value>,
    /// Keys of the configuration besides the accounts, for example `retry`.
    #[serde(default)]
    pub(crate) config: Map<String, Value>,
    pub(crate) operation: Operation,
    /// The arguments; `image` names a file of `tests/images` or describes one, and `{magic:VENDOR:CODE}` in
    /// a text stands for the sandbox's card number for that code.
    #[serde(default)]
    pub(crate) input: Map<String, Value>,
    /// Bodies for the sandbox's `POST /script`.
    #[serde(default)]
    pub(crate) script: Vec<Value>,
    /// A body for the sandbox's `POST /settings`.
    #[serde(default)]
    pub(crate) settings: Option<Value>,
    pub(crate) expect: Expectation,
    /// The counts that the sandbox's ledger must hold after the call.
    #[serde(default)]
    pub(crate) ledger: Ledger,
    /// The checks of the requests that the vendor got.
    #[serde(default)]
    pub(crate) seen: Vec<RequestCheck>,
}

/// A check of every request of one operation, of which there must be at least one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestCheck {
    pub(crate) operation: cardwire_sandbox::Operation,
    pub(crate) method: Option<String>,
    /// Parameters of the query, decoded; `null` where there is none of that name.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Option<String>>,
    /// Members of a JSON body or fields of a form; `null` where there is none of that name.
    #[serde(default)]
    pub(crate) body: BTreeMap<String, Value>,
    /// The photo that came.
    pub(crate) photo: Option<PhotoCheck>,
}

/// A check of the photo in a request, besides that it is the one of `image_fitted`, or byte for byte the
/// one that was given where the result has none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoCheck {
    /// Width and height.
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) most_bytes: Option<usize>,
}

/// Counts of the sandbox's ledger, checked where they are given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ledger {
    pub(crate) executed: Option<u64>,
    pub(crate) billed: Option<u64>,
    pub(crate) connections: Option<u64>,
}
