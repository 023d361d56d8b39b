//! Items that were asked before, by an earlier run or by one beside it.

use std::process::Stdio;

use cardwire_sandbox::{Action, Operation, Script, Vendor};
use serde_json::{Value, json};

use crate::fixture::{CARD, CommandResult, Fixture, MASKED};

#[test]
fn a_batch_asks_each_photo_once_in_however_many_runs() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(30);
    let batch = ["batch", "photos", "--output", "results.csv"];
    let ended = fixture.run(&batch);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let rows = fixture.rows("results.csv");
    assert_eq!(rows.len(), 30);
    for (item, row) in &rows {
        let told = [&row["status"], &row["card_number"], &row["reference"], &row["billed"]];
        let reference = told[2].strip_prefix(item.as_str()).unwrap_or("");
        assert!(reference.starts_with('#') && reference.len() == 17, "{}", told[2]);
        assert_eq!([told[0], told[1], told[3]], ["result", MASKED, "yes"]);
    }
    // Nothing is left, and nothing is asked.
    assert_eq!(fixture.run(&batch).code, 0);
    assert_eq!(fixture.executed(Operation::Recognize), 30);

    // The results are gone: the journal still knows the orders, and the vendor has kept the results.
    std::fs::remove_file(fixture.path("results.csv")).unwrap();
    assert_eq!(fixture.run(&batch).code, 0);
    assert_eq!(fixture.executed(Operation::Recognize), 30);
    assert!(fixture.rows("results.csv").values().all(|row| row["card_number"] == MASKED));

    let revealed = ["batch", "photos", "-o", "results.jsonl", "--reveal"];
    for end in ["journal", "journal.key"] {
        let (from, to) = (format!("results.csv.{end}"), format!("results.jsonl.{end}"));
        std::fs::copy(fixture.path(&from), fixture.path(&to)).unwrap();
    }
    assert_eq!(fixture.run(&revealed).code, 0);
    let lines = std::fs::read_to_string(fixture.path("results.jsonl")).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains(CARD)).count(), 30);
    // A row and the result in it say the same of the bill.
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&row["billed"], &row["result"]["billed"]), (&json!("yes"), &json!("yes")));
    }
}

#[test]
fn what_was_answered_and_is_lost_is_listed_and_not_billed_again() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.photos(4);
    let batch = ["batch", "photos", "-o", "results.csv"];
    assert_eq!(fixture.run(&batch).code, 0);
    std::fs::remove_file(fixture.path("results.csv")).unwrap();
    let again = fixture.run(&batch);
    assert_eq!(again.code, 7, "{}", again.err);
    assert!(again.err.contains("answered before and lost: 4"), "{}", again.err);
    assert!(again.err.contains("--retry-answered asks and pays again"), "{}", again.err);
    let rows = fixture.rows("results.csv");
    assert!(
        rows.values().all(|row| row["status"] == "answered_before" && !row["order_id"].is_empty())
    );
    assert_eq!(fixture.executed(Operation::Recognize), 4);
    let paid = fixture.run(&[&batch[..], &["--retry-answered"]].concat());
    assert_eq!((paid.code, fixture.executed(Operation::Recognize)), (0, 8), "{}", paid.err);
    assert!(paid.err.contains("billed: 8"), "{}", paid.err);
    assert_eq!((fixture.run(&batch).code, fixture.executed(Operation::Recognize)), (0, 8));
}

#[test]
fn items_that_failed_are_asked_again_when_that_is_wanted() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(6);
    let batch = ["batch", "photos", "-o", "results.csv", "--timeout", "2"];
    let with = |more: &str| fixture.run(&[&batch[..], &[more]].concat()).code;
    // A vendor that is down says nothing of the photos: they are left for the next run.
    fixture.configure(&["tencent_kyc"], |config| {
        config["vendors"][0]["base_url"] = "http://127.0.0.1:1".into();
    });
    let down = fixture.run(&batch);
    assert!(down.code == 6 && down.err.contains("6 are left"), "{}", down.err);
    let reasons = down.err.lines().filter(|line| line.contains("ended so: network: ")).count();
    assert_eq!(reasons, 1, "{}", down.err);
    let hurried = fixture.run(&["batch", "photos", "-o", "results.csv", "--timeout", "0"]);
    assert!(hurried.code == 6 && hurried.err.contains("ended so: timeout"), "{}", hurried.err);
    let nowhere = fixture.run(&["batch", "photos", "-o", "nowhere/results.csv"]);
    assert!(nowhere.code == 2 && nowhere.err.contains("nowhere: --output"), "{}", nowhere.err);
    fixture.configure(&["tencent_kyc"], |_| ());

    // This time nobody knows whether the vendor executed them: that is not asked again by itself.
    fixture.close(Vendor::TencentKyc, Operation::Recognize, false);
    fixture.close(Vendor::TencentKyc, Operation::FetchOrder, false);
    let unknown = fixture.run(&batch);
    assert_eq!(unknown.code, 7);
    assert!(fixture.rows("results.csv").values().all(|row| row["billed"] == "unknown"));
    for told in [
        "--retry-unknown",
        "orders unknown --journal results.csv.journal",
        "may have been billed: order",
    ] {
        assert!(unknown.err.contains(told), "{told} in {}", unknown.err);
    }
    fixture.sandbox.reset();
    assert_eq!((with("--retry-failed"), fixture.executed(Operation::Recognize)), (7, 0));
    assert_eq!((with("--retry-unknown"), fixture.executed(Operation::Recognize)), (0, 6));

    // What is wrong with an item is its failure; a photo that took its place is another item.
    std::fs::write(fixture.path("photos/0000.jpg"), "no photo").unwrap();
    let batch = ["batch", "photos", "-o", "others.csv", "--excel"];
    assert_eq!(fixture.run(&batch).code, 7);
    fixture.photo("photos/0000.jpg");
    assert_eq!(fixture.run(&batch).code, 0);
    assert!(
        std::fs::read(fixture.path("others.csv")).unwrap().starts_with("\u{feff}item,".as_bytes())
    );
}

#[test]
fn an_order_of_which_nobody_knows_is_asked_again_only_when_that_is_wanted() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    std::fs::create_dir(fixture.path("photos")).unwrap();
    std::fs::copy(fixture.photo("card.jpg"), fixture.path("photos/0001.jpg")).unwrap();
    let own = "photo,reference,order_id\nphotos/0001.jpg,first,order0001\n";
    std::fs::write(fixture.path("list.csv"), own).unwrap();
    let batch = |more: &[&str]| {
        let ended = fixture.run(&[&["batch", "list.csv", "-o", "r.csv"], more].concat());
        (ended.code, fixture.executed(Operation::Recognize))
    };
    fixture.close(Vendor::AliyunBankocr, Operation::Recognize, true);
    assert_eq!(batch(&[]), (7, 1));
    fixture.sandbox.reset();
    // As after a kill: the journal alone knows.
    for more in [&[][..], &["--retry-failed"]] {
        std::fs::remove_file(fixture.path("r.csv")).unwrap();
        assert_eq!(batch(more).0, 7);
        let row = &fixture.rows("r.csv")["first"];
        let told = ["status", "order_id", "billed"].map(|name| row[name].as_str());
        assert_eq!(told, ["failed", "order0001", "unknown"]);
    }
    let limited = ["--retry-unknown", "--limit-billed", "1"];
    assert_eq!(batch(&limited), (7, 0));
    assert_eq!(batch(&["--retry-unknown"]), (0, 1));
    assert_eq!(fixture.rows("r.csv")["first"]["status"], "result");
}

#[test]
fn a_refusal_with_an_unknown_bill_is_asked_again_when_that_is_wanted() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.photos(1);
    let refusal = Action::answer(404, "no");
    let refusal = Script::once(Vendor::AliyunBankocr, Operation::Recognize, refusal);
    fixture.sandbox.script(Script { times: 0, ..refusal });
    let batch = ["batch", "photos", "-o", "r.csv"];
    assert_eq!(fixture.run(&batch).code, 7);
    let billed = || fixture.rows("r.csv")["0000.jpg"]["billed"].clone();
    assert_eq!(billed(), "unknown");
    let again = [&batch[..], &["--retry-unknown"]].concat();
    assert_eq!((fixture.run(&again).code, billed()), (7, "unknown".to_owned()));
    fixture.sandbox.reset();
    assert_eq!((fixture.run(&again).code, billed()), (0, "yes".to_owned()));
}

#[test]
fn a_kept_result_waits_for_a_vendor_that_can_be_reached() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(2);
    let batch = ["batch", "photos", "-o", "r.csv", "--timeout", "2"];
    assert_eq!(fixture.run(&batch).code, 0);
    std::fs::remove_file(fixture.path("r.csv")).unwrap();
    fixture.configure(&["tencent_kyc"], |config| {
        config["vendors"][0]["base_url"] = "http://127.0.0.1:1".into();
    });
    let away = fixture.run(&batch);
    assert!(away.code == 6 && away.err.contains("2 are left"), "{}", away.err);
    fixture.configure(&["tencent_kyc"], |_| ());
    assert_eq!((fixture.run(&batch).code, fixture.executed(Operation::Recognize)), (0, 2));
}

#[test]
fn two_runs_with_one_journal_ask_each_photo_once() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.set_latency(300);
    fixture.configure_journal(&["aliyun_bankocr"]);
    fixture.photos(6);
    let mut first = fixture.command(&["batch", "photos", "-o", "a.csv", "--concurrency", "2"]);
    let mut first = first.stderr(Stdio::null()).spawn().unwrap();
    fixture.wait_for(1, &mut first);
    let second = fixture.run(&["batch", "photos", "-o", "b.csv", "--concurrency", "2"]);
    // Each leaves to the other what that one asks.
    assert!([0, 6].contains(&first.wait().unwrap().code().unwrap()));
    assert!(second.err.contains("asked by another run"), "{}", second.err);
    assert_eq!((second.code, fixture.executed(Operation::Recognize)), (6, 6));
}

#[test]
fn two_runs_that_begin_in_the_same_moment_ask_each_photo_once() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.configure_journal(&["aliyun_bankocr"]);
    fixture.set_latency(100);
    fixture.photos(60);
    let runs = ["a.csv", "b.csv"].map(|output| {
        let mut run = fixture.command(&["batch", "photos", "-o", output]);
        run.stderr(Stdio::piped()).spawn().unwrap()
    });
    let runs = runs.map(|run| CommandResult::of(run.wait_with_output().unwrap()));
    assert_eq!(fixture.executed(Operation::Recognize), 60);
    let rows: usize = ["a.csv", "b.csv"].iter().map(|output| fixture.rows(output).len()).sum();
    let left_elsewhere = runs.iter().any(|run| run.err.contains("asked by another run"));
    assert!(rows >= 60 && left_elsewhere, "{rows} rows: {} {}", runs[0].err, runs[1].err);
}
