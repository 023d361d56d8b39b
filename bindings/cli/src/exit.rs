//! The exit codes: what a script that called the command has to know.

use std::process::ExitCode;

use cardwire::{Billed, Error, Kind, Outcome};

/// The end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; of `verify`: they match.
    Done,
    /// Failed, and no vendor billed anything.
    Failed,
    /// An argument, a file or the configuration is wrong; nothing was sent.
    Usage,
    /// `verify`: they do not match.
    Mismatch,
    /// `verify`: the vendor could not tell.
    Inconclusive,
    /// Failed, and it was billed or may have been: look at `cardwire orders unknown`.
    FailedBilled,
    /// Ended before the last photo or item; of `batch`, the same command goes on.
    Unfinished,
    /// `batch`: every item was asked, and some failed.
    SomeFailed,
    /// `batch`: `--limit-billed` has no room for another call.
    AtLimit,
    /// `batch`: every item that is left would fail too, until something is mended.
    Stopped,
}

impl Exit {
    /// Every end, with its code and its meaning, for the manual.
    pub const ALL: &'static [(Exit, u8, &'static str)] = &[
        (Exit::Done, 0, "Done. Of verify: card, name and numbers belong together."),
        (
            Exit::Failed,
            1,
            "Failed, and no vendor billed anything. Of lookup: no issuer was found. Of check: it does not hold, or no vendor takes the photo. Of doctor: something is wrong.",
        ),
        (Exit::Usage, 2, "An argument, a file or the configuration is wrong; nothing was sent."),
        (Exit::Mismatch, 3, "Of verify: they do not belong together."),
        (Exit::Inconclusive, 4, "Of verify: the vendor could not tell."),
        (
            Exit::FailedBilled,
            5,
            "Failed, not found or not printed, and a vendor billed it or may have; \"cardwire orders unknown\" lists what is to be settled.",
        ),
        (
            Exit::Unfinished,
            6,
            "Ended before the last photo or item. Of batch: the same command goes on.",
        ),
        (Exit::SomeFailed, 7, "Of batch: every item was asked, and some failed."),
        (
            Exit::AtLimit,
            8,
            "Of batch: ended by --limit-billed; with a higher limit the same command goes on.",
        ),
        (
            Exit::Stopped,
            9,
            "Of batch: ended by what would fail every item that is left, such as refused credentials, a used-up quota or a full disk; once that is mended the same command goes on.",
        ),
    ];

    /// Returns its code.
    pub fn code(self) -> u8 {
        Exit::ALL.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }

    /// Returns the end that an error is.
    pub(crate) fn of(error: &Error) -> Self {
        match (error.kind(), error.billed()) {
            (_, Billed::Yes | Billed::Unknown) => Exit::FailedBilled,
            (Kind::InvalidArgument | Kind::InvalidConfig | Kind::Unsupported, _) => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    /// Returns the end that an outcome is.
    pub(crate) fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Match => Exit::Done,
            Outcome::Mismatch => Exit::Mismatch,
            _ => Exit::Inconclusive,
        }
    }

    /// Returns the worse of two ends: what was billed weighs most.
    pub(crate) fn or(self, other: Exit) -> Exit {
        let weight = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::FailedBilled => u8::MAX,
            other => other.code(),
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_list_every_code() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let english = std::fs::read_to_string(docs.join("shell.md")).unwrap();
        let chinese = std::fs::read_to_string(docs.join("zh/shell.md")).unwrap();
        for (_, code, meaning) in Exit::ALL {
            assert!(english.contains(&format!("| {code} | {meaning} |\n")), "{code}");
            assert!(chinese.contains(&format!("| {code} | ")), "{code}");
        }
    }

    #[test]
    fn codes_are_in_order_and_what_was_billed_weighs_most() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|(exit, ..)| exit.code()).collect();
        assert_eq!(codes, (0..10).collect::<Vec<u8>>());
        assert_eq!(Exit::Done.or(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::FailedBilled.or(Exit::SomeFailed), Exit::FailedBilled);
        assert_eq!(Exit::Usage.or(Exit::Done), Exit::Usage);
    }
}
