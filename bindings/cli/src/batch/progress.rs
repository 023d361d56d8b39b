//! How far a batch is: on a terminal, on the standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{Row, RowStatus};

/// A bar with the rate, the time that is left and what was billed.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    failed: u64,
}

impl Progress {
    /// Shows a batch of so many items, of which some have a row from an earlier run.
    pub(crate) fn new(total: usize, done: usize, quiet: bool) -> Self {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        // Without a terminal nothing is drawn.
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(count(total)), target);
        let template = "{wide_bar} {pos}/{len}  {per_sec}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        // What is there already took no time of this run.
        bar.set_position(count(done));
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, failed: 0 }
    }

    pub(crate) fn row(&mut self, row: &Row, billed: u64) {
        self.failed += u64::from(row.status == RowStatus::Failed);
        self.bar.inc(1);
        self.billed(billed);
    }

    pub(crate) fn billed(&self, billed: u64) {
        self.bar.set_message(format!("billed {billed}, failed {}", self.failed));
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
