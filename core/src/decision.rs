//! The consequences of a vendor's answer, of a missing answer, or of a refusal of the library's own.
//!
//! A row of `vendors::codes`, of `call::statuses` or of `call::rules` says which of these follows; the
//! call carries it out.

use std::time::Duration;

use crate::slugs::slugs;

slugs! {
    /// The rule on asking the same account once more.
    Retry {
        /// It is not.
        None = "none",
        /// After a short wait, which grows.
        Backoff = "backoff",
        /// After a longer wait, which grows: the vendor wants fewer requests.
        Throttle = "throttle",
        /// One more time in the call, after `after` to twice that.
        Once = "once",
        /// With another token, once.
        Token = "token",
        /// With another nonce, once.
        Nonce = "nonce",
        /// With the time of the response's `Date`, once.
        Clock = "clock",
    }
}

slugs! {
    /// The rule on asking another account of the configured list.
    Failover {
        /// It is not.
        Never = "never",
        /// It is.
        Yes = "yes",
        /// It is, where the configuration lists `unrecognized`.
        Unrecognized = "unrecognized",
        /// It is, where the configuration lists `credentials`.
        Credentials = "credentials",
        /// It is, where the configuration lists `vendor_failed`.
        VendorFailed = "vendor_failed",
    }
}

slugs! {
    /// The extent of a block.
    BlockScope {
        /// The account.
        Account = "account",
        /// The account about this very cardholder or card.
        Parameters = "parameters",
    }
}

/// A block and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) scope: BlockScope,
    /// `None` until the vendors' next day begins.
    pub(crate) duration: Option<Duration>,
}

slugs! {
    /// A reason for which the library refuses a request before anything is sent.
    Local {
        /// The account's pace.
        Pace = "pace",
        /// The account's own quota of the day.
        Quota = "quota",
        /// The account's breaker.
        Breaker = "breaker",
        /// A block of the account.
        AccountBlocked = "account_blocked",
        /// A block of the account about these very values.
        ParametersBlocked = "parameters_blocked",
        /// The store that several processes share.
        Store = "store",
        /// The photo, which cannot be made to fit.
        Photo = "photo",
        /// The deadline.
        TooLate = "too_late",
        /// The journal.
        Journal = "journal",
        /// The program's own provider of credentials.
        Credentials = "credentials",
    }
}

/// Everything that follows, under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) name: &'static str,
    pub(crate) retry: Retry,
    /// The shortest wait before the retry.
    pub(crate) after: Duration,
    pub(crate) failover: Failover,
    pub(crate) block: Option<Block>,
    /// The vendor's own record of the order may tell what became of it.
    pub(crate) query_order: bool,
    /// The reason, for readers of the reference page.
    pub(crate) why: &'static str,
}

impl Decision {
    const fn new(name: &'static str, retry: Retry, failover: Failover, why: &'static str) -> Self {
        Decision {
            name,
            retry,
            after: Duration::ZERO,
            failover,
            block: None,
            query_order: false,
            why,
        }
    }

    const fn after_ms(self, milliseconds: u64) -> Self {
        Decision { after: Duration::from_millis(milliseconds), ..self }
    }

    /// Returns the same with a block of so many seconds, or until the next day.
    const fn blocking(self, scope: BlockScope, seconds: Option<u64>) -> Self {
        let duration = match seconds {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        };
        Decision { block: Some(Block { scope, duration }), ..self }
    }

    const fn asking_for_the_order(self) -> Self {
        Decision { query_order: true, ..self }
    }

    /// Returns the same for a request that may have been billed: the account is not asked again, and
    /// another one only where the configuration lists `vendor_failed`.
    pub(crate) fn not_repeated(self) -> Self {
        let failover = match self.failover {
            Failover::Yes => Failover::VendorFailed,
            other => other,
        };
        Decision { retry: Retry::None, failover, ..self }
    }
}

macro_rules! decisions {
    ($($name:ident = $slug:literal, $retry:ident, $failover:ident, $why:literal $(, $method:ident($($argument:expr),*))*;)*) => {
        $(
            #[doc = $why]
            pub(crate) const $name: Decision =
                Decision::new($slug, Retry::$retry, Failover::$failover, $why)$(.$method($($argument),*))*;
        )*

        /// Every decision by name, in the order of the reference page.
        pub(crate) const ALL: &[Decision] = &[$($name,)*];
    };
}

decisions! {
    FINAL = "final", None, Never, "Another request would end alike, or no document says that it would not.";
    ELSEWHERE = "elsewhere", None, Yes, "This account cannot do it now, and nothing was executed.";
    IF_UNRECOGNIZED = "if_unrecognized", None, Unrecognized,
        "The photo shows this vendor no readable card; another engine may see more.";
    IF_CREDENTIALS = "if_credentials", None, Credentials, "This account may not do it.";
    IF_VENDOR_FAILED = "if_vendor_failed", None, VendorFailed,
        "The vendor failed and may have executed the request.";
    RECORD_OR_ELSEWHERE = "record_or_elsewhere", None, VendorFailed,
        "The vendor timed out; its record of the order tells what became of it.", asking_for_the_order();
    RECORD = "record", None, Never,
        "The vendor may have executed the request, and would not recognise a repetition.", asking_for_the_order();
    RETRY_LATER = "retry_later", Backoff, Yes, "Nothing was executed, and a moment later it may be.";
    READ_AGAIN = "read_again", Backoff, Never, "Asking for an order again costs nothing.";
    SEND_AGAIN = "send_again", Once, Yes,
        "The vendor cannot have executed a request whose last byte is missing.", after_ms(50);
    RETRY_ONCE = "retry_once", Once, Yes, "The verification centre is busy.", after_ms(1_000);
    SLOW_DOWN = "slow_down", Throttle, Yes, "There were too many requests.";
    SLOW_DOWN_10_S = "slow_down_10_s", Throttle, Yes, "There were too many requests.", after_ms(10_000);
    SLOW_DOWN_60_S = "slow_down_60_s", Throttle, Yes,
        "There were too many requests; the vendor says next minute.", after_ms(60_000);
    NEW_TOKEN = "new_token", Token, Never, "The token or the ticket is dead.";
    NEW_NONCE = "new_nonce", Nonce, Never, "The vendor saw the nonce before.";
    CORRECT_CLOCK = "correct_clock", Clock, Never, "This machine's clock is off.";
    BLOCK_ACCOUNT = "block_account", None, Yes,
        "The account's balance or package is used up, or it is not activated.", blocking(BlockScope::Account, Some(60));
    BLOCK_ACCOUNT_TODAY = "block_account_today", None, Yes,
        "The account's quota of the day is used up.", blocking(BlockScope::Account, None);
    BLOCK_CLOSED = "block_closed", None, VendorFailed,
        "The product or its provider is closed.", blocking(BlockScope::Account, Some(60));
    BLOCK_VALUES = "block_values", None, Never,
        "The same person was asked for too often: going on elsewhere would defeat the brake.",
        blocking(BlockScope::Parameters, Some(86_400));
    BLOCK_VALUES_TODAY = "block_values_today", None, Never,
        "This card was tried too often today: going on elsewhere would defeat the brake.",
        blocking(BlockScope::Parameters, None);
}
