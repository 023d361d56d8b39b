use serde_json::Value;

use super::record::OrderStatus;
use crate::error::Error;
use crate::vendors::Vendor;

/// A filter of orders. Each setter returns the filter.
///
/// ```
/// use cardwire::{OrderFilter, Vendor};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let filter = OrderFilter::new()
///     .vendor(Vendor::TencentKyc)
///     .account("tencent_kyc")
///     .reference("photos/0001.jpg")
///     .since_ms(1_795_300_000_000)
///     .until_ms(1_795_386_400_000)
///     .before("order0001");
/// let same = OrderFilter::from_json(
///     r#"{"vendor": "tencent_kyc", "account": "tencent_kyc", "reference": "photos/0001.jpg",
///         "since_ms": 1795300000000, "until_ms": 1795386400000, "before": "order0001"}"#,
/// )?;
/// assert_eq!(format!("{filter:?}"), format!("{same:?}"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OrderFilter {
    pub(super) status: Option<OrderStatus>,
    pub(super) vendor: Option<Vendor>,
    pub(super) account: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) since_ms: u64,
    pub(super) until_ms: u64,
    pub(super) before: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) unsettled_only: bool,
}

impl OrderFilter {
    /// The most orders of a list where no `limit` is set.
    pub const DEFAULT_LIMIT: usize = 10_000;

    /// Returns every order, newest first.
    pub fn new() -> Self {
        OrderFilter {
            status: None,
            vendor: None,
            account: None,
            reference: None,
            since_ms: 0,
            until_ms: u64::MAX,
            before: None,
            limit: None,
            unsettled_only: false,
        }
    }

    /// Returns the filter of `unknown_orders`.
    pub(crate) fn unknown() -> Self {
        let all = OrderFilter::new().status(OrderStatus::Unknown).limit(usize::MAX);
        OrderFilter { unsettled_only: true, ..all }
    }

    /// Wants only orders of this status.
    pub fn status(mut self, status: OrderStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Wants only orders of this vendor.
    pub fn vendor(mut self, vendor: Vendor) -> Self {
        self.vendor = Some(vendor);
        self
    }

    /// Wants only orders of this account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Wants only orders of this reference of the caller's.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Wants only orders first written at this moment or later, in milliseconds since 1970.
    pub fn since_ms(mut self, unix_ms: u64) -> Self {
        self.since_ms = unix_ms;
        self
    }

    /// Wants only orders first written before this moment, in milliseconds since 1970.
    pub fn until_ms(mut self, unix_ms: u64) -> Self {
        self.until_ms = unix_ms;
        self
    }

    /// Wants only orders that a list has after the order of this number, which is the last one of
    /// the page before.
    pub fn before(mut self, order_id: impl Into<String>) -> Self {
        self.before = Some(order_id.into());
        self
    }

    /// Wants at most so many orders. Without a limit a list has at most
    /// [`OrderFilter::DEFAULT_LIMIT`], and an export has all.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Returns a filter from a JSON object with the keys `status`, `vendor`, `account`,
    /// `reference`, `since_ms`, `until_ms`, `before` and `limit`, each of which may be left out.
    ///
    /// # Errors
    /// `invalid_argument`, naming what is wrong.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let no_object = || Error::argument("filter", "a JSON object", "another text");
        let document: Value = serde_json::from_str(json).map_err(|_| no_object())?;
        let object = document.as_object().ok_or_else(no_object)?;
        let mut filter = OrderFilter::new();
        for (key, value) in object {
            let wrong = |expected: &str| {
                Error::argument("filter", format_args!("{expected} as {key:?}"), "another value")
            };
            let text = || value.as_str().ok_or_else(|| wrong("a text"));
            let number = || value.as_u64().ok_or_else(|| wrong("a whole number from 0"));
            let none_of = |names: &[&str]| wrong(&format!("one of {}", names.join(", ")));
            match key.as_str() {
                _ if value.is_null() => {}
                "status" => {
                    let text = text()?;
                    let found = OrderStatus::ALL.iter().find(|status| status.slug() == text);
                    let known: Vec<&str> =
                        OrderStatus::ALL.iter().map(|status| status.slug()).collect();
                    filter.status = Some(*found.ok_or_else(|| none_of(&known))?);
                }
                "vendor" => {
                    let known: Vec<&str> = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
                    let found = Vendor::from_name(text()?).ok_or_else(|| none_of(&known))?;
                    filter.vendor = Some(found);
                }
                "account" => filter.account = Some(text()?.to_owned()),
                "reference" => filter.reference = Some(text()?.to_owned()),
                "since_ms" => filter.since_ms = number()?,
                "until_ms" => filter.until_ms = number()?,
                "limit" => filter.limit = usize::try_from(number()?).ok(),
                "before" => filter.before = Some(text()?.to_owned()),
                _ => {
                    let keys = "the keys status, vendor, account, reference, since_ms, until_ms, \
                                before and limit";
                    return Err(Error::argument("filter", keys, "another one"));
                }
            }
        }
        Ok(filter)
    }
}

impl Default for OrderFilter {
    fn default() -> Self {
        OrderFilter::new()
    }
}
