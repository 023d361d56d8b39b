//! Aliyun market `1886`: card number, name and ID number together.
//! <https://market.aliyun.com/products/57000002/cmapi00035241.html>

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::aliyun_gateway as gateway;
use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Request, one};
use crate::magic::{self, Holder};
use crate::shared::{Call, DailyCount, Reply};
use crate::vendor::{Machine, Operation, Sample};

mod checks {
    use crate::checks::{Source, source};

    static MARKET: Source =
        source("market page", "https://market.aliyun.com/products/57000002/cmapi00035241.html");

    crate::checks::checks! {
        MISSING: "10001", "acct_no, idcard or name missing or empty", MARKET;
        CARD: "10001", "a card number that is not 12 to 19 digits", MARKET;
        ID: "10001", "an ID number that is not 15 or 18 long", MARKET;
        SAME: "10020", "the same person more often a day than yhkr_same_limit", MARKET;
    }
}

const PATH: &str = "/communication/personal/1886";

/// Documented codes and texts. Only 10000 is charged.
pub(crate) const CODES: &[(&str, &str)] = &[
    ("10000", "成功"),
    ("10001", "参数传入有误"),
    ("10002", "访问失败"),
    ("10003", "请求超时"),
    ("10004", "系统异常"),
    ("10005", "用户验证失败"),
    ("10006", "查询参数错误"),
    ("10007", "调用接口失败"),
    ("10008", "充值失败"),
    ("10009", "请检查请求参数"),
    ("10010", "访问受限"),
    ("10011", "接口访问失败"),
    ("10012", "请求失败"),
    ("10013", "连接超时"),
    ("10014", "该接口已停用"),
    ("10015", "该接口无法调用"),
    ("10016", "未查询到数据"),
    ("10017", "查询失败"),
    ("10018", "参数错误"),
    ("10019", "系统异常"),
    ("10020", "同一参数请求次数超限"),
];

/// States under code 10000.
pub(crate) const STATES: &[(&str, &str)] =
    &[("1", "验证一致"), ("2", "验证不一致"), ("3", "异常情况")];

/// How often the same parameters came, by their digest.
#[derive(Default)]
struct Store {
    seen: HashMap<[u8; 32], DailyCount>,
}

pub(crate) static MACHINE: Machine = Machine {
    hosts: &["yhkr.market.alicloudapi.com"],
    operation,
    handle: |call, _| handle(call),
    entry: |given| vec![("app_code", given.app_code.clone())],
    rate: 0,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[],
    sample: Sample {
        success: r#"{"code":"10000","message":"ok","data":{"state":"1"}}"#,
        field: r#""state":"1""#,
        refusal: r#"{"code":"CODE","message":TEXT}"#,
        wrong_request: "10001",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == PATH { Operation::Verify } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    let form = match gateway::admit(call, PATH) {
        Ok(form) => form,
        Err(reply) => return *reply,
    };
    let code = match decide(call, &form) {
        Ok(code) => code,
        Err(check) => check.answer.to_owned(),
    };
    gateway::own(call, &code).unwrap_or_else(|| answer(&code))
}

fn decide(call: &Call<'_>, form: &[(String, String)]) -> Result<String, Refusal> {
    let field = |name: &str| one(form, name).filter(|v| !v.trim().is_empty());
    let (Some(card), Some(id), Some(name)) = (field("acct_no"), field("idcard"), field("name"))
    else {
        return Err(&checks::MISSING);
    };
    if !magic::is_card_number(card) {
        return Err(&checks::CARD);
    }
    if !magic::is_id_number(id) {
        return Err(&checks::ID);
    }
    let mut state = call.shared.lock();
    let (store, settings) = state.of::<Store>(call.vendor);
    let limit = settings.yhkr_same_limit;
    let digest = crypto::sha256(format!("{card}\n{id}\n{name}").as_bytes());
    if limit != 0 && !store.seen.entry(digest).or_default().admit(call.now(), limit) {
        return Err(&checks::SAME);
    }
    drop(state);
    if let Some(code) = call.forced {
        return Ok(code.to_owned());
    }
    let asked = || match magic::holder(card, name, Some(id), None) {
        Holder::Match => "state:1".into(),
        Holder::Mismatch => "state:2".into(),
        Holder::NoIssuer => "10016".into(),
    };
    Ok(magic::yhkr_code(card).unwrap_or_else(asked))
}

fn answer(code: &str) -> Reply {
    let state = if code == "10000" { Some("1") } else { code.strip_prefix("state:") };
    let code = if state.is_some() { "10000" } else { code };
    let text = CODES.iter().find(|(c, _)| *c == code).map_or("未知错误", |(_, m)| m);
    let serial = format!("{}{}", crypto::random_text(8).to_uppercase(), crypto::random_digits(10));
    let data = state.map_or(Value::Null, |s| json!({"state": s}));
    let body = json!({"code": code, "message": text, "data": data, "seqNo": serial});
    let outcome = state.map_or_else(|| code.to_owned(), |s| format!("10000/{s}"));
    // The ledger keeps the id a caller is asked for: seqNo.
    gateway::backend(&body, &outcome).done(true, state.is_some()).id(&serial)
}
