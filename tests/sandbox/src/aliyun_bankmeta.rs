//! Alibaba Cloud information verification: card, name, ID number and phone together.
//! <https://help.aliyun.com/en/id-verification/information-verification/developer-reference/bank-card-verification>

use serde_json::json;

use crate::aliyun_openapi;
use crate::checks::Refusal;
use crate::http::{Request, decode_form, one};
use crate::magic::{self, Holder};
use crate::shared::{Call, Reply};
use crate::vendor::{CodeRow, Machine, Operation, Sample, Vendor};

mod checks {
    use crate::checks::{Source, source};

    static PAGE: Source = source(
        "bank-card verification",
        "https://help.aliyun.com/en/id-verification/information-verification/developer-reference/bank-card-verification",
    );
    static SDK: Source = source("the SDK's parameters, alibabacloud-cloudauth20190307", "");

    crate::checks::checks! {
        MISSING: "400", "a parameter of the product that is missing or empty", PAGE;
        PARAM_TYPE: "401", "a ParamType other than normal and md5", PAGE;
        MODE: "401", "a VerifyMode other than VERIFY_BANK_CARD", PAGE;
        PRODUCT: "401", "a ProductType other than BANK_CARD_2_META, 3 and 4", PAGE;
        CARD: "304", "a plain card number that is not 12 to 19 digits", SDK;
        HASH: "401", "with md5, a value without 32 lower-case hex digits for its hashed part", SDK;
        ID: "401", "a plain ID number of another form, where no IdentityType says what it is", SDK;
        PHONE: "401", "a plain phone number that is not 11 digits from 1", SDK;
    }
}

/// `Code`, and `SubCode` of a check that was made.
const CODES: &[CodeRow] = &[
    CodeRow::new("400", 200, "参数不能为空"),
    CodeRow::new("401", 200, "参数非法"),
    CodeRow::new("402", 200, "权威源服务异常"),
    CodeRow::new("403", 200, "异常重复调用"),
    CodeRow::new("410", 200, "未开通服务"),
    CodeRow::new("411", 200, "RAM无权限"),
    CodeRow::new("412", 200, "欠费中"),
    CodeRow::new("500", 200, "系统错误"),
];

const RESULTS: &[CodeRow] = &[
    CodeRow::new("101", 200, "核验通过").billed(),
    CodeRow::new("201", 200, "认证信息不一致,持卡人信息有误").billed(),
    CodeRow::new("202", 200, "认证信息不一致,银行卡未开通认证支付").billed(),
    CodeRow::new("203", 200, "认证信息不一致,银行卡已过期").billed(),
    CodeRow::new("204", 200, "认证信息不一致,银行卡为受限制的卡").billed(),
    CodeRow::new("205", 200, "认证信息不一致,此卡被没收").billed(),
    CodeRow::new("206", 200, "认证信息不一致,银行卡无效").billed(),
    CodeRow::new("207", 200, "认证信息不一致,此卡无对应发卡行").billed(),
    CodeRow::new("208", 200, "认证信息不一致,该卡未初始化或睡眠卡").billed(),
    CodeRow::new("209", 200, "认证信息不一致,该卡为作弊卡、吞卡").billed(),
    CodeRow::new("210", 200, "认证信息不一致,此卡已挂失").billed(),
    CodeRow::new("211", 200, "认证信息不一致,密码错误次数超限").billed(),
    CodeRow::new("212", 200, "认证信息不一致,发卡行不支持此交易").billed(),
    CodeRow::new("213", 200, "认证信息不一致,卡状态异常或卡不合法").billed(),
    CodeRow::new("214", 200, "认证信息不一致,未预留手机号").billed(),
    CodeRow::new("215", 200, "认证信息不一致,输入的密码、有效期或CVN2有误").billed(),
    CodeRow::new("216", 200, "认证信息不一致,其他卡异常").billed(),
    CodeRow::new("301", 200, "无法验证,银行卡不支持此业务"),
    CodeRow::new("302", 200, "无法验证,验证失败或银行拒绝验证"),
    CodeRow::new("303", 200, "无法验证,银行卡暂不支持手机号验证"),
    CodeRow::new("304", 200, "无法验证,银行卡号码有误"),
    CodeRow::new("305", 200, "无法验证,其他"),
    CodeRow::new("306", 200, "无法验证,验证次数超限"),
];

pub(crate) static MACHINE: Machine = Machine {
    hosts: &[
        "cloudauth.aliyuncs.com",
        "cloudauth-dualstack.aliyuncs.com",
        "cloudauth.cn-beijing.aliyuncs.com",
        "cloudauth.cn-shanghai.aliyuncs.com",
    ],
    operation,
    handle: |call, _| handle(call),
    entry: |given| {
        vec![
            ("access_key_id", given.secret_id.clone()),
            ("access_key_secret", given.secret_key.clone()),
        ]
    },
    rate: 50,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[RESULTS, CODES, aliyun_openapi::CODES],
    sample: Sample {
        success: r#"{"RequestId":"r","Code":"200","Message":"success","ResultObject":{"BizCode":"1","SubCode":"101"}}"#,
        field: r#""SubCode":"101""#,
        refusal: r#"{"RequestId":"r","Code":"CODE","Message":TEXT}"#,
        wrong_request: "400",
        expired: Some("InvalidTimeStamp.Expired"),
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == "/" { Operation::Verify } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    if let Err(reply) = aliyun_openapi::admit(call, "BankMetaVerify", "2019-03-07", CODES) {
        return *reply;
    }
    let mut parameters = call.request.query_params();
    parameters.extend(decode_form(&call.request.body));
    match decide(call, &parameters) {
        Ok(code) => answer(call, &code),
        Err(check) => answer(call, check.answer),
    }
}

fn decide(call: &Call<'_>, parameters: &[(String, String)]) -> Result<String, Refusal> {
    let given = |name: &str| one(parameters, name).filter(|value| !value.is_empty());
    let needed = |name: &str| given(name).ok_or(&checks::MISSING);
    let hashes = match needed("ParamType")? {
        "normal" => false,
        "md5" => true,
        _ => return Err(&checks::PARAM_TYPE),
    };
    if needed("VerifyMode")? != "VERIFY_BANK_CARD" {
        return Err(&checks::MODE);
    }
    let elements = match needed("ProductType")? {
        "BANK_CARD_2_META" => 2,
        "BANK_CARD_3_META" => 3,
        "BANK_CARD_4_META" => 4,
        _ => return Err(&checks::PRODUCT),
    };
    let (card, name) = (needed("BankCard")?, needed("UserName")?);
    let id = (elements >= 3).then(|| needed("IdentifyNum")).transpose()?;
    let phone = (elements == 4).then(|| needed("Mobile")).transpose()?;
    let document = given("IdentityType").is_some();
    let (card, name, id, phone) = if hashes {
        unhashed(card, name, id, phone, document).ok_or(&checks::HASH)?
    } else {
        if !magic::is_card_number(card) {
            return Err(&checks::CARD);
        }
        if id.is_some_and(|id| !document && !magic::is_id_number(id)) {
            return Err(&checks::ID);
        }
        let is_phone = |phone: &str| {
            phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|b| b.is_ascii_digit())
        };
        if phone.is_some_and(|phone| !is_phone(phone)) {
            return Err(&checks::PHONE);
        }
        let owned = |text: &str| text.to_owned();
        (owned(card), owned(name), id.map(owned), phone.map(owned))
    };
    if let Some(code) = call.forced {
        return Ok(code.to_owned());
    }
    let asked = || match magic::holder(&card, &name, id.as_deref(), phone.as_deref()) {
        Holder::Match => "101".into(),
        Holder::Mismatch => "201".into(),
        Holder::NoIssuer => "207".into(),
    };
    Ok(magic::listed_code(Vendor::AliyunBankmeta, &card).unwrap_or_else(asked))
}

/// Hashes of the known person's values, as `md5sum` makes them.
const HASHED_CARD: &str = "670b14728ad9902aecba32e22fa4f6bd";
const HASHED_NAME: &str = "6499fc7409049355527ef6a2ba5706b8";
const HASHED_BIRTH: &str = "523bd7a48d13394c4fda6aa534e90bec";
const HASHED_PHONE: &str = "5daad257487f1b493114181a22e37eb5";

type Values = (String, String, Option<String>, Option<String>);

/// The values with the known person's own instead of the known hashes; `None` where a hash is no hash.
fn unhashed(
    card: &str,
    name: &str,
    id: Option<&str>,
    phone: Option<&str>,
    document: bool,
) -> Option<Values> {
    let plain = |text: &str, at: usize, known: &str, value: &str| {
        let hash = text.get(at..at + 32)?;
        let is_hash = hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let value = if hash == known { value } else { "?" };
        is_hash.then(|| {
            [text.get(..at).unwrap_or(""), value, text.get(at + 32..).unwrap_or("")].concat()
        })
    };
    let card = plain(card, card.len().checked_sub(32)?, HASHED_CARD, "000000")?;
    let name = plain(name, 0, HASHED_NAME, "张")?;
    let id = match id {
        Some(id) if document => Some(plain(id, id.len().checked_sub(32)?, "", "")?),
        Some(id) if id.len() == 42 => Some(plain(id, 6, HASHED_BIRTH, "19000101")?),
        Some(_) => return None,
        None => None,
    };
    let phone = match phone {
        Some(phone) if phone.len() == 32 => {
            Some(plain(phone, 0, HASHED_PHONE, magic::DEFAULT_PHONE)?)
        }
        Some(_) => return None,
        None => None,
    };
    Some((card, name, id, phone))
}

fn answer(call: &Call<'_>, code: &str) -> Reply {
    let known =
        |list: &[CodeRow]| list.iter().find(|known| known.code == code).map(|known| known.text);
    let is_number = code.bytes().all(|b| b.is_ascii_digit());
    if let Some(text) = known(CODES) {
        return aliyun_openapi::done(json!({"Code": code, "Message": text}), code);
    }
    // A result nobody knows is written like one.
    if known(RESULTS).is_none() && !(is_number && code.len() == 3) {
        return aliyun_openapi::refused(call, CODES, code);
    }
    let biz_code = code.get(..1).unwrap_or_default();
    let result = json!({"BizCode": biz_code, "SubCode": code});
    let body = json!({"Code": "200", "Message": "success", "ResultObject": result});
    aliyun_openapi::done(body, code).done(true, matches!(biz_code, "1" | "2"))
}
