//! The server that every client is measured against: it answers each vendor's call with a plausible
//! success, plain and over TLS, as fast as two threads can, and checks nothing.
//!
//! `bench-server DIRECTORY` writes `ca.pem` and then `addresses.json` into the directory and serves
//! until its standard input ends.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const READ: usize = 512 * 1024;

/// The cut-out of the number that `tencent_kyc` sends back.
const NUMBER_PHOTO: &[u8] = include_bytes!("../../../sandbox/assets/number_photo.jpg");

struct Answers {
    rows: Vec<(&'static str, Vec<u8>)>,
}

impl Answers {
    fn new() -> Self {
        let photo = STANDARD.encode(NUMBER_PHOTO);
        let answer = |body: String| {
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\
                 Date: Sat, 21 Nov 2026 00:00:00 GMT\r\nX-Ca-Request-Id: 0B0BB0B0-0000-4000-8000-000000000000\r\n\
                 Connection: keep-alive\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        };
        let rows = vec![
            (
                "/communication/personal/1886",
                answer(
                    r#"{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"0000000000000000000000000000"}"#.into(),
                ),
            ),
            (
                "/cardbank",
                answer(
                    r#"{"code":"1","msg":"查询成功","result":{"bank_card_number":"6217 0000 0000 0000 004","bank_card_type":1,"bank_name":"中国建设银行","bank_full_name":"龙卡储蓄卡","card_type":"借记卡"}}"#.into(),
                ),
            ),
            (
                "/cv/ocr/bankcard",
                answer(r#"{"errcode":0,"errmsg":"ok","number":"6217000000000000004"}"#.into()),
            ),
            (
                "/api/paas/bankcardocrapp",
                answer(format!(
                    r#"{{"code":"0","msg":"请求成功","bizSeqNo":"00000000000000000000000000000000","result":{{"bankcardNo":"6217000000000000004","bankcardValidDate":"12/2030","bankcardInfo":"中国建设银行","bankcardName":"龙卡储蓄卡","bankcardType":"借记卡","warningCode":"","multiWarningCode":"","clarity":"92","bankcardNoPhoto":"{photo}"}}}}"#
                )),
            ),
            (
                "/api/oauth2/access_token",
                answer(
                    r#"{"code":"0","msg":"ok","access_token":"accesstokenaccesstokenaccesstoken","expire_in":7200}"#.into(),
                ),
            ),
            (
                "/api/oauth2/api_ticket",
                answer(
                    r#"{"code":"0","msg":"ok","tickets":[{"value":"ticketticketticketticketticket","expire_in":3600}]}"#.into(),
                ),
            ),
            (
                "/cgi-bin/stable_token",
                answer(r#"{"access_token":"wechataccesstoken0000000000","expires_in":7200}"#.into()),
            ),
            (
                "/cgi-bin/token",
                answer(r#"{"access_token":"wechataccesstoken0000000000","expires_in":7200}"#.into()),
            ),
            (
                "/",
                answer(
                    r#"{"Response":{"Result":"0","Description":"Authentication passed","RequestId":"00000000-0000-4000-8000-000000000000"}}"#.into(),
                ),
            ),
        ];
        Answers { rows }
    }

    fn of(&self, target: &[u8]) -> &[u8] {
        let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
        self.rows
            .iter()
            .find(|(row, _)| row.as_bytes() == path)
            .map_or(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", |(_, answer)| answer)
    }
}

struct Head<'a> {
    target: &'a [u8],
    length: usize,
    expects: bool,
}

fn head(bytes: &[u8]) -> Head<'_> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let request = lines.next().unwrap_or_default();
    let target = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let (mut length, mut expects) = (0, false);
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let text = String::from_utf8_lossy(&value[1..]);
            length = text.trim().parse().unwrap_or(0);
        } else if name.eq_ignore_ascii_case(b"expect") {
            expects = true;
        }
    }
    Head { target, length, expects }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: &Answers,
) -> io::Result<()> {
    let mut buffer = vec![0; READ];
    let mut held = 0;
    loop {
        let end = loop {
            if let Some(end) = buffer[..held].windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let read = stream.read(&mut buffer[held..]).await?;
            if read == 0 {
                return Ok(());
            }
            held += read;
        };
        let Head { target, length, expects } = head(&buffer[..end]);
        let answer = answers.of(target);
        if expects && held == end {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let mut left = (end + length).saturating_sub(held);
        held = held.saturating_sub(end + length);
        if held > 0 {
            buffer.copy_within(end + length..end + length + held, 0);
        }
        while left > 0 {
            let read = stream.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            left = left.saturating_sub(read);
        }
        stream.write_all(answer).await?;
        stream.flush().await?;
    }
}

fn acceptor(directory: &Path) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Of another name than the server's certificate: OpenSSL takes that one for self-signed else.
    params.distinguished_name.push(DnType::CommonName, "Bench authority");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(names)?.signed_by(&key, &*authority)?;
    std::fs::write(directory.join("ca.pem"), authority.pem())?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args_os().nth(1).ok_or("bench-server DIRECTORY")?;
    let directory = Path::new(&directory);
    let acceptor = acceptor(directory)?;
    let answers: &'static Answers = Box::leak(Box::new(Answers::new()));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build()?;
    let (plain, tls) = runtime.block_on(async {
        let plain = TcpListener::bind("127.0.0.1:0").await?;
        let tls = TcpListener::bind("127.0.0.1:0").await?;
        let addresses = (plain.local_addr()?, tls.local_addr()?);
        runtime.spawn(async move {
            while let Ok((stream, _)) = plain.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, answers));
            }
        });
        runtime.spawn(async move {
            while let Ok((stream, _)) = tls.accept().await {
                let (_, acceptor) = (stream.set_nodelay(true), acceptor.clone());
                tokio::spawn(async move { serve(acceptor.accept(stream).await?, answers).await });
            }
        });
        io::Result::Ok(addresses)
    })?;
    let text = format!("{{\"plain\":\"http://{plain}\",\"tls\":\"https://{tls}\"}}\n");
    let unfinished = directory.join("addresses.json.new");
    std::fs::write(&unfinished, text)?;
    std::fs::rename(unfinished, directory.join("addresses.json"))?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
