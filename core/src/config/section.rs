use std::fmt;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::keys;
use super::secrets::{EntrySecrets, Origin};
use super::show::{bare_kind_of, file_problem, kind_of, of_file, quoted, shown, shown_key};
use crate::credentials::{SecretFile, without_line_end};
use crate::error::{Error, FileProblem};
use crate::nearest::nearest;
use crate::secret::{SECRET_LIMIT, Secret};

/// One object of the configuration, read key by key. Every key that is asked for counts as known;
/// `finish` refuses the rest.
pub(crate) struct Section<'a> {
    path: String,
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
    /// The secrets of the entry that this is, or is part of.
    secrets: Option<Rc<EntrySecrets<'a>>>,
}

impl<'a> Section<'a> {
    /// Returns the object at `path`; the top has the empty path.
    pub(crate) fn new(path: String, value: &'a Value) -> Result<Self, Error> {
        match value {
            Value::Object(object) => Ok(Section { path, object, known: Vec::new(), secrets: None }),
            _ => {
                let path = if path.is_empty() { "configuration" } else { &path };
                Err(Error::config(path, "an object", kind_of(value)))
            }
        }
    }

    /// Returns it as a part of an entry with these secrets.
    pub(super) fn with_secrets(self, secrets: Rc<EntrySecrets<'a>>) -> Self {
        Section { secrets: Some(secrets), ..self }
    }

    /// Returns its own path, and what it is.
    pub(super) fn whole(&self) -> (&str, &'a Map<String, Value>) {
        (&self.path, self.object)
    }

    /// Returns the path of a key from the top of the document.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns an error about the value of a key.
    pub(crate) fn problem(
        &self,
        key: &str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Error {
        Error::config(self.path_of(key), expected, found)
    }

    /// Returns the error about a value of another kind, or out of its range.
    pub(crate) fn unexpected(
        &self,
        key: &str,
        expected: impl fmt::Display,
        found: &Value,
    ) -> Error {
        self.problem(key, expected, kind_of(found))
    }

    /// Returns the error about a key without a value.
    pub(crate) fn missing(&self, key: &str, expected: impl fmt::Display) -> Error {
        self.problem(key, expected, "none")
    }

    /// Returns the value of a key; `null` counts as absent.
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
            Some(value) => Err(self.problem(key, "a string", bare_kind_of(value))),
        }
    }

    pub(crate) fn required_text(&mut self, key: &'static str) -> Result<String, Error> {
        match self.text(key)? {
            Some(text) => Ok(text),
            // The keys that are asked for behind this one are to be learnt too.
            None if keys::is_learning() => Ok("a1".to_owned()),
            None => Err(self.missing(key, "a string")),
        }
    }

    /// Returns one of a few words; `None` where absent.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match choices.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let names = quoted(choices.iter().map(|(name, _)| *name));
                Err(self.problem(key, format_args!("one of {names}"), "another string"))
            }
        }
    }

    pub(crate) fn integer(&mut self, key: &'static str) -> Result<Option<u64>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.unexpected(key, "a whole number from 0", value)),
            },
        }
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<f64>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.unexpected(key, "a number", value)),
            },
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(value) => Err(self.unexpected(key, "true or false", value)),
        }
    }

    /// Returns an object inside this one.
    pub(crate) fn section(&mut self, key: &'static str) -> Result<Option<Section<'a>>, Error> {
        let path = self.path_of(key);
        let secrets = self.secrets.clone();
        let section = |value| Ok(Section { secrets, ..Section::new(path, value)? });
        self.value(key).map(section).transpose()
    }

    /// Returns a list of objects; a missing list is empty.
    pub(crate) fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'a>>, Error> {
        let path = self.path_of(key);
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .iter()
                .enumerate()
                .map(|(index, value)| Section::new(format!("{path}[{index}]"), value))
                .collect(),
            Some(value) => Err(self.unexpected(key, "a list", value)),
        }
    }

    /// Returns a list of strings; a missing list is empty.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, Error> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else {
            return Err(self.unexpected(key, "a list", value));
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        values
            .iter()
            .map(|value| {
                text(value).ok_or_else(|| {
                    let found = format!("{} in it", bare_kind_of(value));
                    self.problem(key, "a list of strings", found)
                })
            })
            .collect()
    }

    /// Returns a secret: a string, `{"env": NAME}` or `{"file": PATH}`; in an entry of `vendors` also
    /// `{"provider": NAME}`. Line ends behind what these give are dropped. Only printable ASCII is
    /// taken, since it travels in headers and addresses.
    pub(crate) fn secret(&mut self, key: &'static str) -> Result<Option<Secret>, Error> {
        let value = self.value(key);
        let path = self.path_of(key);
        let secrets = self.secrets.clone();
        if let Some(given) = secrets.as_ref().and_then(|secrets| secrets.given(&path)) {
            return given
                .as_ref()
                .map(|secret| self.checked(key, without_line_end(secret.reveal())))
                .transpose();
        }
        let Some(value) = value else { return Ok(None) };
        let (origin, secret) = match value {
            Value::String(text) => (Origin::Fixed, self.checked(key, text)?),
            Value::Object(_) => {
                let Some(mut source) = self.section(key)? else { return Ok(None) };
                let forms = (source.text("env")?, source.text("file")?, source.text("provider")?);
                let found = match forms {
                    (Some(name), None, None) => self.read_environment(key, &name)?,
                    (None, Some(path), None) => self.read_file(key, &path)?,
                    (None, None, Some(name)) => self.provider(key, name)?,
                    _ => {
                        let expected = "one of \"env\", \"file\" and \"provider\"";
                        return Err(self.problem(key, expected, "none or several of them"));
                    }
                };
                source.finish()?;
                found
            }
            _ => {
                let forms = "a string, {\"env\": NAME}, {\"file\": PATH} or {\"provider\": NAME}";
                return Err(self.problem(key, forms, bare_kind_of(value)));
            }
        };
        if let Some(secrets) = secrets {
            secrets.see(&path, origin, &secret);
        }
        Ok(Some(secret))
    }

    /// Returns a secret as it is used, or what is wrong with it.
    fn checked(&self, key: &str, text: &str) -> Result<Secret, Error> {
        let found = match text {
            "" => "an empty text".to_owned(),
            _ if text.len() > SECRET_LIMIT => format!("{} bytes", text.len()),
            _ if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                "control characters, or others than ASCII".to_owned()
            }
            _ if text.trim() != text => "spaces around it".to_owned(),
            _ => return Ok(Secret::new(text)),
        };
        let expected = "1 to 65536 printable ASCII characters without spaces around them";
        Err(self.problem(key, expected, found))
    }

    pub(crate) fn required_secret(&mut self, key: &'static str) -> Result<Secret, Error> {
        match self.secret(key)? {
            Some(secret) => Ok(secret),
            None if keys::is_learning() => Ok(Secret::new("a")),
            None => Err(self.missing(key, "a secret")),
        }
    }

    fn read_environment(&self, key: &str, name: &str) -> Result<(Origin, Secret), Error> {
        let Ok(text) = std::env::var(name).map(Zeroizing::new) else {
            let written = |one: char| matches!(one, 'A'..='Z' | '0'..='9' | '_');
            // Whatever is no usual name may be the secret itself, given in the wrong place.
            if name.len() <= 64 && name.chars().all(written) {
                let expected = format_args!("a value of the environment variable {}", shown(name));
                return Err(self.missing(key, expected.to_string()));
            }
            return Err(self.missing(key, "a value of the environment variable that it names"));
        };
        Ok((Origin::Fixed, self.checked(key, without_line_end(&text))?))
    }

    fn read_file(&self, key: &str, path: &str) -> Result<(Origin, Secret), Error> {
        let path = Path::new(path);
        let (file, secret) = SecretFile::read(path).map_err(|error| {
            let problem = FileProblem::because("a secret in", &error);
            file_problem(&self.path_of(key), path, &problem)
        })?;
        let secret = self.checked(key, secret.reveal()).map_err(|error| of_file(error, path))?;
        Ok((Origin::File(file), secret))
    }

    /// Returns a provider's secret, which is not known yet.
    fn provider(&self, key: &str, name: String) -> Result<(Origin, Secret), Error> {
        let Some(secrets) = &self.secrets else {
            let expected = "a string, {\"env\": NAME} or {\"file\": PATH}";
            let found = "a provider, which gives credentials of \"vendors\" only";
            return Err(self.problem(key, expected, found));
        };
        if secrets.providers.get(&name).is_none() {
            let found = match secrets.providers.names() {
                names if names.is_empty() => "a client without any".to_owned(),
                names => format!("one that has only {names}"),
            };
            return Err(self.problem(key, "a provider that the client was made with", found));
        }
        Ok((Origin::Provider(name), EntrySecrets::unknown()))
    }

    /// Refuses a key that nothing asked for.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        let Some(key) = self.object.keys().find(|key| !self.known.contains(&key.as_str())) else {
            return Ok(());
        };
        Err(unknown_key(&self.path, key, self.known.iter().copied()))
    }
}

/// Returns the error of a key that a section does not take, with the nearest that it does, or with
/// all of them where none is near.
pub(super) fn unknown_key<'k>(
    path: &str,
    key: &str,
    known: impl Iterator<Item = &'k str>,
) -> Error {
    let known: Vec<&str> = known.collect();
    let expected = match nearest(key, &known) {
        Some(nearest) => format!("{nearest:?}"),
        None => format!("one of {}", known.join(", ")),
    };
    Error::config(shown_key(path, key), expected, "an unknown key")
}
