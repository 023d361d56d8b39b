//! Who is under test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Map, Value};

use crate::case::Ask;

/// What came of a call, as the JSON object that every language makes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A result.
    Ok(Map<String, Value>),
    /// An error.
    Error(Map<String, Value>),
}

/// A library in one language.
pub trait Subject {
    /// The language.
    fn name(&self) -> &str;

    /// Closes the client there is and opens one with the configuration in a file.
    ///
    /// # Errors
    /// What the subject says went wrong.
    fn open(&mut self, config: &Path) -> Result<(), String>;

    /// Makes one call.
    ///
    /// # Errors
    /// What kept the subject from answering at all.
    fn call(&mut self, ask: &Ask) -> Result<Reply, String>;
}

/// A program that speaks the drivers' protocol on its standard input and output: one line a
/// request, fields separated by tabs (`open`, `config=PATH`; or an operation and its arguments);
/// one line an answer (`ok` or `error`, a tab, a JSON object; `opened`).
pub struct Driver {
    name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts a driver: a program and its arguments.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(name: &str, command: &[String]) -> Result<Self, String> {
        let (program, arguments) = command.split_first().ok_or("a driver needs a program")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        Ok(Driver { name: name.to_owned(), child, input, output })
    }

    fn exchange(&mut self, line: &str) -> Result<(String, String), String> {
        writeln!(self.input, "{line}")
            .and_then(|()| self.input.flush())
            .map_err(|e| e.to_string())?;
        let mut answer = String::new();
        let read = self.output.read_line(&mut answer).map_err(|error| error.to_string())?;
        if read == 0 {
            return Err(format!("the driver ended: {:?}", self.child.wait()));
        }
        let answer = answer.trim_end_matches(['\r', '\n']);
        let (word, rest) = answer.split_once('\t').unwrap_or((answer, ""));
        Ok((word.to_owned(), rest.to_owned()))
    }
}

impl Subject for Driver {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self, config: &Path) -> Result<(), String> {
        match self.exchange(&format!("open\tconfig={}", config.display()))? {
            (word, _) if word == "opened" => Ok(()),
            (word, rest) => Err(format!("{word} {rest}")),
        }
    }

    fn call(&mut self, ask: &Ask) -> Result<Reply, String> {
        let mut line = ask.operation.word().to_owned();
        for (key, value) in &ask.arguments {
            line.push_str(&format!("\t{key}={value}"));
        }
        let (word, rest) = self.exchange(&line)?;
        let value: Value =
            serde_json::from_str(&rest).map_err(|error| format!("{rest}: {error}"))?;
        let Value::Object(object) = snake_case(value) else {
            return Err(format!("no object: {rest}"));
        };
        match word.as_str() {
            "ok" => Ok(Reply::Ok(object)),
            "error" => Ok(Reply::Error(object)),
            _ => Err(format!("{word} {rest}")),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Names in camelCase, as Node and Java have them, become those of the JSON documents. The
/// vendor's own answer under `raw` stays as it is.
fn snake_case(value: Value) -> Value {
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| {
                let value = if key == "raw" { value } else { snake_case(value) };
                let mut name = String::new();
                for character in key.chars() {
                    if character.is_ascii_uppercase() {
                        name.push('_');
                    }
                    name.push(character.to_ascii_lowercase());
                }
                (name, value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.into_iter().map(snake_case).collect(),
        other => other,
    }
}
