//! How often accounts were asked, over all processes. Time is the store's own.

use std::time::Duration;

use redis::cmd;

use super::SharedStore;
use crate::error::Error;

/// The places of an account's rate: a sorted set of those who hold one, by the millisecond at which
/// their place is free again. A running request holds its place until its deadline and one window
/// more, which is also when the place of a process that died is free; a request that ended gives it
/// back for one window after its end. Answers 0, or how long the first place is held, and how many
/// are held by running requests, whose end may come sooner.
const PLACE: &str = "local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1])
  and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  local running = redis.call('ZCOUNT', KEYS[1], '(' .. (now + ARGV[3] + 1), '+inf')
  return {math.max(1, first[2] - now), running}
end
redis.call('ZADD', KEYS[1], now + ARGV[4] + ARGV[3] + 2, ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], last[2])
return {0, 0}";

/// Frees a place one window from now, and the millisecond that rounding may have cost.
const LEAVE: &str = "if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[1], now + ARGV[2] + 1, ARGV[1])
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', KEYS[1], last[2])
end
return 0";

/// One request of the vendors' day, which begins at midnight in China; answers the day, or -1 where
/// all of them are used.
const TAKE: &str = "local time = redis.call('TIME')
local day = math.floor((time[1] + 28800) / 86400)
local key = KEYS[1] .. ':' .. day
if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[1]) then return -1 end
redis.call('INCR', key)
redis.call('EXPIRE', key, 172800)
return day";

/// Gives back a request that never reached the vendor.
const GIVE: &str = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
redis.call('DECR', KEYS[1]) end
return 0";

/// The rate of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) places: usize,
    pub(crate) window: Duration,
}

/// Whether there was a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    Yes,
    /// The first is free after so long, unless one of the running requests ends before.
    After(Duration, bool),
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

// The braces keep the keys of an account together where the store is a cluster.
fn rate_key(account: &str) -> String {
    format!("cardwire:{{{account}}}:rate")
}

fn quota_key(account: &str) -> String {
    format!("cardwire:{{{account}}}:quota")
}

impl SharedStore {
    /// A place for a request that ends after `longest` at the latest.
    pub(crate) fn place(
        &self,
        account: &str,
        holder: &str,
        rate: Rate,
        longest: Duration,
    ) -> Result<Placed, Error> {
        let (wait, running): (u64, u64) = self.ask_if_up(|connection| {
            cmd("EVAL")
                .arg(PLACE)
                .arg(1)
                .arg(rate_key(account))
                .arg(holder)
                .arg(rate.places)
                .arg(milliseconds(rate.window))
                .arg(milliseconds(longest))
                .query(connection)
        })?;
        Ok(match wait {
            0 => Placed::Yes,
            wait => Placed::After(Duration::from_millis(wait), running > 0),
        })
    }

    /// The request ended. A place that cannot be given back is free by itself later.
    pub(crate) fn leave(&self, account: &str, holder: &str, window: Duration) {
        let _: Result<i64, Error> = self.ask_if_up(|connection| {
            cmd("EVAL")
                .arg(LEAVE)
                .arg(1)
                .arg(rate_key(account))
                .arg(holder)
                .arg(milliseconds(window))
                .query(connection)
        });
    }

    /// One request of the day, by the day's number; `None` where there is none left.
    pub(crate) fn take(&self, account: &str, limit: u32) -> Result<Option<u64>, Error> {
        let day: i64 = self.ask_if_up(|connection| {
            cmd("EVAL").arg(TAKE).arg(1).arg(quota_key(account)).arg(limit).query(connection)
        })?;
        Ok(u64::try_from(day).ok())
    }

    /// A request of that day never reached the vendor. One that cannot be given back stays counted.
    pub(crate) fn give(&self, account: &str, day: u64) {
        let key = format!("{}:{day}", quota_key(account));
        let _: Result<i64, Error> =
            self.ask_if_up(|connection| cmd("EVAL").arg(GIVE).arg(1).arg(&key).query(connection));
    }
}
