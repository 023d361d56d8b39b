//! Credentials that change: files that a side-car renews, providers of the host program, WeChat's cloud
//! call.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::bindings::ClientExt as _;
use cardwire::{
    AskReason, Billed, CallOptions, Cardholder, Client, Config, CredentialAsk, CredentialProvider,
    Credentials, Error, Image, Kind, Outcome, ProviderFailure, Providers, Sent,
};
use cardwire_sandbox::{Action, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::load("icbc-debit.jpg"))
}

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn once() -> CallOptions {
    CallOptions::new()
}

/// Returns the sandbox's own entry for a vendor.
fn entry(sandbox: &Sandbox, vendor: &str) -> Value {
    let config = sandbox.config();
    let entries = config["vendors"].as_array().unwrap();
    entries.iter().find(|entry| entry["vendor"] == vendor).unwrap().clone()
}

fn requests(sandbox: &Sandbox, vendor: Vendor, operation: Operation) -> usize {
    let entries = sandbox.ledger();
    entries.iter().filter(|entry| entry.vendor == vendor && entry.operation == operation).count()
}

type AskLog = Arc<Mutex<Vec<AskReason>>>;

/// Returns a provider that gives these values in turn, and the last one again and again; and what
/// it is asked.
fn turns(values: &[&str]) -> (impl CredentialProvider + use<>, AskLog) {
    let (asked, values) =
        (AskLog::default(), values.iter().map(|it| it.to_string()).collect::<Vec<_>>());
    let seen = Arc::clone(&asked);
    let provider = move |ask: &CredentialAsk| {
        let mut seen = seen.lock().unwrap();
        let value = values[seen.len().min(values.len() - 1)].clone();
        seen.push(ask.reason());
        Ok(Credentials::new(value))
    };
    (provider, asked)
}

fn client(entry: &Value, provider: impl CredentialProvider + 'static) -> Client {
    let document = json!({"vendors": [entry]}).to_string();
    let providers = Providers::new().with("tokens", provider);
    Client::from_config(Config::from_json_with(&document, &providers).unwrap())
}

/// Returns an entry of a vendor in which a key's value comes from the provider; and the value that
/// is right.
fn provided(mut entry: Value, key: &str) -> (Value, String) {
    let right = entry[key].as_str().unwrap().to_owned();
    entry[key] = json!({"provider": "tokens"});
    (entry, right)
}

#[test]
fn many_calls_ask_once_and_share_the_answer() {
    let sandbox = sandbox();
    let (entry, right) =
        provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    let (seen, asked) = (AskLog::default(), Arc::new(Mutex::new(Vec::new())));
    let (reasons, notes) = (Arc::clone(&seen), Arc::clone(&asked));
    let provider = move |ask: &CredentialAsk| {
        reasons.lock().unwrap().push(ask.reason());
        let note = (ask.vendor().name(), ask.account().to_owned(), ask.secrets().to_vec());
        notes.lock().unwrap().push(note);
        thread::sleep(Duration::from_millis(100));
        Ok(Credentials::new(right.as_str()))
    };
    let client = client(&entry, provider);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| client.recognize(photo(), &once()).unwrap());
        }
    });
    assert_eq!(*seen.lock().unwrap(), [AskReason::First]);
    let secrets = vec!["access_token".to_owned()];
    assert_eq!(*asked.lock().unwrap(), [("wechat", "wechat".to_owned(), secrets)]);
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Token), 0);
}

#[test]
fn what_the_vendor_refuses_is_asked_for_again_and_the_call_is_repeated_once() {
    let sandbox = sandbox();
    let faceid = |key| provided(entry(&sandbox, "tencent_faceid"), key);
    let given = sandbox.credentials();
    for (case, (entry, right)) in [
        ("access_token", provided(given["wechat_access_token"].clone(), "access_token")),
        ("app_secret of wechat", provided(entry(&sandbox, "wechat"), "app_secret")),
        ("secret", provided(entry(&sandbox, "tencent_kyc"), "secret")),
        ("app_code", provided(entry(&sandbox, "aliyun_bankocr"), "app_code")),
        ("app_secret", provided(given["aliyun_bankocr_key"].clone(), "app_secret")),
        ("secret_key", faceid("secret_key")),
        ("secret_id", faceid("secret_id")),
    ] {
        let verifies = entry["vendor"] == "tencent_faceid";
        let call = |client: &Client| match verifies {
            true => client.verify(zhang(), &once()).map(|it| (it.billed(), it.attempts().len())),
            false => {
                client.recognize(photo(), &once()).map(|it| (it.billed(), it.attempts().len()))
            }
        };
        // A token request is no attempt of the call.
        let attempts = if matches!(case, "app_secret of wechat" | "secret") { 1 } else { 2 };
        let (provider, asked) = turns(&["00000000000000000000000000000000", &right]);
        let renewed = client(&entry, provider);
        assert_eq!(call(&renewed).unwrap(), (Billed::Yes, attempts), "{case}");
        assert_eq!(call(&renewed).unwrap(), (Billed::Yes, 1), "{case}");
        assert_eq!(*asked.lock().unwrap(), [AskReason::First, AskReason::Refused], "{case}");

        // The same again is no other: the refusal stands, and nothing is sent for nothing.
        let (provider, asked) = turns(&["00000000000000000000000000000000"]);
        let error = call(&client(&entry, provider)).unwrap_err();
        assert_eq!((error.kind(), error.billed()), (Kind::Unauthenticated, Billed::No), "{case}");
        assert_eq!(error.attempts().len(), attempts - 1, "{case}");
        assert_eq!(*asked.lock().unwrap(), [AskReason::First, AskReason::Refused], "{case}");

        // Another that is refused too is not asked for a third time.
        let (provider, asked) =
            turns(&["00000000000000000000000000000000", "11111111111111111111111111111111"]);
        let error = call(&client(&entry, provider)).unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated, "{case}");
        assert_eq!(error.attempts().len(), 2 * (attempts - 1), "{case}");
        assert_eq!(*asked.lock().unwrap(), [AskReason::First, AskReason::Refused], "{case}");
    }
}

#[test]
fn temporary_keys_come_together_with_their_token_and_are_renewed_at_their_end_and_when_refused() {
    let sandbox = sandbox();
    let given = sandbox.credentials();
    let of_aliyun = ["access_key_id", "access_key_secret", "security_token"];
    let of_tencent = ["secret_id", "secret_key", "token"];
    for (mut entry, keys) in [
        (given["tencent_faceid_temporary"].clone(), of_tencent),
        (given["tencent_ocr_temporary"].clone(), of_tencent),
        (given["aliyun_ocr_temporary"].clone(), of_aliyun),
        (given["aliyun_bankmeta_temporary"].clone(), of_aliyun),
    ] {
        let vendor = entry["vendor"].as_str().unwrap().to_owned();
        let values = keys.map(|key| entry[key].as_str().unwrap().to_owned());
        for key in keys {
            entry[key] = json!({"provider": "tokens"});
        }
        let asked = AskLog::default();
        let seen = Arc::clone(&asked);
        let provider = move |ask: &CredentialAsk| {
            assert_eq!(ask.secrets(), keys);
            let mut seen = seen.lock().unwrap();
            seen.push(ask.reason());
            let mut given = Credentials::default();
            for (key, value) in keys.iter().zip(&values) {
                given = given.with(*key, value.as_str());
            }
            Ok(match seen.len() {
                1 => given.expires_in(Duration::ZERO),
                2 => given.with(keys[2], "an-older-token"),
                _ => given,
            })
        };
        let client = client(&entry, provider);
        let call = || {
            let ended = match vendor.ends_with("ocr") {
                true => client.recognize(photo(), &once()).map(|card| card.facts().clone()),
                false => client.verify(zhang(), &once()).map(|answer| answer.facts().clone()),
            };
            let facts = ended.unwrap_or_else(|error| panic!("{vendor}: {error}"));
            assert_eq!(facts.billed, Billed::Yes, "{vendor}");
            facts.attempts.len()
        };
        // The second call has keys that ended, and then keys that the vendor does not take.
        assert_eq!([call(), call(), call()], [1, 2, 1], "{vendor}");
        let reasons = [AskReason::First, AskReason::Expired, AskReason::Refused];
        assert_eq!(*asked.lock().unwrap(), reasons, "{vendor}");
    }
}

#[test]
fn keys_that_live_on_need_no_token() {
    let sandbox = sandbox();
    let mut entry = entry(&sandbox, "tencent_faceid");
    let keys = ["secret_id", "secret_key"].map(|key| entry[key].as_str().unwrap().to_owned());
    for key in ["secret_id", "secret_key", "token"] {
        entry[key] = json!({"provider": "tokens"});
    }
    let [id, key] = keys;
    let provider = move |_: &CredentialAsk| {
        Ok(Credentials::default().with("secret_id", id.as_str()).with("secret_key", key.as_str()))
    };
    assert!(client(&entry, provider).verify(zhang(), &once()).unwrap().outcome == Outcome::Match);
}

fn gives(result: fn() -> Result<Credentials, ProviderFailure>) -> Error {
    let sandbox = sandbox();
    let (entry, _) = provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    let client = client(&entry, move |_: &CredentialAsk| result());
    let error = client.recognize(photo(), &once()).unwrap_err();
    assert_eq!((error.kind(), error.number()), (Kind::CredentialsUnavailable, 14));
    assert_eq!((error.sent(), error.billed()), (Sent::No, Billed::No));
    assert!(error.attempts().is_empty() && !error.retryable());
    assert_eq!((error.account(), error.order_id().unwrap().len()), (Some("wechat"), 32));
    assert_eq!(requests(&sandbox, Vendor::Wechat, Operation::Recognize), 0);
    error
}

#[test]
fn a_provider_s_failure_is_an_error_of_its_own_with_the_cause_chained() {
    use std::error::Error as _;
    let error = gives(|| Err("the vault is sealed: hvs.SECRET".into()));
    assert_eq!(error.message(), "the provider \"tokens\" gave no credentials: it failed");
    assert_eq!(error.source().unwrap().to_string(), "the vault is sealed: hvs.SECRET");
    assert!(!format!("{error} {error:?} {}", error.to_json()).contains("SECRET"));
    for (result, message) in [
        (
            (|| Ok(Credentials::new(""))) as fn() -> Result<Credentials, ProviderFailure>,
            "the credentials given for it: vendors[0].access_token: expected 1 to 65536 printable ASCII \
             characters without spaces around them, found an empty text",
        ),
        (
            || Ok(Credentials::new("a b")),
            "the credentials given for it: vendors[0].access_token: expected a token without spaces, found \
             a space",
        ),
        (
            || Ok(Credentials::default()),
            "the provider \"tokens\" gave no credentials: expected access_token, found none",
        ),
        (
            || Ok(Credentials::default().with("app_secret", "x")),
            "the provider \"tokens\" gave no credentials: expected access_token, found another name among \
             them",
        ),
    ] {
        let error = gives(result);
        assert!(error.source().is_none());
        assert_eq!(error.message(), message);
    }
    let error = gives(|| panic!("a provider's own"));
    assert_eq!(
        error.message(),
        "the provider \"tokens\" gave no credentials: it ended without an answer"
    );
}

#[test]
fn a_provider_that_blocks_holds_up_nothing_but_the_calls_that_wait_for_it() {
    let sandbox = sandbox();
    let (one, right) =
        provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    let config = json!({"vendors": [one, entry(&sandbox, "aliyun_yhkr")]}).to_string();
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let provider = move |_: &CredentialAsk| {
        let _ = wait.lock().unwrap().recv();
        Ok(Credentials::new(right.as_str()))
    };
    let providers = Providers::new().with("tokens", provider);
    let client = Client::from_config(Config::from_json_with(&config, &providers).unwrap());
    let (told, ended) = mpsc::channel();
    for _ in 0..8 {
        let told = told.clone();
        let short = once().vendor("wechat").timeout(Duration::from_millis(300));
        client.recognize_then(photo(), &short, move |result| {
            let error = result.unwrap_err();
            told.send((error.kind(), error.sent(), error.billed())).unwrap();
        });
    }
    let begun = Instant::now();
    let other = client.verify(zhang(), &once().vendor("aliyun_yhkr")).unwrap();
    assert!(other.outcome == Outcome::Match && begun.elapsed() < Duration::from_secs(2));
    for _ in 0..8 {
        let end = ended.recv_timeout(Duration::from_secs(3)).unwrap();
        assert_eq!(end, (Kind::Timeout, Sent::No, Billed::No));
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
    // What the first call asked for serves the next.
    go_on.send(()).unwrap();
    client.recognize(photo(), &once().vendor("wechat")).unwrap();
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Close,
    Drop,
    CallAnother,
    CallTheSame,
}

/// What a provider does with its client before it answers.
fn do_within(way: Way, client: Client) {
    match way {
        Way::Close => client.close(),
        Way::Drop => drop(client),
        Way::CallAnother => drop(client.verify(zhang(), &once().vendor("aliyun_yhkr"))),
        Way::CallTheSame => {
            // Such a call waits for the very answer that is being made, as long as it may.
            let options = once().vendor("wechat").timeout(Duration::from_millis(100));
            assert!(client.recognize(photo(), &options).is_err());
        }
    }
}

/// Other calls are in flight, some that nobody answers, and another thread lets go of the client or closes
/// it at any moment: everybody comes back.
#[test]
fn a_provider_may_end_its_client_and_call_it() {
    let sandbox = sandbox();
    let action = Action::fault(FaultKind::NeverAnswer, 0);
    let hangs = Script::once(Vendor::TencentKyc, Operation::Recognize, action);
    sandbox.script(Script { times: 0, ..hangs });
    let (asking, right) =
        provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    let [answers, hangs] = ["aliyun_yhkr", "tencent_kyc"].map(|vendor| entry(&sandbox, vendor));
    let mut config = json!({"timeout_ms": 600, "vendors": [asking, answers, hangs]});
    for round in 0..6_u64 {
        if round == 3 {
            let path = Folder::new("ending").0.join("orders.db");
            config["journal"] = path.to_string_lossy().into();
        }
        for way in [Way::Close, Way::Drop, Way::CallAnother, Way::CallTheSame] {
            let held = Arc::new(Mutex::new(None::<Client>));
            let (entered, (left, returned)) = (Arc::new(AtomicUsize::new(0)), mpsc::channel());
            let (own, entering, right) = (Arc::clone(&held), Arc::clone(&entered), right.clone());
            let provider = move |_: &CredentialAsk| {
                entering.fetch_add(1, Ordering::SeqCst);
                let own = own.lock().unwrap().take();
                own.into_iter().for_each(|client| do_within(way, client));
                left.send(()).unwrap();
                Ok(Credentials::new(right.as_str()))
            };
            let providers = Providers::new().with("tokens", provider);
            let read = Config::from_json_with(&config.to_string(), &providers).unwrap();
            let client = Client::from_config(read);
            *held.lock().unwrap() = Some(client.clone());
            let (told, ended) = mpsc::channel();
            for vendor in ["tencent_kyc", "wechat", "tencent_kyc", "wechat"] {
                let told = told.clone();
                client.recognize_then(photo(), &once().vendor(vendor), move |result| {
                    told.send(result.map(|_| ()).map_err(|error| error.kind())).unwrap();
                });
            }
            thread::sleep(Duration::from_millis(round * 3));
            if round % 2 == 0 {
                client.close();
            }
            drop(client);
            for _ in 0..4 {
                let end = ended.recv_timeout(Duration::from_secs(20)).unwrap();
                let ends = [Ok(()), Err(Kind::Cancelled), Err(Kind::Closed), Err(Kind::Timeout)];
                assert!(ends.contains(&end), "{way:?}, round {round}: {end:?}");
            }
            for _ in 0..entered.load(Ordering::SeqCst) {
                returned.recv_timeout(Duration::from_secs(20)).unwrap();
            }
        }
    }
}

/// Answers from a thread of its own, after it returned.
struct Later(String);

impl CredentialProvider for Later {
    fn ask(&self, ask: CredentialAsk) {
        let value = self.0.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            ask.answer(Ok(Credentials::new(value)));
        });
    }
}

#[test]
fn a_provider_may_answer_later() {
    let sandbox = sandbox();
    let (entry, right) =
        provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    client(&entry, Later(right)).recognize(photo(), &once()).unwrap();
}

#[test]
fn failing_over_from_a_provider_that_fails_is_by_the_word_credentials() {
    let sandbox = sandbox();
    let (one, _) = provided(sandbox.credentials()["wechat_access_token"].clone(), "access_token");
    for (also, kind) in
        [(json!([]), Some(Kind::CredentialsUnavailable)), (json!(["credentials"]), None)]
    {
        let config = json!({
            "vendors": [one, entry(&sandbox, "aliyun_bankocr")],
            "failover": {"recognize": ["wechat", "aliyun_bankocr"], "also": also},
        });
        let fails = |_: &CredentialAsk| Err("down".into());
        let providers = Providers::new().with("tokens", fails);
        let config = Config::from_json_with(&config.to_string(), &providers).unwrap();
        let ended = Client::from_config(config).recognize(photo(), &once());
        assert_eq!(ended.err().map(|error| error.kind()), kind);
    }
}

#[test]
fn a_provider_is_named_where_the_configuration_is_read() {
    let refused = |document: Value, providers: &Providers| {
        let error = Config::from_json_with(&document.to_string(), providers).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        error.message().to_owned()
    };
    let entry = json!({"vendor": "aliyun_yhkr", "app_code": {"provider": "other"}});
    let document = json!({"vendors": [entry]});
    assert_eq!(
        refused(document.clone(), &Providers::new()),
        "vendors[0].app_code: expected a provider that the client was made with, found a client without any"
    );
    let providers = Providers::new().with("tokens", |_: &CredentialAsk| Ok(Credentials::new("x")));
    assert_eq!(
        refused(document, &providers),
        "vendors[0].app_code: expected a provider that the client was made with, found one that has only \"tokens\""
    );
    assert_eq!(
        refused(json!({"proxy": {"provider": "tokens"}, "vendors": []}), &providers),
        "proxy: expected a string, {\"env\": NAME} or {\"file\": PATH}, found a provider, which gives \
         credentials of \"vendors\" only"
    );
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("credentials-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("token")
    }

    /// As a side-car does it: written beside it, then renamed to it.
    fn put(&self, text: &str) {
        std::fs::write(self.0.join("next"), text).unwrap();
        std::fs::rename(self.0.join("next"), self.file()).unwrap();
    }
}

#[test]
fn a_file_is_read_again_when_it_changes_and_when_the_vendor_refuses_what_was_in_it() {
    let sandbox = sandbox();
    let folder = Folder::new("changes");
    let mut entry = sandbox.credentials()["wechat_access_token"].clone();
    let right = entry["access_token"].as_str().unwrap().to_owned();
    let dead = "0".repeat(right.len());
    entry["access_token"] = json!({"file": folder.file()});
    let client = || Client::from_json(&json!({"vendors": [entry]}).to_string()).unwrap();

    // Renewed between two calls of one second: the refusal has it read, whatever its time says.
    folder.put(&format!("{dead}\n"));
    let refused = client();
    assert_eq!(refused.recognize(photo(), &once()).unwrap_err().kind(), Kind::Unauthenticated);
    folder.put(&format!("{right}\r\n"));
    let card = refused.recognize(photo(), &once()).unwrap();
    assert_eq!((card.attempts().len(), card.billed()), (2, Billed::Yes));

    // What is gone, or cannot be used, leaves what there was: the first call of a client looks too.
    let other = client();
    std::fs::remove_file(folder.file()).unwrap();
    other.recognize(photo(), &once()).unwrap();
    for broken in ["", "two words", "line\nline"] {
        folder.put(&right);
        let other = client();
        folder.put(broken);
        let card = other.recognize(photo(), &once()).unwrap();
        assert_eq!(card.attempts().len(), 1, "{broken:?}");
    }

    // Renewed in time: no call meets a refusal.
    folder.put(&dead);
    let renewed = client();
    folder.put(&right);
    assert_eq!(renewed.recognize(photo(), &once()).unwrap().attempts().len(), 1);
}

#[test]
fn wechat_s_cloud_call_has_its_own_parameter_and_follows_its_file() {
    let sandbox = sandbox();
    let folder = Folder::new("cloud");
    let mut entry = sandbox.credentials()["wechat_access_token"].clone();
    let right = entry.as_object_mut().unwrap().remove("access_token").unwrap();
    folder.put(right.as_str().unwrap());
    entry["cloudbase_access_token"] = json!({"file": folder.file()});
    let config = json!({"vendors": [entry]}).to_string();
    let client = Client::from_json(&config).unwrap();
    sandbox.keep_requests();
    client.recognize(photo(), &once()).unwrap();
    let kept = sandbox.take_requests();
    assert_eq!(kept[0].query, format!("cloudbase_access_token={}", right.as_str().unwrap()));
    client.recognize(Image::url("https://cards.example/icbc-debit.jpg"), &once()).unwrap();

    // Renewed every ten minutes: the next call takes what is there, and one that the vendor refuses
    // looks again.
    folder.put("an-older-token");
    let renewed = Client::from_json(&config).unwrap();
    folder.put(right.as_str().unwrap());
    assert_eq!(renewed.recognize(photo(), &once()).unwrap().attempts().len(), 1);
    folder.put("an-older-token");
    let refused = Client::from_json(&config).unwrap();
    assert_eq!(refused.recognize(photo(), &once()).unwrap_err().kind(), Kind::Unauthenticated);
    folder.put(right.as_str().unwrap());
    assert_eq!(refused.recognize(photo(), &once()).unwrap().billed(), Billed::Yes);
}
