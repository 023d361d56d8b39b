//! Example OCR, a made-up vendor.

use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::shared::{Call, Reply, http_code};
use crate::vendor::{CodeRow, Machine, Operation, Sample};

const API_KEY: &str = "sandbox-example-key";

mod checks {
    use crate::checks::{Source, source};

    static PAGE: Source = source("the made-up page", "");

    crate::checks::checks! {
        PATH: "http:404", "a path other than /v1/bankcard", PAGE;
        KEY: "1002", "another key", PAGE;
        IMAGE: "1001", "a body without a photo", PAGE;
    }
}

const CODES: &[CodeRow] = &[
    CodeRow::new("0", 200, "read").billed(),
    CodeRow::new("1001", 200, "no card"),
    CodeRow::new("1002", 200, "bad key"),
    CodeRow::new("1003", 200, "slower"),
];

pub(crate) static MACHINE: Machine = Machine {
    hosts: &["ocr.example.com"],
    operation,
    handle: |call, _| handle(call),
    entry: |_| vec![("api_key", API_KEY.to_owned())],
    rate: 0,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[CODES],
    sample: Sample {
        success: r#"{"code":0,"card":"NUMBER"}"#,
        field: r#""code":0"#,
        refusal: r#"{"code":"CODE","message":TEXT}"#,
        wrong_request: "1001",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == "/v1/bankcard" { Operation::Recognize } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let code = if call.request.path != "/v1/bankcard" {
        checks::PATH.answer
    } else if call.request.header("x-api-key") != Some(API_KEY) {
        checks::KEY.answer
    } else if body["image"].as_str().is_none_or(str::is_empty) {
        checks::IMAGE.answer
    } else {
        call.forced.unwrap_or("0")
    };
    if let Some(status) = http_code(code) {
        return Reply::http(status);
    }
    let answer = match code {
        "0" => json!({"code": 0, "card": "6222020000000000000"}),
        code => json!({"code": code, "message": "refused"}),
    };
    let reply = Reply::refused(Answer::json(&answer), code);
    if code == "0" { reply.done(true, true) } else { reply }
}
