use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::wire::Address;

/// The longest address that is taken, in bytes.
const LENGTH_LIMIT: usize = 2048;

/// The forms of addresses, as messages name them.
pub(crate) const BASE_FORM: &str = "https://HOST, with a port and a path where they are needed";
pub(super) const HOST_FORM: &str = "HOST or HOST:PORT";
pub(super) const PROXY_FORM: &str = "http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host where it wants them";
pub(super) const STORE_FORM: &str =
    "\"memory\", redis:// on this machine, or rediss:// with a host";

/// An address in its parts, as it is written. The parser of URLs puts much right by itself: `http:host`,
/// `http:\\host`, `http://127.1`, `http://a/../b`. An address is not to become another one unseen, so
/// what it would change is refused.
pub(crate) struct AddressParts<'a> {
    user: Option<&'a str>,
    /// From the first slash, question mark or hash on.
    rest: &'a str,
}

impl<'a> AddressParts<'a> {
    /// Reads an http or https address.
    pub(crate) fn read(text: &'a str) -> Result<(Self, Url), &'static str> {
        if text.contains(char::is_control) || text.trim() != text {
            return Err("control characters, or white space around it");
        }
        let (scheme, rest) = text.split_once("://").ok_or("a text without ://")?;
        if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err("another scheme than https and http");
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let host = host_of(authority)?;
        let url = Url::parse(text).map_err(|_| "a text that is no URL")?;
        if !is_same_host(&url, host) {
            return Err("a host that is read otherwise than it is written");
        }
        Ok((AddressParts { user, rest }, url))
    }
}

/// Returns the host of `HOST` or `HOST:PORT`, as it is written.
fn host_of(authority: &str) -> Result<&str, &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (_, after) = rest.split_once(']').ok_or("a host that lacks a bracket")?;
            let (host, _) = authority.split_at(authority.len() - after.len());
            match after.strip_prefix(':') {
                None if after.is_empty() => (host, None),
                None => return Err("a text between host and port"),
                Some(port) => (host, Some(port)),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err("no host");
    }
    if let Some(port) = port {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
        if !is_number || port.is_empty() {
            return Err("a port that is no number from 1 to 65535");
        }
    }
    let may_be_in_name = |one: char| one.is_alphanumeric() || matches!(one, '-' | '_' | '.');
    if !host.starts_with('[') && !host.chars().all(may_be_in_name) {
        return Err("a host with other characters than letters, digits, dashes and dots");
    }
    if host.split('.').any(str::is_empty) {
        return Err("a host that begins or ends with a dot, or has two in a row");
    }
    Ok(host)
}

fn is_same_host(url: &Url, written: &str) -> bool {
    match url.host() {
        // A name that is not ASCII is read as its ASCII form.
        Some(Host::Domain(name)) => !written.is_ascii() || name.eq_ignore_ascii_case(written),
        Some(Host::Ipv4(address)) => address.to_string() == written,
        Some(Host::Ipv6(address)) => {
            let bare = written.trim_start_matches('[').trim_end_matches(']');
            bare.parse().is_ok_and(|read: std::net::Ipv6Addr| read == address)
        }
        None => false,
    }
}

/// Returns the same of an address of the configuration, which is short and ASCII.
fn read(text: &str) -> Result<(AddressParts<'_>, Url), &'static str> {
    if text.len() > LENGTH_LIMIT {
        return Err("more than 2048 bytes");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("spaces, control characters, or others than ASCII");
    }
    AddressParts::read(text)
}

/// The hosts that plain http may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// To this machine: past the proxy, if there is one.
    ToThisMachine,
    /// To every host, as the account says.
    Anywhere,
    /// The account says so, and there is a proxy that would read what is sent.
    PastProxyOnly,
}

impl PlainHttp {
    pub(crate) fn new(allow_insecure: bool, has_proxy: bool) -> Self {
        match (allow_insecure, has_proxy) {
            (false, _) => PlainHttp::ToThisMachine,
            (true, false) => PlainHttp::Anywhere,
            (true, true) => PlainHttp::PastProxyOnly,
        }
    }
}

/// The address of a vendor: a scheme, a host, and a port where it is not the usual one.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    base: String,
    authority: String,
    /// The host that is sent where it is not the one of the address.
    host: Option<Arc<str>>,
    /// The host and the port that are connected to.
    server: (Arc<str>, u16),
    plain: PlainHttp,
}

impl Endpoint {
    /// Checks an address: https, or http as far as `plain` allows; no user, query or fragment. A
    /// path is kept as a prefix.
    pub(crate) fn parse(text: &str, plain: PlainHttp) -> Result<Self, &'static str> {
        let (written, url) = read(text)?;
        if written.user.is_some() {
            return Err("a user or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a query or a fragment");
        }
        if url.path() != written.rest && !(written.rest.is_empty() && url.path() == "/") {
            return Err("a path that is read otherwise than it is written");
        }
        let host = url.host().ok_or("no host")?;
        if url.scheme() == "http" && !is_loopback(&host) {
            match plain {
                PlainHttp::Anywhere => {}
                PlainHttp::ToThisMachine => {
                    return Err(
                        "plain http to another host, which needs \"allow_insecure_http\": true",
                    );
                }
                PlainHttp::PastProxyOnly => {
                    return Err("plain http beside a \"proxy\", which would read what is sent");
                }
            }
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = url.path().trim_end_matches('/');
        let base = format!("{}://{authority}{path}", url.scheme());
        let port = url.port_or_known_default().ok_or("no port")?;
        let server = (host.to_string().into(), port);
        Ok(Endpoint { base, authority, host: None, server, plain })
    }

    /// Returns another address of the same account.
    pub(crate) fn beside(&self, text: &str) -> Result<Self, &'static str> {
        Endpoint::parse(text, self.plain)
    }

    /// Returns the same endpoint, asked for by the name that the vendor has behind it: `HOST` or
    /// `HOST:PORT`.
    pub(crate) fn asked_as(self, host: &str) -> Result<Self, &'static str> {
        if host.contains(['/', '?', '#', '@']) {
            return Err("a path, a query or a user");
        }
        read(&format!("https://{host}"))?;
        Ok(Endpoint { authority: host.to_owned(), host: Some(host.into()), ..self })
    }

    /// Returns the address of a path and query on this host.
    pub(crate) fn at(&self, path_and_query: &str) -> Address {
        let url = [self.base.as_str(), path_and_query].concat();
        Address { url, host: self.host.clone() }
    }

    /// Returns the host and the port that are connected to.
    pub(crate) fn server(&self) -> (Arc<str>, u16) {
        self.server.clone()
    }

    /// Returns host, and port where it is not the scheme's own: the `Host` header.
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
    let (written, _) = read(text)?;
    if !matches!(written.rest, "" | "/") {
        return Err("a path, a query or a fragment");
    }
    Ok(())
}

/// Checks the address of a shared token store. Tokens travel there: in the open only on this machine.
pub(crate) fn check_token_store(text: &str) -> Result<(), &'static str> {
    let form = "another text";
    let url = Url::parse(text).map_err(|_| form)?;
    if url.port() == Some(0) {
        return Err("port 0");
    }
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
        ("redis", Some(_)) => Err("plain Redis on another machine"),
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
        for refused in [
            "redis://store.example",
            "redis",
            "http://127.0.0.1",
            "redis://",
            "redis://127.0.0.1:0",
        ] {
            assert!(check_token_store(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn addresses() {
        let parse = |text| Endpoint::parse(text, PlainHttp::ToThisMachine);
        let local = parse("http://127.0.0.1:8080/prefix/").unwrap();
        assert_eq!(local.at("/x?y").url, "http://127.0.0.1:8080/prefix/x?y");
        assert_eq!(local.authority(), "127.0.0.1:8080");
        let asked_as = parse("https://[::1]").unwrap().asked_as("vendor.example").unwrap();
        assert_eq!(asked_as.server(), ("[::1]".into(), 443));
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
            "http:127.0.0.1:1",
            "http:/127.0.0.1:1",
            "http:\\\\127.0.0.1:1",
            "http://127.0.0.1\\x",
            "http:///127.0.0.1",
            "https://*",
            "https://*.example.com",
            "https://.example.com",
            "https://a..example.com",
            "https://example.com:",
            "https://example.com:0443",
            "https://example.com:+1",
            "https://example.com:65536",
            "https://@example.com",
            "https://user@example.com",
            "https://exa%6dple.com",
            "https://example.com,other.example",
            "https://example.com/a/../b",
            "https://example.com/./a",
            "https://example.com#",
            "https://example.com?",
            "http://127.1",
            "http://0x7f.0.0.1",
            "http://2130706433",
            "http://0177.0.0.1",
            "http://[::1",
            "http://[::1]x",
            "http://[::1%25lo]",
        ] {
            assert!(parse(refused).is_err(), "{refused}");
        }
        for taken in [
            "HTTPS://Example.com",
            "https://my_relay.example:8443/a/b/",
            "http://[0:0:0:0:0:0:0:1]:9",
            "http://127.0.0.2",
        ] {
            assert!(parse(taken).is_ok(), "{taken}");
        }
        let with = |allow_insecure, has_proxy| {
            Endpoint::parse("http://example.com", PlainHttp::new(allow_insecure, has_proxy)).is_ok()
        };
        assert_eq!([with(false, false), with(true, false), with(true, true)], [false, true, false]);
    }

    #[test]
    fn proxies() {
        for taken in ["http://proxy.example:3128", "https://user:pa%40ss@[::1]:3128/"] {
            assert_eq!(check_proxy(taken), Ok(()), "{taken}");
        }
        for refused in [
            "proxy.example:3128",
            "http:proxy.example:3128",
            "socks5://proxy.example",
            "http://*",
            "http://:3128",
            "http://proxy.example/path",
            "http://proxy.example?a",
            "http://pro\txy.example",
        ] {
            assert!(check_proxy(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_relay_is_asked_by_the_name_behind_it() {
        let relay = Endpoint::parse("http://127.0.0.1:8080/x", PlainHttp::ToThisMachine).unwrap();
        let relay = relay.asked_as("faceid.tencentcloudapi.com").unwrap();
        let address = relay.at("/");
        assert_eq!(address.url, "http://127.0.0.1:8080/x/");
        assert_eq!(address.host.as_deref(), Some("faceid.tencentcloudapi.com"));
        assert_eq!(relay.authority(), "faceid.tencentcloudapi.com");
        for refused in ["", "a b", "a/b", "user@a", "https://a", "a:0", "*", "a\r\nX: y"] {
            assert!(relay.clone().asked_as(refused).is_err(), "{refused:?}");
        }
    }
}
