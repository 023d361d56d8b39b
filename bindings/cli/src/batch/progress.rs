//! How far a batch is: on a terminal, on the standard error.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::limit::Bill;
use super::output::{Row, RowStatus};

/// A bar with the rate, the time that is left and what was billed.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    failed: u64,
}

impl Progress {
    /// Shows a batch of so many items.
    pub(crate) fn new(total: usize, quiet: bool) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        // Without a terminal nothing is drawn.
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // A text that cannot be drawn is not.
            let _ = text.write_str(&speed(state.per_sec(), state.eta()));
        };
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {rate}{msg}") {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, failed: 0 }
    }

    /// Counts an item that has a row from an earlier run.
    pub(crate) fn skip(&self) {
        self.bar.inc(1);
        // It took no time of this run.
        self.bar.reset_eta();
    }

    pub(crate) fn row(&mut self, row: &Row) {
        self.failed += u64::from(row.status == RowStatus::Failed);
        self.bar.inc(1);
    }

    pub(crate) fn bill(&self, bill: Bill) {
        let Bill { billed, unknown } = bill;
        let failed = self.failed;
        self.bar.set_message(format!("billed {billed}, perhaps {unknown}, failed {failed}"));
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the items of a second and the time that is left, once there is one to tell them by.
fn speed(of_second: f64, left: Duration) -> String {
    match of_second {
        ..0.05 => String::new(),
        _ => format!("{of_second:.1}/s  {:#} left  ", HumanDuration(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_told_once_there_is_one() {
        assert_eq!(speed(0.0, Duration::ZERO), "");
        assert_eq!(speed(6.2957, Duration::from_secs(9)), "6.3/s  9s left  ");
    }
}
