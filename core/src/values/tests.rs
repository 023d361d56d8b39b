use super::*;
use crate::card::Cardholder;
use crate::card::{check_card_number, check_id_number};
use crate::error::Kind;

const CARD: &str = "6222020000000000000";
const ID: &str = "110101190001010014";

type Read = fn(&str) -> Result<Personal, Error>;

fn card(text: &str) -> Result<Personal, Error> {
    card_number(text).map(|number| Personal::new(number.reveal()))
}

fn taken(read: Read, text: &str) -> String {
    match read(text) {
        Ok(value) => value.reveal().to_owned(),
        Err(error) => panic!("{text:?} is refused: {error}"),
    }
}

fn refused(read: Read, text: &str) -> String {
    let error = read(text).err().unwrap_or_else(|| panic!("{text:?} is taken"));
    assert_eq!(error.kind(), Kind::InvalidArgument);
    let argument = error.argument_name().unwrap();
    assert!(error.message().starts_with(&format!("{argument}: ")));
    if text.chars().count() >= 6 {
        assert!(!error.to_string().contains(text), "{error}");
    }
    error.message().to_owned()
}

#[test]
fn card_numbers_are_taken_as_people_write_them() {
    let blanks = [
        "\u{20}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{2002}", "\u{2009}", "\u{200a}", "\u{202f}",
        "\u{205f}", "\u{2800}", "\u{3000}", "  ",
    ];
    let dashes = [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2015}", "\u{2212}",
        "\u{2043}", "\u{fe58}", "\u{fe63}", "\u{ff0d}", " - ",
    ];
    let invisible = [
        "\u{ad}",
        "\u{34f}",
        "\u{61c}",
        "\u{180e}",
        "\u{200b}",
        "\u{200c}",
        "\u{200d}",
        "\u{200e}",
        "\u{200f}",
        "\u{202a}",
        "\u{202e}",
        "\u{2060}",
        "\u{2066}",
        "\u{2069}",
        "\u{fe0f}",
        "\u{feff}",
        "\u{e0100}",
        "\u{e0041}",
    ];
    for between in blanks.into_iter().chain(dashes).chain(invisible) {
        let text = format!("6222{between}0200{between}0000{between}0000{between}000");
        assert_eq!(taken(card, &text), CARD, "{between:?}");
        let id = format!("110101{between}19000101{between}001x");
        assert_eq!(taken(id_number, &id), "11010119000101001X", "{between:?}");
        assert_eq!(taken(phone, &format!("138{between}0000{between}0000")), "13800000000");
    }
    for around in blanks.into_iter().chain(invisible).chain(["\t", "\r\n", "\u{85}", "\u{2028}"]) {
        assert_eq!(taken(card, &format!("{around}{CARD}{around}")), CARD, "{around:?}");
        assert_eq!(taken(id_number, &format!("{around}{ID}{around}")), ID, "{around:?}");
        assert_eq!(taken(name, &format!("{around}张三{around}")), "张三", "{around:?}");
        assert_eq!(taken(phone, &format!("{around}13800000000{around}")), "13800000000");
    }
    assert_eq!(taken(card, "６２２２０２０００００００００００００"), CARD);
    assert_eq!(taken(card, "6222－0200－0000－0000－000"), CARD);
    for length in 12..=19 {
        assert_eq!(taken(card, &"0".repeat(length)).len(), length);
    }
    assert!(check_card_number("６２２２\u{a0}０２００ 0000 0000 000").luhn);
}

#[test]
fn what_is_no_card_number_is_refused_with_the_character_and_its_place() {
    const EXPECTED: &str = "12 to 19 digits, with blanks or dashes between them";
    for (text, position, found) in [
        ("622202O000000000000", 7, "U+004F"),
        ("\u{200b}\u{200b}622202o000000000000", 9, "U+006F"),
        ("  622202l000000000000", 9, "U+006C"),
        ("-6222020000000000000", 1, "U+002D"),
        ("6222020000000000000-", 20, "U+002D"),
        ("6222020000000000000 \u{2013} ", 21, "U+2013"),
        ("6222\n020000000000000", 5, "U+000A"),
        ("6222\t020000000000000", 5, "U+0009"),
        ("6222020000000000000\0", 20, "U+0000"),
        ("6222.0200.0000.0000.000", 5, "U+002E"),
        ("+6222020000000000000", 1, "U+002B"),
        ("٦٢٢٢٠٢٠٠٠٠٠٠٠٠٠٠٠٠٠", 1, "U+0666"),
        ("①②③④⑤⑥⑦⑧⑨①②③", 1, "U+2460"),
        ("𝟞222020000000000000", 1, "U+1D7DE"),
        ("6222\u{2028}020000000000000", 5, "U+2028"),
        ("張三", 1, "U+5F35"),
        ("----------------", 1, "U+002D"),
    ] {
        let expected =
            format!("card_number: expected {EXPECTED}, found {found} as character {position}");
        assert_eq!(refused(card, text), expected);
    }
    for (text, found) in [
        ("", "nothing that is seen"),
        (" \u{200b}\u{3000}", "nothing that is seen"),
        ("62220200000", "11 digits"),
        (&"6".repeat(20), "20 digits"),
    ] {
        assert_eq!(refused(card, text), format!("card_number: expected {EXPECTED}, found {found}"));
    }
}

#[test]
fn id_numbers_are_those_of_residents_and_of_other_documents() {
    for (text, value) in [
        (ID, ID),
        ("110101190001010015", "110101190001010015"),
        ("11010119000101001x", "11010119000101001X"),
        ("11010119000101001Ｘ", "11010119000101001X"),
        ("11010119000101001ｘ", "11010119000101001X"),
        ("１１０１０１１９０００１０１００１４", ID),
        ("110101 19000101 0014", ID),
        ("110101-19000101-0014", ID),
        ("110101000101001", "110101000101001"),
        // Permits for residents of Hong Kong, Macao and Taiwan; passports; a foreigner's permit of
        // permanent residence, older and newer.
        ("H12345678", "H12345678"),
        ("m12345678 00", "M1234567800"),
        ("H1234567（8）", "H1234567(8)"),
        ("12345678", "12345678"),
        ("ｅ１２３４５６７８", "E12345678"),
        ("ABC110101000101", "ABC110101000101"),
        ("911010119000101", "911010119000101"),
        ("810000190001010014", "810000190001010014"),
    ] {
        assert_eq!(taken(id_number, text), value);
    }
    assert!(check_id_number(" １１０１０１ 19000101 0014").checksum);
    assert!(!check_id_number("E12345678").well_formed);
    let resident = "17 digits and then a digit or X, as a resident identity number has";
    let letters = "letters and digits, with blanks or dashes between them";
    for (text, message) in [
        ("11010119000101001A", format!("{resident}, found U+0041 as character 18")),
        ("110101 1900O101 0014", format!("{resident}, found U+004F as character 12")),
        ("X10101190001010014", format!("{resident}, found U+0058 as character 1")),
        ("1101011900010100\u{200b}１Ｙ", format!("{resident}, found U+FF39 as character 19")),
        ("110101190001010014。", format!("{letters}, found U+3002 as character 19")),
        ("张三", format!("{letters}, found U+5F20 as character 1")),
        ("é1234567", format!("{letters}, found U+00E9 as character 1")),
        ("-12345678", format!("{letters}, found U+002D as character 1")),
        ("undefined", "at least one digit, found letters alone".to_owned()),
        ("()", "at least one digit, found letters alone".to_owned()),
        ("\u{3000}", format!("{letters}, found nothing that is seen")),
    ] {
        assert_eq!(refused(id_number, text), format!("id_number: expected {message}"));
    }
    for (text, length) in [
        ("1", 1),
        ("1234567890123", 13),
        ("11010119000101001", 17),
        ("1101011900010100140", 19),
        ("11010119000101001xx", 19),
        (&"1".repeat(1_000_000), 1_000_000),
    ] {
        assert!(refused(id_number, text).ends_with(&format!(", found {length} characters")));
    }
}

#[test]
fn phone_numbers_of_the_mainland_lose_its_code_and_others_keep_theirs() {
    for text in [
        "13800000000",
        "+8613800000000",
        "+86 138 0000 0000",
        "＋８６１３８００００００００",
        "(+86) 138-0000-0000",
        "（86）13800000000",
        "0086-13800000000",
        "86-13800000000",
        "8613800000000",
        "+86 (0)138 0000 0000",
        "+0086 13800000000",
        "013800000000",
        "\u{202a}+86 138 0000 0000\u{202c}",
        "138\u{2013}0000\u{2212}0000",
    ] {
        assert_eq!(taken(phone, text), "13800000000");
    }
    for (text, value) in [
        ("+852 6123 4567", "+85261234567"),
        ("00853-61234567", "+85361234567"),
        ("+886 912 345 678", "+886912345678"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("61234567", "61234567"),
        // What begins like a code of the mainland and is none.
        ("86123456", "86123456"),
    ] {
        assert_eq!(taken(phone, text), value);
    }
    let expected = "5 to 15 digits, with + before and blanks, dashes or brackets between them";
    for (text, message) in [
        ("", format!("{expected}, found no digit")),
        ("+", format!("{expected}, found no digit")),
        ("1380000000O", format!("{expected}, found U+004F as character 11")),
        ("138+00000000", format!("{expected}, found U+002B as character 4")),
        ("++8613800000000", format!("{expected}, found U+002B as character 2")),
        ("138\n00000000", format!("{expected}, found U+000A as character 4")),
        ("一三八零零零零零零零零", format!("{expected}, found U+4E00 as character 1")),
        ("1380", format!("{expected}, found 4 digits")),
        (&"1".repeat(16), format!("{expected}, found 16 digits")),
        ("+0123456", "a country's code, from 1 on, after +, found 0".to_owned()),
        (
            "+86 1380000000",
            "11 digits after +86, of which the first is 1, found 10 digits".to_owned(),
        ),
    ] {
        assert_eq!(refused(phone, text), format!("phone: expected {message}"));
    }
}

#[test]
fn names_keep_what_is_seen_of_them() {
    let dots = [
        '\u{b7}', '\u{387}', '\u{2022}', '\u{2027}', '\u{2219}', '\u{22c5}', '\u{30fb}',
        '\u{ff0e}', '\u{ff65}', '.',
    ];
    for dot in dots {
        let typed = format!("阿卜杜拉{dot}买买提");
        assert_eq!(taken(name, &typed), typed);
    }
    for as_typed in [
        "张三",
        "欧阳娜娜",
        "O'Brien",
        "O’Brien",
        "Anne-Marie",
        "José García",
        "𠮷野家",
        "㐀㐁",
        "\u{30000}三",
        "张\u{e863}",
        "张三😀",
        "e\u{301}lan",
        "1234567",
        "a&b=c+%00",
    ] {
        assert_eq!(taken(name, as_typed), as_typed);
    }
    for (text, value) in [
        ("张\u{200b}三", "张三"),
        ("\u{feff}张三", "张三"),
        ("张\u{ad}三", "张三"),
        ("张三\u{200e}", "张三"),
        ("张\u{202e}三", "张三"),
        ("张\u{2060}三\u{fe0f}", "张三"),
        ("葛\u{e0100}三", "葛三"),
        ("葛\u{fe00}三", "葛三"),
        ("张 三", "张三"),
        ("张\u{3000}三", "张三"),
        ("张\u{a0}\u{2009}三", "张三"),
        ("𠮷 三", "𠮷三"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("ZHANG\u{a0}\u{3000}SAN", "ZHANG SAN"),
        ("ＺＨＡＮＧ　ＳＡＮ", "ZHANG SAN"),
        ("张三 Anna", "张三 Anna"),
        ("Anna 张 三", "Anna 张三"),
    ] {
        assert_eq!(taken(name, text), value, "{text:?}");
    }
}

#[test]
fn names_count_characters_and_name_what_cannot_be_in_one() {
    for one in ["张", "a", "𠮷", "葛\u{e0100}"] {
        assert!(name(&one.repeat(NAME_LIMIT)).is_ok());
        let message = refused(name, &one.repeat(NAME_LIMIT + 1));
        assert_eq!(message, "name: expected at most 256 characters, found 257");
    }
    for (text, position, found) in [
        ("张\n三", 2, "U+000A"),
        ("张\0三", 2, "U+0000"),
        ("𠮷\t三", 2, "U+0009"),
        ("张\u{1b}[31m三", 2, "U+001B"),
        ("张\u{fffd}", 2, "U+FFFD"),
        ("张\u{2028}三", 2, "U+2028"),
        ("张三\u{7f}x", 3, "U+007F"),
        ("张\u{fffe}", 2, "U+FFFE"),
    ] {
        let message = refused(name, text);
        assert!(
            message.ends_with(&format!(", found {found} as character {position}")),
            "{message}"
        );
    }
    for nothing in ["", " ", "\u{3000}", "\u{200b}", "\u{3164}", "\r\n"] {
        assert_eq!(refused(name, nothing), "name: expected a name, found nothing that is seen");
    }
}

#[test]
fn a_value_that_was_read_is_read_again_as_it_is() {
    let all: [(Read, &str); 6] = [
        (card, "６２２２ 0200-0000 0000 000"),
        (id_number, "110101 19000101 001Ｘ"),
        (id_number, "h1234567（8）"),
        (phone, "+86 138 0000 0000"),
        (phone, "00852 6123 4567"),
        (name, "ＺＨＡＮＧ　ＳＡＮ 阿卜杜拉 · 买买提"),
    ];
    for (read, text) in all {
        let once = taken(read, text);
        assert_eq!(taken(read, &once), once);
    }
}

#[test]
fn card_numbers_are_found_in_what_callers_choose() {
    for text in [
        CARD,
        "order6222020000000000000",
        "6222020000000000000x",
        "card 6222 0200 0000 0000 000.jpg",
        "6222-0200-0000-0000-000",
        "6222.0200.0000.0000.000.jpg",
        "scans/6222_0200_0000_0000_000",
        "６２２２０２０００００００００００００",
        "6222\u{200b}020000000000000",
        "\u{666}\u{662}\u{662}\u{662}\u{660}\u{662}0000000000000",
        "6222/0200/0000/0000/000",
        "6222,0200,0000,0000,000",
        "6222\u{b7}0200\u{b7}0000\u{b7}0000\u{b7}000",
        "2026/6222020000000000000",
        "6222020000000000000-1",
        "12-6222-0200-0000-0000-000-3",
        "6222 0200 0000 0000 000 110101190001010015",
        "6222020000000000000abcde",
        "4111111111111111a1b2c3d4e5f60718",
        "6222020000000000000abcdef0123456",
        "4111111111111111",
        "5555555555554444",
        "378282246310005",
    ] {
        for (argument, checked) in
            [("order_id", check_order_number(text)), ("reference", check_reference(text))]
        {
            let error = checked.unwrap_err();
            let found = (error.kind(), error.argument_name());
            assert_eq!(found, (Kind::InvalidArgument, Some(argument)));
            let message = format!("{argument}: expected no number of a person, ");
            assert!(error.message().starts_with(&message) && !error.message().contains(text));
        }
    }
    for text in [
        "",
        "a1",
        // No check digit, no scheme's beginning, another length.
        "6222020000000000001",
        "2026112800000009",
        "411111111111",
        "00000000000000000000000000000001",
        "99999999999999999999999999999999",
        "IMG_20261128_144747.jpg",
        "018f3c2a9b7d4e60a1b2c3d4e5f60718",
        "1101011900010100",
        "6222--0200--0000--0000--000",
        "19456801-252f-4273-97ea-ceb386c347b5",
        "task d6bc1929-9486-486b-950c-f62c636163ae, again",
        "job-19456801-252f-4273-97ea-ceb386c347b5-1",
        "md5-1380000000013800000000abcdefabcd",
        "13800000000a13800000000b",
    ] {
        assert!(check_order_number(text).is_ok() && check_reference(text).is_ok(), "{text}");
    }
    for (text, what) in [
        (ID, "an ID number"),
        ("photo of 110101190001010014", "an ID number"),
        ("110101-19000101-0014.jpg", "an ID number"),
        ("11010119000101009X", "an ID number"),
        ("11010119000101009\u{ff38}", "an ID number"),
        ("id11010119000101009xb", "an ID number"),
        ("１１０１０１１９０００１０１００１４", "an ID number"),
        ("13800000000", "a phone number"),
        ("scans/138-0000-0000.jpg", "a phone number"),
        ("+86 138 0000 0000", "a phone number"),
        ("008613800000000", "a phone number"),
        ("tel138\u{200b}0000\u{a0}0000", "a phone number"),
        ("1,110101190001010014", "an ID number"),
        ("7/11010119000101009x-2", "an ID number"),
        ("#12/13800000000", "a phone number"),
        ("2026-11-28 138-0000-0000 (2)", "a phone number"),
        // Of a UUID's length, and none.
        ("a13800000000-ffff-ffff-ffff-ffffffff", "a phone number"),
        ("13800000000a13800000000bb", "a phone number"),
    ] {
        let message = check_reference(text).unwrap_err().message().to_owned();
        assert!(message.ends_with(&format!(", found what looks like {what}")));
        assert!(check_order_number(text).is_ok());
    }
    for text in ["110101190001010015", "12800000000", "1380000000", "138000000000", "IMG_20261128"]
    {
        assert!(check_reference(text).is_ok(), "{text}");
    }
    // Of the call's own person, every number.
    let holder = Cardholder::new("622202000001", "张三").id_number("11010119000101001x");
    let person = holder.phone("13800000000").person().unwrap();
    for text in ["622202000001", "a622202000001b", "id11010119000101001x", "13800000000"] {
        assert!(check_order_number(text).is_ok());
        assert!(check_against(person.numbers(), "order_id", text).is_err(), "{text}");
    }
    for text in [
        "6222 0200 0001",
        "6222.0200-0001.jpg",
        "110101-19000101-001X",
        "110101/1900/0101/001x",
        "１３８００００００００",
        "138\u{200b}0000\u{a0}0000",
        "+86 138 0000 0000",
    ] {
        let error = check_against(person.numbers(), "reference", text).unwrap_err();
        assert_eq!(error.argument_name(), Some("reference"));
        assert!(!error.to_string().contains(text));
    }
    for text in ["a622202000002", "6222/0200/01", "photos/138-0000-000.jpg", "张三"] {
        assert!(check_against(person.numbers(), "order_id", text).is_ok(), "{text}");
    }
}
