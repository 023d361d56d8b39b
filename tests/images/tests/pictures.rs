//! The committed files are what `cards.json` says.

use std::collections::BTreeSet;
use std::fs;

use cardwire_test_images::{FIRST, LARGE, card, cards, dir, load, marker, negatives};
use serde_json::json;
use sha2::{Digest, Sha256};

fn hex_sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_photo_decodes_and_is_as_stated() {
    for card in cards() {
        let bytes = load(&card.file);
        assert_eq!(bytes.len(), card.bytes, "{}", card.file);
        assert_eq!(hex_sha256(&bytes), card.sha256, "{}", card.file);
        let picture = image::load_from_memory(&bytes).expect("a picture");
        let stated = (card.width, card.height);
        assert_eq!((picture.width(), picture.height()), stated, "{}", card.file);
    }
}

#[test]
fn every_marker_says_what_is_printed() {
    for card in cards() {
        let mut expected = json!({
            "number": card.number,
            "issuer": card.issuer,
            "name": card.card_name,
            "kind": card.kind,
            "valid": card.valid_thru,
            "clarity": card.clarity,
        });
        if !card.warnings.is_empty() {
            expected["warnings"] = json!(card.warnings);
        }
        assert_eq!(marker(&load(&card.file)), Some(expected), "{}", card.file);
    }
}

#[test]
fn a_png_keeps_its_marker_where_a_decoder_finds_it() {
    let bytes = load("abc-debit.png");
    let at = 33;
    assert_eq!(&bytes[at + 4..at + 16], b"tEXtComment\0");
    let length = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let stored = &bytes[at + 8 + length..at + 12 + length];
    let computed = crc32fast::hash(&bytes[at + 4..at + 8 + length]);
    assert_eq!(stored, computed.to_be_bytes());
}

#[test]
fn numbers_are_invented_and_pass_the_luhn_check() {
    for card in cards() {
        let digits: Vec<u32> = card.number.chars().filter_map(|c| c.to_digit(10)).collect();
        assert_eq!(digits.len(), card.number.len(), "{}", card.file);
        let weighed = digits.iter().rev().enumerate().map(|(i, d)| match (i % 2, d) {
            (0, d) => *d,
            (_, d) if *d > 4 => d * 2 - 9,
            (_, d) => d * 2,
        });
        assert_eq!(weighed.sum::<u32>() % 10, 0, "{}", card.file);
        assert!(card.number[6..card.number.len() - 1].bytes().all(|c| c == b'0'), "{}", card.file);
    }
}

#[test]
fn every_kind_of_card_is_there() {
    let kinds: BTreeSet<String> = cards().into_iter().map(|card| card.kind).collect();
    let expected = ["credit", "debit", "prepaid", "quasi_credit"].map(String::from);
    assert_eq!(kinds, BTreeSet::from(expected));
    assert_eq!(card(FIRST).number, "6222020000000000000");
}

#[test]
fn the_large_photo_is_near_the_smallest_limit() {
    let large = card(LARGE).bytes;
    assert!((1_900_000..2_097_152).contains(&large), "{large}");
}

#[test]
fn the_list_is_complete_and_the_folder_stays_small() {
    let listed = cards().into_iter().map(|card| (card.file, card.bytes));
    let listed: Vec<_> = listed.chain(negatives().into_iter().map(|n| (n.file, n.bytes))).collect();
    let endings = ["jpg", "png", "bmp", "gif", "webp"];
    let entries = fs::read_dir(dir()).expect("the folder");
    let names =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let pictures: BTreeSet<_> =
        names.filter(|name| endings.iter().any(|ending| name.ends_with(ending))).collect();
    assert_eq!(pictures, listed.iter().map(|(file, _)| file.clone()).collect());
    assert!(listed.iter().map(|(_, bytes)| bytes).sum::<usize>() < 5_000_000);
}

#[test]
fn negatives_are_as_stated() {
    for negative in negatives() {
        let bytes = load(&negative.file);
        assert_eq!(bytes.len(), negative.bytes, "{}", negative.file);
        assert_eq!(hex_sha256(&bytes), negative.sha256, "{}", negative.file);
    }
    assert!(load("not-supported.gif").starts_with(b"GIF8"));
    let webp = load("truncated.webp");
    assert_eq!((&webp[..4], &webp[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    assert!(load("text.jpg").is_ascii());
}

#[test]
fn the_truncated_jpeg_has_its_header_and_no_end() {
    let bytes = load("truncated.jpg");
    let size = imagesize::blob_size(&bytes).expect("a whole header");
    assert_eq!((size.width, size.height), (600, 380));
    assert!(!bytes.windows(2).any(|pair| pair == [0xff, 0xd9]));
    let answers =
        json!({"answer": {"tencent_kyc": "-9011", "wechat": "101001", "aliyun_bankocr": "-4"}});
    assert_eq!(marker(&bytes), Some(answers));
}
