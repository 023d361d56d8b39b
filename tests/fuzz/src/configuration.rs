//! Configuration documents.

use cardwire::{Config, Kind};
use serde_json::Value;

use crate::answers::longest_run;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Err(error) = Config::from_json(text).map(drop) else { return };
    assert_eq!(error.kind(), Kind::InvalidConfig);
    let shown = [error.to_string(), format!("{error:?}")];
    assert!(shown.iter().all(|text| text.len() < 4096), "a message without end");
    assert!(!error.message().chars().any(char::is_control), "{:?}", error.message());
    let Ok(document) = serde_json::from_str::<Value>(text) else { return };
    for secret in secrets(&document) {
        assert!(shown.iter().all(|text| !text.contains(&secret)), "a secret is shown");
    }
    if !error.message().contains("the file ") {
        assert!(longest_run(error.message()) < 9, "{:?}", error.message());
    }
}

/// Returns the values of keys that hold secrets, where they are long enough to be told from words
/// of a message.
fn secrets(document: &Value) -> Vec<String> {
    const KEYS: [&str; 9] = [
        "app_code",
        "app_secret",
        "access_token",
        "secret",
        "secret_id",
        "secret_key",
        "token",
        "proxy",
        "token_store",
    ];
    let entries = document["vendors"].as_array().into_iter().flatten().chain([document]);
    entries
        .flat_map(|entry| KEYS.iter().filter_map(|key| entry[*key].as_str()))
        .filter(|text| text.len() >= 8 && text.chars().any(|character| character.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"vendors":[{"vendor":"tencent_kyc","app_id":"IDATEST1","secret":"kyc-secret-0001","auth_base_url":"https://localhost:1/a","app_id_field":"appId"},{"vendor":"wechat","app_id":"wx0123456789abcdef","app_secret":{"env":"HOME"},"token_endpoint":"token"}],"timeout_ms":10000,"connect_timeout_ms":3000}"#,
        r#"{"vendors":[{"vendor":"aliyun_bankocr","app_key":"24730001","app_secret":"cardwire0001","stage":"TEST","name":"one","base_url":"http://127.0.0.1:1/x"},{"vendor":"aliyun_yhkr","app_code":"cardwire0001","requests_per_second":2.5,"daily_quota":7,"timeout_ms":1}],"proxy":"http://user:secret0001@localhost:3128","ca_file":"/nonexistent/ca.pem"}"#,
        r#"{"vendors":[{"vendor":"tencent_faceid","secret_id":"cardwireId0001","secret_key":"cardwireKey0001","token":"token0001","region":"ap-guangzhou","language":"zh-CN","signature":"HmacSHA256","encryption":{"algorithm":"SM4-GCM"}}],"journal":"orders.db","token_store":"redis://:secret0001@127.0.0.1:6379/1"}"#,
        r#"{"vendors":[{"vendor":"wechat","access_token":"token0001","allow_insecure_http":true,"base_url":"http://store.example"}],"retry":{"attempts":3,"base_ms":100,"breaker":false},"failover":{"recognize":["wechat"],"also":["unrecognized","credentials","vendor_failed"]}}"#,
        r#"{"vendors":[{"vendor":"aliyun_yhkr","app_code":{"file":"/nonexistent/secret"}}],"retri":{}}"#,
        r#"{"vendors":[],"token_store":"memory"}"#,
        "[]",
        "{\"vendors\":",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn words() -> Vec<String> {
    let mut words = Vec::new();
    fn keys(value: &Value, words: &mut Vec<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| keys(value, words)),
            Value::Object(object) => {
                for (key, value) in object {
                    words.push(format!("\"{key}\":"));
                    keys(value, words);
                }
            }
            Value::String(text) => words.push(format!("\"{text}\"")),
            _ => {}
        }
    }
    for seed in seeds() {
        keys(&serde_json::from_slice(&seed).unwrap_or_default(), &mut words);
    }
    words.sort();
    words.dedup();
    words
}
