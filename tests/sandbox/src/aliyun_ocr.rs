//! Alibaba Cloud OCR: reading a card photo.
//! <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>

use serde_json::json;

use crate::aliyun_openapi;
use crate::checks::Refusal;
use crate::http::{Request, one};
use crate::images;
use crate::magic::CardFacts;
use crate::shared::{Call, Reply};
use crate::vendor::{CodeRow, Machine, Operation, Sample, Vendor};

const MAX_BYTES: usize = 10 * 1024 * 1024;
const MAX_URL: usize = 2048;
/// "Over 15 and under 8192 pixels", and less than 50 times as long as wide.
const MIN_EDGE: u32 = 16;
const MAX_EDGE: u32 = 8191;
const MAX_RATIO: u32 = 50;

mod checks {
    use crate::checks::{Source, source};

    static PAGE: Source = source(
        "RecognizeBankCard",
        "https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard",
    );
    static PARAMETERS: Source = source(
        "its parameters",
        "https://help.aliyun.com/en/ocr/developer-reference/api-recognizebankcard",
    );
    static CODES: Source =
        source("OCR codes", "https://help.aliyun.com/document_detail/294601.html");
    static PIXELS_SEEN: Source =
        source("seen: the answer to too many pixels", "https://developer.aliyun.com/ask/659500");

    crate::checks::checks! {
        MISSING: "MissingImageUrl", "neither a body nor Url", CODES;
        ADDRESS: "IllegalImageUrl", "a Url that is no http address", CODES;
        LONG_ADDRESS: "unsupportedEncodeImageUrl", "a Url over 2048 bytes", PARAMETERS;
        LARGE: "exceededImageContent", "a photo over 10 MB", CODES;
        FORMAT: "unsupportedImageFormat", "a picture that is not JPEG, PNG, BMP, GIF, TIFF or WebP, or whose size cannot be read", PAGE;
        PIXELS: "illegalImageSize", "a picture of 15 pixels or less, or of 8192 or more", PIXELS_SEEN;
        RATIO: "illegalImageSize", "a picture 50 times as long as wide, or more", PAGE;
    }
}

/// The product's codes.
const CODES: &[CodeRow] = &[
    CodeRow::new("200", 200, "message").billed(),
    CodeRow::new("unmatchedImageType", 400, "The image type does not match the API operation."),
    CodeRow::new("exceededImageContent", 413, "The image content size exceeds the 10 MB limit."),
    CodeRow::new("illegalImageContent", 400, "The corresponding image content is missing."),
    CodeRow::new(
        "illegalImageSize",
        416,
        "The image size must not be less than 5px or greater than 8192px.",
    ),
    CodeRow::new("illegalImageType", 400, "The specified imageType is invalid."),
    CodeRow::new("unsupportedImageFormat", 415, "The image format or content is not supported."),
    CodeRow::new("IllegalImageUrl", 400, "The image URL is unavailable or has timed out."),
    CodeRow::new("notSafeImageUrl", 400, "The image URL is not safe."),
    CodeRow::new("MissingImageUrl", 400, "You must specify image URL."),
    CodeRow::new("unsupportedEncodeImageUrl", 400, "The image URL encoding cannot be parsed."),
    CodeRow::new("illegalSignature", 400, "The signature is incorrect."),
    CodeRow::new("invalidStsToken", 400, "The STS token is invalid."),
    CodeRow::new("noPermission", 401, "You are not authorized to perform this operation."),
    CodeRow::new("ocrServiceNotOpen", 401, "You have not activated the OCR service."),
    CodeRow::new("OcrServiceExpired", 401, "The OCR service has expired."),
    CodeRow::new("algorithmError", 503, "An algorithm error occurred."),
];

pub(crate) static MACHINE: Machine = Machine {
    hosts: &["ocr-api.cn-hangzhou.aliyuncs.com"],
    operation,
    handle: |call, _| handle(call),
    entry: |given| {
        vec![
            ("access_key_id", given.secret_id.clone()),
            ("access_key_secret", given.secret_key.clone()),
        ]
    },
    // <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>
    rate: 10,
    tokens: None,
    settings: &[],
    checks: checks::ALL,
    codes: &[CODES, aliyun_openapi::CODES],
    sample: Sample {
        success: r#"{"RequestId":"r","Code":"200","Data":"{\"data\":{\"cardNumber\":\"NUMBER\"}}"}"#,
        field: r#""Code":"200""#,
        refusal: r#"{"RequestId":"r","Code":"CODE","Message":TEXT}"#,
        wrong_request: "MissingImageUrl",
        expired: Some("InvalidTimeStamp.Expired"),
    },
};

fn operation(request: &Request) -> Operation {
    if request.path == "/" { Operation::Recognize } else { Operation::Other }
}

fn handle(call: &Call<'_>) -> Reply {
    if let Err(reply) = aliyun_openapi::admit(call, "RecognizeBankCard", "2021-07-07", CODES) {
        return *reply;
    }
    match picture(call) {
        Ok(facts) => {
            let code = call.forced.map(str::to_owned).or_else(|| facts.code(Vendor::AliyunOcr));
            answer(call, code.as_deref().unwrap_or("200"), &facts)
        }
        Err(check) => aliyun_openapi::refused(call, CODES, check.answer),
    }
}

fn picture(call: &Call<'_>) -> Result<CardFacts, Refusal> {
    let request = call.request;
    let query = request.query_params();
    if request.body.is_empty() {
        let url = one(&query, "Url").filter(|url| !url.is_empty()).ok_or(&checks::MISSING)?;
        if url.len() > MAX_URL {
            return Err(&checks::LONG_ADDRESS);
        }
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        return match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
                Ok(CardFacts::from_url(url))
            }
            _ => Err(&checks::ADDRESS),
        };
    }
    call.note_picture(&request.body);
    if request.body.len() > MAX_BYTES {
        return Err(&checks::LARGE);
    }
    if images::format(&request.body).is_none() {
        let begins = |with: &[&[u8]]| with.iter().any(|with| request.body.starts_with(with));
        let taken = begins(&[b"GIF8", b"II*\0", b"MM\0*", b"RIFF"]);
        return if taken { Ok(CardFacts::from_image(&request.body)) } else { Err(&checks::FORMAT) };
    }
    let (short, long) = images::edges(&request.body).ok_or(&checks::FORMAT)?;
    if short < MIN_EDGE || long > MAX_EDGE {
        return Err(&checks::PIXELS);
    }
    if long >= short * MAX_RATIO {
        return Err(&checks::RATIO);
    }
    Ok(CardFacts::from_image(&request.body))
}

fn answer(call: &Call<'_>, code: &str, facts: &CardFacts) -> Reply {
    if code != "200" {
        // These two are found by looking at the picture; no document says that they are charged.
        let looked = matches!(code, "unmatchedImageType" | "algorithmError");
        return aliyun_openapi::refused(call, CODES, code).done(looked, false);
    }
    let kind = match facts.kind.as_str() {
        "debit" => "DC",
        "credit" => "CC",
        "quasi_credit" => "SCC",
        "prepaid" => "PC",
        _ => "",
    };
    let valid = facts.valid.split_once('/').map(|(month, year)| format!("{year}/{month}"));
    let data = json!({
        "data": {
            "bankName": facts.issuer,
            "cardNumber": facts.number,
            "validToDate": valid.unwrap_or_default(),
            "cardType": kind,
        },
        "ftype": 0, "height": 540, "orgHeight": 540, "orgWidth": 856, "width": 856,
        "prism_keyValueInfo": [{
            "key": "cardNumber", "keyProb": 100, "value": facts.number, "valueProb": 100,
            "valuePos": [{"x": 80, "y": 280}, {"x": 780, "y": 280}, {"x": 780, "y": 330}, {"x": 80, "y": 330}],
        }],
        "sliceRect": {"x0": 0, "y0": 0, "x1": 856, "y1": 0, "x2": 856, "y2": 540, "x3": 0, "y3": 540},
    });
    let body = json!({"Code": "200", "Message": "message", "Data": data.to_string()});
    aliyun_openapi::done(body, "200").done(true, true)
}
