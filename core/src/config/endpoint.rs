use std::net::IpAddr;

use url::{Host, Url};

/// The longest address that is taken, in bytes.
const LENGTH_LIMIT: usize = 2048;

/// What the parser would put right by itself is refused: line ends within, spaces around, letters that
/// look like others. An address is not to become another one unseen.
fn check_characters(text: &str) -> Result<(), &'static str> {
    if text.len() > LENGTH_LIMIT {
        return Err("it is longer than 2048 bytes");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has spaces, control characters or characters that are not ASCII");
    }
    Ok(())
}

/// Where a vendor is reached: a scheme, a host, and a port where it is not the usual one.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    base: String,
    authority: String,
}

impl Endpoint {
    /// Checks an address: https, or http to a loopback host or where `allow_insecure` says so; no
    /// user, query or fragment. A path is kept as a prefix.
    pub(crate) fn parse(text: &str, allow_insecure: bool) -> Result<Self, &'static str> {
        check_characters(text)?;
        let url = Url::parse(text).map_err(|_| "it is not a URL")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("it is neither https nor http");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it has a query or a fragment");
        }
        let host = url.host().ok_or("it has no host")?;
        if matches!(host, Host::Domain(name) if name.ends_with('.')) {
            return Err("its host ends with a dot");
        }
        if url.port() == Some(0) {
            return Err("its port is 0");
        }
        if url.scheme() == "http" && !allow_insecure && !is_loopback(&host) {
            return Err("plain http to another host needs \"allow_insecure_http\": true");
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = url.path().trim_end_matches('/');
        Ok(Endpoint { base: format!("{}://{authority}{path}", url.scheme()), authority })
    }

    /// The address of a path and query on this host.
    pub(crate) fn at(&self, path_and_query: &str) -> String {
        [self.base.as_str(), path_and_query].concat()
    }

    /// Host, and port where it is not the scheme's own: the `Host` header.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// Checks the address of a proxy: http or https, with or without user and password.
pub(crate) fn check_proxy(text: &str) -> Result<(), &'static str> {
    check_characters(text)?;
    let url = Url::parse(text).map_err(|_| "it is not a URL")?;
    match (url.scheme(), url.host()) {
        ("http" | "https", Some(_)) => Ok(()),
        _ => Err("it is not the http or https address of a proxy"),
    }
}

/// Checks the address of a shared token store. Tokens travel there: in the open only on this machine.
pub(crate) fn check_token_store(text: &str) -> Result<(), &'static str> {
    let form = "it is neither \"memory\" nor the address of a Redis";
    let url = Url::parse(text).map_err(|_| form)?;
    match (url.scheme(), url.host()) {
        ("rediss", Some(_)) | ("redis+unix" | "unix", None) => Ok(()),
        // Of schemes that are not the web's, addresses are read as names.
        ("redis", Some(Host::Domain(name)))
            if name == "localhost"
                || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) =>
        {
            Ok(())
        }
        ("redis", Some(host)) if is_loopback(&host) => Ok(()),
        ("redis", Some(_)) => Err("plain Redis is for this machine only: use rediss://"),
        _ => Err(form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_stores() {
        for taken in ["redis://127.0.0.1:6379/1", "redis://:pw@localhost", "rediss://store.example"]
        {
            assert_eq!(check_token_store(taken), Ok(()), "{taken}");
        }
        for refused in ["redis://store.example", "redis", "http://127.0.0.1", "redis://"] {
            assert!(check_token_store(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn addresses() {
        let parse = |text| Endpoint::parse(text, false);
        let local = parse("http://127.0.0.1:8080/prefix/").unwrap();
        assert_eq!(local.at("/x?y"), "http://127.0.0.1:8080/prefix/x?y");
        assert_eq!(local.authority(), "127.0.0.1:8080");
        assert_eq!(parse("https://example.com:443").unwrap().authority(), "example.com");
        assert_eq!(parse("http://[::1]:9").unwrap().authority(), "[::1]:9");
        for refused in [
            "http://example.com",
            "ftp://localhost",
            "https://user:pw@example.com",
            "https://example.com?x",
            "localhost",
            "https://",
            "http://127.0.0.1:0",
            "http://127.0.0.1.example.com",
            "https://example.com.",
            "https://exam\nple.com",
            " https://example.com",
            "https://\u{430}pi.example.com",
        ] {
            assert!(parse(refused).is_err(), "{refused}");
        }
        assert!(Endpoint::parse("http://example.com", true).is_ok());
    }
}
