//! `cardwire verify`.

use cardwire_sandbox::Operation;
use serde_json::json;

use crate::fixture::{CARD, Fixture, ID_NUMBER, NAME, holder, magic_card};

#[test]
fn the_exit_code_says_whether_a_cardholder_matches() {
    let fixture = Fixture::new(&["tencent_faceid"]);
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

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_no_success() {
    use std::process::Stdio;

    use crate::fixture::CommandResult;

    let fixture = Fixture::new(&["tencent_faceid"]);
    std::fs::write(fixture.path("holder.json"), holder(NAME)).unwrap();
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
