//! The target of a fault: a vendor, an operation, and one of its requests.

use cardwire::reference::codes;
use cardwire_sandbox::{Operation, Vendor};

/// The operation that is asked for.
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

/// A request that faults strike.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The vendor that is asked.
    pub vendor: Vendor,
    /// For what.
    pub ask: Ask,
    /// Which request meets the fault.
    pub at: At,
    /// True where the call goes over TLS.
    pub tls: bool,
}

/// Returns each operation of each vendor, and the requests for a token that come before the first.
fn requests() -> Vec<(Vendor, Ask, At)> {
    let mut requests = Vec::new();
    for vendor in Vendor::ALL {
        let Some(known) = cardwire::Vendor::from_name(vendor.name()) else { continue };
        let takes = |word: &str| codes(known).iter().any(|row| row.numberings.contains(&word));
        for (index, operation) in known.operations().iter().enumerate() {
            let ask = match operation {
                cardwire::Operation::Recognize => Ask::Recognize,
                cardwire::Operation::Verify => Ask::Verify(3),
                cardwire::Operation::LookupCard => Ask::Lookup,
                cardwire::Operation::FetchOrder => Ask::FetchOrder,
            };
            requests.push((vendor, ask, At::Call));
            if index == 0 && takes("token") {
                requests.push((vendor, ask, At::Token));
            }
            if index == 0 && vendor == Vendor::TencentKyc {
                requests.push((vendor, ask, At::Ticket));
            }
        }
    }
    requests
}

impl Case {
    /// Returns every case, without TLS and with it.
    pub fn all() -> impl Iterator<Item = Case> {
        requests()
            .into_iter()
            .flat_map(|(vendor, ask, at)| [false, true].map(|tls| Case { vendor, ask, at, tls }))
    }

    /// Returns the sandbox's name of the request that meets the fault.
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

    /// Returns whether the request is one that vendors bill.
    #[must_use]
    pub fn is_billed(&self) -> bool {
        self.at == At::Call && self.ask != Ask::FetchOrder
    }

    /// Returns whether the vendor stands behind the market's gateway.
    #[must_use]
    pub fn is_aliyun(&self) -> bool {
        matches!(self.vendor, Vendor::AliyunBankocr | Vendor::AliyunYhkr)
    }
}

impl Ask {
    /// Returns the word for it in the rows of codes.
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
