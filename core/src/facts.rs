//! The facts of a call, whether it gave a result or an error.

use std::fmt;
use std::time::Duration;

use crate::error::Kind;
use crate::schema::{Describe, Form, Inline, Shape, Writer, named, record};
use crate::vendors::Vendor;

macro_rules! certainty {
    ($(#[$doc:meta])* $name:ident, $no:literal, $unknown:literal, $yes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            #[doc = $no]
            #[default]
            No,
            #[doc = $unknown]
            Unknown,
            #[doc = $yes]
            Yes,
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$name::No, $name::Unknown, $name::Yes];

            /// Returns `no`, `unknown` or `yes`.
            pub const fn slug(self) -> &'static str {
                match self {
                    $name::No => "no",
                    $name::Unknown => "unknown",
                    $name::Yes => "yes",
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.slug())
            }
        }

        named!($name, slug);
    };
}

certainty! {
    /// The delivery of a complete request to the vendor.
    Sent,
    "The last byte of the request never left: the vendor cannot have executed it.",
    "The last byte may have left and no whole answer came back.",
    "The vendor answered."
}

certainty! {
    /// The bill of the call, as far as it is known.
    Billed,
    "Not billed: it was not executed, or the vendor's document says this answer is free.",
    "No document says, or no answer came back.",
    "Billed, as the vendor's document says."
}

record! {
    /// One request sent, or meant to be sent, to a vendor on behalf of a call.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Attempt as "attempt" {
        /// The vendor.
        pub vendor: Vendor,
        /// The entry's `name` in the configuration, or the vendor's name.
        pub account: String,
        /// `None` where the vendor gave a result, else the kind of its failure.
        pub failure: Option<Kind> => "outcome",
        /// The order number it was sent under: the next account is asked under a new one, after
        /// `offline` under the same.
        pub order_id: String,
        /// The vendor's code, where it gave one.
        pub vendor_code: Option<String>,
        /// The delivery of this request to the vendor.
        pub sent: Sent,
        /// The bill of this request, as far as it is known.
        pub billed: Billed,
        /// Its duration.
        pub duration: Duration => "milliseconds",
    }
}

impl Attempt {
    /// Returns `ok`, or the slug of the failure's kind.
    pub fn outcome(&self) -> &'static str {
        self.failure.map_or("ok", Kind::slug)
    }
}

record! {
    /// A photo that was made to fit what the vendor takes: turned upright by its EXIF orientation, made
    /// smaller, or written as a JPEG. What the vendor was sent is the one after.
    ///
    /// ```
    /// use cardwire::{CallOptions, Client, ImageFitted};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// # let photo = cardwire_test_images::oriented(&cardwire_test_images::load("icbc-debit.jpg"), 6);
    /// let client = Client::from_json(config)?;
    /// let card = client.recognize(photo, &CallOptions::new())?;
    /// let fitted: &ImageFitted = card.image_fitted().ok_or("it was sent as it came")?;
    /// // It was stored on its side.
    /// assert_eq!((fitted.width_before, fitted.height_before), (1200, 760));
    /// assert_eq!((fitted.width_after, fitted.height_after), (760, 1200));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ImageFitted as "image_fitted" {
        /// Size in bytes of the photo that was given.
        pub bytes_before: usize,
        /// Size in bytes of the photo that was sent.
        pub bytes_after: usize,
        /// Width in pixels of the photo that was given, as it is stored; 0 where its header does not
        /// state it.
        pub width_before: usize,
        /// Height in pixels of the photo that was given, as it is stored; 0 where its header does not
        /// state it.
        pub height_before: usize,
        /// Width in pixels of the photo that was sent.
        pub width_after: usize,
        /// Height in pixels of the photo that was sent.
        pub height_after: usize,
    }
}

record! {
    /// Vendor, order number, request id, `sent`, `billed` and attempts of one call.
    ///
    /// ```
    /// use cardwire::{Attempt, Billed, CallFacts, CallOptions, Client, Sent};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let answer = client.lookup_card("6222020000000000000", &CallOptions::new())?;
    /// let facts: &CallFacts = answer.facts();
    /// assert_eq!((facts.sent, facts.billed), (Sent::Yes, Billed::Yes));
    /// let [attempt]: &[Attempt] = &facts.attempts[..] else { panic!("more than one") };
    /// assert_eq!((attempt.outcome(), Some(attempt.vendor)), ("ok", facts.vendor));
    ///
    /// // A result and an error have the same as methods.
    /// assert_eq!((answer.sent(), answer.billed()), (facts.sent, facts.billed));
    /// assert_eq!((answer.vendor(), answer.account()), (facts.vendor, facts.account.as_deref()));
    /// assert!(answer.order_id().is_some() && answer.attempts().len() == 1);
    /// // What the vendor wants to know when it is asked about the call.
    /// let ids = (answer.request_id(), answer.gateway_request_id(), answer.transaction_time());
    /// println!("{ids:?}");
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CallFacts as "call_facts" {
        /// The vendor that answered or was asked last; `None` when none was chosen.
        pub vendor: Option<Vendor>,
        /// The entry's `name` in the configuration, or the vendor's name.
        pub account: Option<String>,
        /// The order number: the caller's own, or one made by the library.
        pub order_id: Option<String>,
        /// The vendor's number for the request, to be named when asking the vendor.
        pub request_id: Option<String>,
        /// The number that the gateway before the vendor gave the request, for its own support (Aliyun
        /// Cloud Market); beside `request_id` where the vendor has one of its own.
        pub gateway_request_id: Option<String>,
        /// When the vendor says that it answered, as it writes it (`tencent_kyc`: `20151022043831`, in
        /// China Standard Time).
        pub transaction_time: Option<String>,
        /// What the photo became for the vendor that answered or was asked last; `None` where it was sent
        /// as it came.
        pub image_fitted: Option<ImageFitted>,
        /// The delivery of the request to a vendor; of several attempts, the most that one came to.
        pub sent: Sent,
        /// The bill of the call, as far as it is known; of several attempts, the most that one came
        /// to.
        pub billed: Billed,
        /// Each attempt, oldest first.
        pub attempts: Vec<Attempt>,
    }
}

impl Form<CallFacts> for Inline {
    const SHAPE: Shape = Shape::Inline(&CallFacts::RECORD);

    fn put(_: &'static str, value: &CallFacts, to: &mut Writer) {
        value.put_fields(to);
    }
}

impl Form<&CallFacts> for Inline {
    const SHAPE: Shape = <Inline as Form<CallFacts>>::SHAPE;

    fn put(_: &'static str, value: &&CallFacts, to: &mut Writer) {
        value.put_fields(to);
    }
}

/// The ids that the vendor, and the gateway before it, give a request, and the time that they
/// state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestIds {
    pub(crate) request_id: Option<String>,
    pub(crate) gateway_request_id: Option<String>,
    pub(crate) transaction_time: Option<String>,
}

impl CallFacts {
    pub(crate) fn ids(&self) -> RequestIds {
        RequestIds {
            request_id: self.request_id.clone(),
            gateway_request_id: self.gateway_request_id.clone(),
            transaction_time: self.transaction_time.clone(),
        }
    }

    pub(crate) fn set_ids(&mut self, ids: RequestIds) {
        self.request_id = ids.request_id;
        self.gateway_request_id = ids.gateway_request_id;
        self.transaction_time = ids.transaction_time;
    }
}

/// Gives a type with a `facts()` method the same short getters as every other one.
macro_rules! fact_getters {
    ($type:ty) => {
        impl $type {
            /// Returns the vendor that answered or was asked last.
            pub fn vendor(&self) -> Option<$crate::Vendor> {
                self.facts().vendor
            }

            /// Returns the entry's `name` in the configuration, or the vendor's name.
            pub fn account(&self) -> Option<&str> {
                self.facts().account.as_deref()
            }

            /// Returns the order number.
            pub fn order_id(&self) -> Option<&str> {
                self.facts().order_id.as_deref()
            }

            /// Returns the vendor's number for the request.
            pub fn request_id(&self) -> Option<&str> {
                self.facts().request_id.as_deref()
            }

            /// Returns the number that the gateway before the vendor gave the request.
            pub fn gateway_request_id(&self) -> Option<&str> {
                self.facts().gateway_request_id.as_deref()
            }

            /// Returns when the vendor says that it answered, as it writes it.
            pub fn transaction_time(&self) -> Option<&str> {
                self.facts().transaction_time.as_deref()
            }

            /// Returns what the photo became before it was sent; `None` where it was sent as it came.
            pub fn image_fitted(&self) -> Option<&$crate::ImageFitted> {
                self.facts().image_fitted.as_ref()
            }

            /// Returns the delivery of a complete request to the vendor.
            pub fn sent(&self) -> $crate::Sent {
                self.facts().sent
            }

            /// Returns the bill of the call, as far as it is known.
            pub fn billed(&self) -> $crate::Billed {
                self.facts().billed
            }

            /// Returns each attempt made, oldest first.
            pub fn attempts(&self) -> &[$crate::Attempt] {
                &self.facts().attempts
            }
        }
    };
}
pub(crate) use fact_getters;
