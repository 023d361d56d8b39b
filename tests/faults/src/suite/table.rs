//! The rows of codes, as the oracle asks for them. That the rows are right is held by the
//! vectors of each vendor; the runs here hold the library to its rows.

use cardwire::reference::{self, Row};
use cardwire::{Billed, Vendor};

/// Returns the row of a code in the answer to an operation; that of an unknown code where there is
/// none.
pub fn row(vendor: &str, operation: &str, code: &str) -> Row {
    let vendor = Vendor::from_name(vendor);
    vendor.map_or_else(reference::unknown_code, |vendor| reference::code(vendor, operation, code))
}

/// Returns whether the same account may be asked again after that code.
pub fn may_repeat(vendor: &str, operation: &str, code: &str) -> bool {
    row(vendor, operation, code).follows.retry != "none"
}

/// Returns the bill of a code.
pub fn billed(vendor: &str, operation: &str, code: &str) -> Billed {
    row(vendor, operation, code).billed.unwrap_or_default()
}

/// Returns the codes that say of a recognition that its token is dead.
pub fn dead_token_codes(vendor: &str) -> Vec<String> {
    let codes = codes(vendor, "recognize").into_iter();
    codes.filter(|code| row(vendor, "recognize", code).follows.retry == "token").collect()
}

/// Returns every code that the rows know in answers of a vendor to an operation.
pub fn codes(vendor: &str, operation: &str) -> Vec<String> {
    let fits = |row: &Row| row.numberings.is_empty() || row.numberings.contains(&operation);
    let rows = Vendor::from_name(vendor).map(reference::codes).into_iter().flatten();
    rows.filter(|row| fits(row)).map(|row| row.name).collect()
}
