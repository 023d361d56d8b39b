//! The health of a client's accounts.

use crate::admission::BreakerState;
use crate::decision::BlockScope;
use crate::error::Kind;
use crate::schema::{Describe, list_json, record};
use crate::vendors::Vendor;

record! {
    /// A refusal of the vendor for which its account is not asked for a while.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountBlock as "account_block" {
        /// `account` for every billed call, `parameters` for calls about some cardholders or cards.
        pub scope: BlockScope,
        /// The kind of the vendor's refusal.
        pub failure: Kind => "outcome",
        /// The vendor's code, where it gave one.
        pub vendor_code: Option<String>,
        /// The number of cardholders and cards; 1 for an account.
        pub size: u32,
        /// When the last of them ends, in milliseconds since 1970.
        pub until_ms: u64,
    }
}

record! {
    /// The state of one account in this process. There is no personal datum and no secret in it.
    ///
    /// ```
    /// use cardwire::{AccountBlock, AccountHealth, BlockScope, BreakerState, CallOptions, Client};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// # let photo = cardwire_test_images::load("icbc-debit.jpg");
    /// let client = Client::from_json(config)?;
    /// client.recognize(photo, &CallOptions::new().vendor("wechat"))?;
    /// let health: Vec<AccountHealth> = client.health()?;
    /// let wechat = health.iter().find(|account| account.account == "wechat").ok_or("not configured")?;
    /// assert_eq!((wechat.breaker, wechat.in_flight), (BreakerState::Closed, 0));
    /// let is_blocked = |block: &AccountBlock| block.scope == BlockScope::Account;
    /// assert!(!wechat.blocks.iter().any(is_blocked) && wechat.quota_left.is_none());
    /// assert!(wechat.token_since_ms < wechat.token_until_ms);
    /// println!("{}", AccountHealth::list_to_json(&health));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct AccountHealth as "account_health" {
        /// The entry's `name` in the configuration, or the vendor's name.
        pub account: String,
        /// The vendor.
        pub vendor: Vendor,
        /// The state of its breaker; `closed` too where the configuration turns it off.
        pub breaker: BreakerState,
        /// Until when the breaker lets no request through, in milliseconds since 1970; `None` where it is
        /// not open.
        pub breaker_until_ms: Option<u64>,
        /// The refusals for which it is not asked for a while.
        pub blocks: Vec<AccountBlock>,
        /// The units of its daily quota that are left, as far as this process counts them; `None` without
        /// a quota.
        pub quota_left: Option<u32>,
        /// The units of a day; `None` without a quota.
        pub quota_limit: Option<u32>,
        /// The requests that it is sent in a second at the most; `None` where nothing holds them back.
        pub requests_per_second: Option<f64>,
        /// The requests that are being sent or answered.
        pub in_flight: u32,
        /// Since when this process has its token, in milliseconds since 1970; `None` without one.
        pub token_since_ms: Option<u64>,
        /// When its token is dead, in milliseconds since 1970; `None` without one.
        pub token_until_ms: Option<u64>,
    }
}

impl AccountHealth {
    /// Returns the health as a JSON object with the field names that every language uses.
    pub fn to_json(&self) -> String {
        self.json()
    }

    /// Returns the health of several accounts as a JSON list.
    pub fn list_to_json(accounts: &[AccountHealth]) -> String {
        list_json(accounts)
    }
}
