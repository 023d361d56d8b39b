//! The configuration's text as a document. A key that stands twice in one object is refused: JSON leaves
//! open which of the two counts.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::show::shown_key;
use crate::error::Error;

/// Reads a document.
///
/// # Errors
/// `invalid_config`: the text is not JSON, or an object has a key twice.
pub(super) fn read(json: &str) -> Result<Value, Error> {
    let twice = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = Node { path: "", twice: &twice }.deserialize(&mut deserializer);
    let read = read.and_then(|document| deserializer.end().map(|()| document));
    read.map_err(|error| match twice.take() {
        Some(key) => Error::config(key, "one value", "the key twice"),
        None => Error::config("configuration", "a JSON document", mistake(&error)),
    })
}

/// Describes a mistake of the JSON itself, whose texts repeat nothing of the document.
fn mistake(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    if !matches!(error.classify(), Category::Syntax | Category::Eof) {
        return format!("none at {place}");
    }
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("a mistake at {place}: {what}")
}

/// The value at a path of the document.
#[derive(Clone, Copy)]
struct Node<'a> {
    path: &'a str,
    /// The path of the key that was found twice.
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, values.len());
            match list.next_element_seed(Node { path: &path, ..self })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let path = shown_key(self.path, &key);
            if values.contains_key(&key) {
                self.twice.replace(Some(path));
                return Err(de::Error::custom("a key stands twice"));
            }
            values.insert(key, object.next_value_seed(Node { path: &path, ..self })?);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_any_reader_makes_of_it() {
        for json in [
            r#"{"a": [1, -2, 0.5, 1e300, true, null, "x\u00e9", {}, []], "b": {"a": {"a": "a"}}}"#,
            "[]",
            " 18446744073709551615 ",
        ] {
            assert_eq!(read(json).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        }
        for json in ["", "{", "{}{}", r#"{"a": 1,}"#, "[1 2]", "nul"] {
            let error = serde_json::from_str::<Value>(json).unwrap_err();
            let (line, column) = (error.line(), error.column());
            let message = format!(
                "configuration: expected a JSON document, found a mistake at line {line} column {column}: "
            );
            assert!(read(json).unwrap_err().message().starts_with(&message), "{message}");
        }
        let trailing = read("{\"a\": \"secret\",}").unwrap_err();
        let message = "configuration: expected a JSON document, found a mistake at line 1 column 16: \
                       trailing comma";
        assert_eq!(trailing.message(), message);
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_its_path() {
        for (json, path) in [
            (r#"{"vendors": [], "timeout_ms": 1, "timeout_ms": 2}"#, "timeout_ms"),
            (r#"{"vendors": [{}, {"app_id": "a", "app_id": "a"}]}"#, "vendors[1].app_id"),
            (
                r#"{"vendors": [{"encryption": {"key": {}, "k\u0065y": 1}}]}"#,
                "vendors[0].encryption.key",
            ),
            (r#"{"retry": {"a": 1}, "retry": {"a": 1}}"#, "retry"),
            (r#"{"a": {"6222020000000000000": 1, "6222020000000000000": 1}}"#, "a.***"),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::InvalidConfig);
            let message = format!("{path}: expected one value, found the key twice");
            assert_eq!(error.message(), message);
        }
    }
}
