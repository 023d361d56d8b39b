//! The account that is asked, and the one after it.

use std::sync::Arc;

use crate::config::FailoverConfig;
use crate::decision::Failover;
use crate::vendors::Vendor;

/// One account that takes the call, with what the call has to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) vendor: Vendor,
    pub(crate) account: String,
    /// Its host and port; none on this machine.
    pub(crate) server: Option<(Arc<str>, u16)>,
    /// Its requests carry a token.
    pub(crate) takes_token: bool,
    /// Its credentials may change while the client lives.
    pub(crate) renews_credentials: bool,
    /// It keeps recognitions under their order numbers.
    pub(crate) keeps_orders: bool,
    /// It is asked within this process: nothing is sent.
    pub(crate) is_on_this_machine: bool,
    /// The photo is made to fit before it is asked.
    pub(crate) fits_photo: bool,
}

/// The accounts of a call in the order in which they are asked, each once.
#[derive(Debug)]
pub(crate) struct Routes {
    all: Vec<Route>,
    position: usize,
    policy: FailoverConfig,
}

impl Routes {
    pub(crate) fn new(all: Vec<Route>, policy: FailoverConfig) -> Self {
        Routes { all, position: 0, policy }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn current(&self) -> Option<&Route> {
        self.all.get(self.position)
    }

    /// Returns whether there is another account and the configuration lets such an end lead to it.
    pub(super) fn leads_on(&self, failover: Failover) -> bool {
        self.policy.allows(failover) && self.position + 1 < self.all.len()
    }

    /// Turns to the next account, where the end leads to it.
    pub(super) fn turn(&mut self, failover: Failover) -> bool {
        let turns = self.leads_on(failover);
        self.position += usize::from(turns);
        turns
    }
}
