//! The common part of the vendors' token answers.

use std::time::Duration;

use serde_json::Value;

use crate::error::Kind;
use crate::secret::Secret;
use crate::vendors::Refusal;

/// The least of a stated lifetime, in seconds: a token that lives less than a minute would be fetched for every
/// call.
const SHORTEST: f64 = 60.0;

/// The longest life of a token or ticket of most vendors.
pub(super) const TWO_HOURS: Duration = Duration::from_secs(7200);

/// The longest token that is kept. The vendors ask for room for 512 characters.
const LENGTH_LIMIT: usize = 4096;

/// Returns an issued token or ticket; `None` unless it is one run of visible ASCII characters,
/// since it goes into an address and must not end a line there.
pub(super) fn credential(text: &str) -> Option<Secret> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    (visible && (1..=LENGTH_LIMIT).contains(&text.len())).then(|| Secret::new(text))
}

/// Returns a stated lifetime, from a minute to the longest that the vendor issues for: a number or
/// its text; absent counts as the shortest. `None` for anything else.
pub(super) fn lifetime(value: Option<&Value>, longest: Duration) -> Option<Duration> {
    let seconds = match value {
        None | Some(Value::Null) => SHORTEST,
        Some(Value::Number(number)) => number.as_f64()?,
        Some(Value::String(text)) => text.trim().parse::<i64>().ok()? as f64,
        Some(_) => return None,
    };
    Some(Duration::from_secs_f64(seconds.clamp(SHORTEST, longest.as_secs_f64()).trunc()))
}

/// Returns the access token of an OAuth answer, and how long it lives.
///
/// # Errors
/// `protocol`: the token is missing or not in its form, or the lifetime is no number.
pub(super) fn access_token(
    token: Option<&str>,
    expires_in: Option<&Value>,
    longest: Duration,
) -> Result<(Secret, Duration), Refusal> {
    let protocol = |message| Refusal::new(Kind::Protocol, message);
    let token = token.and_then(credential);
    let token =
        token.ok_or_else(|| protocol("the answer holds no access token, or not in its form"))?;
    let life = lifetime(expires_in, longest);
    let life = life.ok_or_else(|| protocol("the lifetime of the access token is not a number"))?;
    Ok((token, life))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lifetimes_are_read_and_bounded() {
        let seconds = |value: Value| lifetime(Some(&value), TWO_HOURS).map(|life| life.as_secs());
        for (value, expected) in [
            (json!(7200), 7200),
            (json!("7200"), 7200),
            (json!(3600.0), 3600),
            (json!(0), 60),
            (json!(-1), 60),
            (json!(1e12), 7200),
            (json!(u64::MAX), 7200),
            (Value::Null, 60),
        ] {
            assert_eq!(seconds(value.clone()), Some(expected), "{value}");
        }
        assert_eq!(lifetime(None, TWO_HOURS), Some(Duration::from_secs(60)));
        let month = Duration::from_secs(2_592_000);
        assert_eq!(lifetime(Some(&json!(2_592_000)), month), Some(month));
        assert_eq!(lifetime(Some(&json!(2_592_001)), month), Some(month));
        for refused in [json!("soon"), json!(""), json!(true), json!([7200]), json!({})] {
            assert_eq!(seconds(refused.clone()), None, "{refused}");
        }
    }

    #[test]
    fn a_credential_is_one_visible_run() {
        assert!(credential("WAA0f-+/=%").is_some());
        assert!(credential(&"x".repeat(600)).is_some());
        for refused in ["", "a b", "a\r\nb", "a\0", "令牌"] {
            assert!(credential(refused).is_none(), "{refused:?}");
        }
    }
}
