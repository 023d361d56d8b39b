//! How `tests/bad_inputs.json` is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::case::Operation;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// Contents of files that values name as `{folder}/NAME`.
    pub(crate) files: BTreeMap<String, Value>,
    /// Lengths of files there that hold nothing.
    pub(crate) lengths: BTreeMap<String, u64>,
    /// Symbolic links there, and folders.
    pub(crate) links: BTreeMap<String, String>,
    pub(crate) folders: Vec<String>,
    /// Taken out when the table is read.
    #[serde(rename = "lists")]
    _lists: Value,
    pub(crate) bad: Vec<Group>,
    pub(crate) good: Vec<Group>,
}

impl Table {
    /// Reads the table; `values` that are a name stand for the list of that name under `lists`.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read(path).map_err(|error| told(&error))?;
        let mut table: Value = serde_json::from_slice(&text).map_err(|error| told(&error))?;
        let lists = table["lists"].take();
        for part in ["bad", "good"] {
            for group in table[part].as_array_mut().into_iter().flatten() {
                if let Some(name) = group["values"].as_str() {
                    group["values"] = lists[name].clone();
                }
            }
        }
        serde_json::from_value(table).map_err(|error| told(&error))
    }
}

/// Values of one kind of input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) about: String,
    /// The accounts of the client; every vendor where absent.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
    /// Keys of the configuration, by path.
    #[serde(default)]
    pub(crate) config: Map<String, Value>,
    /// The values are those of this key of the configuration.
    pub(crate) key: Option<String>,
    /// The values are whole configuration documents.
    #[serde(default)]
    pub(crate) document: bool,
    /// The values are those of this argument.
    pub(crate) argument: Option<String>,
    /// Each value is put to each of these.
    #[serde(default)]
    pub(crate) calls: Vec<Operation>,
    #[serde(default)]
    pub(crate) vendors: Vec<String>,
    /// Other arguments; `null` takes one away.
    #[serde(default)]
    pub(crate) with: Map<String, Value>,
    /// The languages that can put the values; all where absent.
    #[serde(default)]
    pub(crate) only: Vec<String>,
    #[serde(default)]
    pub(crate) expect: Expected,
    /// The expectations in which a language differs.
    #[serde(default, rename = "in")]
    pub(crate) otherwise: BTreeMap<String, Expected>,
    /// The values are secrets: no error shows them.
    #[serde(default)]
    pub(crate) secret: bool,
    /// True where the vendor can do what a good value asks for.
    #[serde(default = "yes")]
    pub(crate) executes: bool,
    /// A value each, or an object with `value` and what is different for it: `about`, `expect`,
    /// `in`, `only`, `with`, `executes`, and what the vendor is to see (`seen`) where that is not the value itself.
    pub(crate) values: Vec<Value>,
}

const fn yes() -> bool {
    true
}

/// The expected end of a call with a value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) kind: Option<String>,
    /// The argument or the path of the key.
    pub(crate) names: Option<String>,
    /// Fields of a result, for checks on this machine.
    pub(crate) result: Option<Map<String, Value>>,
}

/// One value with what the group and the value itself say of it.
pub(crate) struct Row<'a> {
    pub(crate) group: &'a Group,
    pub(crate) value: &'a Value,
    pub(crate) own: &'a Value,
}

impl Row<'_> {
    pub(crate) fn only(&self) -> Vec<&str> {
        match self.own["only"].as_array() {
            Some(names) => names.iter().filter_map(Value::as_str).collect(),
            None => self.group.only.iter().map(String::as_str).collect(),
        }
    }

    pub(crate) fn expected(&self, language: &str) -> Result<Expected, String> {
        let read = |value: &Value| -> Result<Expected, String> {
            serde_json::from_value(value.clone()).map_err(|error| error.to_string())
        };
        let mut levels = vec![self.group.expect.clone()];
        levels.extend(self.group.otherwise.get(language).cloned());
        for own in [&self.own["expect"], &self.own["in"][language]] {
            if !own.is_null() {
                levels.push(read(own)?);
            }
        }
        Ok(levels.into_iter().fold(Expected::default(), |before, level| Expected {
            kind: level.kind.or(before.kind),
            names: level.names.or(before.names),
            result: level.result.or(before.result),
        }))
    }

    /// Returns the other arguments, the row's own last.
    pub(crate) fn with(&self) -> Map<String, Value> {
        let mut with = self.group.with.clone();
        with.extend(self.own["with"].as_object().cloned().unwrap_or_default());
        with
    }

    pub(crate) fn executes(&self) -> bool {
        self.own["executes"].as_bool().unwrap_or(self.group.executes)
    }

    /// Returns a name for a failure; long values are cut.
    pub(crate) fn name(&self) -> String {
        let mut value: String = self.value.to_string().chars().take(60).collect();
        if let Some(about) = self.own["about"].as_str() {
            value = about.to_owned();
        }
        format!("{}: {value}", self.group.about)
    }
}

pub(crate) fn rows(group: &Group) -> impl Iterator<Item = Row<'_>> {
    group.values.iter().map(move |listed| match listed.get("value") {
        Some(value) => Row { group, value, own: listed },
        None => Row { group, value: listed, own: &Value::Null },
    })
}
