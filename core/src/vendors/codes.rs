//! Vendors' codes as data.

use crate::error::Kind;
use crate::facts::Billed;
use crate::scrub::shown;
use crate::vendors::Refusal;

/// One documented code.
#[derive(Debug)]
pub(crate) struct CodeRow {
    /// The code as the vendor writes it.
    pub(crate) code: &'static str,
    /// What it means, in our words.
    pub(crate) meaning: &'static str,
    pub(crate) kind: Kind,
    pub(crate) billed: Billed,
}

impl CodeRow {
    pub(crate) const fn new(
        code: &'static str,
        meaning: &'static str,
        kind: Kind,
        billed: Billed,
    ) -> Self {
        CodeRow { code, meaning, kind, billed }
    }

    /// The row of a code.
    pub(crate) fn find(table: &'static [CodeRow], code: &str) -> Option<&'static CodeRow> {
        table.iter().find(|row| row.code == code)
    }

    /// The refusal that a row stands for.
    pub(crate) fn refusal(&self, vendor_message: Option<String>) -> Refusal {
        Refusal {
            kind: self.kind,
            message: self.meaning.to_owned(),
            code: Some(self.code.to_owned()),
            vendor_message,
            retry_after: None,
        }
    }
}

impl Refusal {
    /// The refusal for a code that no document explains: kept as it came, never repeated.
    pub(crate) fn unknown_code(code: &str, vendor_message: Option<String>) -> Refusal {
        Refusal {
            code: Some(shown(code)),
            vendor_message,
            ..Refusal::new(
                Kind::VendorError,
                "the vendor answered with a code that its documents do not list",
            )
        }
    }
}
