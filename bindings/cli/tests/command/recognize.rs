//! `cardwire recognize`.

use cardwire_sandbox::{Operation, Vendor};

use crate::fixture::{CARD, Fixture, MASKED};

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
    fixture.close(Vendor::AliyunBankocr, Operation::Recognize, true);
    let ended = fixture.run(&["recognize", "card.jpg", "--order-id", "order0001"]);
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(
        ended.err.contains("billed: unknown") && ended.err.contains("order0001"),
        "{}",
        ended.err
    );
}

#[cfg(unix)]
#[test]
fn photos_that_are_left_are_told() {
    use std::process::Stdio;

    use nix::sys::signal::Signal;

    use crate::fixture::{CommandResult, send};

    let fixture = Fixture::new(&["tencent_kyc"]);
    fixture.set_latency(400);
    fixture.photos(3);
    let photos: Vec<String> = (0..3).map(|number| format!("photos/{number:04}.jpg")).collect();
    let mut command = fixture.command(&["recognize"]);
    let command = command.args(&photos).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    fixture.wait_for(1, &mut child);
    send(Signal::SIGINT, &child);
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert!(ended.code != 0 && ended.err.contains("were not read: 2"), "{}", ended.err);
}
