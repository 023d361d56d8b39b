use std::fmt;
use std::io::Read;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::keys;
use crate::error::Error;
use crate::secret::{Secret, masked};

/// The longest secret that is taken, in bytes.
const SECRET_LIMIT: usize = 64 * 1024;

/// How much of a name that the configuration gives is shown, in characters.
const SHOWN: usize = 200;

/// A key or a path of the configuration as a message may show it: short, and on one line.
fn shown(text: &str) -> impl fmt::Display {
    let cut = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let start = cut.and_then(|at| text.get(..at)).unwrap_or(text);
    let end = if cut.is_some() { "\u{2026}" } else { "" };
    format!("{}{end}", start.escape_debug())
}

/// One object of the configuration, read key by key. Every key that is asked for counts as known;
/// `finish` refuses the rest.
pub(crate) struct Section<'a> {
    path: String,
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The object at `path`; the top has the empty path.
    pub(crate) fn new(path: String, value: &'a Value) -> Result<Self, Error> {
        match value {
            Value::Object(object) => Ok(Section { path, object, known: Vec::new() }),
            _ => {
                let path = if path.is_empty() { "configuration" } else { &path };
                Err(Error::config(path, "it is not an object"))
            }
        }
    }

    /// The path of a key from the top of the document.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// An error about the value of a key.
    pub(crate) fn problem(&self, key: &str, problem: impl fmt::Display) -> Error {
        Error::config(self.path_of(key), problem)
    }

    /// The value of a key; `null` counts as absent.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
            keys::note(&self.path, key);
        }
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<String>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.problem(key, "it is not a string")),
        }
    }

    pub(crate) fn required_text(&mut self, key: &'static str) -> Result<String, Error> {
        self.text(key)?.ok_or_else(|| self.problem(key, "it is missing"))
    }

    /// One of a few words; `None` where absent.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match choices.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let names: Vec<String> =
                    choices.iter().map(|(name, _)| format!("{name:?}")).collect();
                Err(self.problem(key, format_args!("it is none of {}", names.join(", "))))
            }
        }
    }

    pub(crate) fn integer(&mut self, key: &'static str) -> Result<Option<u64>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.problem(key, "it is not a whole number of 0 or more")),
            },
        }
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<f64>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.problem(key, "it is not a number")),
            },
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.problem(key, "it is neither true nor false")),
        }
    }

    /// An object inside this one.
    pub(crate) fn section(&mut self, key: &'static str) -> Result<Option<Section<'a>>, Error> {
        let path = self.path_of(key);
        self.value(key).map(|value| Section::new(path, value)).transpose()
    }

    /// A list of objects; a missing list is empty.
    pub(crate) fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'a>>, Error> {
        let path = self.path_of(key);
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .iter()
                .enumerate()
                .map(|(index, value)| Section::new(format!("{path}[{index}]"), value))
                .collect(),
            Some(_) => Err(self.problem(key, "it is not a list")),
        }
    }

    /// A list of strings; a missing list is empty.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, Error> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else { return Err(self.problem(key, "it is not a list")) };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        values
            .iter()
            .map(|value| text(value).ok_or_else(|| self.problem(key, "it lists no strings")))
            .collect()
    }

    /// A secret: a string, `{"env": NAME}` or `{"file": PATH}`. One line end at the end of a file
    /// is dropped. It must be printable ASCII, since it travels in headers and addresses.
    pub(crate) fn secret(&mut self, key: &'static str) -> Result<Option<Secret>, Error> {
        let secret = match self.value(key) {
            None => return Ok(None),
            Some(Value::String(text)) => Secret::new(text.as_str()),
            Some(Value::Object(_)) => {
                let Some(mut source) = self.section(key)? else { return Ok(None) };
                let secret = match (source.text("env")?, source.text("file")?) {
                    (Some(name), None) => self.read_environment(key, &name)?,
                    (None, Some(path)) => self.read_file(key, &path)?,
                    _ => {
                        return Err(
                            self.problem(key, "it has neither or both of \"env\" and \"file\"")
                        );
                    }
                };
                source.finish()?;
                secret
            }
            Some(_) => {
                let forms = "it is neither a string nor {\"env\": NAME} nor {\"file\": PATH}";
                return Err(self.problem(key, forms));
            }
        };
        if secret.is_empty() {
            return Err(self.problem(key, "it is empty"));
        }
        if secret.reveal().len() > SECRET_LIMIT {
            return Err(self.problem(key, "it is larger than 64 KiB"));
        }
        if !secret.reveal().bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(self.problem(key, "it has control characters or is not ASCII"));
        }
        if secret.reveal().trim() != secret.reveal() {
            return Err(self.problem(key, "it has spaces around it"));
        }
        Ok(Some(secret))
    }

    pub(crate) fn required_secret(&mut self, key: &'static str) -> Result<Secret, Error> {
        self.secret(key)?.ok_or_else(|| self.problem(key, "it is missing"))
    }

    fn read_environment(&self, key: &str, name: &str) -> Result<Secret, Error> {
        std::env::var(name).map(Secret::new).map_err(|_| {
            let written = |one: char| matches!(one, 'A'..='Z' | '0'..='9' | '_');
            // Whatever is no usual name may be the secret itself, given in the wrong place.
            if name.len() <= 64 && name.chars().all(written) {
                let problem = format_args!("the environment variable {} is not set", shown(name));
                return self.problem(key, problem);
            }
            self.problem(key, "the environment variable that it names is not set")
        })
    }

    fn read_file(&self, key: &str, path: &str) -> Result<Secret, Error> {
        // Bounded, since a device gives bytes without end; one byte more tells that it is too much.
        let mut text = Zeroizing::new(String::with_capacity(SECRET_LIMIT + 2));
        std::fs::File::open(path)
            .and_then(|file| file.take(SECRET_LIMIT as u64 + 2).read_to_string(&mut text))
            .map_err(|error| {
                let kind = error.kind();
                if path.contains('.') || std::path::Path::new(path).is_absolute() {
                    let path = shown(path);
                    return self
                        .problem(key, format_args!("the file {path} cannot be read: {kind}"));
                }
                self.problem(key, format_args!("the file that it names cannot be read: {kind}"))
            })?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
    }

    /// Refuses a key that nothing asked for.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        let Some(key) = self.object.keys().find(|key| !self.known.contains(&key.as_str())) else {
            return Ok(());
        };
        // Somebody's number may stand where a key should.
        let key = masked(key, 9);
        let start: String = key.chars().take(SHOWN).collect();
        let nearest = self
            .known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(&start, known), known))
            .min()
            .map_or(String::new(), |(_, known)| format!("; did you mean {known:?}?"));
        let key = self.path_of(&shown(&key).to_string());
        Err(Error::config(key, format_args!("unknown key{nearest}")))
    }
}
