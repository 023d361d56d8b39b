//! A Rust program as it is written by hand today: async reqwest, serde_json, base64, sha1, hmac.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_bench::{Meter, Run};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, multipart};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

const CARD: &str = "6222020000000000000";
const ID: &str = "110101190001010014";
const NAME: &str = "张三";

fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn day(seconds: u64) -> String {
    let days = (seconds / 86_400) as i64 + 719_468;
    let era = days / 146_097;
    let doe = days - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    format!("{:04}-{m:02}-{d:02}", yoe + era * 400 + i64::from(m <= 2))
}

async fn tencent_faceid(client: &Client, url: &str) {
    let body = json!({"IdCard": ID, "Name": NAME, "BankCard": CARD}).to_string();
    let host = url.split("//").nth(1).unwrap();
    let (time, date) = (now(), day(now()));
    let canonical = format!(
        "POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{}",
        hex::encode(Sha256::digest(&body))
    );
    let to_sign = format!(
        "TC3-HMAC-SHA256\n{time}\n{date}/faceid/tc3_request\n{}",
        hex::encode(Sha256::digest(canonical))
    );
    let key = hmac(&hmac(&hmac(b"TC3secretkeyexample", &date), "faceid"), "tc3_request");
    let signature = hex::encode(hmac(&key, &to_sign));
    let answer: Value = client
        .post(format!("{url}/"))
        .header("content-type", "application/json")
        .header(
            "authorization",
            format!(
                "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/{date}/faceid/tc3_request, SignedHeaders=content-type;host, Signature={signature}"
            ),
        )
        .header("x-tc-action", "BankCardVerification")
        .header("x-tc-version", "2018-03-01")
        .header("x-tc-timestamp", time.to_string())
        .body(body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["Response"]["Result"], "0");
}

async fn aliyun_yhkr(client: &Client, url: &str) {
    let answer: Value = client
        .post(format!("{url}/communication/personal/1886"))
        .header("authorization", "APPCODE appcodeappcodeappcode")
        .form(&[("acct_no", CARD), ("idcard", ID), ("name", NAME)])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["data"]["state"], "1");
}

async fn aliyun_bankocr(client: &Client, url: &str, photo: &[u8]) {
    let img = format!("data:image/jpeg;base64,{}", STANDARD.encode(photo));
    let answer: Value = client
        .post(format!("{url}/cardbank"))
        .header("authorization", "APPCODE appcodeappcodeappcode")
        .form(&[("img", img)])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["code"], "1");
}

async fn wechat(client: &Client, url: &str, photo: &[u8]) {
    let part = multipart::Part::bytes(photo.to_vec())
        .file_name("card.jpg")
        .mime_str("image/jpeg")
        .unwrap();
    let answer: Value = client
        .post(format!("{url}/cv/ocr/bankcard?access_token=wechataccesstoken0000000000"))
        .multipart(multipart::Form::new().part("img", part))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["number"], "6217000000000000004");
}

async fn tencent_kyc(client: &Client, url: &str, photo: &[u8]) {
    let order = format!("{:032}", now());
    let nonce = format!("{:032}", std::process::id());
    let mut values =
        ["IDA00001", &order, "1.0.0", &nonce, "ticketticketticketticketticket"].to_vec();
    values.sort_unstable();
    let sign = hex::encode_upper(Sha1::digest(values.concat()));
    let body = json!({
        "webankAppId": "IDA00001", "version": "1.0.0", "nonce": nonce, "sign": sign,
        "orderNo": order, "bankcardStr": STANDARD.encode(photo)
    });
    let answer: Value = client
        .post(format!("{url}/api/paas/bankcardocrapp?orderNo={order}"))
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["result"]["bankcardNo"], "6217000000000000004");
}

async fn many(run: &Run, client: &Client, calls: usize) {
    let one = async || match run.vendor.as_str() {
        "tencent_faceid" => tencent_faceid(client, &run.url).await,
        "aliyun_yhkr" => aliyun_yhkr(client, &run.url).await,
        "aliyun_bankocr" => aliyun_bankocr(client, &run.url, &run.photo).await,
        "wechat" => wechat(client, &run.url, &run.photo).await,
        _ => tencent_kyc(client, &run.url, &run.photo).await,
    };
    for _ in 0..calls {
        one().await;
    }
}

fn main() {
    let run: &'static Run = Box::leak(Box::new(Run::from_args(1)));
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().unwrap();
    let mut builder = Client::builder().no_proxy();
    if let Some(path) = &run.ca_file {
        let pem = std::fs::read(path).unwrap();
        builder = builder.tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
    }
    let client: &'static Client = Box::leak(Box::new(builder.build().unwrap()));
    let runtime = if run.in_flight == 1 {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    } else {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    };
    let everything = |calls: usize| {
        runtime.block_on(async {
            let share = calls / run.in_flight;
            let tasks: Vec<_> =
                (0..run.in_flight).map(|_| tokio::spawn(many(run, client, share))).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    };
    everything(run.warm_up);
    let meter = Meter::start();
    everything(run.calls);
    meter.report(run.calls, 0.0);
}
