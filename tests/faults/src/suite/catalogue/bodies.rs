//! Bodies that are not what the vendors' documents describe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_sandbox::{Action, Alter, RawAnswer, Sandbox, Vendor};
use fastrand::Rng;

use super::super::case::{Ask, At, Case};
use super::super::setup::Setup;

const NO_ANSWER: &[&str] = &["network", "protocol"];

/// The ends of a call whose answer has drifted types: it is still read, or it is none.
const DRIFTED: &[&str] = &["ok", "protocol", "vendor_error"];

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Returns a vendor's answer when all is well, with this card number.
pub fn good_body(case: &Case, number: &str) -> String {
    let code = match (case.at, case.vendor) {
        (At::Token, Vendor::TencentKyc) => {
            r#"{"code":"0","msg":"ok","access_token":"decoytoken000000000","expire_in":7200}"#
        }
        (At::Token, _) => r#"{"access_token":"decoytoken000000000","expires_in":7200}"#,
        (At::Ticket, _) => {
            r#"{"code":"0","tickets":[{"value":"decoyticket0000000","expire_in":3600}]}"#
        }
        (At::Call, vendor) => vendor.sample().success,
    };
    code.replace("NUMBER", number)
}

/// Returns what of such an answer says that it is one.
fn field(vendor: Vendor) -> String {
    vendor.sample().field.replace("NUMBER", super::DECOY)
}

/// Returns an answer word for word, by a vendor that may have done its work and billed it.
pub fn anything(rng: &mut Rng, case: &Case, answer: RawAnswer) -> Setup {
    let action = Action { answer: Some(answer), ..Action::default() };
    let executes = case.is_billed() && rng.bool();
    Setup::meets(case, action.executes(executes))
}

fn body(rng: &mut Rng, case: &Case, body: impl AsRef<[u8]>) -> Setup {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let body_base64 = Some(base64(body.as_ref()));
    anything(rng, case, RawAnswer { headers, body_base64, ..RawAnswer::default() })
}

/// Returns the vendor's own answer with changes, the work done.
fn altered(case: &Case, alter: Alter) -> Setup {
    Setup::meets(case, Action::alter(alter))
}

pub fn deep(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let depth = *rng.choice([33, 129, 1000, 100_000].as_slice()).unwrap_or(&1000);
    let text = match rng.u8(..3) {
        0 => "[".repeat(depth),
        1 => r#"{"a":"#.repeat(depth),
        _ => format!(r#"{{"code":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth)),
    };
    body(rng, case, text).ends(NO_ANSWER)
}

pub fn large(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let text = match rng.u8(..8) {
        0 => format!(r#"{{"x":"{}"}}"#, "a".repeat(9 << 20)),
        1 => {
            let keys: Vec<String> = (0..20_000).map(|index| format!(r#""k{index}":1"#)).collect();
            format!("{{{}}}", keys.join(","))
        }
        2 => format!(r#"{{"code":{}}}"#, "9".repeat(200_000)),
        3 => r#"{"code":1e999}"#.to_owned(),
        4 => r#"{"code":NaN}"#.to_owned(),
        5 => r#"{"code":Infinity}"#.to_owned(),
        6 => format!("{}{{", " ".repeat(200_000)),
        _ => format!(r#"{{"code":"{}"}}"#, "\\u0000".repeat(10_000)),
    };
    body(rng, case, text).ends(&["network", "protocol", "vendor_error"])
}

pub fn duplicates(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let text = good_body(case, super::DECOY);
    let twice = match case.vendor {
        _ if case.at == At::Ticket => text.replacen('{', r#"{"tickets":[],"#, 1),
        _ if case.at == At::Token => text.replacen('{', r#"{"access_token":"other","#, 1),
        vendor => {
            let field = field(vendor);
            text.replacen(&field, &format!("{field},{field}"), 1)
        }
    };
    body(rng, case, twice).ends(NO_ANSWER)
}

pub fn encodings(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let text = good_body(case, super::DECOY);
    let bytes: Vec<u8> = match rng.u8(..5) {
        // UTF-16, both ways round.
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => {
            [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
        }
        2 => [b"\xff\xfe\x00\x00".as_slice(), text.as_bytes()].concat(),
        // Surrogates alone in a name.
        3 => text.replacen('{', r#"{"\ud800\ud800":1,"#, 1).into_bytes(),
        // GBK where a quotation mark was swallowed.
        _ => text.replacen(':', ":\"\u{fffd}", 1).into_bytes(),
    };
    body(rng, case, bytes).ends(NO_ANSWER)
}

pub fn around(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut alter = Alter::default();
    let good = rng.bool();
    if good {
        alter.before_base64 = base64(b"\xef\xbb\xbf");
        alter.after_base64 = base64(b" \r\n\t");
    } else {
        let behind: [&[u8]; 4] = [b"{}", b"x", b"\xff", b"<!-- -->"];
        alter.after_base64 = base64(rng.choice(behind).unwrap_or_default());
    }
    altered(case, alter).ends(if good { &["ok"] } else { NO_ANSWER })
}

pub fn not_json(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let page = "<!DOCTYPE html><html><body><form>login</form></body></html>";
    let texts = ["", " ", page, "null", "true", "0", "\"0\"", "[]", "{}", "{", "code=0", "[{}]"];
    let text = *rng.choice(texts.as_slice()).unwrap_or(&"");
    body(rng, case, text).ends(NO_ANSWER)
}

pub fn content_types(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let types = [
        "text/plain",
        "text/html; charset=gbk",
        "application/octet-stream",
        "image/jpeg",
        "nonsense",
    ];
    let kind = (*rng.choice(types.as_slice()).unwrap_or(&"text/plain")).to_owned();
    let headers = vec![("Content-Type".to_owned(), kind)];
    altered(case, Alter { headers, ..Alter::default() }).ends(&["ok"])
}

pub fn types(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let others = ["0", "0.0", "true", "null", "[]", "{}", "\" 0 \"", "\"0\"", "1e0", "-0"];
    let other = *rng.choice(others.as_slice()).unwrap_or(&"null");
    let text = good_body(case, super::DECOY);
    let field = match case.vendor {
        _ if case.at == At::Ticket => "\"value\":\"decoyticket0000000\"".to_owned(),
        _ if case.at == At::Token => "\"access_token\":\"decoytoken000000000\"".to_owned(),
        vendor => field(vendor),
    };
    let name = field.split(':').next().unwrap_or("");
    let text = text
        .replace(&field, &format!("{name}:{other}"))
        .replace(super::DECOY, "6222020000000000000");
    // What is read may be a result or not: the oracles compare what is said of the bill. As the
    // answer is made up, the vendor did what the answer would say.
    let setup = body(rng, case, text);
    executing(setup, case, true).ends(&[])
}

/// Settles whether the work was done under an answer that is made up.
fn executing(mut setup: Setup, case: &Case, executes: bool) -> Setup {
    for script in &mut setup.scripts {
        script.action.execute = Some(executes && case.is_billed());
    }
    setup
}

pub fn fields(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let text = good_body(case, "6222020000000000000");
    let changes = [
        ("result", "Result2"),
        ("NumBer", "x"),
        ("\"data\":{\"state\":\"1\"}", "\"data\":null"),
        ("\"data\":{\"state\":\"1\"}", "\"state\":\"1\""),
        ("\"number\"", "\"id\""),
        ("\"errcode\":0,", ""),
        ("Response", "response"),
        ("\"access_token\"", "\"accessToken\""),
        ("tickets", "ticket"),
        ("\"result\":{", "\"result\":[{"),
    ];
    let (from, to) = *rng.choice(changes.as_slice()).unwrap_or(&("", ""));
    let text = if from.is_empty() { text } else { text.replace(from, to) };
    executing(body(rng, case, text), case, true).ends(&[])
}

/// Answers about a photo.
pub fn reads(case: &Case) -> bool {
    case.at == At::Call && matches!(case.ask, Ask::Recognize | Ask::FetchOrder)
}

pub fn numbers(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let numbers = [
        "6222 0200 0000 0000 000",
        "６２２２０２００００００００００",
        "6222abcd00000000000",
        "62220",
        "6222020000000000000622202000000000000000",
        "6222????00000000000",
        "6222********0000000",
        "",
        "-6222020000000000000",
    ];
    let number = *rng.choice(numbers.as_slice()).unwrap_or(&"");
    let setup = body(rng, case, good_body(case, number));
    let expected: &[&str] = &["ok", "protocol", "card_not_found"];
    executing(setup, case, true).ends(if case.ask == Ask::Recognize { expected } else { DRIFTED })
}

pub fn other_order(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    // Only `tencent_kyc` says whose answer it is.
    let replace = vec![("\"orderNo\":\"".to_owned(), "\"orderNo\":\"X".to_owned())];
    let told = case.vendor == Vendor::TencentKyc;
    altered(case, Alter { replace, ..Alter::default() }).ends(if told {
        &["protocol"]
    } else {
        &["ok"]
    })
}
