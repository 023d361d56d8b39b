//! What is printed: results on the standard output, the rest on the standard error.

use std::io::{self, Write};

use cardwire::bindings::refusal;
use cardwire::{Error, Kind, Sent};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// The two outputs of the command.
#[derive(Debug)]
pub(crate) struct Console {
    /// Results are lines of JSON.
    json: bool,
}

impl Console {
    pub(crate) fn new(json: bool) -> Self {
        Console { json }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a line of JSON, of the form that all have: an object with the document under the name of
    /// its kind (`result`, `error`, `order`, `finding` or `summary`), and `item`, the name of what it
    /// is about, where there are several.
    pub(crate) fn document(
        &mut self,
        item: Option<&str>,
        kind: &str,
        document: Value,
    ) -> Result<(), Failure> {
        let mut line = Map::new();
        if let Some(item) = item {
            line.insert("item".to_owned(), item.into());
        }
        line.insert(kind.to_owned(), document);
        self.line(&Value::from(line).to_string())
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(io::stdout().lock(), "{}", on_one_line(text)).map_err(Failure::Output)
    }

    /// Prints names and values, one pair a line.
    pub(crate) fn pairs(&mut self, pairs: &[(&str, String)]) -> Result<(), Failure> {
        let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .try_for_each(|(name, value)| self.line(&format!("  {name:width$}  {value}")))
    }

    /// Prints text as it is.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        io::stdout().lock().write_all(bytes).map_err(Failure::Output)
    }

    /// Says something on the standard error. Where that is closed nobody is told.
    pub(crate) fn say(&mut self, text: &str) {
        let lines: Vec<String> = text.split('\n').map(on_one_line).collect();
        let _ = writeln!(io::stderr().lock(), "cardwire: {}", lines.join("\n"));
    }

    /// Tells why something failed, and what to do: an error is printed where results are JSON.
    pub(crate) fn failure(&mut self, about: Option<&str>, failure: &Failure) {
        match failure {
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Failure::Call(error) if self.json => {
                let _ = self.document(about, "error", document(error));
            }
            Failure::File(message) | Failure::Argument(message) if self.json => {
                let error = refusal(Kind::InvalidArgument, message.as_str());
                let _ = self.document(about, "error", document(&error));
            }
            Failure::Call(error) => {
                let about = about.map(|about| format!("{}: ", on_one_line(about)));
                let about = about.unwrap_or_default();
                self.say(&format!("{about}{error}"));
                self.say(&format!("  what to do: {}", error.kind().advice()));
                // Some advice is to look at these.
                if error.sent() != Sent::No || error.kind().advice().contains('`') {
                    self.say(&format!("  sent: {}, billed: {}", error.sent(), error.billed()));
                }
            }
            other => self.say(&other.to_string()),
        }
    }
}

/// Returns a text with its control characters as they are written in programs: what a vendor or the name
/// of a file says gives no orders to a terminal.
fn on_one_line(text: &str) -> String {
    let shown = |one: char| match one.is_control() {
        true => one.escape_default().to_string(),
        false => one.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Returns an error as JSON.
pub(crate) fn document(error: &Error) -> Value {
    serde_json::from_str(&error.to_json()).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gives_no_orders_to_a_terminal() {
        assert_eq!(on_one_line("a\u{1b}[31m\nb\u{9b}1m\r"), "a\\u{1b}[31m\\nb\\u{9b}1m\\r");
        assert_eq!(on_one_line("中国工商银行 'a'"), "中国工商银行 'a'");
    }
}
