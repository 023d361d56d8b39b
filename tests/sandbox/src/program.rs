//! The sandbox as a program: prints the Cardwire configuration on one line, the admin address on the next.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;

use crate::{Certificate, Options, Sandbox, Settings};
use lexopt::prelude::*;
use serde_json::{Value, json};

const OPTIONS: &str = "\
the vendors on loopback

The second line that is printed, `admin http://127.0.0.1:PORT`, is the address of a page that shows
what was seen, executed and billed.

  --config-file PATH    also write the configuration line to PATH
  --offline             name the vendor `offline`, which is no sandbox, first in the configuration and before
                        the first reader of cards in its failover list
  --admin-port N        port of the admin listener (default: a free one)
  --first-port N        first of the vendor ports in a row (default: free ones)
  --port N              one more port, for all vendors by the name in Host; 0 takes a free one
  --settings JSON       settings to start with (see the README)
  --tls DIR             serve TLS; writes DIR/ca.pem and names it in the configuration
  --certificate NAME    with --tls: good, expired, not_yet_valid, wrong_host, no_address,
                        self_signed, unknown_authority, other_names or client_only
  --exit-with-stdin     stop when standard input closes
  --help                this text
";

struct Arguments {
    options: Options,
    config_file: Option<PathBuf>,
    offline: bool,
    exit_with_stdin: bool,
}

fn read(given: impl IntoIterator<Item = OsString>) -> Result<Option<Arguments>, lexopt::Error> {
    let mut out = Arguments {
        options: Options::default(),
        config_file: None,
        offline: false,
        exit_with_stdin: false,
    };
    let mut parser = lexopt::Parser::from_args(given);
    let mut certificate = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("config-file") => out.config_file = Some(parser.value()?.into()),
            Long("offline") => out.offline = true,
            Long("admin-port") => out.options.admin_port = parser.value()?.parse()?,
            Long("first-port") => out.options.first_port = parser.value()?.parse()?,
            Long("port") => out.options.shared_port = Some(parser.value()?.parse()?),
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
    Ok(Some(out))
}

/// Names `offline` first, and before the first vendor, which reads cards, in the failover list.
fn put_offline_first(config: &mut Value) {
    let reader = config["vendors"][0]["vendor"].clone();
    if let Some(vendors) = config["vendors"].as_array_mut() {
        vendors.insert(0, json!({"vendor": "offline"}));
    }
    config["failover"] = json!({"recognize": ["offline", reader]});
}

fn serve(arguments: Arguments) -> std::io::Result<()> {
    let sandbox = Sandbox::start(arguments.options)?;
    let mut config = sandbox.config();
    if arguments.offline {
        put_offline_first(&mut config);
    }
    let line = config.to_string();
    if let Some(path) = arguments.config_file {
        std::fs::write(path, format!("{line}\n"))?;
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
            let _ = write!(std::io::stdout(), "{name}: {OPTIONS}");
            return 0;
        }
        Err(error) => {
            let _ = write!(std::io::stderr(), "{name}: {error}\n\n{name}: {OPTIONS}");
            return 2;
        }
    };
    match serve(arguments) {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{name}: {error}");
            1
        }
    }
}
