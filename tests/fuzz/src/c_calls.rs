//! Sequences of calls of the C library, with handles that are live, freed, of another type or made
//! up. What the bytes say is done; what the header promises is held against what comes back.

use std::collections::HashSet;
use std::ffi::{CStr, c_char, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::{LazyLock, Mutex, PoisonError};

use cardwire_c as _;
use cardwire_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::answers::{CARD, ID, NAME, PHOTO};
use crate::scratch;

/// The kind of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParameterKind {
    Handle(usize),
    Out(usize),
    Text,
    Terminated,
    Bytes,
    /// Of the text or the bytes before it.
    Length,
    Number,
    OutNumber,
    UserData,
    Callback(&'static str),
}

/// The kind of a returned value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReturnKind {
    Nothing,
    Status,
    Text,
    Bytes,
    Number,
    /// A handle that lives as long as the one it is asked of.
    Lent(usize),
}

/// A function of the header.
struct Call {
    name: &'static str,
    parameters: &'static [(&'static str, ParameterKind)],
    gives: ReturnKind,
    run: fn(&[usize]) -> usize,
}

#[allow(
    unused_variables,
    clippy::redundant_closure,
    clippy::unnecessary_cast,
    clippy::let_and_return
)]
mod table {
    use std::ffi::c_void;

    use super::{Call, ParameterKind, ReturnKind};

    include!(concat!(env!("OUT_DIR"), "/calls.rs"));
}
use table::{CALLS, TYPES};

const OK: usize = 0;
const INTERNAL: usize = 99;

/// How many calls of one input may go to the sandbox, and how many clients it may make.
const EXCHANGES: usize = 6;
const CLIENTS: usize = 2;

/// Returns the place of a type in the table.
fn place(name: &str) -> usize {
    TYPES.iter().position(|known| *known == name).expect("the header has this type")
}

struct World {
    folder: PathBuf,
    configs: Vec<String>,
    _sandbox: Sandbox,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let sandbox = Sandbox::start(Options::default()).expect("a sandbox");
    let folder = scratch::folder("c_calls");
    std::fs::write(folder.join("card.png"), PHOTO).expect("a photo");
    let mut config: Value = sandbox.config();
    config["timeout_ms"] = 2000.into();
    config["retry"] = json!({"attempts": 1, "breaker": false});
    for entry in config["vendors"].as_array_mut().into_iter().flatten() {
        entry["requests_per_second"] = 10_000.into();
    }
    let mut written = config.clone();
    written["journal"] = folder.join("orders.db").to_string_lossy().into_owned().into();
    let nobody = json!({
        "retry": {"attempts": 1, "breaker": false},
        "vendors": [{"vendor": "aliyun_yhkr", "app_code": "invented", "base_url": "http://127.0.0.1:1"}],
    });
    let configs = [config, written, nobody, json!({"vendors": []})];
    World { folder, configs: configs.map(|config| config.to_string()).to_vec(), _sandbox: sandbox }
});

/// The objects that callbacks were given, which are ours to free.
static GIVEN: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

fn given() -> Vec<(usize, usize)> {
    std::mem::take(&mut *GIVEN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn take(kind: &str, handle: *mut c_void) {
    if !handle.is_null() {
        let entry = (place(kind), handle as usize);
        GIVEN.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

macro_rules! results {
    ($($then:ident, $kind:literal;)*) => {
        $(
            extern "C" fn $then(result: *mut c_void, error: *mut c_void, _: *mut c_void) {
                assert!(result.is_null() != error.is_null(), "a result or an error");
                take($kind, result);
                take("cardwire_error", error);
            }
        )*
    };
}

results! {
    recognition_then, "cardwire_recognition";
    verification_then, "cardwire_verification";
    lookup_then, "cardwire_card_lookup";
    order_then, "cardwire_order";
}

extern "C" fn on_event(event: *mut c_void, _: *mut c_void) {
    for call in CALLS.iter().filter(|call| call.name.starts_with("cardwire_event_")) {
        if let [(_, ParameterKind::Handle(_))] = call.parameters {
            hold_result(call, &[event as usize], (call.run)(&[event as usize]), true);
        }
    }
}

extern "C" fn on_ask(ask: *mut c_void, _: *mut c_void) {
    assert_eq!((call("cardwire_ask_fail").run)(&[ask as usize, 0, 0, 0]), OK);
}

extern "C" fn free_cause(_: *mut c_void) {}

extern "C" fn on_ready(_: *mut c_void) {}

fn call(name: &str) -> &'static Call {
    CALLS.iter().find(|call| call.name == name).expect("the header has this function")
}

extern "C" fn document(
    document: *const c_char,
    document_len: usize,
    raw: *const u8,
    raw_len: usize,
    error: *const c_void,
    _: *mut c_void,
) {
    // SAFETY: the header promises so many bytes while the callback runs.
    let text = unsafe { std::slice::from_raw_parts(document.cast::<u8>(), document_len) };
    assert!(serde_json::from_slice::<Value>(text).is_ok_and(|value| value.is_object()));
    assert_eq!(raw.is_null(), !error.is_null(), "a result or an error");
    assert!(!raw.is_null() || raw_len == 0);
}

fn callback(name: &str) -> usize {
    match name {
        "cardwire_event_callback" => on_event as *const () as usize,
        "cardwire_provider_callback" => on_ask as *const () as usize,
        "cardwire_free_callback" => free_cause as *const () as usize,
        "cardwire_recognition_callback" => recognition_then as *const () as usize,
        "cardwire_verification_callback" => verification_then as *const () as usize,
        "cardwire_card_lookup_callback" => lookup_then as *const () as usize,
        "cardwire_order_callback" => order_then as *const () as usize,
        "cardwire_ready_callback" => on_ready as *const () as usize,
        "cardwire_document_callback" => document as *const () as usize,
        other => panic!("no callback of the type {other}"),
    }
}

/// The script that the bytes stand for, read a piece at a time.
struct Script<'a> {
    data: &'a [u8],
}

impl Script<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.data.split_first() else { return 0 };
        self.data = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    fn number(&mut self) -> u64 {
        match self.byte() {
            byte @ 0..200 => u64::from(byte % 8),
            200..220 => u64::MAX >> (self.byte() % 64),
            _ => (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte())),
        }
    }

    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let length = self.below(longest + 1).min(self.data.len());
        let (taken, rest) = self.data.split_at(length);
        self.data = rest;
        taken.to_vec()
    }
}

/// The handles there are and were.
#[derive(Default)]
struct Handles {
    live: Vec<(usize, usize)>,
    dead: Vec<(usize, usize)>,
    known: HashSet<(usize, usize)>,
    /// Which handles end with which.
    lent: Vec<((usize, usize), (usize, usize))>,
}

impl Handles {
    fn made(&mut self, kind: usize, handle: usize) {
        assert!(self.known.insert((kind, handle)), "a live handle is given out twice");
        self.live.push((kind, handle));
    }

    fn lends(&mut self, owner: (usize, usize), kind: usize, handle: usize) {
        if !self.known.contains(&(kind, handle)) {
            self.made(kind, handle);
            self.lent.push((owner, (kind, handle)));
        }
    }

    fn freed(&mut self, kind: usize, handle: usize) {
        if self.known.remove(&(kind, handle)) {
            let owned = self.lent.extract_if(.., |(owner, _)| *owner == (kind, handle));
            for (_, (kind, handle)) in owned.collect::<Vec<_>>() {
                self.freed(kind, handle);
            }
            self.live.retain(|known| *known != (kind, handle));
            if self.dead.len() >= 256 {
                self.dead.swap_remove(0);
            }
            self.dead.push((kind, handle));
        }
    }

    fn pick(&self, kind: usize, script: &mut Script<'_>) -> usize {
        let one = |from: &[(usize, usize)], fits: bool, script: &mut Script<'_>| {
            let fitting = || from.iter().filter(|(known, _)| (*known == kind) == fits);
            let index = script.below(fitting().count());
            fitting().nth(index).map_or(0, |(_, handle)| *handle)
        };
        match script.byte() {
            0..170 => one(&self.live, true, script),
            170..195 => one(&self.dead, true, script),
            195..215 => one(&self.live, false, script),
            215..225 => 0,
            225..240 => one(&self.live, true, script) ^ 1 << script.below(64),
            _ => script.number() as usize,
        }
    }
}

/// Runs one call with what the script says.
fn step(
    script: &mut Script<'_>,
    handles: &mut Handles,
    exchanges: &mut usize,
    clients: &mut usize,
    chosen: &'static Call,
) {
    for (kind, handle) in given() {
        handles.made(kind, handle);
    }
    let name = chosen.name;
    let goes_out = [
        "recognize",
        "verify",
        "lookup_card",
        "fetch_order",
        "call_run",
        "call_start",
        "batch_put",
    ]
    .iter()
    .any(|begin| name["cardwire_".len()..].starts_with(begin) && !name.contains("verification"));
    if goes_out && *exchanges == 0 || name.starts_with("cardwire_client_new") && *clients == 0 {
        return;
    }
    *exchanges -= usize::from(goes_out);
    *clients -= usize::from(name.starts_with("cardwire_client_new"));

    const UNSET: usize = 0x5a5a_5a5a;
    let mut places: Vec<Box<usize>> = chosen.parameters.iter().map(|_| Box::new(UNSET)).collect();
    let mut kept: Vec<Box<[u8]>> = Vec::new();
    let mut arguments: Vec<usize> = Vec::new();
    let mut all_live = true;
    for (index, (parameter, sort)) in chosen.parameters.iter().enumerate() {
        let slot = &raw mut *places[index] as usize;
        let argument = match sort {
            ParameterKind::Handle(kind) => {
                let handle = handles.pick(*kind, script);
                let may_be_left_out = matches!(*parameter, "options" | "providers")
                    || (*parameter, name) == ("cancellation", "cardwire_batch_start");
                let left_out = may_be_left_out && handle == 0;
                all_live &= left_out || handles.known.contains(&(*kind, handle));
                handle
            }
            ParameterKind::Out(_) | ParameterKind::OutNumber => {
                if script.byte() < 240 {
                    slot
                } else {
                    0
                }
            }
            ParameterKind::Number => script.number() as usize,
            ParameterKind::UserData => 0,
            ParameterKind::Callback(kind) => {
                if script.byte() < 240 {
                    callback(kind)
                } else {
                    0
                }
            }
            ParameterKind::Text | ParameterKind::Terminated | ParameterKind::Bytes => {
                let mut bytes = text(name, parameter, *sort, script);
                if *sort == ParameterKind::Terminated {
                    bytes.retain(|byte| *byte != 0);
                    bytes.push(0);
                }
                kept.push(bytes.into_boxed_slice());
                if script.byte() < 245 { kept[kept.len() - 1].as_ptr() as usize } else { 0 }
            }
            ParameterKind::Length => {
                let length = kept.last().map_or(0, |bytes| bytes.len());
                match script.byte() {
                    // A length that no object has is refused before a byte is read.
                    250.. => usize::MAX - script.below(9),
                    245..250 => length / 2,
                    _ => length,
                }
            }
        };
        arguments.push(argument);
    }
    let result = (chosen.run)(&arguments);
    hold_result(chosen, &arguments, result, all_live);
    if let (ReturnKind::Lent(kind), [(_, ParameterKind::Handle(owner))], [handle]) =
        (chosen.gives, chosen.parameters, arguments.as_slice())
        && result != 0
    {
        handles.lends((*owner, *handle), kind, result);
    }
    for ((parameter, sort), (argument, slot)) in
        chosen.parameters.iter().zip(arguments.iter().zip(&places))
    {
        let ParameterKind::Out(kind) = sort else { continue };
        if *argument == 0 {
            continue;
        }
        assert_ne!(**slot, UNSET, "{name} leaves {parameter} as it was");
        let is_error = *parameter == "error";
        // An order that is not there is found to be NULL.
        let may_be_absent = result == OK
            && !is_error
            && (name.contains("find_order") || name.contains("answered_order"));
        assert!(
            may_be_absent || (**slot != 0) == ((result != OK) == is_error),
            "{name}: {result} and {parameter}"
        );
        if **slot != 0 {
            handles.made(*kind, **slot);
        }
    }
    if name.ends_with("_free")
        && let (Some((_, ParameterKind::Handle(kind))), [handle]) =
            (chosen.parameters.first(), arguments.as_slice())
    {
        handles.freed(*kind, *handle);
    }
    for (kind, handle) in given() {
        handles.made(kind, handle);
    }
}

/// Returns a text or bytes that fit the parameter, or not.
fn text(name: &str, parameter: &str, sort: ParameterKind, script: &mut Script<'_>) -> Vec<u8> {
    let world = &*WORLD;
    let path = |file: &str| world.folder.join(file).to_string_lossy().into_owned().into_bytes();
    let is_path = parameter == "path" || name.contains("_file");
    match (parameter, script.byte()) {
        ("config", 0..235) => world.configs[script.below(world.configs.len())].clone().into_bytes(),
        // Never an object: what is configured here must not be an address elsewhere.
        ("config", _) => [&b"["[..], &script.bytes(32)].concat(),
        (_, choice) if is_path => match choice % 4 {
            0 => path("nothing.png"),
            1 => path(""),
            _ if parameter == "path" => path("orders.db"),
            _ => path("card.png"),
        },
        ("image", 0..200) if sort == ParameterKind::Bytes => PHOTO.to_vec(),
        ("image", 0..200) => b"https://img.example.com/card.jpg".to_vec(),
        ("card_number", 0..200) => CARD.as_bytes().to_vec(),
        ("id_number", 0..200) => ID.as_bytes().to_vec(),
        ("name", 0..200) => NAME.as_bytes().to_vec(),
        ("phone", 0..200) => b"13800000000".to_vec(),
        ("order_id", 0..200) => format!("order{:04}", script.byte()).into_bytes(),
        ("request", 0..200) => {
            let requests = [
                r#"{"operation":"recognize","options":{"timeout_ms":900}}"#,
                r#"{"operation":"verify","card_number":"6222020000000000000","name":"zhang"}"#,
                r#"{"operation":"lookup_card","card_number":"6222020000000000000","options":{"vendors":"wechat"}}"#,
                r#"{"operation":"fetch_order","order_id":"order0001","name":1}"#,
                r#"{"operation":"recognize_many","concurrency":2}"#,
                r#"{"operation":"verify_many","options":{"timeout_ms":900}}"#,
            ];
            requests[script.below(requests.len())].as_bytes().to_vec()
        }
        ("filter", 0..200) => br#"{"status":"unknown","limit":3}"#.to_vec(),
        ("vendors", 0..200) => {
            let names = ["wechat", "tencent_kyc", "aliyun_yhkr", "tencent_faceid,aliyun_yhkr"];
            names[script.below(names.len())].as_bytes().to_vec()
        }
        _ => script.bytes(48),
    }
}

/// Checks the promise that every function makes about the value it returns.
fn hold_result(chosen: &Call, arguments: &[usize], result: usize, all_live: bool) {
    let name = chosen.name;
    let length = || {
        let length = CALLS.iter().find(|call| call.name.strip_suffix("_len") == Some(name));
        length.map(|length| (length.run)(arguments))
    };
    match chosen.gives {
        ReturnKind::Nothing => {}
        ReturnKind::Status => {
            assert_ne!(result, INTERNAL, "{name}: a panic");
            assert!(all_live || result != OK, "{name} takes a handle that is not live");
        }
        ReturnKind::Lent(_) => assert_eq!(all_live, result != 0, "{name}"),
        ReturnKind::Number => {
            assert!(all_live || result == 0 || result == usize::MAX, "{name} gives {result}");
        }
        ReturnKind::Text => {
            assert!(all_live || result == 0, "{name} gives a text of nothing");
            if result != 0 {
                let pointer: *const c_char = ptr::with_exposed_provenance(result);
                // SAFETY: the header promises a NUL-terminated text while the object lives.
                let text = unsafe { CStr::from_ptr(pointer) };
                assert!(text.to_str().is_ok(), "{name} is not UTF-8");
                assert!(length().is_none_or(|length| length == text.count_bytes()), "{name}");
            } else {
                assert_eq!(length().unwrap_or(0), 0, "{name}");
            }
        }
        ReturnKind::Bytes => {
            assert!(all_live || result == 0, "{name} gives bytes of nothing");
            let length = length().expect("bytes have a length");
            assert_eq!(result == 0, length == 0, "{name}");
            if result != 0 {
                let pointer: *const u8 = ptr::with_exposed_provenance(result);
                // SAFETY: the header promises so many bytes while the object lives.
                let bytes = unsafe { std::slice::from_raw_parts(pointer, length) };
                std::hint::black_box(bytes.iter().fold(0_u8, |sum, byte| sum ^ byte));
            }
        }
    }
}

/// Frees what is live, clients first: no callback comes after.
fn clear(handles: &mut Handles) {
    let client = place("cardwire_client");
    let free = |(kind, handle): (usize, usize)| {
        let name = format!("{}_free", TYPES[kind]);
        (call(&name).run)(&[handle]);
    };
    handles.live.iter().copied().filter(|(kind, _)| *kind == client).for_each(free);
    for (kind, handle) in given() {
        handles.made(kind, handle);
    }
    // Lent ones end with theirs.
    let lent: Vec<_> = handles.lent.drain(..).map(|(_, lent)| lent).collect();
    handles.live.retain(|live| !lent.contains(live));
    for (kind, handle) in std::mem::take(&mut handles.live) {
        // Once more for the clients: a second free is harmless.
        free((kind, handle));
    }
    // Nothing of it is live any more.
    for call in CALLS.iter().filter(|call| call.gives == ReturnKind::Text) {
        if let [(_, ParameterKind::Handle(kind))] = call.parameters {
            for (_, handle) in handles.known.iter().filter(|(known, _)| known == kind) {
                assert_eq!((call.run)(&[*handle]), 0, "{} of a freed handle", call.name);
            }
        }
    }
}

/// Each call is its function's place in the table in two bytes, a length, and so many bytes of what
/// it is given.
pub(crate) fn run(data: &[u8]) {
    let mut script = Script { data };
    let mut handles = Handles::default();
    let (mut exchanges, mut clients) = (EXCHANGES, CLIENTS);
    while !script.data.is_empty() {
        let chosen = usize::from(script.byte()) << 8 | usize::from(script.byte());
        let chosen = &CALLS[chosen % CALLS.len()];
        let given = script.bytes(63);
        let mut given = Script { data: &given };
        step(&mut given, &mut handles, &mut exchanges, &mut clients, chosen);
    }
    clear(&mut handles);
}

/// So many random calls, a few of them over the network; says how many clients, and other handles,
/// there were.
pub fn random_calls(seed: u64, count: usize) -> usize {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    };
    let mut handles = Handles::default();
    let (mut exchanges, mut clients) = (200, 50);
    let mut made = 0;
    for _ in 0..count {
        let bytes: Vec<u8> = (0..6).flat_map(|_| (random() as u32).to_le_bytes()).collect();
        let chosen = &CALLS[random() as usize % CALLS.len()];
        // Most objects come of calls over the network, which are few: they are kept for a while.
        if chosen.name.ends_with("_free") && random() % 8 != 0 {
            continue;
        }
        let before = handles.known.len();
        step(&mut Script { data: &bytes }, &mut handles, &mut exchanges, &mut clients, chosen);
        made += handles.known.len().saturating_sub(before);
        if handles.live.len() > 500 {
            let old = handles.live[random() as usize % 100];
            // A lent one ends with the one that lends it.
            let lent = handles.lent.iter().find(|(_, lent)| *lent == old);
            let old = lent.map_or(old, |(owner, _)| *owner);
            (call(&format!("{}_free", TYPES[old.0])).run)(&[old.1]);
            handles.freed(old.0, old.1);
        }
    }
    clear(&mut handles);
    made
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // What is not given counts as 0: a live handle, a fitting text, a place.
    let sequences: &[&[&str]] = &[
        &[
            "cardwire_client_new",
            "cardwire_cardholder_new",
            "cardwire_cardholder_set_id_number",
            "cardwire_verify",
            "cardwire_verification_outcome",
            "cardwire_verification_json",
            "cardwire_verification_raw",
            "cardwire_verification_free",
            "cardwire_verification_free",
            "cardwire_client_free",
        ],
        &[
            "cardwire_client_new",
            "cardwire_recognize",
            "cardwire_recognition_card_number",
            "cardwire_recognition_json",
            "cardwire_recognition_raw",
            "cardwire_recognition_warning_code",
            "cardwire_client_close",
            "cardwire_recognize",
            "cardwire_error_json",
            "cardwire_error_text",
        ],
        &[
            "cardwire_client_new_observed",
            "cardwire_recognize_start",
            "cardwire_recognize_file_start",
            "cardwire_lookup_card",
            "cardwire_card_lookup_json",
            "cardwire_lookup_issuer",
            "cardwire_issuer_json",
            "cardwire_recognition_issuer",
        ],
        &[
            "cardwire_client_new",
            "cardwire_recognize_many",
            "cardwire_batch_next",
            "cardwire_batch_put_image",
            "cardwire_batch_next",
            "cardwire_batch_refuse",
            "cardwire_batch_end_inputs",
            "cardwire_batch_next",
            "cardwire_batch_take_recognition",
            "cardwire_recognition_json",
            "cardwire_batch_free",
        ],
        &[
            "cardwire_client_new",
            "cardwire_cardholder_new",
            "cardwire_verify_many",
            "cardwire_batch_next",
            "cardwire_batch_put_cardholder",
            "cardwire_batch_end_inputs",
            "cardwire_batch_next",
            "cardwire_batch_take",
            "cardwire_client_free",
            "cardwire_batch_start",
            "cardwire_batch_put",
            "cardwire_batch_take_verification",
        ],
        &[
            "cardwire_client_new",
            "cardwire_fetch_order",
            "cardwire_error_message",
            "cardwire_order_json",
            "cardwire_order_card_photo",
        ],
        &[
            "cardwire_options_new",
            "cardwire_cancellation_new",
            "cardwire_options_set_cancellation",
            "cardwire_cancellation_cancel",
            "cardwire_options_set_vendors",
            "cardwire_options_set_timeout_ms",
            "cardwire_client_new",
            "cardwire_recognize_url",
            "cardwire_error_status",
            "cardwire_options_free",
            "cardwire_cancellation_free",
        ],
        &[
            "cardwire_check_image",
            "cardwire_look_at_image",
            "cardwire_image_check_look",
            "cardwire_image_check_json",
            "cardwire_image_check_problem",
            "cardwire_image_check_free",
            "cardwire_check_card_number",
            "cardwire_check_id_number",
        ],
        &[
            "cardwire_client_new_z",
            "cardwire_verify_z",
            "cardwire_lookup_card_z",
            "cardwire_recognize_file_z",
            "cardwire_recognize_url_z",
            "cardwire_fetch_order_z",
            "cardwire_error_facts",
            "cardwire_call_facts_attempt_outcome",
        ],
        &[
            "cardwire_client_new",
            "cardwire_recognize",
            "cardwire_client_journal",
            "cardwire_journal_orders",
            "cardwire_order_records_get",
            "cardwire_order_record_json",
            "cardwire_order_record_note",
            "cardwire_journal_unknown_orders",
            "cardwire_journal_find_order",
            "cardwire_journal_reconcile_order",
            "cardwire_journal_open",
            "cardwire_journal_orders",
            "cardwire_journal_free",
            "cardwire_journal_find_order",
        ],
    ];
    let place_of =
        |name: &str| CALLS.iter().position(|call| call.name == name).expect("a function");
    let mut seeds = Vec::new();
    for sequence in sequences {
        for config in 0..3 {
            let mut seed = Vec::new();
            for name in *sequence {
                let index = place_of(name);
                seed.extend_from_slice(&[(index >> 8) as u8, index as u8]);
                if name.starts_with("cardwire_client_new") {
                    seed.extend_from_slice(&[3, 0, 0, config]);
                } else {
                    seed.push(0);
                }
            }
            seeds.push(seed);
        }
    }
    seeds
}
