//! The family of Tencent Cloud API 3.0: keys and request signatures, the envelope of its answers, and the error
//! codes that all of its actions have in common; and how its readers of cards write what a card shows.

mod answer;
mod card;
mod codes;
mod keys;
mod sign;

pub(crate) use answer::envelope;
pub(crate) use card::{card_kind, listed, photo, warnings};
pub(crate) use codes::CODES;
pub(crate) use keys::{Keys, Members, Product};
