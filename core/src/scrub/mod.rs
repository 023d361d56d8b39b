//! Vendor text made fit to show: nothing of the call's own values and of the account's secrets
//! is left in it, however they are written.
//!
//! A value is found with its separators changed or left out, in wide digits and letters, in JSON,
//! percent, HTML and `\x` escapes, and in base64 and hexadecimal; three rounds deep. Numbers that
//! could be somebody's are masked whether or not they are the call's.
//!
//! `echoes` finds the values of the call, where the quick look of `sieve` does not tell that there are
//! none; `escapes` reads the ways in which a text may hide them, `numbers` masks what could be
//! anybody's, and `show` puts together what is left.

mod echoes;
mod escapes;
mod numbers;
mod path;
mod show;
mod sieve;
#[cfg(test)]
mod tests;

pub(crate) use echoes::HiddenValues;
pub(crate) use numbers::{identifier, shown, without_numbers};
pub(crate) use path::shown_path;
pub(crate) use show::{make_visible, scrub};

/// The text that stands for what is not shown.
pub(crate) const MASK: &str = "***";

/// So many bytes of a vendor's text are read: a gateway may echo a whole photo.
const READ_LIMIT: usize = 4096;

/// Digit runs of this length and more are masked in vendor text: short ones are codes and counts.
const MASKED_DIGIT_RUN: usize = 6;

/// Runs of letters and digits of this length and more are masked too: credentials, signatures and
/// what was encoded.
const MASKED_WORD: usize = 16;

/// Card numbers are printed in groups of this many digits.
const GROUP: usize = 4;
