//! Leave to send one request.

use std::time::Instant;

use super::breaker::Pass;
use super::pace::Turn;
use super::quota::Slot;
use super::shared::{Place, SharedSlot};
use crate::facts::Sent;
use crate::transport::Release;

/// Leave to send one request. Dropped, it gives back what was not used: a last byte that may have left
/// counts against the day.
pub(crate) struct Permit {
    pub(super) place: Option<Place>,
    pub(super) pass: Option<Pass>,
    pub(super) slot: Option<Slot>,
    pub(super) shared_slot: Option<SharedSlot>,
    pub(super) release: Option<Release>,
    // Dropped last: the turn ends when all else is counted.
    pub(super) _turn: Option<Turn>,
}

impl Permit {
    /// Binds it to the request that it is for.
    pub(crate) fn is_for(&mut self, release: &Release) {
        self.release = Some(release.clone());
    }

    /// Tells the breaker whether the vendor answered.
    pub(crate) fn note_health(&mut self, answered: bool) {
        match self.pass.take() {
            Some(pass) if answered => pass.answered(Instant::now()),
            Some(pass) => pass.broke(Instant::now()),
            None => {}
        }
    }

    /// Gives the place among all processes back before the call goes on.
    pub(crate) async fn leave(&mut self, deadline: Instant) {
        if let Some(place) = self.place.take() {
            Box::pin(place.leave(deadline)).await;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let sent = self.release.as_ref().map_or(Sent::No, Release::shut);
        if sent != Sent::No {
            if let Some(slot) = &mut self.slot {
                slot.spend();
            }
            if let Some(slot) = &mut self.shared_slot {
                slot.spend();
            }
        }
    }
}
