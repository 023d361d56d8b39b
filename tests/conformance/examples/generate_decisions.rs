//! Writes `core/DECISIONS.md` and the table of `docs/errors.md` from `core/src/decision_table.json`.

fn main() {
    let files = cardwire_conformance::decisions::files();
    for (path, text) in files.unwrap_or_else(|problem| panic!("{problem}")) {
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
