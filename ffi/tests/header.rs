//! The committed header is the one that the sources give, and compiles alone.

use std::process::Command;

#[path = "../examples/generate_header.rs"]
mod generate_header;

#[test]
fn the_header_is_up_to_date() {
    let committed = std::fs::read_to_string(generate_header::path()).unwrap();
    assert!(
        committed == generate_header::generate(),
        "include/cardwire.h is old: run `make header`"
    );
}

#[test]
fn the_header_compiles_alone() {
    for (compiler, language, standard) in
        [("cc", "c", "c99"), ("cc", "c", "c11"), ("c++", "c++", "c++11"), ("c++", "c++", "c++20")]
    {
        let output = Command::new(compiler)
            .args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"])
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fshort-enums", "-include"])
            .arg(generate_header::path())
            .arg("/dev/null")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler} -std={standard}:\n{said}");
    }
}
