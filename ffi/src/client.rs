//! The client.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use cardwire_core::bindings::{ClientExt as _, observed};
use cardwire_core::{Client, Config};

use crate::call;
use crate::callback::{Gate, UserData};
use crate::error::{Failure, cardwire_error};
use crate::events::{cardwire_event_callback, observer};
use crate::handle::{self, Opaque};
use crate::providers::{self, cardwire_providers};
use crate::sigpipe;
use crate::status::cardwire_status;
use crate::text::{length_z, text_in};

/// Recognises card photos and verifies cardholders over the configured vendors. It may be used by
/// many threads at once. Make one for each configuration and keep it: it holds connections and
/// tokens.
pub struct cardwire_client(());

impl Opaque for cardwire_client {
    type Object = ClientObject;
    const TYPE: u8 = 6;
}

pub(crate) struct ClientObject {
    client: Client,
    events: Arc<Gate>,
}

impl ClientObject {
    fn new(client: Client, events: Arc<Gate>) -> Self {
        sigpipe::ignore_by_default();
        ClientObject { client, events }
    }

    fn close(&self) {
        self.client.close();
        // In a forked child the threads that could shut or leave the gate do not exist.
        if self.client.is_ours() {
            self.events.shut();
        }
    }
}

/// Returns the client of an argument.
pub(crate) fn given(client: *const cardwire_client) -> Result<Client, Failure> {
    Ok(call::live(client, "client")?.client.clone())
}

/// Makes a client. Nothing is connected before the first call.
///
/// - `config`, `config_len`: the configuration, a JSON document in UTF-8.
/// - `client`: receives it; free it with cardwire_client_free.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, or CARDWIRE_INVALID_CONFIG with the key in the
/// error's message. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_new(
    config: *const c_char,
    config_len: usize,
    client: *mut *mut cardwire_client,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let make = || {
        // SAFETY: the header asks for text of that length.
        let config = unsafe { text_in(config, config_len, "config") }?;
        Ok(ClientObject::new(Client::from_json(config)?, Arc::default()))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(client, "client", error, make) }
}

/// Works as cardwire_client_new, with a NUL-terminated text. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_new_z(
    config: *const c_char,
    client: *mut *mut cardwire_client,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    // SAFETY: the header asks for NUL-terminated text; the rest is handed on.
    unsafe { cardwire_client_new(config, length_z(config), client, error) }
}

/// Makes a client that tells what it does: each call and each attempt as it starts and ends, each request
/// that is not sent or waits, each token, each order that its journal holds. Events hold no personal data
/// and no secret, so they may be logged: see cardwire_event. The library itself writes no log.
///
/// - `config`, `config_len`: the configuration, a JSON document in UTF-8.
/// - `on_event`: called on a thread of the library, or on the one that waits for the call, by several
///   at once; not after cardwire_client_close or cardwire_client_free has returned outside a callback.
/// - `user_data`: handed to `on_event`; usable on any thread until then.
/// - `client`: receives it; free it with cardwire_client_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_client_new gives. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_new_observed(
    config: *const c_char,
    config_len: usize,
    on_event: cardwire_event_callback,
    user_data: *mut c_void,
    client: *mut *mut cardwire_client,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let make = || {
        // SAFETY: the header asks for text of that length.
        let config = unsafe { text_in(config, config_len, "config") }?;
        let on_event = on_event.ok_or_else(|| Failure::null("on_event", "a function"))?;
        let events = Arc::<Gate>::default();
        let observer = observer(on_event, UserData::new(user_data), Arc::clone(&events));
        let client = observed(Config::from_json(config)?, observer);
        Ok(ClientObject::new(client, events))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(client, "client", error, make) }
}

/// Makes a client whose configuration names providers: `{"provider": NAME}` instead of a secret.
///
/// - `config`, `config_len`: the configuration, a JSON document in UTF-8.
/// - `providers`: a live set, or NULL for none. It is read now: later changes are not seen.
/// - `on_event`: as for cardwire_client_new_observed, or NULL.
/// - `user_data`: handed to `on_event`.
/// - `client`: receives it; free it with cardwire_client_free.
/// - `error`: receives the error, or NULL.
///
/// Gives what cardwire_client_new gives; CARDWIRE_INVALID_CONFIG also for a provider that is not in
/// the set. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_new_with_providers(
    config: *const c_char,
    config_len: usize,
    providers: *const cardwire_providers,
    on_event: cardwire_event_callback,
    user_data: *mut c_void,
    client: *mut *mut cardwire_client,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let make = || {
        // SAFETY: the header asks for text of that length.
        let config = unsafe { text_in(config, config_len, "config") }?;
        let gate = Arc::<Gate>::default();
        let providers = providers::given(providers, &gate)?;
        let config = Config::from_json_with(config, &providers)?;
        let client = match on_event {
            None => Client::from_config(config),
            Some(on_event) => {
                let observer = observer(on_event, UserData::new(user_data), Arc::clone(&gate));
                observed(config, observer)
            }
        };
        Ok(ClientObject::new(client, gate))
    };
    // SAFETY: the header asks for out-parameters that are NULL or can be written to.
    unsafe { call::give(client, "client", error, make) }
}

/// Ends the calls in flight with CARDWIRE_CANCELLED and refuses new ones with CARDWIRE_CLOSED.
/// When it returns every callback has returned and none will be called, unless it is called from a
/// callback. The handle stays live: free it.
///
/// - `client`: a live client; one that is closed already is fine.
/// - `error`: receives the error, or NULL.
///
/// Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cardwire_client_close(
    client: *mut cardwire_client,
    error: *mut *mut cardwire_error,
) -> cardwire_status {
    let close = || {
        call::live(client, "client")?.close();
        Ok(())
    };
    // SAFETY: the header asks for an `error` that is NULL or can be written to.
    unsafe { call::status(error, close) }
}

/// Closes the client as cardwire_client_close does, then frees it. It may be called from a callback
/// of the client and while other threads use the client: their calls end with CARDWIRE_CANCELLED.
/// Results and errors live on. NULL and a handle that is not live are left alone. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cardwire_client_free(client: *mut cardwire_client) {
    call::guard((), || {
        let Some(client) = handle::remove(client.cast_const()) else { return };
        client.close();
    });
}
