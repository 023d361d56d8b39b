//! Scripts: what the next matching request meets instead of, or besides, the vendor.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::crypto;
use crate::http::{Answer, Framing};
use crate::vendor::{Operation, Vendor};

/// One scripted behaviour, queued first in, first out per vendor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The vendor whose listener it is for.
    pub vendor: Vendor,
    /// Which requests; `any` when absent.
    #[serde(default)]
    pub operation: Operation,
    /// How many matching requests meet it; 0 is until the next reset.
    #[serde(default = "one")]
    pub times: u64,
    /// How many matching requests pass untouched first.
    #[serde(default)]
    pub skip: u64,
    /// The action on them.
    #[serde(rename = "do")]
    pub action: Action,
}

const fn one() -> u64 {
    1
}

impl Script {
    /// Returns a script for the next request of this operation.
    #[must_use]
    pub fn once(vendor: Vendor, operation: Operation, action: Action) -> Self {
        Self { vendor, operation, times: 1, skip: 0, action }
    }
}

/// The action on a scripted request; its parts combine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Action {
    /// An answer sent word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<RawAnswer>,
    /// Changes to the answer that would be sent: the vendor's own, or `answer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alter: Option<Alter>,
    /// A vendor code, answered in the vendor's own shape once the request passed every check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A fault of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// True where the vendor does the work (and bills it). By default it does, except under
    /// `answer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute: Option<bool>,
    /// True where the ledger says it was billed, where the vendor's own rule shall not decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<bool>,
}

impl Action {
    /// Answer with this vendor code.
    #[must_use]
    pub fn code(code: &str) -> Self {
        Self { code: Some(code.into()), ..Self::default() }
    }

    /// Play this fault.
    #[must_use]
    pub fn fault(kind: FaultKind, n: u64) -> Self {
        Self { fault: Some(Fault { kind, n, ..Fault::default() }), ..Self::default() }
    }

    /// Answer with these words.
    #[must_use]
    pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let raw = RawAnswer {
            status,
            body_base64: Some(crypto::base64(&body.into())),
            ..RawAnswer::default()
        };
        Self { answer: Some(raw), ..Self::default() }
    }

    /// Answer as the vendor does, with these changes.
    #[must_use]
    pub fn alter(alter: Alter) -> Self {
        Self { alter: Some(alter), ..Self::default() }
    }

    /// Sets whether the vendor does the work.
    #[must_use]
    pub const fn executes(mut self, yes: bool) -> Self {
        self.execute = Some(yes);
        self
    }
}

/// An answer as a test wants it on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawAnswer {
    /// The status code.
    pub status: u16,
    /// Header names and values, in order, values as UTF-8.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body as base64, in place of `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// How the body is delimited.
    pub framing: Framing,
}

impl Default for RawAnswer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: None,
            body_base64: None,
            framing: Framing::Length,
        }
    }
}

impl RawAnswer {
    pub(crate) fn to_answer(&self) -> Answer {
        Answer {
            status: self.status,
            headers: self
                .headers
                .iter()
                .map(|(k, v)| (k.clone(), v.clone().into_bytes()))
                .collect(),
            body: bytes_of(self.body.as_deref(), self.body_base64.as_deref()),
            framing: self.framing,
        }
    }
}

/// The changes to an answer before it is put on the wire.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alter {
    /// Another status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers that take the place of those of the same name, or are added.
    pub headers: Vec<(String, String)>,
    /// Texts of the body and what comes in their place, one pair after the other.
    pub replace: Vec<(String, String)>,
    /// Bytes before the body, as base64.
    pub before_base64: String,
    /// Bytes behind the body, as base64.
    pub after_base64: String,
    /// True where the server compresses the body, as some do unasked.
    pub gzip: bool,
    /// How the body is delimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framing: Option<Framing>,
}

impl Alter {
    pub(crate) fn apply(&self, answer: &mut Answer) {
        answer.status = self.status.unwrap_or(answer.status);
        for (name, _) in &self.headers {
            answer.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        }
        answer.headers.extend(self.headers.iter().map(|(k, v)| (k.clone(), v.clone().into())));
        for (from, to) in &self.replace {
            let text = String::from_utf8_lossy(&answer.body).replace(from, to);
            answer.body = text.into_bytes();
        }
        let side = |text: &str| crypto::unbase64(text).unwrap_or_default();
        let (before, after) = (side(&self.before_base64), side(&self.after_base64));
        answer.body.splice(0..0, before);
        answer.body.extend_from_slice(&after);
        if self.gzip {
            answer.body = crypto::gzip(&answer.body);
            answer.headers.push(("Content-Encoding".to_owned(), "gzip".into()));
        }
        answer.framing = self.framing.unwrap_or(answer.framing);
    }
}

fn bytes_of(text: Option<&str>, encoded: Option<&str>) -> Vec<u8> {
    match (encoded.and_then(crypto::unbase64), text) {
        (Some(bytes), _) => bytes,
        (None, Some(text)) => text.as_bytes().to_vec(),
        (None, None) => Vec::new(),
    }
}

/// A fault of the connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// Its number: bytes, milliseconds or a count, as the kind says.
    pub n: u64,
    /// A second number: bytes at a time for `dribble`, milliseconds for `stop_reading` and `never_answer`,
    /// a status for `interim`.
    pub every: u64,
    /// End with a reset where the kind would close.
    pub reset: bool,
    /// Bytes for `raw` and `extra_bytes`, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Bytes for `raw` and `extra_bytes`, as base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

impl Fault {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        bytes_of(self.body.as_deref(), self.body_base64.as_deref())
    }
}

/// The faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nothing.
    #[default]
    None,
    /// Reset once `n` bytes of the request were read (at the earliest after its head).
    ResetAfterReadBytes,
    /// Close once `n` bytes of the request were read (at the earliest after its head).
    CloseAfterReadBytes,
    /// Reset once the head was read.
    ResetAfterHeaders,
    /// Reset once `n` percent of the body were read.
    ResetAtPercent,
    /// Reset once all but `n` bytes of the body were read.
    ResetBeforeEnd,
    /// Reset once the whole request was read, without an answer.
    ResetAfterRead,
    /// Close once the whole request was read, without an answer.
    CloseAfterRead,
    /// Read the whole request and never answer; with `every`, close after that many milliseconds.
    NeverAnswer,
    /// Stop reading after `n` bytes and hold the connection; with `every`, close after that many milliseconds.
    StopReading,
    /// Answer after `n` milliseconds.
    DelayMs,
    /// Answer once the head was read, without reading the body, and close `n` milliseconds later.
    EarlyAnswer,
    /// Send `n` bytes of the answer, then close (or reset).
    CutAnswerAfter,
    /// Send the answer `every` bytes (1 by default) each `n` milliseconds.
    Dribble,
    /// Send `body` in place of the answer, status line and all, then close (or reset).
    Raw,
    /// Send the answer, then `body` on the same connection, and keep it open.
    ExtraBytes,
    /// Send `n` interim answers first: `100 Continue`, or the status that `every` gives.
    Interim,
    /// Send the answer's head, then `n` MiB of filler (0: without end), chunked.
    EndlessChunks,
    /// Send the answer's head without a length, then `n` MiB of filler (0: without end).
    EndlessBody,
    /// Send the answer and close the connection without having said so.
    CloseAfterAnswer,
    /// Send the answer, then close the idle connection after `n` milliseconds.
    IdleCloseMs,
    /// `connect` only: close the accepted connection at once.
    CloseOnAccept,
    /// `connect` only: reset the accepted connection at once.
    ResetOnAccept,
    /// `connect` only: hold the connection (before TLS) without a byte; with `n`, close after that many milliseconds.
    StallOnAccept,
    /// `connect` only: close once TLS is set up, before any byte of a request is read.
    CloseAfterHandshake,
    /// `connect` only: reset once the first byte of a request was read.
    ResetAfterFirstByte,
    /// `connect` only: send `body` before reading anything, then close.
    GarbageOnAccept,
}

impl FaultKind {
    /// Returns whether a fault of the connection waits until TLS is set up.
    pub(crate) const fn waits_for_tls(self) -> bool {
        matches!(self, Self::CloseAfterHandshake | Self::ResetAfterFirstByte)
    }

    /// Returns whether the request is left partly unread on purpose.
    pub(crate) const fn leaves_unread(self) -> bool {
        matches!(
            self,
            Self::ResetAfterReadBytes
                | Self::CloseAfterReadBytes
                | Self::ResetAfterHeaders
                | Self::ResetAtPercent
                | Self::ResetBeforeEnd
                | Self::StopReading
                | Self::EarlyAnswer
        )
    }
}

/// The scripts waiting at one vendor.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Script>,
}

impl Queue {
    pub fn push(&mut self, script: Script) {
        self.waiting.push_back(script);
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the action for a request of this operation, used up by taking it.
    pub fn take(&mut self, operation: Operation) -> Option<Action> {
        let at = self.waiting.iter().position(|s| {
            s.operation == operation
                || (s.operation == Operation::Any && operation != Operation::Connect)
        })?;
        let script = &mut self.waiting[at];
        if script.skip > 0 {
            script.skip -= 1;
            return None;
        }
        let action = script.action.clone();
        if script.times == 1 {
            self.waiting.remove(at);
        } else if script.times > 1 {
            script.times -= 1;
        }
        Some(action)
    }

    /// Returns whether a waiting fault wants the socket's buffer small.
    pub fn wants_small_buffer(&self) -> bool {
        self.waiting.iter().any(|s| s.action.fault.as_ref().is_some_and(|f| f.kind.leaves_unread()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_then_times_in_order() {
        let mut queue = Queue::default();
        let mut script = Script::once(Vendor::Wechat, Operation::Recognize, Action::code("-1"));
        script.skip = 1;
        script.times = 2;
        queue.push(script);
        queue.push(Script::once(Vendor::Wechat, Operation::Any, Action::code("40001")));
        let code = |q: &mut Queue, o| q.take(o).and_then(|a| a.code);
        assert_eq!(code(&mut queue, Operation::Recognize), None);
        assert_eq!(code(&mut queue, Operation::Token).as_deref(), Some("40001"));
        assert_eq!(code(&mut queue, Operation::Recognize).as_deref(), Some("-1"));
        assert_eq!(code(&mut queue, Operation::Recognize).as_deref(), Some("-1"));
        assert_eq!(code(&mut queue, Operation::Recognize), None);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn the_json_form() {
        let script: Script = serde_json::from_str(
            r#"{"vendor":"wechat","operation":"recognize","do":{"fault":{"kind":"cut_answer_after","n":5},"execute":true}}"#,
        )
        .unwrap();
        assert_eq!(script.times, 1);
        assert_eq!(script.action.fault.unwrap().kind, FaultKind::CutAnswerAfter);
        assert!(serde_json::from_str::<Script>(r#"{"vendor":"wechat","do":{"tpyo":1}}"#).is_err());
    }
}
