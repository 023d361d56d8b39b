//! `multipart/form-data` as WeChat wants it: boundary unquoted, one part, quoted names, an ASCII file name.

use crate::http::{Request, find};

/// The content of the only part, if the body is framed exactly right and the part is a file of this name.
pub(crate) fn single<'a>(request: &'a Request, name: &str) -> Option<&'a [u8]> {
    let boundary =
        request.header("content-type")?.strip_prefix("multipart/form-data; boundary=")?;
    // RFC 2046 section 5.1.1: 1 to 70 characters; a quote is none of them.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b);
    if boundary.is_empty() || boundary.len() > 70 || !boundary.bytes().all(allowed) {
        return None;
    }
    let body = request.body.strip_prefix(format!("--{boundary}\r\n").as_bytes())?;
    let head_end = find(body, b"\r\n\r\n")?;
    let (head, content) = (body.get(..head_end)?, body.get(head_end + 4..)?);
    let content = content.strip_suffix(format!("\r\n--{boundary}--\r\n").as_bytes())?;
    if find(content, format!("\r\n--{boundary}").as_bytes()).is_some() {
        return None;
    }
    let head = std::str::from_utf8(head).ok()?;
    let (mut disposition, mut kind) = (None, None);
    for line in head.split("\r\n") {
        let (key, value) = line.split_once(": ")?;
        match key.to_ascii_lowercase().as_str() {
            "content-disposition" => disposition = Some(value),
            "content-type" => kind = Some(value),
            "content-length" => {
                if value.parse() != Ok(content.len()) {
                    return None;
                }
            }
            _ => return None,
        }
    }
    let file = disposition?
        .strip_prefix(&format!("form-data; name=\"{name}\"; filename=\""))?
        .strip_suffix('"')?;
    let plain = |b: u8| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\';
    if file.is_empty() || !file.bytes().all(plain) {
        return None;
    }
    kind?.starts_with("image/").then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BodyFraming;

    fn request(content_type: &str, body: &[u8]) -> Request {
        Request {
            method: "POST".into(),
            path: "/cv/ocr/bankcard".into(),
            query: None,
            headers: vec![("Content-Type".into(), content_type.into())],
            framing: BodyFraming::Length(body.len()),
            body: body.to_vec(),
            keep_alive: true,
            expects_continue: false,
        }
    }

    fn body(disposition: &str, end: &str) -> Vec<u8> {
        let mut b = format!(
            "--B\r\nContent-Disposition: {disposition}\r\nContent-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        b.extend_from_slice(&[0xff, 0xd8, 0xff, 0xfb, 0xef, 0xbe, 0x3f]);
        b.extend_from_slice(end.as_bytes());
        b
    }

    #[test]
    fn exact_framing_only() {
        let right = "form-data; name=\"img\"; filename=\"card.jpg\"";
        let kind = "multipart/form-data; boundary=B";
        let end = "\r\n--B--\r\n";
        assert_eq!(single(&request(kind, &body(right, end)), "img").map(<[u8]>::len), Some(7));
        for (kind, disposition, end) in [
            ("multipart/form-data; boundary=\"B\"", right, end),
            (kind, "form-data; name=\"img\"", end),
            (kind, "form-data; name=img; filename=card.jpg", end),
            (kind, "form-data; name=\"img\"; filename=\"卡.jpg\"", end),
            (kind, "form-data; name=\"img\"; filename=\"\"", end),
            (kind, "form-data; name=\"other\"; filename=\"card.jpg\"", end),
            (kind, right, "\r\n--B--"),
            (kind, right, "\n--B--\r\n"),
            ("application/octet-stream", right, end),
        ] {
            assert!(
                single(&request(kind, &body(disposition, end)), "img").is_none(),
                "{kind} {disposition} {end:?}"
            );
        }
    }
}
