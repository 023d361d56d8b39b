//! Bank-card recognition and cardholder verification over the vendors that businesses in China use.
//!
//! A [`Client`] reads the card in a photo, asks whether a card, a name and an ID number belong
//! together, asks who issued a card, and fetches what a vendor keeps under an order number. One JSON
//! document says which vendors it asks and with which secrets, the same in each language that the
//! library speaks. Vendors with as many interfaces give one set of results and one set of errors.
//!
//! ```
//! use cardwire::{CallOptions, Cardholder, Client, Image, Kind, Outcome};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
//! # let config = &sandbox.config().to_string();
//! # let photo = cardwire_test_images::load("icbc-debit.jpg");
//! // Such as {"vendors": [{"vendor": "aliyun_bankocr", "app_code": {"env": "APP_CODE"}}]}.
//! let client = Client::from_json(config)?;
//! let card = client.recognize(Image::bytes(photo), &CallOptions::new())?;
//! println!("{} {}", card.card_number.masked(), card.issuer.as_deref().unwrap_or("unknown"));
//!
//! let holder = Cardholder::new(card.card_number.reveal(), "张三").id_number("110101190001010014");
//! match client.verify(holder, &CallOptions::new()) {
//!     Ok(answer) => assert!(answer.outcome == Outcome::Match),
//!     Err(error) if error.kind() == Kind::QuotaExhausted => println!("again tomorrow"),
//!     Err(error) => println!("{error}; sent: {}, billed: {}", error.sent(), error.billed()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How a call goes
//!
//! A call goes down once, and its result comes up once:
//!
//! ```text
//! Client, AsyncClient    the call, its options, its result
//!   driver               does what the call says; it and what stands last are the rooms that wait
//!     call               decides: send, wait, ask another account, ask for the order, give up
//!     admission          may it be sent now: pace, quota, breaker, blocks, budget of retries
//!     vendors            writes the request of a vendor, reads its response
//!   journal, tokens, token store, transport
//! ```
//!
//! The rooms that decide wait for nothing: a call is a state machine that is told the time, and its rules
//! are tried over every order in which things may happen. All that leaves the process goes through a
//! [`Transport`](transport::Transport); the library has one, and a program may bring its own.
//!
//! # Money
//!
//! Vendors bill calls, and none of them has a key under which a call may be sent twice and is billed once.
//! So a billed request whose last byte may have left is never sent again. Each result and each [`Error`]
//! says what is known of its call ([`CallFacts`]): whether it was [`Sent`], whether it is [`Billed`], and
//! each attempt. Both know "unknown", and "no" is only said where it is certain. Retries, other accounts and
//! paces are settings of the configuration; a business answer, such as a mismatch, is final.
//!
//! # Order numbers
//!
//! Each call has an order number, the caller's ([`CallOptions::order_id`]) or one that the library makes.
//! With a `journal` in the configuration it is on the disk before the first byte leaves, and so is what
//! came of it: after a crash [`Client::unknown_orders`] lists the calls that a vendor may have executed and
//! billed. `tencent_kyc` keeps orders itself; [`Client::fetch_order`] asks for them.
//!
//! # Waiting
//!
//! [`Client`] blocks the thread that calls. [`AsyncClient`] has the same calls as futures, and
//! batches as streams, for tokio and any other executor. Both can be given to many threads, and
//! neither outlives a fork: a child makes its own.
//!
//! # Personal data
//!
//! Card numbers, names and photos are in types whose `Debug` shows nothing of them ([`CardNumber`],
//! [`Personal`], [`PersonalBytes`], [`Secret`]). No error, event or journal holds any of them.
#![deny(missing_docs)]
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
#[cfg(feature = "testing")]
pub mod answers;
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
mod health;
mod journal;
mod nearest;
mod numbers;
mod plain_file;
#[doc(hidden)]
pub mod reference;
mod runtime;
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

pub use admission::BreakerState;
pub use cancellation::Cancellation;
pub use card::{
    CardKind, CardLookup, CardNumber, CardNumberCheck, Cardholder, IdNumberCheck, Image,
    ImageCheck, ImageFormat, Issuer, IssuerSource, LookupReason, NumberCandidate, Order, Outcome,
    PhotoLook, Point, Reason, Recognition, ValidThru, Verification, Warning, WarningKind,
    check_card_number, check_id_number, check_image, look_at_image,
};
pub use cause::{Cause, Step};
pub use client::{
    AsyncClient, BatchInput, BatchItem, BatchOptions, CallOptions, Client, ResultStream, Results,
};
pub use config::Config;
pub use credentials::{
    AskReason, CredentialAsk, CredentialProvider, Credentials, ProviderFailure, Providers,
};
pub use decision::BlockScope;
pub use driver::{Finding, Topic, Verdict};
pub use error::{Error, Kind};
pub use events::{Event, Level, Observer};
pub use facts::{Attempt, Billed, CallFacts, ImageFitted, Sent};
pub use future::BoxFuture;
pub use health::{AccountBlock, AccountHealth};
pub use journal::{Journal, OrderFilter, OrderRecord, OrderStatus};
pub use secret::{Personal, PersonalBytes, Secret};
pub use vendors::{Operation, Vendor};
