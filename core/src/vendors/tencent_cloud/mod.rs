//! The family of Tencent Cloud API 3.0: request signatures, the envelope of its answers, and the error
//! codes that all of its actions have in common.

mod answer;
mod codes;
mod sign;

pub(crate) use answer::{envelope, said};
pub(crate) use codes::{CODES, anywhere, before};
pub(crate) use sign::{DayKey, TC3, Tc3, V1, sha256_hex, sort};
