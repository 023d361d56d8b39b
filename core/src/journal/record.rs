use crate::facts::{Billed, Sent};
use crate::schema::{Describe, list_json, record};
use crate::slugs::slugs;
use crate::vendors::{Operation, Vendor};

slugs! {
    /// The status of an order, as far as it is known.
    OrderStatus {
        /// The call runs.
        InFlight = "in_flight",
        /// The last byte of the request never left: the vendor cannot have executed it.
        NotSent = "not_sent",
        /// The vendor may have executed and billed it.
        Unknown = "unknown",
        /// The vendor answered.
        Answered = "answered",
    }
}

record! {
    /// One order as the journal holds it. There is no personal datum and no secret in it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OrderRecord as "order_record" {
        /// The order number.
        pub order_id: String,
        /// The caller's own name for what was asked, where it gave one.
        pub reference: Option<String>,
        /// The vendor that was asked.
        pub vendor: Option<Vendor>,
        /// The entry's `name` in the configuration, or the vendor's name.
        pub account: String,
        /// The operation that was asked for.
        pub operation: Option<Operation>,
        /// Its status.
        pub status: OrderStatus,
        /// The number of its requests.
        pub sends: u32,
        /// When it was first written, in milliseconds since 1970.
        pub created_ms: u64,
        /// When it was last written, in milliseconds since 1970.
        pub changed_ms: u64,
        /// The delivery of a complete request to the vendor.
        pub sent: Sent,
        /// The bill of it, as far as it is known.
        pub billed: Billed,
        /// `ok`, or the slug of the failure's kind; `None` while nothing came of it.
        pub outcome: Option<String>,
        /// The vendor's code, where it gave one.
        pub vendor_code: Option<String>,
        /// The vendor's number for the request.
        pub request_id: Option<String>,
        /// The HTTP status of the answer, where there was one.
        pub http_status: Option<u16>,
        /// True where the answer came after the caller had gone.
        pub late: bool,
        /// When somebody settled it with the vendor, in milliseconds since 1970.
        pub reconciled_ms: Option<u64>,
        /// Their note.
        pub note: Option<String>,
    }
}

impl OrderRecord {
    /// Returns whether the vendor gave a result.
    pub(crate) fn has_result(&self) -> bool {
        self.outcome.as_deref() == Some("ok")
    }

    /// Returns the record as a JSON object with the field names that every language uses.
    pub fn to_json(&self) -> String {
        self.json()
    }

    /// Returns several records as a JSON list.
    ///
    /// ```
    /// assert_eq!(cardwire::OrderRecord::list_to_json(&[]), "[]");
    /// ```
    pub fn list_to_json(records: &[OrderRecord]) -> String {
        list_json(records)
    }
}
