//! JSON as the vendors write it: types drift, control characters stand raw in strings, and a byte
//! order mark may come first.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::wire::lossy;

/// The body was not the JSON that was expected. Carries no text of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

/// Returns the text of an answer in a form that `serde_json` reads: without a byte order mark,
/// invalid UTF-8 replaced. Borrowed where nothing had to change.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// Reads one JSON document; on failure once more with control characters replaced by spaces.
/// Use as `let text = json::text(&body); let answer: Answer = json::read(&text)?`.
pub(crate) fn read<T: de::DeserializeOwned>(text: &str) -> Result<T, NotJson> {
    serde_json::from_str(text).or_else(|_| {
        if !text.bytes().any(|byte| byte < 0x20) {
            return Err(NotJson);
        }
        let clean: String =
            text.chars().map(|character| if character < ' ' { ' ' } else { character }).collect();
        serde_json::from_str(&clean).map_err(|_| NotJson)
    })
}

/// A code or a text that comes as a string or as an integer, seen both ways: `"0"`, `0`, `0.0` is
/// refused, `null` is absent (use `Option<Code>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) String);

impl Code {
    /// Returns the code, trimmed.
    pub(crate) fn as_str(&self) -> &str {
        self.0.trim()
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodeVisitor;
        impl Visitor<'_> for CodeVisitor {
            type Value = Code;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
                Ok(Code(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Code, E> {
                Ok(Code(number.to_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Code, E> {
                Ok(Code(number.to_string()))
            }
        }
        deserializer.deserialize_any(CodeVisitor)
    }
}

/// Returns a member's text, trimmed; `None` where there is nothing to read.
pub(crate) fn said(member: &Option<Code>) -> Option<&str> {
    member.as_ref().map(Code::as_str).filter(|text| !text.is_empty())
}

/// Returns a text or a number as text, trimmed; `None` where there is nothing to read.
pub(crate) fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A struct that stands in the document as a JSON object. Without this, a derived struct is also
/// read from a list, field by field: `["1"]` would pass for `{"state":"1"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Answer {
        code: Option<Code>,
    }

    fn code(text: &str) -> Result<Option<String>, NotJson> {
        read::<Answer>(text).map(|answer| answer.code.map(|code| code.0))
    }

    #[test]
    fn codes_come_as_strings_and_integers() {
        assert_eq!(code(r#"{"code":"0"}"#), Ok(Some("0".into())));
        assert_eq!(code(r#"{"code":-1304}"#), Ok(Some("-1304".into())));
        assert_eq!(code(r#"{"code":null}"#), Ok(None));
        assert_eq!(code("{}"), Ok(None));
        for refused in [r#"{"code":0.5}"#, r#"{"code":[]}"#, r#"{"code":1,"code":2}"#, "", "<html>"]
        {
            assert_eq!(code(refused), Err(NotJson), "{refused}");
        }
    }

    #[test]
    fn an_object_is_not_a_list() {
        let read =
            |text| read::<Object<Answer>>(text).map(|answer| answer.0.code.map(|code| code.0));
        assert_eq!(read(r#"{"code":"0","more":[]}"#), Ok(Some("0".into())));
        for refused in [r#"["0"]"#, "[]", r#""0""#, "null", r#"{"code":1,"code":1}"#] {
            assert_eq!(read(refused), Err(NotJson), "{refused}");
        }
    }

    #[test]
    fn raw_control_characters_and_byte_order_marks_are_read() {
        assert_eq!(code(&text(b"\xef\xbb\xbf{\"code\":\"a\nb\"}")), Ok(Some("a b".into())));
    }
}
