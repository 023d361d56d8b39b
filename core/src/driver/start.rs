//! Calls that run on the library's threads.

use tokio::runtime::Handle;

use super::prepare::Work;
use super::services::{InFlight, Services};
use crate::client::options::CallOptions;
use crate::error::Error;
use crate::fork::ForkGuard;
use crate::runtime;
use crate::vendors::Answer;

/// A call that can start.
pub(crate) struct Start {
    call: InFlight,
    runtime: Handle,
}

impl Start {
    /// Makes sure that a call can start.
    ///
    /// # Errors
    /// `closed`; `internal` where the system gives no threads.
    pub(crate) fn new(services: &ForkGuard<Services>) -> Result<Self, Error> {
        Ok(Start { call: InFlight::begin(services)?, runtime: runtime::handle()? })
    }

    /// Starts it; `then` is given its result on one of the library's threads.
    pub(crate) fn run<T: TryFrom<Answer, Error = Error> + 'static>(
        self,
        work: Work,
        options: CallOptions,
        then: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) {
        let call = self.call;
        // Boxed before it is spawned: it is large, and spawning moves it.
        self.runtime.spawn(Box::pin(async move {
            then(call.run(work, options).await.and_then(T::try_from));
            drop(call);
        }));
    }
}
