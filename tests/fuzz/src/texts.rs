//! Order filters, and vendor text that is shown.

use cardwire::fuzz_support::scrub;
use cardwire::{Kind, OrderFilter};

use crate::answers::{CARD, ID, NAME};

pub(crate) fn order_filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = OrderFilter::from_json(text) {
        assert_eq!(error.kind(), Kind::InvalidArgument);
        assert_eq!(error.argument_name(), Some("filter"));
        assert!(error.message().len() < 256, "{}", error.message());
    }
}

pub(crate) fn order_filter_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"status":"unknown","vendor":"wechat","account":"one","since_ms":0,"until_ms":18446744073709551615,"limit":10}"#,
        r#"{"status":"in_flight","limit":-1}"#,
        r#"{"status":"not_sent","vendor":null}"#,
        r#"{"status":"answered","since_ms":1.5}"#,
        r#"{"more":1}"#,
        "[]",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(crate) fn order_filter_words() -> Vec<String> {
    [
        "\"status\":",
        "\"vendor\":",
        "\"account\":",
        "\"since_ms\":",
        "\"until_ms\":",
        "\"limit\":",
        "\"in_flight\"",
        "\"not_sent\"",
        "\"unknown\"",
        "\"answered\"",
        "\"tencent_kyc\"",
        "null",
    ]
    .map(str::to_owned)
    .to_vec()
}

pub(crate) fn vendor_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // The first line is a value of the call.
    let (value, text) = text.split_once('\n').unwrap_or(("", &text));
    let hidden = [CARD, ID, NAME, value];
    let shown = scrub(text, &hidden);
    assert!(!shown.chars().any(char::is_control));
    assert!(shown.chars().count() <= 201 + 3 * 200);
    let words = words(&shown);
    let runs = words.flat_map(|word| word.split(|character: char| !character.is_numeric()));
    assert!(runs.map(|run| run.chars().count()).max().unwrap_or(0) < 6, "{shown:?}");
    for hidden in [CARD, ID, NAME] {
        assert!(!shown.contains(hidden), "{shown:?}");
    }
    // A short value of ASCII may stand within a longer word by chance.
    let may_be_chance = value.is_ascii() && value.len() < 8;
    if !value.is_empty() && !value.contains(['*', '…']) && !may_be_chance {
        assert!(!shown.contains(value), "{shown:?} shows {value:?}");
    }
}

/// Returns the words of a text, without the numbers of requests.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(|character: char| !character.is_alphanumeric() && character != '-')
        .map(|word| {
            (word.trim_end_matches(|one: char| !one.is_alphanumeric()), word.ends_with('*'))
        })
        .filter(|(word, is_masked)| {
            let word = word.trim_matches('-');
            // A value may stand at the end of the number, and is masked.
            let begins_one = *is_masked
                && word.split('-').filter(|group| group.len() >= 4).count() >= 2
                && is_request_number(&format!("{word}aaaa-aaaa-aaaa-aaaa"));
            !begins_one && !is_request_number(word)
        })
        .map(|(word, _)| word)
}

/// Returns whether a word is a request's number, which is shown: groups of hexadecimal digits, and
/// among them no run of decimal ones as long as a card number, nor in one group a longer one than a
/// phone number.
fn is_request_number(word: &str) -> bool {
    let digits = word.replace('-', "");
    let decimal = digits.split(|digit: char| !digit.is_ascii_digit()).map(str::len).max();
    let in_group = word.split(|digit: char| !digit.is_ascii_digit()).map(str::len).max();
    word.split('-').filter(|group| group.len() >= 4).count() >= 3
        && digits.len() >= 20
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        && decimal.is_some_and(|longest| longest < 15)
        && in_group.is_some_and(|longest| longest < 12)
}

pub(crate) fn vendor_text_seeds() -> Vec<Vec<u8>> {
    [
        format!("王五\n张三 has {CARD} and {ID}, 王五 has 12345 or 123456"),
        format!("a\n{}", "x9".repeat(150)),
        "cardwireKey0001\nInvalid Signature, Server StringToSign:`POST#cardwireKey0001`".to_owned(),
        "\nrid: 60f6692a-02a0c9fa-5e832557\u{7}\u{2028}".to_owned(),
        "\nrid: 60f6692a-02a0c9fa-5e889506162781".to_owned(),
        "0\u{fffd}\nrid: 3136136692a-02303132a-0000\u{fffd}".to_owned(),
        "\nid: 622202000CB7DA-FA50-D558-8D56-Unsupported".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
