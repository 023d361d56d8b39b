//! Runs every case and every answer vector through a subject.

use std::fs;
use std::path::{Path, PathBuf};

use cardwire_sandbox::{
    Operation as SandboxOperation, Options, Sandbox, Script, Settings, Vendor, WechatShape, magic,
};
use serde_json::{Map, Value, json};

use crate::argument::content;
use crate::case::{Argument, Ask, Case, Expectation, Operation};
use crate::every_vendor;
use crate::seen;
use crate::subject::{Reply, Subject};

/// The report of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases held.
    pub passed: usize,
    /// The expectations that did not hold, a line each.
    pub failures: Vec<String>,
    /// How many cases the language cannot put.
    pub left_out: usize,
}

impl Report {
    pub(crate) fn add(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(problem) => self.failures.push(format!("{name}: {problem}")),
        }
    }
}

/// The suite with a sandbox of its own.
pub struct Suite {
    pub(crate) sandbox: Sandbox,
    /// The folder of the files for the subjects.
    pub(crate) folder: PathBuf,
}

pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read_list(path: &Path) -> Result<Vec<Value>, String> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

impl Suite {
    /// Starts the sandbox; files for the subjects go to `folder`, which is made.
    ///
    /// # Errors
    /// The sandbox cannot start or the folder cannot be made.
    pub fn start(folder: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        // Every shape of a `wechat` answer that documents and clients show, not the likeliest alone.
        let settings = Settings { wechat_shape: WechatShape::Cycle, ..Settings::default() };
        let sandbox = Sandbox::start(Options { settings, ..Options::default() })
            .map_err(|error| error.to_string())?;
        Ok(Suite { sandbox, folder })
    }

    /// Runs everything through one subject.
    ///
    /// # Errors
    /// A case file cannot be read.
    pub fn run(&self, subject: &mut dyn Subject) -> Result<Report, String> {
        let mut report = Report::default();
        for path in json_files(&here().join("cases")) {
            for value in read_list(&path)? {
                let case: Case = serde_json::from_value(value)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                let outcome = self.run_case(subject, &case);
                report.add(&case.name, outcome);
            }
        }
        for case in every_vendor::cases()? {
            let outcome = self.run_case(subject, &case);
            report.add(&case.name, outcome);
        }
        for vendor in Vendor::ALL {
            let folder = here().join("../vectors").join(vendor.name()).join("answers");
            for path in json_files(&folder) {
                for case in read_list(&path)? {
                    let name = format!("{} {}", vendor.name(), case["name"].as_str().unwrap_or(""));
                    if let Some(outcome) = self.replay(subject, vendor, &case) {
                        report.add(&name, outcome);
                    }
                }
            }
        }
        Ok(report)
    }

    fn run_case(&self, subject: &mut dyn Subject, case: &Case) -> Result<(), String> {
        self.sandbox.reset();
        if let Some(settings) = &case.settings {
            self.set(settings)?;
        }
        for script in &case.script {
            let script: Script =
                serde_json::from_value(script.clone()).map_err(|error| error.to_string())?;
            self.sandbox.script(script);
        }
        self.sandbox.keep_requests();
        let mut config = self.config(&case.accounts, &case.config)?;
        for entry in config["vendors"].as_array_mut().into_iter().flatten() {
            for (key, value) in &case.entry {
                entry[key] = value.clone();
            }
        }
        open(subject, &config)?;
        let arguments = self.arguments(&case.input)?;
        let file = arguments.iter().find(|(name, _)| name == "file");
        let given = file.and_then(|(_, path)| fs::read(path.text()?).ok());
        let ask = Ask { operation: case.operation, arguments };
        let reply = subject.call(&ask)?;
        hold(&case.expect, &reply)?;
        let requests = self.sandbox.take_requests();
        seen::hold(&case.seen, &requests)?;
        let (Reply::Ok(document) | Reply::Error(document)) = &reply;
        seen::hold_photo(&case.seen, &requests, given.as_deref(), document)?;
        let mut entries = self.sandbox.ledger();
        entries.retain(|entry| {
            !matches!(entry.operation, SandboxOperation::Token | SandboxOperation::Ticket)
        });
        let count = |wanted: Option<u64>, found: usize, what: &str| match wanted {
            Some(wanted) if wanted != found as u64 => {
                Err(format!("{found} {what}, not {wanted}: {entries:?}"))
            }
            _ => Ok(()),
        };
        count(
            case.ledger.executed,
            entries.iter().filter(|entry| entry.executed).count(),
            "executed",
        )?;
        count(case.ledger.billed, entries.iter().filter(|entry| entry.billed).count(), "billed")?;
        let connections: u64 =
            Vendor::ALL.iter().map(|vendor| self.sandbox.connections(*vendor)).sum();
        count(case.ledger.connections, usize::try_from(connections).unwrap_or(0), "connections")
    }

    /// Returns the arguments of a case, with files and magic card numbers filled in.
    fn arguments(&self, input: &Map<String, Value>) -> Result<Vec<(String, Argument)>, String> {
        let mut arguments = Vec::new();
        for (key, value) in input {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            arguments.push(match (key.as_str(), value) {
                ("image", Value::Object(_)) => {
                    let path = self.folder.join("photo");
                    let photo = content(value, &self.folder)?;
                    fs::write(&path, photo).map_err(|error| error.to_string())?;
                    ("file".to_owned(), path.display().to_string().into())
                }
                ("image", _) => {
                    let path = cardwire_test_images::dir().join(&text);
                    ("file".to_owned(), path.display().to_string().into())
                }
                _ => (key.clone(), fill_magic(&text)?.into()),
            });
        }
        Ok(arguments)
    }

    /// Changes the named settings of the sandbox.
    fn set(&self, changes: &Value) -> Result<(), String> {
        let mut settings =
            serde_json::to_value(self.sandbox.settings()).map_err(|error| error.to_string())?;
        for (key, value) in changes.as_object().ok_or("settings are an object")? {
            settings[key] = value.clone();
        }
        self.sandbox.set(serde_json::from_value(settings).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Returns the configuration of these accounts, every vendor where there are none, with keys of
    /// its own besides.
    pub(crate) fn config(
        &self,
        accounts: &[String],
        extra: &Map<String, Value>,
    ) -> Result<Value, String> {
        let mut config = self.sandbox.config();
        for (key, value) in extra {
            config[key] = value.clone();
        }
        if !accounts.is_empty() {
            let credentials = self.sandbox.credentials();
            let vendors = config["vendors"].as_array().cloned().unwrap_or_default();
            let chosen: Result<Vec<Value>, String> = accounts
                .iter()
                .map(|name| {
                    if name == "offline" {
                        return Ok(json!({"vendor": name}));
                    }
                    let vendor = vendors.iter().find(|entry| entry["vendor"] == name.as_str());
                    let entry = vendor.unwrap_or(&credentials[name]);
                    if entry.is_null() {
                        Err(format!("no account {name}"))
                    } else {
                        Ok(entry.clone())
                    }
                })
                .collect();
            config["vendors"] = chosen?.into();
        }
        Ok(config)
    }

    /// Feeds the bytes of an answer vector to a client; `None` for vectors that are about less than
    /// a call, which core's own tests run.
    fn replay(
        &self,
        subject: &mut dyn Subject,
        vendor: Vendor,
        case: &Value,
    ) -> Option<Result<(), String>> {
        let word = case["operation"].as_str().unwrap_or_default();
        let token = word == "token";
        if token && case["expect"]["ok"].is_object() {
            return None;
        }
        let scripted = match (token, case["input"]["half"].is_object()) {
            (true, true) => "ticket",
            (true, false) => "token",
            _ => "any",
        };
        Some(self.replay_scripted(subject, vendor, case, scripted))
    }

    fn replay_scripted(
        &self,
        subject: &mut dyn Subject,
        vendor: Vendor,
        case: &Value,
        scripted: &str,
    ) -> Result<(), String> {
        self.sandbox.reset();
        let scripted = match scripted {
            "any" => match case["operation"].as_str().unwrap_or_default() {
                "recognize" => "recognize",
                "fetch_order" => "fetch_order",
                _ => "verify",
            },
            other => other,
        };
        let mut answer = case["response"].clone();
        if !matches!(answer["body"], Value::String(_) | Value::Null) {
            answer["body"] = answer["body"].to_string().into();
        }
        let script = json!({
            "vendor": vendor.name(), "operation": scripted, "times": 0, "do": {"answer": answer},
        });
        self.sandbox.script(serde_json::from_value(script).map_err(|error| error.to_string())?);
        // What an answer means: not what is done about it, nor what the table of prefixes adds to it.
        let issuers = self.folder.join("issuers.csv");
        fs::write(&issuers, "prefix,card_length,issuer_code,issuer,card_kind,sources\n")
            .map_err(|error| error.to_string())?;
        let once = Map::from_iter([
            ("retry".to_owned(), json!({"attempts": 1})),
            ("issuers".to_owned(), json!({"file": issuers, "built_in": false})),
        ]);
        open(subject, &self.config(&[vendor.name().to_owned()], &once)?)?;
        let reply = subject.call(&vector_ask(case)?)?;
        let mut expect: Expectation =
            serde_json::from_value(case["expect"].clone()).map_err(|error| error.to_string())?;
        let (Expectation::Ok(fields) | Expectation::Error(fields)) = &mut expect;
        // What the flow does about a refusal is not a field of the error.
        fields.remove("advice");
        if case["operation"] == "token" {
            fields.retain(|key, _| key == "kind" || key == "vendor_code");
        }
        hold(&expect, &reply)
    }
}

fn open(subject: &mut dyn Subject, config: &Value) -> Result<(), String> {
    match subject.open(&Argument::Text(config.to_string()))? {
        None => Ok(()),
        Some(error) => Err(format!("the configuration is refused: {error:?}")),
    }
}

fn hold(expect: &Expectation, reply: &Reply) -> Result<(), String> {
    let (wanted, found) = match (expect, reply) {
        (Expectation::Ok(wanted), Reply::Ok(found))
        | (Expectation::Error(wanted), Reply::Error(found)) => (wanted, found),
        _ => return Err(format!("expected {expect:?}, found {reply:?}")),
    };
    for (key, value) in wanted {
        let there = found.get(key).unwrap_or(&Value::Null);
        if !contains(there, value) {
            return Err(format!("{key} is {there}, not {value}"));
        }
    }
    Ok(())
}

/// Equal, but objects and lists need only hold what is wanted, in order.
fn contains(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| contains(found.get(key).unwrap_or(&Value::Null), value)),
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len()
                && found.iter().zip(wanted).all(|(found, wanted)| contains(found, wanted))
        }
        _ => found == wanted,
    }
}

fn fill_magic(text: &str) -> Result<String, String> {
    let Some(inner) = text.strip_prefix("{magic:").and_then(|rest| rest.strip_suffix('}')) else {
        return Ok(text.to_owned());
    };
    let (vendor, code) = inner.split_once(':').ok_or("magic needs a vendor and a code")?;
    let vendor = Vendor::from_name(vendor).ok_or_else(|| format!("no vendor {vendor}"))?;
    magic::card_for(vendor, code).ok_or_else(|| format!("no magic card for {text}"))
}

/// Returns the call whose answer a vector holds, with the same defaults as core's own runner.
fn vector_ask(case: &Value) -> Result<Ask, String> {
    let input = &case["input"];
    let text = |key: &str, default: &str| {
        (key.to_owned(), Argument::from(input[key].as_str().unwrap_or(default).to_owned()))
    };
    let order_id = case["order_id"].as_str().unwrap_or("cardwireVector0001").to_owned();
    let mut arguments = vec![("order_id".to_owned(), Argument::from(order_id))];
    let operation = match case["operation"].as_str().unwrap_or_default() {
        "recognize" | "token" => {
            match input["url"].as_str() {
                Some(url) => arguments.push(("url".to_owned(), url.to_owned().into())),
                None => {
                    let path = cardwire_test_images::dir().join("icbc-debit.jpg");
                    arguments.push(("file".to_owned(), path.display().to_string().into()));
                }
            }
            Operation::Recognize
        }
        "lookup_card" => {
            arguments.push(text("card_number", "6222020000000000000"));
            Operation::LookupCard
        }
        "fetch_order" => Operation::FetchOrder,
        verify => {
            let elements = verify.strip_prefix("verify").unwrap_or_default();
            arguments.push(text("card_number", "6222020000000000000"));
            arguments.push(text("name", "张三"));
            if matches!(elements, "3" | "4") {
                arguments.push(text("id_number", "110101190001010014"));
            }
            if elements == "4" {
                arguments.push(text("phone", "13800000000"));
            }
            Operation::Verify
        }
    };
    Ok(Ask { operation, arguments })
}
