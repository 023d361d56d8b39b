//! The library's own lists, for the tests that hold the Python half against them.

use cardwire::{
    Billed, CardKind, ImageFormat, Kind, LookupReason, Operation, OrderStatus, Outcome, Reason,
    Sent, Vendor, WarningKind,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The names of every operation, vendor, kind of error and listed value, as the library has them.
#[pyfunction]
pub fn contract(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    macro_rules! slugs {
        ($type:ident) => {
            $type::ALL.iter().map(|value| value.slug()).collect::<Vec<_>>()
        };
    }
    let lists = PyDict::new(py);
    let kinds: Vec<_> =
        Kind::ALL.iter().map(|kind| (kind.slug(), kind.number(), kind.advice())).collect();
    let vendors = PyDict::new(py);
    for vendor in Vendor::ALL {
        let operations: Vec<_> =
            vendor.operations().iter().map(|operation| operation.slug()).collect();
        vendors.set_item(vendor.name(), operations)?;
    }
    lists.set_item("kinds", kinds)?;
    lists.set_item("vendors", vendors)?;
    lists.set_item("operations", slugs!(Operation))?;
    lists.set_item("order_statuses", slugs!(OrderStatus))?;
    lists.set_item("outcomes", slugs!(Outcome))?;
    lists.set_item("reasons", slugs!(Reason))?;
    lists.set_item("lookup_reasons", slugs!(LookupReason))?;
    lists.set_item("card_kinds", slugs!(CardKind))?;
    lists.set_item("warning_kinds", slugs!(WarningKind))?;
    lists.set_item("image_formats", slugs!(ImageFormat))?;
    lists.set_item("sent", slugs!(Sent))?;
    lists.set_item("billed", slugs!(Billed))?;
    Ok(lists)
}
