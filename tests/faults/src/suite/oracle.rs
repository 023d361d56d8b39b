//! The rules that hold after every run, whatever was played.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire::{Attempt, Billed, Kind, OrderRecord, OrderStatus, Sent};
use cardwire_sandbox::{Action, Entry, FaultKind, Operation, Vendor};

use super::case::{Ask, At};
use super::catalogue::DECOY;
use super::run::{Evidence, Part, Statement};
use super::setup::Unwritable;
use super::table;

/// The text that is shown of a call that panicked.
pub const PANIC: &str = "the call panicked";

/// How much later than its deadline a call may return on a machine that does much else.
const TOLERANCE: Duration = Duration::from_secs(2);

/// Returns whether an entry is of a request that vendors bill.
pub fn is_billed(entry: &Entry) -> bool {
    matches!(entry.operation, Operation::Recognize | Operation::Verify)
}

/// Returns everything that should not have been.
pub fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for told in evidence.told {
        let before = found.len();
        each_call(evidence, told, &mut found);
        if found.len() > before {
            found.push(format!("... of this call: {told:?}"));
        }
    }
    for vendor in Vendor::ALL {
        against_the_ledger(evidence, vendor, &mut found);
    }
    the_whole(evidence, &mut found);
    if let Some(records) = evidence.records {
        the_journal(evidence, records, &mut found);
    }
    if !found.is_empty() {
        found.push(format!("... ledger: {:?}", evidence.ledger));
    }
    found
}

fn each_call(evidence: &Evidence<'_>, told: &Statement, found: &mut Vec<String>) {
    let Evidence { plan, setup, .. } = evidence;
    let mut wrong = |text: String| found.push(text);
    if told.shown == PANIC {
        wrong(PANIC.to_owned());
        return;
    }
    if told.elapsed > told.timeout + TOLERANCE {
        wrong(format!("it returned after {:?} of {:?}", told.elapsed, told.timeout));
    }
    let kind = told.error.as_ref().map(cardwire::Error::kind);
    if kind == Some(Kind::Internal) {
        wrong(format!("it ended with {kind:?}"));
    }
    let attempts = &told.facts.attempts;
    if attempts.len() > plan.attempts as usize {
        wrong(format!("{} attempts where {} are allowed", attempts.len(), plan.attempts));
    }
    for pair in attempts.windows(2) {
        if let Some(text) = wrongly_repeated(evidence, told, &pair[0], &pair[1]) {
            wrong(text);
        }
    }
    let most = |billed: Option<Billed>| billed.unwrap_or_default();
    if told.facts.billed != most(attempts.iter().map(|attempt| attempt.billed).max()) {
        wrong("billed is not the most that an attempt came to".to_owned());
    }
    if told.facts.sent != attempts.iter().map(|attempt| attempt.sent).max().unwrap_or_default() {
        wrong("sent is not the most that an attempt came to".to_owned());
    }
    for (index, attempt) in attempts.iter().enumerate() {
        let last = index + 1 == attempts.len();
        let allowed = billed_as_documented(evidence, told, attempt, last);
        if attempt.billed != allowed {
            wrong(format!("attempt {index} says billed {} and not {allowed}", attempt.billed));
        }
    }
    if attempts.iter().any(|attempt| attempt.sent == Sent::No && attempt.failure.is_none()) {
        wrong("a result came of a request that was not sent".to_owned());
    }
    if told.facts.order_id.is_none() && kind != Some(Kind::Closed) {
        wrong("no order number".to_owned());
    }
    for text in leaked(evidence.secrets, &told.shown) {
        wrong(format!("it shows {text}"));
    }
    if told.number.as_deref() == Some(DECOY) {
        wrong("another's answer was taken for this one".to_owned());
    }
    if told.part != Part::Main && told.error.is_some() {
        wrong("an ordinary call failed".to_owned());
    }
    if told.part == Part::Main
        && evidence.told.iter().filter(|one| one.part == Part::Main).count() == 1
    {
        let at_connection = setup.scripts.iter().any(|one| one.operation == Operation::Connect);
        let has_tokens = plan.case.vendor.has_tokens();
        let first = attempts.first().map(Attempt::outcome);
        let ended = kind.map_or("ok", Kind::slug);
        let first = first.unwrap_or(ended);
        let token_fault = plan.case.at != At::Call || (at_connection && has_tokens);
        // A fault at the token is not seen where another try brought one.
        let first = if token_fault { ended } else { first };
        let expected = setup.first.contains(&first) || first == "timeout";
        let pooled = at_connection && plan.case.ask == Ask::FetchOrder;
        // Without a token there is no attempt at the first account, and another one answers.
        let elsewhere = plan.failover
            && attempts
                .first()
                .is_some_and(|attempt| attempt.vendor.name() != plan.case.vendor.name());
        let again = token_fault && plan.attempts > 1;
        let healed = first == "ok" && (pooled || again || elsewhere);
        if !setup.first.is_empty() && !expected && !healed {
            wrong(format!("it met the fault with {first}, expected of {:?}", setup.first));
        }
    }
}

/// Returns why the second of two attempts should not have been.
fn wrongly_repeated(
    evidence: &Evidence<'_>,
    told: &Statement,
    before: &Attempt,
    after: &Attempt,
) -> Option<String> {
    let (plan, vendor, word) = (evidence.plan, before.vendor.name(), told.ask.word());
    let reads = told.ask == Ask::FetchOrder;
    if before.sent == Sent::Unknown && !reads {
        return Some("it was sent again after an unknown outcome".to_owned());
    }
    let row = before.vendor_code.as_deref().map(|code| table::row(vendor, word, code));
    if before.account == after.account {
        if before.billed != Billed::No {
            return Some("it was sent again though it may have been billed".to_owned());
        }
        return match (&before.vendor_code, before.failure) {
            (Some(code), _) if !table::may_repeat(vendor, word, code) => {
                Some(format!("it was sent again after {code}"))
            }
            // A verification centre that is busy says so in a result.
            (None, None) if vendor != "tencent_faceid" => {
                Some("it was sent again after a result".to_owned())
            }
            _ => None,
        };
    }
    if !plan.failover {
        return Some("another vendor was asked".to_owned());
    }
    if before.order_id == after.order_id {
        return Some("another vendor was asked under the same order number".to_owned());
    }
    if before.failure.is_none() {
        return Some("another vendor was asked after a result".to_owned());
    }
    if before.billed != Billed::No && !plan.also {
        return Some("another vendor was asked though it may have been billed".to_owned());
    }
    let refused = row.is_some_and(|row| row.follows.failover == "never");
    refused.then(|| "another vendor was asked against the table".to_owned())
}

/// Returns the bills that an attempt may state.
fn billed_as_documented(
    evidence: &Evidence<'_>,
    told: &Statement,
    attempt: &Attempt,
    last: bool,
) -> Billed {
    let vendor = attempt.vendor.name();
    let by_code = |code: &str| table::billed(vendor, told.ask.word(), code);
    if told.ask == Ask::FetchOrder {
        return Billed::No;
    }
    match (attempt.sent, attempt.failure) {
        (Sent::No, _) => Billed::No,
        (Sent::Unknown, _) => Billed::Unknown,
        // The vendor's record of the order showed that it was executed.
        (Sent::Yes, Some(_)) if last && told.error.is_none() => Billed::Yes,
        (Sent::Yes, None) => match told.code.as_deref().filter(|_| last) {
            Some(code) => by_code(code),
            None if told.ask == Ask::Recognize => Billed::Yes,
            None => attempt.billed,
        },
        (Sent::Yes, Some(kind)) => match (attempt.vendor_code.as_deref(), kind) {
            // What the product says in the gateway's words is not the gateway's.
            (_, Kind::VendorError) => Billed::Unknown,
            (Some(code), kind) => match by_code(code) {
                // An answer that is good by its code and does not hold what it should.
                Billed::Yes if table::row(vendor, told.ask.word(), code).says != kind.slug() => {
                    Billed::Unknown
                }
                other => other,
            },
            (None, Kind::Unauthenticated | Kind::PermissionDenied | Kind::RateLimited) => {
                // A success behind such a status may have been billed all the same.
                if evidence.setup.may_be_success {
                    attempt.billed.min(Billed::Unknown)
                } else {
                    Billed::No
                }
            }
            _ => Billed::Unknown,
        },
    }
}

/// Returns how many answers may be a success that a script put in the place of a refusal, of a dead token say: the
/// vendor did nothing, whatever it said.
fn put_successes(evidence: &Evidence<'_>, vendor: Vendor) -> usize {
    let action_puts = |action: &Action| action.answer.is_some() && action.execute == Some(true);
    if !evidence.setup.scripts.iter().any(|script| action_puts(&script.action)) {
        return 0;
    }
    let is_put = |entry: &&Entry| entry.vendor == vendor && entry.scripted && !entry.executed;
    evidence.ledger.iter().filter(is_put).count()
}

/// Compares the statements of all calls about a vendor with what it did.
fn against_the_ledger(evidence: &Evidence<'_>, vendor: Vendor, found: &mut Vec<String>) {
    if evidence.setup.unread {
        return;
    }
    let told = || evidence.told.iter().filter(|one| one.ask != Ask::FetchOrder);
    let of_vendor = |attempt: &&Attempt| attempt.vendor.name() == vendor.name();
    let said = |fits: &dyn Fn(&Attempt) -> bool| {
        let attempts = told().flat_map(|one| &one.facts.attempts).filter(of_vendor);
        attempts.filter(|attempt| fits(attempt)).count()
    };
    let did = |fits: &dyn Fn(&Entry) -> bool| {
        let entries = evidence.ledger.iter().filter(|entry| entry.vendor == vendor);
        entries.filter(|entry| is_billed(entry) && fits(entry)).count()
    };
    let mut at_most = |less: usize, more: usize, text: &str| {
        if less > more {
            found.push(format!("{}: {less} > {more}: {text}", vendor.name()));
        }
    };
    let surely = said(&|attempt| attempt.billed == Billed::Yes);
    let maybe = said(&|attempt| attempt.billed == Billed::Unknown);
    let billed = did(&|entry| entry.billed);
    at_most(surely, billed + put_successes(evidence, vendor), "said to be billed, and billed");
    at_most(billed, surely + maybe, "billed, and said to be or perhaps to be");
    at_most(billed, told().count(), "billed, and calls");
    let sent = said(&|attempt| attempt.sent != Sent::No);
    at_most(did(&|entry| entry.complete), sent, "whole requests, and said to be or perhaps sent");
    at_most(did(&|entry| entry.executed), sent, "executed, and said to be or perhaps sent");
    let answered = said(&|attempt| attempt.sent == Sent::Yes);
    // What a server says before it reads passes for an answer.
    let unasked = evidence.setup.scripts.iter().any(|script| {
        script.action.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::GarbageOnAccept)
    });
    if !unasked {
        at_most(answered, did(&|_| true), "said to be answered, and requests");
    }
    at_most(did(&|_| true), said(&|_| true), "requests, and attempts");
}

fn the_whole(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let Evidence { plan, setup, told, ledger, .. } = evidence;
    let calls = told.iter().filter(|one| one.ask != Ask::FetchOrder).count();
    let billed = ledger.iter().filter(|entry| entry.billed).count();
    if billed > calls && !plan.also {
        found.push(format!("{billed} were billed for {calls} calls"));
    }
    let fetches = ledger
        .iter()
        .filter(|entry| matches!(entry.operation, Operation::Token | Operation::Ticket))
        .count();
    if fetches > told.len() * (plan.attempts as usize * 4 + 4) {
        found.push(format!("{fetches} requests for tokens"));
    }
    for entry in ledger.iter().filter(|entry| !entry.unwanted.is_empty()) {
        found.push(format!("the vendor was sent {:?}", entry.unwanted));
    }
    for trap in &setup.traps {
        if trap.connections() > 0 {
            found
                .push(format!("{} connections to a host that an answer named", trap.connections()));
        }
    }
    // A fetch of a token goes on after its run.
    let arrived = |entry: &&Entry| {
        entry.vendor == plan.case.vendor
            && !matches!(entry.operation, Operation::Token | Operation::Ticket)
    };
    if setup.nothing_arrives && ledger.iter().any(|entry| arrived(&entry)) {
        found.push("a request arrived where none may".to_owned());
    }
    if let Some(most) = setup.most_connections {
        let most = most * told.len() as u64;
        if evidence.connections > most {
            found.push(format!("{} connections, {most} at most", evidence.connections));
        }
    }
    for text in leaked(evidence.secrets, evidence.events) {
        found.push(format!("an event shows {text}"));
    }
    let orders = told.iter().flat_map(|one| {
        let attempts = one.facts.attempts.iter().map(|attempt| attempt.order_id.as_str());
        attempts.chain([one.order_id.as_str()])
    });
    let orders: Vec<&str> = orders.collect();
    for entry in ledger.iter().filter(|entry| entry.executed && is_billed(entry)) {
        let order = entry.order_no.as_deref().filter(|order| !order.is_empty());
        if order.is_some_and(|order| !orders.contains(&order)) {
            found.push(format!("the order {order:?} was executed and is not known"));
        }
    }
}

fn the_journal(evidence: &Evidence<'_>, records: &[OrderRecord], found: &mut Vec<String>) {
    let broken = evidence.setup.unwritable;
    for told in evidence.told.iter().filter(|one| one.ask != Ask::FetchOrder) {
        let Some(attempt) = told.facts.attempts.last() else { continue };
        let record = records.iter().find(|record| record.order_id == attempt.order_id);
        let Some(record) = record else {
            found.push(format!("order {} is not in the journal", attempt.order_id));
            continue;
        };
        let fits = match (attempt.sent, record.status) {
            (_, OrderStatus::InFlight) => attempt.sent != Sent::Yes || broken.is_some(),
            (_, OrderStatus::Unknown) if broken == Some(Unwritable::Done) => true,
            (Sent::No, status) => status == OrderStatus::NotSent,
            (Sent::Unknown, status) => status != OrderStatus::NotSent,
            (Sent::Yes, status) => {
                status == OrderStatus::Answered && record.billed == attempt.billed
            }
        };
        if !fits {
            found.push(format!("the journal says {record:?} of {attempt:?}"));
        }
    }
    for vendor in Vendor::ALL.into_iter().filter(|_| !evidence.setup.unread) {
        let name = vendor.name();
        let of_vendor =
            |record: &&OrderRecord| record.vendor.is_some_and(|found| found.name() == name);
        let count = |billed: Billed| {
            records.iter().filter(of_vendor).filter(|record| record.billed == billed).count()
        };
        let entries = evidence.ledger.iter().filter(|entry| entry.vendor == vendor);
        let billed = entries.filter(|entry| entry.billed && is_billed(entry)).count();
        let open = records.iter().filter(of_vendor);
        let open = open.filter(|record| record.status == OrderStatus::InFlight).count();
        let (surely, maybe) = (count(Billed::Yes), count(Billed::Unknown) + open);
        if billed + put_successes(evidence, vendor) < surely || billed > surely + maybe {
            found.push(format!("{name}: {billed} billed, the journal has {surely} and {maybe}"));
        }
    }
    if broken == Some(Unwritable::Intent) && evidence.ledger.iter().any(is_billed) {
        found.push("a request left that could not be written down".to_owned());
    }
}

/// Returns the forms of a secret that a text shows.
fn leaked(secrets: &[String], text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for secret in secrets {
        let mut forms = vec![secret.clone(), STANDARD.encode(secret)];
        if secret.bytes().all(|byte| byte.is_ascii_digit()) {
            let groups: Vec<&str> = secret
                .as_bytes()
                .chunks(4)
                .filter_map(|group| std::str::from_utf8(group).ok())
                .collect();
            forms.extend([groups.join(" "), groups.join("-")]);
        } else {
            let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let escaped: String =
                secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            forms.extend([percent, hex, escaped]);
        }
        forms.extend(secret.get(..12).map(str::to_owned));
        found.extend(forms.into_iter().filter(|form| text.contains(form.as_str())));
    }
    found
}
