//! Text that users wrote, in whatever encoding their programs save it.

use crate::failure::Failure;

/// Returns the text that the bytes of `name` are, or how to make them UTF-8.
pub(crate) fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    let expected = format!("text in UTF-8 ({})", conversion(&bytes));
    String::from_utf8(bytes).map_err(|_| Failure::argument(name, &expected, "other bytes"))
}

/// Returns how to make text in another encoding UTF-8.
pub(crate) fn conversion(bytes: &[u8]) -> String {
    let is_wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let encoding = if is_wide { "UTF-16" } else { "GB18030" };
    format!("save it so, or convert it: iconv -f {encoding} -t UTF-8")
}
