//! The vendors' own names: what the certificate is made out to, and who is meant on the port of all.

use crate::http::Request;
use crate::vendor::Vendor;

/// Returns every name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Vendor::ALL.into_iter().flat_map(|vendor| vendor.machine().hosts.iter().copied())
}

/// Returns the vendor that a request's Host names.
pub(crate) fn vendor_of(request: &Request) -> Option<Vendor> {
    let host = request.header("host")?;
    let name = host.split(':').next()?;
    let named = |vendor: &Vendor| {
        vendor.machine().hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    Vendor::ALL.into_iter().find(named)
}
