//! Requests with arbitrary values: written twice they are the same, and no value breaks out of its
//! place.

use std::sync::LazyLock;

use cardwire::fuzz_support::{Account, VendorCall};
use cardwire::{CardNumber, Cardholder, Image};
use serde_json::json;

use crate::answers::{CARD, ID, PHOTO};

static ACCOUNTS: LazyLock<Vec<Account>> = LazyLock::new(|| {
    let faceid = |name: &str, signature: &str| {
        json!({"vendor": "tencent_faceid", "name": name, "secret_id": "cardwireId",
            "secret_key": "cardwireKey", "token": "cardwireToken", "signature": signature})
    };
    let gateway = |vendor: &str| json!({"vendor": vendor, "app_key": "24730001", "app_secret": "cardwireSecret"});
    let config = json!({"vendors": [
        faceid("tc3", "TC3-HMAC-SHA256"),
        faceid("sha1", "HmacSHA1"),
        faceid("sha256", "HmacSHA256"),
        gateway("aliyun_bankocr"),
        gateway("aliyun_yhkr"),
        {"vendor": "aliyun_bankmeta", "access_key_id": "cardwireId",
            "access_key_secret": "cardwireKey"},
        {"vendor": "aliyun_bankmeta", "name": "md5", "access_key_id": "cardwireId",
            "access_key_secret": "cardwireKey", "param_type": "md5"},
        {"vendor": "aliyun_ocr", "access_key_id": "cardwireId", "access_key_secret": "cardwireKey",
            "security_token": "cardwireToken"},
        {"vendor": "tencent_kyc", "app_id": "IDATEST1", "secret": "cardwireSecret"},
        {"vendor": "wechat", "app_id": "wx0123456789abcdef", "app_secret": "cardwireSecret"},
        {"vendor": "baidu_ocr", "api_key": "cardwireId", "secret_key": "cardwireKey"},
    ]});
    Account::open(&config.to_string()).expect("a configuration")
});

pub(crate) fn run(data: &[u8]) {
    let Some((head, text)) = data.split_first_chunk::<10>() else { return };
    let [account, asked, seed @ .., _, _, _, _, _, _, _] = head;
    let [_, _, _, time @ ..] = head;
    let account = &ACCOUNTS[usize::from(*account) % ACCOUNTS.len()];
    let mut unix_ms = [0; 8];
    unix_ms[1..].copy_from_slice(time);
    let unix_ms = u64::from_be_bytes(unix_ms);
    let text = String::from_utf8_lossy(text);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (one, two, three, token) = (next(), next(), next(), next());
    let asked = match asked % 5 {
        0 => VendorCall::recognize(Image::bytes([PHOTO, one.as_bytes()].concat())),
        1 => VendorCall::recognize(Image::url(format!("https://img.example.com/{one}"))),
        2 => VendorCall::verify(&Cardholder::new(CARD, one).id_number(ID)),
        3 => VendorCall::verify(&Cardholder::new(CARD, one).id_number(two).phone(three)),
        _ => Ok(VendorCall::lookup(CardNumber::parse(one).unwrap_or_default())),
    };
    let Ok(asked) = asked else { return };
    let asked = asked.named(two.to_owned(), (!three.is_empty()).then(|| three.to_owned()));
    let write = || account.write(&asked, token, unix_ms, seed[0]);
    match (write(), write()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "the same call is written the same");
            assert_eq!(first.stated_length, first.body.len() as u64);
            let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
            assert!(visible(&first.url), "{}", first.url);
            assert!(first.url.starts_with("https://"));
            for (name, value) in &first.headers {
                assert!(
                    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                    "{name}: {value:?}"
                );
            }
        }
        (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
        _ => panic!("the same call is written once and refused once"),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for account in 0..11 {
        for asked in 0..5 {
            let mut seed = vec![account, asked, 7, 0, 1, 0xa2, 0, 0, 0, 0];
            let lines = match asked {
                3 => format!("张三\n{ID}\n13800000000\ntoken"),
                4 => format!("{CARD}\norder0001\nuser-1\ntoken"),
                _ => "张三\norder0001\nuser_1\nticket/+=%".to_owned(),
            };
            seed.extend_from_slice(lines.as_bytes());
            seeds.push(seed);
        }
    }
    seeds
}
