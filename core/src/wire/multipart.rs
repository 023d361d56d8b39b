//! `multipart/form-data` with one file, framed as the strictest reader met wants it: quoted names,
//! unquoted boundary, ASCII file name, CRLF after the closing boundary.

use bytes::Bytes;

use crate::wire::Body;

/// Returns the content type and the body of a form with one file in the field `name`.
/// `boundary` must not occur in the file; 32 random letters and digits do not.
pub(crate) fn one_file(
    boundary: &str,
    name: &str,
    file_name: &str,
    media_type: &str,
    file: Bytes,
) -> (String, Body) {
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: {media_type}\r\n\r\n"
    );
    let body = Body::plain(head).then_plain(file).then_plain(format!("\r\n--{boundary}--\r\n"));
    (format!("multipart/form-data; boundary={boundary}"), body)
}
