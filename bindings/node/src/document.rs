//! Documents as JavaScript has them: names in camelCase, and in ASCII, which it holds and reads
//! fastest.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A JSON object that is being written.
pub struct Document(Vec<u8>);

impl Document {
    /// The object that `write` puts fields into.
    pub fn written(write: impl FnOnce(&mut Document)) -> String {
        let mut document = Document(Vec::with_capacity(1024));
        document.object(write);
        // It is ASCII.
        String::from_utf8(document.0).unwrap_or_default()
    }

    /// A field.
    pub fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        // Writing to memory does not fail, and no value does.
        let _ = value.serialize(&mut Serializer::with_formatter(&mut self.0, Ascii));
    }

    /// A field that is an object.
    pub fn put_object(&mut self, name: &str, write: impl FnOnce(&mut Document)) {
        self.name(name);
        self.object(write);
    }

    /// A field that is a list of objects.
    pub fn put_each<T>(&mut self, name: &str, items: &[T], write: impl Fn(&mut Document, &T)) {
        self.name(name);
        self.0.push(b'[');
        for (count, item) in items.iter().enumerate() {
            if count > 0 {
                self.0.push(b',');
            }
            self.object(|document| write(document, item));
        }
        self.0.push(b']');
    }

    fn object(&mut self, write: impl FnOnce(&mut Document)) {
        self.0.push(b'{');
        write(self);
        self.0.push(b'}');
    }

    fn name(&mut self, name: &str) {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut text = String::new();
        fragment.chars().for_each(|character| push_ascii(&mut text, character));
        writer.write_all(text.as_bytes())
    }
}

/// A document of core.
pub fn in_javascript(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    // Where the string begins that is being read, and where the last one did.
    let (mut string, mut last) = (None, 0);
    let mut escaped = false;
    for character in json.chars() {
        match (string, character) {
            (None, '"') => string = Some(text.len() + 1),
            (None, ':') => to_camel_case(&mut text, last),
            (None, _) => {}
            (Some(start), '"') if !escaped => (string, last) = (None, start),
            (Some(_), _) => escaped = character == '\\' && !escaped,
        }
        push_ascii(&mut text, character);
    }
    text
}

fn push_ascii(text: &mut String, character: char) {
    if character.is_ascii() {
        text.push(character);
        return;
    }
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
}

/// The name that begins at `start`.
fn to_camel_case(text: &mut String, start: usize) {
    if !text.get(start..).is_some_and(|name| name.contains('_')) {
        return;
    }
    let name = text.split_off(start);
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let letter = characters.next_if(|next| character == '_' && next.is_ascii_lowercase());
        text.push(letter.map_or(character, |letter| letter.to_ascii_uppercase()));
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, in_javascript};

    #[test]
    fn names_are_camel_case_at_every_depth_and_values_stay() {
        let document = r#"{"order_id":"a_b","a":[{"vendor_code":null}],"retry_after_ms":1}"#;
        let expected = r#"{"orderId":"a_b","a":[{"vendorCode":null}],"retryAfterMs":1}"#;
        assert_eq!(in_javascript(document), expected);
    }

    #[test]
    fn a_written_document_is_what_its_values_are() {
        let document = Document::written(|document| {
            document.put("text", "张\"三😀");
            document.put("none", &None::<u8>);
            document.put_object("inner", |document| document.put("flag", &true));
            document.put_each("list", &[1, 2], |document, number| document.put("n", number));
            document.put_each("empty", &[0; 0], |_, _| ());
        });
        let expected = r#"{"text":"\u5f20\"\u4e09\ud83d\ude00","none":null,"inner":{"flag":true},"list":[{"n":1},{"n":2}],"empty":[]}"#;
        assert_eq!(document, expected);
        assert_eq!(Document::written(|_| ()), "{}");
    }

    #[test]
    fn a_value_that_looks_like_a_name_stays() {
        let document = r#"{"x_y":"\"a_b\":1,\\","c_d":"e_f:"}"#;
        assert_eq!(in_javascript(document), r#"{"xY":"\"a_b\":1,\\","cD":"e_f:"}"#);
    }

    #[test]
    fn all_of_it_is_ascii_and_means_the_same() {
        let document = r#"{"name":"张三😀"}"#;
        let text = in_javascript(document);
        assert_eq!(text, r#"{"name":"\u5f20\u4e09\ud83d\ude00"}"#);
        let [before, after] =
            [document, &text].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert_eq!(before, after);
    }
}
