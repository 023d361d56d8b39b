//! The commands that make one call for each argument.

use std::io::Read as _;
use std::path::Path;

use cardwire::{CallOptions, Cancellation, Cardholder, Image, Recognition};
use serde_json::{Value, json};

use crate::arguments::{CallArguments, Lookup, OneCallArguments, Recognize, Verify};
use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
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
    for photo in &arguments.photos {
        let name = photo.display().to_string();
        match client.recognize(Image::path(photo), &options) {
            Ok(card) => print_card(&name, &card, arguments.call.call.reveal, console)?,
            Err(error) => {
                let failure = Failure::Call(error);
                exit = exit.or(failure.exit());
                console.failure(Some(&name), &failure);
            }
        }
        if interrupt::was_asked() {
            break;
        }
    }
    Ok(exit)
}

fn print_card(
    photo: &str,
    card: &Recognition,
    reveal: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    if console.is_json() {
        return console.value(&json!({"item": photo, "result": show::document(card, reveal)}));
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
    if console.is_json() {
        let result = show::document(&answer, arguments.call.call.reveal);
        console.value(&json!({"result": result}))?;
    } else {
        console.line(answer.outcome.slug())?;
        console.pairs(&show::verification(&answer))?;
    }
    Ok(Exit::of_outcome(answer.outcome))
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
    let text = match file.as_os_str() == "-" {
        true => standard_input()?,
        false => std::fs::read_to_string(file)
            .map_err(|error| Failure::file(file, "the cardholder cannot be read", &error))?,
    };
    let expected = "a JSON object with the texts card_number, name, id_number and phone";
    // What it holds is personal: nothing of it is repeated.
    let wrong = |found: &str| Failure::argument("--from", expected, found);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let value: Value = serde_json::from_str(text).map_err(|_| wrong("another text"))?;
    let object = value.as_object().ok_or_else(|| wrong("another JSON value"))?;
    let known = ["card_number", "name", "id_number", "phone"];
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(wrong("another key"));
    }
    let field = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(wrong(&format!("{name} that is no text"))),
    };
    let needed = |name: &str| field(name)?.ok_or_else(|| wrong(&format!("no {name}")));
    let holder = Cardholder::new(needed("card_number")?, needed("name")?);
    Ok(with_numbers(holder, field("id_number")?, field("phone")?))
}

/// Returns the argument, or the standard input where it is "-".
pub(crate) fn argument_or_input(argument: &str) -> Result<String, Failure> {
    match argument {
        "-" => Ok(standard_input()?.trim().to_owned()),
        argument => Ok(argument.to_owned()),
    }
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
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
        if console.is_json() {
            let result = show::document(&answer, arguments.call.call.reveal);
            console.value(&json!({"result": result}))?;
        } else {
            let issuer = answer.issuer.as_deref().unwrap_or("unknown");
            console.line(&format!("{issuer} ({})", answer.card_kind))?;
            console.pairs(&show::facts(answer.facts()))?;
        }
        return Ok(if answer.found { Exit::Done } else { Exit::Failed });
    }
    // The table needs no account, and a configuration may bring another.
    let client = config.client_or_offline()?;
    let found = client.lookup_issuer(&number)?;
    if console.is_json() {
        let issuer = found.as_ref().map(|issuer| show::document(issuer, true));
        console.value(&json!({"result": issuer}))?;
    } else if let Some(issuer) = &found {
        let code = issuer.code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
        console.line(&format!("{} ({}{code})", issuer.name, issuer.card_kind))?;
    } else {
        console.line("unknown: the table has no such prefix")?;
    }
    Ok(if found.is_some() { Exit::Done } else { Exit::Failed })
}
