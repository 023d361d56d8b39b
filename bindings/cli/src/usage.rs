//! What is wrong with the arguments, without the arguments: one that is out of place may be a number of a
//! card or a person.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Returns the kind of an error, the option that it is about and the usage.
pub(crate) fn message(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return error.to_string();
    }
    let mut message = error.kind().as_str().unwrap_or("the arguments are wrong").to_owned();
    // Of the other kinds it is what the user wrote.
    let names_option = matches!(
        error.kind(),
        ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::MissingRequiredArgument
            | ErrorKind::ArgumentConflict
            | ErrorKind::TooManyValues
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::NoEquals
    );
    let mut add = |what: &str, text: String| {
        if !text.is_empty() {
            message.push_str(what);
            message.push_str(&text);
        }
    };
    if names_option {
        add(": ", text(ContextKind::InvalidArg));
    }
    add(" with ", text(ContextKind::PriorArg));
    // Of the parsers of this crate and of numbers, which tell no value.
    add(": ", error.source().map(ToString::to_string).unwrap_or_default());
    add("; expected one of ", text(ContextKind::ValidValue));
    add("; did you mean ", text(ContextKind::SuggestedArg));
    add("; did you mean ", text(ContextKind::SuggestedSubcommand));
    add("\n", text(ContextKind::Usage).trim_end().to_owned());
    message.push_str("\nFor more information, try '--help'.");
    message
}
