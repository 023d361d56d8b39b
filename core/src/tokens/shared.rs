//! Tokens that several processes or machines share, in Redis: a lock so that one of them fetches,
//! a read after the lock was had, and a write that gives way to a newer token. The lock only saves
//! work; that no older token replaces a newer one is held by the write.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Connection, RedisError, cmd};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::tokens::{Fetched, Token};

/// How long one exchange with the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A lock ends by itself: longer than fetching a token may take.
const LOCK_MS: u64 = 15_000;

/// Sets the value only where the generation is still the one that was read.
const WRITE: &str = "local held = redis.call('GET', KEYS[1])
local generation = 0
if held then generation = cjson.decode(held).generation end
if generation ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// Removes the lock only where it is still one's own.
const UNLOCK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then
return redis.call('DEL', KEYS[1]) end
return 0";

/// The store of a client.
pub(crate) struct SharedTokens {
    client: redis::Client,
    connection: Mutex<Option<Connection>>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    generation: u64,
    token: String,
    ticket: Option<String>,
    usable_ms: u64,
    lives_ms: u64,
}

/// A token as the store holds it.
pub(crate) struct Shared {
    pub(crate) generation: u64,
    pub(crate) fetched: Fetched,
}

fn unreachable() -> Error {
    Error::new(Kind::Storage, "the token store cannot be reached or does not answer as Redis does")
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl SharedTokens {
    pub(crate) fn new(url: &Secret) -> Option<Self> {
        let client = redis::Client::open(url.reveal()).ok()?;
        Some(SharedTokens { client, connection: Mutex::default() })
    }

    /// The token under a key, with what is left of its times.
    pub(crate) fn read(&self, key: &str) -> Result<Option<Shared>, Error> {
        let (text, left): (Option<String>, i64) = self.ask(|connection| {
            redis::pipe().atomic().cmd("GET").arg(key).cmd("PTTL").arg(key).query(connection)
        })?;
        let (Some(text), Ok(left)) = (text, u64::try_from(left)) else { return Ok(None) };
        let entry: Entry = serde_json::from_str(&text).map_err(|_| unreachable())?;
        let age = entry.lives_ms.saturating_sub(left);
        let fetched = Fetched {
            token: Token { value: Secret::new(entry.token), ticket: entry.ticket.map(Secret::new) },
            usable_for: Duration::from_millis(entry.usable_ms.saturating_sub(age)),
            lives_for: Duration::from_millis(left),
        };
        Ok(Some(Shared { generation: entry.generation, fetched }))
    }

    /// Writes a token over the generation that was read (0 for none); false where another was
    /// written meanwhile.
    pub(crate) fn write(&self, key: &str, read: u64, fetched: &Fetched) -> Result<bool, Error> {
        let lives_ms = milliseconds(fetched.lives_for).max(1);
        let entry = Entry {
            generation: read.saturating_add(1),
            token: fetched.token.value.reveal().to_owned(),
            ticket: fetched.token.ticket.as_ref().map(|ticket| ticket.reveal().to_owned()),
            usable_ms: milliseconds(fetched.usable_for),
            lives_ms,
        };
        let text = serde_json::to_string(&entry).map_err(|_| unreachable())?;
        let written: i64 = self.ask(|connection| {
            cmd("EVAL")
                .arg(WRITE)
                .arg(1)
                .arg(key)
                .arg(read)
                .arg(&text)
                .arg(lives_ms)
                .query(connection)
        })?;
        Ok(written == 1)
    }

    /// Whether the lock of a key is one's own now.
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

    /// Asks on the connection there is, and once more on a new one.
    fn ask<T>(
        &self,
        question: impl Fn(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<T, Error> {
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = held.as_mut()
            && let Ok(answer) = question(connection)
        {
            return Ok(answer);
        }
        *held = None;
        let mut connection =
            self.client.get_connection_with_timeout(PATIENCE).map_err(|_| unreachable())?;
        let patient = connection
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| connection.set_write_timeout(Some(PATIENCE)));
        patient.map_err(|_| unreachable())?;
        let answer = question(&mut connection).map_err(|_| unreachable())?;
        *held = Some(connection);
        Ok(answer)
    }
}
