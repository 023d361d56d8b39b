//! Runs `tests/vectors/<vendor>/answers/*.json` and `requests/*.json` through the vendors, and holds
//! every documented code against them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Vendor;
use crate::call::{on_code, on_reply};
use crate::card::{CardNumber, Cardholder, Image, ImageFormat, Photo, Picture};
use crate::config::{Config, Endpoint, config_keys};
use crate::decision::{Decision, Retry};
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenStep};
use crate::vendors::codes::{self, CodeResult, Numbering, Reach};
use crate::vendors::{Adapter, Answer, Call, Now, Refusal, Reply, RequestIds, Task};
use crate::wire::Response;

fn folder(vendor: Vendor) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(vendor.name())
}

fn cases(vendor: Vendor, topic: &str) -> Vec<(String, Value)> {
    let Ok(entries) = fs::read_dir(folder(vendor).join(topic)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in file.as_array().expect("a vector file is a list of cases") {
            let name = case["name"].as_str().expect("a case has a name");
            assert!(case["origin"].is_string(), "{name}: a case names its origin");
            cases.push((format!("{vendor} {topic} {name}"), case.clone()));
        }
    }
    cases
}

/// Returns the account of a case: its own `account`, or the folder's `account.json`.
fn adapter(vendor: Vendor, case: &Value) -> std::sync::Arc<dyn Adapter> {
    let account = match &case["account"] {
        Value::Null => {
            serde_json::from_slice(&fs::read(folder(vendor).join("account.json")).unwrap()).unwrap()
        }
        account => account.clone(),
    };
    let config = Config::from_json(&json!({"vendors": [account]}).to_string()).unwrap();
    config.accounts.into_iter().next().unwrap().adapter
}

/// A 16 by 16 PNG, which no vendor finds too small: the photo of an answer, where none is given.
const SQUARE_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAADklEQVR42mP4/5+BFAQA/U4f4d7IdZcAAAAASUVORK5CYII=";

/// A 1 by 1 PNG, the smallest photo that has a header: that of a request.
pub(crate) const SMALL_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Returns the account of a vendor's folder.
pub(crate) fn account(vendor: Vendor) -> std::sync::Arc<dyn Adapter> {
    adapter(vendor, &Value::Null)
}

fn call(case: &Value) -> Call {
    let input = &case["input"];
    let text = |key: &str| input[key].as_str();
    let task = match case["operation"].as_str().expect("a case has an operation") {
        "recognize" | "token" => match text("url") {
            Some(url) => Task::Recognize(Picture::load(Image::url(url)).unwrap()),
            None => {
                let photo = if case["response"].is_object() { SQUARE_PNG } else { SMALL_PNG };
                let bytes = STANDARD.decode(text("image_base64").unwrap_or(photo)).unwrap();
                Task::Recognize(Picture::load(Image::bytes(bytes)).unwrap())
            }
        },
        "lookup_card" => Task::LookupCard(
            CardNumber::parse(text("card_number").unwrap_or("6222020000000000000")).unwrap(),
        ),
        "fetch_order" => Task::FetchOrder,
        operation => {
            let elements: u32 = operation.strip_prefix("verify").unwrap().parse().unwrap();
            let mut cardholder = Cardholder::new(
                text("card_number").unwrap_or("6222020000000000000"),
                text("name").unwrap_or("张三"),
            );
            if elements >= 3 {
                cardholder =
                    cardholder.id_number(text("id_number").unwrap_or("110101190001010014"));
            }
            if elements == 4 {
                cardholder = cardholder.phone(text("phone").unwrap_or("13800000000"));
            }
            Task::Verify(cardholder.person().unwrap())
        }
    };
    Call {
        task,
        order_id: case["order_id"].as_str().unwrap_or("cardwireVector0001").to_owned(),
        user_id: text("user_id").map(str::to_owned),
        reference: None,
    }
}

fn token(value: &Value) -> Option<Token> {
    value["value"].as_str().map(|text| Token {
        value: Secret::new(text),
        ticket: value["ticket"].as_str().map(Secret::new),
    })
}

fn half(value: &Value) -> Option<HalfToken> {
    value["value"].as_str().map(|text| HalfToken {
        value: Secret::new(text),
        life: Duration::from_secs(value["life_seconds"].as_u64().unwrap()),
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    match (&value["body"], &value["body_base64"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::String(text)) => STANDARD.decode(text).unwrap(),
        (Value::Null, _) => Vec::new(),
        (body, _) => body.to_string().into_bytes(),
    }
}

fn response(value: &Value) -> Response {
    let headers = value["headers"].as_array().cloned().unwrap_or_default();
    Response {
        status: u16::try_from(value["status"].as_u64().unwrap_or(200)).unwrap(),
        headers: crate::wire::headers(
            headers.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())),
        ),
        body: Bytes::from(bytes(value)),
    }
}

fn refusal_json(refusal: &Refusal, decision: Decision) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("kind".into(), refusal.kind.slug().into());
    object.insert("vendor_code".into(), refusal.code.clone().into());
    let advice = match decision.retry {
        Retry::Token => "NewToken",
        Retry::Clock => "CorrectClock",
        Retry::Nonce => "SignAgain",
        Retry::None | Retry::Backoff | Retry::Throttle | Retry::Once => "Final",
    };
    object.insert("advice".into(), advice.into());
    object.insert(
        "retry_after_ms".into(),
        refusal.retry_after.map(crate::schema::milliseconds).into(),
    );
    object
}

fn answer_json(answer: &Answer) -> Map<String, Value> {
    let text = match answer {
        Answer::Recognition(answer) => answer.to_json(),
        Answer::Verification(answer) => answer.to_json(),
        Answer::Lookup(answer) => answer.to_json(),
        Answer::Order(answer) => answer.to_json(),
    };
    serde_json::from_str(&text).unwrap()
}

fn reply_json(reply: &Reply, decision: Decision) -> (&'static str, Map<String, Value>) {
    let (side, mut object) = match &reply.result {
        Ok(answer) => ("ok", answer_json(answer)),
        Err(refusal) => ("error", refusal_json(refusal, decision)),
    };
    object.insert("billed".into(), reply.billed.slug().into());
    put_ids(&mut object, &reply.ids);
    (side, object)
}

fn put_ids(object: &mut Map<String, Value>, ids: &RequestIds) {
    object.insert("request_id".into(), ids.request_id.clone().into());
    object.insert("gateway_request_id".into(), ids.gateway_request_id.clone().into());
    object.insert("transaction_time".into(), ids.transaction_time.clone().into());
}

fn hold(name: &str, case: &Value, side: &str, found: &Map<String, Value>) {
    let expected = case["expect"][side]
        .as_object()
        .unwrap_or_else(|| panic!("{name}: expected {}, found {side} {found:?}", case["expect"]));
    for (key, value) in expected {
        assert_eq!(found.get(key), Some(value), "{name}: {key} in {found:?}");
    }
}

/// Holds what follows an answer against what its vector says.
fn hold_decision(name: &str, case: &Value, decision: Decision) {
    if !case["follows"].is_null() {
        assert_eq!(case["follows"], decision.name, "{name}: what follows");
    }
}

#[test]
fn answers_mean_what_the_vectors_say() {
    let mut count = 0;
    for vendor in Vendor::ALL {
        for (name, case) in cases(*vendor, "answers") {
            let adapter = adapter(*vendor, &case);
            let response = response(&case["response"]);
            if case["operation"] == "token" {
                assert!(adapter.token_source().is_some(), "{name}: a token case needs a source");
                let TokenReply { ids, result } =
                    adapter.token_answer(half(&case["input"]["half"]), &response);
                let (side, mut found) = match result {
                    Ok(TokenStep::Half(half)) => ("ok", json!({"half": half.value.reveal()})),
                    Ok(TokenStep::Ready { token, usable_for, .. }) => (
                        "ok",
                        json!({
                            "token": token.value.reveal(),
                            "ticket": token.ticket.as_ref().map(Secret::reveal),
                            "usable_for_seconds": usable_for.as_secs(),
                        }),
                    ),
                    Err(refusal) => {
                        let code = refusal.code.as_deref().unwrap_or_default();
                        let numbering = match half(&case["input"]["half"]) {
                            Some(_) => Numbering::Ticket,
                            None => Numbering::Token,
                        };
                        let decision = on_code(*vendor, numbering, code);
                        hold_decision(&name, &case, decision);
                        ("error", Value::Object(refusal_json(&refusal, decision)))
                    }
                };
                let found = found.as_object_mut().unwrap();
                put_ids(found, &ids);
                hold(&name, &case, side, found);
            } else {
                let call = call(&case);
                adapter.check(&call).unwrap_or_else(|error| panic!("{name}: {error}"));
                let reply = adapter.answer(&call, &response);
                let numbering = call.task.numbering();
                let mut decision = on_reply(*vendor, numbering, &reply, response.status);
                hold_decision(&name, &case, decision);
                if adapter.token_source().is_none() && decision.retry == Retry::Token {
                    // The caller looks after this token: there is no other to be had.
                    decision.retry = Retry::None;
                }
                let (side, found) = reply_json(&reply, decision);
                hold(&name, &case, side, &found);
            }
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn every_documented_code_has_a_vector() {
    // What is read on this machine has no answers to make: its own tests hold its codes.
    for vendor in Vendor::over_network() {
        let mut seen = BTreeSet::new();
        let cases = cases(*vendor, "answers").into_iter();
        for (_, case) in cases.filter(|(_, case)| case["follows"].is_string()) {
            for side in ["ok", "error"] {
                let code = &case["expect"][side]["vendor_code"];
                let code = if code.is_null() { &case["vendor_code"] } else { code };
                if let Some(code) = code.as_str() {
                    seen.insert((case["operation"].as_str().unwrap().to_owned(), code.to_owned()));
                    seen.insert((String::new(), code.to_owned()));
                }
            }
        }
        for list in vendor.codes() {
            let any = [""].into_iter().filter(|_| list.numberings.is_empty());
            for operation in list.numberings.iter().map(|one| one.slug()).chain(any) {
                // A success is held by its whole answer, which shows no code.
                for row in list.rows.iter().filter(|row| row.result != CodeResult::Success) {
                    let is_unlisted = |code: &str| {
                        let found = codes::find(vendor.codes(), Numbering::Recognize, code);
                        found.is_some_and(|found| found.code == row.code)
                    };
                    let reads = |(of, code): &(String, String)| match row.reach {
                        Reach::Prefix => of.is_empty() && is_unlisted(code),
                        _ => of == operation && code == row.code,
                    };
                    assert!(
                        seen.iter().any(reads),
                        "{vendor}: no vector says what the code {} means in {operation}, and what follows",
                        row.code
                    );
                }
            }
        }
    }
}

#[test]
fn requests_are_byte_for_byte_what_the_vectors_say() {
    for vendor in Vendor::ALL {
        for (name, case) in cases(*vendor, "requests") {
            let adapter = adapter(*vendor, &case);
            let seed = case["seed"].as_u64().unwrap_or(1);
            let mut entropy = Entropy::from_seed([u8::try_from(seed).unwrap(); 32]);
            let now = Now { unix_ms: case["now_ms"].as_u64().unwrap_or(1_767_225_600_000) };
            let request = if case["operation"] == "token" {
                let source = adapter.token_source().expect("a token case needs a token source");
                let force = case["input"]["force"].as_bool().unwrap_or(false);
                source.request(half(&case["input"]["half"]).as_ref(), force, now, &mut entropy)
            } else {
                let call = call(&case);
                adapter.check(&call).unwrap_or_else(|error| panic!("{name}: {error}"));
                adapter.build(&call, token(&case["token"]).as_ref(), now, &mut entropy)
            }
            .unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected = &case["expect"];
            assert_eq!(request.method.name(), expected["method"].as_str().unwrap(), "{name}");
            assert_eq!(request.url, expected["url"].as_str().unwrap(), "{name}");
            let headers: Vec<Value> =
                request.headers.iter().map(|(key, value)| json!([key, value])).collect();
            assert_eq!(Value::Array(headers), expected["headers"], "{name}");
            let mut body = Vec::new();
            request.body.visit(|piece| body.extend_from_slice(piece));
            assert_eq!(
                String::from_utf8_lossy(&body),
                String::from_utf8_lossy(&bytes(expected)),
                "{name}"
            );
            assert_eq!(body, bytes(expected), "{name}");
            assert_eq!(request.body.len(), body.len() as u64, "{name}");
        }
    }
}

#[test]
fn every_default_address_is_accepted() {
    for url in Vendor::ALL.iter().filter_map(|vendor| vendor.default_url()) {
        assert!(Endpoint::parse(url, crate::config::PlainHttp::ToThisMachine).is_ok(), "{url}");
        assert!(url.starts_with("https://"), "{url}");
    }
}

/// The page of vendors states how many codes each documents, and how many answer vectors hold them.
#[test]
fn the_page_of_vendors_counts_codes_and_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vendors.md");
    let page = fs::read_to_string(path).unwrap();
    for vendor in Vendor::ALL {
        let rows = vendor.codes().iter().flat_map(|list| list.rows);
        let (codes, answers) = (
            rows.filter(|row| row.reach != Reach::Prefix).count(),
            cases(*vendor, "answers").len(),
        );
        let row = format!("| `{vendor}` | {codes} | {answers} |");
        assert!(page.contains(&row), "docs/vendors.md has no row {row}");
    }
}

/// The facts that a vendor's page must state: address, operations, limits, and keys of its own.
fn facts(vendor: Vendor) -> BTreeSet<String> {
    let keys = config_keys();
    let keys_of = |vendor: &Vendor| keys.get(&format!("vendors.{vendor}")).unwrap();
    let is_own = |key: &&&str| !Vendor::over_network().all(|other| keys_of(other).contains(**key));
    let profile = vendor.profile();
    let marked = |text: &str| format!("`{text}`");
    let mut facts = BTreeSet::from([
        format!("reference/codes.md#{vendor}"),
        format!("\"vendor\": \"{vendor}\""),
    ]);
    facts.extend(vendor.default_url().map(marked));
    facts.extend(profile.operations.iter().map(|operation| marked(&operation.to_string())));
    facts.extend(keys_of(&vendor).iter().filter(is_own).map(|key| marked(key)));
    facts.extend(profile.requests_per_second.map(|rate| rate.to_string()));
    facts.extend(profile.daily_quota.map(|quota| quota.to_string()));
    if let Some(limits) = &profile.pictures {
        let (bytes, size) = (Bytes::from(vec![0; 64 << 20]), Some((1 << 14, 1 << 14)));
        let photo = Photo { bytes, format: ImageFormat::Jpeg, size };
        // The error names the limit first, then what was found.
        let error = limits.check(vendor, &Picture::Photo(photo)).unwrap_err();
        let number = error.message().split(' ').find(|word| word.parse::<usize>().is_ok());
        facts.insert(number.unwrap().to_owned());
    }
    facts
}

/// The page of each vendor, in both languages, states what the library knows.
#[test]
fn the_pages_of_vendors_state_what_the_library_knows() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for vendor in Vendor::ALL {
        for folder in ["vendors", "zh/vendors"] {
            let path = docs.join(folder).join(format!("{vendor}.md"));
            let page = fs::read_to_string(&path).unwrap();
            for fact in facts(*vendor) {
                assert!(page.contains(&fact), "{} does not state {fact}", path.display());
            }
        }
    }
}

/// The tables of errors are those of the kinds.
#[test]
fn the_pages_of_errors_list_every_kind() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let english = fs::read_to_string(docs.join("errors.md")).unwrap();
    let chinese = fs::read_to_string(docs.join("zh/errors.md")).unwrap();
    for kind in crate::Kind::ALL {
        let row = format!("| {} | `{kind}` | ", kind.number());
        let line = english.lines().find(|line| line.starts_with(&row));
        assert!(
            line.is_some_and(|line| line.ends_with(&format!("| {} |", kind.advice()))),
            "{row}"
        );
        assert!(chinese.lines().any(|line| line.starts_with(&row)), "docs/zh/errors.md: {row}");
    }
    for step in crate::Step::ALL {
        let row = format!("| `{step}` | ");
        let line = english.lines().find(|line| line.starts_with(&row));
        let advice = format!("| {} |", step.advice());
        assert!(line.is_some_and(|line| line.ends_with(&advice)), "{row}");
    }
}
