//! A quick look at a text. Nearly every one is a code or the number of a request, and what it says in
//! base64 and in hexadecimal is to be searched too: of most of that the sieve tells that it holds no
//! value.

/// So many different letters make a piece of a long value telling.
pub(super) const DIFFERENT: usize = 3;

/// The letters of values.
#[derive(Clone, Copy)]
pub(super) struct Sieve {
    /// A bit for each letter; beyond ASCII it stands for others too.
    letters: u64,
    /// The least letters on end, and the least different ones, of each piece.
    shortest: usize,
    different: u32,
}

impl Sieve {
    /// Holds everything back.
    pub(super) const CLOSED: Sieve =
        Sieve { letters: 0, shortest: usize::MAX, different: u32::MAX };

    /// Returns the sieve of a value with pieces of at least so many letters.
    pub(super) fn of(letters: &[char], shortest: usize) -> Self {
        let letters = letters.iter().fold(0, |bits, letter| bits | bit(*letter));
        Sieve { letters, shortest, different: letters.count_ones().min(DIFFERENT as u32) }
    }

    /// Returns the sieve that lets through what either does.
    pub(super) fn or(self, other: Sieve) -> Self {
        Sieve {
            letters: self.letters | other.letters,
            shortest: self.shortest.min(other.shortest),
            different: self.different.min(other.different),
        }
    }

    /// Returns the beginning of a text.
    pub(super) fn run(&self) -> Run<'_> {
        Run { sieve: self, length: 0, seen: 0 }
    }
}

/// The last letters of a text, as far as they are those of a sieve.
pub(super) struct Run<'s> {
    sieve: &'s Sieve,
    length: usize,
    seen: u64,
}

impl Run<'_> {
    /// Goes on by a character without case and width, and returns whether a piece may end with it.
    /// Characters between letters are passed over.
    #[inline]
    pub(super) fn ends_piece(&mut self, letter: char) -> bool {
        let bit = bit(letter);
        if self.sieve.letters & bit == 0 {
            if letter.is_ascii_alphanumeric() {
                (self.length, self.seen) = (0, 0);
            }
            return false;
        }
        self.length += 1;
        self.seen |= bit;
        self.length >= self.sieve.shortest && self.seen.count_ones() >= self.sieve.different
    }
}

/// Returns the bit of a letter: one each in ASCII, where no other character has any.
#[inline]
fn bit(letter: char) -> u64 {
    match letter.to_digit(36) {
        Some(digit) => 1 << digit,
        None if letter.is_ascii() => 0,
        None => 1 << (36 + u32::from(letter) % 28),
    }
}
