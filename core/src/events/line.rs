//! An event as a line of a log.

use std::fmt;

use super::Event;

impl Event {
    /// Returns the event as one line of a log: its name, then its fields as `name=value`, those that have
    /// no value left out. A value with blanks in it stands in quotes.
    pub fn text(&self) -> String {
        let mut line = self.name().to_owned();
        for (name, json) in self.fields().into_iter().filter(|(_, json)| json != "null") {
            let within = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
            let plain =
                within.filter(|text| !text.is_empty() && !text.contains([' ', '=', '"', '\\']));
            let value = plain.unwrap_or(&json);
            line.extend([" ", name, "=", value]);
        }
        line
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::error::Kind;
    use crate::events::{Event, Level};
    use crate::vendors::Vendor;

    #[test]
    fn a_line_has_what_there_is_and_quotes_what_has_blanks() {
        let event = |account: &str, failure| Event::TokenRefreshed {
            call: 7,
            vendor: Vendor::Wechat,
            account: account.to_owned(),
            failure,
            duration: Duration::from_micros(12_900),
        };
        let plain = event("wechat", None);
        let line = "token_refreshed call=7 vendor=wechat account=wechat outcome=ok milliseconds=12";
        assert_eq!((plain.to_string().as_str(), plain.level()), (line, Level::Debug));
        let quoted = event("our \"first\"\n account", Some(Kind::Network));
        let line = "token_refreshed call=7 vendor=wechat account=\"our \\\"first\\\"\\n account\" \
                    outcome=network milliseconds=12";
        assert_eq!((quoted.text().as_str(), quoted.level()), (line, Level::Warn));
        let json = r#"{"event":"token_refreshed","level":"debug","call":7,"vendor":"wechat","account":"wechat","outcome":"ok","milliseconds":12}"#;
        assert_eq!(plain.to_json(), json);
    }
}
