//! Questions to the store from those who may not wait on a thread, and the names in it.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{PATIENCE, SharedStore};
use crate::error::{Error, Kind};
use crate::secret::Secret;

/// Asks the store on a thread of its own. One that takes longer is down: that thread may wait for
/// what comes byte by byte, the call does not.
pub(crate) async fn blocking<T: Send + 'static>(
    store: &Arc<SharedStore>,
    question: impl FnOnce(&SharedStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let asked = Arc::clone(store);
    let answer = store.workers().run(move || question(&asked));
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.unwrap_or_else(|| {
            Err(Error::new(Kind::Internal, "the token store has no thread to be asked on"))
        }),
        Err(_) => Err(store.is_down()),
    }
}

/// Returns a name in the store that only those can make who have the secret.
pub(crate) fn name_under(secret: &Secret, name: impl FnOnce(&mut Hmac<Sha256>)) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    name(&mut mac);
    mac.finalize().into_bytes().get(..16).map(base16ct::lower::encode_string)
}
