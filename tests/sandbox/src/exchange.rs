//! One request and its answer: scripts and faults played.

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::http::{Answer, BodyFraming, Framing, ReadError, Reader, Request};
use crate::ledger::{Entry, Place};
use crate::recorded::RecordedRequest;
use crate::script::{Action, Fault, FaultKind};
use crate::server::{LONGEST_HOLD, Socket, hold};
use crate::shared::{Call, Reply, SharedState, State};
use crate::vendor::{Operation, Vendor};

/// The fate of the connection.
pub(crate) enum Next {
    Keep,
    KeepFor(Duration),
    Close,
    Reset,
}

/// One request and its answer.
pub(crate) struct Exchange<'a> {
    pub shared: &'a SharedState,
    pub vendor: Vendor,
    pub connection: u64,
    pub nth: u64,
    pub started: Instant,
    /// How often everything was forgotten before the first byte of the request.
    pub resets: u64,
}

impl Exchange<'_> {
    pub async fn run<S: Socket>(
        &mut self,
        reader: &mut Reader<S>,
        head: Result<Request, ReadError>,
    ) -> Next {
        let mut request = match head {
            Ok(request) => request,
            Err(error) => return self.unreadable(reader, error, Operation::Other, 0).await,
        };
        let operation = (self.vendor.machine().operation)(&request);
        let action = {
            let mut state = self.shared.lock();
            if self.is_late(&state) {
                return Next::Reset;
            }
            state.queues[self.vendor.index()].take(operation)
        };
        let fault = action.as_ref().and_then(|a| a.fault.clone()).unwrap_or_default();

        let stop_at = match fault.kind {
            FaultKind::ResetAfterReadBytes
            | FaultKind::CloseAfterReadBytes
            | FaultKind::StopReading => Some(usize::try_from(fault.n).unwrap_or(usize::MAX)),
            FaultKind::ResetAfterHeaders => Some(0),
            FaultKind::ResetAtPercent | FaultKind::ResetBeforeEnd => {
                let n = usize::try_from(fault.n).unwrap_or(usize::MAX);
                let body = match request.framing {
                    BodyFraming::Length(length) => length,
                    BodyFraming::Absent | BodyFraming::Chunked => 0,
                };
                Some(
                    reader.taken
                        + match fault.kind {
                            FaultKind::ResetAtPercent => body.saturating_mul(n.min(100)) / 100,
                            _ => body.saturating_sub(n),
                        },
                )
            }
            FaultKind::EarlyAnswer => {
                return self.early(reader, operation, action.as_ref(), fault.n).await;
            }
            _ => None,
        };
        if request.expects_continue && stop_at.is_none() {
            let _ = reader.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
        }
        if stop_at.is_some_and(|n| reader.taken >= n) {
            let whole = matches!(request.framing, BodyFraming::Absent | BodyFraming::Length(0));
            return self.stopped(reader, operation, &fault, 0, whole).await;
        }
        let whole = match reader.body(&mut request, stop_at).await {
            Ok(whole) => whole,
            Err(error) => {
                return self.unreadable(reader, error, operation, request.body.len()).await;
            }
        };
        if !whole || stop_at.is_some_and(|n| reader.taken >= n) {
            return self.stopped(reader, operation, &fault, request.body.len(), whole).await;
        }
        let work = self.shared.work();
        let latency = {
            let state = self.shared.lock();
            if self.is_late(&state) {
                return Next::Reset;
            }
            state.settings.latency_ms
        };
        let mut reply = self.reply(&request, operation, action.as_ref());
        let silent = matches!(
            fault.kind,
            FaultKind::CloseAfterRead
                | FaultKind::ResetAfterRead
                | FaultKind::NeverAnswer
                | FaultKind::Raw
        );
        let mut entry = self.entry(operation, reader.taken, request.body.len());
        entry.complete = true;
        entry.status = if silent { 0 } else { reply.answer.status };
        entry.executed = reply.executed;
        entry.billed = reply.billed;
        entry.outcome.clone_from(&reply.outcome);
        entry.order_no.clone_from(&reply.order_no);
        entry.request_id.clone_from(&reply.request_id);
        entry.action.clone_from(&reply.action);
        entry.scripted = action.is_some();
        entry.unwanted = unwanted(&request);
        let Some(place) = self.record(entry, reply.picture.take()) else { return Next::Reset };
        drop(work);
        if latency > 0 {
            tokio::time::sleep(Duration::from_millis(latency)).await;
        }
        let keep = request.keep_alive;
        let sent = self.send(reader, reply.answer, &fault, keep).await;
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (whole, next) = sent.unwrap_or((false, Next::Close));
        self.shared.lock().ledger.finish(place, whole, ms);
        next
    }

    /// Returns the vendor's answer, a script's, or the vendor's under a script.
    fn reply(&self, request: &Request, operation: Operation, action: Option<&Action>) -> Reply {
        if let Some(kept) = &mut self.shared.lock().kept {
            kept.push(RecordedRequest::new(self.vendor, operation, request));
        }
        let plain = Action::default();
        let action = action.unwrap_or(&plain);
        let works = action.execute.unwrap_or(action.answer.is_none());
        let call = Call {
            shared: self.shared,
            vendor: self.vendor,
            request,
            forced: action.code.as_deref(),
            now_ms: self.shared.now_ms(),
            picture: Cell::default(),
        };
        let mut reply = if works || action.code.is_some() {
            (call.vendor.machine().handle)(&call, operation)
        } else {
            Reply::http(503)
        };
        reply.picture = call.picture.take();
        if let Some(execute) = action.execute {
            reply.billed &= execute;
            reply.executed = execute && (reply.executed || action.code.is_some());
        }
        reply.billed = action.billed.unwrap_or(reply.billed);
        if let Some(raw) = &action.answer {
            reply.answer = raw.to_answer();
            if !works {
                reply.outcome = "scripted".into();
            }
        }
        if let Some(alter) = &action.alter {
            alter.apply(&mut reply.answer);
        }
        reply
    }

    /// Puts the answer on the wire, with the fault. Gives whether all of it went out.
    async fn send<S: Socket>(
        &self,
        reader: &mut Reader<S>,
        answer: Answer,
        fault: &Fault,
        keep: bool,
    ) -> io::Result<(bool, Next)> {
        let after = if fault.reset { Next::Reset } else { Next::Close };
        let stream = &mut reader.stream;
        match fault.kind {
            FaultKind::CloseAfterRead => return Ok((false, Next::Close)),
            FaultKind::ResetAfterRead => return Ok((false, Next::Reset)),
            FaultKind::NeverAnswer => {
                let limit = if fault.every == 0 { LONGEST_HOLD } else { fault.every };
                let mut sink = [0; 1024];
                let gone =
                    async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
                let _ = tokio::time::timeout(Duration::from_millis(limit), gone).await;
                return Ok((false, after));
            }
            FaultKind::Raw => {
                stream.write_all(&fault.bytes()).await?;
                stream.flush().await?;
                return Ok((true, after));
            }
            FaultKind::EndlessChunks | FaultKind::EndlessBody => {
                endless(stream, answer, fault, &self.shared.date()).await?;
                return Ok((true, after));
            }
            FaultKind::DelayMs => tokio::time::sleep(Duration::from_millis(fault.n)).await,
            FaultKind::Interim => {
                let head = match fault.every {
                    0 | 100 => "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
                    status => format!("HTTP/1.1 {status} Interim\r\n\r\n"),
                };
                for _ in 0..fault.n {
                    stream.write_all(head.as_bytes()).await?;
                }
            }
            _ => {}
        }
        let close = !keep || answer.framing == Framing::Close;
        let mut bytes = answer.encode(Some(&self.shared.date()), close);
        match fault.kind {
            FaultKind::CutAnswerAfter => {
                let whole = bytes.len();
                bytes.truncate(usize::try_from(fault.n).unwrap_or(whole));
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                if fault.reset {
                    // A reset overtakes bytes the client has not taken yet: let them arrive.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                return Ok((bytes.len() == whole, after));
            }
            FaultKind::Dribble => {
                let step = usize::try_from(fault.every.max(1)).unwrap_or(1);
                for part in bytes.chunks(step) {
                    stream.write_all(part).await?;
                    stream.flush().await?;
                    tokio::time::sleep(Duration::from_millis(fault.n)).await;
                }
            }
            FaultKind::ExtraBytes => {
                bytes.extend_from_slice(&fault.bytes());
                stream.write_all(&bytes).await?;
            }
            _ => stream.write_all(&bytes).await?,
        }
        stream.flush().await?;
        Ok((
            true,
            match fault.kind {
                FaultKind::CloseAfterAnswer => Next::Close,
                FaultKind::IdleCloseMs => Next::KeepFor(Duration::from_millis(fault.n)),
                _ if close => Next::Close,
                _ => Next::Keep,
            },
        ))
    }

    async fn early<S: Socket>(
        &self,
        reader: &mut Reader<S>,
        operation: Operation,
        action: Option<&Action>,
        closes_after_ms: u64,
    ) -> Next {
        let answer = action.and_then(|a| a.answer.as_ref()).map_or_else(
            || Answer::new(413, "text/plain", "too large"),
            crate::script::RawAnswer::to_answer,
        );
        let mut entry = self.entry(operation, reader.taken, 0);
        entry.status = answer.status;
        entry.outcome = "early_answer".into();
        entry.scripted = true;
        let Some(place) = self.record(entry, None) else { return Next::Reset };
        let bytes = answer.encode(Some(&self.shared.date()), true);
        let sent =
            reader.stream.write_all(&bytes).await.is_ok() && reader.stream.flush().await.is_ok();
        self.shared.lock().ledger.finish(place, sent, 0);
        tokio::time::sleep(Duration::from_millis(closes_after_ms)).await;
        Next::Close
    }

    async fn stopped<S: Socket>(
        &self,
        reader: &mut Reader<S>,
        operation: Operation,
        fault: &Fault,
        body: usize,
        whole: bool,
    ) -> Next {
        let mut entry = self.entry(operation, reader.taken, body);
        entry.complete = whole;
        if let Ok(serde_json::Value::String(name)) = serde_json::to_value(fault.kind) {
            entry.outcome = name;
        }
        entry.scripted = true;
        if self.record(entry, None).is_none() {
            return Next::Reset;
        }
        match fault.kind {
            FaultKind::StopReading => {
                hold(&mut reader.stream, fault.every).await;
                Next::Reset
            }
            FaultKind::CloseAfterReadBytes => {
                // No draining: the end of the stream comes first, a reset follows when more was sent.
                let _ = reader.stream.shutdown().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                Next::Reset
            }
            _ => Next::Reset,
        }
    }

    async fn unreadable<S: Socket>(
        &self,
        reader: &mut Reader<S>,
        error: ReadError,
        operation: Operation,
        body: usize,
    ) -> Next {
        let mut entry = self.entry(operation, reader.taken, body);
        match error {
            ReadError::Idle => return Next::Close,
            ReadError::Cut => {
                entry.outcome = "request_cut".into();
                self.record(entry, None);
            }
            ReadError::Bad(check) => {
                let status = crate::shared::http_code(check.answer).unwrap_or(400);
                entry.outcome = format!("http:{status}");
                entry.status = status;
                if self.record(entry, None).is_none() {
                    return Next::Reset;
                }
                let bytes = Answer::new(status, "text/plain", "").encode(None, true);
                let _ = reader.stream.write_all(&bytes).await;
                let _ = reader.stream.flush().await;
            }
        }
        Next::Close
    }

    /// Says whether a reset, or the end of the connection's ownership, came since the request began.
    const fn is_late(&self, state: &State) -> bool {
        self.connection <= state.disowned || self.resets != state.resets
    }

    /// Adds an entry to the ledger, with the picture that the vendor was given. Returns nothing, and adds nothing, where
    /// the request is late.
    fn record(&self, entry: Entry, picture: Option<Vec<u8>>) -> Option<Place> {
        let mut state = self.shared.lock();
        if self.is_late(&state) {
            return None;
        }
        let place = state.ledger.add(entry);
        if let Some(picture) = picture {
            state.pictures.keep(place.seq, picture);
        }
        Some(place)
    }

    fn entry(&self, operation: Operation, request_bytes: usize, body_bytes: usize) -> Entry {
        Entry {
            seq: 0,
            at_ms: self.shared.now_ms(),
            vendor: self.vendor,
            operation,
            action: None,
            connection: self.connection,
            request_on_connection: self.nth,
            complete: false,
            request_bytes,
            body_bytes,
            outcome: String::new(),
            status: 0,
            executed: false,
            billed: false,
            order_no: None,
            request_id: None,
            scripted: false,
            unwanted: Vec::new(),
            answered: false,
            ms: 0,
        }
    }
}

/// Returns the answer's head, then spaces: white space that a JSON parser would wait through.
async fn endless<S: Socket>(
    stream: &mut S,
    mut answer: Answer,
    fault: &Fault,
    date: &str,
) -> io::Result<()> {
    answer.body.clear();
    let chunked = fault.kind == FaultKind::EndlessChunks;
    answer.framing = Framing::Close;
    if chunked {
        answer.framing = Framing::None;
        answer = answer.with("Transfer-Encoding", "chunked");
    }
    stream.write_all(&answer.encode(Some(date), true)).await?;
    let mut filler = vec![b' '; 64 * 1024];
    if chunked {
        filler.splice(0..0, *b"10000\r\n");
        filler.extend_from_slice(b"\r\n");
    }
    let mut left = if fault.n == 0 { u64::MAX } else { fault.n.saturating_mul(16) };
    while left > 0 {
        stream.write_all(&filler).await?;
        left -= 1;
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    stream.flush().await
}

/// Headers that no answer may bring a client to send, and none that a vendor is sent by itself.
const UNWANTED: [&str; 6] =
    ["cookie", "referer", "alt-used", "proxy-authorization", "range", "if-none-match"];

fn unwanted(request: &Request) -> Vec<&'static str> {
    UNWANTED.into_iter().filter(|name| request.has_header(name)).collect()
}
