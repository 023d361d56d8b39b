//! What a vendor was given to read, decoded as the vendor would.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_sandbox::{Kept, Operation, Vendor};
use serde_json::Value;

/// The value under the name that the suite has for it, as bytes.
pub(crate) fn seen(kept: &Kept, argument: &str) -> Option<Vec<u8>> {
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
        Vendor::Wechat => match argument {
            "url" => form_field(kept.query.as_bytes(), "img_url")?,
            "image" => return only_part(&kept.body),
            _ => return None,
        },
        Vendor::TencentKyc => match (kept.operation, argument) {
            (Operation::FetchOrder, "order_id") => form_field(kept.query.as_bytes(), "order_no")?,
            (_, "order_id") => member(kept, "orderNo")?,
            (_, "user_id") => member(kept, "userId")?,
            (_, "image") => return STANDARD.decode(member(kept, "bankcardStr")?).ok(),
            _ => return None,
        },
    };
    Some(text.into_bytes())
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

fn yhkr_name(argument: &str) -> Option<&'static str> {
    Some(match argument {
        "card_number" => "acct_no",
        "name" => "name",
        "id_number" => "idcard",
        _ => return None,
    })
}

/// A member of a JSON body, or a field of a form: signature version 1 writes one.
fn member(kept: &Kept, name: &str) -> Option<String> {
    match serde_json::from_slice::<Value>(&kept.body) {
        Ok(body) => body.get(name)?.as_str().map(str::to_owned),
        Err(_) => form_field(&kept.body, name),
    }
}

/// The field of that name, where it came once.
fn form_field(form: &[u8], name: &str) -> Option<String> {
    let mut found = url::form_urlencoded::parse(form).filter(|(key, _)| key == name);
    let (_, value) = found.next()?;
    found.next().is_none().then(|| value.into_owned())
}

/// The content of a multipart body with one part.
fn only_part(body: &[u8]) -> Option<Vec<u8>> {
    let find = |what: &[u8]| body.windows(what.len()).position(|window| window == what);
    let boundary = body.get(..find(b"\r\n")?)?;
    let from = find(b"\r\n\r\n")? + 4;
    let end = [b"\r\n", boundary, b"--"].concat();
    let to = body.windows(end.len()).rposition(|window| window == end)?;
    body.get(from..to).map(<[u8]>::to_vec)
}
