//! No value of a person leaves a command that was not asked for it.

use crate::fixture::{CARD, Fixture, ID_NUMBER, NAME, holder};

/// Runs every command with values of a person and looks for them in all that is printed and kept.
#[test]
fn nothing_personal_is_printed_or_kept() {
    let vendors = ["offline", "tencent_kyc", "tencent_faceid", "aliyun_bankmeta"];
    let fixture = Fixture::new(&vendors);
    fixture.configure_journal(&vendors);
    let photo = format!("photos/{CARD}.jpg");
    fixture.photo(&photo);
    std::fs::write(fixture.path("holder.json"), holder(NAME)).unwrap();
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
