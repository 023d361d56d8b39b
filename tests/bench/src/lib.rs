//! The common part of the measured Rust programs: their arguments, and the report of a run.

use std::time::Instant;

use cardwire::bench_support::{PreparedCall, VendorAnswer};

/// A run, as `run.py` asks for it: `VENDOR IN_FLIGHT CALLS WARM_UP URL [CA_FILE]`, and the photo's
/// path in the variable `PHOTO`.
pub struct Run {
    /// The vendor, by its configuration name.
    pub vendor: String,
    /// How many calls are in flight at once.
    pub in_flight: usize,
    /// How many calls are counted.
    pub calls: usize,
    /// How many are made before.
    pub warm_up: usize,
    /// The address of the server.
    pub url: String,
    /// The authority to trust, over TLS.
    pub ca_file: Option<String>,
    /// The photo, where the vendor takes one.
    pub photo: Vec<u8>,
    /// The path of the photo.
    pub photo_path: String,
}

impl Run {
    /// Reads the arguments after the first `skip`, of which one is the program.
    ///
    /// # Panics
    /// They are not as described.
    pub fn from_args(skip: usize) -> Run {
        let args: Vec<String> = std::env::args().skip(skip).collect();
        let number = |index: usize| args[index].parse().expect("a number");
        let photo_path = std::env::var("PHOTO").expect("PHOTO names the photo");
        let is_photo =
            !matches!(args[0].as_str(), "tencent_faceid" | "aliyun_yhkr" | "aliyun_bankmeta");
        let photo =
            if is_photo { std::fs::read(&photo_path).expect("a photo") } else { Vec::new() };
        Run {
            vendor: args[0].clone(),
            in_flight: number(1),
            calls: number(2),
            warm_up: number(3),
            url: args[4].clone(),
            ca_file: args.get(5).cloned(),
            photo,
            photo_path,
        }
    }
}

/// Processor time of this process so far, in seconds, and its peak memory in KiB.
pub fn usage() -> (f64, i64) {
    // SAFETY: all zeros is a valid rusage, and getrusage writes no more than one.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    (seconds(usage.ru_utime) + seconds(usage.ru_stime), peak_kib())
}

/// Not `ru_maxrss`: that begins with what the process had that started this one.
fn peak_kib() -> i64 {
    status("VmHWM:")
}

/// Returns a figure of this process in the system's own words.
fn status(name: &str) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A measurement under way.
pub struct Meter {
    cpu: f64,
    started: Instant,
}

impl Meter {
    /// Begins.
    pub fn start() -> Meter {
        Meter { cpu: usage().0, started: Instant::now() }
    }

    /// Ends, and prints the report.
    pub fn report(self, calls: usize, start_ms: f64) {
        let (cpu, rss) = usage();
        let wall = self.started.elapsed().as_secs_f64();
        let threads = status("Threads:");
        println!(
            "{{\"cpu_ms\":{:.6},\"calls_per_s\":{:.1},\"rss_kib\":{rss},\"start_ms\":{start_ms:.3},\"threads\":{threads}}}",
            (cpu - self.cpu) * 1e3 / calls as f64,
            calls as f64 / wall
        );
    }
}

/// The vendors, each with whether it takes a photo and what it answers.
pub const VENDORS: [(&str, bool, &str); 9] = [
    (
        "tencent_faceid",
        false,
        r#"{"Response":{"Result":"0","Description":"Authentication passed","RequestId":"00000000-0000-4000-8000-000000000000"}}"#,
    ),
    (
        "aliyun_yhkr",
        false,
        r#"{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"0000000000000000000000000000"}"#,
    ),
    ("wechat", true, r#"{"errcode":0,"errmsg":"ok","number":"6217000000000000004"}"#),
    (
        "tencent_kyc",
        true,
        r#"{"code":"0","msg":"请求成功","bizSeqNo":"00000000000000000000000000000000","result":{"bankcardNo":"6217000000000000004","bankcardValidDate":"12/2030","bankcardInfo":"中国建设银行","bankcardName":"龙卡储蓄卡","bankcardType":"借记卡","warningCode":"","multiWarningCode":"","clarity":"92"}}"#,
    ),
    (
        "aliyun_bankocr",
        true,
        r#"{"code":"1","msg":"查询成功","result":{"bank_card_number":"6217 0000 0000 0000 004","bank_card_type":1,"bank_name":"中国建设银行","bank_full_name":"龙卡储蓄卡","card_type":"借记卡"}}"#,
    ),
    (
        "aliyun_bankmeta",
        false,
        r#"{"RequestId":"00000000-0000-4000-8000-000000000000","Message":"success","Code":"200","ResultObject":{"BizCode":"1","SubCode":"101"}}"#,
    ),
    (
        "aliyun_ocr",
        true,
        r#"{"RequestId":"00000000-0000-4000-8000-000000000000","Data":"{\"data\":{\"bankName\":\"中国建设银行\",\"cardNumber\":\"6217000000000000004\",\"validToDate\":\"2030/12\",\"cardType\":\"DC\"}}"}"#,
    ),
    (
        "tencent_ocr",
        true,
        r#"{"Response":{"CardNo":"6217000000000000004","BankInfo":"中国建设银行(01050000)","ValidDate":"12/2030","CardType":"借记卡","CardName":"龙卡储蓄卡","BorderCutImage":null,"CardNoImage":null,"WarningCode":null,"QualityValue":null,"CardCategory":"标准实体银行卡","RequestId":"00000000-0000-4000-8000-000000000000"}}"#,
    ),
    (
        "baidu_ocr",
        true,
        r#"{"log_id":1803053124329552748,"direction":0,"result":{"bank_card_number":"6217 0000 0000 0000 004","valid_date":"12/30","bank_card_type":1,"bank_name":"中国建设银行","holder_name":""}}"#,
    ),
];

/// Returns a call and its answer, for the parts that need no server. The Aliyun vendors sign, photo
/// and all, where `_key_pair` is put behind their names.
///
/// # Panics
/// There is no such vendor, or no photo at the path in the variable `PHOTO`.
pub fn prepared(vendor: &str) -> (PreparedCall, VendorAnswer) {
    let (vendor, key_pair) = match vendor.strip_suffix("_key_pair") {
        Some(vendor) => (vendor, true),
        None => (vendor, false),
    };
    let (_, is_photo, answer) =
        VENDORS.into_iter().find(|(name, _, _)| *name == vendor).expect("a vendor");
    let account = account(vendor, key_pair);
    let config = format!(r#"{{"vendors":[{{"vendor":"{vendor}",{account}}}]}}"#);
    let photo = is_photo.then(|| {
        std::fs::read(std::env::var("PHOTO").expect("PHOTO names the photo")).expect("a photo")
    });
    (PreparedCall::new(&config, photo).expect("a good configuration"), VendorAnswer::new(answer))
}

/// Returns the credentials of a vendor's account, as members of its configuration entry, with the
/// vendors' own limits of rate and quota lifted. With `key_pair` the Aliyun vendors sign.
pub fn account(vendor: &str, key_pair: bool) -> &'static str {
    match vendor {
        "tencent_kyc" => r#""app_id":"IDA00001","secret":"kycsecret""#,
        "wechat" => r#""app_id":"wx00001","app_secret":"wxsecret","daily_quota":0"#,
        "tencent_faceid" | "tencent_ocr" => {
            r#""secret_id":"AKIDEXAMPLE","secret_key":"secretkeyexample","requests_per_second":1000000"#
        }
        "aliyun_ocr" | "aliyun_bankmeta" => {
            r#""access_key_id":"LTAIEXAMPLE","access_key_secret":"secretkeyexample","requests_per_second":1000000"#
        }
        "baidu_ocr" => {
            r#""api_key":"apikeyexample","secret_key":"secretkeyexample","requests_per_second":1000000"#
        }
        _ if key_pair => r#""app_key":"203000000","app_secret":"appsecret""#,
        _ => r#""app_code":"appcodeappcodeappcode""#,
    }
}
