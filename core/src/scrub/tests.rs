use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const CARD: &str = "6222020000000000000";
const NAME: &str = "张三";
const ID: &str = "110101190001010014";
const PHONE: &str = "13800000000";
const VALUES: [&str; 4] = [CARD, NAME, ID, PHONE];

fn bare(text: &str) -> String {
    shown_without(&[], text, None)
}

fn shown_without(values: &[&str], text: &str, request_id: Option<&str>) -> String {
    scrub(text, &HiddenValues::new(values.iter().copied()), request_id)
}

fn is_echo(text: &str, values: &[&str]) -> bool {
    HiddenValues::new(values.iter().copied()).is_in(text)
}

#[test]
fn a_long_text_takes_no_longer_than_its_length() {
    // In a time that grows with the square of the length this would take minutes.
    let letters = "a".repeat(4_000_000);
    assert_eq!(without_numbers(&letters), letters);
    let mixed = "ab1 ".repeat(1_000_000);
    assert_eq!(without_numbers(&mixed), mixed);
}

#[test]
fn words_are_shown_short_and_without_numbers() {
    assert_eq!(shown("66660000"), "66660000");
    assert_eq!(shown("AuthFailure.6222020000000000000"), "AuthFailure.***");
    assert_eq!(shown("AuthFailure.6222-0200-0000-0000-000"), "AuthFailure.***");
    assert_eq!(shown("138 0000 0000"), "***");
    assert_eq!(shown("refused: nuPl0npriV8wseDOAfxmT"), "refused: ***");
    assert_eq!(shown(&format!("{}0123456789abcdef", "x ".repeat(28))).len(), 59);
    assert_eq!(shown("a\r\nb"), "a\u{fffd}\u{fffd}b");
    assert_eq!(shown(&"x".repeat(100)), "x".repeat(64));
}

#[test]
fn scrub_masks_values_and_digit_runs_and_cuts() {
    assert_eq!(shown_without(&["张三"], "张三 has 6222020000000000000", None), "*** has ***");
    assert_eq!(shown_without(&["?!?!?!?!?!"], "a ?!?!?\u{0}!?!?! b", None), "a *** b");
    assert_eq!(bare("code 12345 at 123456"), "code 12345 at ***");
    assert_eq!(bare("a\r\nb\u{2028}c\u{202e}d"), "abcd");
    assert_eq!(bare(&"x ".repeat(300)).chars().count(), 201);
    let words = "x ".repeat(95);
    let number = "622202000CB7DA-FA50-D558-8D56-C82FC5634066";
    assert_eq!(bare(&format!("x {number}")), format!("x {number}"));
    assert_eq!(bare(&format!("{words}{number}")), format!("{words}…"));
}

#[test]
fn scrub_masks_groups_of_digits() {
    for (text, shown) in [
        ("card 6222 0200 0000 0000 000.", "card ***."),
        ("6222-0200-0000-0000", "***"),
        ("6222.0200.0000.0000", "***"),
        ("6222+0200+0", "***"),
        ("138-0000-0000 or 138.0000.0000", "*** or ***"),
        ("６２２２　０２００　００００　００００", "***"),
        ("110101-19000101-0014", "***"),
        ("1234-5678 9012", "***"),
        ("2026-11-22 04:50:01", "2026-11-22 04:50:01"),
        ("1234 5678", "1234 5678"),
        ("4 of 1000 1000 tries", "4 of 1000 1000 tries"),
        ("1234 12345", "1234 12345"),
    ] {
        assert_eq!(bare(text), shown);
    }
}

#[test]
fn scrub_masks_credentials_and_what_is_encoded_but_no_words() {
    for (text, shown) in [
        ("Invalid AppCode `0123456789abcdef0123456789abcdef`", "Invalid AppCode `***`"),
        ("name=%E5%BC%A0%E4%B8%89&x=1", "name=***&x=1"),
        // In GBK, which nobody reads here.
        ("name=%D5%C5%C8%FD&x=1", "name=***&x=1"),
        ("n=5byg5LiJ", "n=***"),
        ("n=e5bca0e4b889", "n=***"),
        // The digits 622202672080223111 and some of them, which give letters alone.
        ("c=NjIyMjAyNjcyMDgwMjIzMTEx", "c=***"),
        ("c=IyMjAyNjcyMDgwMjIz", "c=***"),
        (
            "hint: [PIeqra0466vr21!] rid: 6123abcd-1a2b3c4d-0badcafe",
            "hint: [PIeqra0466vr21!] rid: 6123abcd-1a2b3c4d-0badcafe",
        ),
        ("Throttled by RequestLimitExceeded", "Throttled by RequestLimitExceeded"),
        ("id 123e4567-e89b-12d3-a456-42661417400a", "id 123e4567-e89b-12d3-a456-42661417400a"),
    ] {
        assert_eq!(shown_without(&[NAME], text, None), shown);
    }
}

#[test]
fn addresses_and_the_request_s_number_can_be_read() {
    let text = "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: \
                658cff8e-7783352d-44cb33e5";
    assert_eq!(shown_without(&VALUES, text, Some("658cff8e-7783352d-44cb33e5")), text);
    assert_eq!(bare(text), text);
    for text in [
        "address 192.168.100.200.",
        "address 2408:8456:3210:1234:5678:9012:3456:7890, port 8443",
        "no 20052720001184455816483514290105 here",
    ] {
        assert_eq!(shown_without(&VALUES, text, Some("20052720001184455816483514290105")), text);
    }
    // A phone number, or more digits in one group than it has, are no chance.
    for digits in ["13800000000", "889506162781"] {
        assert!(!bare(&format!("rid: 60f6692a-02a0c9fa-5e{digits}")).contains(digits));
    }
    // What a word is joined to is no request's number.
    for joined in ["-Unsupported", "-C82FC56340xx", "x"] {
        let text = format!("622202000CB7DA-FA50-D558-8D56{joined}");
        assert_eq!(bare(&text), format!("***CB7DA-FA50-D558-8D56{joined}"));
    }
    // What holds a value is masked even in the number.
    assert_eq!(shown_without(&VALUES, "rid: a-张三-b", Some("a-张三-b")), "rid: a-***-b");
    assert_eq!(bare("6222.0200.0000.0000"), "***");
}

#[test]
fn the_request_s_number_does_not_split_a_longer_word() {
    for (text, id, seen) in [
        ("refused: B1jyikdVCUH48ErNxAH33HP7", "r", "refused: ***"),
        ("refused: B1jyikdVCUH48E/NxAH33HP7+x", "NxAH33HP7", "refused: ***"),
        ("token 0123456789abcdef4XU29Z4D1704061618", "4XU29Z4D1704061618", "token ***"),
        ("4XU29Z4D17040616180123456789abcdef", "4XU29Z4D1704061618", "***"),
        ("(4XU29Z4D1704061618), r", "4XU29Z4D1704061618", "(4XU29Z4D1704061618), r"),
        ("rid:4XU29Z4D1704061618.", "4XU29Z4D1704061618", "rid:4XU29Z4D1704061618."),
    ] {
        assert_eq!(shown_without(&VALUES, text, Some(id)), seen);
    }
}

/// Returns every way in which a vendor may say a value.
fn forms(value: &str) -> Vec<String> {
    let joined = |one: &dyn Fn(char) -> String| value.chars().map(one).collect::<String>();
    let bytes = |one: &dyn Fn(u8) -> String| value.bytes().map(one).collect::<String>();
    let separated = |separator: &str| {
        let characters: Vec<String> = value.chars().map(String::from).collect();
        let size = if value.is_ascii() { 4 } else { 1 };
        let groups: Vec<String> = characters.chunks(size).map(|group| group.concat()).collect();
        groups.join(separator)
    };
    let wide = |one: char| match one {
        '!'..='~' => char::from_u32(u32::from(one) + 0xfee0).unwrap().to_string(),
        _ => one.to_string(),
    };
    let halves = |one: char| {
        let mut buffer = [0; 2];
        let halves = one.encode_utf16(&mut buffer);
        halves.iter().map(|half| format!("\\u{half:04x}")).collect::<String>()
    };
    let mut forms: Vec<String> =
        ["", " ", "-", ".", "_", "/", "  ", " - ", "\u{a0}", "·", ", "].map(separated).into();
    forms.extend([
        joined(&wide),
        joined(&halves),
        joined(&|one| halves(one).to_uppercase().replace("\\U", "\\u")),
        joined(&|one| format!("&#{};", u32::from(one))),
        joined(&|one| format!("&#x{:X};", u32::from(one))),
        joined(&|one| format!("&amp;#{};", u32::from(one))),
        joined(&|one| format!("U+{:04X}", u32::from(one))),
        bytes(&|byte| format!("%{byte:02X}")),
        bytes(&|byte| format!("%25{byte:02x}")),
        bytes(&|byte| format!("\\x{byte:02x}")),
        bytes(&|byte| format!("{byte:02x}")),
        bytes(&|byte| format!("{byte:02X} ")),
        bytes(&|byte| char::from(byte).to_string()),
        STANDARD.encode(value),
        STANDARD.encode(format!("n={value}&x=1")),
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("?{value}?")),
        format!("%5Cu{}", halves(value.chars().next().unwrap()).trim_start_matches("\\u"))
            + &value.chars().skip(1).map(halves).collect::<String>(),
        separated("&nbsp;"),
    ]);
    forms
}

#[test]
fn a_value_is_found_however_it_is_written() {
    for value in VALUES {
        for form in forms(value) {
            assert!(is_echo(&form, &VALUES), "{form}");
            assert!(is_echo(&format!("E.{form}.x"), &VALUES), "{form}");
            assert_eq!(
                HiddenValues::new(VALUES).masked_in(&form).matches(MASK).count(),
                1,
                "{form}"
            );
            let shown = shown_without(&VALUES, &format!("no ({form}) there"), Some("r"));
            assert!(shown.starts_with("no (") && shown.ends_with(") there"), "{shown}");
            let shown = shown.replace(MASK, "");
            assert!(!shown.chars().any(|one| one.is_numeric()), "{form}: {shown}");
            assert!(!shown.contains(['张', '三']), "{form}: {shown}");
        }
    }
    for text in ["", "ok", "FailedOperation.UnKnown", "-9110", "2D1A7E9C-5B0F-4C38-9A44"] {
        assert!(!is_echo(text, &VALUES), "{text}");
    }
    // A short name stands in words by chance, a whole word is one.
    assert!(!is_echo("unlimited", &["Lim", "Limi"]));
    assert!(is_echo("InvalidName.limi", &["Limi"]));
}

#[test]
fn a_telling_piece_is_an_echo_and_zeros_are_none() {
    assert!(is_echo("x6222020000x", &[CARD]));
    assert!(!is_echo("00000000-0000-0000-0000-000000000000", &[CARD]));
    assert!(!is_echo("622202", &[CARD]));
}

#[test]
fn a_request_s_number_looks_like_one_and_is_nobody_s() {
    for id in [
        "658cff8e-7783352d-44cb33e5",
        "2D1A7E9C-5B0F-4C38-9A44-0F6E3B7C1D20",
        // Twelve digits on end that pass for a card number.
        "1fc07c76-8f9b-499f-af59-6851679826f0",
        "20052720001184455816483514290105",
        "4XU29Z4D1704061618",
        "1732780000000-17",
        "a.b_c:d",
    ] {
        assert_eq!(identifier(id).as_deref(), Some(id));
    }
    for refused in [
        "",
        "a b",
        "a\nb",
        "张三",
        "a%20b",
        "<b>",
        "6222020000000000000",
        "x-6222-0200-0000-0000-000",
        "6222.0200.0000.0000.000",
        "110101190001010014",
        "11010119000101-0014",
        "13800000000",
        "id-138-0000-0000",
        &"x".repeat(65),
    ] {
        assert_eq!(identifier(refused), None, "{refused}");
    }
}
