//! The vendors and operations, under the names the Cardwire configuration uses.

use serde::{Deserialize, Serialize};

/// One of the five vendors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Tencent eKYC bank-card OCR.
    TencentKyc,
    /// WeChat `cv/ocr/bankcard`.
    Wechat,
    /// Aliyun market `cardbank`.
    AliyunBankocr,
    /// Tencent Cloud faceid bank-card verification.
    TencentFaceid,
    /// Aliyun market three-element check `1886`.
    AliyunYhkr,
}

impl Vendor {
    /// Every vendor, in the order of the configuration.
    pub const ALL: [Self; 5] = [
        Self::TencentKyc,
        Self::Wechat,
        Self::AliyunBankocr,
        Self::TencentFaceid,
        Self::AliyunYhkr,
    ];

    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TencentKyc => "tencent_kyc",
            Self::Wechat => "wechat",
            Self::AliyunBankocr => "aliyun_bankocr",
            Self::TencentFaceid => "tencent_faceid",
            Self::AliyunYhkr => "aliyun_yhkr",
        }
    }

    /// The vendor of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == name)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// What a request asks for; a script picks requests by it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Reading a card photo.
    Recognize,
    /// Checking a cardholder.
    Verify,
    /// An access token.
    Token,
    /// A `tencent_kyc` SIGN ticket.
    Ticket,
    /// The images and result kept under an order number.
    FetchOrder,
    /// The connection itself, before any byte is read (scripts only).
    Connect,
    /// A path or method the vendor does not have.
    Other,
    /// In a script: whatever comes (except `connect`).
    #[default]
    Any,
}

impl Operation {
    /// The name used in scripts and the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recognize => "recognize",
            Self::Verify => "verify",
            Self::Token => "token",
            Self::Ticket => "ticket",
            Self::FetchOrder => "fetch_order",
            Self::Connect => "connect",
            Self::Other => "other",
            Self::Any => "any",
        }
    }
}
