//! The health of a client's accounts.

use std::ffi::c_char;
use std::ptr;

use cardwire_core::{AccountBlock, AccountHealth, BlockScope};
use once_cell::race::OnceBox;

use crate::call;
use crate::client::{self, cardwire_client};
use crate::codes::{Code, codes, name_of};
use crate::error::cardwire_error;
use crate::facts::outcome;
use crate::handle::Opaque;
use crate::status::cardwire_status;
use crate::text::{self, Text};

/// A block of every billed call of the account.
pub const CARDWIRE_BLOCK_SCOPE_ACCOUNT: i32 = 1;
/// A block of calls about some cardholders or cards.
pub const CARDWIRE_BLOCK_SCOPE_PARAMETERS: i32 = 2;

codes! {
    BlockScope {
        Account = CARDWIRE_BLOCK_SCOPE_ACCOUNT,
        Parameters = CARDWIRE_BLOCK_SCOPE_PARAMETERS,
    }
}

/// Returns the name of one of CARDWIRE_BLOCK_SCOPE_*, in snake_case; NULL for any other number. The
/// text is never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_block_scope_name(block_scope: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<BlockScope>(block_scope))
}

/// The state of each account of a client in this process, in the order of the configuration, at the
/// moment when it was asked for: no personal data, no secret. It is independent of the client; free it
/// with cardwire_account_health_free.
pub struct cardwire_account_health(());

impl Opaque for cardwire_account_health {
    type Object = HealthObject;
    const TYPE: u8 = 22;
}

pub(crate) struct HealthObject {
    accounts: Vec<Account>,
    json: OnceBox<Text>,
}

/// An account with the texts that C borrows.
struct Account {
    source: AccountHealth,
    name: Text,
    vendor: Text,
    /// The vendor's code of each block.
    codes: Vec<Option<Text>>,
}

impl From<Vec<AccountHealth>> for HealthObject {
    fn from(accounts: Vec<AccountHealth>) -> Self {
        let account = |source: AccountHealth| Account {
            name: Text::new(&source.account),
            vendor: Text::new(source.vendor.name()),
            codes: source
                .blocks
                .iter()
                .map(|one| Text::maybe(one.vendor_code.as_deref()))
                .collect(),
            source,
        };
        HealthObject { accounts: accounts.into_iter().map(account).collect(), json: OnceBox::new() }
    }
}

impl HealthObject {
    fn json(&self) -> &Text {
        self.json.get_or_init(|| {
            let accounts: Vec<AccountHealth> =
                self.accounts.iter().map(|account| account.source.clone()).collect();
            Box::new(Text::taken(AccountHealth::list_to_json(&accounts)))
        })
    }
}

/// Reads a value of one account; `absent` past the last.
fn one<R: Copy>(
    health: *const cardwire_account_health,
    index: usize,
    absent: R,
    body: impl FnOnce(&Account) -> R,
) -> R {
    call::read(health, absent, |health| health.accounts.get(index).map_or(absent, body))
}

/// Reads a value of one block of an account; `absent` past the last.
fn block<R: Copy>(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
    absent: R,
    body: impl FnOnce(&AccountBlock) -> R,
) -> R {
    one(health, index, absent, |account| account.source.blocks.get(block).map_or(absent, body))
}

/// Gives the health of each account: its breaker, what it is not asked for a while, what is left of its
/// quota, and the age of its token. Nothing is sent.
///
/// - `client`: a live client.
/// - `health`: receives it; free it with cardwire_account_health_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; CARDWIRE_CLOSED in a forked child. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_health(
    client: *const cardwire_client,
    health: *mut *mut cardwire_account_health,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let get = || Ok(client::given(client)?.health()?.into());
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(health, "health", error, get) }
}

/// Returns how many accounts there are. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_count(health: *const cardwire_account_health) -> usize {
    call::read(health, 0, |health| health.accounts.len())
}

/// Returns the `name` of the entry of account `index` in the configuration, or the vendor's name; NULL past
/// the last. Accounts are counted from 0. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_account(
    health: *const cardwire_account_health,
    index: usize,
) -> *const c_char {
    one(health, index, ptr::null(), |account| account.name.pointer())
}

/// Returns the vendor of account `index`; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_vendor(
    health: *const cardwire_account_health,
    index: usize,
) -> *const c_char {
    one(health, index, ptr::null(), |account| account.vendor.pointer())
}

/// Returns the state of the breaker of account `index`: one of CARDWIRE_BREAKER_STATE_*; 0 past the last.
/// It is closed too where the configuration turns it off. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_breaker(
    health: *const cardwire_account_health,
    index: usize,
) -> i32 {
    one(health, index, 0, |account| account.source.breaker.number())
}

/// Returns until when the breaker of account `index` lets no request through, in milliseconds since 1970; 0
/// where it is not open. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_breaker_until_ms(
    health: *const cardwire_account_health,
    index: usize,
) -> u64 {
    one(health, index, 0, |account| account.source.breaker_until_ms.unwrap_or(0))
}

/// Returns how many blocks account `index` has. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_count(
    health: *const cardwire_account_health,
    index: usize,
) -> usize {
    one(health, index, 0, |account| account.source.blocks.len())
}

/// Returns what block `block` of account `index` keeps from it: one of CARDWIRE_BLOCK_SCOPE_*; 0 past the
/// last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_scope(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
) -> i32 {
    self::block(health, index, block, 0, |block| block.scope.number())
}

/// Returns the kind of the vendor's refusal that led to block `block` of account `index`, as
/// cardwire_status_name gives it; NULL past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_outcome(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
) -> *const c_char {
    self::block(health, index, block, ptr::null(), |block| outcome(Some(block.failure)))
}

/// Returns the vendor's code of that refusal, as it came; NULL where it gave none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_vendor_code(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
) -> *const c_char {
    one(health, index, ptr::null(), |account| {
        text::pointer(account.codes.get(block).and_then(Option::as_ref))
    })
}

/// Returns how many cardholders and cards are blocked so; 1 for an account, 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_size(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
) -> u32 {
    self::block(health, index, block, 0, |block| block.size)
}

/// Returns when the last of them ends, in milliseconds since 1970; 0 past the last. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_block_until_ms(
    health: *const cardwire_account_health,
    index: usize,
    block: usize,
) -> u64 {
    self::block(health, index, block, 0, |block| block.until_ms)
}

/// Returns how many units of the daily quota of account `index` are left, as far as this process counts
/// them; -1 where it has none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_quota_left(
    health: *const cardwire_account_health,
    index: usize,
) -> i64 {
    one(health, index, -1, |account| account.source.quota_left.map_or(-1, i64::from))
}

/// Returns how many units a day of account `index` has; 0 where it has no quota. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_quota_limit(
    health: *const cardwire_account_health,
    index: usize,
) -> u32 {
    one(health, index, 0, |account| account.source.quota_limit.unwrap_or(0))
}

/// Returns how many requests account `index` is sent in a second at the most; 0 where nothing holds them
/// back. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_requests_per_second(
    health: *const cardwire_account_health,
    index: usize,
) -> f64 {
    one(health, index, 0.0, |account| account.source.requests_per_second.unwrap_or(0.0))
}

/// Returns how many requests of account `index` are being sent or answered. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_in_flight(
    health: *const cardwire_account_health,
    index: usize,
) -> u32 {
    one(health, index, 0, |account| account.source.in_flight)
}

/// Returns since when this process has the token of account `index`, in milliseconds since 1970; 0 where it
/// has none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_token_since_ms(
    health: *const cardwire_account_health,
    index: usize,
) -> u64 {
    one(health, index, 0, |account| account.source.token_since_ms.unwrap_or(0))
}

/// Returns when the token of account `index` is dead, in milliseconds since 1970; 0 where it has none.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_token_until_ms(
    health: *const cardwire_account_health,
    index: usize,
) -> u64 {
    one(health, index, 0, |account| account.source.token_until_ms.unwrap_or(0))
}

/// Returns the accounts as a JSON list of objects, with the field names that every language uses.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_json(
    health: *const cardwire_account_health,
) -> *const c_char {
    call::text(health, |health| Some(health.json()))
}

/// Returns the length of cardwire_account_health_json in bytes, without the NUL. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_json_len(
    health: *const cardwire_account_health,
) -> usize {
    call::text_len(health, |health| Some(health.json()))
}

/// Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_account_health_free(health: *mut cardwire_account_health) {
    call::free(health);
}
