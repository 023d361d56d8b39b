//! The vendors' own codes, limits and clocks.

use cardwire_sandbox::{Action, Alter, RawAnswer, Sandbox, Script, Vendor};
use fastrand::Rng;

use super::super::case::Case;
use super::super::setup::Setup;
use super::super::table;
use super::bodies::anything;

pub fn documented(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let codes = table::codes(case.vendor.name(), case.ask.word());
    let code = rng.choice(codes.iter()).map_or("0", String::as_str);
    // The gateway that sends no codes has only its texts.
    let code = match case.is_aliyun() && code.contains(' ') {
        true => format!("classic:{code}"),
        false => code.to_owned(),
    };
    Setup::meets(case, Action::code(&code))
}

pub fn unknown(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let random: String = (0..rng.usize(1..12)).map(|_| rng.alphanumeric()).collect();
    let long = "7".repeat(1 << 17);
    let codes =
        [random.as_str(), "123456789", "-1234567890123456789012", &long, "中文", "a\\nb", "0x0"];
    let code = *rng.choice(codes.as_slice()).unwrap_or(&"x");
    let refusal = case.vendor.sample().refusal;
    let body = refusal.replace("TEXT", r#""?""#).replace("CODE", code);
    let answer = RawAnswer { body: Some(body), ..RawAnswer::default() };
    anything(rng, case, answer).ends(&["vendor_error", "protocol"])
}

pub fn of_tokens(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut codes = table::codes(case.vendor.name(), "token");
    codes.retain(|code| *code != "0");
    let code = rng.choice(codes.iter()).map_or("-1", String::as_str);
    Setup::meets(case, Action::code(code))
}

pub fn limits(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::default();
    let settings = &mut setup.settings;
    let few = rng.u64(1..3);
    match case.vendor {
        Vendor::Wechat if rng.bool() => settings.wechat_daily_quota = few,
        Vendor::Wechat => settings.wechat_minute_quota = few,
        Vendor::AliyunYhkr if rng.bool() => settings.yhkr_same_limit = few,
        Vendor::AliyunBankocr | Vendor::AliyunYhkr if rng.bool() => settings.aliyun_package = few,
        Vendor::TencentFaceid if rng.bool() => settings.faceid_same_limit = few,
        vendor => drop(settings.rates.insert(vendor, few)),
    }
    setup
}

pub fn clock(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::default();
    // Beyond what any vendor lets a signed time be off.
    let off = rng.i64(1000..86_400);
    setup.settings.clock_offset_seconds = if rng.bool() { off } else { -off };
    // Only a vendor that has a time signed minds, and says so once.
    let minds = case.vendor.sample().expired.is_some();
    setup.ends(if minds { &["unauthenticated", "ok"] } else { &["ok"] })
}

pub fn date(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let off = rng.i64(400..31_536_000);
    let mut setup = Setup::default();
    if let Some(expired) = case.vendor.sample().expired.filter(|_| rng.bool()) {
        // Refused for its time, for ever, with a date that helps nobody.
        let script = Script::once(case.vendor, case.operation(), Action::code(expired));
        setup.scripts.push(Script { times: 0, ..script });
        setup.first = vec!["unauthenticated"];
        if rng.bool() {
            let dates =
                ["", "yesterday", "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"];
            let date = (*rng.choice(dates.as_slice()).unwrap_or(&"")).to_owned();
            let mut headers = vec![("Date".to_owned(), date.clone())];
            headers.extend(rng.bool().then(|| ("Date".to_owned(), date)));
            let alter = Some(Alter { headers, ..Alter::default() });
            setup.scripts.iter_mut().for_each(|script| script.action.alter = alter.clone());
        }
    } else {
        setup.first = vec!["ok"];
    }
    setup.settings.date_offset_seconds = if rng.bool() { off } else { -off };
    setup
}
