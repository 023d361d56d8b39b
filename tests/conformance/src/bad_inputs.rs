//! The table `tests/bad_inputs.json`: values that callers give by mistake, and odd ones that are none.
//!
//! A bad value is refused by kind and by name, without being shown, and no connection is opened. A
//! good one arrives at the vendor as it was given.

use std::collections::BTreeMap;
use std::fs;

use cardwire::Kind;
use cardwire_sandbox::{Operation as SandboxOperation, Settings, Vendor};
use serde_json::{Map, Value, json};

use crate::argument;
use crate::case::{Argument, Ask, Operation};
use crate::seen::seen;
use crate::subject::{Fields, Reply, Subject};
use crate::suite::{Report, Suite, here};
use crate::table::{Expected, Group, Row, Table, rows};

/// Puts one value to a subject.
type Put = fn(&Suite, &mut dyn Subject, &Row<'_>, &Ask, &Argument) -> Result<(), String>;

/// Returns whether texts of the language can be this value.
fn can_be_put(language: &str, value: &Argument) -> bool {
    match value {
        Argument::Text(_) => true,
        Argument::Bytes(_) => matches!(language, "C" | "C++" | "Go"),
        Argument::Units(_) => matches!(language, "Python" | "Node" | "Java"),
    }
}

/// Returns whether a path has something in it that could be a card's or a person's.
fn is_masked(path: &str) -> bool {
    !path.is_ascii()
        || path.split(|one: char| !one.is_ascii_digit()).any(|digits| digits.len() >= 15)
}

impl Suite {
    /// Puts every value of the table to a subject.
    ///
    /// # Errors
    /// The table cannot be read or its files cannot be made.
    pub fn run_bad_inputs(&self, subject: &mut dyn Subject) -> Result<Report, String> {
        let table = Table::read(&here().join("../bad_inputs.json"))?;
        self.make_files(&table)?;
        let mut report = Report::default();
        self.sandbox.reset();
        for group in &table.bad {
            self.run_group(subject, group, &mut report, Self::refused)?;
        }
        let opened = self.connections();
        let none = if opened == 0 { Ok(()) } else { Err(format!("{opened} were opened")) };
        report.add("no bad input opens a connection", none);
        for group in &table.good {
            self.sandbox.reset();
            self.sandbox.set(Settings::without_rates());
            self.sandbox.keep_requests();
            self.run_group(subject, group, &mut report, Self::arrives)?;
        }
        Ok(report)
    }

    fn make_files(&self, table: &Table) -> Result<(), String> {
        let told = |error: std::io::Error| error.to_string();
        for name in &table.folders {
            fs::create_dir_all(self.folder.join(name)).map_err(told)?;
        }
        for (name, spec) in &table.files {
            let content = argument::content(spec, &self.folder)?;
            fs::write(self.folder.join(name), content).map_err(told)?;
        }
        for (name, length) in &table.lengths {
            fs::File::create(self.folder.join(name))
                .and_then(|file| file.set_len(*length))
                .map_err(told)?;
        }
        for (name, target) in &table.links {
            let link = self.folder.join(name);
            // From the run before.
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(target, link).map_err(told)?;
        }
        Ok(())
    }

    fn connections(&self) -> u64 {
        Vendor::ALL.iter().map(|vendor| self.sandbox.connections(*vendor)).sum()
    }

    fn run_group(
        &self,
        subject: &mut dyn Subject,
        group: &Group,
        report: &mut Report,
        run: Put,
    ) -> Result<(), String> {
        let language = subject.name().to_owned();
        // A client for the whole group, where its configuration is not what is wrong.
        if group.argument.is_some() {
            let config = self.config_with(group, None)?;
            if let Some(error) = subject.open(&config)? {
                return Err(format!("{}: the client is refused: {error:?}", group.about));
            }
        }
        for row in rows(group) {
            let only = row.only();
            if !only.is_empty() && !only.contains(&language.as_str()) {
                report.left_out += 1;
                continue;
            }
            if group.argument.is_none() {
                let config = match group.document {
                    true => argument::text(row.value, &self.folder)?,
                    false => self.config_with(group, Some(row.value))?,
                };
                if can_be_put(&language, &config) {
                    report.add(&row.name(), self.configured(subject, &row, &config));
                } else {
                    report.left_out += 1;
                }
                continue;
            }
            for (name, value, ask) in self.asks(&row)? {
                if ask.arguments.iter().all(|(_, value)| can_be_put(&language, value)) {
                    report.add(
                        &format!("{} {name}", row.name()),
                        run(self, subject, &row, &ask, &value),
                    );
                } else {
                    report.left_out += 1;
                }
            }
        }
        Ok(())
    }

    /// Returns the configuration of a group, with the value of the key that the group is about.
    fn config_with(&self, group: &Group, value: Option<&Value>) -> Result<Argument, String> {
        let mut config = self.config(&group.accounts, &Map::new())?;
        for (path, value) in &group.config {
            put(&mut config, path, self.filled(value)?)?;
        }
        if let (Some(path), Some(value)) = (&group.key, value) {
            put(&mut config, path, self.filled(value)?)?;
        }
        Ok(Argument::Text(config.to_string()))
    }

    /// Returns a value of the configuration: `{"text": ...}` is a text by description.
    fn filled(&self, value: &Value) -> Result<Value, String> {
        let spec = match value {
            Value::String(_) => value,
            Value::Object(object) if object.len() == 1 && object.contains_key("text") => {
                &value["text"]
            }
            Value::Object(object) => {
                let member =
                    |(key, value): (&String, &Value)| Ok((key.clone(), self.filled(value)?));
                return object
                    .iter()
                    .map(member)
                    .collect::<Result<Map<_, _>, String>>()
                    .map(Value::from);
            }
            _ => return Ok(value.clone()),
        };
        match argument::text(spec, &self.folder)? {
            Argument::Text(text) => Ok(text.into()),
            Argument::Bytes(_) | Argument::Units(_) => Err(format!("JSON cannot hold {spec}")),
        }
    }

    /// Returns every call that a row makes, with a name for it and the value that it is about.
    fn asks(&self, row: &Row<'_>) -> Result<Vec<(String, Argument, Ask)>, String> {
        let argument = row.group.argument.as_deref().unwrap_or_default();
        let mut forms = Vec::new();
        if argument == "image" {
            let path = self.folder.join("image");
            let content = argument::content(row.value, &self.folder)?;
            fs::write(&path, content).map_err(|error| error.to_string())?;
            let path = Argument::from(path.display().to_string());
            forms.extend([("bytes", path.clone()), ("file", path)]);
        } else {
            forms.push((argument, argument::text(row.value, &self.folder)?));
        }
        let all = [String::new()];
        let vendors = if row.group.vendors.is_empty() { &all[..] } else { &row.group.vendors };
        let mut asks = Vec::new();
        for operation in &row.group.calls {
            for vendor in vendors {
                for (name, value) in &forms {
                    // Local checks take bytes.
                    let is_local =
                        matches!(operation, Operation::CheckImage | Operation::LookAtImage);
                    if *name == "file" && argument == "image" && is_local {
                        continue;
                    }
                    let mut arguments = defaults(*operation);
                    if matches!(*name, "bytes" | "file" | "url") {
                        arguments.remove("bytes");
                    }
                    for (key, value) in row.with() {
                        match value {
                            Value::Null => arguments.remove(&key),
                            value => arguments.insert(key, argument::text(&value, &self.folder)?),
                        };
                    }
                    if !vendor.is_empty() {
                        arguments.insert("vendor".to_owned(), vendor.clone().into());
                    }
                    arguments.insert((*name).to_owned(), value.clone());
                    let word = operation.word();
                    let ask =
                        Ask { operation: *operation, arguments: arguments.into_iter().collect() };
                    asks.push((format!("({word} {vendor} {name})"), value.clone(), ask));
                }
            }
        }
        Ok(asks)
    }

    /// Returns a configuration that cannot be opened, or that the first call refuses.
    fn configured(
        &self,
        subject: &mut dyn Subject,
        row: &Row<'_>,
        config: &Argument,
    ) -> Result<(), String> {
        let hidden = Some(row.value).filter(|_| row.group.secret);
        let hidden = hidden.map(|value| self.filled(value)).transpose()?;
        let hidden = hidden.as_ref().and_then(Value::as_str);
        let mut expected = row.expected(subject.name())?;
        expected.names = expected.names.or_else(|| {
            let about_a_key = expected.kind.as_deref() == Some(Kind::InvalidConfig.slug());
            row.group.key.clone().filter(|_| about_a_key)
        });
        let refused = subject.open(config)?;
        match (row.group.calls.first(), refused) {
            (None, Some(error)) => holds(&expected, &error, hidden),
            (None, None) => Err("the configuration is taken".to_owned()),
            (Some(_), Some(error)) => Err(format!("refused before the call: {error:?}")),
            (Some(operation), None) => {
                let before = self.connections();
                let arguments = defaults(*operation).into_iter();
                let mut arguments: Vec<_> = arguments.collect();
                arguments.extend(
                    row.group.vendors.iter().map(|name| ("vendor".to_owned(), name.clone().into())),
                );
                let reply = subject.call(&Ask { operation: *operation, arguments })?;
                let Reply::Error(error) = reply else { return Err(format!("taken: {reply:?}")) };
                holds(&expected, &error, hidden)?;
                self.still(before)
            }
        }
    }

    fn still(&self, before: u64) -> Result<(), String> {
        match self.connections() - before {
            0 => Ok(()),
            opened => Err(format!("{opened} connections were opened")),
        }
    }

    fn refused(
        &self,
        subject: &mut dyn Subject,
        row: &Row<'_>,
        ask: &Ask,
        value: &Argument,
    ) -> Result<(), String> {
        let before = self.connections();
        let mut expected = row.expected(subject.name())?;
        expected.names = expected.names.or_else(|| {
            let invalid = expected.kind.as_deref() == Some(Kind::InvalidArgument.slug());
            row.group.argument.clone().filter(|_| invalid)
        });
        match (subject.call(ask)?, &expected.result) {
            (Reply::Ok(found), Some(wanted)) => {
                for (key, value) in wanted {
                    if found.get(key) != Some(value) {
                        return Err(format!("{key} is {:?}, not {value}", found.get(key)));
                    }
                }
            }
            // The path of the suite's own file is no value of the table.
            (Reply::Error(error), None) if row.group.argument.as_deref() == Some("image") => {
                holds(&expected, &error, None)?;
            }
            // Numbers of the program's own: seeing them helps, and tells of nobody.
            (Reply::Error(error), None)
                if matches!(row.group.argument.as_deref(), Some("timeout_ms" | "concurrency")) =>
            {
                holds(&expected, &error, None)?;
            }
            // An error about a file names it, without what could be a person's.
            (Reply::Error(error), None) if row.group.argument.as_deref() == Some("file") => {
                holds(&expected, &error, value.text().filter(|path| is_masked(path)))?;
            }
            (Reply::Error(error), None) => holds(&expected, &error, value.text())?,
            (reply, _) => return Err(format!("expected {expected:?}, found {reply:?}")),
        }
        self.still(before)
    }

    fn arrives(
        &self,
        subject: &mut dyn Subject,
        row: &Row<'_>,
        ask: &Ask,
        value: &Argument,
    ) -> Result<(), String> {
        let argument = row.group.argument.as_deref().unwrap_or_default();
        let executed = || {
            let entries = self.sandbox.ledger();
            entries.iter().filter(|entry| is_asked_for(entry.operation) && entry.executed).count()
        };
        drop(self.sandbox.take_requests());
        let before = executed();
        let reply = subject.call(ask)?;
        let mut requests = self.sandbox.take_requests();
        requests.retain(|kept| is_asked_for(kept.operation));
        let [request] = requests.as_slice() else {
            return Err(format!("{} requests: {reply:?}", requests.len()));
        };
        let wanted = match (argument, row.own["seen"].is_null()) {
            ("image", _) => argument::content(row.value, &self.folder)?,
            (_, true) => value.text().unwrap_or_default().as_bytes().to_vec(),
            (_, false) => match argument::text(&row.own["seen"], &self.folder)? {
                Argument::Text(text) => text.into_bytes(),
                Argument::Bytes(_) | Argument::Units(_) => return Err("seen is text".to_owned()),
            },
        };
        let found = seen(request, argument).ok_or("the vendor saw nothing of it")?;
        if found != wanted {
            let shown =
                |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
            return Err(format!("the vendor saw {:?}, not {:?}", shown(&found), shown(&wanted)));
        }
        if row.executes() && executed() - before != 1 {
            return Err(format!("the vendor refused the request: {reply:?}"));
        }
        Ok(())
    }
}

/// Tokens and tickets are the library's own affair.
const fn is_asked_for(operation: SandboxOperation) -> bool {
    !matches!(operation, SandboxOperation::Token | SandboxOperation::Ticket)
}

/// Sets a value by its path, for example `vendors[0].app_id`.
fn put(config: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut target = config;
    for part in path.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, index)) => (key, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        target = &mut target[key];
        if let Some(index) = index {
            target = target.get_mut(index).ok_or_else(|| format!("nothing at {path}"))?;
        }
    }
    *target = value;
    Ok(())
}

/// Arguments that are fine.
fn defaults(operation: Operation) -> BTreeMap<String, Argument> {
    let photo = cardwire_test_images::dir().join(cardwire_test_images::FIRST);
    let photo = photo.display().to_string();
    let fine: &[(&str, &str)] = match operation {
        Operation::Recognize | Operation::RecognizeMany => &[("bytes", &photo)],
        Operation::Verify | Operation::VerifyMany => {
            &[("card_number", CARD), ("name", NAME), ("id_number", ID_NUMBER)]
        }
        Operation::LookupCard => &[("card_number", CARD)],
        Operation::FetchOrder => &[("order_id", "a1")],
        Operation::CheckCardNumber
        | Operation::CheckIdNumber
        | Operation::CheckImage
        | Operation::LookAtImage => &[],
    };
    fine.iter()
        .map(|(key, value)| ((*key).to_owned(), Argument::from((*value).to_owned())))
        .collect()
}

const CARD: &str = "6222020000000000000";
const NAME: &str = "张三";
const ID_NUMBER: &str = "110101190001010014";

/// The longest message that is fit for a log line.
const MESSAGE_LIMIT: usize = 400;

/// Values shorter than this may stand in a message by chance.
const SHORTEST_HIDDEN: usize = 6;

/// Holds an error against what is expected of it and of every refusal.
fn holds(expected: &Expected, error: &Fields, hidden: Option<&str>) -> Result<(), String> {
    let told = |problem: &str| Err(format!("{problem}: {error:?}"));
    let kind = expected.kind.as_deref().unwrap_or_default();
    let number = Kind::ALL.iter().find(|one| one.slug() == kind).map(|one| one.number());
    if error.get("kind") != Some(&json!(kind)) || error.get("number") != Some(&json!(number)) {
        return told(&format!("the kind is not {kind}"));
    }
    for key in ["sent", "billed"] {
        if error.get(key) != Some(&json!("no")) {
            return told(&format!("{key} is not \"no\""));
        }
    }
    let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
    if message.is_empty() || message.len() > MESSAGE_LIMIT {
        return told("the message is empty or too long");
    }
    if [Kind::InvalidArgument, Kind::InvalidConfig].map(Kind::slug).contains(&kind) {
        let said = message.split_once(": ").map_or("", |(_, said)| said);
        if !said.starts_with("expected ") || !said.contains(", found ") {
            return told("the message does not say what was expected and what was found");
        }
    }
    if let Some(names) = &expected.names {
        let argument = error.get("argument").unwrap_or(&Value::Null);
        let (wanted, named) = match message.split_once(": ") {
            Some((name, _)) if kind == Kind::InvalidArgument.slug() => (json!(names), snake(name)),
            Some((key, _)) => (Value::Null, key.to_owned()),
            None => (Value::Null, String::new()),
        };
        if named != *names {
            return told(&format!("the message does not begin with {names}"));
        }
        if *argument != wanted {
            return told(&format!("the argument is not {wanted}"));
        }
    }
    let mut texts = Vec::new();
    for value in error.values() {
        collect(value, &mut texts);
    }
    if texts.iter().any(|text| text.contains(char::is_control)) {
        return told("it has control characters");
    }
    let hidden = hidden.filter(|text| text.chars().count() >= SHORTEST_HIDDEN);
    for secret in hidden.into_iter().chain([CARD, NAME, ID_NUMBER]) {
        if texts.iter().any(|text| text.contains(secret)) {
            return told("it shows the value");
        }
    }
    Ok(())
}

/// Messages name arguments as the language does: those of Node become snake_case.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(object) => object.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}
