//! Why a command ended before its end.

use std::fmt;
use std::io;
use std::path::Path;

use cardwire::{Billed, CallFacts, Error};

use crate::console::Console;
use crate::exit::Exit;

/// Why a command ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library refused, or a call failed.
    Call(Error),
    /// A file of the user's cannot be read or written.
    File(String),
    /// An argument, or what a file holds, is not what was expected.
    Argument(String),
    /// Nobody reads what is printed.
    Output(io::Error),
}

impl Failure {
    /// Returns the failure of a file.
    pub(crate) fn file(path: &Path, what: &str, error: &io::Error) -> Self {
        Failure::File(format!("{}: {what}: {error}", crate::show::path(path)))
    }

    /// Returns what was expected of an argument, and what was found.
    pub(crate) fn argument(name: &str, expected: &str, found: impl fmt::Display) -> Self {
        Failure::Argument(format!("{name}: expected {expected}, found {found}"))
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Call(error) => Exit::of(error),
            Failure::File(_) | Failure::Argument(_) => Exit::Usage,
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Failure::Output(_) => Exit::Failed,
        }
    }
}

/// Returns the end of a command that printed something which its exit code tells too: a reader that had
/// enough changes nothing.
pub(crate) fn printed(printed: Result<(), Failure>, exit: Exit) -> Result<Exit, Failure> {
    match printed {
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit),
        printed => printed.map(|()| exit),
    }
}

/// Returns the end of a call whose result was printed. Where it could not be, the order number and the bill
/// are told, and the end is a failure.
pub(crate) fn call_printed(
    printed: Result<(), Failure>,
    facts: &CallFacts,
    exit: Exit,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let Err(Failure::Output(error)) = printed else { return printed.map(|()| exit) };
    let order_id = facts.order_id.as_deref().unwrap_or("none");
    let billed = facts.billed;
    console.say(&format!("the result cannot be printed: {error}"));
    console.say(&format!("  order: {order_id}, sent: {}, billed: {billed}", facts.sent));
    Ok(if billed == Billed::No { Exit::Failed } else { Exit::FailedBilled })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Call(error) => error.fmt(f),
            Failure::File(message) | Failure::Argument(message) => f.write_str(message),
            Failure::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Call(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}
