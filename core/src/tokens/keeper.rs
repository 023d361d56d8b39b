//! Who holds an account's token in this process: one fetch at a time, for everybody who waits.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::error::Error;
use crate::tokens::Token;

/// A fetched token.
#[derive(Clone)]
pub(crate) struct Fetched {
    pub(crate) token: Token,
    pub(crate) usable_for: Duration,
}

type Outcome = Result<Fetched, Error>;

/// The token of one account. A fetch that began is finished and shared even if the caller that
/// began it gives up.
#[derive(Default)]
pub(crate) struct Keeper {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    fetching: Option<watch::Receiver<Option<Outcome>>>,
}

struct Held {
    token: Token,
    usable_until: Instant,
}

impl Keeper {
    /// The token that is held, unless it is `refused` or its time is over; else the one that a fetch
    /// under way brings; else starts `fetch`.
    pub(crate) async fn get<F>(
        self: &Arc<Self>,
        refused: Option<&Token>,
        runtime: &tokio::runtime::Handle,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut receiver = {
            let mut state = self.lock();
            // Compare first: somebody may have replaced the refused token already.
            let good = state
                .held
                .as_ref()
                .filter(|held| held.usable_until > Instant::now() && refused != Some(&held.token));
            if let Some(held) = good {
                return Ok(held.token.clone());
            }
            state.held = None;
            match &state.fetching {
                Some(receiver) => receiver.clone(),
                None => {
                    let (sender, receiver) = watch::channel(None);
                    state.fetching = Some(receiver.clone());
                    let keeper = Arc::clone(self);
                    let fetching = fetch();
                    runtime.spawn(async move {
                        let outcome = fetching.await;
                        keeper.finish(&outcome);
                        let _ = sender.send(Some(outcome));
                    });
                    receiver
                }
            }
        };
        let outcome = match receiver.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            Err(_) => {
                self.lock().fetching = None;
                None
            }
        };
        match outcome {
            Some(outcome) => outcome.map(|fetched| fetched.token),
            None => Err(Error::new(crate::Kind::Internal, "fetching the token ended early")),
        }
    }

    fn finish(&self, outcome: &Outcome) {
        let mut state = self.lock();
        state.fetching = None;
        if let Ok(fetched) = outcome {
            state.held = Some(Held {
                token: fetched.token.clone(),
                usable_until: Instant::now() + fetched.usable_for,
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
