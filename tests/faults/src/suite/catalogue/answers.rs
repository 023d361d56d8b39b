//! Statuses, with and without a vendor's code, and answers that give back what they were sent.

use cardwire::{Billed, Kind};
use cardwire_sandbox::{Action, Alter, RawAnswer, Sandbox, magic};
use fastrand::Rng;

use super::super::case::{Ask, Case};
use super::super::setup::Setup;
use super::super::table;
use super::bodies::anything;

pub fn status(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let statuses = [
        201, 204, 206, 299, 400, 401, 402, 403, 404, 405, 408, 409, 410, 411, 412, 413, 414, 415,
        418, 421, 425, 426, 429, 431, 450, 451, 499, 500, 501, 502, 503, 504, 505, 511, 520, 599,
        600, 999,
    ];
    let status = *rng.choice(statuses.as_slice()).unwrap_or(&500);
    let pages = ["", "<html><h1>error</h1></html>", "error", "{}"];
    let body = (*rng.choice(pages.as_slice()).unwrap_or(&"")).to_owned();
    let answer = RawAnswer { status, body: Some(body), ..RawAnswer::default() };
    let mut setup = anything(rng, case, answer);
    if matches!(status, 401 | 403 | 429) {
        // Refused before any work.
        setup.scripts.iter_mut().for_each(|script| script.action.execute = Some(false));
    }
    let expected: &[&str] = match status {
        401 => &["unauthenticated"],
        403 => &["permission_denied"],
        429 => &["rate_limited"],
        408 | 500..=599 => &["vendor_unavailable"],
        204 => &["protocol", "network"],
        _ => &["protocol"],
    };
    setup.ends(expected)
}

pub fn status_with_code(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let codes = table::codes(case.vendor.name(), case.ask.word());
    let code = rng.choice(codes.iter()).map_or("0", String::as_str);
    let statuses = [200, 400, 403, 429, 450, 500, 502, 503, 504];
    let status = rng.choice(statuses.as_slice()).copied();
    let alter = Some(Alter { status, ..Alter::default() });
    // A success behind an error's status is nobody's documented answer: free of the table, the
    // vendor then counts as not having done the work where the status says so.
    let row = table::row(case.vendor.name(), case.ask.word(), code);
    // A failure that the vendor bills is billed behind any status.
    let is_failure = Kind::ALL.iter().any(|kind| kind.slug() == row.says);
    let is_billed_failure = is_failure && row.billed == Some(Billed::Yes);
    let good = row.billed.unwrap_or_default() != Billed::No && !is_billed_failure;
    let refused = matches!(status, Some(403 | 429));
    // The words of the gateway that sends no codes come from it, or from the product behind it.
    let by_gateway = case.is_aliyun() && code.contains(' ') && rng.bool();
    let said = if by_gateway { format!("classic:{code}") } else { code.to_owned() };
    let mut action = Action { alter, ..Action::code(&said) };
    if case.is_billed() && good && refused {
        action = action.executes(false);
    }
    Setup { may_be_success: refused, ..Setup::meets(case, action) }
}

pub fn retry_after(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let values = [
        "0",
        "1",
        "5",
        "86400",
        "-1",
        "18446744073709551616",
        "soon",
        "",
        "1.5",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Fri, 31 Dec 2100 23:59:59 GMT",
    ];
    let value = *rng.choice(values.as_slice()).unwrap_or(&"0");
    let status = if rng.bool() { 429 } else { 503 };
    let headers = vec![("Retry-After".to_owned(), value.to_owned())];
    let answer = RawAnswer { status, headers, ..RawAnswer::default() };
    let mut setup = anything(rng, case, answer);
    if status == 429 {
        setup.scripts.iter_mut().for_each(|script| script.action.execute = Some(false));
    }
    setup.ends(if status == 429 { &["rate_limited"] } else { &["vendor_unavailable"] })
}

pub fn echo(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let config = sandbox.config();
    let account = &config["vendors"][case.vendor as usize];
    let keys = ["secret", "app_secret", "app_code", "secret_key"];
    let mut all: Vec<String> =
        keys.iter().filter_map(|key| account[*key].as_str()).map(str::to_owned).collect();
    let (card, name) = (magic::DEFAULT_CARD, magic::DEFAULT_NAME);
    let values: &[&str] = match case.ask {
        Ask::Verify(2) => &[card, name],
        Ask::Verify(3) => &[card, name, magic::DEFAULT_ID],
        Ask::Verify(_) => &[card, name, magic::DEFAULT_ID, magic::DEFAULT_PHONE],
        Ask::Lookup => &[card],
        // What a photo shows is not sent as text.
        Ask::Recognize | Ask::FetchOrder => &[],
    };
    all.extend(values.iter().map(|value| (*value).to_owned()));
    rng.shuffle(&mut all);
    let joint = *rng.choice(["&", " ", "\n", "=", ""].as_slice()).unwrap_or(&"&");
    let text = all.join(joint);
    let text =
        if rng.bool() { text } else { format!("Invalid Signature, Server StringToSign:`{text}`") };
    let json = serde_json::Value::from(text.as_str());
    let (status, body) = if case.is_aliyun() {
        (*rng.choice(&[400, 403]).unwrap_or(&400), text.clone())
    } else {
        let sample = case.vendor.sample();
        let refusal = sample.refusal.replace("CODE", sample.wrong_request);
        (200, refusal.replace("TEXT", &json.to_string()))
    };
    let mut headers = Vec::new();
    if case.is_aliyun() {
        let line = text.replace('\n', "#");
        headers.push(("X-Ca-Error-Message".to_owned(), line.clone()));
        headers.push((
            "X-Ca-Error-Code".to_owned(),
            if rng.bool() { "I400SG".to_owned() } else { line.clone() },
        ));
        headers.push(("X-Ca-Request-Id".to_owned(), line));
    }
    let answer = RawAnswer { status, headers, body: Some(body), ..RawAnswer::default() };
    let mut setup = anything(rng, case, answer);
    setup.scripts.iter_mut().for_each(|script| script.action.execute = Some(false));
    setup
}
