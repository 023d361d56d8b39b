//! What every test stands on: a sandbox, a folder, and the command run in it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use cardwire_sandbox::{Action, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const CARD: &str = "6222020000000000000";
pub const MASKED: &str = "622202*********0000";
pub const NAME: &str = "张三";
pub const ID_NUMBER: &str = "110101190001010014";

/// The command.
pub const COMMAND: &str = env!("CARGO_BIN_EXE_cardwire");

/// Returns a cardholder as JSON.
pub fn holder(name: &str) -> String {
    json!({"card_number": CARD, "name": name, "id_number": ID_NUMBER}).to_string()
}

/// Returns a card that a vendor answers with a code.
pub fn magic_card(code: &str) -> String {
    cardwire_sandbox::magic::card_for(Vendor::TencentFaceid, code).unwrap()
}

#[cfg(unix)]
pub fn send(signal: nix::sys::signal::Signal, child: &Child) {
    let id = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(id, signal).unwrap();
}

/// A sandbox, with a folder that has a configuration for some of its vendors.
pub struct Fixture {
    pub sandbox: Sandbox,
    pub folder: TempDir,
}

impl Fixture {
    pub fn new(vendors: &[&str]) -> Self {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let fixture = Fixture { sandbox, folder: tempfile::tempdir().unwrap() };
        fixture.configure(vendors, |_| ());
        fixture
    }

    pub fn configure(&self, vendors: &[&str], change: impl FnOnce(&mut Value)) {
        let mut config = self.sandbox.config();
        let entries = config["vendors"].as_array_mut().unwrap();
        entries.retain(|entry| vendors.contains(&entry["vendor"].as_str().unwrap()));
        if vendors.contains(&"offline") {
            entries.insert(0, json!({"vendor": "offline"}));
        }
        change(&mut config);
        std::fs::write(self.path("cardwire.json"), config.to_string()).unwrap();
    }

    /// Gives the configuration the journal `orders.db`.
    pub fn configure_journal(&self, vendors: &[&str]) {
        self.configure(vendors, |config| config["journal"] = "orders.db".into());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(COMMAND, arguments)
    }

    /// Returns a program that runs in the folder.
    pub fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_remove("CARDWIRE_CONFIG");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> CommandResult {
        CommandResult::of(self.command(arguments).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> CommandResult {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        CommandResult::of(child.wait_with_output().unwrap())
    }

    pub fn photo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, cardwire_test_images::load(cardwire_test_images::FIRST)).unwrap();
        path
    }

    pub fn photos(&self, count: usize) {
        for number in 0..count {
            self.photo(&format!("photos/{number:04}.jpg"));
        }
    }

    /// Sets how long the vendors take for an answer.
    pub fn set_latency(&self, milliseconds: u64) {
        let mut settings = self.sandbox.settings();
        settings.latency_ms = milliseconds;
        self.sandbox.set(settings);
    }

    /// Has the vendor close each connection after it read the request, which it executes or not.
    pub fn close(&self, vendor: Vendor, operation: Operation, execute: bool) {
        let action = Action::fault(FaultKind::CloseAfterRead, 0).executes(execute);
        self.sandbox.script(Script { times: 0, ..Script::once(vendor, operation, action) });
    }

    /// Waits until the vendors have executed so many requests for a command that still runs.
    pub fn wait_for(&self, executed: usize, child: &mut Child) {
        while self.executed(Operation::Recognize) < executed {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub fn executed(&self, operation: Operation) -> usize {
        let ledger = self.sandbox.ledger();
        ledger.iter().filter(|entry| entry.operation == operation && entry.executed).count()
    }

    /// Returns the rows of a file of results, by item.
    pub fn rows(&self, name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        let headings = reader.headers().unwrap().clone();
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            let row = row.unwrap();
            let cells = headings.iter().zip(row.iter());
            let cells: BTreeMap<String, String> =
                cells.map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
            (cells["item"].clone(), cells)
        };
        let all: Vec<_> = reader.records().map(row).collect();
        let by_item: BTreeMap<_, _> = all.iter().cloned().collect();
        assert_eq!(by_item.len(), all.len(), "an item has two rows");
        by_item
    }
}

/// A command that ended.
pub struct CommandResult {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl CommandResult {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ended = CommandResult {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        // Unless it was asked for, no personal value is printed anywhere.
        for personal in [CARD, ID_NUMBER, NAME] {
            let shown = ended.err.contains(personal);
            assert!(!shown, "{personal} in {}", ended.err);
        }
        ended
    }

    pub fn masked(self) -> Self {
        assert!(!self.out.contains(CARD), "{}", self.out);
        self
    }

    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
