//! Calls for packages of other languages.

use super::ClientExt as _;
use crate::schema::{Describe, Document};
use crate::{
    CallOptions, CardLookup, Cardholder, Client, Error, Image, Order, Recognition, Verification,
};

/// A call of any operation with its input, for languages that have one way for all of them.
pub enum AnyCall {
    /// [`Client::recognize`].
    Recognize(Image),
    /// [`Client::verify`].
    Verify(Cardholder),
    /// [`Client::lookup_card`].
    LookupCard(String),
    /// [`Client::fetch_order`].
    FetchOrder(String),
}

/// A type that holds the result of any operation.
pub trait AnyResult:
    From<Recognition> + From<Verification> + From<CardLookup> + From<Order>
{
}

impl<T: From<Recognition> + From<Verification> + From<CardLookup> + From<Order>> AnyResult for T {}

impl<T: Describe> From<T> for Document {
    fn from(record: T) -> Self {
        record.document()
    }
}

impl AnyCall {
    /// Runs it to its end.
    ///
    /// # Errors
    /// As of its operation.
    pub fn run<T: AnyResult>(self, client: &Client, options: &CallOptions) -> Result<T, Error> {
        match self {
            AnyCall::Recognize(image) => client.recognize(image, options).map(T::from),
            AnyCall::Verify(cardholder) => client.verify(cardholder, options).map(T::from),
            AnyCall::LookupCard(number) => client.lookup_card(&number, options).map(T::from),
            AnyCall::FetchOrder(order_id) => client.fetch_order(&order_id, options).map(T::from),
        }
    }

    /// Starts it; `then` is given its result on one of the library's threads.
    pub fn start<T: AnyResult>(
        self,
        client: &Client,
        options: &CallOptions,
        then: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) {
        match self {
            AnyCall::Recognize(image) => {
                client.recognize_then(image, options, |result| then(result.map(T::from)));
            }
            AnyCall::Verify(cardholder) => {
                client.verify_then(cardholder, options, |result| then(result.map(T::from)));
            }
            AnyCall::LookupCard(number) => {
                client.lookup_card_then(&number, options, |result| then(result.map(T::from)));
            }
            AnyCall::FetchOrder(order_id) => {
                client.fetch_order_then(&order_id, options, |result| then(result.map(T::from)));
            }
        }
    }
}
