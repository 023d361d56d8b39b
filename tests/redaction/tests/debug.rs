//! `Debug` of every public type that holds personal data or credentials.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use cardwire::{
    BatchInput, CallOptions, CardNumber, Cardholder, Client, Config, CredentialAsk, Credentials,
    Image, Personal, PersonalBytes, Providers, Secret,
};
use cardwire_redaction::{Canaries, Searcher};

/// Types whose values are made by calls only: the driver's run shows those.
const FROM_CALLS: &[&str] = &[
    "Recognition",
    "Verification",
    "CardLookup",
    "Order",
    "Error",
    "Cause",
    "BatchItem",
    "NumberCandidate",
];

/// Types that hold no text of a caller, an account or a vendor but codes and order numbers.
const HARMLESS: &[&str] = &[
    "AccountBlock",
    "AccountHealth",
    "AskReason",
    "AsyncClient",
    "Attempt",
    "BatchOptions",
    "Billed",
    "BlockScope",
    "BoxFuture",
    "BreakerState",
    "CallFacts",
    "Cancellation",
    "CardKind",
    "CardNumberCheck",
    "Cause",
    "CredentialAsk",
    "CredentialProvider",
    "Event",
    "Finding",
    "IdNumberCheck",
    "ImageCheck",
    "ImageFitted",
    "ImageFormat",
    "Issuer",
    "IssuerSource",
    "Journal",
    "Kind",
    "Level",
    "LookupReason",
    "Observer",
    "Operation",
    "OrderFilter",
    "OrderRecord",
    "OrderStatus",
    "Outcome",
    "PhotoLook",
    "Point",
    "ProviderFailure",
    "Reason",
    "ResultStream",
    "Results",
    "Sent",
    "Step",
    "Topic",
    "ValidThru",
    "Vendor",
    "Verdict",
    "Warning",
    "WarningKind",
];

struct Shown<'a> {
    searcher: &'a Searcher,
    types: BTreeSet<&'static str>,
}

impl Shown<'_> {
    fn add<T: Debug>(&mut self, name: &'static str, value: &T) {
        for text in [format!("{value:?}"), format!("{value:#?}"), format!("{:?}", Some(value))] {
            assert_eq!(self.searcher.find(text.as_bytes()), [], "{name}: {text}");
        }
        self.types.insert(name);
    }
}

#[test]
fn debug_of_no_public_type_shows_a_canary() {
    let canaries = Canaries::new(11);
    let searcher = Searcher::new(&canaries).unwrap();
    let mut shown = Shown { searcher: &searcher, types: BTreeSet::new() };
    let Canaries { card, name, id, phone, photo, .. } = &canaries;

    let config = serde_json::json!({
        "vendors": [
            {"vendor": "tencent_kyc", "app_id": "IDA00001", "secret": canaries.credentials.kyc_secret},
            {"vendor": "wechat", "access_token": canaries.credentials.wechat_access_token},
            {"vendor": "tencent_faceid", "secret_id": canaries.credentials.temporary_id,
             "secret_key": canaries.credentials.temporary_key, "token": canaries.credentials.temporary_token},
            {"vendor": "aliyun_yhkr", "app_code": canaries.credentials.app_code},
            {"vendor": "aliyun_bankocr", "app_key": "k", "app_secret": canaries.credentials.app_secret},
        ],
        "proxy": format!("http://user:{}@127.0.0.1:1", canaries.password),
        "token_store": format!("redis://:{}@127.0.0.1:1", canaries.password),
    });
    let config = Config::from_json(&config.to_string()).unwrap();
    shown.add("Config", &config);
    shown.add("Client", &Client::from_config(config));
    shown.add("Cardholder", &Cardholder::new(card, name).id_number(id).phone(phone));
    shown.add("CardNumber", &CardNumber::parse(card).unwrap());
    shown.add("Secret", &Secret::new(&canaries.credentials.secret_key));
    shown.add("Personal", &Personal::new(format!("{name} {id}")));
    shown.add("PersonalBytes", &PersonalBytes::new(photo.clone()));
    shown.add("Image", &Image::bytes(photo.clone()));
    shown.add("Image", &Image::url(format!("https://x.example/{card}?key={}", canaries.url_key)));
    shown.add("Image", &Image::path(format!("/photos/{card}-{name}.jpg")));
    let given = Credentials::new(&canaries.credentials.wechat_access_token);
    let given = given.with("token", &canaries.credentials.temporary_token);
    shown.add("Credentials", &given);
    let provider = move |_: &CredentialAsk| Ok(given.clone());
    shown.add("Providers", &Providers::new().with("tokens", provider));
    let input: BatchInput<Image> = BatchInput::new(Image::bytes(photo.clone()));
    shown.add("BatchInput", &input.reference("scan 1"));
    shown.add("CallOptions", &CallOptions::new().vendor("wechat").order_id("order0001"));
    assert_eq!(
        searcher.find(format!("{canaries_card:?}", canaries_card = card).as_bytes()).len(),
        1
    );

    // Whoever adds a public type says here what it holds.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/src/lib.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let exported = source.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let known: BTreeSet<&str> = shown
        .types
        .iter()
        .copied()
        .chain(FROM_CALLS.iter().copied())
        .chain(HARMLESS.iter().copied())
        .collect();
    for item in exported {
        let names = item.rsplit("::").next().unwrap().trim_matches(['{', '}', '\n', ' ']);
        for name in
            names.split(',').map(str::trim).filter(|name| name.starts_with(char::is_uppercase))
        {
            assert!(
                known.contains(name),
                "{name}: does its Debug show personal data or a credential?"
            );
        }
    }
}
