//! The sandbox as a program: prints the Cardwire configuration on one line, the admin address on the next.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use crate::{Certificate, Options, Sandbox, Settings, Vendor};
use lexopt::prelude::*;
use serde_json::{Value, json};

const ABOUT: &str = "\
the vendors on loopback

The second line that is printed, `admin http://127.0.0.1:PORT`, is the address of a page that shows
what was seen, executed and billed.
";

/// An option of the program.
#[derive(Clone, Copy, Debug)]
pub struct ProgramOption {
    /// Its name, without the hyphens.
    pub name: &'static str,
    /// The name of its value, where it has one.
    pub value: Option<&'static str>,
    /// What it does, without a full stop.
    pub help: &'static str,
}

const fn flag(name: &'static str, help: &'static str) -> ProgramOption {
    ProgramOption { name, value: None, help }
}

const fn valued(name: &'static str, value: &'static str, help: &'static str) -> ProgramOption {
    ProgramOption { name, value: Some(value), help }
}

/// The options of the program, for its help, and for the manual and the completions of a command that has it.
pub const OPTIONS: [ProgramOption; 10] = [
    valued(
        "config-file",
        "PATH",
        "also write the configuration line to PATH, where there is no file yet or one of a sandbox",
    ),
    flag("overwrite", "replace whatever is at the PATH of --config-file"),
    flag(
        "offline",
        "name the vendor `offline`, which is no sandbox, first in the configuration and before the first reader of cards in its failover list",
    ),
    valued("admin-port", "N", "port of the admin listener (default: a free one)"),
    valued("first-port", "N", "first of the vendor ports in a row (default: free ones)"),
    valued("port", "N", "one more port, for all vendors by the name in Host; 0 takes a free one"),
    valued(
        "settings",
        "JSON",
        "settings to start with, whose keys are in tests/sandbox/README.md of the repository",
    ),
    valued("tls", "DIR", "serve TLS; writes DIR/ca.pem and names it in the configuration"),
    valued(
        "certificate",
        "NAME",
        "with --tls: good, expired, not_yet_valid, wrong_host, no_address, self_signed, unknown_authority, other_names or client_only",
    ),
    flag("exit-with-stdin", "stop when standard input closes"),
];

/// Returns the help: what the program is, and its options in lines of up to 100 characters.
fn help() -> String {
    const INDENT: usize = 24;
    let mut text = format!("{ABOUT}\n");
    for option in OPTIONS.into_iter().chain([flag("help", "this text")]) {
        let value = option.value.map(|value| format!(" {value}")).unwrap_or_default();
        let mut line = format!("  --{}{value}", option.name);
        line = format!("{line:width$}", width = INDENT - 1);
        for word in option.help.split(' ') {
            if line.len() + word.len() >= 100 {
                text.push_str(&format!("{line}\n"));
                line = " ".repeat(INDENT - 1);
            }
            line.push(' ');
            line.push_str(word);
        }
        text.push_str(&format!("{line}\n"));
    }
    text
}

struct Arguments {
    options: Options,
    config_file: Option<PathBuf>,
    overwrite: bool,
    offline: bool,
    exit_with_stdin: bool,
}

fn read(given: impl IntoIterator<Item = OsString>) -> Result<Option<Arguments>, lexopt::Error> {
    let mut out = Arguments {
        options: Options::default(),
        config_file: None,
        overwrite: false,
        offline: false,
        exit_with_stdin: false,
    };
    let mut parser = lexopt::Parser::from_args(given);
    let mut certificate = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("config-file") => out.config_file = Some(parser.value()?.into()),
            Long("overwrite") => out.overwrite = true,
            Long("offline") => out.offline = true,
            Long("admin-port") => {
                out.options.admin_port = port("--admin-port", &parser.value()?, u16::MAX)?;
            }
            Long("first-port") => {
                // Every vendor has one.
                let others = u16::try_from(Vendor::COUNT - 1).unwrap_or(u16::MAX);
                let value = parser.value()?;
                out.options.first_port = port("--first-port", &value, u16::MAX - others)?;
            }
            Long("port") => {
                out.options.shared_port = Some(port("--port", &parser.value()?, u16::MAX)?);
            }
            Long("settings") => {
                let text = parser.value()?.string()?;
                out.options.settings = serde_json::from_str::<Settings>(&text)
                    .map_err(|e| format!("--settings: {e}"))?;
            }
            Long("tls") => out.options.ca_dir = Some(parser.value()?.into()),
            Long("certificate") => {
                let name = parser.value()?.string()?;
                certificate = Some(
                    Certificate::from_name(&name)
                        .ok_or_else(|| format!("--certificate: no {name:?}"))?,
                );
            }
            Long("exit-with-stdin") => out.exit_with_stdin = true,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    if out.options.ca_dir.is_some() {
        out.options.tls = Some(certificate.unwrap_or_default());
    } else if certificate.is_some() {
        return Err("--certificate needs --tls".into());
    }
    if out.overwrite && out.config_file.is_none() {
        return Err("--overwrite needs --config-file".into());
    }
    Ok(Some(out))
}

fn port(option: &str, value: &OsStr, most: u16) -> Result<u16, String> {
    let port = value.to_str().and_then(|text| text.parse().ok()).filter(|port| *port <= most);
    port.ok_or_else(|| format!("{option}: expected a port from 0 to {most}, found {value:?}"))
}

/// Names `offline` first, and before the first vendor, which reads cards, in the failover list.
fn put_offline_first(config: &mut Value) {
    let reader = config["vendors"][0]["vendor"].clone();
    if let Some(vendors) = config["vendors"].as_array_mut() {
        vendors.insert(0, json!({"vendor": "offline"}));
    }
    config["failover"] = json!({"recognize": ["offline", reader]});
}

/// Returns whether a configuration is one that a sandbox wrote, and nobody has changed: its entries are those of
/// `new`, but for the ports.
fn is_of_a_sandbox(text: &str, new: &Value) -> bool {
    let entries = |config: &Value| -> Option<Vec<Value>> {
        let mut entries = config["vendors"].as_array()?.clone();
        entries.retain(|entry| *entry != json!({"vendor": "offline"}));
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.remove("base_url");
        }
        Some(entries)
    };
    let Ok(old) = serde_json::from_str::<Value>(text) else { return false };
    let written = ["vendors", "timeout_ms", "ca_file", "failover"];
    let has_others = |old: &serde_json::Map<String, Value>| {
        old.keys().any(|key| !written.contains(&key.as_str()))
    };
    old.as_object().is_some_and(|old| !has_others(old)) && entries(&old) == entries(new)
}

/// Writes the configuration to a new file, or in place of one that a sandbox wrote.
fn write_configuration(path: &Path, config: &Value, overwrite: bool) -> Result<(), Failure> {
    let problem = |error| Failure(1, format!("--config-file {}: {error}", path.display()));
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(problem(error)),
        Ok(found) => {
            let is_own =
                || std::fs::read_to_string(path).is_ok_and(|text| is_of_a_sandbox(&text, config));
            if !overwrite && !(found.is_file() && (found.len() == 0 || is_own())) {
                let message = format!(
                    "--config-file: expected no file yet, or a configuration of a sandbox, found another at {}; \
                     --overwrite replaces it",
                    path.display()
                );
                return Err(Failure(2, message));
            }
            std::fs::remove_file(path).map_err(problem)?;
        }
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(problem)?;
    writeln!(file, "{config}").map_err(problem)
}

/// Says which option a sandbox could not start with.
fn unstarted(options: &Options, error: &std::io::Error) -> Failure {
    let count = u16::try_from(Vendor::COUNT).unwrap_or(0);
    let first = options.first_port;
    let named =
        [("--admin-port", options.admin_port), ("--port", options.shared_port.unwrap_or(0))]
            .into_iter()
            .chain((0..count).map(|index| ("--first-port", first.saturating_add(index))));
    let named =
        named.filter(|(option, port)| *port != 0 && (*option != "--first-port" || first != 0));
    for (option, port) in named {
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Failure(1, format!("{option}: port {port}: {error}"));
        }
    }
    match &options.ca_dir {
        Some(folder) => Failure(1, format!("--tls {}: {error}", folder.display())),
        None => Failure(1, error.to_string()),
    }
}

/// Why the program ended: its exit code and the message.
struct Failure(u8, String);

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure(1, error.to_string())
    }
}

fn serve(arguments: Arguments) -> Result<(), Failure> {
    let sandbox = Sandbox::start(arguments.options.clone())
        .map_err(|error| unstarted(&arguments.options, &error))?;
    let mut config = sandbox.config();
    if arguments.offline {
        put_offline_first(&mut config);
    }
    let line = config.to_string();
    if let Some(path) = arguments.config_file {
        write_configuration(&path, &config, arguments.overwrite)?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}\nadmin {}", sandbox.admin_url())?;
    if let Some(address) = sandbox.shared_address() {
        writeln!(out, "all {address}")?;
    }
    out.flush()?;
    drop(out);
    let (stop, stopped) = std::sync::mpsc::channel();
    if arguments.exit_with_stdin {
        let stop = stop.clone();
        std::thread::spawn(move || {
            let mut sink = [0; 4096];
            while matches!(std::io::stdin().read(&mut sink), Ok(n) if n > 0) {}
            let _ = stop.send(());
        });
    }
    // Not by tokio: it would open descriptors in every runtime of a program that holds the sandbox.
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .map_err(std::io::Error::other)?;
    let _ = stopped.recv();
    Ok(())
}

/// Runs the sandbox until it is asked to end, under the name by which it was called, and returns the exit
/// code: 2 for options that it does not take.
#[must_use]
pub fn run(name: &str, options: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match read(options) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            // A help that nobody reads to its end is no failure.
            let _ = write!(std::io::stdout(), "{name}: {}", help());
            return 0;
        }
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "{name}: {error}\nFor more information, try '{name} --help'."
            );
            return 2;
        }
    };
    match serve(arguments) {
        Ok(()) => 0,
        Err(Failure(code, message)) => {
            let _ = writeln!(std::io::stderr(), "{name}: {message}");
            code
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(given: &[&str]) -> String {
        match read(given.iter().map(OsString::from)) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn an_option_that_is_refused_is_named() {
        assert_eq!(
            refused(&["--first-port", "65530"]),
            "--first-port: expected a port from 0 to 65527, found \"65530\""
        );
        for (option, value) in [
            ("--admin-port", "many"),
            ("--port", "65536"),
            ("--settings", "{"),
            ("--certificate", "x"),
        ] {
            assert!(refused(&[option, value]).starts_with(option), "{option}");
            assert!(refused(&[option]).contains(option), "{option}");
        }
        assert_eq!(refused(&["--overwrite"]), "--overwrite needs --config-file");
        assert_eq!(refused(&["--first-port", "65527"]), "");
    }

    #[test]
    fn every_option_is_in_the_help_and_is_read() {
        for option in OPTIONS {
            assert!(help().contains(&format!("  --{}", option.name)), "{}", option.name);
            let told = refused(&[&format!("--{}", option.name)]);
            assert!(!told.contains("invalid option"), "{told}");
        }
        assert!(help().lines().all(|line| line.len() <= 100), "{}", help());
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_its_option() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let admin_port = held.local_addr().unwrap().port();
        let options = Options { admin_port, ..Options::default() };
        let Err(error) = Sandbox::start(options.clone()) else {
            panic!("the port was taken twice")
        };
        let Failure(code, message) = unstarted(&options, &error);
        assert!(code == 1 && message.starts_with(&format!("--admin-port: port {admin_port}: ")));
    }

    #[test]
    fn only_a_configuration_of_a_sandbox_is_written_over() {
        let folder = std::env::temp_dir().join(format!("cardwire-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("cardwire.json");
        let sandbox = || Sandbox::start(Options::default()).unwrap().config();
        let (plain, mut offline) = (sandbox(), sandbox());
        put_offline_first(&mut offline);
        let read = || std::fs::read_to_string(&path).unwrap();
        for config in [&plain, &offline, &plain] {
            assert!(write_configuration(&path, config, false).is_ok());
            assert_eq!(read(), format!("{config}\n"));
        }
        let mut changed = plain.clone();
        changed["journal"] = "orders.db".into();
        let mut of_a_vendor = plain.clone();
        of_a_vendor["vendors"][0]["secret"] = "another".into();
        for other in [changed.to_string(), of_a_vendor.to_string(), "{}".into(), "text".into()] {
            std::fs::write(&path, &other).unwrap();
            let Err(Failure(2, told)) = write_configuration(&path, &plain, false) else {
                panic!("{other}")
            };
            assert!(told.contains("--overwrite") && read() == other, "{told}");
        }
        #[cfg(unix)]
        {
            let link = folder.join("link.json");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert!(write_configuration(&link, &plain, false).is_err());
            assert!(write_configuration(&link, &plain, true).is_ok());
            assert_eq!(read(), "text");
        }
        assert!(write_configuration(&path, &plain, true).is_ok());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
