//! The answers that token endpoints can give.

use cardwire::fuzz_support::{Account, Step};
use serde_json::Value;

use crate::answers::{hold_error, parts};
use crate::vectors;

const HALF: &str = "cardwireHalfToken0001";

pub(crate) fn hold(account: &Account, data: &[u8]) {
    let Some((stage, given)) = parts(data) else { return };
    let half = (stage % 2 == 1).then_some(HALF);
    let fits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    match account.token(half, given).expect("the account needs a token") {
        Err(error) => hold_error(&error, &[]),
        Ok(Step::Half(half)) => assert!(fits(half.reveal())),
        Ok(Step::Ready { value, ticket, usable_for, lives_for }) => {
            assert!(fits(value.reveal()) && ticket.is_none_or(|ticket| fits(ticket.reveal())));
            // No vendor's page says more than 30 days.
            assert!(usable_for <= lives_for && lives_for.as_secs() <= 30 * 86_400);
        }
    }
}

pub(crate) fn seeds(vendor: &str) -> Vec<Vec<u8>> {
    let cases = vectors::cases(vendor, "answers");
    cases.iter().filter(|case| case["operation"] == "token").map(seed).collect()
}

fn seed(case: &Value) -> Vec<u8> {
    let second = case["input"]["half"]["value"].is_string();
    vectors::response(if second { '1' } else { '0' }, case)
}
