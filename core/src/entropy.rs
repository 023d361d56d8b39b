//! Randomness as an argument: a seed from the system in real calls, a fixed one in vectors.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroize;

/// A cryptographic generator over one 256-bit seed (ChaCha20). Of the system's own bytes some are
/// given out first: a call seldom needs more, and the generator then need not begin.
pub(crate) struct Entropy {
    ready: [u8; READY],
    given: usize,
    seed: [u8; 32],
    /// Boxed: it is large, and calls carry this along.
    generator: Option<Box<ChaCha20Rng>>,
}

/// The random bytes that an order number and a nonce of a call take, and some more.
const READY: usize = 96;

impl Entropy {
    pub(crate) fn from_seed(seed: [u8; 32]) -> Self {
        Entropy { ready: [0; READY], given: READY, seed, generator: None }
    }

    /// Seeds from the operating system; `None` where it has no randomness to give.
    pub(crate) fn from_system() -> Option<Self> {
        let mut bytes = [0; READY + 32];
        getrandom::fill(&mut bytes).ok()?;
        let (ready, seed) = bytes.split_first_chunk()?;
        Some(Entropy { ready: *ready, given: 0, seed: *seed.first_chunk()?, generator: None })
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        match self.ready.get(self.given..self.given + buffer.len()) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                self.given += buffer.len();
            }
            None => {
                let begin = || Box::new(ChaCha20Rng::from_seed(self.seed));
                let generator = self.generator.get_or_insert_with(begin);
                generator.fill_bytes(buffer);
            }
        }
    }

    fn word(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// Returns that many letters and digits, each of the 62 equally likely.
    pub(crate) fn alphanumeric(&mut self, len: usize) -> String {
        const SYMBOLS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(len);
        while text.len() < len {
            let word = self.word();
            for shift in [0, 6, 12, 18, 24] {
                let index = (word >> shift & 63) as usize;
                if let (Some(symbol), true) = (SYMBOLS.get(index), text.len() < len) {
                    text.push(char::from(*symbol));
                }
            }
        }
        text
    }

    /// Returns a random UUID (RFC 9562, version 4) in lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        let number =
            u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{number:032x}");
        let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
    }

    /// Returns a positive integer below 2^31.
    pub(crate) fn positive(&mut self) -> u32 {
        (self.word() >> 1).max(1)
    }

    /// Returns a number from just above 0 to 1, each as likely.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(self.positive()) / f64::from(u32::MAX >> 1)
    }
}

impl Drop for Entropy {
    /// Keys may have been made of it.
    fn drop(&mut self) {
        self.ready.zeroize();
        self.seed.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_out_twice() {
        let mut entropy = Entropy::from_system().unwrap();
        let mut seen = std::collections::HashSet::new();
        // Across the end of what was ready, in pieces that do not divide it.
        for _ in 0..4 * READY {
            let mut bytes = [0; 7];
            entropy.fill(&mut bytes);
            assert!(seen.insert(bytes));
        }
        assert_ne!(Entropy::from_system().unwrap().uuid(), Entropy::from_system().unwrap().uuid());
    }

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
