//! Bank-card recognition and cardholder verification over the vendors that businesses in China use.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod admission;
mod batch;
#[cfg(feature = "bench")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod bench_support;
#[doc(hidden)]
pub mod bindings;
mod call;
mod cancellation;
mod card;
mod cause;
mod client;
mod clock;
mod config;
mod credentials;
mod decision;
mod driver;
mod entropy;
mod error;
mod events;
mod facts;
mod fork;
mod future;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzz_support;
mod journal;
mod numbers;
#[doc(hidden)]
pub mod reference;
#[doc(hidden)]
pub mod schema;
mod scrub;
mod secret;
mod shared;
mod slugs;
#[cfg(test)]
mod testing;
mod threads;
mod tokens;
pub mod transport;
mod values;
#[cfg(test)]
mod vectors;
mod vendors;
mod wire;
mod workers;

pub use cancellation::Cancellation;
pub use card::{
    CardKind, CardLookup, CardNumber, CardNumberCheck, Cardholder, IdNumberCheck, Image,
    ImageCheck, ImageFormat, LookupReason, Order, Outcome, Reason, Recognition, ValidThru,
    Verification, Warning, WarningKind, check_card_number, check_id_number, check_image,
};
pub use cause::{Cause, Step};
pub use client::{AsyncClient, BatchInput, BatchItem, BatchOptions, CallOptions, Client, Results};
pub use config::Config;
pub use credentials::{
    AskReason, CredentialAsk, CredentialProvider, Credentials, ProviderFailure, Providers,
};
pub use error::{Error, Kind};
pub use events::{Event, Observer};
pub use facts::{Attempt, Billed, CallFacts, Sent};
pub use future::BoxFuture;
pub use journal::{Journal, OrderFilter, OrderRecord, OrderStatus};
pub use secret::{Personal, PersonalBytes, Secret};
pub use vendors::{Operation, Vendor};
