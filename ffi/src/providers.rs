//! Providers: functions of the caller's program that give credentials.

use std::error::Error as StdError;
use std::ffi::{c_char, c_void};
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardwire_core::{AskReason, CredentialAsk, CredentialProvider, Credentials, Providers};

use crate::call;
use crate::callback::{Gate, UserData};
use crate::codes::{Code, codes, name_of};
use crate::error::{Failure, cardwire_error};
use crate::handle::{self, Opaque};
use crate::panic::catch;
use crate::status::cardwire_status;
use crate::text::{Text, length_z, text_in};

/// The account has no credentials yet.
pub const CARDWIRE_ASK_FIRST: i32 = 1;
/// Those that the provider gave last have reached the end that it gave with them.
pub const CARDWIRE_ASK_EXPIRED: i32 = 2;
/// The vendor refused those that the provider gave last.
pub const CARDWIRE_ASK_REFUSED: i32 = 3;

codes! {
    AskReason {
        First = CARDWIRE_ASK_FIRST,
        Expired = CARDWIRE_ASK_EXPIRED,
        Refused = CARDWIRE_ASK_REFUSED,
    }
}

/// Returns the name of one of CARDWIRE_ASK_*, in snake_case; NULL for any other number. The text is
/// never freed. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_reason_name(reason: i32) -> *const c_char {
    call::guard(ptr::null(), || name_of::<AskReason>(reason))
}

/// A question to a provider. It lives until it is answered with cardwire_ask_answer or
/// cardwire_ask_fail, one of which every question needs, within the callback or later, on any thread.
pub struct cardwire_ask(());

impl Opaque for cardwire_ask {
    type Object = AskObject;
    const TYPE: u8 = 20;
}

/// Answers questions. `ask` is the callback's own: see cardwire_ask. See "Callbacks" at the top; it may
/// block, since it runs on a thread that nothing else waits for.
pub type cardwire_provider_callback =
    Option<unsafe extern "C-unwind" fn(ask: *mut cardwire_ask, user_data: *mut c_void)>;

/// Frees what a provider failed with: see cardwire_ask_fail.
pub type cardwire_free_callback = Option<unsafe extern "C-unwind" fn(cause: *mut c_void)>;

pub(crate) struct AskObject {
    vendor: Text,
    account: Text,
    secrets: Vec<Text>,
    reason: i32,
    state: Mutex<AskState>,
}

#[derive(Default)]
struct AskState {
    ask: Option<CredentialAsk>,
    given: Credentials,
}

impl AskObject {
    fn state(&self) -> MutexGuard<'_, AskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The failure of a provider of the caller's, which the caller keeps until it is freed.
pub(crate) struct HostCause {
    cause: UserData,
    free: cardwire_free_callback,
}

impl HostCause {
    pub(crate) fn pointer(&self) -> *mut c_void {
        self.cause.pointer()
    }
}

impl Drop for HostCause {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the header asks for a function that takes this very pointer, once.
            unsafe { free(self.cause.pointer()) };
        }
    }
}

impl fmt::Debug for HostCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostCause")
    }
}

impl fmt::Display for HostCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider failed")
    }
}

impl StdError for HostCause {}

struct HostProvider {
    on_ask: unsafe extern "C-unwind" fn(*mut cardwire_ask, *mut c_void),
    user_data: UserData,
    gate: Arc<Gate>,
}

impl CredentialProvider for HostProvider {
    fn ask(&self, ask: CredentialAsk) {
        catch(|| {
            self.gate.pass(|| {
                let object = AskObject {
                    vendor: Text::new(ask.vendor().name()),
                    account: Text::new(ask.account()),
                    secrets: ask.secrets().iter().map(|secret| Text::new(secret)).collect(),
                    reason: ask.reason().number(),
                    state: Mutex::new(AskState { ask: Some(ask), given: Credentials::default() }),
                };
                let Ok(handle) = handle::insert::<cardwire_ask>(object) else { return };
                // SAFETY: the header asks for a callback of this type.
                unsafe { (self.on_ask)(handle, self.user_data.pointer()) };
            });
        });
    }
}

/// Providers by the names that a configuration uses: `{"provider": NAME}`. Free them with
/// cardwire_providers_free, which a client that was made with them does not mind.
pub struct cardwire_providers(());

impl Opaque for cardwire_providers {
    type Object = Mutex<Vec<NamedProvider>>;
    const TYPE: u8 = 21;
}

#[derive(Clone)]
pub(crate) struct NamedProvider {
    name: String,
    on_ask: unsafe extern "C-unwind" fn(*mut cardwire_ask, *mut c_void),
    user_data: UserData,
}

/// Returns the providers of an argument, which call back while the gate is open; none for NULL.
pub(crate) fn given(
    providers: *const cardwire_providers,
    gate: &Arc<Gate>,
) -> Result<Providers, Failure> {
    let mut given = Providers::new();
    if providers.is_null() {
        return Ok(given);
    }
    let providers = call::live(providers, "providers")?;
    for named in providers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let NamedProvider { name, on_ask, user_data } = named.clone();
        given = given.with(name, HostProvider { on_ask, user_data, gate: Arc::clone(gate) });
    }
    Ok(given)
}

/// Makes an empty set of providers.
///
/// - `providers`: receives it; free it with cardwire_providers_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_providers_new(
    providers: *mut *mut cardwire_providers,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(providers, "providers", error, || Ok(Mutex::default())) }
}

/// Adds a provider, or replaces another of that name.
///
/// - `providers`: a live set.
/// - `name`, `name_len`: the name in the configuration.
/// - `on_ask`: called when an account needs credentials: for its first call, after the end that it
///   gave, and after the vendor refused what it gave. Of many calls that wait, one asks; a question
///   without an answer is given up after 30 seconds. It is not called after cardwire_client_close or
///   cardwire_client_free has returned outside a callback. It must not wait for a call to the account
///   that it is asked for.
/// - `user_data`: handed to `on_ask`; usable on any thread until then.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_providers_set(
    providers: *mut cardwire_providers,
    name: *const c_char,
    name_len: usize,
    on_ask: cardwire_provider_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let providers = call::live(providers, "providers")?;
        // SAFETY: the header asks for text of that length.
        let name = unsafe { text_in(name, name_len, "name") }?.to_owned();
        let on_ask = on_ask.ok_or_else(|| Failure::null("on_ask", "a function"))?;
        let mut providers = providers.lock().unwrap_or_else(PoisonError::into_inner);
        providers.push(NamedProvider { name, on_ask, user_data: UserData::new(user_data) });
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_providers_set, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_providers_set_z(
    providers: *mut cardwire_providers,
    name: *const c_char,
    on_ask: cardwire_provider_callback,
    user_data: *mut c_void,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_providers_set(providers, name, length_z(name), on_ask, user_data, error) }
}

/// Frees a set of providers. NULL and a handle that is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_providers_free(providers: *mut cardwire_providers) {
    call::free(providers);
}

/// Returns the vendor of the account. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_vendor(ask: *const cardwire_ask) -> *const c_char {
    call::text(ask, |ask| Some(&ask.vendor))
}

/// Returns the account: the `name` of its entry in the configuration, or the vendor's name. Since
/// 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_account(ask: *const cardwire_ask) -> *const c_char {
    call::text(ask, |ask| Some(&ask.account))
}

/// Returns how many secrets are asked for: the keys of the entry that name the provider. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_secret_count(ask: *const cardwire_ask) -> usize {
    call::read(ask, 0, |ask| ask.secrets.len())
}

/// Returns a secret that is asked for, such as `access_token`; `index` counts from 0. NULL where
/// there is no such one. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_secret(ask: *const cardwire_ask, index: usize) -> *const c_char {
    call::text(ask, |ask| ask.secrets.get(index))
}

/// Returns why it is asked: one of CARDWIRE_ASK_*. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_ask_reason(ask: *const cardwire_ask) -> i32 {
    call::read(ask, 0, |ask| ask.reason)
}

/// Gives the value of a secret, which is copied. One that the vendor can do without, such as `token`,
/// may be left out.
///
/// - `ask`: a live question.
/// - `secret`, `secret_len`: which one, as cardwire_ask_secret names it.
/// - `value`, `value_len`: the value.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_ask_set(
    ask: *mut cardwire_ask,
    secret: *const c_char,
    secret_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let ask = call::live(ask, "ask")?;
        // SAFETY: the header asks for texts of these lengths.
        let (secret, value) = unsafe {
            (text_in(secret, secret_len, "secret")?, text_in(value, value_len, "value")?)
        };
        let mut state = ask.state();
        state.given = std::mem::take(&mut state.given).with(secret, value);
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Works as cardwire_ask_set, with NUL-terminated texts. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_ask_set_z(
    ask: *mut cardwire_ask,
    secret: *const c_char,
    value: *const c_char,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated texts; the rest is handed on.
    unsafe { cardwire_ask_set(ask, secret, length_z(secret), value, length_z(value), error) }
}

/// Says how long the values can be used. After that the provider is asked again; without it, only
/// when the vendor refuses them.
///
/// - `ask`: a live question.
/// - `expires_in_ms`: milliseconds from now.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_ask_set_expires_in_ms(
    ask: *mut cardwire_ask,
    expires_in_ms: u64,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let set = || {
        let ask = call::live(ask, "ask")?;
        let mut state = ask.state();
        let given = std::mem::take(&mut state.given);
        state.given = given.expires_in(Duration::from_millis(expires_in_ms));
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, set) }
}

/// Answers a question with the values that were set, and frees it.
///
/// - `ask`: a live question.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_ask_answer(
    ask: *mut cardwire_ask,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let answer = || {
        let (question, given) = ended(ask)?;
        question.answer(Ok(given));
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, answer) }
}

/// Says that there are no credentials, and frees the question. The calls that wait end with
/// CARDWIRE_CREDENTIALS_UNAVAILABLE, not billed.
///
/// - `ask`: a live question.
/// - `cause`: a pointer of yours, which the errors of these calls give back:
///   cardwire_error_provider_cause. May be NULL. It is yours again where this function fails.
/// - `free_cause`: called once with `cause` when no error has it any more, on any thread; or NULL.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_ask_fail(
    ask: *mut cardwire_ask,
    cause: *mut c_void,
    free_cause: cardwire_free_callback,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let fail = || {
        let (question, _) = ended(ask)?;
        question.answer(Err(Box::new(HostCause { cause: UserData::new(cause), free: free_cause })));
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, fail) }
}

/// Takes a question out of the callers' hands.
fn ended(ask: *mut cardwire_ask) -> Result<(CredentialAsk, Credentials), Failure> {
    let object = call::live(ask, "ask")?;
    call::free(ask);
    let mut state = object.state();
    let given = std::mem::take(&mut state.given);
    let question = state.ask.take();
    question
        .map(|question| (question, given))
        .ok_or_else(|| Failure::argument("ask", call::LIVE, "one that was answered or made up"))
}
