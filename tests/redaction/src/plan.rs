//! The questions to a driver: every operation of every vendor with success, every documented code,
//! answers that echo what was sent, faults, bad arguments and bad configurations.

use cardwire::{Operation, Vendor, reference};
use cardwire_sandbox::{Vendor as Listener, magic};
use serde_json::{Value, json};

use crate::canary::Canaries;
use crate::testbed::Testbed;

/// See [`plan`].
const SHORT: u64 = 5;

/// A client, what the sandbox does to it, and what it is asked.
pub(crate) struct Step {
    pub(crate) label: String,
    /// Bodies of the sandbox's scripts.
    pub(crate) scripts: Vec<Value>,
    /// The configuration's text.
    pub(crate) config: String,
    pub(crate) lines: Vec<String>,
}

/// The calls that a vendor takes, as a driver reads them.
struct Calls {
    verify2: String,
    verify3: String,
    verify4: String,
    lookup: String,
    photo: String,
    address: String,
}

impl Calls {
    fn new(testbed: &Testbed) -> Self {
        let Canaries { card, name, id, phone, url_key, .. } = &testbed.canaries;
        let pair = format!("verify\tcard_number={card}\tname={name}");
        Calls {
            verify3: format!("{pair}\tid_number={id}"),
            verify4: format!("{pair}\tid_number={id}\tphone={phone}"),
            verify2: pair,
            lookup: format!("lookup_card\tcard_number={card}"),
            photo: format!("recognize\tfile={}", testbed.file("photo.jpg")),
            address: format!(
                "recognize\turl=https://cards.example/card/{card}.jpg?Signature={url_key}"
            ),
        }
    }

    /// Returns the calls of each operation that the vendor has. What it does not take of them is
    /// refused, and never the first.
    fn of(&self, vendor: Vendor) -> Vec<String> {
        let Calls { verify2, verify3, verify4, lookup, photo, address } = self;
        let calls = vendor.operations().iter().flat_map(|operation| match operation {
            Operation::Recognize => vec![photo, address],
            Operation::Verify => vec![verify3, verify2, verify4],
            Operation::LookupCard => vec![lookup],
            _ => Vec::new(),
        });
        calls.cloned().collect()
    }

    /// Returns the first call of an operation of the sandbox's table, which names the action where
    /// there are several.
    fn for_row(&self, row: &Value) -> String {
        match (row["operation"].as_str(), row["action"].as_str()) {
            (Some("verify"), Some("BankCard2EVerification")) => self.verify2.clone(),
            (Some("verify"), Some("BankCard4EVerification")) => self.verify4.clone(),
            (Some("verify"), Some("CheckBankCardInformation")) => self.lookup.clone(),
            (Some("verify"), _) => self.verify3.clone(),
            _ => self.photo.clone(),
        }
    }
}

/// Returns every step. Each has the journal; the first ones also have the token store.
pub(crate) fn plan(testbed: &Testbed, journal: &str) -> Vec<Step> {
    let calls = Calls::new(testbed);
    let mut steps = Vec::new();
    let mut add = |label: String, config: Value, scripts: Vec<Value>, lines: Vec<String>| {
        let mut config = config;
        config["journal"] = journal.into();
        steps.push(Step { label, scripts, config: config.to_string(), lines });
    };
    let plain = |accounts: &[&str]| Testbed::config(&testbed.sandbox, accounts);
    // A short run takes one in so many of what there are hundreds of, another one with each seed.
    let mut turn = testbed.seed % SHORT;
    let mut chosen = || {
        turn += 1;
        testbed.thorough || turn.is_multiple_of(SHORT)
    };

    let others = testbed.sandbox.credentials();
    let others = others.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let accounts: Vec<(&str, Vendor, Value)> = Vendor::over_network()
        .map(|vendor| vendor.name())
        .chain(others)
        .filter_map(|account| {
            let config = plain(&[account]);
            let vendor = Vendor::from_name(config["vendors"][0]["vendor"].as_str()?)?;
            Some((account, vendor, config))
        })
        .collect();
    for (account, vendor, config) in &accounts {
        let mut lines = calls.of(*vendor);
        if vendor.operations().contains(&Operation::FetchOrder) {
            lines.push(format!("{}\torder_id=redaction0001\tuser_id=user0001", calls.photo));
            lines.push("fetch_order\torder_id=redaction0001".into());
            lines.push("fetch_order\torder_id=unknown0001".into());
        }
        add(format!("{account}: good"), config.clone(), Vec::new(), lines);
    }
    let doubtful = format!("recognize\tfile={}", testbed.file("doubtful.jpg"));
    let offline = json!({"vendors": [{"vendor": "offline"}]});
    let lines = vec![
        calls.photo.clone(),
        doubtful.clone(),
        calls.address.clone(),
        calls.photo.clone() + "\tcancel_ms=10",
    ];
    add("offline".into(), offline, Vec::new(), lines);
    let mut both = plain(&["wechat"]);
    if let Some(vendors) = both["vendors"].as_array_mut() {
        vendors.insert(0, json!({"vendor": "offline"}));
    }
    both["failover"] = json!({"recognize": ["offline", "wechat"]});
    add("offline, then wechat".into(), both, Vec::new(), vec![calls.photo.clone(), doubtful]);
    for (account, vendor, config) in &accounts {
        let (Some(redis), Some(refused)) = (&testbed.redis, dead_token_code(*vendor)) else {
            continue;
        };
        let mut config = config.clone();
        config["token_store"] = redis.url.as_str().into();
        let script = json!({
            "vendor": vendor.name(), "operation": "recognize", "do": {"code": refused},
        });
        let lines = calls.of(*vendor);
        add(format!("{account}: shared tokens"), config.clone(), Vec::new(), lines.clone());
        add(format!("{account}: a dead shared token"), config, vec![script], lines);
    }

    if let Value::Array(rows) = magic::table() {
        for row in
            rows.iter().filter(|row| !row["warning"].is_string() && !row["state"].is_string())
        {
            let (Some(vendor), Some(code)) = (row["vendor"].as_str(), row["code"].as_str()) else {
                continue;
            };
            if !chosen() {
                continue;
            }
            let operation = if row["operation"] == "token" { "token" } else { "any" };
            let script = json!({
                "vendor": vendor, "operation": operation, "times": 0, "do": {"code": code},
            });
            let label = format!("{vendor} {}: {code}", row["operation"]);
            add(label, plain(&[vendor]), vec![script], vec![calls.for_row(row)]);
        }
    }
    for &one in Vendor::over_network() {
        let vendor = one.name();
        let mut scripts = echoes(testbed, one);
        scripts.retain(|_| chosen());
        for (label, script) in scripts.into_iter().chain(faults(testbed, vendor)) {
            let mut config = plain(&[vendor]);
            config["timeout_ms"] = 250.into();
            let mut lines = calls.of(one);
            // A lookup holds no name that could be echoed.
            lines.retain(|line| *line != calls.lookup);
            add(format!("{vendor}: {label}"), config, vec![script], lines);
        }
        let script = json!({
            "vendor": vendor, "operation": "any", "times": 0, "do": {"fault": {"kind": "never_answer"}},
        });
        let line = calls.of(one).swap_remove(0) + "\tcancel_ms=60";
        let mut config = plain(&[vendor]);
        config["timeout_ms"] = 1_000.into();
        add(format!("{vendor}: cancelled"), config, vec![script], vec![line]);
        for (name, sandbox) in &testbed.secure {
            let config = Testbed::config(sandbox, &[vendor]);
            let line = calls.of(one).swap_remove(0);
            add(format!("{vendor}: certificate {name}"), config, Vec::new(), vec![line]);
        }
    }
    // A gateway echoes what it signed itself when the secret is another one.
    let secrets = testbed.canaries.secrets();
    for (account, vendor, config) in &accounts {
        for (key, value) in config["vendors"][0].as_object().into_iter().flatten() {
            if secrets.iter().any(|(_, secret)| value == secret) {
                let mut config = config.clone();
                config["vendors"][0][key] = testbed.canaries.password.as_str().into();
                add(format!("{account}: wrong {key}"), config, Vec::new(), calls.of(*vendor));
            }
        }
    }
    let all = plain(&Listener::ALL.map(Listener::name));
    add("bad arguments".into(), all, Vec::new(), bad_arguments(testbed));
    for (label, mut config) in hidden_in_addresses(testbed, &plain(&["wechat"])) {
        config["timeout_ms"] = 1_000.into();
        add(label, config, Vec::new(), vec![calls.photo.clone()]);
    }
    for (number, config) in bad_configs(testbed).into_iter().enumerate() {
        let label = format!("bad configuration {number}");
        steps.push(Step { label, scripts: Vec::new(), config, lines: Vec::new() });
    }
    steps
}

/// Answers that say back what was sent, in each place where a vendor says something.
fn echoes(testbed: &Testbed, vendor: Vendor) -> Vec<(String, Value)> {
    let verifies = vendor.operations().contains(&Operation::Verify);
    let echoes = if verifies { testbed.canaries.echoes() } else { testbed.canaries.photo_echoes() };
    let mut scripts = Vec::new();
    for (number, echo) in echoes.iter().enumerate() {
        for (label, script) in echo_of(vendor.name(), echo) {
            scripts.push((format!("echo {number} {label}"), script));
        }
    }
    scripts
}

/// Returns a code that says of a recognition that its token is dead, where a vendor has one.
fn dead_token_code(vendor: Vendor) -> Option<String> {
    let mut rows = reference::codes(vendor).into_iter().filter(|row| {
        row.numberings.is_empty() || row.numberings.contains(&Operation::Recognize.slug())
    });
    rows.find(|row| row.follows.retry == "token").map(|row| row.name)
}

/// Returns one text in each place.
fn echo_of(vendor: &str, echo: &str) -> Vec<(String, Value)> {
    let bodies: Vec<Value> = match vendor {
        "tencent_kyc" => ["66660001", "400101", "15", "0", "-9999"]
            .map(|code| json!({"code": code, "msg": echo, "bizSeqNo": echo, "result": {}}))
            .into(),
        "wechat" => {
            [40001, 101000, -1, 87654].map(|code| json!({"errcode": code, "errmsg": echo})).into()
        }
        "aliyun_bankocr" => {
            ["-1", "-9", "1", "777"].map(|code| json!({"code": code, "msg": echo})).into()
        }
        "tencent_faceid" => {
            ["InvalidParameterValue", "FailedOperation.UnKnown", "Never.Heard", echo]
                .map(|code| {
                    json!({"Response": {
                "Error": {"Code": code, "Message": echo}, "RequestId": echo}})
                })
                .into_iter()
                .chain(["0", "-1", "-4", "-99"].map(|result| {
                    json!({"Response": {
                "Result": result, "Description": echo, "RequestId": "r"}})
                }))
                .collect()
        }
        "aliyun_yhkr" => ["10001", "10016", "10020", "777"]
            .map(|code| json!({"code": code, "message": echo, "seqNo": echo, "data": {}}))
            .into_iter()
            .chain([json!({"code": "10000", "message": echo, "data": {"state": "9"}})])
            .collect(),
        vendor => {
            let sample = Listener::from_name(vendor).map(Listener::sample);
            let text = Value::from(echo).to_string();
            let answers = sample.into_iter().flat_map(|sample| {
                [sample.wrong_request, "777"]
                    .map(|code| sample.refusal.replace("CODE", code).replace("TEXT", &text))
            });
            answers.filter_map(|answer| serde_json::from_str(&answer).ok()).collect()
        }
    };
    // The first answer meets the request for a token, where there is one, the others the call itself.
    let has_tokens = Listener::from_name(vendor).is_some_and(Listener::has_tokens);
    let own = if has_tokens { "recognize" } else { "any" };
    let answer = |operation: &str, status: u16, kind: &str, body: String, more: &[(&str, &str)]| {
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(more);
        json!({
            "vendor": vendor, "operation": operation, "times": 0,
            "do": {"answer": {"status": status, "headers": headers, "body": body}},
        })
    };
    let mut scripts = Vec::new();
    for (number, body) in bodies.into_iter().enumerate() {
        let operation = if number == 0 { "any" } else { own };
        let script = answer(operation, 200, "application/json", body.to_string(), &[]);
        scripts.push((format!("{:.60}", body.to_string()), script));
    }
    for status in [200, 307, 403, 503] {
        let target = format!("https://127.0.0.1:1/next?{}", echo.replace([' ', '`', '#'], "+"));
        let target: String = target.chars().filter(char::is_ascii).collect();
        let page = format!("<html>{echo}</html>");
        let script = answer("any", status, "text/html", page, &[("Location", target.as_str())]);
        scripts.push((format!("page {status}"), script));
        let message = [("X-Ca-Error-Message", echo), ("X-Ca-Request-Id", "r")];
        let script = answer(own, status, "application/json", echo.to_owned(), &message);
        scripts.push((format!("gateway message {status}"), script));
        let code = [("X-Ca-Error-Code", "A403IS"), message[0]];
        scripts.push((
            format!("gateway code {status}"),
            answer(own, status, "", String::new(), &code),
        ));
    }
    scripts
}

/// Connections that fail at each point, some with the canaries in what is no HTTP.
fn faults(testbed: &Testbed, vendor: &str) -> Vec<(String, Value)> {
    let echo = testbed.canaries.echo();
    let on = |operation: &str, fault: Value| {
        let label = fault["kind"].as_str().unwrap_or_default().to_owned();
        let script =
            json!({"vendor": vendor, "operation": operation, "times": 0, "do": {"fault": fault}});
        (label, script)
    };
    vec![
        on("connect", json!({"kind": "close_on_accept"})),
        on("connect", json!({"kind": "reset_on_accept"})),
        on("connect", json!({"kind": "garbage_on_accept", "body": echo})),
        on("any", json!({"kind": "reset_after_headers"})),
        on("any", json!({"kind": "reset_after_read"})),
        on("any", json!({"kind": "close_after_read"})),
        on("any", json!({"kind": "never_answer"})),
        on("any", json!({"kind": "early_answer"})),
        on("any", json!({"kind": "cut_answer_after", "n": 60})),
        on("any", json!({"kind": "raw", "body": echo})),
        on("any", json!({"kind": "raw", "body": format!("HTTP/1.1 {echo}\r\n\r\n")})),
        on("any", json!({"kind": "raw", "body": format!("HTTP/1.1 200 OK\r\n{echo}\r\n\r\n")})),
        on(
            "any",
            json!({"kind": "raw",
            "body": format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{echo}\r\n")}),
        ),
        on("any", json!({"kind": "extra_bytes", "body": echo})),
    ]
}

fn bad_arguments(testbed: &Testbed) -> Vec<String> {
    let Canaries { card, name, id, phone, url_key, .. } = &testbed.canaries;
    let verify = |card: &str, name: &str, id: &str, phone: &str| {
        format!("verify\tcard_number={card}\tname={name}\tid_number={id}\tphone={phone}")
    };
    let spaced =
        format!("{} {}", card.get(..4).unwrap_or_default(), card.get(4..).unwrap_or_default());
    let mut wrong_id = id.clone();
    wrong_id.pop();
    vec![
        verify(&format!("{card}x"), name, id, phone),
        verify(&format!("{card}{card}"), name, id, phone),
        verify(&spaced, name, id, phone),
        verify(card, "", id, phone),
        verify(card, &name.repeat(40), id, phone),
        verify(card, &format!("{name} {card}"), id, phone),
        verify(card, name, &wrong_id, phone),
        verify(card, name, &format!("{id}{id}"), phone),
        verify(card, name, id, &format!("{phone}a")),
        format!("lookup_card\tcard_number={card}abc"),
        format!("recognize\tfile=/nonexistent/{card}-{name}.jpg"),
        format!("recognize\tfile={}", testbed.folder.display()),
        format!("recognize\tvendor=wechat\turl=ftp://cards.example/x?Signature={url_key}"),
        format!("recognize\tvendor=wechat\turl=not an address {url_key}"),
        format!("recognize\tvendor=tencent_kyc\turl=https://cards.example/x?Signature={url_key}"),
        format!("recognize\tfile={}\torder_id={card}-{name}", testbed.file("photo.jpg")),
        format!("recognize\tfile={}\tuser_id={card}-{name}", testbed.file("photo.jpg")),
        format!("recognize\tfile={}\tvendor={card}-{name}", testbed.file("photo.jpg")),
        format!("fetch_order\torder_id={card}-{name}"),
    ]
}

/// Configurations that are right as such, with a password in an address that nothing answers at.
fn hidden_in_addresses(testbed: &Testbed, base: &Value) -> Vec<(String, Value)> {
    let password = &testbed.canaries.password;
    let with = |key: &str, value: String| {
        let mut config = base.clone();
        config[key] = value.into();
        (format!("unreachable {key}"), config)
    };
    // Plain http to this machine would go past the proxy.
    let over_tls = |name: &str, address: &str, mut config: Value| {
        for entry in config["vendors"].as_array_mut().into_iter().flatten() {
            entry["base_url"] = address.into();
        }
        (name.to_owned(), config)
    };
    let (name, through_proxy) = with("proxy", format!("http://user:{password}@127.0.0.1:1"));
    vec![
        over_tls(&name, "https://127.0.0.1:2", through_proxy),
        over_tls("unreachable path", &format!("https://127.0.0.1:1/{password}"), base.clone()),
        over_tls(
            "unknown host",
            &format!("https://{}.invalid/{password}", "x".repeat(64)),
            base.clone(),
        ),
        with("token_store", format!("redis://:{password}@127.0.0.1:1")),
        with("token_store", format!("redis://user:{password}@127.0.0.1:1/0")),
    ]
}

/// Configurations that are refused, each with a credential in the wrong place or form.
fn bad_configs(testbed: &Testbed) -> Vec<String> {
    let known = &testbed.canaries.credentials;
    let (secret, other) = (&known.wechat_app_secret, &known.app_code);
    let password = &testbed.canaries.password;
    let wechat = |key: &str, value: Value| {
        let mut entry = json!({"vendor": "wechat", "app_id": "wx0", "app_secret": secret});
        entry[key] = value;
        json!({"vendors": [entry]}).to_string()
    };
    let top = |key: &str, value: Value| {
        let mut config = json!({"vendors": [{"vendor": "aliyun_yhkr", "app_code": other}]});
        config[key] = value;
        config.to_string()
    };
    let faceid = |key: &str, value: &str| {
        json!({"vendors": [{"vendor": "tencent_faceid", "secret_id": known.secret_id,
            "secret_key": known.secret_key, key: value}]})
        .to_string()
    };
    vec![
        wechat("app_secret", json!([secret])),
        wechat("app_secret", json!({"env": secret})),
        wechat("app_secret", json!({"file": secret})),
        wechat("app_secret", json!({"value": secret})),
        wechat("app_secret", json!({secret: 1})),
        wechat("app_secret", json!(format!("{secret}\r\n"))),
        wechat("app_secret", json!(format!("{secret} "))),
        wechat("app_id", json!({"env": secret})),
        wechat("access_token", json!(known.wechat_access_token)),
        wechat("token_endpoint", json!(secret)),
        wechat("base_url", json!(format!("https://user:{password}@127.0.0.1"))),
        wechat("base_url", json!(format!("https://127.0.0.1/?key={password}"))),
        wechat("base_url", json!(format!("{password} is no address"))),
        wechat("base_url", json!(format!("http://{password}.example/"))),
        wechat("timeout_ms", json!(secret)),
        wechat("requests_per_second", json!(secret)),
        wechat("vendor", json!(secret)),
        wechat("name", json!([secret])),
        wechat("app_sceret", json!(secret)),
        top("proxy", json!(format!("ftp://user:{password}@127.0.0.1"))),
        top("proxy", json!(format!("user:{password}@127.0.0.1"))),
        top("token_store", json!(format!("memcache://:{password}@127.0.0.1"))),
        top("token_store", json!(format!("redis://:{password}@"))),
        top("journal", json!([secret])),
        top("journal", json!(format!("{password}/{password}"))),
        top("ca_file", json!(other)),
        top("retry", json!({"attempts": secret})),
        top("failover", json!(secret)),
        top("timeout_ms", json!(other)),
        top("vendors", json!(other)),
        top("vendors", json!([other])),
        faceid("region", &known.secret_key),
        faceid("signature", &known.secret_key),
        faceid("encryption", &known.secret_key),
        faceid("token", &format!("{}\n", known.temporary_token)),
        format!(r#"{{"vendors":[{{"vendor":"wechat","app_secret":"{secret}""#),
        format!(r#"{{"vendors":[{{"vendor":"wechat","app_secret":"{secret}" {other}}}]}}"#),
        format!(r#"{{"vendors":[{{"vendor":"wechat","app_secret":{secret}}}]}}"#),
        format!(
            r#"{{"vendors":[{{"vendor":"aliyun_yhkr","app_code":"{other}","app_code":"{secret}"}}]}}"#
        ),
        secret.clone(),
        json!(secret).to_string(),
    ]
}
