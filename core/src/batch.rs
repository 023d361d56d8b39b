//! A batch as a pure machine: it decides when the next input is asked for, how many calls are on their
//! way, which result is given next and when the batch is over. It waits for nothing and holds neither
//! inputs nor results: its driver does what [`Batch::poll`] says and tells [`Batch::handle`] what
//! happened. Inputs are known by their number, from 0.

use std::collections::{BTreeSet, VecDeque};

/// The next action of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for the input of this number. One is asked for at a time, and other actions go on meanwhile.
    Ask(usize),
    /// Give the result of the input of this number. Said again until it is given.
    Give(usize),
    /// Wait for an event: calls are on their way.
    Wait,
    /// Hand in the input that was asked for, or say that there is none: nothing else is on its way.
    AwaitInput,
    /// Nothing: every input has been answered and none will come.
    Done,
}

/// An event that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The input that was asked for is there, and its call may begin.
    Input,
    /// The input of this number, asked for or there, gets no call: whoever gave it answers it.
    Refused(usize),
    /// There are no more inputs, or no more are wanted. Results on their way are still given.
    NoInput,
    /// The call of the input of this number ended.
    Ended(usize),
    /// The result that was to be given next is given.
    Given,
    /// The process was forked and is the child: calls that its parent began end nowhere in it.
    Forked,
}

/// The state of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inputs {
    More,
    Asked,
    NoMore,
}

/// A batch of which never more than `limit` inputs are there and not answered.
#[derive(Debug)]
pub(crate) struct Batch {
    limit: usize,
    inputs: Inputs,
    /// The number of the next input.
    next: usize,
    on_their_way: BTreeSet<usize>,
    ended: VecDeque<usize>,
}

impl Batch {
    /// Returns a batch that has asked for nothing yet. A limit of 0 is one of 1.
    pub(crate) fn new(limit: usize) -> Self {
        Batch {
            limit: limit.max(1),
            inputs: Inputs::More,
            next: 0,
            on_their_way: BTreeSet::new(),
            ended: VecDeque::new(),
        }
    }

    /// Says what the driver does next. Inputs come before results, so that the vendors are busy while
    /// the caller looks at a result.
    pub(crate) fn poll(&mut self) -> Action {
        if self.inputs == Inputs::More && self.on_their_way.len() + self.ended.len() < self.limit {
            self.inputs = Inputs::Asked;
            Action::Ask(self.next)
        } else if let Some(first) = self.first() {
            Action::Give(first)
        } else if self.is_busy() {
            Action::Wait
        } else if self.inputs == Inputs::Asked {
            Action::AwaitInput
        } else {
            Action::Done
        }
    }

    /// Takes note of what happened. An event that cannot be is none: an input that nobody asked for,
    /// the end of a call that is not on its way.
    pub(crate) fn handle(&mut self, event: Event) {
        match event {
            Event::Input => {
                if let Some(index) = self.asked() {
                    self.on_their_way.insert(index);
                    self.answer_ask();
                }
            }
            Event::Refused(index) if self.asked() == Some(index) => self.answer_ask(),
            Event::Refused(index) => {
                self.on_their_way.remove(&index);
            }
            Event::NoInput => self.inputs = Inputs::NoMore,
            Event::Ended(index) => {
                if self.on_their_way.remove(&index) {
                    self.ended.push_back(index);
                }
            }
            Event::Given => {
                self.ended.pop_front();
            }
            Event::Forked => self.ended.extend(std::mem::take(&mut self.on_their_way)),
        }
    }

    fn answer_ask(&mut self) {
        self.next += 1;
        self.inputs = Inputs::More;
    }

    /// Returns the number of the input that was asked for and is still to come.
    pub(crate) fn asked(&self) -> Option<usize> {
        (self.inputs == Inputs::Asked).then_some(self.next)
    }

    /// Returns the number of the input whose result is to be given next.
    pub(crate) fn first(&self) -> Option<usize> {
        self.ended.front().copied()
    }

    /// Returns whether calls are on their way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.on_their_way.is_empty()
    }
}
