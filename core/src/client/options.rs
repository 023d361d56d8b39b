//! The options of a call.

use std::time::Duration;

use crate::cancellation::Cancellation;
use crate::card::Buffers;
use crate::events::CallContext;

/// The options of one call, which override the configuration. Each setter returns the options.
///
/// ```
/// use std::time::Duration;
///
/// use cardwire::{CallOptions, Client};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// let client = Client::from_json(config)?;
/// let options = CallOptions::new()
///     .vendors(["tencent_kyc", "wechat"])
///     .order_id("order0001")
///     .user_id("user-7")
///     .reference("photos/0001.jpg")
///     .skip_answered(false)
///     .timeout(Duration::from_secs(30));
/// let photo = cardwire_test_images::load("icbc-debit.jpg");
/// let card = client.recognize(photo, &options)?;
/// assert_eq!(card.order_id(), Some("order0001"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    pub(crate) vendors: Option<Vec<String>>,
    pub(crate) order_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) skip_answered: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancellation: Option<Cancellation>,
    /// Ends the calls of a batch or a future that was dropped, and no others that share
    /// `cancellation`.
    pub(crate) caller: Option<Cancellation>,
    /// The buffers to which a batch reads its photos.
    pub(crate) buffers: Option<Buffers>,
    /// Told with the events of the calls.
    pub(crate) context: Option<CallContext>,
}

impl CallOptions {
    /// The longest time that a call may be given: a day.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

    /// Returns options that override nothing.
    pub fn new() -> Self {
        CallOptions::default()
    }

    /// Asks only this account: an entry's `name`, or a vendor's name.
    pub fn vendor(mut self, name: impl Into<String>) -> Self {
        self.vendors = Some(vec![name.into()]);
        self
    }

    /// Asks only these accounts, in this order: the first that takes the input is asked. A call
    /// that is given an empty list is refused.
    pub fn vendors(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.vendors = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the order number: 1 to 32 ASCII letters and digits, never used before. It must hold no
    /// card number, nor a number of the call's own cardholder. The library makes one where none is
    /// given.
    pub fn order_id(mut self, order_id: impl Into<String>) -> Self {
        self.order_id = Some(order_id.into());
        self
    }

    /// Sets the caller's own name for its user, for vendors that keep one (`tencent_kyc`): 1 to 32
    /// ASCII letters, digits, `-` and `_`. Other vendors are not told.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets the caller's own name for what is asked, such as that of a photo: 1 to 64 visible
    /// characters and blanks, and no personal datum; one that holds what looks like the number of a
    /// card, an identity card or a mobile phone, or a number of the call's cardholder, is refused.
    /// The journal keeps it and finds orders by it; no vendor is told, and without a journal nobody
    /// keeps it. Several calls may have the same.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets whether the call ends with `already_answered`, and nothing is sent, where the journal
    /// knows the vendor's answer to its reference or its order number: a result, or a refusal that
    /// was not free. Free refusals and orders that are unknown do not count. If another call asks for
    /// the same meanwhile, in this process or, on Linux, another, this one ends with `already_running`: of
    /// many that begin at once, one is sent. It needs a journal, and a reference or an order number.
    pub fn skip_answered(mut self, skip: bool) -> Self {
        self.skip_answered = skip;
        self
    }

    /// Sets how long the whole call may take, waiting for a token and for the pace included. A call
    /// that is given more than [`CallOptions::LONGEST_TIMEOUT`] is refused. A call that is given no
    /// time is not sent.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the handle that can end the call from another thread.
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = Some(cancellation.clone());
        self
    }
}
