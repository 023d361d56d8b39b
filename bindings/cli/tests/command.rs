//! The command as a user runs it, against the sandbox.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use cardwire_sandbox::{Operation, Options, Sandbox, Script, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;

const CARD: &str = "6222020000000000000";
const MASKED: &str = "622202*********0000";
const NAME: &str = "张三";
const ID_NUMBER: &str = "110101190001010014";

/// A sandbox, with a folder that has a configuration for some of its vendors.
struct Desk {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Desk {
    fn new(vendors: &[&str]) -> Self {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let desk = Desk { sandbox, folder: tempfile::tempdir().unwrap() };
        desk.configure(vendors, |_| ());
        desk
    }

    fn configure(&self, vendors: &[&str], change: impl FnOnce(&mut Value)) {
        let mut config = self.sandbox.config();
        let entries = config["vendors"].as_array_mut().unwrap();
        entries.retain(|entry| vendors.contains(&entry["vendor"].as_str().unwrap()));
        if vendors.contains(&"offline") {
            entries.insert(0, json!({"vendor": "offline"}));
        }
        change(&mut config);
        std::fs::write(self.path("cardwire.json"), config.to_string()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardwire"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("CARDWIRE_CONFIG");
        command
    }

    fn run(&self, arguments: &[&str]) -> CommandResult {
        CommandResult::of(self.command(arguments).output().unwrap())
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> CommandResult {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        CommandResult::of(child.wait_with_output().unwrap())
    }

    fn photo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, cardwire_test_images::load(cardwire_test_images::FIRST)).unwrap();
        path
    }

    fn photos(&self, count: usize) {
        for number in 0..count {
            self.photo(&format!("photos/{number:04}.jpg"));
        }
    }

    fn executed(&self, operation: Operation) -> usize {
        let ledger = self.sandbox.ledger();
        ledger.iter().filter(|entry| entry.operation == operation && entry.executed).count()
    }

    /// Returns the rows of a file of results, by item.
    fn rows(&self, name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        let headings = reader.headers().unwrap().clone();
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            let row = row.unwrap();
            let cells = headings.iter().zip(row.iter());
            let cells: BTreeMap<String, String> =
                cells.map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
            (cells["item"].clone(), cells)
        };
        let all: Vec<_> = reader.records().map(row).collect();
        let by_item: BTreeMap<_, _> = all.iter().cloned().collect();
        assert_eq!(by_item.len(), all.len(), "an item has two rows");
        by_item
    }
}

/// A command that ended.
struct CommandResult {
    code: i32,
    out: String,
    err: String,
}

impl CommandResult {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ended = CommandResult {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        // Unless it was asked for, no personal value is printed anywhere.
        for personal in [CARD, ID_NUMBER, NAME] {
            let shown = ended.err.contains(personal);
            assert!(!shown, "{personal} in {}", ended.err);
        }
        ended
    }

    fn masked(self) -> Self {
        assert!(!self.out.contains(CARD), "{}", self.out);
        self
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn a_photo_is_read_and_its_number_masked_unless_it_is_asked_for() {
    let desk = Desk::new(&["offline", "tencent_kyc"]);
    desk.photo("card.jpg");
    let read = desk.run(&["recognize", "card.jpg"]).masked();
    assert_eq!(read.code, 0, "{}", read.err);
    assert!(read.out.starts_with("card.jpg\n") && read.out.contains(MASKED), "{}", read.out);
    assert!(desk.run(&["recognize", "card.jpg", "--reveal"]).out.contains(CARD));

    let document = &desk.run(&["--json", "recognize", "card.jpg"]).masked().lines()[0];
    assert_eq!(document["item"], "card.jpg");
    assert_eq!(document["result"]["card_number"], MASKED);
    assert_eq!(document["result"]["billed"], "no");
    for personal in ["raw", "number_photo", "card_name"] {
        assert!(document["result"].get(personal).is_none(), "{personal}");
    }
    let revealed = &desk.run(&["recognize", "card.jpg", "--json", "--reveal"]).lines()[0];
    assert_eq!(revealed["result"]["card_number"], CARD);

    // Of two photos one is none: both are told, and the code says that one failed.
    std::fs::write(desk.path("no.jpg"), "no photo").unwrap();
    let both = desk.run(&["recognize", "no.jpg", "card.jpg", "--json"]);
    assert_eq!((both.code, both.lines().len()), (2, 2), "{}", both.err);
    assert_eq!(both.lines()[0]["error"]["kind"], "invalid_argument");
}

#[test]
fn the_exit_code_says_whether_a_cardholder_matches() {
    let desk = Desk::new(&["tencent_faceid"]);
    let holder =
        |name: &str| json!({"card_number": CARD, "name": name, "id_number": ID_NUMBER}).to_string();
    let matching = desk.run_with_input(&["verify", "--from", "-"], &holder(NAME)).masked();
    assert_eq!((matching.code, matching.out.lines().next()), (0, Some("match")));
    let other = desk.run_with_input(&["verify", "--from", "-", "--json"], &holder("李四")).masked();
    assert_eq!((other.code, &other.lines()[0]["result"]["outcome"]), (3, &json!("mismatch")));
    let lost = magic_card("-9");
    let arguments = ["verify", "--card-number", &lost, "--name", NAME, "--id-number", ID_NUMBER];
    assert_eq!(desk.run(&arguments).code, 4);

    // Nothing of what cannot be read is repeated.
    let secret = format!("{{\"card_number\": \"{CARD}\", \"name\": 张三");
    assert_eq!(desk.run_with_input(&["verify", "--from", "-"], &secret).code, 2);
    let odd = holder(NAME).replace("name", "holder");
    let refused = desk.run_with_input(&["verify", "--from", "-"], &odd);
    assert!(refused.err.contains("found another key"), "{}", refused.err);
    assert_eq!(desk.executed(Operation::Verify), 3);
}

fn magic_card(code: &str) -> String {
    cardwire_sandbox::magic::card_for(Vendor::TencentFaceid, code).unwrap()
}

#[test]
fn without_a_configuration_photos_are_read_on_this_machine() {
    let desk = Desk::new(&[]);
    std::fs::remove_file(desk.path("cardwire.json")).unwrap();
    desk.photos(2);
    let read = desk.run(&["recognize", "photos/0000.jpg"]).masked();
    assert!(read.code == 0 && read.out.contains("from        offline"), "{}{}", read.out, read.err);
    assert!(read.err.contains("there is no cardwire.json"), "{}", read.err);
    assert_eq!(desk.run(&["batch", "photos", "-o", "results.csv"]).code, 0);
    assert!(desk.rows("results.csv").values().all(|row| row["vendor"] == "offline"));
}

#[test]
fn a_call_that_may_have_been_billed_ends_with_a_code_of_its_own() {
    let desk = Desk::new(&["aliyun_bankocr"]);
    desk.photo("card.jpg");
    let never: cardwire_sandbox::Script = serde_json::from_value(json!({
        "vendor": "aliyun_bankocr", "operation": "recognize", "times": 0,
        "do": {"fault": {"kind": "close_after_read"}}
    }))
    .unwrap();
    desk.sandbox.script(never);
    let ended = desk.run(&["recognize", "card.jpg", "--order-id", "order0001"]);
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(
        ended.err.contains("billed: unknown") && ended.err.contains("order0001"),
        "{}",
        ended.err
    );
}

#[test]
fn an_issuer_is_named_without_an_account() {
    let desk = Desk::new(&["tencent_faceid"]);
    let known = desk.run_with_input(&["lookup", "-"], CARD);
    assert!(known.out.contains("工商银行") && known.code == 0, "{}", known.out);
    std::fs::remove_file(desk.path("cardwire.json")).unwrap();
    assert_eq!(desk.run(&["lookup", CARD, "--json"]).lines()[0]["result"]["code"], "ICBC");
    assert_eq!(desk.run(&["lookup", "12"]).code, 2);
    // What was named has to be there.
    assert_eq!(desk.run(&["--config", "nowhere.json", "lookup", CARD]).code, 2);
    let asked = desk.run(&["lookup", CARD, "--ask"]);
    assert!(asked.code == 2 && asked.err.contains("--config"), "{}", asked.err);
}

#[test]
fn checks_need_no_configuration() {
    let desk = Desk::new(&[]);
    std::fs::remove_file(desk.path("cardwire.json")).unwrap();
    assert_eq!(desk.run(&["check", "card-number", CARD]).code, 0);
    assert_eq!(desk.run(&["check", "card-number", "6222020000000000001"]).code, 1);
    let id = desk.run_with_input(&["check", "id-number", "-", "--json"], ID_NUMBER);
    assert_eq!(id.lines()[0]["result"]["checksum"], true);
    desk.photo("card.jpg");
    let looked = desk.run(&["check", "photo", "card.jpg", "--look"]);
    assert!(looked.out.contains("readable") && looked.code == 0, "{}", looked.out);
}

#[test]
fn a_batch_asks_each_photo_once_in_however_many_runs() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(30);
    let batch = ["batch", "photos", "--output", "results.csv"];
    let ended = desk.run(&batch);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let rows = desk.rows("results.csv");
    assert_eq!(rows.len(), 30);
    for (item, row) in &rows {
        let told = [&row["status"], &row["card_number"], &row["reference"], &row["billed"]];
        assert_eq!(told, ["result", MASKED, item, "yes"]);
    }
    // Nothing is left, and nothing is asked.
    assert_eq!(desk.run(&batch).code, 0);
    assert_eq!(desk.executed(Operation::Recognize), 30);

    // The results are gone: the journal still knows the orders, and the vendor has kept the results.
    std::fs::remove_file(desk.path("results.csv")).unwrap();
    assert_eq!(desk.run(&batch).code, 0);
    assert_eq!(desk.executed(Operation::Recognize), 30);
    assert!(desk.rows("results.csv").values().all(|row| row["card_number"] == MASKED));

    let revealed = ["batch", "photos", "-o", "results.jsonl", "--reveal"];
    std::fs::copy(desk.path("results.csv.journal"), desk.path("results.jsonl.journal")).unwrap();
    assert_eq!(desk.run(&revealed).code, 0);
    let lines = std::fs::read_to_string(desk.path("results.jsonl")).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains(CARD)).count(), 30);
}

#[test]
fn what_was_answered_and_is_lost_is_listed_and_not_billed_again() {
    let desk = Desk::new(&["aliyun_bankocr"]);
    desk.photos(4);
    let batch = ["batch", "photos", "-o", "results.csv"];
    assert_eq!(desk.run(&batch).code, 0);
    std::fs::remove_file(desk.path("results.csv")).unwrap();
    let again = desk.run(&batch);
    assert_eq!(again.code, 7, "{}", again.err);
    assert!(again.err.contains("4 were answered before"), "{}", again.err);
    let rows = desk.rows("results.csv");
    assert!(
        rows.values().all(|row| row["status"] == "answered_before" && !row["order_id"].is_empty())
    );
    assert_eq!(desk.executed(Operation::Recognize), 4);
}

#[test]
fn no_more_calls_are_billed_than_the_limit_says() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(20);
    let batch =
        |limit: &str| desk.run(&["batch", "photos", "-o", "results.csv", "--limit-billed", limit]);
    let first = batch("7");
    assert_eq!((first.code, desk.executed(Operation::Recognize)), (6, 7), "{}", first.err);
    // The limit is over all runs, also where the results were lost.
    assert_eq!((batch("7").code, desk.executed(Operation::Recognize)), (6, 7));
    std::fs::remove_file(desk.path("results.csv")).unwrap();
    assert_eq!((batch("9").code, desk.executed(Operation::Recognize)), (6, 9));
    assert_eq!((batch("100").code, desk.executed(Operation::Recognize)), (0, 20));
    assert_eq!(desk.rows("results.csv").len(), 20);
}

#[test]
fn free_photos_do_not_count_towards_the_limit() {
    let desk = Desk::new(&["offline"]);
    desk.photos(5);
    let ended = desk.run(&["batch", "photos", "-o", "results.csv", "--limit-billed", "1"]);
    assert_eq!((ended.code, desk.rows("results.csv").len()), (0, 5), "{}", ended.err);
}

#[test]
fn items_that_failed_are_asked_again_when_that_is_wanted() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(6);
    let batch = ["batch", "photos", "-o", "results.csv", "--timeout", "2"];
    let with = |more: &str| desk.run(&[&batch[..], &[more]].concat()).code;
    // A vendor that is down says nothing of the photos: they are left for the next run.
    desk.configure(&["tencent_kyc"], |config| {
        config["vendors"][0]["base_url"] = "http://127.0.0.1:1".into();
    });
    let down = desk.run(&batch);
    assert!(down.code == 6 && down.err.contains("6 are left"), "{}", down.err);
    desk.configure(&["tencent_kyc"], |_| ());

    // This time nobody knows whether the vendor executed them: that is not asked again by itself.
    let silent: Script = serde_json::from_value(json!({
        "vendor": "tencent_kyc", "operation": "any", "times": 0,
        "do": {"fault": {"kind": "close_after_read"}, "execute": false}
    }))
    .unwrap();
    desk.sandbox.script(Script { operation: Operation::Recognize, ..silent.clone() });
    desk.sandbox.script(Script { operation: Operation::FetchOrder, ..silent });
    assert_eq!(desk.run(&batch).code, 7);
    assert!(desk.rows("results.csv").values().all(|row| row["billed"] == "unknown"));
    desk.sandbox.reset();
    assert_eq!((with("--retry-failed"), desk.executed(Operation::Recognize)), (7, 0));
    assert_eq!((with("--retry-unknown"), desk.executed(Operation::Recognize)), (0, 6));

    // What is wrong with an item is its failure, and is asked again where it was free.
    std::fs::write(desk.path("photos/0000.jpg"), "no photo").unwrap();
    let batch = ["batch", "photos", "-o", "others.csv", "--excel"];
    assert_eq!(desk.run(&batch).code, 7);
    desk.photo("photos/0000.jpg");
    assert_eq!(
        (desk.run(&batch).code, desk.run(&[&batch[..], &["--retry-failed"]].concat()).code),
        (7, 0)
    );
    assert!(
        std::fs::read(desk.path("others.csv")).unwrap().starts_with("\u{feff}item,".as_bytes())
    );
}

#[test]
fn a_batch_ends_when_vendors_answer_nothing_and_names_what_it_leaves_out() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(200);
    std::fs::write(desk.path("photos/list.txt"), "").unwrap();
    desk.configure(&["tencent_kyc"], |config| {
        config["vendors"][0]["base_url"] = "http://127.0.0.1:1".into();
        config["retry"] = json!({"attempts": 1});
    });
    let down = desk.run(&["batch", "photos", "-o", "results.csv"]);
    assert!(down.code == 6 && down.err.contains("200 are left"), "{}", down.err);
    assert!(
        down.err.contains("files left out: 1,") && down.err.contains("network"),
        "{}",
        down.err
    );
}

#[test]
fn a_batch_whose_every_item_would_fail_ends_at_once_and_goes_on_later() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(40);
    desk.configure(&["tencent_kyc"], |config| config["vendors"][0]["secret"] = "wrong".into());
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "2"];
    let refused = desk.run(&batch);
    assert_eq!(refused.code, 6, "{}", refused.err);
    assert!(refused.err.contains("Check the credentials"), "{}", refused.err);
    assert!(refused.err.contains("40 are left"), "{}", refused.err);
    desk.configure(&["tencent_kyc"], |_| ());
    assert_eq!((desk.run(&batch).code, desk.executed(Operation::Recognize)), (0, 40));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_batch_cleanly_and_a_kill_loses_no_bill() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let desk = Desk::new(&["tencent_kyc"]);
    let mut settings = desk.sandbox.settings();
    settings.latency_ms = 30;
    desk.sandbox.set(settings);
    desk.photos(60);
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "4"];
    let begun = |rows: usize| {
        let mut child = desk.command(&batch).stderr(Stdio::piped()).spawn().unwrap();
        let written = || {
            std::fs::read_to_string(desk.path("results.csv")).map_or(0, |text| text.lines().count())
        };
        while written() <= rows && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child
    };
    let child = begun(5);
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 6, "{}", ended.err);
    // What was in flight was waited for: each executed photo has its row.
    let rows = desk.rows("results.csv").len();
    assert_eq!(desk.executed(Operation::Recognize), rows, "{}", ended.err);

    let mut child = begun(rows + 10);
    child.kill().unwrap();
    child.wait().unwrap();
    let ended = desk.run(&batch);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let rows = desk.rows("results.csv");
    assert_eq!(rows.len(), 60);
    assert!(rows.values().all(|row| row["status"] == "result"));
    // Twice only what the journal lists as unknown: what was in flight at the kill.
    let unknown = desk.run(&["orders", "unknown", "--journal", "results.csv.journal", "--json"]);
    let unknown = unknown.lines().len();
    let executed = desk.executed(Operation::Recognize);
    assert!(executed <= 60 + unknown && unknown <= 4, "{executed} executed, {unknown} unknown");
}

#[test]
fn holders_come_from_a_csv_file() {
    let desk = Desk::new(&["tencent_faceid"]);
    let lost = magic_card("-9");
    let rows = format!(
        "\u{feff}reference,card_number,name,id_number\nrow-1,{CARD},{NAME},{ID_NUMBER}\nrow-2,{CARD},李四,{ID_NUMBER}\n\
         row-3,{lost},{NAME},{ID_NUMBER}\nrow-4,12,{NAME},{ID_NUMBER}\n"
    );
    std::fs::write(desk.path("people.csv"), rows).unwrap();
    let ended = desk.run(&["batch", "people.csv", "-o", "answers.csv"]);
    assert_eq!(ended.code, 7, "{}", ended.err);
    let rows = desk.rows("answers.csv");
    let outcome = |name: &str| rows[name]["outcome"].clone();
    assert_eq!(["row-1", "row-2", "row-3"].map(outcome), ["match", "mismatch", "inconclusive"]);
    assert_eq!(rows["row-4"]["error"], "invalid_argument");
    let text = std::fs::read_to_string(desk.path("answers.csv")).unwrap();
    assert!(!text.contains(CARD) && !text.contains(NAME), "{text}");

    for (headings, expected) in [
        ("card_number,name", "the column reference"),
        ("photo,card_number,name", "the column photo, or"),
        ("a,b", "the column photo, or"),
    ] {
        std::fs::write(desk.path("odd.csv"), format!("{headings}\n")).unwrap();
        let refused = desk.run(&["batch", "odd.csv", "-o", "odd-answers.csv"]);
        assert!(refused.code == 2 && refused.err.contains(expected), "{}", refused.err);
    }
    std::fs::write(desk.path("gbk.csv"), b"reference,card_number,name\nr,6,\xd5\xc5\n").unwrap();
    let refused = desk.run(&["batch", "gbk.csv", "-o", "odd-answers.csv"]);
    assert!(refused.code == 2 && refused.err.contains("UTF-8"), "{}", refused.err);
}

#[test]
fn photos_are_named_by_a_csv_file_beside_them() {
    let desk = Desk::new(&["tencent_kyc"]);
    desk.photos(2);
    desk.photo(&format!("photos/{CARD}.jpg"));
    let rows =
        "photo,reference,order_id\nphotos/0000.jpg,first,order0001\nphotos/0001.jpg,second,\n";
    std::fs::write(desk.path("list.csv"), rows).unwrap();
    assert_eq!(desk.run(&["batch", "list.csv", "-o", "results.csv"]).code, 0);
    let results = desk.rows("results.csv");
    assert_eq!(results["first"]["order_id"], "order0001");
    assert_eq!(results["second"]["status"], "result");

    // A name with a card number in it is no reference: a digest stands for it.
    assert_eq!(desk.run(&["batch", "photos", "-o", "all.csv"]).code, 0);
    let all = desk.rows("all.csv");
    let reference = &all[&format!("{CARD}.jpg")]["reference"];
    assert!(reference.starts_with("item-"), "{reference}");
}

#[test]
fn orders_are_listed_settled_exported_and_pruned() {
    let desk = Desk::new(&["tencent_faceid"]);
    desk.configure(&["tencent_faceid"], |config| config["journal"] = "orders.db".into());
    let refused = desk.run(&["orders", "list"]);
    assert!(refused.code == 2 && refused.err.contains("orders.db"), "{}", refused.err);
    assert!(!desk.path("orders.db").exists());
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
    assert_eq!(desk.run(&arguments).code, 0);
    let listed = desk.run(&["orders", "list"]);
    for told in ["order0001", "answered, billed: yes", "verify of tencent_faceid", "desk-7"] {
        assert!(listed.out.contains(told), "{told} in {}", listed.out);
    }
    let by = |filter: &[&str]| {
        let list = desk.run(&[&["orders", "list", "--json"], filter].concat());
        assert_eq!(list.code, 0, "{}", list.err);
        list.lines().len()
    };
    assert_eq!(by(&["--reference", "desk-7", "--status", "answered", "--since", "2026-01-01"]), 1);
    assert_eq!(by(&["--until", "2026-01-01T00:00Z"]), 0);
    assert_eq!(by(&["--vendor", "wechat"]), 0);
    assert_eq!(desk.run(&["orders", "list", "--since", "yesterday"]).code, 2);
    assert_eq!(
        desk.run(&["orders", "show", "order0001", "--json"]).lines()[0]["reference"],
        "desk-7"
    );
    assert_eq!(desk.run(&["orders", "show", "order0002"]).code, 2);
    assert_eq!(desk.run(&["orders", "unknown"]).out, "");
    assert_eq!(desk.run(&["orders", "reconcile", "order0001", "--note", "on the bill"]).code, 0);
    assert!(desk.run(&["orders", "show", "order0001"]).out.contains("yes: on the bill"));
    assert_eq!(desk.run(&["orders", "export", "all.jsonl"]).out, "exported: 1\n");
    assert_eq!(desk.run(&["orders", "export", "all.jsonl"]).code, 2);
    assert_eq!(desk.run(&["orders", "prune", "--older-than", "1"]).out, "removed: 0\n");
    assert_eq!(desk.run(&["orders", "prune", "--older-than", "0"]).code, 2);
}

#[test]
fn the_doctor_finds_what_would_make_calls_fail_and_bills_nothing() {
    let all = ["offline", "tencent_kyc", "wechat", "aliyun_yhkr", "baidu_ocr"];
    let desk = Desk::new(&all);
    let well = desk.run(&["doctor"]);
    assert_eq!(well.code, 0, "{}{}", well.out, well.err);
    assert!(well.out.contains("Nothing was found wrong."), "{}", well.out);
    for (topic, verdict) in
        [("connection", "good"), ("clock", "good"), ("credentials", "not_tried")]
    {
        let found = |line: &str| line.starts_with(verdict) && line.contains(topic);
        assert!(well.out.lines().any(found), "{topic} {verdict} in {}", well.out);
    }
    let billed: u64 = Vendor::ALL.iter().map(|vendor| desk.sandbox.counts(*vendor).billed).sum();
    assert_eq!(billed, 0);

    let finds = |told: &[&str]| {
        let ill = desk.run(&["doctor"]);
        assert_eq!(ill.code, 1, "{}{}", ill.out, ill.err);
        for told in told {
            assert!(ill.out.contains(told), "{told} in {}", ill.out);
        }
    };
    desk.configure(&all, |config| config["vendors"][2]["app_secret"] = "wrong".into());
    finds(&["wrong", "credentials", "wechat", "Check the credentials"]);
    desk.configure(&all, |config| config["vendors"][1]["base_url"] = "http://127.0.0.1:1".into());
    finds(&[
        "connect 127.0.0.1:1",
        "Look whether the port is open",
        "the vendor cannot be reached",
    ]);
    desk.configure(&all, |config| config["token_store"] = "redis://127.0.0.1:1".into());
    finds(&["token_store", "127.0.0.1"]);
    desk.configure(&all, |config| config["vendors"][1]["secrets"] = "x".into());
    finds(&["configuration", "vendors[1].secrets"]);
    desk.configure(&all, |_| ());
    desk.sandbox.set_clock_offset(600);
    finds(&["clock", "behind the vendor", "NTP"]);
}

#[test]
fn completions_and_the_manual_are_printed_and_may_be_read_in_part() {
    let desk = Desk::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(desk.run(&["completion", shell]).out.contains("recognize"), "{shell}");
    }
    assert!(desk.run(&["manual"]).out.contains("EXIT STATUS"));
    assert_eq!(desk.run(&[]).code, 2);
    assert_eq!(desk.run(&["--version"]).out, format!("cardwire {}\n", env!("CARGO_PKG_VERSION")));

    let mut child =
        desk.command(&["manual"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

#[test]
fn the_sandbox_runs_and_a_call_reaches_it() {
    let desk = Desk::new(&[]);
    let arguments = ["sandbox", "--offline", "--config-file", "own.json", "--exit-with-stdin"];
    let mut command = desk.command(&arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    assert!(first.contains("offline"), "{first}");
    desk.photo("card.jpg");
    let read = desk.run(&[
        "--config",
        "own.json",
        "recognize",
        "card.jpg",
        "--vendor",
        "wechat",
        "--json",
    ]);
    assert_eq!(read.lines()[0]["result"]["vendor"], "wechat", "{}", read.err);
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let desk = Desk::new(&[]);
    let refused = desk.run(&["--config", "nowhere.json", "doctor"]);
    assert!(refused.code == 2 && refused.err.contains("nowhere.json"), "{}", refused.err);
}
