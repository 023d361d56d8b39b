//! `cardwire orders`.

use serde_json::json;

use crate::fixture::{CARD, Fixture, ID_NUMBER, NAME};

#[test]
fn orders_are_listed_settled_exported_and_pruned() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    fixture.configure_journal(&["tencent_faceid"]);
    let refused = fixture.run(&["orders", "list"]);
    assert!(refused.code == 2 && refused.err.contains("orders.db"), "{}", refused.err);
    assert!(!fixture.path("orders.db").exists());
    let arguments = [
        "verify",
        "--card-number",
        CARD,
        "--name",
        NAME,
        "--id-number",
        ID_NUMBER,
        "--order-id",
        "order0001",
        "--reference",
        "desk-7",
    ];
    assert_eq!(fixture.run(&arguments).code, 0);
    let listed = fixture.run(&["orders", "list"]);
    for told in ["order0001", "answered, billed: yes", "verify of tencent_faceid", "desk-7"] {
        assert!(listed.out.contains(told), "{told} in {}", listed.out);
    }
    let by = |filter: &[&str]| {
        let list = fixture.run(&[&["orders", "list", "--json"], filter].concat());
        assert_eq!(list.code, 0, "{}", list.err);
        list.lines().len()
    };
    assert_eq!(by(&["--reference", "desk-7", "--status", "answered", "--since", "2026-01-01"]), 1);
    assert_eq!(by(&["--until", "2026-01-01T00:00Z"]), 0);
    assert_eq!(by(&["--vendor", "wechat"]), 0);
    assert_eq!(fixture.run(&["orders", "list", "--since", "yesterday"]).code, 2);
    assert_eq!(
        fixture.run(&["orders", "show", "order0001", "--json"]).lines()[0]["order"]["reference"],
        "desk-7"
    );
    assert_eq!(fixture.run(&["orders", "show", "order0002"]).code, 2);
    let none = fixture.run(&["orders", "unknown"]);
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", "cardwire: no orders\n"));
    let empty = fixture.run(&["orders", "reconcile", "order0001", "--note", " "]);
    assert!(empty.code == 2 && empty.err.contains("--note: expected"), "{}", empty.err);
    let settled =
        fixture.run(&["orders", "reconcile", "order0001", "--note", "on the bill", "--json"]);
    assert_eq!((settled.code, &settled.lines()[0]["order"]["note"]), (0, &json!("on the bill")));
    assert!(fixture.run(&["orders", "show", "order0001"]).out.contains("yes: on the bill"));
    let again = fixture.run(&["orders", "reconcile", "order0001", "--note", "paid"]);
    assert!(again.out.contains("yes: paid"), "{}", again.out);
    assert!(again.err.contains("the note before was: on the bill"), "{}", again.err);
    let exported = fixture.run(&["orders", "export", "-"]);
    assert_eq!(exported.lines()[0]["order_id"], "order0001");
    assert!(!fixture.path("-").exists());
    assert_eq!(fixture.run(&["orders", "export", "all.jsonl"]).out, "exported: 1\n");
    assert_eq!(fixture.run(&["orders", "export", "all.jsonl"]).code, 2);
    assert_eq!(fixture.run(&["orders", "prune", "--older-than", "1"]).out, "removed: 0\n");
    assert_eq!(fixture.run(&["orders", "prune", "--older-than", "0"]).code, 2);
}
