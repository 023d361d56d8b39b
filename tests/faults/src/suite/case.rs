//! Where a fault strikes: a vendor, what is asked of it, and which of the requests.

use cardwire_sandbox::{Operation, Vendor};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Read a photo.
    Recognize,
    /// Check a cardholder by so many elements.
    Verify(u8),
    /// Ask who issued a card number.
    Lookup,
    /// Fetch an order that was made before.
    FetchOrder,
}

/// Which request meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The call itself.
    Call,
    /// The fetch of the access token.
    Token,
    /// The fetch of the ticket.
    Ticket,
}

/// One place where faults strike.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Who is asked.
    pub vendor: Vendor,
    /// For what.
    pub ask: Ask,
    /// Which request meets the fault.
    pub at: At,
    /// Whether over TLS.
    pub tls: bool,
}

const PLACES: [(Vendor, Ask, At); 10] = [
    (Vendor::TencentKyc, Ask::Recognize, At::Call),
    (Vendor::TencentKyc, Ask::Recognize, At::Token),
    (Vendor::TencentKyc, Ask::Recognize, At::Ticket),
    (Vendor::TencentKyc, Ask::FetchOrder, At::Call),
    (Vendor::Wechat, Ask::Recognize, At::Call),
    (Vendor::Wechat, Ask::Recognize, At::Token),
    (Vendor::AliyunBankocr, Ask::Recognize, At::Call),
    (Vendor::TencentFaceid, Ask::Verify(3), At::Call),
    (Vendor::TencentFaceid, Ask::Lookup, At::Call),
    (Vendor::AliyunYhkr, Ask::Verify(3), At::Call),
];

impl Case {
    /// Every place, without TLS and with it.
    pub fn all() -> impl Iterator<Item = Case> {
        PLACES
            .into_iter()
            .flat_map(|(vendor, ask, at)| [false, true].map(|tls| Case { vendor, ask, at, tls }))
    }

    /// The sandbox's name of the request that meets the fault.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match (self.at, self.ask) {
            (At::Token, _) => Operation::Token,
            (At::Ticket, _) => Operation::Ticket,
            (At::Call, Ask::Recognize) => Operation::Recognize,
            (At::Call, Ask::Verify(_) | Ask::Lookup) => Operation::Verify,
            (At::Call, Ask::FetchOrder) => Operation::FetchOrder,
        }
    }

    /// Whether the request is one that vendors bill.
    #[must_use]
    pub fn is_billed(&self) -> bool {
        self.at == At::Call && self.ask != Ask::FetchOrder
    }

    /// Whether the vendor stands behind the market's gateway.
    #[must_use]
    pub fn is_aliyun(&self) -> bool {
        matches!(self.vendor, Vendor::AliyunBankocr | Vendor::AliyunYhkr)
    }
}

impl Ask {
    /// The word for it in the rows of codes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ask::Recognize => "recognize",
            Ask::Verify(2) => "verify2",
            Ask::Verify(4) => "verify4",
            Ask::Verify(_) => "verify3",
            Ask::Lookup => "lookup_card",
            Ask::FetchOrder => "fetch_order",
        }
    }
}
