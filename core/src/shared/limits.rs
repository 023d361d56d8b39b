//! The rates and quotas of accounts, over all processes. Time is the store's own.

use std::time::Duration;

use redis::cmd;

use super::SharedStore;
use crate::admission::Rate;
use crate::error::Error;

/// The permits of an account's rate: a sorted set of those who hold one, by the millisecond at which
/// their permit can be used again. A running request holds its permit until its deadline and one
/// window more, which is also when the permit of a process that died can be used; a request that ended
/// gives it back for one window after its end. Answers 0, or how long the first permit is held, and
/// how many are held by running requests, whose end may come sooner.
const TAKE_RATE: &str = "local time = redis.call('TIME')
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

/// Frees a permit one window from now, and the millisecond that rounding may have cost.
const GIVE_RATE: &str = "if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[1], now + ARGV[2] + 1, ARGV[1])
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', KEYS[1], last[2])
end
return 0";

/// One request of the vendors' day, which begins at midnight in China; answers the day, or -1 where
/// all of them are used.
const TAKE_QUOTA: &str = "local time = redis.call('TIME')
local day = math.floor((time[1] + 28800) / 86400)
local key = KEYS[1] .. ':' .. day
if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[1]) then return -1 end
redis.call('INCR', key)
redis.call('EXPIRE', key, 172800)
return day";

/// Gives back a request that never reached the vendor.
const GIVE_QUOTA: &str = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
redis.call('DECR', KEYS[1]) end
return 0";

/// The store's answer to a request for a permit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RateReply {
    Permitted,
    /// There is one after `at_most`; sooner, where `some_run`, if one of the running requests ends.
    Wait {
        at_most: Duration,
        some_run: bool,
    },
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
    /// Takes a permit for a request that ends after `longest` at the latest.
    pub(crate) fn take_rate(
        &self,
        account: &str,
        holder: &str,
        rate: Rate,
        longest: Duration,
    ) -> Result<RateReply, Error> {
        let (wait, running): (u64, u64) = self.ask_if_up(|connection| {
            cmd("EVAL")
                .arg(TAKE_RATE)
                .arg(1)
                .arg(rate_key(account))
                .arg(holder)
                .arg(rate.permits)
                .arg(milliseconds(rate.window))
                .arg(milliseconds(longest))
                .query(connection)
        })?;
        Ok(match wait {
            0 => RateReply::Permitted,
            wait => {
                let at_most = Duration::from_millis(wait);
                RateReply::Wait { at_most, some_run: running > 0 }
            }
        })
    }

    /// Gives a permit back, since its request ended. One that cannot be given back is free by itself
    /// later.
    pub(crate) fn give_rate(&self, account: &str, holder: &str, window: Duration) {
        let _: Result<i64, Error> = self.ask_if_up(|connection| {
            cmd("EVAL")
                .arg(GIVE_RATE)
                .arg(1)
                .arg(rate_key(account))
                .arg(holder)
                .arg(milliseconds(window))
                .query(connection)
        });
    }

    /// Takes one request of the day, and returns the day's number; `None` where there is none left.
    pub(crate) fn take_quota(&self, account: &str, limit: u32) -> Result<Option<u64>, Error> {
        let day: i64 = self.ask_if_up(|connection| {
            cmd("EVAL").arg(TAKE_QUOTA).arg(1).arg(quota_key(account)).arg(limit).query(connection)
        })?;
        Ok(u64::try_from(day).ok())
    }

    /// Gives a request of that day back, since it never reached the vendor. One that cannot be given
    /// back stays counted.
    pub(crate) fn give_quota(&self, account: &str, day: u64) {
        let key = format!("{}:{day}", quota_key(account));
        let _: Result<i64, Error> = self
            .ask_if_up(|connection| cmd("EVAL").arg(GIVE_QUOTA).arg(1).arg(&key).query(connection));
    }
}
