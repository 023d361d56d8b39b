//! The commands that make one call for each argument.

use std::io::Read as _;
use std::path::Path;

use cardwire::bindings::nearest;
use cardwire::{Billed, CallOptions, Cancellation, Cardholder, Image, Recognition};
use serde_json::Value;

use crate::arguments::{CallArguments, Lookup, OneCallArguments, Recognize, Verify};
use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::{Failure, call_printed, printed};
use crate::text::utf8;
use crate::{interrupt, show};

/// Returns the options that the arguments ask for.
pub(crate) fn options(arguments: &CallArguments, cancellation: &Cancellation) -> CallOptions {
    let mut options = CallOptions::new().cancellation(cancellation);
    if !arguments.vendors.is_empty() {
        options = options.vendors(arguments.vendors.iter().map(String::as_str));
    }
    match arguments.timeout {
        Some(timeout) => options.timeout(timeout),
        None => options,
    }
}

/// Returns the options of one call. It ends at the first Ctrl-C, and then says whether it was billed.
fn one(arguments: &OneCallArguments) -> Result<CallOptions, Failure> {
    let cancellation = Cancellation::new();
    interrupt::ends(&cancellation, 1)?;
    let mut options = options(&arguments.call, &cancellation);
    if let Some(order_id) = &arguments.order_id {
        options = options.order_id(order_id);
    }
    Ok(match &arguments.reference {
        Some(reference) => options.reference(reference),
        None => options,
    })
}

pub(crate) fn recognize(
    config: &Source,
    arguments: &Recognize,
    console: &mut Console,
) -> Result<Exit, Failure> {
    if arguments.photos.len() > 1 && arguments.call.order_id.is_some() {
        return Err(Failure::argument("--order-id", "one photo", arguments.photos.len()));
    }
    config.tell_if_offline(console);
    let client = config.client_or_offline()?;
    let options = one(&arguments.call)?;
    let mut exit = Exit::Done;
    let reveal = arguments.call.call.reveal;
    for (index, photo) in arguments.photos.iter().enumerate() {
        let name = if reveal { photo.display().to_string() } else { show::path(photo) };
        let mut is_unprinted = false;
        match image(photo).and_then(|image| Ok(client.recognize(image, &options)?)) {
            Ok(card) => {
                let printed = print_card(&name, &card, reveal, console);
                is_unprinted = printed.is_err();
                exit = exit.or(call_printed(printed, card.facts(), Exit::Done, console)?);
            }
            Err(failure) => {
                exit = exit.or(failure.exit());
                console.failure(Some(&name), &failure);
            }
        }
        let left = arguments.photos.len() - index - 1;
        if left > 0 && (is_unprinted || interrupt::was_asked()) {
            console.say(&format!("photos that are left, and were not read: {left}"));
            exit = exit.or(Exit::Unfinished);
            break;
        }
    }
    Ok(exit)
}

/// Returns the photo of a file, or of the standard input where it is "-".
pub(crate) fn image(photo: &Path) -> Result<Image, Failure> {
    match photo.as_os_str() == "-" {
        true => Ok(Image::bytes(input_bytes()?)),
        false => Ok(Image::path(photo)),
    }
}

fn print_card(
    photo: &str,
    card: &Recognition,
    reveal: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    if console.is_json() {
        return console.document(Some(photo), "result", show::document(card, reveal));
    }
    console.line(photo)?;
    console.pairs(&show::recognition(card, reveal))
}

pub(crate) fn verify(
    config: &Source,
    arguments: &Verify,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let cardholder = match &arguments.from {
        Some(file) => cardholder_of(file)?,
        None => {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let holder = Cardholder::new(&text(&arguments.card_number), &text(&arguments.name));
            with_numbers(holder, arguments.id_number.as_deref(), arguments.phone.as_deref())
        }
    };
    let client = config.client()?;
    let answer = client.verify(cardholder, &one(&arguments.call)?)?;
    let told = if console.is_json() {
        let result = show::document(&answer, arguments.call.call.reveal);
        console.document(None, "result", result)
    } else {
        console
            .line(answer.outcome.slug())
            .and_then(|()| console.pairs(&show::verification(&answer)))
    };
    call_printed(told, answer.facts(), Exit::of_outcome(answer.outcome), console)
}

/// Returns a cardholder with the numbers that there are.
pub(crate) fn with_numbers(
    mut holder: Cardholder,
    id_number: Option<&str>,
    phone: Option<&str>,
) -> Cardholder {
    if let Some(number) = id_number {
        holder = holder.id_number(number);
    }
    match phone {
        Some(number) => holder.phone(number),
        None => holder,
    }
}

/// Reads a cardholder from a JSON file, or the standard input.
fn cardholder_of(file: &Path) -> Result<Cardholder, Failure> {
    let bytes = match file.as_os_str() == "-" {
        true => input_bytes()?,
        false => std::fs::read(file)
            .map_err(|error| Failure::file(file, "the cardholder cannot be read", &error))?,
    };
    let text = utf8("--from", bytes)?;
    let expected = "a JSON object with the texts card_number, name, id_number and phone";
    // What it holds is personal: nothing of it is repeated.
    let wrong = |found: &str| Failure::argument("--from", expected, found);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let value: Value = serde_json::from_str(text).map_err(|error| wrong(&mistake(&error)))?;
    let object = value.as_object().ok_or_else(|| wrong(class_of(&value)))?;
    let known = ["card_number", "name", "id_number", "phone"];
    if let Some(other) = object.keys().find(|key| !known.contains(&key.as_str())) {
        let shown = show::path(Path::new(other));
        let meant = nearest(other, &known).map(|key| format!("; did you mean {key}?"));
        return Err(wrong(&format!("another key, {shown}{}", meant.unwrap_or_default())));
    }
    let field = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(wrong(&format!("{} as {name}", class_of(other)))),
    };
    let needed = |name: &str| field(name)?.ok_or_else(|| wrong(&format!("no {name}")));
    let holder = Cardholder::new(needed("card_number")?, needed("name")?);
    Ok(with_numbers(holder, field("id_number")?, field("phone")?))
}

/// Describes a mistake of the JSON itself, whose texts repeat nothing of the document.
fn mistake(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("a mistake at line {} column {}: {what}", error.line(), error.column())
}

/// Returns what a value of JSON is, without the value.
fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns the argument, or the standard input where it is "-".
pub(crate) fn argument_or_input(argument: &str) -> Result<String, Failure> {
    match argument {
        "-" => Ok(utf8("the standard input", input_bytes()?)?.trim().to_owned()),
        argument => Ok(argument.to_owned()),
    }
}

fn input_bytes() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::File(format!("the standard input cannot be read: {error}"))),
    }
}

pub(crate) fn lookup(
    config: &Source,
    arguments: &Lookup,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let number = argument_or_input(&arguments.card_number)?;
    if arguments.ask {
        let client = config.client()?;
        let answer = client.lookup_card(&number, &one(&arguments.call)?)?;
        let told = if console.is_json() {
            let result = show::document(&answer, arguments.call.call.reveal);
            console.document(None, "result", result)
        } else {
            let issuer = answer.issuer.as_deref().unwrap_or("unknown");
            console
                .line(&format!("{issuer} ({})", answer.card_kind))
                .and_then(|()| console.pairs(&show::facts(answer.facts())))
        };
        let exit = match (answer.found, answer.facts().billed) {
            (true, _) => Exit::Done,
            (false, Billed::No) => Exit::Failed,
            (false, _) => Exit::FailedBilled,
        };
        return call_printed(told, answer.facts(), exit, console);
    }
    // The table needs no account, and a configuration may bring another.
    let client = config.client_or_offline()?;
    let found = client.lookup_issuer(&number)?;
    let told = if console.is_json() {
        let issuer = found.as_ref().map(|issuer| show::document(issuer, true));
        console.document(None, "result", issuer.into())
    } else if let Some(issuer) = &found {
        let code = issuer.code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
        console.line(&format!("{} ({}{code})", issuer.name, issuer.card_kind))
    } else {
        console.line("unknown: the table has no such prefix")
    };
    printed(told, if found.is_some() { Exit::Done } else { Exit::Failed })
}
