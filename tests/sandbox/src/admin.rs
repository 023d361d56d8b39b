//! The admin listener: everything the Rust interface does, as JSON over HTTP.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::checks::{self, Refusal};
use crate::http::{Answer, ReadError, Reader, Request, one};
use crate::ledger::{Counts, Entry};
use crate::script::Script;
use crate::server::linger;
use crate::settings::Settings;
use crate::shared::{SharedState, http_code};
use crate::vendor::{TokenEnd, Vendor};
use crate::{aliyun_gateway, faceid_encryption, magic, wechat};

/// The part that the admin listener and the Rust interface share.
pub(crate) struct Admin {
    pub shared: Arc<SharedState>,
    /// `https` or `http`, and the port of each vendor.
    pub scheme: &'static str,
    pub ports: [u16; Vendor::COUNT],
    pub ca_file: Option<String>,
    pub ca_pem: Option<String>,
}

impl Admin {
    pub fn base_url(&self, vendor: Vendor) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.ports[vendor.index()])
    }

    fn entry(&self, vendor: Vendor, keys: &[(&str, &str)]) -> Value {
        let mut entry = Map::new();
        entry.insert("vendor".into(), vendor.name().into());
        entry.insert("base_url".into(), self.base_url(vendor).into());
        for (key, value) in keys {
            entry.insert((*key).into(), (*value).into());
        }
        Value::Object(entry)
    }

    /// Returns the Cardwire configuration that points a client here.
    pub fn config(&self) -> Value {
        let vendors = Vendor::ALL.map(|vendor| {
            let keys = (vendor.machine().entry)(&self.shared.credentials);
            let keys: Vec<_> = keys.iter().map(|(key, value)| (*key, value.as_str())).collect();
            let mut entry = self.entry(vendor, &keys);
            for (key, value) in vendor.machine().settings {
                entry[*key] = (*value).into();
            }
            entry
        });
        let mut config = json!({"vendors": vendors, "timeout_ms": 10_000});
        if let Some(path) = &self.ca_file {
            config["ca_file"] = path.as_str().into();
        }
        config
    }

    /// Vendor entries with the other forms of credentials, by a name that says which.
    pub fn credentials(&self) -> Value {
        let given = &self.shared.credentials;
        let key = [("app_key", aliyun_gateway::APP_KEY), ("app_secret", &*given.app_secret)];
        let pair = [("secret_id", &*given.secret_id), ("secret_key", &*given.secret_key)];
        let temporary = [
            ("secret_id", &*given.temporary_id),
            ("secret_key", &*given.temporary_key),
            ("token", &*given.temporary_token),
        ];
        let faceid = |extra: &str, value: Value| {
            let mut entry = self.entry(Vendor::TencentFaceid, &pair);
            entry[extra] = value;
            entry
        };
        let keys =
            [("access_key_id", &*given.secret_id), ("access_key_secret", &*given.secret_key)];
        let mut bankmeta_md5 = self.entry(Vendor::AliyunBankmeta, &keys);
        bankmeta_md5["param_type"] = "md5".into();
        let id_and_secret = [("app_id", wechat::APP_ID), ("app_secret", &*given.wechat_app_secret)];
        let mut plain_token = self.entry(Vendor::Wechat, &id_and_secret);
        plain_token["token_endpoint"] = "token".into();
        json!({
            "wechat_access_token": self.entry(Vendor::Wechat, &[("access_token", &given.wechat_access_token)]),
            "wechat_token_endpoint": plain_token,
            "aliyun_bankocr_key": self.entry(Vendor::AliyunBankocr, &key),
            "aliyun_yhkr_key": self.entry(Vendor::AliyunYhkr, &key),
            "aliyun_ocr_temporary": self.entry(Vendor::AliyunOcr, &[
                ("access_key_id", &*given.temporary_id),
                ("access_key_secret", &*given.temporary_key),
                ("security_token", &given.temporary_token),
            ]),
            "aliyun_bankmeta_temporary": self.entry(Vendor::AliyunBankmeta, &[
                ("access_key_id", &*given.temporary_id),
                ("access_key_secret", &*given.temporary_key),
                ("security_token", &given.temporary_token),
            ]),
            "aliyun_bankmeta_md5": bankmeta_md5,
            "tencent_ocr_temporary": self.entry(Vendor::TencentOcr, &temporary),
            "tencent_faceid_temporary": self.entry(Vendor::TencentFaceid, &temporary),
            "tencent_faceid_hmac_sha1": faceid("signature", "HmacSHA1".into()),
            "tencent_faceid_hmac_sha256": faceid("signature", "HmacSHA256".into()),
            "tencent_faceid_aes": faceid("encryption", json!({
                "algorithm": "AES-256-CBC", "public_key": faceid_encryption::rsa_public_key(),
            })),
            "tencent_faceid_sm4": faceid("encryption", json!({
                "algorithm": "SM4-GCM", "public_key": faceid_encryption::sm2_public_key(),
            })),
        })
    }

    pub fn script(&self, script: Script) {
        self.shared.lock().queues[script.vendor.index()].push(script);
    }

    pub fn ledger(&self) -> Vec<Entry> {
        self.shared.lock().ledger.entries()
    }

    pub fn counts(&self, vendor: Vendor) -> Counts {
        self.shared.lock().ledger.counts(vendor)
    }

    /// Changes settings; the keys `revoke_tokens`, `expire_tokens` and `refuse_tokens` each take a list of vendors
    /// and act at once.
    pub fn change(&self, patch: &Value) -> Result<Settings, String> {
        let mut patch = patch.as_object().cloned().ok_or("settings must be a JSON object")?;
        let mut acts = Vec::new();
        for (key, end) in [
            ("revoke_tokens", TokenEnd::Revoked),
            ("expire_tokens", TokenEnd::Expired),
            ("refuse_tokens", TokenEnd::Refused),
        ] {
            let Some(list) = patch.remove(key) else { continue };
            let vendors: Vec<Vendor> =
                serde_json::from_value(list).map_err(|e| format!("{key}: {e}"))?;
            acts.extend(vendors.into_iter().map(|v| (key, end, v)));
        }
        let settings = self.shared.lock().settings.changed(&Value::Object(patch))?;
        self.shared.lock().settings = settings.clone();
        let now = self.shared.now_ms().div_euclid(1000);
        let mut state = self.shared.lock();
        for (key, how, vendor) in acts {
            let Some(end) = vendor.machine().tokens else {
                return Err(format!("{key}: {} has no tokens", vendor.name()));
            };
            end(&mut state, how, now);
        }
        Ok(settings)
    }

    /// Answers one admin request.
    pub fn answer(&self, request: &Request) -> Answer {
        if !comes_from_here(request) {
            return error(
                403,
                "the admin interface is for programs of this machine and its own page",
            );
        }
        let result = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => return page(),
            ("GET", "/picture") => match self.picture(request) {
                Ok(answer) => return answer,
                Err(text) => Err(text),
            },
            ("GET", "/live") => self.live(request),
            ("POST", "/photo") => match photo(&request.body) {
                Ok(bytes) => return for_browsers(Answer::new(200, "image/jpeg", bytes)),
                Err(text) => Err(text),
            },
            ("GET", "/health") => Ok(json!({"status": "ok"})),
            ("GET", "/config") => Ok(self.config()),
            ("GET", "/credentials") => Ok(self.credentials()),
            ("GET", "/ca") => Ok(json!({"ca_pem": self.ca_pem})),
            ("GET", "/magic") => Ok(magic::table()),
            ("GET", "/checks") => Ok(checks::table()),
            ("GET", "/ledger") => self.ledger_since(request),
            ("GET", "/counts") => Ok(Value::Object(
                Vendor::ALL
                    .map(|v| (v.name().to_owned(), json!(self.counts(v))))
                    .into_iter()
                    .collect(),
            )),
            ("GET", "/settings") => Ok(json!(self.shared.lock().settings)),
            ("GET", "/scripts") => Ok(Value::Object(
                Vendor::ALL
                    .map(|v| {
                        (v.name().to_owned(), json!(self.shared.lock().queues[v.index()].len()))
                    })
                    .into_iter()
                    .collect(),
            )),
            ("POST", "/script") => self.take_scripts(&request.body),
            ("POST", "/clear_scripts") => {
                self.shared.lock().queues.iter_mut().for_each(crate::script::Queue::clear);
                Ok(json!({"status": "ok"}))
            }
            ("POST", "/clear_ledger") => {
                let mut state = self.shared.lock();
                state.ledger.clear();
                state.pictures.clear();
                Ok(json!({"status": "ok"}))
            }
            ("POST", "/settings") => serde_json::from_slice(&request.body)
                .map_err(|e| e.to_string())
                .and_then(|patch| self.change(&patch))
                .map(|settings| json!(settings)),
            ("POST", "/reset") => {
                self.shared.reset();
                Ok(json!({"status": "ok"}))
            }
            _ => return error(404, "no such admin path"),
        };
        match result {
            Ok(value) => Answer::json(&value),
            Err(text) => error(400, &text),
        }
    }

    /// Returns what the page shows, as of one moment: totals, which of the newest entries were added or changed after
    /// the change `since`, and the numbers of those whose pictures are kept. `cleared` tells the page that the numbers
    /// began at 1 again.
    fn live(&self, request: &Request) -> Result<Value, String> {
        let asked = |name: &str| match one(&request.query_params(), name).map(str::parse::<u64>) {
            None => Ok(0),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => Err(format!("{name} must be a number")),
        };
        let (since, cleared) = (asked("since")?, asked("cleared")?);
        let state = self.shared.lock();
        let since = if cleared == state.ledger.cleared() { since } else { 0 };
        let totals = Vendor::ALL.map(|vendor| {
            let counts = state.ledger.counts(vendor);
            json!({
                "vendor": vendor, "requests": counts.requests, "executed": counts.executed,
                "billed": counts.billed, "waiting": state.queues[vendor.index()].len(),
            })
        });
        Ok(json!({
            "cleared": state.ledger.cleared(),
            "totals": totals,
            "changes": state.ledger.changes(),
            "entries": state.ledger.changed(since, SHOWN),
            "pictures": state.pictures.numbers(),
        }))
    }

    /// Returns the picture that the vendor was given in the request of a ledger entry.
    fn picture(&self, request: &Request) -> Result<Answer, String> {
        let params = request.query_params();
        let seq =
            one(&params, "seq").and_then(|seq| seq.parse().ok()).ok_or("seq must be a number")?;
        Ok(match self.shared.lock().pictures.find(seq) {
            Some((media_type, bytes)) => for_browsers(Answer::new(200, media_type, bytes)),
            None => error(404, "no such picture"),
        })
    }

    fn ledger_since(&self, request: &Request) -> Result<Value, String> {
        let params = request.query_params();
        let mut since = 0;
        let mut vendor = None;
        for (key, value) in &params {
            match key.as_str() {
                "since" => since = value.parse().map_err(|_| "since must be a number")?,
                "vendor" => vendor = Some(Vendor::from_name(value).ok_or("no such vendor")?),
                _ => return Err(format!("unknown parameter {key}")),
            }
        }
        let mut entries = self.ledger();
        entries.retain(|e| e.seq > since && vendor.is_none_or(|v| e.vendor == v));
        Ok(json!(entries))
    }

    /// Returns one script, or a list of them: all or none is taken.
    fn take_scripts(&self, body: &[u8]) -> Result<Value, String> {
        let value: Value = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let list = match value {
            Value::Array(list) => list,
            one => vec![one],
        };
        let scripts: Vec<Script> = list
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()
            .map_err(|e| e.to_string())?;
        let taken = scripts.len();
        scripts.into_iter().for_each(|s| self.script(s));
        Ok(json!({"queued": taken}))
    }
}

/// Returns a photo of the default card with a marker of the facts in a JSON object.
fn photo(body: &[u8]) -> Result<Vec<u8>, String> {
    let facts: Map<String, Value> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    magic::card_photo(&facts)
}

/// How many ledger entries the page shows.
const SHOWN: usize = 200;

/// Returns the page, which is one file: a browser asks nobody but this listener for it.
fn page() -> Answer {
    let page = Answer::new(200, "text/html; charset=utf-8", include_str!("../assets/page.html"));
    for_browsers(page).with(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
}

/// Has browsers keep nothing, guess no other type, and show it to no other site.
fn for_browsers(answer: Answer) -> Answer {
    answer
        .with("Cache-Control", "no-store")
        .with("X-Content-Type-Options", "nosniff")
        .with("Cross-Origin-Resource-Policy", "same-origin")
}

/// Says whether no other site's page has a browser send this: browsers name the site in Origin, and send a name
/// of that site's in Host where it resolves to this machine.
fn comes_from_here(request: &Request) -> bool {
    if !request.has_header("host") {
        return true;
    }
    let host = request.header("host").unwrap_or("");
    let end = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    let name = end.map_or(host, |end| &host[..end]);
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let is_own_page = match request.header("origin") {
        Some(origin) => origin == format!("http://{host}"),
        None => !request.has_header("origin"),
    };
    (is_address || name.eq_ignore_ascii_case("localhost")) && is_own_page
}

fn error(status: u16, text: &str) -> Answer {
    Answer::new(status, "application/json", json!({"error": text}).to_string())
}

fn refused(check: Refusal) -> Answer {
    Answer::new(http_code(check.answer).unwrap_or(400), "", "")
}

/// Answers the admin listener for ever.
pub(crate) async fn serve(admin: Arc<Admin>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let admin = Arc::clone(&admin);
        tokio::spawn(async move {
            let mut reader = Reader::new(stream);
            while reader.wait().await {
                let mut keep = false;
                let answer = match reader.head().await {
                    Ok(mut request) => match reader.body(&mut request, None).await {
                        Ok(_) => {
                            keep = request.keep_alive;
                            admin.answer(&request)
                        }
                        Err(ReadError::Bad(check)) => refused(check),
                        Err(_) => return,
                    },
                    Err(ReadError::Bad(check)) => refused(check),
                    Err(_) => return,
                };
                if reader.stream.write_all(&answer.encode(None, !keep)).await.is_err() || !keep {
                    break;
                }
            }
            linger(&mut reader.stream).await;
        });
    }
}
