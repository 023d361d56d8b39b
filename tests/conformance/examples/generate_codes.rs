//! Writes `docs/reference/codes.md` from the rows of the library.

use cardwire_conformance::codes_page::{page, path};

fn main() {
    let path = path();
    std::fs::write(&path, page()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
