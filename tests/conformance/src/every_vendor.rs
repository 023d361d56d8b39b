//! The cases of `every_vendor.json`: what connections and servers do is played to every vendor alike.

use cardwire_sandbox::Vendor;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::case::{Case, Expectation, Ledger, Operation};
use crate::suite::{here, read_list};

/// A row of the file; what it has in common with a [`Case`] means the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// What the sandbox does, and at which of its operations: at the call's where that is absent.
    #[serde(rename = "do")]
    action: Option<Value>,
    on: Option<String>,
    #[serde(default = "one")]
    times: u64,
    /// A photo for vendors that take it; the others are left out.
    image: Option<String>,
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    config: Map<String, Value>,
    /// `{vendor}` stands for the vendor's name.
    expect: Value,
    /// The outcome of the first attempt where the vendor keeps orders, whose answer is the result then.
    order_tells: Option<String>,
    #[serde(default)]
    ledger: Ledger,
}

const fn one() -> u64 {
    1
}

/// Returns each row as a case of each vendor.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn cases() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for row in read_list(&here().join("every_vendor.json"))? {
        let row: Row = serde_json::from_value(row).map_err(|error| error.to_string())?;
        for vendor in Vendor::ALL {
            cases.extend(row.case(vendor)?);
        }
    }
    Ok(cases)
}

impl Row {
    fn case(&self, vendor: Vendor) -> Result<Option<Case>, String> {
        let known =
            cardwire::Vendor::from_name(vendor.name()).ok_or("the library lacks a vendor")?;
        let operations = known.operations();
        let verifies = operations.contains(&cardwire::Operation::Verify);
        if let Some(image) = &self.image
            && !takes(known, image)?
        {
            return Ok(None);
        }
        let mut input = if verifies {
            json!({"card_number": "6222020000000000000", "name": "张三", "id_number": "110101190001010014"})
        } else {
            json!({"image": self.image.as_deref().unwrap_or("icbc-debit.jpg")})
        };
        for (key, value) in &self.input {
            input[key] = value.clone();
        }
        let operation = if verifies { Operation::Verify } else { Operation::Recognize };
        let script = self.action.iter().map(|action| {
            let on = self.on.as_deref().unwrap_or(operation.word());
            json!({"vendor": vendor.name(), "operation": on, "times": self.times, "do": action})
        });
        let has_orders = operations.contains(&cardwire::Operation::FetchOrder);
        let expect = match &self.order_tells {
            Some(outcome) if has_orders => {
                json!({"ok": {"sent": "yes", "billed": "yes", "attempts": [{"outcome": outcome}]}})
            }
            _ => self.expect.clone(),
        };
        let expect = expect.to_string().replace("{vendor}", vendor.name());
        let expect: Expectation =
            serde_json::from_str(&expect).map_err(|error| error.to_string())?;
        Ok(Some(Case {
            name: format!("{}: {}", vendor.name(), self.name),
            accounts: vec![vendor.name().to_owned()],
            entry: Map::new(),
            config: self.config.clone(),
            operation,
            input: input.as_object().cloned().unwrap_or_default(),
            script: script.collect(),
            settings: None,
            expect,
            ledger: self.ledger.clone(),
            seen: Vec::new(),
        }))
    }
}

/// Returns whether a vendor reads cards, and takes a photo of `tests/images`.
fn takes(vendor: cardwire::Vendor, image: &str) -> Result<bool, String> {
    let check = cardwire::check_image(cardwire_test_images::load(image));
    let check = check.map_err(|error| error.to_string())?;
    Ok(check.vendors.iter().any(|(known, refusal)| *known == vendor && refusal.is_none()))
}
