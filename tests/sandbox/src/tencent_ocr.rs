//! Tencent Cloud OCR: `BankCardOCR`. <https://cloud.tencent.com/document/api/866/36216>; what a photo's failure
//! costs, <https://cloud.tencent.com/document/product/866/45470>.

use serde_json::{Map, Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request};
use crate::images;
use crate::magic::CardFacts;
use crate::shared::{Call, Reply};
use crate::tencent_cloud::{self, Members, Product};
use crate::vendor::{CodeRow, Machine, Operation, Sample, Vendor};

const ACTION: &str = "BankCardOCR";
/// "10M" of base64.
const MAX_BASE64: usize = 10 * 1024 * 1024;

mod checks {
    use crate::checks::{Source, source};

    static ACTION_PAGE: Source =
        source("action page", "https://cloud.tencent.com/document/api/866/36216");
    static BILLING: Source =
        source("which failures are billed", "https://cloud.tencent.com/document/product/866/45470");
    static SDK: Source = source(
        "error codes of the vendor's SDK for Python",
        "https://github.com/TencentCloud/tencentcloud-sdk-python",
    );

    crate::checks::checks! {
        RATE: "RequestLimitExceeded", "more requests a second than its rate", ACTION_PAGE;
        NO_PICTURE: "MissingParameter", "neither ImageBase64 nor ImageUrl", ACTION_PAGE;
        EMPTY: "FailedOperation.EmptyImageError", "an empty ImageBase64", BILLING;
        LARGE: "LimitExceeded.TooLargeFileError", "more than 10 MiB of base64 text", SDK;
        DAMAGED: "FailedOperation.ImageDecodeFailed", "base64 that is none, or a picture that is not JPEG, PNG or BMP", BILLING;
        ADDRESS: "FailedOperation.DownLoadError", "an ImageUrl that is no http address", BILLING;
    }
}

/// Error codes of the action and its product.
const ERRORS: &[CodeRow] = &[
    CodeRow::new("FailedOperation.ArrearsError", 200, "账号已欠费。"),
    CodeRow::new("FailedOperation.CountLimitError", 200, "今日次数达到限制。"),
    CodeRow::new("FailedOperation.DetectFailed", 200, "检测失败。"),
    CodeRow::new("FailedOperation.DownLoadError", 200, "文件下载失败。"),
    // The one failure of a card's photo that is billed.
    CodeRow::new("FailedOperation.EmptyImageError", 200, "图片内容为空。").billed(),
    CodeRow::new("FailedOperation.EngineRecognizeTimeout", 200, "引擎识别超时。"),
    CodeRow::new("FailedOperation.IllegalBankCardError", 200, "银行卡信息非法。"),
    CodeRow::new("FailedOperation.ImageBlur", 200, "图片模糊。"),
    CodeRow::new("FailedOperation.ImageDecodeFailed", 200, "图片解码失败。"),
    CodeRow::new("FailedOperation.ImageNoSpecifiedCard", 200, "非指定卡类别图片"),
    CodeRow::new("FailedOperation.ImageNoText", 200, "图片中未检测到文本。"),
    CodeRow::new(
        "FailedOperation.ImageSizeTooLarge",
        200,
        "图片尺寸过大，请参考输入参数中关于图片大小限制的说明。",
    ),
    CodeRow::new("FailedOperation.MultiCardError", 200, "照片中存在多张卡。"),
    CodeRow::new("FailedOperation.NoBankCardError", 200, "非银行卡。"),
    CodeRow::new("FailedOperation.OcrFailed", 200, "OCR识别失败。"),
    CodeRow::new("FailedOperation.ResponseParseFailed", 200, "结果解析失败"),
    CodeRow::new("FailedOperation.UnKnowError", 200, "未知错误。"),
    CodeRow::new("FailedOperation.UnKnowFileTypeError", 200, "未知的文件类型。"),
    CodeRow::new("FailedOperation.UnOpenError", 200, "服务未开通。"),
    CodeRow::new("FailedOperation.WarningServiceFailed", 200, "通用告警服务异常"),
    CodeRow::new("InvalidParameter.EngineImageDecodeFailed", 200, "图片解码失败。"),
    CodeRow::new("InvalidParameterValue.InvalidParameterValueLimit", 200, "参数值错误。"),
    CodeRow::new("LimitExceeded.TooLargeFileError", 200, "文件内容太大。"),
    CodeRow::new("ResourceUnavailable.InArrears", 200, "账号已欠费。"),
    CodeRow::new("ResourceUnavailable.ResourcePackageRunOut", 200, "账号资源包耗尽。"),
    CodeRow::new("ResourcesSoldOut.ChargeStatusException", 200, "计费状态异常。"),
];

static PRODUCT: Product = Product { service: "ocr", version: "2018-11-19", errors: ERRORS };

pub(crate) static MACHINE: Machine = Machine {
    hosts: &[
        "ocr.tencentcloudapi.com",
        "ocr.intl.tencentcloudapi.com",
        "ocr.ap-guangzhou.tencentcloudapi.com",
        "ocr.ap-hongkong.tencentcloudapi.com",
    ],
    operation,
    handle: |call, _| handle(call),
    entry: |given| {
        vec![("secret_id", given.secret_id.clone()), ("secret_key", given.secret_key.clone())]
    },
    rate: 10,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[ERRORS, tencent_cloud::ERRORS],
    sample: Sample {
        success: r#"{"Response":{"CardNo":"NUMBER","BankInfo":"中国工商银行(01020000)","ValidDate":"12/2030","CardType":"借记卡","RequestId":"r"}}"#,
        field: r#""CardNo":"NUMBER""#,
        refusal: r#"{"Response":{"Error":{"Code":"CODE","Message":TEXT},"RequestId":TEXT}}"#,
        wrong_request: "InvalidParameter",
        expired: Some("AuthFailure.SignatureExpire"),
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == "/" { Operation::Recognize } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    decide(call).unwrap_or_else(|check| PRODUCT.error(check.answer))
}

fn decide(call: &Call<'_>) -> Result<Reply, Refusal> {
    let asked = tencent_cloud::authenticate(call, &PRODUCT)?;
    if asked.action != ACTION {
        return Err(&tencent_cloud::checks::ACTION);
    }
    if asked.version != PRODUCT.version {
        return Err(&tencent_cloud::checks::VERSION);
    }
    if !call.shared.lock().admit(call, ACTION) {
        return Err(&checks::RATE);
    }
    let members = match asked.members {
        Members::Json(members) => members,
        Members::Flat(pairs) => pairs.into_iter().map(typed).collect(),
    };
    let wanted = CardOptions::read(members)?;
    let facts = wanted.facts(call)?;
    let code = call.forced.map(str::to_owned).or_else(|| facts.code(Vendor::TencentOcr));
    Ok(match code.as_deref() {
        Some(code) if code != "0" => PRODUCT.error(code),
        _ => wanted.answer(&facts),
    })
}

/// Reads a parameter of a query or a form: what says true or false is a boolean.
fn typed((name, value): (String, String)) -> (String, Value) {
    let value = match value.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::String(value),
    };
    (name, value)
}

/// What a request wants.
struct CardOptions {
    photo: Option<String>,
    address: Option<String>,
    card_photo: bool,
    number_photo: bool,
    copy: bool,
    reshoot: bool,
    border: bool,
    quality: bool,
}

impl CardOptions {
    fn read(mut members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut text = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(&tencent_cloud::checks::TYPE),
        };
        let (photo, address) = (text("ImageBase64")?, text("ImageUrl")?);
        let mut flag = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(&tencent_cloud::checks::TYPE),
        };
        let wanted = CardOptions {
            photo,
            address,
            card_photo: flag("RetBorderCutImage")?,
            number_photo: flag("RetCardNoImage")?,
            copy: flag("EnableCopyCheck")?,
            reshoot: flag("EnableReshootCheck")?,
            border: flag("EnableBorderCheck")?,
            quality: flag("EnableQualityValue")?,
        };
        if members.is_empty() { Ok(wanted) } else { Err(&tencent_cloud::checks::UNKNOWN) }
    }

    /// Returns the card in the picture. Of two pictures the address counts.
    fn facts(&self, call: &Call<'_>) -> Result<CardFacts, Refusal> {
        if let Some(url) = &self.address {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            return match rest {
                Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
                    Ok(CardFacts::from_url(url))
                }
                _ => Err(&checks::ADDRESS),
            };
        }
        let text = self.photo.as_ref().ok_or(&checks::NO_PICTURE)?;
        if text.is_empty() {
            return Err(&checks::EMPTY);
        }
        if text.len() > MAX_BASE64 {
            return Err(&checks::LARGE);
        }
        let bytes = crypto::unbase64(text).ok_or(&checks::DAMAGED)?;
        call.note_picture(&bytes);
        images::format(&bytes).ok_or(&checks::DAMAGED)?;
        Ok(CardFacts::from_image(&bytes))
    }

    fn answer(&self, facts: &CardFacts) -> Reply {
        let shown = |code: &&String| match code.as_str() {
            "-9111" => self.border,
            "-9113" => self.copy,
            "-9114" => self.reshoot,
            _ => true,
        };
        let warnings: Vec<i64> =
            facts.warnings.iter().filter(shown).filter_map(|code| code.parse().ok()).collect();
        let kind = match facts.kind.as_str() {
            "debit" => "借记卡",
            "credit" => "贷记卡",
            "quasi_credit" => "准贷记卡",
            "prepaid" => "预付卡",
            _ => "",
        };
        let picture = |wanted: bool, bytes: &[u8]| wanted.then(|| crypto::base64(bytes));
        let id = crypto::uuid();
        let body = json!({"Response": {
            "CardNo": facts.number,
            "BankInfo": format!("{}(01020000)", facts.issuer),
            "ValidDate": facts.valid,
            "CardType": kind,
            "CardName": facts.name,
            "BorderCutImage": picture(self.card_photo, images::CARD_PHOTO),
            "CardNoImage": picture(self.number_photo, images::NUMBER_PHOTO),
            "WarningCode": (!warnings.is_empty()).then_some(warnings),
            "QualityValue": self.quality.then(|| facts.clarity.parse::<u8>().ok()).flatten(),
            "CardCategory": "标准实体银行卡",
            "RequestId": id,
        }});
        Reply::refused(Answer::new(200, "application/json", body.to_string()), "0")
            .done(true, true)
            .id(&id)
    }
}
