//! The command `cardwire`: bank-card recognition and cardholder verification from the shell.
//!
//! [`run`] is the whole command. It is a library so that the packages of other languages bring the
//! command with them and hold its code once, in the library that they have anyway.
//!
//! ```
//! assert_eq!(cardwire_cli::run(["cardwire", "check", "card-number", "6222020000000000000"]), 0);
//! assert_eq!(cardwire_cli::run(["cardwire", "no-such-command"]), 2);
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod arguments;
mod batch;
mod calls;
mod check;
mod configuration;
mod console;
mod doctor;
mod exit;
mod failure;
mod interrupt;
mod orders;
mod show;
mod text;
mod usage;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Command};
use configuration::Source;
use console::Console;
use failure::Failure;

pub use exit::Exit;

/// Runs the command with these arguments, of which the first is its name, and returns its exit code;
/// [`Exit`] has their meanings.
pub fn run<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let is_json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => {
            // A help that nobody reads to its end is no failure.
            let _ = error.print();
            return Exit::Done.code();
        }
        Err(error) => {
            Console::new(is_json).failure(None, &Failure::Argument(usage::message(&error)));
            return Exit::Usage.code();
        }
    };
    let mut console = Console::new(arguments.json);
    match perform(&arguments, &mut console) {
        Ok(exit) => exit.code(),
        Err(failure) => {
            console.failure(None, &failure);
            failure.exit().code()
        }
    }
}

fn perform(arguments: &Arguments, console: &mut Console) -> Result<Exit, Failure> {
    // Not by clap, whose usage then shows the option as one that is needed.
    let of_environment = || std::env::var_os("CARDWIRE_CONFIG").filter(|name| !name.is_empty());
    let named = arguments.config.clone().or_else(|| of_environment().map(Into::into));
    let config = &Source::new(named.as_deref());
    match &arguments.command {
        Command::Recognize(recognize) => calls::recognize(config, recognize, console),
        Command::Verify(verify) => calls::verify(config, verify, console),
        Command::Lookup(lookup) => calls::lookup(config, lookup, console),
        Command::Check(check) => check::check(check, console),
        Command::Batch(batch) => batch::run(config, batch, console),
        Command::Orders(orders) => orders::orders(config, orders, console),
        Command::Doctor => doctor::doctor(config, console),
        #[cfg(feature = "sandbox")]
        Command::Sandbox { options } => {
            let ended = cardwire_sandbox::program::run("cardwire sandbox", options.iter().cloned());
            Ok(match ended {
                0 => Exit::Done,
                1 => Exit::Failed,
                _ => Exit::Usage,
            })
        }
        Command::Completion { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut documented(), "cardwire", &mut text);
            console.bytes(&text)?;
            Ok(Exit::Done)
        }
        Command::Manual => {
            console.bytes(&manual()?)?;
            Ok(Exit::Done)
        }
    }
}

/// Returns the command as its manual and its completions tell it: with the options of the sandbox, which reads
/// them itself.
fn documented() -> clap::Command {
    let command = Arguments::command();
    #[cfg(feature = "sandbox")]
    let command = command.mut_subcommand("sandbox", |sandbox| {
        let options = cardwire_sandbox::program::OPTIONS.map(|option| {
            let one = clap::Arg::new(option.name).long(option.name).help(option.help);
            match option.value {
                Some(value) => one.value_name(value),
                None => one.action(clap::ArgAction::SetTrue),
            }
        });
        sandbox.mut_arg("options", |options| options.hide(true)).args(options)
    });
    command
}

/// Returns the manual page: the options of every command, and the exit codes.
fn manual() -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let command = documented();
    let top = clap_mangen::Man::new(command.clone()).manual("Cardwire");
    top.render_title(&mut page)?;
    top.render_name_section(&mut page)?;
    top.render_synopsis_section(&mut page)?;
    top.render_description_section(&mut page)?;
    top.render_options_section(&mut page)?;
    commands(&command, "cardwire", &mut page)?;
    page.extend(b".SH EXIT STATUS\n");
    for (_, code, meaning) in Exit::ALL {
        page.extend(format!(".TP\n{code}\n{}\n", meaning.replace('\\', "\\\\")).bytes());
    }
    Ok(page)
}

/// Writes a section for each command that has no commands of its own.
fn commands(of: &clap::Command, name: &str, page: &mut Vec<u8>) -> Result<(), Failure> {
    for command in of.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("{name} {}", command.get_name());
        if command.has_subcommands() {
            commands(command, &name, page)?;
            continue;
        }
        page.extend(format!(".SH \"{}\"\n", name.to_uppercase()).bytes());
        let named = command.clone().bin_name(&name).display_name(&name);
        let section = clap_mangen::Man::new(named);
        // Without their headings: a page has one of each.
        for render in [
            clap_mangen::Man::render_synopsis_section,
            clap_mangen::Man::render_description_section,
            clap_mangen::Man::render_options_section,
        ] {
            let mut part = Vec::new();
            render(&section, &mut part)?;
            let text = String::from_utf8_lossy(&part);
            let body = text.lines().filter(|line| {
                !line.starts_with(".SH ") && !line.starts_with(".ie ") && !line.starts_with(".el ")
            });
            page.extend(b".PP\n");
            for line in body {
                page.extend(line.bytes());
                page.push(b'\n');
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
        documented().debug_assert();
    }

    #[test]
    fn the_manual_has_every_command_and_every_exit_code() {
        let page = String::from_utf8(manual().unwrap()).unwrap();
        for command in ["CARDWIRE RECOGNIZE", "CARDWIRE ORDERS RECONCILE", "CARDWIRE CHECK PHOTO"] {
            assert!(page.contains(command), "{command} in {page}");
        }
        for (_, _, meaning) in Exit::ALL {
            assert!(page.contains(meaning), "{meaning}");
        }
    }
}
