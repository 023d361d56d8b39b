//! What would make calls fail, found without a call that is billed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::Account;
use super::run::server_time;
use super::services::Services;
use super::teller::Teller;
use crate::clock;
use crate::config::Endpoint;
use crate::error::Error;
use crate::journal::LazyJournal;
use crate::runtime::hold_up;
use crate::schema::{Describe, record};
use crate::shared::blocking;
use crate::slugs::slugs;
use crate::transport::{Exchange, Release};
use crate::wire::{Request, Response};

/// The longest time that one address may take to answer.
const ADDRESS_LIMIT: Duration = Duration::from_secs(10);

/// The largest answer that is read of an address that is asked for nothing, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The difference between two clocks from which on signatures are refused: Tencent Cloud takes five
/// minutes, Aliyun's gateways fifteen. <https://cloud.tencent.com/document/api/1007/31324>
const CLOCKS_APART: Duration = Duration::from_secs(300);

/// The difference from which on a clock is worth a word.
const CLOCKS_NEAR: Duration = Duration::from_secs(30);

slugs! {
    /// A part of what calls need.
    Topic {
        /// The configuration document.
        Configuration = "configuration",
        /// The way to a vendor: its name, the proxy, the connection, TLS and its certificate.
        Connection = "connection",
        /// This machine's clock, by that of a vendor.
        Clock = "clock",
        /// Secrets and tokens.
        Credentials = "credentials",
        /// The store that processes share.
        TokenStore = "token_store",
        /// The journal.
        Journal = "journal",
    }
}

slugs! {
    /// What was found of it.
    Verdict {
        /// Nothing is wrong.
        Good = "good",
        /// Something is to be looked at; calls work.
        Notice = "notice",
        /// Calls fail, or some do.
        Wrong = "wrong",
        /// Only a call that is billed would tell.
        NotTried = "not_tried",
    }
}

record! {
    /// One thing that [`Client::diagnose`](crate::Client::diagnose) looked at. It holds no secret.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Finding as "finding" {
        /// The part that was looked at.
        pub topic: Topic,
        /// The account it belongs to, where it belongs to one.
        pub account: Option<String>,
        /// The verdict.
        pub verdict: Verdict,
        /// What was found, in words.
        pub found: String,
        /// What to do, where there is something.
        pub advice: Option<String>,
    }
}

impl Finding {
    fn new(topic: Topic, verdict: Verdict, found: impl Into<String>) -> Self {
        Finding { topic, account: None, verdict, found: found.into(), advice: None }
    }

    fn of(self, account: &Account) -> Self {
        Finding { account: Some(account.name.clone()), ..self }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Finding { advice: Some(advice.into()), ..self }
    }

    /// Returns what an error says of its topic: of a failure of the network the advice of its step.
    fn wrong(topic: Topic, error: &Error) -> Self {
        let advice = match error.cause() {
            Some(cause) => cause.step().advice(),
            None => error.kind().advice(),
        };
        Finding::new(topic, Verdict::Wrong, error.message()).advise(advice)
    }

    /// Returns what is found where a configuration was refused.
    pub fn of_configuration(error: &Error) -> Self {
        Finding::wrong(Topic::Configuration, error)
    }

    /// Returns everything as a JSON object.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

impl Services {
    /// Looks at everything that calls need. Of vendors only their addresses and their tokens are asked
    /// for, which is free.
    pub(crate) async fn diagnose(self: &Arc<Self>) -> Vec<Finding> {
        let accounts = self.accounts.len();
        let found = format!("{accounts} account{}", if accounts == 1 { "" } else { "s" });
        let mut findings = vec![Finding::new(Topic::Configuration, Verdict::Good, found)];
        for account in &self.accounts {
            if let Some(endpoint) = &account.endpoint {
                let is_there = self.ask_address(account, endpoint, &mut findings).await;
                findings.push(self.look_at_credentials(account, is_there).await.of(account));
            }
        }
        if let Some(store) = &self.store {
            findings.push(match blocking(store, |store| store.ping()).await {
                Ok(()) => Finding::new(Topic::TokenStore, Verdict::Good, "it answers"),
                Err(error) => Finding::wrong(Topic::TokenStore, &error),
            });
        }
        findings.push(match &self.journal {
            Some(journal) => look_at_journal(journal),
            None => {
                let found = "none: after a crash nobody knows which calls a vendor billed";
                Finding::new(Topic::Journal, Verdict::Notice, found)
                    .advise("Set journal to a file on a local disk.")
            }
        });
        findings
    }

    /// Asks the vendor's address for nothing: whatever the answer, names, proxy, TLS and the connection
    /// are in order, and it says what time it is there. Returns whether there was one.
    async fn ask_address(
        &self,
        account: &Account,
        endpoint: &Endpoint,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let begun = Instant::now();
        match self.answer_of(endpoint).await {
            Ok(response) => {
                let host = endpoint.authority();
                let found = format!("{host} answered in {} ms", begun.elapsed().as_millis());
                findings.push(Finding::new(Topic::Connection, Verdict::Good, found).of(account));
                if let Some(there_ms) = server_time(&response) {
                    findings.push(compare_clocks(clock::unix_ms(), there_ms).of(account));
                }
                true
            }
            Err(error) => {
                findings.push(Finding::wrong(Topic::Connection, &error).of(account));
                false
            }
        }
    }

    async fn answer_of(&self, endpoint: &Endpoint) -> Result<Response, Error> {
        let failed = |failure| Error::of_failure("asking the address: ", failure);
        let request = Request::get(endpoint.at("/"));
        let release = Release::default();
        let exchange =
            Exchange::new(request, Instant::now() + ADDRESS_LIMIT, ANSWER_LIMIT, release);
        let transport = self.transport()?;
        Ok(transport.send(exchange.map_err(failed)?).await.map_err(failed)?.into())
    }

    /// Reads the secrets, and fetches a token for them where the vendor has some and can be reached.
    async fn look_at_credentials(
        self: &Arc<Self>,
        account: &Arc<Account>,
        is_there: bool,
    ) -> Finding {
        let adapter = match account.credentials(None).await {
            Ok(adapter) => adapter,
            Err(error) => return Finding::wrong(Topic::Credentials, &error),
        };
        if adapter.token_source().is_none() {
            let found =
                "read; this vendor tells only with a call that it bills whether they are right";
            return Finding::new(Topic::Credentials, Verdict::NotTried, found);
        }
        if !is_there {
            let found = "read; the vendor cannot be reached";
            return Finding::new(Topic::Credentials, Verdict::NotTried, found);
        }
        // It is no call, so nobody is told.
        match self.token(account, None, &Teller::new(None, None)).await {
            Ok(_) => {
                Finding::new(Topic::Credentials, Verdict::Good, "the vendor gives a token for them")
            }
            Err(error) => Finding::wrong(Topic::Credentials, &error),
        }
    }
}

fn look_at_journal(journal: &LazyJournal) -> Finding {
    match hold_up(|| journal.unknown_orders()) {
        Ok(None) => {
            let found = "none yet: the first call that is billed makes it";
            Finding::new(Topic::Journal, Verdict::Good, found)
        }
        Ok(Some(0)) => {
            Finding::new(Topic::Journal, Verdict::Good, "it opens, and no order is unknown")
        }
        Ok(Some(count)) => {
            let orders = if count == 1 { "order" } else { "orders" };
            let found =
                format!("{count} {orders} may have been billed without this machine knowing");
            Finding::new(Topic::Journal, Verdict::Notice, found).advise(
                "List the unknown orders, look them up in the vendor's bill, and reconcile them.",
            )
        }
        Err(error) => Finding::wrong(Topic::Journal, &error),
    }
}

fn compare_clocks(here_ms: u64, there_ms: u64) -> Finding {
    let apart = Duration::from_millis(here_ms.abs_diff(there_ms));
    let behind = if here_ms < there_ms { "behind" } else { "ahead of" };
    let found = format!("this machine is {} s {behind} the vendor", apart.as_secs());
    // The vendor's time has whole seconds.
    if apart < CLOCKS_NEAR {
        return Finding::new(Topic::Clock, Verdict::Good, found);
    }
    let verdict = if apart < CLOCKS_APART { Verdict::Notice } else { Verdict::Wrong };
    let advice =
        "Set this machine's clock, best by NTP: vendors refuse signatures of another time.";
    Finding::new(Topic::Clock, verdict, found).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_wrong_where_vendors_refuse_signatures() {
        let verdict = |apart_s: u64| compare_clocks(apart_s * 1000, 0).verdict;
        let found = [0, 29, 30, 299, 300].map(verdict);
        let (good, notice) = (Verdict::Good, Verdict::Notice);
        assert_eq!(found, [good, good, notice, notice, Verdict::Wrong]);
        assert!(compare_clocks(0, 60_000).found.contains("60 s behind"));
        assert!(compare_clocks(60_000, 0).found.contains("60 s ahead of"));
    }
}
