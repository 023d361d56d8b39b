//! The driver of a call: does what the call says, waits for what has to be waited for, and tells the
//! call what came of it. Nothing is decided here.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use tokio::sync::oneshot;

use super::account::Account;
use super::fitting::photo_of;
use super::journaling::{CallTerms, Entry};
use super::permit::{Asker, Permit};
use super::services::Services;
use super::teller::Teller;
use crate::admission::Refusal;
use crate::call::{self, Action, Call, Event, Moment, Note, Reason, Report, Step, Stop};
use crate::cancellation::{CancelOnDrop, Cancellation};
use crate::card::{Photo, Picture};
use crate::client::options::CallOptions;
use crate::clock;
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::{Billed, CallFacts, ImageFitted, Sent};
use crate::runtime;
use crate::secret::PersonalBytes;
use crate::tokens::Token;
use crate::transport::{Exchange, Release, Transport};
use crate::vendors::{self, Adapter, Answer, FittedPhoto, Reply, Task};
use crate::wire::{Request, Response};

/// How long an answer is waited for after its caller has gone.
const LATE: Duration = Duration::from_secs(30);

type Outcome = Result<Answer, Error>;

/// The driver of one call, with all that it needs to do what the call says.
pub(super) struct Driver {
    services: Arc<Services>,
    teller: Teller,
    /// The accounts in the order of the call's plan.
    accounts: Vec<Arc<Account>>,
    /// The call under the order number of the account that is asked, with the photo as it takes it.
    asked: vendors::Call,
    /// The photo as it came, where that one was made to fit.
    original: Option<Photo>,
    /// The photo as the first account takes it, where it was made to fit already.
    fitted: Option<FittedPhoto>,
    entropy: Entropy,
    deadline: Instant,
    terms: CallTerms,
    /// The position of the account that is asked, in that order.
    position: Option<usize>,
    account: Option<Arc<Account>>,
    adapter: Option<Arc<dyn Adapter>>,
    token: Option<Token>,
    /// The resources of the request that is next or runs.
    request: Option<(Request, Arc<dyn Transport>)>,
    permit: Option<Permit>,
    entry: Option<Entry>,
}

/// The events that may end a call from outside.
pub(super) struct StopSources {
    services: Arc<Services>,
    /// Each with what it means.
    cancellations: [(Option<Cancellation>, Reason); 3],
    deadline: Instant,
}

impl StopSources {
    pub(super) fn new(services: &Arc<Services>, options: &CallOptions, deadline: Instant) -> Self {
        let cancellations = [
            (options.cancellation.clone(), Reason::Cancelled),
            (options.caller.clone(), Reason::CallerGone),
            (None, Reason::CallerGone),
        ];
        StopSources { services: Arc::clone(services), cancellations, deadline }
    }

    /// Returns a guard whose drop says that the caller has gone, which ends the call.
    fn with_caller(&mut self) -> CancelOnDrop {
        let gone = Cancellation::new();
        let [.., (caller, _)] = &mut self.cancellations;
        *caller = Some(gone.clone());
        CancelOnDrop(gone)
    }

    /// Waits for whichever comes first.
    pub(super) async fn first(&self) -> Reason {
        let [first, second, third] = &self.cancellations;
        tokio::select! {
            biased;
            reason = told(first) => reason,
            reason = told(second) => reason,
            reason = told(third) => reason,
            () = self.services.closed.cancelled() => Reason::ClientClosed,
            () = tokio::time::sleep_until(self.deadline.into()) => Reason::Deadline,
        }
    }
}

/// Returns the error of what ended in a panic and is no call.
pub(crate) fn panicked() -> Error {
    Error::new(Kind::Internal, "a bug in the library ended it; report it with the version")
}

/// Returns the error of a call that ended in a panic: nobody knows what it did.
pub(crate) fn without_end(order_id: Option<String>) -> Error {
    let (sent, billed) = (Sent::Unknown, Billed::Unknown);
    panicked().with_facts(CallFacts { sent, billed, order_id, ..CallFacts::default() })
}

async fn told((cancellation, reason): &(Option<Cancellation>, Reason)) -> Reason {
    match cancellation {
        Some(cancellation) => cancellation.cancelled().await,
        None => std::future::pending().await,
    }
    *reason
}

impl Driver {
    pub(super) fn new(
        services: Arc<Services>,
        teller: Teller,
        accounts: Vec<Arc<Account>>,
        asked: vendors::Call,
        fitted: Option<FittedPhoto>,
        entropy: Entropy,
        deadline: Instant,
    ) -> Self {
        Driver {
            services,
            teller,
            accounts,
            asked,
            original: None,
            fitted,
            entropy,
            deadline,
            terms: CallTerms::default(),
            position: None,
            account: None,
            adapter: None,
            token: None,
            request: None,
            permit: None,
            entry: None,
        }
    }

    /// Returns the same for a call with these options.
    pub(super) fn with_terms_of(self, options: CallOptions) -> Self {
        let CallOptions { order_id: own_number, skip_answered, .. } = options;
        Driver { terms: CallTerms { own_number, skip_answered, earlier: Vec::new() }, ..self }
    }

    /// Runs a call where its caller waits for it. A call that is written down runs by itself, so that
    /// its answer is read and written down even if its caller has gone.
    pub(super) async fn run(self, call: Call, mut ends: StopSources) -> Outcome {
        let mut outcome = None;
        let order_id = call.order_id().to_owned();
        if call.has_entries() {
            let (sender, receiver) = oneshot::channel();
            let _guard = ends.with_caller();
            let mut sender = Some(sender);
            let deliver = move |outcome| {
                if let Some(sender) = sender.take() {
                    let _ = sender.send(outcome);
                }
            };
            let drive = async move { self.drive(call, ends, deliver).await };
            runtime::handle()?.spawn(Box::pin(drive));
            outcome = receiver.await.ok();
        } else {
            self.drive(call, ends, |result| outcome = Some(result)).await;
        }
        outcome.unwrap_or_else(|| Err(without_end(Some(order_id))))
    }

    /// Runs a call until nothing that happens matters any more. `deliver` is given its result: at the
    /// end, or where the call is abandoned at once.
    async fn drive(mut self, call: Call, ends: StopSources, mut deliver: impl FnMut(Outcome)) {
        let result = self.drive_to_end(call, &ends, &mut deliver).await;
        if let Some(Ok(Answer::Order(order))) = &result {
            // A journal that is held keeps nobody beyond the deadline.
            let written = self.services.write_found(&self.asked.order_id, order);
            let _ = tokio::time::timeout_at(self.deadline.into(), written).await;
        }
        // Who is given the result may drop the client, and expects the journal to be closed then.
        drop((self, ends));
        if let Some(result) = result {
            deliver(result);
        }
    }

    /// Does the same, and returns the result where it is yet to be delivered.
    async fn drive_to_end(
        &mut self,
        mut call: Call,
        ends: &StopSources,
        deliver: &mut impl FnMut(Outcome),
    ) -> Option<Outcome> {
        let (teller, deadline) = (self.teller.clone(), self.deadline);
        let mut ends = std::pin::pin!(ends.first());
        let mut result = None;
        let mut is_stopped = false;
        while let Some(action) = call.poll() {
            let step = match action {
                Action::Step(step) => step,
                Action::Note(note) => {
                    self.note(note);
                    continue;
                }
                Action::Report(Report::Event(event)) => {
                    teller.tell(|_| event);
                    continue;
                }
                Action::Report(Report::Result(outcome)) => {
                    result = Some(*outcome);
                    continue;
                }
            };
            if matches!(step, Step::FitPhoto | Step::GetCredentials { refused: false }) {
                self.turn_to(call.position(), call.order_id());
            }
            let release = matches!(step, Step::Send).then(|| self.release());
            // What came of a request is handed to the journal before anything may end the call.
            let comes_first = matches!(step, Step::WriteDone(_) | Step::WriteResolved(_));
            let event = {
                // Pinned before it is polled: it is large, and `select!` would move it.
                let mut works = std::pin::pin!(self.perform(step, release.clone()));
                let outcome = if comes_first {
                    tokio::select! {
                        biased;
                        event = &mut works => Ok(event),
                        reason = &mut ends, if !is_stopped => Err(reason),
                    }
                } else {
                    tokio::select! {
                        biased;
                        reason = &mut ends, if !is_stopped => Err(reason),
                        event = &mut works => Ok(event),
                    }
                };
                match outcome {
                    Ok(event) => Some(event),
                    Err(reason) => {
                        is_stopped = true;
                        let cause = release.as_ref().and_then(Release::waiting);
                        let sent = release.as_ref().map_or(Sent::No, Release::shut);
                        call.stop(Stop { reason, sent, cause }, moment());
                        if call.is_abandoned() {
                            while let Some(Action::Report(report)) = call.poll() {
                                match report {
                                    Report::Event(event) => teller.tell(|_| event),
                                    Report::Result(outcome) => deliver(*outcome),
                                }
                            }
                            let until = deadline.min(Instant::now()) + LATE;
                            tokio::time::timeout_at(until.into(), works).await.ok()
                        } else {
                            None
                        }
                    }
                }
            };
            if let Some(event) = event {
                call.handle(event, moment(), &mut self.entropy);
            }
        }
        result
    }

    /// Returns the gate before the last byte of the request that is sent next.
    fn release(&self) -> Release {
        self.entry.as_ref().map(Entry::release).unwrap_or_default()
    }

    /// Asks the account at that position from now on.
    fn turn_to(&mut self, position: usize, order_id: &str) {
        if self.position == Some(position) {
            return;
        }
        self.position = Some(position);
        if let Some(original) = self.original.take() {
            self.asked.task = Task::Recognize(Picture::Photo(original));
        }
        self.account = self.accounts.get(position).cloned();
        self.adapter = None;
        self.token = None;
        if self.asked.order_id != order_id {
            self.asked.order_id = order_id.to_owned();
        }
    }

    /// Tells the account or the journal.
    fn note(&mut self, note: Note) {
        let Some(account) = &self.account else { return };
        match note {
            Note::CorrectClock { server_unix_ms } => account.correct_clock(server_unix_ms),
            Note::EarnRetry(cost) => account.admission.budget.earn(cost),
            Note::Block(block, reason) => {
                let Moment { now, unix_ms } = moment();
                account.admission.block(&self.asked.task, block, reason, now, unix_ms);
            }
            Note::Health { answered } => {
                if let Some(permit) = &mut self.permit {
                    permit.note_health(answered);
                }
                account.tell_breaker(&self.teller);
            }
            Note::Done(done) => {
                if let Some(entry) = self.entry.take() {
                    entry.end_soon(done);
                }
            }
        }
    }

    /// Takes a step and returns what came of it.
    async fn perform(&mut self, step: Step, release: Option<Release>) -> Event {
        let Some(account) = self.account.clone() else {
            return Event::CredentialsFailed(Error::new(Kind::Internal, "there is no account"));
        };
        if !matches!(step, Step::WriteIntent | Step::Send | Step::WriteDone(_)) {
            self.permit = None;
            self.request = None;
        }
        match step {
            Step::FitPhoto => match self.fit_photo(&account).await {
                Ok(fitted) => Event::Fitted(fitted),
                Err(error) => Event::NotFitted(error),
            },
            Step::GetCredentials { refused } => {
                let refused = self.adapter.take().filter(|_| refused);
                let adapter = match &refused {
                    None => account.credentials(None).await.map(Some),
                    Some(refused) => account.other_credentials(refused).await,
                };
                match adapter {
                    Ok(Some(adapter)) => {
                        self.adapter = Some(adapter);
                        Event::Credentials
                    }
                    Ok(None) => Event::NoOther,
                    Err(error) => Event::CredentialsFailed(error),
                }
            }
            Step::GetToken { refused } => {
                let refused = self.token.take().filter(|_| refused);
                match self.services.token(&account, refused.as_ref(), &self.teller).await {
                    Ok(Some(token)) => {
                        self.token = Some(token);
                        Event::Token
                    }
                    Ok(None) => Event::NoOther,
                    Err(error) => Event::TokenFailed(error),
                }
            }
            Step::Admit { until } => match self.asker(&account, until).wait().await {
                Ok(_) if account.vendor.is_on_this_machine() => Event::Admitted,
                Ok(permit) => match self.build(&account) {
                    Ok(request) => {
                        (self.permit, self.request) = (Some(permit), Some(request));
                        Event::Admitted
                    }
                    Err(error) => Event::NotBuilt(error),
                },
                Err(Refusal { reason, error }) => Event::Refused(reason, error),
            },
            Step::WriteIntent => match self.write_intent(&account).await {
                Ok(()) => Event::Written,
                Err(error) => {
                    self.entry = None;
                    Event::NotWritten(error)
                }
            },
            Step::Send if account.vendor.is_on_this_machine() => self.read_photo().await,
            Step::Send => self.send(release.unwrap_or_default()).await,
            Step::WriteDone(done) => {
                if let Some(entry) = self.entry.take() {
                    entry.end(done).await;
                }
                Event::Written
            }
            Step::PayForRetry(cost) => Event::Paid(account.admission.budget.pay(cost)),
            Step::Wait { until } => {
                tokio::time::sleep_until(until.into()).await;
                Event::TimerFired
            }
            Step::QueryOrder => Event::Order(Box::pin(self.query_order(&account)).await),
            Step::WriteResolved(done) => {
                self.services.write_resolved(&self.asked.order_id, done).await;
                Event::Written
            }
        }
    }

    fn asker<'a>(&'a self, account: &'a Account, until: Instant) -> Asker<'a> {
        let Driver { services, teller, asked, .. } = self;
        Asker { services, account, teller, call: asked, until }
    }

    /// Makes the photo of the call one that the account takes, from the one that came.
    async fn fit_photo(&mut self, account: &Account) -> Result<Option<ImageFitted>, Error> {
        let made = match self.fitted.take() {
            None => self.services.fit(account, &self.asked).await?,
            made => made,
        };
        let Some(FittedPhoto { photo, fitted }) = made else { return Ok(None) };
        self.original = photo_of(&self.asked).cloned();
        self.asked.task = Task::Recognize(Picture::Photo(photo));
        Ok(Some(fitted))
    }

    /// Writes the request down. Its entry is there before: the call may end while this waits.
    async fn write_intent(&mut self, account: &Arc<Account>) -> Result<(), Error> {
        let entry = Entry::new(&self.services, &self.teller, account, &self.asked).await?;
        let entry = self.entry.insert(entry);
        entry.begin(self.asked.reference.clone(), &self.terms).await?;
        self.terms.earlier.push(self.asked.order_id.clone());
        Ok(())
    }

    fn build(&mut self, account: &Account) -> Result<(Request, Arc<dyn Transport>), Error> {
        let adapter = self.adapter.as_ref();
        let adapter = adapter.ok_or_else(|| Error::new(Kind::Internal, "no credentials"))?;
        let transport = Arc::clone(self.services.transport()?);
        let token = self.token.as_ref();
        let request = adapter.build(&self.asked, token, account.now(), &mut self.entropy)?;
        Ok((request, transport))
    }

    /// Reads the photo on a thread where computing holds up nothing else. Dropped, it stops.
    async fn read_photo(&self) -> Event {
        let (adapter, photo) = (self.adapter.clone(), photo_of(&self.asked).cloned());
        let guard = CancelOnDrop::default();
        let stopped = guard.0.clone();
        let read = self
            .services
            .readers
            .run(move || Some(adapter?.read_here()?.read(&photo?, &|| stopped.is_cancelled())));
        let read = read.await.flatten();
        let Reply { ids, billed, result } = read.unwrap_or_else(vendors::unfinished);
        let result = result.map(|mut card| {
            card.look_up(self.services.issuers.issuers());
            Answer::Recognition(card)
        });
        Event::Read(Box::new(Reply { ids, billed, result }))
    }

    /// Sends the request and reads what comes back.
    async fn send(&mut self, release: Release) -> Event {
        let (Some(adapter), Some((request, transport))) =
            (self.adapter.clone(), self.request.take())
        else {
            return Event::NotSent(Error::new(Kind::Internal, "there is no request"));
        };
        if let (Some(permit), Some(account)) = (&mut self.permit, &self.account) {
            permit.is_for(account, &release);
        }
        // A request without a journal entry ends with its call, before this deadline.
        let (deadline, limit) = (self.deadline + LATE, adapter.response_limit());
        let outcome = match Exchange::new(request, deadline, limit, release.clone()) {
            Ok(exchange) => transport.send(exchange).await,
            Err(failure) => Err(failure),
        };
        if let Some(permit) = &mut self.permit {
            permit.give_back_shared(self.deadline).await;
        }
        if let Some(error) = self.entry.as_ref().and_then(Entry::failure) {
            return Event::NotSent(error);
        }
        Event::Reply(
            outcome.map(|response| self.read(&*adapter, response.into(), release.answered())),
        )
    }

    /// Asks for the order of the call; the answer is read as that of the call.
    async fn query_order(&mut self, account: &Arc<Account>) -> Option<call::Response> {
        let query = vendors::Call {
            task: Task::FetchOrder,
            order_id: self.asked.order_id.clone(),
            user_id: None,
            reference: None,
        };
        let token = self.services.token(account, None, &self.teller).await.ok()?;
        let adapter = account.credentials(None).await.ok()?;
        let request =
            adapter.build(&query, token.as_ref(), account.now(), &mut self.entropy).ok()?;
        let (deadline, limit) = (self.deadline, adapter.response_limit());
        let exchange = Exchange::new(request, deadline, limit, Release::default()).ok()?;
        let response = self.services.transport().ok()?.send(exchange).await.ok()?.into();
        adapter.parse(&query, &response).result.ok()?;
        Some(self.read(&*adapter, response, Sent::Yes))
    }

    /// Reads a response to the call.
    fn read(&self, adapter: &dyn Adapter, mut response: Response, sent: Sent) -> call::Response {
        let mut reply = Box::new(adapter.answer(&self.asked, &response));
        let mut server_unix_ms = None;
        match &mut reply.result {
            Ok(answer) => {
                answer.look_up(self.services.issuers.issuers());
                *answer.raw_mut() = PersonalBytes::new(std::mem::take(&mut response.body));
            }
            Err(_) => server_unix_ms = server_time(&response),
        }
        call::Response { reply, status: response.status, sent, server_unix_ms }
    }
}

/// Returns the time in the response's `Date` header.
pub(super) fn server_time(response: &Response) -> Option<u64> {
    let date = httpdate::parse_http_date(&response.header("date")?).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

pub(super) fn moment() -> Moment {
    Moment { now: Instant::now(), unix_ms: clock::unix_ms() }
}
