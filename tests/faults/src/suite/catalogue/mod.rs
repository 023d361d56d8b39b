//! The faults, by name.

mod answers;
mod bodies;
mod codes;
mod connections;
mod framing;
mod machine;
mod tokens;

use cardwire_sandbox::Sandbox;
use fastrand::Rng;

use super::case::{At, Case};
use super::setup::Setup;

/// A card number that only answers meant for others hold.
pub const DECOY: &str = "6222021111111111113";

/// Makes the surroundings that a fault needs.
pub type MakeSetup = fn(&mut Rng, &Case, &Sandbox) -> Setup;

/// One fault.
#[derive(Debug)]
pub struct Fault {
    /// Its name, the family first.
    pub name: &'static str,
    /// The cases in which it makes sense.
    pub fits: fn(&Case) -> bool,
    /// How it is set up.
    pub make_setup: MakeSetup,
}

const fn fault(name: &'static str, fits: fn(&Case) -> bool, make_setup: MakeSetup) -> Fault {
    Fault { name, fits, make_setup }
}

fn anywhere(_: &Case) -> bool {
    true
}

fn at_call(case: &Case) -> bool {
    case.at == At::Call
}

fn at_billed_call(case: &Case) -> bool {
    case.is_billed()
}

fn at_token(case: &Case) -> bool {
    case.at != At::Call
}

fn over_tls(case: &Case) -> bool {
    case.tls
}

fn billed_over_tls(case: &Case) -> bool {
    case.tls && case.is_billed()
}

/// Every fault there is.
pub const FAULTS: &[Fault] = &[
    fault("connect: refused", at_billed_call, connections::refused),
    fault("connect: black hole", at_billed_call, connections::black_hole),
    fault("connect: no such host", at_billed_call, connections::no_such_host),
    fault("connect: closed at once", anywhere, connections::closed_on_accept),
    fault("connect: reset at once", anywhere, connections::reset_on_accept),
    fault("connect: stalled", anywhere, connections::stalled_on_accept),
    fault("connect: garbage", anywhere, connections::garbage_on_accept),
    fault("tls: old version or alert", billed_over_tls, connections::old_tls),
    fault("tls: wrong certificate", billed_over_tls, connections::certificate),
    fault("connect: closed after the handshake", anywhere, connections::closed_after_handshake),
    fault("request: reset after its first byte", anywhere, connections::reset_after_first_byte),
    fault("request: reset after its head", anywhere, connections::reset_after_head),
    fault("request: reset within its body", anywhere, connections::reset_within_body),
    fault("request: reset at its last byte", anywhere, connections::reset_at_last_byte),
    fault("request: closed within it", anywhere, connections::closed_within_request),
    fault("request: not read to its end", anywhere, connections::stop_reading),
    fault("request: answered before it was read", anywhere, connections::early_answer),
    fault("request: a success before it was read", at_call, connections::early_success),
    fault("answer: reset instead", anywhere, connections::reset_after_read),
    fault("answer: closed instead", anywhere, connections::close_after_read),
    fault("answer: never", anywhere, connections::never_answers),
    fault("answer: late", anywhere, connections::late_answer),
    fault("answer: slow network", anywhere, connections::latency),
    fault("answer: drop by drop", anywhere, connections::dripped),
    fault("answer: too slow to wait for", anywhere, connections::dripped_for_ever),
    fault("answer: cut anywhere", anywhere, framing::cut),
    fault("answer: closed after it", anywhere, framing::closed_after_answer),
    fault("answer: idle connection closed", anywhere, framing::idle_close),
    fault("answer: another one behind it", anywhere, framing::second_answer),
    fault("answer: interim ones before it", anywhere, framing::interim),
    fault("framing: lengths that lie", anywhere, framing::lengths),
    fault("framing: chunks that lie", anywhere, framing::chunks),
    fault("framing: endless", anywhere, framing::endless),
    fault("framing: compressed", anywhere, framing::compressed),
    fault("headers: huge and malformed", anywhere, framing::headers),
    fault("headers: instructions", anywhere, framing::instructions),
    fault("redirect", anywhere, framing::redirect),
    fault("body: deep", anywhere, bodies::deep),
    fault("body: large", anywhere, bodies::large),
    fault("body: names twice", anywhere, bodies::duplicates),
    fault("body: other encodings", anywhere, bodies::encodings),
    fault("body: marks around it", anywhere, bodies::around),
    fault("body: not JSON", anywhere, bodies::not_json),
    fault("body: other content types", at_call, bodies::content_types),
    fault("body: types drift", anywhere, bodies::types),
    fault("body: fields drift", anywhere, bodies::fields),
    fault("body: card number drifts", bodies::reads, bodies::numbers),
    fault("body: for another order", at_call, bodies::other_order),
    fault("status: bare", anywhere, answers::status),
    fault("status: with a vendor's code", at_call, answers::status_with_code),
    fault("status: retry-after", anywhere, answers::retry_after),
    fault("code: documented", at_call, codes::documented),
    fault("code: unknown", at_call, codes::unknown),
    fault("code: of the token endpoint", at_token, codes::of_tokens),
    fault("answer: echoes the request", anywhere, answers::echo),
    fault("limit: quotas and rates", at_billed_call, codes::limits),
    fault("clock: off", at_call, codes::clock),
    fault("clock: date header off", at_call, codes::date),
    fault("token: odd values", at_token, tokens::odd_values),
    fault("token: odd number of tickets", tokens::wants_ticket, tokens::tickets),
    fault("token: dead", tokens::has_tokens, tokens::dead),
    fault("token: refused again and again", tokens::has_tokens, tokens::always_refused),
    fault("store: out of order", tokens::has_tokens, tokens::store),
    fault("proxy: out of order", billed_over_tls, machine::proxy),
    fault("proxy: refused", billed_over_tls, machine::no_proxy),
    fault("proxy: works", over_tls, machine::good_proxy),
    fault("journal: cannot be written", at_billed_call, machine::journal),
    fault("caller: cancels", at_call, machine::cancelled),
    fault("caller: has little time", at_billed_call, machine::little_time),
    fault("caller: closes the client", at_call, machine::closed),
    fault("two: lost reply and journal", at_billed_call, machine::lost_reply_and_journal),
    fault("two: reset, then no answer", at_billed_call, machine::reset_then_closed),
    fault("two: dead token and lost reply", tokens::has_tokens, tokens::dead_and_lost),
    fault("two: dead token and store", tokens::has_tokens, tokens::dead_and_store),
    fault("two: no answer and closed client", at_call, machine::no_answer_and_close),
    fault("two: idle close and slow token", tokens::has_tokens, machine::idle_close_and_token),
    fault("mix", anywhere, machine::mix),
];
