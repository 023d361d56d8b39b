//! How a batch ends, and how that is told.

use cardwire_sandbox::Operation;
use serde_json::json;

use crate::fixture::Fixture;

#[test]
fn what_no_account_can_do_is_said_before_the_first_item() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    fixture.photos(2);
    for more in [&["--vendor", "tencent"][..], &["--vendor", "tencent_faceid"], &[]] {
        let refused = fixture.run(&[&["batch", "photos", "-o", "r.csv"], more].concat());
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(!fixture.path("r.csv").exists() && !refused.err.contains("left"));
    }
}

#[test]
fn results_are_written_to_a_plain_file() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(1);
    std::fs::create_dir(fixture.path("folder.csv")).unwrap();
    let mut names = vec!["folder.csv"];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.csv", fixture.path("link.csv")).unwrap();
        names.push("link.csv");
    }
    for name in names {
        let refused = fixture.run(&["batch", "photos", "-o", name]);
        assert!(refused.code == 2 && refused.err.contains("expected a plain file"), "{name}");
        assert!(!fixture.path(&format!("{name}.journal.key")).exists(), "{name}");
    }
}

#[test]
fn a_journal_that_nobody_named_is_told_as_that_of_the_results() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(1);
    std::fs::create_dir(fixture.path("r.csv.journal")).unwrap();
    let refused = fixture.run(&["batch", "photos", "-o", "r.csv"]);
    assert!(refused.code == 2 && !refused.err.contains("configuration"), "{}", refused.err);
    assert!(refused.err.contains("r.csv: its journal: expected a plain file"), "{}", refused.err);
}

#[test]
fn a_batch_ends_when_vendors_answer_nothing_and_names_what_it_leaves_out() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(200);
    std::fs::write(fixture.path("photos/list.txt"), "").unwrap();
    fixture.configure(&["tencent_kyc"], |config| {
        config["vendors"][0]["base_url"] = "http://127.0.0.1:1".into();
        config["retry"] = json!({"attempts": 1});
    });
    let down = fixture.run(&["batch", "photos", "-o", "results.csv"]);
    assert!(down.code == 6 && down.err.contains("200 are left"), "{}", down.err);
    assert!(
        down.err.contains("left out: 1 files with the ending txt") && down.err.contains("network"),
        "{}",
        down.err
    );
}

#[test]
fn a_batch_whose_every_item_would_fail_ends_at_once_and_goes_on_later() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(40);
    fixture.configure(&["tencent_kyc"], |config| config["vendors"][0]["secret"] = "wrong".into());
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "2"];
    let refused = fixture.run(&batch);
    assert_eq!(refused.code, 9, "{}", refused.err);
    assert!(refused.err.contains("Check the credentials"), "{}", refused.err);
    assert!(refused.err.contains("40 are left and would fail too"), "{}", refused.err);
    fixture.configure(&["tencent_kyc"], |_| ());
    assert_eq!((fixture.run(&batch).code, fixture.executed(Operation::Recognize)), (0, 40));
}

#[test]
fn the_end_of_a_batch_is_a_line_of_json_too() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(2);
    let ended = fixture.run(&["--json", "batch", "photos", "-o", "r.jsonl"]);
    let summary = &ended.lines()[0]["summary"];
    assert_eq!(
        (&summary["results"], &summary["billed"], &summary["left"]),
        (&json!(2), &json!(2), &json!(0))
    );
    // Over all runs.
    let ended = fixture.run(&["--json", "batch", "photos", "-o", "r.jsonl"]);
    assert_eq!(ended.lines()[0]["summary"]["billed"], 2);
}
