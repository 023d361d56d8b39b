//! Runs the plan through one driver, gathers every sink and searches it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;

use cardwire_sandbox::{Operation, RecordedRequest, Script, Vendor};

use crate::driver::Driver;
use crate::plan::plan;
use crate::sinks::process_sinks;
use crate::testbed::Testbed;

/// The report of a run through one language.
#[derive(Debug, Default)]
pub struct Report {
    /// Requests to the driver.
    pub requests: usize,
    /// The sinks, with how many bytes were searched and how many planted canaries were found there.
    pub sinks: BTreeMap<&'static str, (usize, usize)>,
    /// The canaries that were found, a line each.
    pub findings: Vec<String>,
}

struct Run<'a> {
    testbed: &'a Testbed,
    report: Report,
    seen: BTreeSet<((&'static str, String), &'static str, &'static str)>,
}

fn anything(_: &[u8]) -> bool {
    true
}

impl Run<'_> {
    fn search(&mut self, sink: &'static str, label: &str, bytes: &[u8]) {
        self.report.sinks.entry(sink).or_default().0 += bytes.len();
        for hit in self.testbed.searcher.find(bytes) {
            // One finding for each way that it leaks is enough to act on.
            let known = (sink, label.split(':').next().unwrap_or_default().to_owned());
            if !self.seen.insert((known, hit.canary, hit.encoding)) {
                continue;
            }
            self.report.findings.push(format!(
                "{sink}, {label}: {} ({}, {} times): {}",
                hit.canary, hit.encoding, hit.times, hit.around
            ));
        }
    }

    /// Returns the bytes of a sink into which everything that `fits` was put.
    fn control(
        &mut self,
        sink: &'static str,
        bytes: &[u8],
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<(), String> {
        let found =
            self.testbed.searcher.check_control(bytes, fits).map_err(|e| format!("{sink}: {e}"))?;
        self.report.sinks.entry(sink).or_default().1 += found;
        Ok(())
    }
}

/// Runs the plan through the driver that `command` starts.
///
/// # Errors
/// The driver ends early, or a canary put into a sink on purpose is not found there.
pub fn run(testbed: &Testbed, command: &[String]) -> Result<Report, String> {
    let mut run = Run { testbed, report: Report::default(), seen: BTreeSet::new() };
    let temporary = testbed.empty_folder("temporary")?;
    let journal = testbed.empty_folder("journal")?;
    if let Some(redis) = &testbed.redis {
        // A token that is there already is only read.
        redis.clear()?;
        redis.take()?;
    }
    let mut driver = Driver::start(command, &temporary)?;
    let steps = plan(testbed, &journal.join("orders").display().to_string());
    for step in &steps {
        testbed.sandbox.reset();
        testbed.sandbox.keep_requests();
        for script in &step.scripts {
            let script: Script = serde_json::from_value(script.clone())
                .map_err(|error| format!("{}: {error}", step.label))?;
            testbed.sandbox.script(script);
        }
        for line in [format!("open\tconfig={}", step.config)].iter().chain(&step.lines) {
            let said = driver.ask(line).map_err(|error| format!("{}: {error}", step.label))?;
            run.report.requests += 1;
            run.search("standard output", &step.label, &said);
            run.search("standard error", &step.label, &driver.errors());
        }
        for request in testbed.sandbox.take_requests() {
            address(&mut run, &step.label, &request);
        }
    }
    for (sink, bytes) in process_sinks(driver.process())? {
        run.search(sink, "at the end", &bytes);
    }
    leak_on_purpose(&mut run, &mut driver)?;

    // An error that nothing catches, in the way that the language reports one.
    testbed.sandbox.reset();
    let refused: Script = serde_json::from_value(serde_json::json!({
        "vendor": "aliyun_yhkr", "operation": "any", "times": 0,
        "do": {"answer": {"status": 403, "headers": [["X-Ca-Error-Message", testbed.canaries.echo()]]}},
    }))
    .map_err(|error| error.to_string())?;
    testbed.sandbox.script(refused);
    let config = Testbed::config(&testbed.sandbox, &["aliyun_yhkr"]).to_string();
    driver.ask(&format!("open\tconfig={config}"))?;
    let canaries = &testbed.canaries;
    let (said, errors) = driver.finish(&format!(
        "verify\tcard_number={}\tname={}\tid_number={}\tuncaught=1",
        canaries.card, canaries.name, canaries.id
    ))?;
    run.search("standard output", "uncaught", &said);
    run.search("standard error", "uncaught", &errors);
    if errors.is_empty() && said.is_empty() {
        return Err("an uncaught error is not reported".into());
    }

    files(&mut run, "temporary files", &temporary)?;
    files(&mut run, "journal", &journal)?;
    if let Err(problem) = plant(&mut run, &temporary, &journal) {
        run.report.findings.push(problem);
    }
    Ok(run.report)
}

/// Makes the driver say everything that it must not say, to both streams and in an error of its
/// own.
fn leak_on_purpose(run: &mut Run<'_>, driver: &mut Driver) -> Result<(), String> {
    let card = &run.testbed.canaries.card;
    let said = driver.ask(&format!("fail\ttext=about {card}"))?;
    if !run.testbed.searcher.find(&said).iter().any(|hit| hit.canary == "card number") {
        return Err("an error whose text holds a card number is not found".into());
    }
    // What is planted comes after all that was said of that error: heard, nothing of it is left.
    let planted = run.testbed.write("planted", &run.testbed.searcher.control(anything))?;
    driver.errors();
    let said = driver.ask(&format!("leak\tfile={}", planted.display()))?;
    run.control("standard output", &said, anything)?;
    let mut errors = driver.errors();
    for _ in 0..100 {
        if run.testbed.searcher.check_control(&errors, anything).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        errors.extend(driver.errors());
    }
    run.control("standard error", &errors, anything)
}

/// Searches every file of a folder, its name too; the drivers' own class files and the like included.
fn files(run: &mut Run<'_>, sink: &'static str, folder: &Path) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        run.search(sink, "a name", name.as_bytes());
        if path.is_dir() {
            files(run, sink, &path)?;
        } else if let Ok(bytes) = fs::read(&path) {
            run.search(sink, &name, &bytes);
        }
    }
    Ok(())
}

/// Returns the values that may stand in a request's address, because the vendor wants them there.
fn demanded(vendor: Vendor, operation: Operation, canary: &str) -> bool {
    match (vendor, operation) {
        (Vendor::TencentKyc, Operation::Token) => canary == "tencent_kyc secret",
        (Vendor::TencentKyc, Operation::Ticket) => canary == "token or ticket",
        // The vendor's own SDK puts the person into the address.
        (Vendor::AliyunBankmeta, Operation::Verify) => {
            matches!(canary, "card number" | "name" | "ID number" | "phone number")
        }
        (Vendor::BaiduOcr, Operation::Recognize) => canary == "token or ticket",
        (Vendor::Wechat, Operation::Token) => canary == "wechat app_secret",
        (Vendor::Wechat, Operation::Recognize) => {
            matches!(canary, "token or ticket" | "wechat access_token")
        }
        _ => false,
    }
}

fn address(run: &mut Run<'_>, label: &str, request: &RecordedRequest) {
    let sink = "request lines and Referer";
    let text = address_text(request);
    run.report.sinks.entry(sink).or_default().0 += text.len();
    // These take the address of a photo in their own.
    let image = match request.vendor {
        Vendor::Wechat => request.query.contains("img_url="),
        Vendor::AliyunOcr => request.query.starts_with("Url="),
        _ => false,
    };
    let wrong_secret = request.query.contains(&run.testbed.canaries.password);
    for hit in run.testbed.searcher.find(&text) {
        let own_image = image && matches!(hit.canary, "card number" | "key in an image's address");
        let wanted = demanded(request.vendor, request.operation, hit.canary);
        if !request.referers.is_empty() || !(wanted || own_image || wrong_secret) {
            let finding = format!("{sink}, {label}: {} ({})", hit.canary, hit.encoding);
            run.report.findings.push(finding);
        }
    }
}

fn address_text(request: &RecordedRequest) -> Vec<u8> {
    [request.path.as_bytes(), b"?", request.query.as_bytes(), b"\n", &request.referers].concat()
}

/// Puts every canary in every encoding into each sink that is no stream of the driver, and looks.
fn plant(run: &mut Run<'_>, temporary: &Path, journal: &Path) -> Result<(), String> {
    let testbed = run.testbed;
    let all = testbed.searcher.control(anything);
    for (sink, path) in
        [("temporary files", temporary.join("planted")), ("journal", journal.join("orders-wal"))]
    {
        fs::write(&path, &all).map_err(|error| error.to_string())?;
        let there = fs::read(&path).map_err(|error| error.to_string())?;
        run.control(sink, &there, anything)?;
    }
    if let Some(redis) = &testbed.redis {
        let sent = redis.take()?;
        run.search("Redis traffic", "everything", &sent);
        redis.set("planted", &all)?;
        let there = redis.take()?;
        run.control("Redis traffic", &there, anything)?;
    }

    // Spaces around the value of a header are not part of it.
    let printable = |bytes: &[u8]| {
        bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f) && bytes.trim_ascii() == bytes
    };
    testbed.sandbox.keep_requests();
    let host = testbed.sandbox.base_url(Vendor::Wechat).replace("http://", "");
    let mut stream = TcpStream::connect(host).map_err(|error| error.to_string())?;
    let mut request = b"GET /planted HTTP/1.1\r\nHost: x\r\n".to_vec();
    // Several to a header: a server takes only so many.
    let lines = testbed.searcher.control(printable);
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    for some in lines.chunks(8) {
        request.extend([b"Referer: ", some.join(&b' ').as_slice(), b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    stream.write_all(&request).map_err(|error| error.to_string())?;
    let mut there = Vec::new();
    for _ in 0..200 {
        there = testbed.sandbox.take_requests().iter().flat_map(address_text).collect();
        if !there.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    run.control("request lines and Referer", &there, printable)?;

    let text = |bytes: &[u8]| !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    let planted = String::from_utf8_lossy(&testbed.searcher.control(text)).into_owned();
    let mut child = std::process::Command::new("sh")
        .args(["-c", "read line", "sh", &planted])
        .env("PLANTED", &planted)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    // The kernel lets the parent go on before it has noted where the child's arguments are.
    let mut shown = process_sinks(child.id());
    for _ in 0..200 {
        let there = |(sink, bytes): &(&str, Vec<u8>)| {
            *sink == "thread names" || testbed.searcher.check_control(bytes, text).is_ok()
        };
        if shown.as_ref().is_ok_and(|shown| shown.iter().all(there)) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        shown = process_sinks(child.id());
    }
    let _ = child.kill();
    let _ = child.wait();
    for (sink, bytes) in shown? {
        if sink != "thread names" {
            run.control(sink, &bytes, text)?;
        }
    }
    // A thread's name has fifteen bytes.
    let short = |bytes: &[u8]| text(bytes) && bytes.len() <= 15;
    let mut named = 0;
    for line in
        testbed.searcher.control(short).split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
    {
        let name = String::from_utf8_lossy(line).into_owned();
        let thread = std::thread::Builder::new().name(name);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (up, ready) = std::sync::mpsc::channel::<()>();
        let handle = thread
            .spawn(move || {
                let _ = up.send(());
                let _ = wait.recv();
            })
            .map_err(|error| error.to_string())?;
        let _ = ready.recv();
        let shown = process_sinks(std::process::id())?;
        let names =
            shown.into_iter().find(|(sink, _)| *sink == "thread names").unwrap_or_default().1;
        named += usize::from(!testbed.searcher.find(&names).is_empty());
        drop(go);
        let _ = handle.join();
    }
    let wanted = testbed.searcher.control(short).iter().filter(|byte| **byte == b'\n').count();
    if named != wanted || wanted == 0 {
        return Err(format!("thread names: {named} of {wanted} planted are found"));
    }
    run.report.sinks.entry("thread names").or_default().1 += named;
    Ok(())
}
