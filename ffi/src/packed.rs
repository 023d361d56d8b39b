//! A result in one piece of memory: for a language to which each call across the boundary is dear.

use cardwire_core::{Attempt, CallFacts, PersonalBytes, ValidThru, Warning};

use crate::codes::{Code, number_of};

/// Collects numbers and texts in the order that the header states.
#[derive(Default)]
pub(crate) struct Packer {
    numbers: Vec<i64>,
    lengths: Vec<i64>,
    texts: Vec<u8>,
}

impl Packer {
    pub(crate) fn number(&mut self, number: impl Into<i64>) -> &mut Self {
        self.numbers.push(number.into());
        self
    }

    pub(crate) fn text<'a>(&mut self, text: impl Into<Option<&'a str>>) -> &mut Self {
        let text = text.into();
        self.lengths.push(text.map_or(-1, |text| whole(text.len())));
        self.texts.extend_from_slice(text.unwrap_or_default().as_bytes());
        self
    }

    /// Year, month, clarity and warnings; the date's text and the warnings' codes.
    pub(crate) fn reading(
        &mut self,
        valid_thru: Option<&ValidThru>,
        clarity: Option<u8>,
        warnings: &[Warning],
    ) -> &mut Self {
        self.number(valid_thru.and_then(|valid| valid.year).map_or(0, i64::from));
        self.number(valid_thru.and_then(|valid| valid.month).map_or(0, i64::from));
        self.text(valid_thru.map(|valid| valid.printed.as_str()));
        self.number(clarity.map_or(-1, i64::from));
        self.number(whole(warnings.len()));
        for warning in warnings {
            self.number(warning.kind.number()).text(warning.code.as_str());
        }
        self
    }

    pub(crate) fn facts(&mut self, facts: &CallFacts) -> &mut Self {
        self.text(facts.vendor.map(|vendor| vendor.name())).text(facts.account.as_deref());
        self.text(facts.order_id.as_deref()).text(facts.request_id.as_deref());
        self.text(facts.gateway_request_id.as_deref()).text(facts.transaction_time.as_deref());
        self.number(facts.sent.number()).number(facts.billed.number());
        self.number(whole(facts.attempts.len()));
        for attempt in &facts.attempts {
            self.attempt(attempt);
        }
        self
    }

    fn attempt(&mut self, attempt: &Attempt) {
        self.text(attempt.vendor.name()).text(attempt.account.as_str());
        self.text(attempt.vendor_code.as_deref()).text(attempt.order_id.as_str());
        self.number(number_of(attempt.failure));
        self.number(attempt.sent.number()).number(attempt.billed.number());
        self.number(whole(attempt.duration.as_millis()));
    }

    pub(crate) fn finish(&self) -> PersonalBytes {
        let words = self.numbers.len() + self.lengths.len() + 2;
        let mut packed = Vec::with_capacity(words * size_of::<i64>() + self.texts.len());
        for words in [&self.numbers, &self.lengths] {
            packed.extend_from_slice(&whole(words.len()).to_ne_bytes());
            for word in words {
                packed.extend_from_slice(&word.to_ne_bytes());
            }
        }
        packed.extend_from_slice(&self.texts);
        PersonalBytes::new(packed)
    }
}

/// A size or a time; none comes near the largest.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_texts_are_told_apart() {
        let packed = Packer::default().number(-7).text(None).text("").text("a\0行").finish();
        let bytes = packed.reveal();
        let words: Vec<i64> = bytes
            .chunks_exact(8)
            .take(6)
            .map(|word| i64::from_ne_bytes(word.try_into().unwrap()))
            .collect();
        assert_eq!(words, [1, -7, 3, -1, 0, 5]);
        assert_eq!(&bytes[48..], "a\0行".as_bytes());
    }
}
