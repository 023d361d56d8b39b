//! `multipart/form-data` as clients make it: RFC 7578, less what WeChat is known to refuse.

use crate::checks::Refusal;
use crate::http::{Request, find};
use crate::wechat::checks;

/// Returns the content of the first part with a file name. What the part is called and what media
/// type it names does not matter: a widespread client calls it `file`, others name
/// `application/octet-stream` or nothing.
pub(crate) fn file(request: &Request) -> Result<&[u8], Refusal> {
    if request.media_type() != "multipart/form-data" {
        return Err(&checks::MEDIA);
    }
    let content_type = request.header("content-type").unwrap_or("");
    let boundary = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))
        .map_or("", |(_, value)| value.trim());
    if boundary.starts_with('"') {
        return Err(&checks::BOUNDARY);
    }
    if boundary.is_empty() {
        return Err(&checks::MEDIA);
    }
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = match request.body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => after(&request.body, delimiter.as_bytes()).ok_or(&checks::MEDIA)?,
    };
    while !rest.starts_with(b"--") {
        let end = find(rest, delimiter.as_bytes()).ok_or(&checks::MEDIA)?;
        let part = &rest[..end];
        // The line of the delimiter ends where the head begins, so that an empty head has its blank line.
        let head_end = find(part, b"\r\n\r\n").ok_or(&checks::MEDIA)?;
        if let Some(name) = file_name(&part[..head_end]) {
            return match name.is_ascii() {
                true if name.is_empty() => Err(&checks::FILE_NAME),
                true => Ok(&part[head_end + 4..]),
                false => Err(&checks::FILE_NAME_ASCII),
            };
        }
        rest = &rest[end + delimiter.len()..];
    }
    Err(&checks::FILE_NAME)
}

fn after<'a>(hay: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    hay.get(find(hay, needle)? + needle.len()..)
}

/// Returns the `filename` of a part's `Content-Disposition`; `filename*` is another parameter,
/// which does not count.
fn file_name(head: &[u8]) -> Option<Vec<u8>> {
    for line in head.split(|b| *b == b'\n') {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        if line[..colon].trim_ascii().eq_ignore_ascii_case(b"content-disposition") {
            return parameter(&line[colon + 1..], b"filename");
        }
    }
    None
}

/// Returns a parameter's value, quoted or not.
fn parameter(text: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    let mut rest = &text[text.iter().position(|b| *b == b';')? + 1..];
    loop {
        let equals = rest.iter().position(|b| *b == b'=')?;
        let name = rest[..equals].trim_ascii();
        let value = rest[equals + 1..].trim_ascii_start();
        let (value, left) = match value.strip_prefix(b"\"") {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
                (value[..end].trim_ascii_end().to_vec(), &value[end..])
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = &left[left.iter().position(|b| *b == b';')? + 1..];
    }
}

fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, &text[at + 1..])),
            b'\\' => value.push(*bytes.next()?.1),
            _ => value.push(*byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BodyFraming;

    const JPEG: [u8; 7] = [0xff, 0xd8, 0xff, 0xfb, 0xef, 0xbe, 0x3f];

    fn request(content_type: &str, before: &str, after: &str) -> Request {
        let body = [before.as_bytes(), &JPEG, after.as_bytes()].concat();
        Request {
            method: "POST".into(),
            path: "/cv/ocr/bankcard".into(),
            query: None,
            headers: vec![("Content-Type".into(), content_type.into())],
            framing: BodyFraming::Length(body.len()),
            body,
            keep_alive: true,
            expects_continue: false,
        }
    }

    /// As each client writes it.
    #[test]
    fn as_clients_make_it() {
        let plain = "multipart/form-data; boundary=B";
        let end = "\r\n--B--\r\n";
        for (client, content_type, head, end) in [
            (
                "curl",
                plain,
                "Content-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n",
                end,
            ),
            (
                "Go",
                plain,
                "Content-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                end,
            ),
            (
                "requests",
                plain,
                "Content-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\n\r\n",
                end,
            ),
            (
                "undici",
                "multipart/form-data; boundary=B",
                "Content-Disposition: form-data; name=\"img\"; filename=\"blob\"\r\nContent-Type: image/jpeg\r\n\r\n",
                "\r\n--B--",
            ),
            (
                "Apache HttpClient",
                "multipart/form-data; boundary=B; charset=UTF-8",
                "Content-Disposition: form-data; name=\"file\"; filename=\"card.jpg\"\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n",
                end,
            ),
            (
                "OkHttp",
                plain,
                "Content-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n",
                end,
            ),
            (
                ".NET",
                plain,
                "Content-Type: image/jpeg\r\nContent-Disposition: form-data; name=img; filename=card.jpg; filename*=utf-8''card.jpg\r\n\r\n",
                end,
            ),
            (
                "lower case",
                "Multipart/Form-Data;boundary=B",
                "content-disposition:form-data;filename=\"a\\\"b.jpg\";name=\"img\"\r\n\r\n",
                end,
            ),
            (
                "a field before",
                plain,
                "Content-Disposition: form-data; name=\"type\"\r\n\r\nphoto\r\n--B\r\nContent-Disposition: form-data; name=\"img\"; filename=\"c\"\r\n\r\n",
                end,
            ),
        ] {
            let request = request(content_type, &format!("--B\r\n{head}"), end);
            assert_eq!(file(&request).ok(), Some(&JPEG[..]), "{client}");
        }
        let preamble = "to be ignored\r\n--B\r\nContent-Disposition: form-data; filename=c\r\n\r\n";
        assert!(file(&request(plain, preamble, end)).is_ok());
    }

    #[test]
    fn what_is_known_to_be_refused() {
        let right =
            "--B\r\nContent-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\n\r\n";
        let plain = "multipart/form-data; boundary=B";
        let end = "\r\n--B--\r\n";
        let refused =
            |content_type, head: &str, end| file(&request(content_type, head, end)).unwrap_err();
        for (check, content_type, head, end) in [
            (&checks::BOUNDARY, "multipart/form-data; boundary=\"B\"", right, end),
            (&checks::MEDIA, "multipart/form-data", right, end),
            (&checks::MEDIA, "application/octet-stream", right, end),
            (&checks::MEDIA, plain, right, ""),
            (&checks::MEDIA, plain, "", ""),
            (
                &checks::FILE_NAME,
                plain,
                "--B\r\nContent-Disposition: form-data; name=\"img\"\r\n\r\n",
                end,
            ),
            (
                &checks::FILE_NAME,
                plain,
                "--B\r\nContent-Disposition: form-data; name=\"img\"; filename=\"\"\r\n\r\n",
                end,
            ),
            (
                &checks::FILE_NAME,
                plain,
                "--B\r\nContent-Disposition: form-data; name=\"img\"; filename*=utf-8''%E5%8D%A1.jpg\r\n\r\n",
                end,
            ),
            (
                &checks::FILE_NAME_ASCII,
                plain,
                "--B\r\nContent-Disposition: form-data; name=\"img\"; filename=\"卡.jpg\"\r\n\r\n",
                end,
            ),
        ] {
            assert!(
                std::ptr::eq(refused(content_type, head, end), check),
                "{content_type} {head:?} {end:?}"
            );
        }
    }
}
