//! Batches over schedules of inputs and ends in every order, held against a ledger of what was asked for,
//! began and was given.

use std::collections::{BTreeSet, VecDeque};

use super::schedules::{SCHEDULES, number};
use super::scripted::{Choices, ExhaustiveChoices, RandomChoices};
use crate::batch::{Action, Batch, Event};

/// After so many events of an enumerated schedule everything takes its ordinary course.
const EVENTS: usize = 5;

/// More steps than any schedule takes.
const STEPS: usize = 10_000;

/// A record of what a batch did and what was done to it.
struct Ledger {
    limit: usize,
    /// How many inputs there are.
    supply: usize,
    /// The number of the input that was asked for and is still to come.
    asked: Option<usize>,
    /// How many inputs came, refused ones too.
    came: usize,
    in_flight: BTreeSet<usize>,
    /// Those whose calls ended, in that order.
    ended: VecDeque<usize>,
    /// Those that got no call, and those whose result was given.
    answered: Vec<usize>,
    /// No more inputs are wanted.
    stopped: bool,
}

impl Ledger {
    fn there(&self) -> usize {
        self.in_flight.len() + self.ended.len()
    }

    /// Holds what the batch says against what is known.
    fn judge(&mut self, action: Action) {
        let may_ask = !self.stopped && self.asked.is_none() && self.there() < self.limit;
        match action {
            Action::Ask(index) => {
                assert!(may_ask, "an input is asked for that has no room or is not wanted");
                assert_eq!(index, self.came, "inputs are numbered as they come");
                self.asked = Some(index);
            }
            Action::Give(index) => {
                assert!(!may_ask, "no input is asked for and there is room");
                assert_eq!(Some(&index), self.ended.front(), "results come as calls end");
            }
            Action::Wait => {
                assert!(!may_ask && self.ended.is_empty(), "it waits and there is something to do");
                assert!(!self.in_flight.is_empty(), "no call would wake it");
            }
            Action::AwaitInput => {
                assert!(self.asked.is_some(), "it waits for an input that it did not ask for");
                assert!(self.there() == 0, "it waits for an input and there is something else");
            }
            Action::Done => {
                assert!(self.stopped && self.asked.is_none() && self.there() == 0);
                let once: BTreeSet<_> = self.answered.iter().collect();
                assert_eq!((once.len(), self.answered.len()), (self.came, self.came));
            }
        }
    }
}

/// Plays one schedule to its end; `each` is told before each event how many there were.
fn play<C: Choices>(choices: &mut C, limit: usize, supply: usize, each: impl Fn(&mut C, usize)) {
    let mut batch = Batch::new(limit);
    let mut ledger = Ledger {
        limit: limit.max(1),
        supply,
        asked: None,
        came: 0,
        in_flight: BTreeSet::new(),
        ended: VecDeque::new(),
        answered: Vec::new(),
        stopped: false,
    };
    for events in 0..STEPS {
        let action = batch.poll();
        ledger.judge(action);
        if action == Action::Done {
            assert_eq!(batch.poll(), Action::Done);
            return;
        }
        each(choices, events);
        happen(choices, &mut batch, &mut ledger);
        assert!(ledger.there() <= ledger.limit, "more inputs are there than the limit");
        assert_eq!(batch.asked(), ledger.asked);
        assert_eq!(batch.first(), ledger.ended.front().copied());
        assert_eq!(batch.is_busy(), !ledger.in_flight.is_empty());
    }
    panic!("the batch does not end");
}

/// One event: an ordinary one gives what is to be given, then hands in what is asked for, then ends the
/// oldest call.
fn happen<C: Choices>(choices: &mut C, batch: &mut Batch, ledger: &mut Ledger) {
    match choices.below(9) {
        1 => end_any(choices, batch, ledger),
        2 => answer_ask(choices, batch, ledger),
        3 => {
            ledger.stopped = true;
            ledger.asked = None;
            batch.handle(Event::NoInput);
        }
        4 => {
            ledger.ended.extend(std::mem::take(&mut ledger.in_flight));
            batch.handle(Event::Forked);
        }
        5 => {
            let count = ledger.in_flight.len();
            if count > 0 {
                let index = *ledger.in_flight.iter().nth(choices.below(count)).unwrap();
                ledger.in_flight.remove(&index);
                ledger.answered.push(index);
                batch.handle(Event::Refused(index));
            }
        }
        // What cannot be is nothing.
        6 => batch.handle(Event::Ended(ledger.came)),
        7 if ledger.asked.is_none() => batch.handle(Event::Input),
        8 if !ledger.answered.is_empty() => {
            batch.handle(Event::Ended(ledger.answered[0]));
            batch.handle(Event::Refused(ledger.answered[0]));
        }
        _ if !ledger.ended.is_empty() => {
            ledger.answered.extend(ledger.ended.pop_front());
            batch.handle(Event::Given);
        }
        _ if ledger.asked.is_some() => answer_ask(choices, batch, ledger),
        _ => end_any(choices, batch, ledger),
    }
}

fn end_any<C: Choices>(choices: &mut C, batch: &mut Batch, ledger: &mut Ledger) {
    if ledger.in_flight.is_empty() {
        return;
    }
    let which = choices.below(ledger.in_flight.len());
    let index = *ledger.in_flight.iter().nth(which).unwrap();
    ledger.in_flight.remove(&index);
    ledger.ended.push_back(index);
    batch.handle(Event::Ended(index));
}

fn answer_ask<C: Choices>(choices: &mut C, batch: &mut Batch, ledger: &mut Ledger) {
    let Some(index) = ledger.asked.take() else { return };
    if ledger.came == ledger.supply {
        ledger.stopped = true;
        return batch.handle(Event::NoInput);
    }
    ledger.came += 1;
    if choices.below(4) == 3 {
        ledger.answered.push(index);
        batch.handle(Event::Refused(index));
    } else {
        ledger.in_flight.insert(index);
        batch.handle(Event::Input);
    }
}

/// `CARDWIRE_SCHEDULES` says how many, `CARDWIRE_SCHEDULE` plays one again.
#[test]
fn whatever_happens_each_input_is_answered_once_and_never_too_many_are_there() {
    let draw = |seed: u64| {
        let mut choices = RandomChoices::new(seed);
        let (limit, supply) = (choices.below(6), choices.below(40));
        play(&mut choices, limit, supply, |_, _| {});
    };
    if let Some(seed) = number("CARDWIRE_SCHEDULE") {
        return draw(seed);
    }
    for seed in 0..number("CARDWIRE_SCHEDULES").unwrap_or(SCHEDULES) {
        let played = std::panic::catch_unwind(|| draw(seed));
        assert!(played.is_ok(), "CARDWIRE_SCHEDULE={seed} plays it again");
    }
}

#[test]
fn every_sequence_of_events_of_small_batches() {
    let mut count = 0_u64;
    for (limit, supply) in [(0, 3), (1, 3), (2, 4), (3, 2)] {
        let mut every = ExhaustiveChoices::new();
        loop {
            play(&mut every, limit, supply, |every, events| every.counts = events < EVENTS);
            count += 1;
            if !every.turn() {
                break;
            }
        }
    }
    // Fewer would mean that some event is not tried any more.
    assert_eq!(count, 2_516_124);
}
