//! Card numbers, ID numbers and names, as people write them.

use std::sync::LazyLock;

use cardwire::fuzz_support::{Account, VendorCall};
use cardwire::{CardNumber, Cardholder, Kind, check_card_number, check_id_number};

use crate::answers::{CARD, ID};
use crate::vectors;

static YHKR: LazyLock<Account> = LazyLock::new(|| {
    Account::open(&vectors::account("aliyun_yhkr")).expect("the account of the vectors").remove(0)
});

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (card, id, name) = (next(), next(), next());
    card_number(card);
    id_number(id);
    sent(card, id, name);
}

/// Returns a digit of ASCII, or the one of full width that stands for it.
fn digit(one: char) -> Option<char> {
    match one {
        '0'..='9' => Some(one),
        '０'..='９' => char::from_digit(u32::from(one) - u32::from('０'), 10),
        _ => None,
    }
}

fn card_number(text: &str) {
    let digits: String = text.chars().filter_map(digit).collect();
    let number = CardNumber::parse(text);
    if text.is_ascii() {
        let text = text.trim();
        let dashed = text.starts_with('-') || text.ends_with('-');
        let expected = !dashed
            && (12..=19).contains(&digits.len())
            && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
        assert_eq!(number.is_some(), expected, "{text:?}");
    }
    let Some(number) = number else { return };
    assert_eq!(number.reveal(), digits);
    assert_eq!(CardNumber::parse(number.reveal()).as_ref(), Some(&number));
    let masked = number.masked();
    assert_eq!(masked.len(), digits.len());
    for (index, (shown, digit)) in masked.chars().zip(digits.chars()).enumerate() {
        let visible = index < 6 || index >= digits.len() - 4;
        assert_eq!(shown, if visible { digit } else { '*' }, "{masked}");
    }
    assert!(!format!("{number:?}").contains(|character: char| character.is_ascii_digit()));
    let mut sum = 0;
    for (index, digit) in digits.bytes().rev().enumerate() {
        let doubled = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
        sum += doubled / 10 + doubled % 10;
    }
    assert_eq!(number.passes_luhn(), sum % 10 == 0);
    let check = check_card_number(text);
    assert!(check.well_formed && check.luhn == number.passes_luhn());
}

fn id_number(text: &str) {
    let check = check_id_number(text);
    let kept = |one: char| digit(one).or(matches!(one, 'x' | 'X' | 'ｘ' | 'Ｘ').then_some('X'));
    let number: String = text.chars().filter_map(kept).collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let long = number.len() == 18 && is_digits(&number[..17]);
    let short = number.len() == 15 && is_digits(&number);
    assert!(!check.well_formed || long || short, "{number:?}");
    if text == number {
        assert_eq!(check.well_formed, long || short, "{number:?}");
    }
    if !check.well_formed || short {
        assert!(!check.checksum);
        return;
    }
    // ISO 7064, MOD 11-2: the weight of a place is a power of two.
    let sum: u32 = number
        .bytes()
        .enumerate()
        .map(|(index, byte)| {
            let value = if byte.is_ascii_digit() { u32::from(byte - b'0') } else { 10 };
            value * (2_u32.pow(17 - index as u32) % 11)
        })
        .sum();
    assert_eq!(check.checksum, sum % 11 == 1, "{number}");
}

/// Checks that the visible part of a value is sent, percent-encoded, and that a refusal shows
/// nothing of it.
fn sent(card: &str, id: &str, name: &str) {
    let written = VendorCall::verify(&Cardholder::new(card, name).id_number(id))
        .and_then(|asked| YHKR.write(&asked, "", 1_795_300_000_000, 1));
    match written {
        Ok(request) => {
            let body = String::from_utf8(request.body).expect("a form is text");
            let fields: Vec<(&str, &str)> =
                body.split('&').filter_map(|field| field.split_once('=')).collect();
            let [("acct_no", number), ("idcard", identity), ("name", shown)] = fields.as_slice()
            else {
                panic!("{body}")
            };
            assert_eq!(*number, CardNumber::parse(card).expect("it was sent").reveal());
            assert!(check_id_number(identity).well_formed && !identity.contains('x'));
            assert!(identity.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let decoded = percent_decoded(shown);
            assert!(!decoded.chars().any(char::is_control) && decoded.trim() == decoded);
            // What was dropped is blank or cannot be seen; the rest stands in its order.
            let mut typed = name.chars();
            for one in decoded.chars().filter(|one| *one != ' ') {
                let is_it = |other: char| other == one || full_width(one) == Some(other);
                assert!(typed.any(is_it), "{name:?} became {decoded:?}");
            }
            // Once more, and nothing changes.
            let again = VendorCall::verify(&Cardholder::new(number, &decoded).id_number(identity))
                .and_then(|asked| YHKR.write(&asked, "", 1_795_300_000_000, 1));
            assert_eq!(again.expect("it was sent").body, body.as_bytes());
            assert!(request.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])));
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::InvalidArgument);
            let told = format!("{error} {error:?} {}", error.to_json());
            for given in [card.trim(), id.trim()] {
                let number = given.chars().filter(char::is_ascii_digit).count() >= 9;
                assert!(!number || !told.contains(given), "{told}");
            }
        }
    }
}

fn full_width(one: char) -> Option<char> {
    let offset = u32::from('！') - u32::from('!');
    one.is_ascii_alphanumeric().then(|| char::from_u32(u32::from(one) + offset)).flatten()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, after) = rest.split_at(if first == '%' { 3 } else { first.len_utf8() });
        match piece.strip_prefix('%') {
            Some(hex) => bytes.push(u8::from_str_radix(hex, 16).expect("two digits")),
            None => bytes.extend(piece.bytes()),
        }
        rest = after;
    }
    String::from_utf8(bytes).expect("a name is text")
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        format!("{CARD}\n{ID}\n张三"),
        "6222 0200-0000 0000 001\n11010119000101001x\n阿·买".to_owned(),
        "622202000000\n110101000101001\nA & B=C".to_owned(),
        "6222０20000000000000\n11010119000101001Ｘ\n\u{202e}张\u{7f}三".to_owned(),
        "62220200000000000000\n110101190002290016\n".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
