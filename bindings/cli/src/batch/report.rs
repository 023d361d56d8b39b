//! What is told of a batch at its end.

use cardwire::Billed;
use cardwire::bindings::ends_all;
use serde_json::json;

use super::inputs::Item;
use super::limit::Bill;
use super::output::Counts;
use super::{Input, Run};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;

/// How many orders without a row are named.
const SHOWN: usize = 100;

impl Run<'_> {
    /// Tells what became of the batch.
    pub(super) fn report<I: Input>(
        mut self,
        items: &[Item<I>],
        bill: Bill,
        console: &mut Console,
    ) -> Result<Exit, Failure> {
        if self.unwritten.is_none()
            && let Err(failure) = self.output.remove_older_rows()
        {
            // Each item has its newest row all the same.
            console.failure(None, &failure);
        }
        let counts = self.output.counts(items.iter().map(|item| item.reference.as_str()));
        let would_all_fail = self.ending.as_ref().is_some_and(|error| ends_all(error.kind()));
        match (self.ending.take(), self.last_left.take()) {
            (Some(error), _) => console.failure(None, &Failure::Call(error)),
            (None, Some(error)) if !interrupt::was_asked() => {
                console.say(&format!("the last of those that are left ended so: {error}"));
            }
            _ => {}
        }
        self.say_counts(items.len(), counts, bill, console);
        if let Some(failure) = self.unwritten.take() {
            console.failure(None, &failure);
            return Ok(self.say_without_row(console));
        }
        self.say_what_asks_again(counts, console);
        Ok(match counts.left {
            0 if counts.failed + counts.lost > 0 => Exit::SomeFailed,
            0 => Exit::Done,
            left => self.say_left(left, would_all_fail, console),
        })
    }

    /// Tells how many items there are of each kind, and the bill.
    fn say_counts(&self, total: usize, counts: Counts, bill: Bill, console: &mut Console) {
        let summary = json!({
            "items": total,
            "results": counts.results,
            "failed": counts.failed,
            "answered_before": counts.lost,
            "left": counts.left,
            "asked_elsewhere": self.elsewhere,
            "billed": bill.billed,
            "may_be_billed": bill.unknown,
        });
        if console.is_json() {
            // The results are in the file: the end is the batch's all the same.
            if let Err(failure) = console.document(None, "summary", summary) {
                console.say(&format!("the summary cannot be printed: {failure}"));
            }
        }
        console.say(&format!(
            "{} of {total} items have a result, failed: {}, answered before and lost: {}; \
             calls of all runs: billed: {}, perhaps billed: {}",
            counts.results, counts.failed, counts.lost, bill.billed, bill.unknown,
        ));
        if self.elsewhere > 0 {
            console.say(&format!("asked by another run with this journal: {}", self.elsewhere));
        }
    }

    /// Names the orders whose rows could not be written.
    fn say_without_row(&self, console: &mut Console) -> Exit {
        let sent: Vec<_> =
            self.without_row.iter().filter(|(.., billed)| *billed != Billed::No).collect();
        for (item, order_id, billed) in sent.iter().take(SHOWN) {
            let order_id = order_id.as_deref().unwrap_or("without a number");
            console.say(&format!("no row for {item}: order {order_id}, billed: {billed}"));
        }
        if sent.len() > SHOWN {
            console.say(&format!("and {} more; the journal has them", sent.len() - SHOWN));
        }
        console.say("where the file can be written, the same command goes on");
        if sent.is_empty() { Exit::Stopped } else { Exit::FailedBilled }
    }

    /// Tells why items are left, and what goes on with them.
    fn say_left(&self, left: usize, would_all_fail: bool, console: &mut Console) -> Exit {
        let are_left = format!("{left} {} left", if left == 1 { "is" } else { "are" });
        if would_all_fail {
            console.say(&format!(
                "{are_left} and would fail too: mend that, and the same command goes on"
            ));
            return Exit::Stopped;
        }
        if self.is_at_limit {
            let (limit, of_call) = (self.arguments.limit_billed.unwrap_or_default(), self.of_call);
            console.say(&format!(
                "{are_left}: --limit-billed {limit} has no room for another call, which accounts may \
                 bill {of_call} times; a higher limit goes on"
            ));
            return Exit::AtLimit;
        }
        console.say(&format!("{are_left}; the same command goes on"));
        Exit::Unfinished
    }

    /// Names the items that may have been billed, and the options that ask again for those without a result.
    fn say_what_asks_again(&self, counts: Counts, console: &mut Console) {
        for (item, order_id) in self.unknown.iter().take(SHOWN) {
            let order_id = order_id.as_deref().unwrap_or("without a number");
            console.say(&format!("{item} may have been billed: order {order_id}"));
        }
        if counts.failed_unknown > 0 {
            let journal = &self.journal;
            console.say(&format!(
                "--retry-unknown asks again for those that failed and may have been billed; \
                 \"cardwire orders unknown{journal}\" lists them"
            ));
        }
        if counts.failed_free > 0 {
            console.say("--retry-failed asks again for those that failed and were not billed");
        }
        if counts.lost > 0 {
            console.say(
                "--retry-answered asks and pays again for those that were answered before and lost",
            );
        }
    }
}
