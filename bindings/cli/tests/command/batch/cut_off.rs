//! A batch that is cut off: by a signal, a kill, or a full disk.

use std::process::Stdio;

use cardwire_sandbox::Operation;
use nix::sys::signal::Signal;

use crate::fixture::{COMMAND, CommandResult, Fixture, send};

#[test]
fn ctrl_c_ends_a_batch_cleanly_and_a_kill_loses_no_bill() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.set_latency(30);
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
    send(Signal::SIGINT, &child);
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

#[test]
fn a_second_request_to_end_names_what_may_have_been_billed() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.set_latency(20_000);
    fixture.photos(3);
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "1"];
    let mut child = fixture.command(&batch).stderr(Stdio::piped()).spawn().unwrap();
    fixture.wait_for(1, &mut child);
    // Of two at once that are the same the process may see one.
    send(Signal::SIGINT, &child);
    send(Signal::SIGTERM, &child);
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

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_ends_what_a_script_runs_in_the_background() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.set_latency(30);
    fixture.photos(30);
    // Scripts begin what stands before an "&" so.
    let script = format!("trap '' INT; exec {COMMAND} batch photos -o results.csv --concurrency 2");
    // Whoever runs the tests may ignore hangups.
    let arguments = ["--default-signal=HUP", "sh", "-c", &script];
    let mut command = fixture.program("env", &arguments);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    fixture.wait_for(4, &mut child);
    send(Signal::SIGHUP, &child);
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert!(ended.code == 6 && ended.err.contains("left; the same"), "{}", ended.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_so() {
    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.set_latency(30);
    fixture.photos(30);
    let batch = ["batch", "photos", "-o", "results.csv", "--concurrency", "2"];
    let mut command = fixture.program("nohup", &[&[COMMAND], &batch[..]].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    fixture.wait_for(4, &mut child);
    send(Signal::SIGHUP, &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(fixture.rows("results.csv").len(), 30);
}

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
    let shell = format!("trap '' XFSZ; ulimit -f {KIB}; exec {COMMAND} {batch}");
    let ended = CommandResult::of(fixture.program("bash", &["-c", &shell]).output().unwrap());
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
