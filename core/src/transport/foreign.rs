//! A program's own transport, which is not taken at its word.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use crate::cause::{Cause, Step};
use crate::future::BoxFuture;

use super::connect::UNANSWERED;
use super::decode::{TOO_LARGE, decode};
use super::exchange::cannot_be_sent;
use super::http::origin_of;
use super::{Exchange, Failure, Phase, Transport};

/// A program's transport, held to what is promised of each.
pub(crate) struct ForeignTransport(pub(crate) Arc<dyn Transport>);

impl Transport for ForeignTransport {
    fn send(&self, exchange: Exchange) -> BoxFuture<'_, Result<Response<Bytes>, Failure>> {
        Box::pin(async move {
            let limit = exchange.response_limit;
            let origin = origin_of(exchange.request.uri()).ok_or_else(cannot_be_sent)?;
            let release = exchange.request.body().release().clone();
            release.waits_at(Cause::new(Step::Connect, &origin.host, origin.port, UNANSWERED));
            // Without a body there is no byte to hold back: from here on nobody can tell.
            if exchange.request.body().is_empty() && !release.open().await {
                return Err(Failure::held_back());
            }
            let deadline = exchange.deadline.into();
            let outcome = tokio::time::timeout_at(deadline, self.0.send(exchange)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(Failure::late(release.waiting())));
            let outcome = outcome.and_then(|response| whole(response, limit));
            // Without a connection the last byte is still here, taken or not.
            let has_connection = |failure: &Failure| failure.phase == Phase::AfterLastByte;
            let is_here = outcome.as_ref().is_err_and(|failure| !has_connection(failure));
            if is_here && release.take_back() {
                return outcome;
            }
            // What was not taken by now never leaves.
            release.shut();
            let phase = release.phase();
            outcome.map_err(|failure| failure.at(phase))
        })
    }
}

/// Returns a response as the library's own transport gives it.
fn whole(response: Response<Bytes>, limit: usize) -> Result<Response<Bytes>, Failure> {
    if response.body().len() > limit {
        return Err(Failure::protocol(TOO_LARGE));
    }
    let (head, body) = response.into_parts();
    let body = decode(&head.headers, body, limit).map_err(Failure::protocol)?;
    Ok(Response::from_parts(head, body))
}
