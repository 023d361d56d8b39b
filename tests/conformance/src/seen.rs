//! The values in a request, decoded as the vendor would.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_sandbox::{Operation, RecordedRequest, Vendor};
use serde_json::{Map, Value};

use crate::case::RequestCheck;

/// Returns the value under the name that the suite has for it, as bytes.
pub(crate) fn seen(kept: &RecordedRequest, argument: &str) -> Option<Vec<u8>> {
    let text = match kept.vendor {
        Vendor::TencentFaceid => member(kept, faceid_name(argument)?)?,
        Vendor::AliyunYhkr => form_field(&kept.body, yhkr_name(argument)?)?,
        Vendor::AliyunBankocr => {
            let img = form_field(&kept.body, "img")?;
            match (argument, img.split_once(";base64,")) {
                ("image", Some((_, text))) => return STANDARD.decode(text).ok(),
                ("url", None) => img,
                _ => return None,
            }
        }
        Vendor::AliyunBankmeta => form_field(kept.query.as_bytes(), bankmeta_name(argument)?)?,
        Vendor::AliyunOcr => match argument {
            "url" => form_field(kept.query.as_bytes(), "Url")?,
            "image" => return Some(kept.body.clone()),
            _ => return None,
        },
        Vendor::Wechat => match argument {
            "url" => form_field(kept.query.as_bytes(), "img_url")?,
            "image" => return only_part(&kept.body),
            _ => return None,
        },
        Vendor::BaiduOcr => match argument {
            "url" => form_field(&kept.body, "url")?,
            "image" => return STANDARD.decode(form_field(&kept.body, "image")?).ok(),
            _ => return None,
        },
        Vendor::TencentOcr => match argument {
            "url" => member(kept, "ImageUrl")?,
            "image" => return STANDARD.decode(member(kept, "ImageBase64")?).ok(),
            _ => return None,
        },
        Vendor::TencentKyc => match (kept.operation, argument) {
            (Operation::FetchOrder, "order_id") => form_field(kept.query.as_bytes(), "order_no")?,
            (_, "order_id") => member(kept, "orderNo")?,
            (_, "user_id") => member(kept, "userId")?,
            (_, "image") => return STANDARD.decode(member(kept, "bankcardStr")?).ok(),
            _ => return None,
        },
        // A value of `bad_inputs.json` is not found, and the row that sends it to this vendor fails.
        #[allow(unreachable_patterns, reason = "a vendor that no row names")]
        _ => return None,
    };
    Some(text.into_bytes())
}

/// Returns the photo that a request holds.
pub fn photo_in(kept: &RecordedRequest) -> Option<Vec<u8>> {
    seen(kept, "image")
}

fn faceid_name(argument: &str) -> Option<&'static str> {
    Some(match argument {
        "card_number" => "BankCard",
        "name" => "Name",
        "id_number" => "IdCard",
        "phone" => "Phone",
        _ => return None,
    })
}

fn bankmeta_name(argument: &str) -> Option<&'static str> {
    Some(match argument {
        "card_number" => "BankCard",
        "name" => "UserName",
        "id_number" => "IdentifyNum",
        "phone" => "Mobile",
        _ => return None,
    })
}

fn yhkr_name(argument: &str) -> Option<&'static str> {
    Some(match argument {
        "card_number" => "acct_no",
        "name" => "name",
        "id_number" => "idcard",
        _ => return None,
    })
}

fn member(kept: &RecordedRequest, name: &str) -> Option<String> {
    body(kept, name)?.as_str().map(str::to_owned)
}

/// Returns a member of a JSON body, or a field of a form: signature version 1 writes one.
fn body(kept: &RecordedRequest, name: &str) -> Option<Value> {
    match serde_json::from_slice::<Value>(&kept.body) {
        Ok(body) => body.get(name).cloned(),
        Err(_) => form_field(&kept.body, name).map(Value::String),
    }
}

/// Holds the requests that came to what a case wants of them.
pub(crate) fn hold(checks: &[RequestCheck], requests: &[RecordedRequest]) -> Result<(), String> {
    for check in checks {
        let mut asked = requests.iter().filter(|kept| kept.operation == check.operation).peekable();
        if asked.peek().is_none() {
            return Err(format!("no {:?} was asked for", check.operation));
        }
        for kept in asked {
            let method = check.method.as_ref().filter(|method| **method != kept.method);
            let query = check
                .query
                .iter()
                .find(|(name, wanted)| form_field(kept.query.as_bytes(), name) != **wanted);
            let body = check
                .body
                .iter()
                .find(|(name, wanted)| body(kept, name).unwrap_or_default() != **wanted);
            if method.is_some() || query.is_some() || body.is_some() {
                let found = String::from_utf8_lossy(&kept.body);
                let found = format!("{} ?{} {found}", kept.method, kept.query);
                return Err(format!("{check:?}, found {found:.600}"));
            }
        }
    }
    Ok(())
}

/// Holds the photo of the last recognition to the call's facts, and to what a case wants of it.
pub(crate) fn hold_photo(
    checks: &[RequestCheck],
    requests: &[RecordedRequest],
    given: Option<&[u8]>,
    document: &Map<String, Value>,
) -> Result<(), String> {
    let is_read = |kept: &&RecordedRequest| kept.operation == Operation::Recognize;
    let Some(last) = requests.iter().rfind(is_read) else { return Ok(()) };
    let (Some(given), Some(photo)) = (given, seen(last, "image")) else { return Ok(()) };
    let fitted = &document["image_fitted"];
    let expect = |what: &str, found: Value, wanted: Value| match found == wanted {
        true => Ok(()),
        false => Err(format!("{what}: {found}, not {wanted}")),
    };
    if fitted.is_null() {
        expect("the photo is as it came", (photo == given).into(), true.into())?;
    } else {
        let reader = image::ImageReader::new(std::io::Cursor::new(&photo));
        let reader = reader.with_guessed_format().map_err(|error| error.to_string())?;
        expect("a JPEG", (reader.format() == Some(image::ImageFormat::Jpeg)).into(), true.into())?;
        let picture = reader.decode().map_err(|error| error.to_string())?;
        expect("bytes_before", fitted["bytes_before"].clone(), given.len().into())?;
        expect("bytes_after", fitted["bytes_after"].clone(), photo.len().into())?;
        expect("width_after", fitted["width_after"].clone(), picture.width().into())?;
        expect("height_after", fitted["height_after"].clone(), picture.height().into())?;
    }
    for check in checks.iter().filter_map(|check| check.photo.as_ref()) {
        if let Some((width, height)) = check.size {
            expect("width", fitted["width_after"].clone(), width.into())?;
            expect("height", fitted["height_after"].clone(), height.into())?;
        }
        if check.most_bytes.is_some_and(|most| photo.len() > most) {
            return Err(format!("{} bytes, not at most {:?}", photo.len(), check.most_bytes));
        }
    }
    Ok(())
}

/// Returns the field of that name, where it came once.
fn form_field(form: &[u8], name: &str) -> Option<String> {
    let mut found = url::form_urlencoded::parse(form).filter(|(key, _)| key == name);
    let (_, value) = found.next()?;
    found.next().is_none().then(|| value.into_owned())
}

/// Returns the content of a multipart body with one part.
fn only_part(body: &[u8]) -> Option<Vec<u8>> {
    let find = |what: &[u8]| body.windows(what.len()).position(|window| window == what);
    let boundary = body.get(..find(b"\r\n")?)?;
    let from = find(b"\r\n\r\n")? + 4;
    let end = [b"\r\n", boundary, b"--"].concat();
    let to = body.windows(end.len()).rposition(|window| window == end)?;
    body.get(from..to).map(<[u8]>::to_vec)
}
