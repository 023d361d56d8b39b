//! `cardwire lookup`.

use serde_json::json;

use crate::fixture::{CARD, Fixture, magic_card};

#[test]
fn an_issuer_is_named_without_an_account() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let known = fixture.run_with_input(&["lookup", "-"], CARD);
    assert!(known.out.contains("工商银行") && known.code == 0, "{}", known.out);
    std::fs::remove_file(fixture.path("cardwire.json")).unwrap();
    assert_eq!(fixture.run(&["lookup", CARD, "--json"]).lines()[0]["result"]["code"], "ICBC");
    assert_eq!(fixture.run(&["lookup", "12"]).code, 2);
    // What was named has to be there.
    assert_eq!(fixture.run(&["--config", "nowhere.json", "lookup", CARD]).code, 2);
    let asked = fixture.run(&["lookup", CARD, "--ask"]);
    assert!(asked.code == 2 && asked.err.contains("--config"), "{}", asked.err);
}

#[test]
fn a_lookup_without_an_answer_ends_by_its_bill() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    for (code, billed, exit) in [("0", "yes", 0), ("-3", "no", 1), ("-5", "yes", 5)] {
        let card = if code == "0" { CARD.to_owned() } else { magic_card(code) };
        let asked = fixture.run(&["lookup", "--ask", "--json", &card]);
        assert_eq!((&asked.lines()[0]["result"]["billed"], asked.code), (&json!(billed), exit));
    }
}
