//! The one description of results, errors and events.
//!
//! Each type that a caller receives is written in `record!`, `getters!` or `events!`: a field's name, type
//! and sentence stand there once. From that come its JSON, its [`Document`] for the language bindings,
//! and the list [`RECORDS`] that tests hold the C accessors, the stubs and the classes of each
//! language to.

mod records;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::{Personal, PersonalBytes};

pub use records::RECORDS;

/// A type and its fields, in the order in which they are written.
#[derive(Debug)]
pub struct Record {
    /// The name in snake_case.
    pub name: &'static str,
    /// A sentence or more about the type.
    pub doc: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

impl Record {
    /// Returns the fields as they stand in JSON: those of an inline record among the others.
    pub fn flat_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().flat_map(|field| match field.shape {
            Shape::Inline(record) => record.fields,
            _ => std::slice::from_ref(field),
        })
    }
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// The name in snake_case, as JSON has it.
    pub name: &'static str,
    /// A sentence or more about the field.
    pub doc: &'static str,
    /// The form of its value.
    pub shape: Shape,
    /// True where there may be no value, which JSON writes as `null`.
    pub optional: bool,
    /// True where the value is a personal datum, which is never logged.
    pub personal: bool,
}

/// The form of a field's value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// A number that need not be whole.
    Fraction,
    /// True or false.
    Flag,
    /// One of a closed list of names.
    Name(fn() -> Vec<&'static str>),
    /// Bytes: base64 in JSON.
    Photo,
    /// A vendor's answer, byte for byte: in JSON its own JSON, or a text where it is none.
    Answer,
    /// A record.
    Object(&'static Record),
    /// Records.
    List(&'static Record),
    /// A record whose fields stand in JSON among those of the record that has it.
    Inline(&'static Record),
}

/// A record as a language binding takes it over: its JSON without the fields of bytes, and those
/// fields with their bytes. An error has its line, `text`, in it.
#[derive(Debug)]
pub struct Document {
    /// The JSON object.
    pub json: String,
    /// The bytes that there are, by the field's name.
    pub bytes: Vec<(&'static str, PersonalBytes)>,
}

/// A type with a [`Record`] that describes it.
pub trait Describe {
    /// The description of the type.
    const RECORD: Record;

    /// Writes each field.
    #[doc(hidden)]
    fn put_fields(&self, to: &mut Writer);

    /// Returns everything as a JSON object.
    fn json(&self) -> String {
        Writer::object_of(|to| self.put_fields(to))
    }

    /// Returns everything as a binding takes it over.
    fn document(&self) -> Document {
        let (json, bytes) = Writer::write(Some(Vec::new()), |to| self.put_fields(to));
        Document { json, bytes: bytes.unwrap_or_default() }
    }
}

/// Writes several records as a JSON list.
pub(crate) fn list_json<T: Describe>(records: &[T]) -> String {
    let mut to = Writer { json: String::new(), bytes: None };
    to.list(records);
    to.json
}

/// JSON that is being written.
#[derive(Debug)]
pub struct Writer {
    json: String,
    /// The bytes, where they are to stand beside the JSON.
    bytes: Option<Vec<(&'static str, PersonalBytes)>>,
}

type Bytes = Option<Vec<(&'static str, PersonalBytes)>>;

impl Writer {
    fn write(bytes: Bytes, put: impl FnOnce(&mut Writer)) -> (String, Bytes) {
        // Longer than most: growing leaves copies behind.
        let mut to = Writer { json: String::with_capacity(2048), bytes };
        to.object(put);
        (to.json, to.bytes)
    }

    /// Returns an object with the fields that are put.
    pub(crate) fn object_of(put: impl FnOnce(&mut Writer)) -> String {
        Writer::write(None, put).0
    }

    /// Returns an object as a binding takes it over.
    pub(crate) fn document_of(put: impl FnOnce(&mut Writer)) -> String {
        Writer::write(Some(Vec::new()), put).0
    }

    /// Returns a value alone.
    pub(crate) fn value_of<T: Value>(value: &T) -> String {
        let mut to = Writer { json: String::new(), bytes: None };
        value.put(&mut to);
        to.json
    }

    pub(crate) fn object(&mut self, put: impl FnOnce(&mut Writer)) {
        self.json.push('{');
        put(self);
        self.json.push('}');
    }

    pub(crate) fn list<T: Describe>(&mut self, records: &[T]) {
        self.json.push('[');
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            self.object(|to| record.put_fields(to));
        }
        self.json.push(']');
    }

    pub(crate) fn name(&mut self, name: &str) {
        if !self.json.ends_with('{') {
            self.json.push(',');
        }
        self.text(name);
        self.json.push(':');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.json.push('"');
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if text.bytes().all(is_plain) {
            self.json.push_str(text);
            self.json.push('"');
            return;
        }
        for character in text.chars() {
            match character {
                '"' => self.json.push_str("\\\""),
                '\\' => self.json.push_str("\\\\"),
                '\n' => self.json.push_str("\\n"),
                '\r' => self.json.push_str("\\r"),
                '\t' => self.json.push_str("\\t"),
                control if control < ' ' => {
                    self.json.push_str(&format!("\\u{:04x}", u32::from(control)));
                }
                other => self.json.push(other),
            }
        }
        self.json.push('"');
    }

    fn null(&mut self) {
        self.json.push_str("null");
    }

    /// Writes bytes, which stand beside the JSON for a binding and in it for everybody else.
    fn field_of_bytes(
        &mut self,
        name: &'static str,
        value: Option<&PersonalBytes>,
        write: impl FnOnce(&mut Self, &PersonalBytes),
    ) {
        if let Some(beside) = &mut self.bytes {
            beside.extend(value.map(|bytes| (name, bytes.clone())));
            return;
        }
        self.name(name);
        match value {
            Some(bytes) => write(self, bytes),
            None => self.null(),
        }
    }
}

/// A value that a field may have.
pub(crate) trait Value {
    const SHAPE: Shape;
    const OPTIONAL: bool = false;
    const PERSONAL: bool = false;
    /// The name that says that there is none, in place of `null`, and the shape of a field with it.
    const ABSENT: Option<(&'static str, Shape)> = None;

    fn put(&self, to: &mut Writer);
}

/// How a field with a value of type `T` is written.
pub(crate) trait Form<T> {
    const SHAPE: Shape;
    const OPTIONAL: bool = false;
    const PERSONAL: bool = false;

    fn put(name: &'static str, value: &T, to: &mut Writer);
}

/// The value as it is.
pub(crate) struct Plain;

impl<T: Value> Form<T> for Plain {
    const SHAPE: Shape = T::SHAPE;
    const OPTIONAL: bool = T::OPTIONAL;
    const PERSONAL: bool = T::PERSONAL;

    fn put(name: &'static str, value: &T, to: &mut Writer) {
        to.name(name);
        value.put(to);
    }
}

/// The facts of a call among the fields of its result.
pub(crate) struct Inline;

/// A field that JSON has only where there is a value.
pub(crate) struct IfPresent;

impl<T: Value> Form<Option<T>> for IfPresent {
    const SHAPE: Shape = T::SHAPE;
    const OPTIONAL: bool = true;
    const PERSONAL: bool = T::PERSONAL;

    fn put(name: &'static str, value: &Option<T>, to: &mut Writer) {
        if let Some(value) = value {
            Plain::put(name, value, to);
        }
    }
}

/// A field that only a language binding is given.
pub(crate) struct BindingsOnly;

impl<T: Value> Form<T> for BindingsOnly {
    const SHAPE: Shape = T::SHAPE;
    const OPTIONAL: bool = T::OPTIONAL;
    const PERSONAL: bool = T::PERSONAL;

    fn put(name: &'static str, value: &T, to: &mut Writer) {
        if to.bytes.is_some() {
            Plain::put(name, value, to);
        }
    }
}

/// A photo.
pub(crate) struct Photo;

impl Form<Option<PersonalBytes>> for Photo {
    const SHAPE: Shape = Shape::Photo;
    const OPTIONAL: bool = true;
    const PERSONAL: bool = true;

    fn put(name: &'static str, value: &Option<PersonalBytes>, to: &mut Writer) {
        to.field_of_bytes(name, value.as_ref(), |to, photo| {
            to.json.push('"');
            STANDARD.encode_string(photo.reveal(), &mut to.json);
            to.json.push('"');
        });
    }
}

/// A vendor's answer.
pub(crate) struct Answer;

impl Form<PersonalBytes> for Answer {
    const SHAPE: Shape = Shape::Answer;
    const PERSONAL: bool = true;

    fn put(name: &'static str, value: &PersonalBytes, to: &mut Writer) {
        to.field_of_bytes(name, Some(value), |to, raw| {
            let raw = raw.reveal();
            match serde_json::from_slice::<serde_json::Value>(raw) {
                Ok(document) => to.json.push_str(&document.to_string()),
                Err(_) => to.text(&String::from_utf8_lossy(raw)),
            }
        });
    }
}

/// The vendors that take a photo, and why others do not.
pub(crate) struct Checks;

/// Returns whole milliseconds, as JSON counts them.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the description of a field that is written in a form.
pub(crate) const fn field<F: Form<T>, T>(name: &'static str, doc: &'static str) -> Field {
    Field { name, doc, shape: F::SHAPE, optional: F::OPTIONAL, personal: F::PERSONAL }
}

macro_rules! value {
    ($type:ty: $shape:ident, personal $personal:literal, |$value:ident, $to:ident| $put:expr) => {
        impl Value for $type {
            const SHAPE: Shape = Shape::$shape;
            const PERSONAL: bool = $personal;

            fn put(&self, $to: &mut Writer) {
                let $value = self;
                $put;
            }
        }
    };
}

macro_rules! numbers {
    ($($type:ty),*) => {
        $(value!($type: Number, personal false, |number, to| to.json.push_str(&number.to_string()));)*
    };
}

value!(str: Text, personal false, |text, to| to.text(text));
value!(String: Text, personal false, |text, to| to.text(text));
value!(Personal: Text, personal true, |text, to| to.text(text.reveal()));
value!(bool: Flag, personal false, |flag, to| to.json.push_str(if *flag { "true" } else { "false" }));
value!(Duration: Number, personal false, |time, to| milliseconds(*time).put(to));
value!(f64: Fraction, personal false, |number, to| to.json.push_str(&number.to_string()));
numbers!(u8, u16, u32, u64, i32, usize);

impl<T: Value + ?Sized> Value for &T {
    const SHAPE: Shape = T::SHAPE;
    const OPTIONAL: bool = T::OPTIONAL;
    const PERSONAL: bool = T::PERSONAL;
    const ABSENT: Option<(&'static str, Shape)> = T::ABSENT;

    fn put(&self, to: &mut Writer) {
        T::put(self, to);
    }
}

impl<T: Value> Value for Option<T> {
    const SHAPE: Shape = match T::ABSENT {
        Some((_, shape)) => shape,
        None => T::SHAPE,
    };
    const OPTIONAL: bool = T::ABSENT.is_none();
    const PERSONAL: bool = T::PERSONAL;

    fn put(&self, to: &mut Writer) {
        match (self, T::ABSENT) {
            (Some(value), _) => value.put(to),
            (None, Some((name, _))) => to.text(name),
            (None, None) => to.null(),
        }
    }
}

impl<T: Describe> Value for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::RECORD);

    fn put(&self, to: &mut Writer) {
        to.list(self);
    }
}

impl<T: Describe> Value for [T] {
    const SHAPE: Shape = Shape::List(&T::RECORD);

    fn put(&self, to: &mut Writer) {
        to.list(self);
    }
}

/// A value of a closed list, by its name.
macro_rules! named {
    ($type:ty, $name:ident) => {
        impl $crate::schema::Value for $type {
            const SHAPE: $crate::schema::Shape = $crate::schema::Shape::Name(|| {
                <$type>::ALL.iter().map(|value| value.$name()).collect()
            });

            fn put(&self, to: &mut $crate::schema::Writer) {
                $crate::schema::Value::put(self.$name(), to);
            }
        }
    };
}
pub(crate) use named;

macro_rules! form {
    () => {
        $crate::schema::Plain
    };
    ($form:ident) => {
        $crate::schema::$form
    };
}
pub(crate) use form;

macro_rules! written {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $written:literal) => {
        $written
    };
}
pub(crate) use written;

/// The part that every macro here makes: a type's description, and how it is written as a value.
macro_rules! describe {
    (
        $type:ident as $name:literal, $this:ident, [$($doc:expr),*],
        $({ $field:ident, $value:ty, $get:expr, [$($form:ident)?], [$($written:literal)?], [$($field_doc:expr),*] })*
    ) => {
        impl $crate::schema::Describe for $type {
            const RECORD: $crate::schema::Record = $crate::schema::Record {
                name: $name,
                doc: concat!($($doc, "\n"),*),
                fields: &[$(
                    $crate::schema::field::<$crate::schema::form!($($form)?), $value>(
                        $crate::schema::written!($field $($written)?),
                        concat!($($field_doc, "\n"),*),
                    ),
                )*],
            };

            fn put_fields(&self, to: &mut $crate::schema::Writer) {
                let $this = self;
                $(<$crate::schema::form!($($form)?) as $crate::schema::Form<$value>>::put(
                    $crate::schema::written!($field $($written)?),
                    $get,
                    to,
                );)*
            }
        }

        impl $crate::schema::Value for $type {
            const SHAPE: $crate::schema::Shape =
                $crate::schema::Shape::Object(&<$type as $crate::schema::Describe>::RECORD);

            fn put(&self, to: &mut $crate::schema::Writer) {
                to.object(|to| $crate::schema::Describe::put_fields(self, to));
            }
        }
    };
}
pub(crate) use describe;

/// A struct with its description: `field: Type as Form => "name"`, where the form and the name in JSON
/// may be left out.
macro_rules! record {
    (
        $(#[doc = $doc:expr])*
        #[derive($($derive:ident),*)]
        $vis:vis struct $type:ident as $name:literal {
            $(
                $(#[doc = $field_doc:expr])*
                $field_vis:vis $field:ident: $value:ty $(as $form:ident)? $(=> $written:literal)?,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive($($derive),*)]
        #[non_exhaustive]
        $vis struct $type {
            $($(#[doc = $field_doc])* $field_vis $field: $value,)*
        }

        $crate::schema::describe! {
            $type as $name, this, [$($doc),*],
            $({ $field, $value, &this.$field, [$($form)?], [$($written)?], [$($field_doc),*] })*
        }
    };
}
pub(crate) use record;

/// The methods that read a type, with its description: `field: Type as Form => "name" = value;`.
macro_rules! getters {
    (
        $(#[doc = $doc:expr])*
        $type:ident as $name:literal, |$this:ident|
        $(
            $(#[doc = $field_doc:expr])*
            $vis:vis $field:ident: $value:ty $(as $form:ident)? $(=> $written:literal)? = $get:expr;
        )*
    ) => {
        impl $type {
            $(
                $(#[doc = $field_doc])*
                $vis fn $field(&self) -> $value {
                    let $this = self;
                    $get
                }
            )*
        }

        $crate::schema::describe! {
            $type as $name, $this, [$($doc),*],
            $({ $field, $value, &$this.$field(), [$($form)?], [$($written)?], [$($field_doc),*] })*
        }
    };
}
pub(crate) use getters;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_json_whatever_it_holds() {
        let text: String =
            (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '张']).collect();
        let mut to = Writer { json: String::new(), bytes: None };
        to.text(&text);
        assert_eq!(serde_json::from_str::<String>(&to.json).unwrap(), text);
    }
}
