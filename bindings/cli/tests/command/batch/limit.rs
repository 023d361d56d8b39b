//! `--limit-billed`.

use cardwire_sandbox::Operation;
use serde_json::json;

use crate::fixture::Fixture;

#[test]
fn no_more_calls_are_billed_than_the_limit_says() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(20);
    let batch = |limit: &str| {
        fixture.run(&["batch", "photos", "-o", "results.csv", "--limit-billed", limit])
    };
    let first = batch("7");
    assert_eq!((first.code, fixture.executed(Operation::Recognize)), (8, 7), "{}", first.err);
    assert!(first.err.contains("13 are left: --limit-billed 7 has no room"), "{}", first.err);
    assert!(!first.err.contains("the same command"), "{}", first.err);
    // The limit is over all runs, also where the results were lost.
    assert_eq!((batch("7").code, fixture.executed(Operation::Recognize)), (8, 7));
    std::fs::remove_file(fixture.path("results.csv")).unwrap();
    assert_eq!((batch("9").code, fixture.executed(Operation::Recognize)), (8, 9));
    assert_eq!((batch("100").code, fixture.executed(Operation::Recognize)), (0, 20));
    assert_eq!(fixture.rows("results.csv").len(), 20);
}

#[test]
fn free_photos_do_not_count_towards_the_limit() {
    let fixture = Fixture::new(&["offline"]);
    fixture.photos(5);
    let ended = fixture.run(&["batch", "photos", "-o", "results.csv", "--limit-billed", "1"]);
    assert_eq!((ended.code, fixture.rows("results.csv").len()), (0, 5), "{}", ended.err);
}

#[test]
fn the_limit_holds_where_a_call_may_be_billed_by_two_accounts() {
    let fixture = Fixture::new(&["tencent_kyc", "aliyun_bankocr"]);
    fixture.configure(&["tencent_kyc", "aliyun_bankocr"], |config| {
        config["failover"] = json!({"recognize": ["aliyun_bankocr"], "also": ["unrecognized"]});
    });
    fixture.photos(9);
    let batch =
        ["batch", "photos", "-o", "r.csv", "--vendor", "tencent_kyc", "--vendor", "aliyun_bankocr"];
    let ended = fixture.run(&[&batch[..], &["--limit-billed", "4"]].concat());
    let executed = fixture.executed(Operation::Recognize);
    assert!(ended.code == 8 && executed <= 4 && executed > 0, "{executed}: {}", ended.err);
    assert!(ended.err.contains("may bill 2 times"), "{}", ended.err);
}
