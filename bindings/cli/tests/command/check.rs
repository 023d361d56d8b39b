//! `cardwire check`.

use crate::fixture::{CARD, CommandResult, Fixture, ID_NUMBER};

#[test]
fn checks_need_no_configuration() {
    let fixture = Fixture::new(&[]);
    std::fs::remove_file(fixture.path("cardwire.json")).unwrap();
    assert_eq!(fixture.run(&["check", "card-number", CARD]).code, 0);
    assert_eq!(fixture.run(&["check", "card-number", "6222020000000000001"]).code, 1);
    let id = fixture.run_with_input(&["check", "id-number", "-", "--json"], ID_NUMBER);
    assert_eq!(id.lines()[0]["result"]["checksum"], true);
    fixture.photo("card.jpg");
    let looked = fixture.run(&["check", "photo", "card.jpg", "--look"]);
    assert!(looked.out.contains("readable") && looked.code == 0, "{}", looked.out);
    let permit = fixture.run(&["check", "id-number", "H12345678"]);
    assert!(permit.code == 1 && permit.err.contains("of 18 characters"), "{}", permit.err);
    // A photo may come by a pipe.
    for command in [&["recognize", "-", "--json"][..], &["check", "photo", "-", "--json"]] {
        let photo = std::fs::File::open(fixture.path("card.jpg")).unwrap();
        let ended = CommandResult::of(fixture.command(command).stdin(photo).output().unwrap());
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    }
}
