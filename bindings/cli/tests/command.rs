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
struct Fixture {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Fixture {
    fn new(vendors: &[&str]) -> Self {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let fixture = Fixture { sandbox, folder: tempfile::tempdir().unwrap() };
        fixture.configure(vendors, |_| ());
        fixture
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
    let fixture = Fixture::new(&["offline", "tencent_kyc"]);
    fixture.photo("card.jpg");
    let read = fixture.run(&["recognize", "card.jpg"]).masked();
    assert_eq!(read.code, 0, "{}", read.err);
    assert!(read.out.starts_with("card.jpg\n") && read.out.contains(MASKED), "{}", read.out);
    assert!(fixture.run(&["recognize", "card.jpg", "--reveal"]).out.contains(CARD));

    let document = &fixture.run(&["--json", "recognize", "card.jpg"]).masked().lines()[0];
    assert_eq!(document["item"], "card.jpg");
    assert_eq!(document["result"]["card_number"], MASKED);
    assert_eq!(document["result"]["billed"], "no");
    for personal in ["raw", "number_photo", "card_name"] {
        assert!(document["result"].get(personal).is_none(), "{personal}");
    }
    let revealed = &fixture.run(&["recognize", "card.jpg", "--json", "--reveal"]).lines()[0];
    assert_eq!(revealed["result"]["card_number"], CARD);

    // Of two photos one is none: both are told, and the code says that one failed.
    std::fs::write(fixture.path("no.jpg"), "no photo").unwrap();
    let both = fixture.run(&["recognize", "no.jpg", "card.jpg", "--json"]);
    assert_eq!((both.code, both.lines().len()), (2, 2), "{}", both.err);
    assert_eq!(both.lines()[0]["error"]["kind"], "invalid_argument");
}

#[test]
fn the_exit_code_says_whether_a_cardholder_matches() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let holder =
        |name: &str| json!({"card_number": CARD, "name": name, "id_number": ID_NUMBER}).to_string();
    let matching = fixture.run_with_input(&["verify", "--from", "-"], &holder(NAME)).masked();
    assert_eq!((matching.code, matching.out.lines().next()), (0, Some("match")));
    let other =
        fixture.run_with_input(&["verify", "--from", "-", "--json"], &holder("李四")).masked();
    assert_eq!((other.code, &other.lines()[0]["result"]["outcome"]), (3, &json!("mismatch")));
    let lost = magic_card("-9");
    let arguments = ["verify", "--card-number", &lost, "--name", NAME, "--id-number", ID_NUMBER];
    assert_eq!(fixture.run(&arguments).code, 4);

    // Nothing of what cannot be read is repeated.
    let secret = format!("{{\"card_number\": \"{CARD}\", \"name\": 张三");
    assert_eq!(fixture.run_with_input(&["verify", "--from", "-"], &secret).code, 2);
    let odd = holder(NAME).replace("name", "holder");
    let refused = fixture.run_with_input(&["verify", "--from", "-"], &odd);
    assert!(refused.err.contains("found another key, holder"), "{}", refused.err);
    let odd = holder(NAME).replace("id_number", "idNumer");
    let refused = fixture.run_with_input(&["verify", "--from", "-"], &odd);
    assert!(refused.err.contains("idNumer; did you mean id_number?"), "{}", refused.err);
    let refused = fixture.run_with_input(&["verify", "--from", "-"], "{\n\"name\": }");
    assert!(refused.err.contains("a mistake at line 2 column 9: "), "{}", refused.err);
    std::fs::write(fixture.path("gbk.json"), b"{\"name\": \"\xd5\xc5\"}").unwrap();
    let refused = fixture.run(&["verify", "--from", "gbk.json"]);
    assert!(refused.code == 2 && refused.err.contains("iconv -f GB18030"), "{}", refused.err);
    assert_eq!(fixture.executed(Operation::Verify), 3);
}

fn magic_card(code: &str) -> String {
    cardwire_sandbox::magic::card_for(Vendor::TencentFaceid, code).unwrap()
}

#[test]
fn without_a_configuration_photos_are_read_on_this_machine() {
    let fixture = Fixture::new(&[]);
    std::fs::remove_file(fixture.path("cardwire.json")).unwrap();
    fixture.photos(2);
    let read = fixture.run(&["recognize", "photos/0000.jpg"]).masked();
    assert!(read.code == 0 && read.out.contains("from        offline"), "{}{}", read.out, read.err);
    assert!(read.err.contains("there is no cardwire.json"), "{}", read.err);
    assert_eq!(fixture.run(&["batch", "photos", "-o", "results.csv"]).code, 0);
    assert!(fixture.rows("results.csv").values().all(|row| row["vendor"] == "offline"));
}

#[test]
fn a_call_that_may_have_been_billed_ends_with_a_code_of_its_own() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.photo("card.jpg");
    let never: cardwire_sandbox::Script = serde_json::from_value(json!({
        "vendor": "aliyun_bankocr", "operation": "recognize", "times": 0,
        "do": {"fault": {"kind": "close_after_read"}}
    }))
    .unwrap();
    fixture.sandbox.script(never);
    let ended = fixture.run(&["recognize", "card.jpg", "--order-id", "order0001"]);
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(
        ended.err.contains("billed: unknown") && ended.err.contains("order0001"),
        "{}",
        ended.err
    );
}

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
    let silent: Script = serde_json::from_value(json!({
        "vendor": "tencent_kyc", "operation": "any", "times": 0,
        "do": {"fault": {"kind": "close_after_read"}, "execute": false}
    }))
    .unwrap();
    fixture.sandbox.script(Script { operation: Operation::Recognize, ..silent.clone() });
    fixture.sandbox.script(Script { operation: Operation::FetchOrder, ..silent });
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

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_batch_cleanly_and_a_kill_loses_no_bill() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let fixture = Fixture::new(&["tencent_kyc"]);
    let mut settings = fixture.sandbox.settings();
    settings.latency_ms = 30;
    fixture.sandbox.set(settings);
    fixture.photos(60);
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "4"];
    let begun = |rows: usize| {
        let mut child = fixture.command(&batch).stderr(Stdio::piped()).spawn().unwrap();
        let written = || {
            std::fs::read_to_string(fixture.path("results.csv"))
                .map_or(0, |text| text.lines().count())
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
    let rows = fixture.rows("results.csv").len();
    assert_eq!(fixture.executed(Operation::Recognize), rows, "{}", ended.err);

    let mut child = begun(rows + 10);
    child.kill().unwrap();
    child.wait().unwrap();
    let ended = fixture.run(&batch);
    assert!([0, 7].contains(&ended.code), "{}", ended.err);
    let rows = fixture.rows("results.csv");
    assert_eq!(rows.len(), 60);
    // No photo was billed twice: the vendor told what became of those in flight at the kill, or they
    // are not asked again unless that is wanted.
    let executed = fixture.executed(Operation::Recognize);
    let failed: Vec<_> = rows.values().filter(|row| row["status"] == "failed").collect();
    assert!(executed <= 60 && failed.len() <= 4, "{executed} executed, {failed:?}");
    for row in failed {
        assert_eq!((row["billed"].as_str(), row["order_id"].is_empty()), ("unknown", false));
    }
    let ended = fixture.run(&[&batch[..], &["--retry-unknown"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(fixture.rows("results.csv").values().all(|row| row["status"] == "result"));
}

#[cfg(unix)]
#[test]
fn a_second_request_to_end_names_what_may_have_been_billed() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let fixture = Fixture::new(&["aliyun_bankocr"]);
    let mut settings = fixture.sandbox.settings();
    settings.latency_ms = 20_000;
    fixture.sandbox.set(settings);
    fixture.photos(3);
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "1"];
    let child = fixture.command(&batch).stderr(Stdio::piped()).spawn().unwrap();
    while fixture.executed(Operation::Recognize) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = Pid::from_raw(child.id().try_into().unwrap());
    // Of two at once that are the same the process may see one.
    kill(id, Signal::SIGINT).unwrap();
    kill(id, Signal::SIGTERM).unwrap();
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    let order_id = fixture.rows("results.csv")["0000.jpg"]["order_id"].clone();
    for told in [
        format!("0000.jpg may have been billed: order {order_id}\n"),
        "--retry-unknown asks again".to_owned(),
        "\"cardwire orders unknown --journal results.csv.journal\"".to_owned(),
        "2 are left; the same command goes on".to_owned(),
    ] {
        assert!(ended.err.contains(&told), "{told} in {}", ended.err);
    }
    assert_eq!(ended.code, 6);
}

#[test]
fn holders_come_from_a_csv_file() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let lost = magic_card("-9");
    let rows = format!(
        "\u{feff}reference,card_number,name,id_number\nrow-1,{CARD},{NAME},{ID_NUMBER}\nrow-2,{CARD},李四,{ID_NUMBER}\n\
         row-3,{lost},{NAME},{ID_NUMBER}\nrow-4,12,{NAME},{ID_NUMBER}\n"
    );
    std::fs::write(fixture.path("people.csv"), rows).unwrap();
    let ended = fixture.run(&["batch", "people.csv", "-o", "answers.csv"]);
    assert_eq!(ended.code, 7, "{}", ended.err);
    let rows = fixture.rows("answers.csv");
    let outcome = |name: &str| rows[name]["outcome"].clone();
    assert_eq!(["row-1", "row-2", "row-3"].map(outcome), ["match", "mismatch", "inconclusive"]);
    assert_eq!(rows["row-4"]["error"], "invalid_argument");
    let text = std::fs::read_to_string(fixture.path("answers.csv")).unwrap();
    assert!(!text.contains(CARD) && !text.contains(NAME), "{text}");

    for (headings, expected) in [
        ("card_number,name", "the column reference"),
        ("photo,card_number,name", "the column photo, or"),
        ("photo,phone", "the column photo, or"),
        ("a,b", "another text over column 1"),
    ] {
        std::fs::write(fixture.path("odd.csv"), format!("{headings}\n")).unwrap();
        let refused = fixture.run(&["batch", "odd.csv", "-o", "odd-answers.csv"]);
        assert!(refused.code == 2 && refused.err.contains(expected), "{}", refused.err);
    }
    std::fs::write(fixture.path("gbk.csv"), b"reference,card_number,name\nr,6,\xd5\xc5\n").unwrap();
    let refused = fixture.run(&["batch", "gbk.csv", "-o", "odd-answers.csv"]);
    assert!(refused.code == 2 && refused.err.contains("UTF-8"), "{}", refused.err);
}

#[test]
fn a_heading_that_is_not_known_is_refused_and_nothing_is_asked() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let batch = ["batch", "people.csv", "-o", "answers.csv"];
    let write = |headings: &str| {
        let values = format!("{CARD},{NAME},{ID_NUMBER},row-1,13900000000");
        let values: Vec<&str> = values.split(',').take(headings.split(',').count()).collect();
        let text = format!("{headings}\n{}\n", values.join(","));
        std::fs::write(fixture.path("people.csv"), text).unwrap();
    };
    for (headings, found) in [
        (
            "card_number,name,id_numer,reference",
            "found id_numer over column 3; did you mean id_number?",
        ),
        (
            "card_number,name,id_number,reference,Phone",
            "found Phone over column 5; did you mean phone?",
        ),
        ("card_number,name,id_number,reference,mark", "found mark over column 5; --ignore-column"),
        ("card_number,name,id_number,reference,", "found none over column 5"),
        ("CARD_NUMBER,name,id_number,reference", "did you mean card_number?"),
    ] {
        write(headings);
        let refused = fixture.run(&batch);
        assert!(refused.code == 2 && refused.err.contains(found), "{}", refused.err);
        let known =
            "expected a line of photo, card_number, name, id_number, phone, reference, order_id";
        assert!(refused.err.contains(known), "{}", refused.err);
    }
    // Of a file without headings nothing is repeated.
    std::fs::write(fixture.path("people.csv"), format!("{CARD},{NAME},{ID_NUMBER},r\n")).unwrap();
    let refused = fixture.run(&batch);
    assert!(refused.err.contains("another text over column 1"), "{}", refused.err);
    assert!(fixture.sandbox.ledger().is_empty() && !fixture.path("answers.csv").exists());

    write("card_number,name,id_number,reference,mark");
    let ended = fixture.run(&[&batch[..], &["--ignore-column", "mark"]].concat());
    assert_eq!((ended.code, fixture.executed(Operation::Verify)), (0, 1), "{}", ended.err);
}

#[test]
fn an_input_that_is_no_csv_file_is_told_as_what_it_is() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photo("card.csv");
    std::fs::write(fixture.path("wide.csv"), b"\xff\xfep\0h\0o\0t\0o\0\n\0").unwrap();
    std::fs::write(fixture.path("empty.csv"), "").unwrap();
    for (name, found) in [
        ("card.csv", "found a photo"),
        ("wide.csv", "iconv -f UTF-16"),
        ("empty.csv", "an empty file"),
    ] {
        let refused = fixture.run(&["batch", name, "-o", "results.csv"]);
        assert!(refused.code == 2 && refused.err.contains(found), "{name}: {}", refused.err);
    }
    // A list may come by a pipe.
    #[cfg(unix)]
    {
        let list = format!("photo\n{}\n", fixture.photo("card.jpg").display());
        let ended = fixture.run_with_input(&["batch", "/dev/stdin", "-o", "results.csv"], &list);
        assert_eq!(ended.code, 0, "{}", ended.err);
    }
}

#[test]
fn odd_names_in_a_folder_stop_nothing_and_hidden_files_are_no_photos() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(1);
    for name in
        ["._0000.jpg", ".hidden.jpg", ".thumbnails/a.jpg", "more/a.jpg", "list.txt", "README"]
    {
        fixture.photo(&format!("photos/{name}"));
    }
    let mut count = 1;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        fixture.photo("photos/a\n\u{1b}[31m.jpg");
        let bytes = std::ffi::OsStr::from_bytes(b"photos/\xd5\xc5.jpg");
        std::fs::copy(fixture.path("photos/0000.jpg"), fixture.folder.path().join(bytes)).unwrap();
        count += 2;
    }
    let ended = fixture.run(&["batch", "photos", "-o", "results.csv"]);
    assert_eq!((ended.code, fixture.rows("results.csv").len()), (0, count), "{}", ended.err);
    for told in [
        "2 hidden files",
        "1 hidden folders",
        "1 folders (--recursive",
        "1 files with the ending txt",
        "1 files without an ending",
    ] {
        assert!(ended.err.contains(told), "{told} in {}", ended.err);
    }
    let text = std::fs::read_to_string(fixture.path("results.csv")).unwrap();
    assert!(!text.contains('\u{1b}') && text.lines().count() == count + 1, "{text}");
    let ended = fixture.run(&["batch", "photos", "-o", "results.csv", "--recursive"]);
    assert_eq!((ended.code, fixture.rows("results.csv").len()), (0, count + 1), "{}", ended.err);
    assert_eq!(fixture.executed(Operation::Recognize), count + 1);
}

#[test]
fn photos_are_named_by_a_csv_file_beside_them() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(2);
    fixture.photo(&format!("photos/{CARD}.jpg"));
    let rows =
        "photo,reference,order_id\nphotos/0000.jpg,first,order0001\nphotos/0001.jpg,second,\n";
    std::fs::write(fixture.path("list.csv"), rows).unwrap();
    assert_eq!(fixture.run(&["batch", "list.csv", "-o", "results.csv"]).code, 0);
    let results = fixture.rows("results.csv");
    assert_eq!(results["first"]["order_id"], "order0001");
    assert_eq!(results["second"]["status"], "result");

    // A name with a card number in it is nowhere, unless that is wanted: letters stand for it.
    assert_eq!(fixture.run(&["batch", "photos", "-o", "all.csv"]).code, 0);
    let text = std::fs::read_to_string(fixture.path("all.csv")).unwrap();
    assert!(text.contains("\nitem-") && !text.contains(CARD), "{text}");
    std::fs::remove_file(fixture.path("all.csv")).unwrap();
    assert_eq!(fixture.run(&["batch", "photos", "-o", "all.csv", "--reveal"]).code, 0);
    let all = fixture.rows("all.csv");
    let reference = &all[&format!("{CARD}.jpg")]["reference"];
    assert!(reference.starts_with("item-"), "{reference}");
    fixture.photo("photos/esc\u{1b}[31m.jpg");
    let revealed = fixture.run(&["recognize", "photos/esc\u{1b}[31m.jpg", "--reveal"]);
    assert!(revealed.out.starts_with("photos/esc\\u{1b}[31m.jpg\n"), "{}", revealed.out);
    let read = fixture.run(&["recognize", &format!("photos/{CARD}.jpg")]).masked();
    assert!(read.out.starts_with("photos/***.jpg\n"), "{}", read.out);
}

#[test]
fn orders_are_listed_settled_exported_and_pruned() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    fixture.configure(&["tencent_faceid"], |config| config["journal"] = "orders.db".into());
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

#[test]
fn the_doctor_finds_what_would_make_calls_fail_and_bills_nothing() {
    let all = ["offline", "tencent_kyc", "wechat", "aliyun_yhkr", "baidu_ocr"];
    let fixture = Fixture::new(&all);
    let well = fixture.run(&["doctor"]);
    assert_eq!(well.code, 0, "{}{}", well.out, well.err);
    assert!(well.out.contains("Nothing was found wrong."), "{}", well.out);
    for (topic, verdict) in
        [("connection", "good"), ("clock", "good"), ("credentials", "not_tried")]
    {
        let found = |line: &str| line.starts_with(verdict) && line.contains(topic);
        assert!(well.out.lines().any(found), "{topic} {verdict} in {}", well.out);
    }
    let billed: u64 = Vendor::ALL.iter().map(|vendor| fixture.sandbox.counts(*vendor).billed).sum();
    assert_eq!(billed, 0);

    let finds = |told: &[&str]| {
        let ill = fixture.run(&["doctor"]);
        assert_eq!(ill.code, 1, "{}{}", ill.out, ill.err);
        for told in told {
            assert!(ill.out.contains(told), "{told} in {}", ill.out);
        }
    };
    fixture.configure(&all, |config| config["vendors"][2]["app_secret"] = "wrong".into());
    finds(&["wrong", "credentials", "wechat", "Check the credentials"]);
    fixture
        .configure(&all, |config| config["vendors"][1]["base_url"] = "http://127.0.0.1:1".into());
    finds(&[
        "connect 127.0.0.1:1",
        "Look whether the port is open",
        "the vendor cannot be reached",
    ]);
    fixture.configure(&all, |config| config["token_store"] = "redis://127.0.0.1:1".into());
    finds(&["token_store", "127.0.0.1"]);
    fixture.configure(&all, |config| config["vendors"][1]["secrets"] = "x".into());
    finds(&["configuration", "vendors[1].secrets"]);
    fixture.configure(&all, |_| ());
    fixture.sandbox.set_clock_offset(600);
    finds(&["clock", "behind the vendor", "NTP"]);
}

#[test]
fn completions_and_the_manual_are_printed_and_may_be_read_in_part() {
    let fixture = Fixture::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let completion = fixture.run(&["completion", shell]).out;
        assert!(completion.contains("recognize"), "{shell}");
        assert!(completion.contains("exit-with-stdin"), "{shell}");
    }
    let manual = fixture.run(&["manual"]).out;
    assert!(manual.contains("EXIT STATUS") && manual.contains("first\\-port"), "{manual}");
    assert_eq!(fixture.run(&[]).code, 2);
    assert_eq!(
        fixture.run(&["--version"]).out,
        format!("cardwire {}\n", env!("CARGO_PKG_VERSION"))
    );

    let mut child =
        fixture.command(&["manual"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

#[test]
fn the_sandbox_runs_and_a_call_reaches_it() {
    let fixture = Fixture::new(&[]);
    let arguments = ["sandbox", "--offline", "--config-file", "own.json", "--exit-with-stdin"];
    let mut command = fixture.command(&arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    assert!(first.contains("offline"), "{first}");
    fixture.photo("card.jpg");
    let read = fixture.run(&[
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
    // Once more in the same folder, and never over a configuration of somebody's own.
    let again = fixture.run_with_input(&arguments, "");
    assert!(again.code == 0 && again.out.contains("admin http://127.0.0.1:"), "{}", again.err);
    let own = json!({"vendors": [{"vendor": "offline"}], "journal": "orders.db"}).to_string();
    std::fs::write(fixture.path("own.json"), &own).unwrap();
    let refused = fixture.run_with_input(&arguments, "");
    assert!(refused.code == 2 && refused.err.contains("--overwrite"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(fixture.path("own.json")).unwrap(), own);
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let fixture = Fixture::new(&[]);
    let refused = fixture.run(&["--config", "nowhere.json", "doctor"]);
    assert!(refused.code == 2 && refused.err.contains("nowhere.json"), "{}", refused.err);
}

/// Has the vendor close each connection after it read the request, whether or not it executes it.
fn close(fixture: &Fixture, vendor: &str, operation: Operation, execute: bool) {
    let script: Script = serde_json::from_value(json!({
        "vendor": vendor, "operation": "any", "times": 0,
        "do": {"fault": {"kind": "close_after_read"}, "execute": execute}
    }))
    .unwrap();
    fixture.sandbox.script(Script { operation, ..script });
}

#[test]
fn a_photo_of_the_same_name_is_another_item_and_is_read() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photo("monday/0001.jpg");
    let batch = |folder: &str| fixture.run(&["batch", folder, "-o", "r.csv"]);
    assert_eq!(batch("monday").code, 0);
    // Beside the row of another day's photo.
    let other = cardwire_test_images::load("ccb-credit.jpg");
    std::fs::create_dir(fixture.path("tuesday")).unwrap();
    std::fs::write(fixture.path("tuesday/0001.jpg"), &other).unwrap();
    let ended = batch("tuesday");
    assert_eq!((ended.code, fixture.executed(Operation::Recognize)), (0, 2), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(fixture.path("r.csv")).unwrap().lines().count(), 3);
    // Without the rows, in place of which the journal is there.
    std::fs::write(fixture.path("monday/0001.jpg"), [&other[..], b" "].concat()).unwrap();
    std::fs::remove_file(fixture.path("r.csv")).unwrap();
    assert_eq!((batch("monday").code, fixture.executed(Operation::Recognize)), (0, 3));
    // And the same photo is still the same.
    std::fs::remove_file(fixture.path("r.csv")).unwrap();
    assert_eq!((batch("tuesday").code, fixture.executed(Operation::Recognize)), (0, 3));
}

#[test]
fn a_corrected_cardholder_is_another_item() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let ask = |name: &str| {
        let rows =
            format!("reference,card_number,name,id_number\nrow-1,{CARD},{name},{ID_NUMBER}\n");
        std::fs::write(fixture.path("people.csv"), rows).unwrap();
        fixture.run(&["batch", "people.csv", "-o", "r.csv"])
    };
    assert_eq!((ask("李四").code, fixture.executed(Operation::Verify)), (0, 1));
    assert_eq!((ask(NAME).code, fixture.executed(Operation::Verify)), (0, 2));
    assert_eq!((ask(NAME).code, fixture.executed(Operation::Verify)), (0, 2));
    let text = std::fs::read_to_string(fixture.path("r.csv")).unwrap();
    assert!(text.contains(",mismatch,") && text.contains(",match,"), "{text}");
    // Without the key nobody knows which rows are those of these people.
    std::fs::remove_file(fixture.path("r.csv.journal.key")).unwrap();
    let refused = ask(NAME);
    assert!(refused.code == 2 && refused.err.contains("the key"), "{}", refused.err);
    assert_eq!(fixture.executed(Operation::Verify), 2);
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
    close(&fixture, "aliyun_bankocr", Operation::Recognize, true);
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
    let refusal: Script = serde_json::from_value(json!({
        "vendor": "aliyun_bankocr", "operation": "recognize", "times": 0,
        "do": {"answer": {"status": 404, "body": "no"}}
    }))
    .unwrap();
    fixture.sandbox.script(refusal);
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
    let mut settings = fixture.sandbox.settings();
    settings.latency_ms = 300;
    fixture.sandbox.set(settings);
    fixture.configure(&["aliyun_bankocr"], |config| config["journal"] = "orders.db".into());
    fixture.photos(6);
    let mut first = fixture.command(&["batch", "photos", "-o", "a.csv", "--concurrency", "2"]);
    let mut first = first.stderr(Stdio::null()).spawn().unwrap();
    while fixture.executed(Operation::Recognize) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = fixture.run(&["batch", "photos", "-o", "b.csv", "--concurrency", "2"]);
    // Each leaves to the other what that one asks.
    assert!([0, 6].contains(&first.wait().unwrap().code().unwrap()));
    assert!(second.err.contains("asked by another run"), "{}", second.err);
    assert_eq!((second.code, fixture.executed(Operation::Recognize)), (6, 6));
}

#[test]
fn order_numbers_are_used_once() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(2);
    let rows = "photo,order_id\nphotos/0000.jpg,order0001\nphotos/0001.jpg,order0001\n";
    std::fs::write(fixture.path("list.csv"), rows).unwrap();
    let twice = fixture.run(&["batch", "list.csv", "-o", "r.csv"]);
    assert_eq!((twice.code, fixture.executed(Operation::Recognize)), (2, 0));
    assert!(twice.err.contains("the same in line 2 and line 3"), "{}", twice.err);
    // Nor is one that stands for another photo taken for this one's.
    std::fs::write(fixture.path("list.csv"), "photo,order_id\nphotos/0000.jpg,order0001\n")
        .unwrap();
    assert_eq!(fixture.run(&["batch", "list.csv", "-o", "r.csv"]).code, 0);
    std::fs::write(fixture.path("list.csv"), "photo,order_id\nphotos/0001.jpg,order0001\n")
        .unwrap();
    assert_eq!(fixture.run(&["batch", "list.csv", "-o", "r.csv"]).code, 7);
    assert_eq!(fixture.rows("r.csv")["photos/0001.jpg"]["error"], "invalid_argument");
    assert_eq!(fixture.executed(Operation::Recognize), 1);
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

#[cfg(unix)]
#[test]
fn results_that_cannot_be_written_are_named_and_waited_for() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photos(40);
    let batch = "batch photos -o results.csv --concurrency 4";
    // A file of results that is nearly as long as a file may be.
    const KIB: usize = 8192;
    let headings = "item,reference,status,card_number,issuer,card_kind,valid_thru,confidence,warnings,vendor,\
                    account,order_id,request_id,sent,billed,error,message\n";
    let mut text = String::from(headings);
    for number in 0.. {
        let name = format!("old-{number:06}.jpg");
        text += &format!(
            "{name},{name}#aaaaaaaaaaaaaaaa,failed,,,,,,,,,,,no,no,timeout,{}\n",
            "x".repeat(900)
        );
        if text.len() > KIB * 1024 - 2048 {
            break;
        }
    }
    std::fs::write(fixture.path("results.csv"), text).unwrap();
    std::fs::write(fixture.path("results.csv.journal.key"), [7; 32]).unwrap();
    let shell =
        format!("trap '' XFSZ; ulimit -f {KIB}; exec {} {batch}", env!("CARGO_BIN_EXE_cardwire"));
    let mut command = Command::new("bash");
    command.args(["-c", &shell]).current_dir(fixture.folder.path()).env_remove("CARDWIRE_CONFIG");
    let ended = CommandResult::of(command.output().unwrap());
    assert_eq!(ended.code, 5, "{}", ended.err);
    let named = ended.err.lines().filter(|line| line.contains("no row for")).count();
    let text = std::fs::read_to_string(fixture.path("results.csv")).unwrap();
    let written =
        text.lines().filter(|line| line.contains(",result,") && line.contains(",yes,")).count();
    // Of what was in flight nothing was lost, and no more was taken.
    let executed = fixture.executed(Operation::Recognize);
    assert!((1..=8).contains(&named) && executed < 40, "{named} of {executed}: {}", ended.err);
    assert!(
        executed.abs_diff(named + written) <= 1,
        "{executed} executed, {written} written, {named} named"
    );
    // With room on the disk the same command goes on, and nothing is billed twice.
    let words: Vec<&str> = batch.split(' ').collect();
    let again = fixture.run(&words);
    assert_eq!((again.code, fixture.executed(Operation::Recognize)), (0, 40), "{}", again.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_no_success() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let holder = json!({"card_number": CARD, "name": NAME, "id_number": ID_NUMBER}).to_string();
    std::fs::write(fixture.path("holder.json"), holder).unwrap();
    let arguments = ["verify", "--from", "holder.json", "--order-id", "order0001"];
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = CommandResult::of(fixture.command(&arguments).stdout(full).output().unwrap());
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(ended.err.contains("order: order0001, sent: yes, billed: yes"), "{}", ended.err);
    // A check of this machine has told its answer by the code.
    let mut check = fixture.command(&["check", "card-number", "6222020000000000001"]);
    let mut child = check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
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

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_so() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let fixture = Fixture::new(&["tencent_kyc"]);
    let mut settings = fixture.sandbox.settings();
    settings.latency_ms = 30;
    fixture.sandbox.set(settings);
    fixture.photos(30);
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_cardwire"));
    command.args(["batch", "photos", "-o", "results.csv", "--concurrency", "2"]);
    command.current_dir(fixture.folder.path()).env_remove("CARDWIRE_CONFIG");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while fixture.executed(Operation::Recognize) < 4 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGHUP).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(fixture.rows("results.csv").len(), 30);
}

#[cfg(unix)]
#[test]
fn photos_that_are_left_are_told() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let fixture = Fixture::new(&["tencent_kyc"]);
    let mut settings = fixture.sandbox.settings();
    settings.latency_ms = 400;
    fixture.sandbox.set(settings);
    fixture.photos(3);
    let photos: Vec<String> = (0..3).map(|number| format!("photos/{number:04}.jpg")).collect();
    let mut command = fixture.command(&["recognize"]);
    let command = command.args(&photos).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while fixture.executed(Operation::Recognize) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert!(ended.code != 0 && ended.err.contains("were not read: 2"), "{}", ended.err);
}

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
fn arguments_are_not_repeated() {
    let fixture = Fixture::new(&[]);
    for arguments in [
        &["verify", CARD][..],
        &["verify", "--card-nummer", CARD],
        &["lookup", CARD, NAME],
        &["batch", "photos", "-o", "r.csv", "--limit-billed", ID_NUMBER, "--timeout", NAME],
        &["orders", "list", "--status", CARD],
        &[CARD],
    ] {
        // That nothing personal is there is looked for with each command.
        let refused = fixture.run(arguments);
        assert!(refused.code == 2 && refused.err.contains("--help"), "{}", refused.err);
    }
    for (arguments, expected) in [
        (["batch", "photos", "-o", "r.csv", "--timeout", "-1"], "from 0 on, found one below 0"),
        (["batch", "photos", "-o", "r.csv", "--concurrency", "0"], "expected a number from 1 on"),
        (["batch", "photos", "-o", "r.csv", "--limit-billed", "-1"], "expected a number from 0 on"),
        (["batch", "-", "-o", "r.csv", "--timeout", "1"], "/dev/stdin"),
    ] {
        let mut command = fixture.command(&arguments);
        let refused = CommandResult::of(command.env("CARDWIRE_CONFIG", "a.json").output().unwrap());
        assert!(refused.code == 2 && refused.err.contains(expected), "{}", refused.err);
        assert!(
            !refused.err.contains("--config") && !refused.err.contains("-- -1"),
            "{}",
            refused.err
        );
    }
    let json = fixture.run(&["--json", "batch", "photos", "-o", "r.txt"]);
    assert_eq!((json.code, &json.lines()[0]["error"]["kind"]), (2, &json!("invalid_argument")));
    let json = fixture.run(&["--json", "verify"]);
    assert_eq!((json.code, &json.lines()[0]["error"]["kind"]), (2, &json!("invalid_argument")));
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

#[test]
fn a_name_is_no_formula() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.photo("photos/=WEBSERVICE(A1).jpg");
    let batch = ["batch", "photos", "-o", "r.csv"];
    assert_eq!((fixture.run(&batch).code, fixture.run(&batch).code), (0, 0));
    assert_eq!(fixture.executed(Operation::Recognize), 1);
    let text = std::fs::read_to_string(fixture.path("r.csv")).unwrap();
    assert!(text.contains("\n'=WEB") && text.contains(",'=WEB"), "{text}");
}

#[test]
fn the_doctor_makes_no_journal_and_reads_one_that_is_there() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.configure(&["aliyun_bankocr"], |config| config["journal"] = "orders.db".into());
    let well = fixture.run(&["doctor"]);
    assert!(well.code == 0 && well.out.contains("none yet"), "{}", well.out);
    assert!(!fixture.path("orders.db").exists());
    fixture.photo("card.jpg");
    close(&fixture, "aliyun_bankocr", Operation::Recognize, true);
    assert_eq!(fixture.run(&["recognize", "card.jpg"]).code, 5);
    fixture.sandbox.reset();
    let told = fixture.run(&["doctor", "--json"]);
    let found = told.lines().last().unwrap()["finding"]["found"].clone();
    assert_eq!(found, "1 order may have been billed without this machine knowing");
}

/// Runs every command with values of a person and looks for them in all that is printed and kept.
#[test]
fn nothing_personal_is_printed_or_kept() {
    let fixture = Fixture::new(&["offline", "tencent_kyc", "tencent_faceid", "aliyun_bankmeta"]);
    fixture.configure(&["offline", "tencent_kyc", "tencent_faceid", "aliyun_bankmeta"], |config| {
        config["journal"] = "orders.db".into()
    });
    let photo = format!("photos/{CARD}.jpg");
    fixture.photo(&photo);
    let holder = json!({"card_number": CARD, "name": NAME, "id_number": ID_NUMBER}).to_string();
    std::fs::write(fixture.path("holder.json"), holder).unwrap();
    let rows =
        format!("reference,card_number,name,id_number\n{ID_NUMBER},{CARD},{NAME},{ID_NUMBER}\n");
    std::fs::write(fixture.path("people.csv"), rows).unwrap();
    let commands = [
        &["recognize", &photo][..],
        &["recognize", &photo, "--reference", CARD],
        &["recognize", &photo, "--vendor", CARD],
        &["recognize", &format!("{CARD}.png")],
        &["verify", "--from", "holder.json"],
        &["verify", "--card-number", CARD, "--name", NAME, "--id-number", ID_NUMBER],
        &["verify", "--from", &format!("{ID_NUMBER}.json")],
        &["lookup", CARD],
        &["lookup", CARD, "--ask"],
        &["check", "card-number", CARD],
        &["check", "id-number", ID_NUMBER],
        &["check", "photo", &photo, "--look"],
        &["check", "photo", &format!("{CARD}.png")],
        &["batch", "photos", "-o", "photos.csv"],
        &["batch", "photos", "-o", "photos.jsonl", "--vendor", "tencent_kyc"],
        &["batch", "people.csv", "-o", "people-results.csv"],
        &["batch", "people.csv", "-o", "people-results.jsonl"],
        &["orders", "list"],
        &["orders", "show", CARD],
        &["orders", "list", "--since", CARD],
        &["doctor"],
    ];
    let personal = [CARD, NAME, ID_NUMBER];
    for arguments in commands {
        for json in [&["--json"][..], &[]] {
            let ended = fixture.run(&[json, arguments].concat());
            for one in personal {
                assert!(!ended.out.contains(one), "{one} of {arguments:?} in {}", ended.out);
            }
        }
    }
    for name in
        ["photos.csv", "photos.jsonl", "people-results.csv", "people-results.jsonl", "orders.db"]
    {
        let bytes = std::fs::read(fixture.path(name)).unwrap();
        for one in personal {
            let found = bytes.windows(one.len()).any(|part| part == one.as_bytes());
            assert!(!found, "{one} in {name}");
        }
    }
}
