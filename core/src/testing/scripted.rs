//! The sources of a schedule's choices: a seed, or every combination in turn.

/// Makes the choices of one schedule.
pub(super) trait Choices {
    /// Returns a number below `count`, which is not 0. Zero is the ordinary course of things.
    fn below(&mut self, count: usize) -> usize;

    /// Returns the same of what changes no event but when it comes, and the like: enumerated
    /// schedules leave it at its ordinary value.
    fn detail(&mut self, count: usize) -> usize;
}

/// Choices drawn from a seed, ordinary ones more often than not.
pub(super) struct RandomChoices(fastrand::Rng);

impl RandomChoices {
    pub(super) fn new(seed: u64) -> Self {
        RandomChoices(fastrand::Rng::with_seed(seed))
    }
}

impl Choices for RandomChoices {
    fn below(&mut self, count: usize) -> usize {
        if self.0.u8(..) < 96 { 0 } else { self.0.usize(..count) }
    }

    fn detail(&mut self, count: usize) -> usize {
        self.below(count)
    }
}

/// Every combination of the first choices, one after the other; those after them are ordinary.
pub(super) struct ExhaustiveChoices {
    made: Vec<(usize, usize)>,
    at: usize,
    /// True while choices still count.
    pub(super) counts: bool,
}

impl ExhaustiveChoices {
    pub(super) fn new() -> Self {
        ExhaustiveChoices { made: Vec::new(), at: 0, counts: true }
    }

    /// Turns to the next combination; false where there is none.
    pub(super) fn turn(&mut self) -> bool {
        self.made.truncate(self.at);
        self.at = 0;
        self.counts = true;
        while let Some((choice, count)) = self.made.pop() {
            if choice + 1 < count {
                self.made.push((choice + 1, count));
                return true;
            }
        }
        false
    }
}

impl Choices for ExhaustiveChoices {
    fn below(&mut self, count: usize) -> usize {
        if !self.counts {
            return 0;
        }
        if self.at == self.made.len() {
            self.made.push((0, count));
        }
        let (choice, known) = self.made[self.at];
        assert_eq!(known, count, "the same choices lead to another choice");
        self.at += 1;
        choice
    }

    fn detail(&mut self, _: usize) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_comes_once() {
        let mut every = ExhaustiveChoices::new();
        let mut found = Vec::new();
        loop {
            let first = every.below(2);
            let second = if first == 0 { every.below(3) } else { 7 };
            every.counts = false;
            assert_eq!(every.below(9), 0);
            found.push((first, second));
            if !every.turn() {
                break;
            }
        }
        assert_eq!(found, [(0, 0), (0, 1), (0, 2), (1, 7)]);
    }
}
