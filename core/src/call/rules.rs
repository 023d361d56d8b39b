//! The consequences of every end of a request: a code, a status, a missing answer, a refusal of the
//! library's own. The codes have their rows at the vendors, the statuses in `statuses`, and the rest
//! here.

use crate::decision::{
    Decision, ELSEWHERE, FINAL, IF_CREDENTIALS, Local, READ_AGAIN, RECORD, RETRY_LATER, SEND_AGAIN,
};
use crate::facts::Billed;
use crate::transport::Phase;
use crate::vendors::codes::{self, Numbering};
use crate::vendors::{Answer, Operation, Reply, Vendor};

use super::statuses::of_status;

/// A decision with its reason, for readers of the reference page.
pub(crate) type Rule = (Decision, &'static str);

/// Returns what follows a refusal of the library's own.
pub(crate) const fn of_local(reason: Local) -> Rule {
    match reason {
        Local::Pace => (ELSEWHERE, "The account's rate leaves no turn with time for an answer."),
        Local::Quota => (ELSEWHERE, "The account's own quota of the day is used up."),
        Local::Breaker => (ELSEWHERE, "The vendor does not answer just now."),
        Local::AccountBlocked => (ELSEWHERE, "The vendor refused the account a moment ago."),
        Local::ParametersBlocked => {
            (FINAL, "The vendor refused these values; going on elsewhere would defeat its brake.")
        }
        Local::Store => (
            ELSEWHERE,
            "The day's count of the account, which several processes share, cannot be read.",
        ),
        Local::Photo => (
            ELSEWHERE,
            "The photo cannot be made to fit what this vendor takes; another may take it.",
        ),
        Local::TooLate => (FINAL, "Too little of the deadline is left for an answer."),
        Local::Journal => (FINAL, "A billed call that cannot be written down is not sent."),
        Local::Credentials => {
            (IF_CREDENTIALS, "The program's own provider gives the account no credentials.")
        }
    }
}

/// Returns what follows a request without a whole answer.
pub(crate) const fn of_phase(phase: Phase) -> Rule {
    match phase {
        Phase::NotConnected => (RETRY_LATER, "No byte was sent."),
        Phase::Certificate => (FINAL, "Somebody else may be listening."),
        Phase::ProxyRefused => (FINAL, "The proxy refuses."),
        Phase::Local => (FINAL, "The request cannot be sent as it is."),
        Phase::BeforeLastByte => (SEND_AGAIN, "The last byte of the request was held back."),
        Phase::AnsweredEarly => {
            (FINAL, "A result was answered before the last byte left, and is not believed.")
        }
        Phase::AfterLastByte => (RECORD, "The whole request left, and no answer came."),
        Phase::ReadUnanswered => {
            (READ_AGAIN, "The question about an order left, and no answer came.")
        }
    }
}

/// Returns the decision on a whole answer with this HTTP status.
pub(crate) fn on_reply(
    vendor: Vendor,
    numbering: Numbering,
    reply: &Reply,
    status: u16,
) -> Decision {
    // What was read is read.
    if let Ok(Answer::Recognition(_) | Answer::Order(_)) = &reply.result {
        return FINAL;
    }
    let decision = match code_of(reply) {
        Some(code) => on_code(vendor, numbering, code),
        None => of_status(status).decision,
    };
    // The same words may come from somebody who bills for them, as a gateway's code in the answer of
    // the product behind it.
    if reply.billed == Billed::No { decision } else { decision.not_repeated() }
}

/// Returns the vendor's code in a reply: a verification's result has one, as a refusal has.
pub(super) fn code_of(reply: &Reply) -> Option<&str> {
    match &reply.result {
        Ok(Answer::Verification(answer)) => Some(&answer.vendor_code),
        Ok(Answer::Lookup(answer)) => Some(&answer.vendor_code),
        Ok(Answer::Recognition(_) | Answer::Order(_)) => None,
        Err(refusal) => refusal.code.as_deref(),
    }
}

/// Returns the decision on a code in the answer to a request of that numbering.
pub(crate) fn on_code(vendor: Vendor, numbering: Numbering, code: &str) -> Decision {
    codes::find(vendor.codes(), numbering, code).map_or(codes::UNKNOWN, |row| row.decision)
}

/// Returns the decision where there is no whole answer.
pub(crate) fn on_failure(phase: Phase, operation: Operation) -> Decision {
    let phase = match (phase, operation) {
        (Phase::AfterLastByte, Operation::FetchOrder) => Phase::ReadUnanswered,
        (phase, _) => phase,
    };
    of_phase(phase).0
}

/// Returns the decision on a request that was refused before anything was sent.
pub(crate) fn on_local(reason: Local) -> Decision {
    of_local(reason).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::call::statuses::{STATUSES, UNDOCUMENTED};
    use crate::decision::{Failover, Retry};
    use crate::facts::Sent;
    use crate::transport::Failure;
    use crate::vendors::RequestIds;

    #[test]
    fn only_what_was_not_executed_is_repeated() {
        for phase in Phase::ALL {
            let decision = of_phase(*phase).0;
            let sent = Failure::new(Kind::Network, "", *phase).sent();
            let repeats = decision.retry != Retry::None || decision.failover != Failover::Never;
            assert!(!repeats || sent == Sent::No || *phase == Phase::ReadUnanswered, "{phase:?}");
        }
        for (phase, retry, failover) in [
            (Phase::NotConnected, Retry::Backoff, Failover::Yes),
            (Phase::Certificate, Retry::None, Failover::Never),
            (Phase::ProxyRefused, Retry::None, Failover::Never),
            (Phase::Local, Retry::None, Failover::Never),
            (Phase::BeforeLastByte, Retry::Once, Failover::Yes),
            (Phase::AnsweredEarly, Retry::None, Failover::Never),
            (Phase::AfterLastByte, Retry::None, Failover::Never),
        ] {
            let decision = on_failure(phase, Operation::Verify);
            assert_eq!((decision.retry, decision.failover), (retry, failover), "{phase:?}");
        }
        let order = on_failure(Phase::AfterLastByte, Operation::FetchOrder);
        assert_eq!((order.retry, order.failover), (Retry::Backoff, Failover::Never));
    }

    #[test]
    fn a_status_alone_is_repeated_only_where_it_came_before_execution() {
        for status in [200, 302, 400, 404, 408, 412, 413, 425, 450, 500, 503, 599] {
            let row = of_status(status);
            assert_eq!(
                (row.decision.retry, row.billed),
                (Retry::None, Billed::Unknown),
                "{status}"
            );
        }
        assert_eq!(
            (of_status(429).decision.retry, of_status(429).billed),
            (Retry::Throttle, Billed::No)
        );
        for row in STATUSES.iter().chain([&UNDOCUMENTED]) {
            let repeats =
                row.decision.retry != Retry::None || row.decision.failover == Failover::Yes;
            assert!(!repeats || row.billed == Billed::No, "{}", row.first);
        }
        assert_eq!(on_code(Vendor::Wechat, Numbering::Recognize, "no such code"), FINAL);
    }

    #[test]
    fn a_gateway_s_words_from_a_product_that_may_bill_are_not_repeated() {
        let code = "Throttled by APP Flow Control";
        let reply = |billed| Reply {
            ids: RequestIds::default(),
            billed,
            result: Err(codes::unknown(code, None)),
        };
        let decide =
            |billed| on_reply(Vendor::AliyunBankocr, Numbering::Recognize, &reply(billed), 200);
        assert_eq!(decide(Billed::No).retry, Retry::Throttle);
        assert_eq!(decide(Billed::No).failover, Failover::Yes);
        assert_eq!(decide(Billed::Unknown).retry, Retry::None);
        assert_eq!(decide(Billed::Unknown).failover, Failover::VendorFailed);
    }

    #[test]
    fn values_that_a_vendor_blocked_are_not_tried_elsewhere() {
        assert_eq!(on_local(Local::ParametersBlocked).failover, Failover::Never);
    }
}
