//! `cardwire doctor`.

use cardwire_sandbox::{Operation, Vendor};

use crate::fixture::Fixture;

#[test]
fn the_doctor_finds_what_would_make_calls_fail_and_bills_nothing() {
    let all = ["offline", "tencent_kyc", "wechat", "aliyun_yhkr", "baidu_ocr"];
    let fixture = Fixture::new(&all);
    let well = fixture.run(&["doctor"]);
    assert_eq!(well.code, 0, "{}{}", well.out, well.err);
    assert!(well.out.contains("Nothing was found wrong."), "{}", well.out);
    for (topic, verdict) in
        [("connection", "good"), ("clock", "good"), ("credentials", "not_tried")]
    {
        let found = |line: &str| line.starts_with(verdict) && line.contains(topic);
        assert!(well.out.lines().any(found), "{topic} {verdict} in {}", well.out);
    }
    let billed: u64 = Vendor::ALL.iter().map(|vendor| fixture.sandbox.counts(*vendor).billed).sum();
    assert_eq!(billed, 0);

    let finds = |told: &[&str]| {
        let ill = fixture.run(&["doctor"]);
        assert_eq!(ill.code, 1, "{}{}", ill.out, ill.err);
        for told in told {
            assert!(ill.out.contains(told), "{told} in {}", ill.out);
        }
    };
    fixture.configure(&all, |config| config["vendors"][2]["app_secret"] = "wrong".into());
    finds(&["wrong", "credentials", "wechat", "Check the credentials"]);
    fixture
        .configure(&all, |config| config["vendors"][1]["base_url"] = "http://127.0.0.1:1".into());
    finds(&[
        "connect 127.0.0.1:1",
        "Look whether the port is open",
        "the vendor cannot be reached",
    ]);
    fixture.configure(&all, |config| config["token_store"] = "redis://127.0.0.1:1".into());
    finds(&["token_store", "127.0.0.1"]);
    fixture.configure(&all, |config| config["vendors"][1]["secrets"] = "x".into());
    finds(&["configuration", "vendors[1].secrets"]);
    fixture.configure(&all, |_| ());
    fixture.sandbox.set_clock_offset(600);
    finds(&["clock", "behind the vendor", "NTP"]);
}

#[test]
fn the_doctor_makes_no_journal_and_reads_one_that_is_there() {
    let fixture = Fixture::new(&["aliyun_bankocr"]);
    fixture.configure_journal(&["aliyun_bankocr"]);
    let well = fixture.run(&["doctor"]);
    assert!(well.code == 0 && well.out.contains("none yet"), "{}", well.out);
    assert!(!fixture.path("orders.db").exists());
    fixture.photo("card.jpg");
    fixture.close(Vendor::AliyunBankocr, Operation::Recognize, true);
    assert_eq!(fixture.run(&["recognize", "card.jpg"]).code, 5);
    fixture.sandbox.reset();
    let told = fixture.run(&["doctor", "--json"]);
    let found = told.lines().last().unwrap()["finding"]["found"].clone();
    assert_eq!(found, "1 order may have been billed without this machine knowing");
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let fixture = Fixture::new(&[]);
    let refused = fixture.run(&["--config", "nowhere.json", "doctor"]);
    assert!(refused.code == 2 && refused.err.contains("nowhere.json"), "{}", refused.err);
    for (name, bytes, encoding) in [
        ("wide.json", &b"\xff\xfe{\0}\0"[..], "UTF-16"),
        ("gbk.json", b"{\"journal\": \"\xd5\xc5.db\"}", "GB18030"),
    ] {
        std::fs::write(fixture.path(name), bytes).unwrap();
        let refused = fixture.run(&["--config", name, "doctor"]);
        let told = [name, &format!("iconv -f {encoding} -t UTF-8")];
        assert!(refused.code == 2, "{}", refused.err);
        assert!(told.iter().all(|told| refused.err.contains(told)), "{}", refused.err);
    }
}
