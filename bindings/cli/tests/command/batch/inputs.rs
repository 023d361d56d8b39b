//! The items: photos of a folder, rows of a CSV file, and their names.

use cardwire_sandbox::Operation;

use crate::fixture::{CARD, Fixture, ID_NUMBER, NAME, magic_card};

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
fn what_a_table_program_makes_of_a_csv_file_is_read_or_named() {
    let fixture = Fixture::new(&["tencent_faceid"]);
    let batch = ["batch", "people.csv", "-o", "answers.csv", "--ignore-column", "mark"];
    let headings = "reference,card_number,name,id_number,mark";
    let row =
        |reference: &str, mark: &str| format!("{reference},{CARD},{NAME},{ID_NUMBER},{mark}\n");
    let (first, second) = (row("row-1", ""), row("row-2", ""));
    let open = row("row-1", "\"of the clerk");
    for (text, found) in [
        (format!("{headings}\n{first}{second}").replace(',', ";"), "found semicolons"),
        (format!("{headings}\n{first}{second}").replace(',', "\t"), "found tabs"),
        // Without its second quote a mark would hold the rows behind it.
        (format!("{headings}\n{open}{second}"), "none behind the one in the row of line 2"),
        (format!("{headings}\n{first},,,,\n,{CARD},,,\n"), "a reference in line 4"),
    ] {
        std::fs::write(fixture.path("people.csv"), text).unwrap();
        let refused = fixture.run(&batch);
        assert!(refused.code == 2 && refused.err.contains(found), "{found}: {}", refused.err);
    }
    assert!(fixture.sandbox.ledger().is_empty());

    let closed = row("\"row-2, \"\"late\"\"\"", "\"two\nlines\"");
    let text = format!("\u{feff}{headings}\r\n\n{first}\n,,,,\n , ,,,\n{closed},,,,\n");
    std::fs::write(fixture.path("people.csv"), text).unwrap();
    assert_eq!(fixture.run(&batch).code, 0);
    let rows = fixture.rows("answers.csv");
    assert!(rows.len() == 2 && rows.contains_key("row-2, \"late\""), "{rows:?}");
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
    // A list may come by a pipe: its photos are looked for from here.
    #[cfg(unix)]
    {
        fixture.photo("card.jpg");
        let batch = ["batch", "/dev/stdin", "-o", "results.csv"];
        let ended = fixture.run_with_input(&batch, "photo\ncard.jpg\n");
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
