//! Percent-encoding as RFC 3986, 2.3: everything but letters, digits and `-._~`, upper-case hex.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Appends one query or form component. A space becomes `%20`, which forms and queries both read.
pub(crate) fn push(encoded: &mut String, text: &str) {
    encoded.extend(utf8_percent_encode(text, RESERVED));
}

/// `name=value&...` in the order given, both sides encoded.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        push(&mut text, name);
        text.push('=');
        push(&mut text, value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_once_with_upper_case_hex() {
        assert_eq!(
            pairs([("u", "https://img.example.com/a b.jpg?x=1&y=中")]),
            "u=https%3A%2F%2Fimg.example.com%2Fa%20b.jpg%3Fx%3D1%26y%3D%E4%B8%AD"
        );
        assert_eq!(pairs([("a", "+/="), ("名", "~")]), "a=%2B%2F%3D&%E5%90%8D=~");
    }
}
