//! Tokens: a lock so that one process fetches, a read after the lock was had, and a write that gives
//! way to a newer token. The lock only saves work; that no older token replaces a newer one is held
//! by the write.

use std::time::Duration;

use redis::cmd;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Seal, SharedStore};
use crate::error::Error;
use crate::secret::Secret;
use crate::tokens::{FetchedToken, Token};

/// A lock ends by itself: longer than fetching a token may take.
const LOCK_MS: u64 = 15_000;

/// Answers the value and how long it lives; of a value that is no text, as of one that nobody can read.
const READ: &str = "local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return false end
return {kind == 'string' and redis.call('GET', KEYS[1]) or '', redis.call('PTTL', KEYS[1])}";

/// Sets the value only over the very bytes that were read, or where there is no text now.
const WRITE: &str = "local is_text = redis.call('TYPE', KEYS[1]).ok == 'string'
if is_text and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// Removes the lock only where it is still one's own.
const UNLOCK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then
return redis.call('DEL', KEYS[1]) end
return 0";

/// A token under its key. Generation and times are in clear, and sealed with the token.
#[derive(Serialize, Deserialize)]
struct Entry {
    generation: u64,
    usable_ms: u64,
    lives_ms: u64,
    sealed: String,
}

#[derive(Serialize)]
struct SealedToken<'a> {
    token: &'a str,
    ticket: Option<&'a str>,
}

#[derive(Deserialize)]
struct OpenedToken {
    token: String,
    ticket: Option<String>,
}

/// A token as the store holds it under a key.
pub(crate) struct StoredToken {
    generation: u64,
    bytes: Vec<u8>,
    /// `None` where what is there cannot be opened, or would stay for ever: then there is no token,
    /// and the next one takes its place.
    pub(crate) fetched: Option<FetchedToken>,
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Entry {
    fn beside(&self, key: &str) -> String {
        format!("{key} {} {} {}", self.generation, self.usable_ms, self.lives_ms)
    }

    fn close(&mut self, key: &str, seal: &Seal, token: &Token) -> Option<()> {
        let ticket = token.ticket.as_ref().map(Secret::reveal);
        let sealed = SealedToken { token: token.value.reveal(), ticket };
        let text = Zeroizing::new(serde_json::to_string(&sealed).ok()?);
        self.sealed = seal.close(&text, &self.beside(key))?;
        Some(())
    }

    fn open(&self, key: &str, seal: &Seal) -> Option<Token> {
        let text = seal.open(&self.sealed, &self.beside(key))?;
        let OpenedToken { token, ticket } = serde_json::from_slice(&text).ok()?;
        Some(Token { value: Secret::new(token), ticket: ticket.map(Secret::new) })
    }
}

impl SharedStore {
    /// Returns the token under a key, with the rest of its times.
    pub(crate) fn read(&self, key: &str, seal: &Seal) -> Result<Option<StoredToken>, Error> {
        let found: Option<(Vec<u8>, i64)> =
            self.ask(|connection| cmd("EVAL").arg(READ).arg(1).arg(key).query(connection))?;
        let Some((bytes, left)) = found else { return Ok(None) };
        let entry = serde_json::from_slice::<Entry>(&bytes).ok().zip(u64::try_from(left).ok());
        let Some((entry, left)) = entry else {
            return Ok(Some(StoredToken { generation: 0, bytes, fetched: None }));
        };
        let age = entry.lives_ms.saturating_sub(left);
        let fetched = entry.open(key, seal).map(|token| FetchedToken {
            token,
            usable_for: Duration::from_millis(entry.usable_ms.saturating_sub(age)),
            lives_for: Duration::from_millis(left),
        });
        Ok(Some(StoredToken { generation: entry.generation, bytes, fetched }))
    }

    /// Writes a token over what was read; false where something else was written meanwhile.
    pub(crate) fn write(
        &self,
        key: &str,
        seal: &Seal,
        read: Option<&StoredToken>,
        fetched: &FetchedToken,
    ) -> Result<bool, Error> {
        let mut entry = Entry {
            generation: read.map_or(0, |read| read.generation).saturating_add(1),
            usable_ms: milliseconds(fetched.usable_for),
            lives_ms: milliseconds(fetched.lives_for).max(1),
            sealed: String::new(),
        };
        entry.close(key, seal, &fetched.token).ok_or_else(|| self.unreachable())?;
        let text = serde_json::to_string(&entry).map_err(|_| self.unreachable())?;
        let written: i64 = self.ask(|connection| {
            cmd("EVAL")
                .arg(WRITE)
                .arg(1)
                .arg(key)
                .arg(read.map_or(&[][..], |read| &read.bytes))
                .arg(&text)
                .arg(entry.lives_ms)
                .query(connection)
        })?;
        Ok(written == 1)
    }

    /// Returns whether the lock of a key is one's own now.
    pub(crate) fn lock(&self, key: &str, owner: &str) -> Result<bool, Error> {
        let taken: Option<String> = self.ask(|connection| {
            let key = format!("{key}:lock");
            cmd("SET").arg(key).arg(owner).arg("NX").arg("PX").arg(LOCK_MS).query(connection)
        })?;
        Ok(taken.is_some())
    }

    /// Gives the lock back. One that cannot be given back ends by itself.
    pub(crate) fn unlock(&self, key: &str, owner: &str) {
        let _: Result<i64, Error> = self.ask(|connection| {
            let key = format!("{key}:lock");
            cmd("EVAL").arg(UNLOCK).arg(1).arg(key).arg(owner).query(connection)
        });
    }
}
