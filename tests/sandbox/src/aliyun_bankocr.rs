//! Aliyun market `cardbank`: reading a card photo.
//! <https://market.aliyun.com/products/57124001/cmapi027616.html>

use serde_json::json;

use crate::aliyun_gateway as gateway;
use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Request, one};
use crate::images;
use crate::magic::CardFacts;
use crate::shared::{Call, Reply};
use crate::vendor::{Machine, Operation, Sample, Vendor};

mod checks {
    use crate::checks::{Source, source};

    static MARKET: Source =
        source("market page", "https://market.aliyun.com/products/57124001/cmapi027616.html");

    crate::checks::checks! {
        MISSING: "-1", "a form without img, or an empty one", MARKET;
        PREFIX: "-8", "an img that is neither an address nor a data: address", MARKET;
        ADDRESS: "-3", "an address without a host", MARKET;
        LARGE: "-2", "more than 4 MiB of base64 text", MARKET;
        BASE64: "-2", "a data: address that is not base64", MARKET;
        FORMAT: "-2", "a picture that is not JPEG, PNG or BMP", MARKET;
        DAMAGED: "-3", "a picture whose size cannot be read", MARKET;
        PIXELS: "-2", "a picture under 15 or over 4096 pixels", MARKET;
    }
}

const PATH: &str = "/cardbank";
/// "4M", read as the length of the base64 text.
const MAX_BASE64: usize = 4 * 1024 * 1024;
const MIN_EDGE: u32 = 15;
const MAX_EDGE: u32 = 4096;

/// Documented codes and texts.
pub(crate) const CODES: &[(&str, &str)] = &[
    ("1", "识别成功"),
    ("-1", "参数不能为空"),
    ("-2", "图像格式错误"),
    ("-3", "图像无法加载"),
    ("-4", "图像识别失败"),
    ("-8", "图片url请加上http头,图片base64码请加上base64头"),
    ("-9", "没有信息"),
];

pub(crate) static MACHINE: Machine = Machine {
    hosts: &["bankocr.market.alicloudapi.com"],
    operation,
    handle: |call, _| handle(call),
    entry: |given| vec![("app_code", given.app_code.clone())],
    rate: 0,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[],
    sample: Sample {
        success: r#"{"code":"1","msg":"ok","result":{"bank_card_number":"NUMBER","bank_card_type":1}}"#,
        field: r#""code":"1""#,
        refusal: r#"{"code":"CODE","msg":TEXT}"#,
        wrong_request: "-1",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == PATH { Operation::Recognize } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    let form = match gateway::admit(call, PATH) {
        Ok(form) => form,
        Err(reply) => return *reply,
    };
    match picture(call, &form) {
        Ok(facts) => {
            let code = call.forced.map(str::to_owned).or_else(|| facts.code(Vendor::AliyunBankocr));
            let code = code.unwrap_or_else(|| "1".into());
            gateway::own(call, &code).unwrap_or_else(|| answer(&code, &facts))
        }
        Err(check) => answer(check.answer, &CardFacts::default()),
    }
}

fn picture(call: &Call<'_>, form: &[(String, String)]) -> Result<CardFacts, Refusal> {
    let img = one(form, "img").filter(|v| !v.is_empty()).ok_or(&checks::MISSING)?;
    if let Some(rest) = img.strip_prefix("https://").or_else(|| img.strip_prefix("http://")) {
        return if rest.is_empty() || rest.starts_with('/') {
            Err(&checks::ADDRESS)
        } else {
            Ok(CardFacts::from_url(img))
        };
    }
    let data = img.strip_prefix("data:image/").and_then(|r| r.split_once(";base64,"));
    let (_, text) = data.ok_or(&checks::PREFIX)?;
    if text.is_empty() {
        return Err(&checks::MISSING);
    }
    if text.len() > MAX_BASE64 {
        return Err(&checks::LARGE);
    }
    let bytes = crypto::unbase64_lines(text).ok_or(&checks::BASE64)?;
    call.note_picture(&bytes);
    images::format(&bytes).ok_or(&checks::FORMAT)?;
    let (short, long) = images::edges(&bytes).ok_or(&checks::DAMAGED)?;
    if short < MIN_EDGE || long > MAX_EDGE {
        return Err(&checks::PIXELS);
    }
    Ok(CardFacts::from_image(&bytes))
}

/// Returns whether an answer is charged, as every HTTP 200 of the backend is: the provider's own
/// sample says that only those are.
fn answer(code: &str, facts: &CardFacts) -> Reply {
    let text = CODES.iter().find(|(c, _)| *c == code).map_or("未知错误", |(_, m)| m);
    if code != "1" {
        return gateway::backend(&json!({"code": code, "msg": text}), code).done(true, true);
    }
    let (kind, name) = match facts.kind.as_str() {
        "debit" | "prepaid" => (1, "借记卡"),
        "credit" | "quasi_credit" => (2, "贷记卡"),
        _ => (0, ""),
    };
    let issuer = if kind == 0 { "" } else { facts.issuer.as_str() };
    let full =
        if issuer.is_empty() { String::new() } else { format!("{issuer}-{}-{name}", facts.name) };
    let body = json!({
        "code": code,
        "msg": text,
        "result": {
            "bank_card_number": facts.grouped_number(),
            "bank_card_type": kind,
            "bank_name": issuer,
            "bank_full_name": full,
            "card_type": name,
        },
    });
    gateway::backend(&body, code).done(true, true)
}
