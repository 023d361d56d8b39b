//! The cost of the HTTP layer alone: one request, prepared in advance, through reqwest's blocking
//! client, through its other one in a runtime of this program, or through hyper's own connection.
//! `bench-http blocking|reqwest|hyper`, then as every client.

use bytes::Bytes;
use cardwire_bench::{Meter, Run};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Returns the address of a vendor's calls, and a body of the size that they have.
fn target(run: &Run) -> (&'static str, Bytes) {
    let form = "acct_no=6222020000000000000&idcard=110101190001010014&name=%E5%BC%A0%E4%B8%89";
    match run.vendor.as_str() {
        "tencent_faceid" => ("/", form.into()),
        "aliyun_yhkr" => ("/communication/personal/1886", form.into()),
        "wechat" => ("/cv/ocr/bankcard", run.photo.clone().into()),
        "tencent_kyc" => ("/api/paas/bankcardocrapp", vec![b'A'; run.photo.len() / 3 * 4].into()),
        _ => ("/cardbank", vec![b'A'; run.photo.len() / 3 * 4].into()),
    }
}

const HEADERS: [(&str, &str); 4] = [
    ("authorization", "APPCODE appcodeappcodeappcode"),
    ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
    ("accept", "application/json"),
    ("user-agent", "bench"),
];

async fn by_hyper(run: &Run, calls: usize) {
    let (path, body) = target(run);
    let host = run.url.split("//").nth(1).expect("an address");
    let stream = TcpStream::connect(host).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    for _ in 0..calls {
        let mut request = Request::post(path).header("host", host);
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        sender.ready().await.expect("a live connection");
        let request = request.body(Full::new(body.clone())).expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        let answer = answer.into_body().collect().await.expect("a whole answer").to_bytes();
        assert!(answer.starts_with(b"{"));
    }
}

async fn by_reqwest(run: &Run, client: &reqwest::Client, calls: usize) {
    let (path, body) = target(run);
    let url = format!("{}{path}", run.url);
    for _ in 0..calls {
        let mut request = client.post(&url);
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let answer = request.body(body.clone()).send().await.expect("an answer");
        assert!(answer.bytes().await.expect("a whole answer").starts_with(b"{"));
    }
}

/// As many threads as calls are in flight, each waiting for its own.
fn by_blocking_reqwest(run: &Run, client: &reqwest::blocking::Client, calls: usize) {
    let (path, body) = target(run);
    let url = format!("{}{path}", run.url);
    let one = || {
        let mut request = client.post(&url);
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let answer = request.body(body.clone()).send().expect("an answer");
        assert!(answer.bytes().expect("a whole answer").starts_with(b"{"));
    };
    let share = calls / run.in_flight;
    std::thread::scope(|scope| {
        for _ in 0..run.in_flight {
            scope.spawn(|| (0..share).for_each(|_| one()));
        }
    });
}

fn main() {
    let face = std::env::args().nth(1).unwrap_or_default();
    let run: &'static Run = Box::leak(Box::new(Run::from_args(2)));
    rustls::crypto::ring::default_provider().install_default().expect("no provider yet");
    if face == "blocking" {
        let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
        by_blocking_reqwest(run, &client, run.warm_up);
        let meter = Meter::start();
        by_blocking_reqwest(run, &client, run.calls);
        return meter.report(run.calls, 0.0);
    }
    let is_hyper = face == "hyper";
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let client: &'static reqwest::Client = Box::leak(Box::new(client));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let everything = |calls: usize| {
        runtime.block_on(async {
            let one = move || async move {
                let share = calls / run.in_flight;
                if is_hyper {
                    by_hyper(run, share).await
                } else {
                    by_reqwest(run, client, share).await
                }
            };
            let tasks: Vec<_> = (0..run.in_flight).map(|_| tokio::spawn(one())).collect();
            for task in tasks {
                task.await.expect("a task that ended well");
            }
        });
    };
    everything(run.warm_up);
    let meter = Meter::start();
    everything(run.calls);
    meter.report(run.calls, 0.0);
}
