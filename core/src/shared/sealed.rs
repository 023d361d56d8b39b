//! Tokens as the store holds them: encrypted under a key that whoever has the account's credentials
//! can make, and nobody else.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Tells this key from every other that is made from the same secrets.
const LABEL: &[u8] = b"cardwire: tokens in a shared store, AES-256-GCM, 1";

const NONCE_LEN: usize = 12;

/// AES-256-GCM under an account's own secrets.
#[derive(Clone)]
pub(crate) struct Seal(Zeroizing<[u8; 32]>);

impl Seal {
    pub(crate) fn new(secrets: &str) -> Option<Self> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secrets.as_bytes()).ok()?;
        mac.update(LABEL);
        Some(Seal(Zeroizing::new(mac.finalize().into_bytes().into())))
    }

    /// Returns the text in base64, its nonce before it. What is said beside it in clear is
    /// `beside`.
    pub(super) fn close(&self, text: &str, beside: &str) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        Entropy::from_system()?.fill(&mut nonce);
        let payload = Payload { msg: text.as_bytes(), aad: beside.as_bytes() };
        let closed = self.cipher()?.encrypt(&nonce.into(), payload).ok()?;
        Some(STANDARD.encode([nonce.as_slice(), &closed].concat()))
    }

    /// Returns the text again; `None` where it, or what stands beside it, is not what was written
    /// under this key.
    pub(super) fn open(&self, closed: &str, beside: &str) -> Option<Zeroizing<Vec<u8>>> {
        let closed = STANDARD.decode(closed).ok()?;
        let (nonce, closed) = closed.split_first_chunk::<NONCE_LEN>()?;
        let payload = Payload { msg: closed, aad: beside.as_bytes() };
        self.cipher()?.decrypt(&(*nonce).into(), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> Option<Aes256Gcm> {
        Aes256Gcm::new_from_slice(self.0.as_slice()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_the_same_words_beside_it_open() {
        let (ours, theirs) = (Seal::new("secret").unwrap(), Seal::new("other").unwrap());
        let closed = ours.close("token", "key 1").unwrap();
        assert!(!closed.contains("token"));
        assert_eq!(ours.open(&closed, "key 1").unwrap().as_slice(), b"token");
        assert_eq!(Seal::new("secret").unwrap().open(&closed, "key 1").unwrap().len(), 5);
        assert!(ours.open(&closed, "key 2").is_none());
        assert!(theirs.open(&closed, "key 1").is_none());
        assert!(ours.open(closed.get(4..).unwrap(), "key 1").is_none());
        assert!(ours.open("", "key 1").is_none());
        assert_ne!(closed, ours.close("token", "key 1").unwrap());
    }
}
