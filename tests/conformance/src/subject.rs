//! The subject of the suite: a client in some language.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Map, Value};

use crate::case::{Argument, Ask};

/// The end of a call, as the JSON object that every language makes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A result.
    Ok(Fields),
    /// An error.
    Error(Fields),
}

/// The JSON object of a result or an error.
pub type Fields = Map<String, Value>;

/// A library in one language.
pub trait Subject {
    /// Returns the language.
    fn name(&self) -> &str;

    /// Closes the client there is and opens one with a configuration document: the error of the
    /// library where it refuses, in which case there is no client.
    ///
    /// # Errors
    /// The subject did not answer at all.
    fn open(&mut self, config: &Argument) -> Result<Option<Fields>, String>;

    /// Makes one call.
    ///
    /// # Errors
    /// The subject did not answer at all.
    fn call(&mut self, ask: &Ask) -> Result<Reply, String>;
}

/// A program that speaks the drivers' protocol on its standard input and output: one line a
/// request, fields separated by tabs (`open` and `config`; or an operation and its arguments); one
/// line an answer (`ok` or `error`, a tab, a JSON object; `opened`). A field is `name=text`,
/// `name:bytes=` with bytes in hex, or `name:units=` with UTF-16 code units of four hex digits each.
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
        let written = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        let mut answer = String::new();
        let read = written.and_then(|()| self.output.read_line(&mut answer));
        if !read.is_ok_and(|length| length > 0) {
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

    fn open(&mut self, config: &Argument) -> Result<Option<Fields>, String> {
        let mut line = "open".to_owned();
        add_field(&mut line, "config", config);
        match self.exchange(&line)? {
            (word, _) if word == "opened" => Ok(None),
            (word, rest) if word == "error" => object(&rest).map(Some),
            (word, rest) => Err(format!("{word} {rest}")),
        }
    }

    fn call(&mut self, ask: &Ask) -> Result<Reply, String> {
        let mut line = ask.operation.word().to_owned();
        for (key, value) in &ask.arguments {
            add_field(&mut line, key, value);
        }
        let (word, rest) = self.exchange(&line)?;
        match word.as_str() {
            "ok" => object(&rest).map(Reply::Ok),
            "error" => object(&rest).map(Reply::Error),
            _ => Err(format!("{word} {rest}")),
        }
    }
}

/// Adds a field to a request. Characters that could end a field or a line travel in hex.
fn add_field(line: &mut String, key: &str, value: &Argument) {
    let unsafe_in_a_line = |c: char| c.is_control() || (c.is_whitespace() && c != ' ');
    // Writing to a String does not fail.
    let _ = match value {
        Argument::Text(text) if !text.contains(unsafe_in_a_line) => write!(line, "\t{key}={text}"),
        Argument::Text(text) => write!(line, "\t{key}:bytes={}", hex(text.as_bytes())),
        Argument::Bytes(bytes) => write!(line, "\t{key}:bytes={}", hex(bytes)),
        Argument::Units(units) => {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            write!(line, "\t{key}:units={}", hex(&bytes))
        }
    };
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn object(json: &str) -> Result<Fields, String> {
    match serde_json::from_str(json).map(snake_case) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!("no object: {json}")),
        Err(error) => Err(format!("{json}: {error}")),
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
