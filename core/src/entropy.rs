//! Randomness as an argument: a seed from the system in real calls, a fixed one in vectors.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// A cryptographic generator over one 256-bit seed (ChaCha20).
pub(crate) struct Entropy(ChaCha20Rng);

impl Entropy {
    pub(crate) fn from_seed(seed: [u8; 32]) -> Self {
        Entropy(ChaCha20Rng::from_seed(seed))
    }

    /// Seeds from the operating system; `None` where it has no randomness to give.
    pub(crate) fn from_system() -> Option<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).ok()?;
        Some(Entropy::from_seed(seed))
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }

    /// That many letters and digits, each of the 62 equally likely.
    pub(crate) fn alphanumeric(&mut self, len: usize) -> String {
        const SYMBOLS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(len);
        while text.len() < len {
            let word = self.0.next_u32();
            for shift in [0, 6, 12, 18, 24] {
                let index = (word >> shift & 63) as usize;
                if let (Some(symbol), true) = (SYMBOLS.get(index), text.len() < len) {
                    text.push(char::from(*symbol));
                }
            }
        }
        text
    }

    /// A random UUID (RFC 9562, version 4) in lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        let number =
            u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{number:032x}");
        let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
    }

    /// A positive integer below 2^31.
    pub(crate) fn positive(&mut self) -> u32 {
        (self.0.next_u32() >> 1).max(1)
    }

    /// Somewhere from just above 0 to 1, each as likely.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(self.positive()) / f64::from(u32::MAX >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_forms() {
        let mut entropy = Entropy::from_seed([7; 32]);
        let nonce = entropy.alphanumeric(32);
        assert_eq!(nonce.len(), 32);
        assert!(nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let uuid = entropy.uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
    }
}
