//! Photos made to fit: turned as a viewer turns them, within each limit, once for each account, and
//! ended by deadline, cancellation and close in the middle.

use std::thread;
use std::time::Duration;

use cardwire::{
    AsyncClient, CallOptions, Cancellation, Client, Error, Image, ImageFormat, Kind, Recognition,
    Sent, Vendor as CardwireVendor, check_image,
};
use cardwire_conformance::{photo_in, transport};
use cardwire_sandbox::{Operation, Options, Sandbox, Vendor};
use cardwire_test_images::{LARGE, load, oriented, with_size};
use image::{DynamicImage, GenericImageView, RgbImage};
use serde_json::{Value, json};

/// The vendors that are sent photos.
const READERS: [Vendor; 6] = [
    Vendor::TencentKyc,
    Vendor::Wechat,
    Vendor::AliyunBankocr,
    Vendor::AliyunOcr,
    Vendor::TencentOcr,
    Vendor::BaiduOcr,
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    sandbox.keep_requests();
    sandbox
}

fn client(sandbox: &Sandbox) -> Client {
    transport::client(&sandbox.config().to_string()).unwrap()
}

fn on(vendor: Vendor) -> CallOptions {
    CallOptions::new().vendor(vendor.name())
}

/// Returns the photos that were sent to be read.
fn sent(sandbox: &Sandbox) -> Vec<Vec<u8>> {
    let requests = sandbox.take_requests();
    let read = requests.iter().filter(|kept| kept.operation == Operation::Recognize);
    read.map(|kept| photo_in(kept).unwrap()).collect()
}

fn decoded(photo: &[u8]) -> DynamicImage {
    image::load_from_memory(photo).unwrap()
}

/// Returns how far two pictures of one size are apart, as the mean over their values.
fn distance(one: &DynamicImage, other: &DynamicImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let (one, other) = (one.to_rgb8(), other.to_rgb8());
    let apart = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b));
    let sum: u64 = one.iter().zip(other.iter()).map(apart).sum();
    sum as f64 / one.len() as f64
}

/// A picture that no encoder makes small.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [.., r, g, b] = state.to_be_bytes();
        image::Rgb([r, g, b])
    })
}

/// A photo of 48 MB, which no vendor takes and which takes long to be made smaller.
fn huge() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    noise(4000, 4000).write_to(&mut out, image::ImageFormat::Bmp).unwrap();
    out.into_inner()
}

fn nothing_was_sent(sandbox: &Sandbox, error: &Error) {
    assert_eq!(error.sent(), Sent::No, "{error}");
    assert!(error.attempts().is_empty());
    assert!(sandbox.ledger().iter().all(|entry| entry.operation != Operation::Recognize));
}

#[test]
fn a_photo_is_turned_as_viewers_turn_it() {
    let (sandbox, photo) = (sandbox(), load("ccb-credit.jpg"));
    let client = client(&sandbox);
    let stored = decoded(&photo);
    for exif in 1..=8 {
        let given = oriented(&photo, exif);
        let card = client.recognize(given.clone(), &on(Vendor::Wechat)).unwrap();
        let [sent] = &sent(&sandbox)[..] else { panic!("one request") };
        if exif == 1 {
            assert!(card.image_fitted().is_none() && *sent == given);
            continue;
        }
        let mut wanted = stored.clone();
        wanted.apply_orientation(image::metadata::Orientation::from_exif(exif).unwrap());
        assert!(distance(&decoded(sent), &wanted) < 3.0, "{exif}");
        let fitted = card.image_fitted().unwrap();
        assert_eq!((fitted.bytes_before, fitted.bytes_after), (given.len(), sent.len()));
        assert_eq!((fitted.width_before, fitted.height_before), (1200, 760));
        let after = (fitted.width_after as u32, fitted.height_after as u32);
        assert_eq!(after, wanted.dimensions());
        // Nothing is said of where and with what it was taken.
        assert!(!sent.windows(4).any(|four| four == b"Exif"));
    }
}

#[test]
fn every_vendor_is_sent_a_photo_that_it_takes() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let large = DynamicImage::from(noise(3000, 2000));
    let mut png = std::io::Cursor::new(Vec::new());
    large.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();
    for vendor in READERS {
        let card = client.recognize(png.clone(), &on(vendor)).unwrap();
        let [sent] = &sent(&sandbox)[..] else { panic!("one request") };
        let check = check_image(sent.clone()).unwrap();
        let refusal = check.vendors.iter().find(|(known, _)| known.name() == vendor.name());
        assert!(refusal.is_some_and(|(_, refusal)| refusal.is_none()), "{vendor:?}");
        assert_eq!(check.format, ImageFormat::Jpeg);
        let fitted = card.image_fitted().unwrap();
        assert_eq!((fitted.width_after, fitted.height_after), (check.width, check.height));
        // It loses no more than it must.
        let least = sent.len() as f64 / check.bytes as f64;
        assert!(
            least > 0.7 && check.width >= 800,
            "{vendor:?}: {} by {}",
            check.width,
            check.height
        );
        let smaller = large.resize_exact(
            check.width as u32,
            check.height as u32,
            image::imageops::FilterType::Triangle,
        );
        assert!(distance(&decoded(sent), &smaller) < 25.0, "{vendor:?}");
    }
}

#[test]
fn a_photo_that_needs_nothing_is_sent_as_it_came() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for name in ["icbc-debit.jpg", "abc-debit.png", "comm-quasi-credit.bmp", LARGE] {
        for vendor in READERS {
            let card = client.recognize(load(name), &on(vendor)).unwrap();
            assert_eq!(card.image_fitted(), None, "{name} {vendor:?}");
            assert_eq!(sent(&sandbox), [load(name)], "{name} {vendor:?}");
        }
    }
}

#[test]
fn each_account_of_a_list_is_sent_its_own_fitting_of_the_photo_that_came() {
    let sandbox = sandbox();
    let names = ["tencent_ocr", "wechat", "aliyun_ocr"];
    let mut config = sandbox.config();
    config["failover"] = json!({"recognize": names});
    config["retry"] = json!({"attempts": 3, "throttle_base_ms": 1, "base_ms": 1});
    let client = transport::client(&config.to_string()).unwrap();
    for (vendor, code) in [("tencent_ocr", "ResourceUnavailable.InArrears"), ("wechat", "45009")] {
        let script = json!({
            "vendor": vendor, "operation": "recognize", "times": 0,
            "do": {"code": code, "execute": false},
        });
        sandbox.script(serde_json::from_value(script).unwrap());
    }
    // Over the limit of the first two, and under that of the third.
    let given = with_size(&load(LARGE), 9_000_000);
    let options = CallOptions::new().vendors(names);
    let card = client.recognize(given.clone(), &options).unwrap();
    assert_eq!(card.vendor(), Some(CardwireVendor::AliyunOcr));
    assert_eq!(card.image_fitted(), None);
    let photos = sent(&sandbox);
    let [first, second, third] = &photos[..] else { panic!("{} requests", photos.len()) };
    assert_eq!(*third, given);
    // Each is made from what came: the first lost nothing but its padding.
    assert_eq!(decoded(first).dimensions(), (3000, 1900));
    assert!(second.len() < 2 * 1024 * 1024);
    assert!(distance(&decoded(first), &decoded(&load(LARGE))) < 3.0);
}

#[test]
fn the_deadline_counts_while_a_photo_is_made_to_fit() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let options = on(Vendor::Wechat).timeout(Duration::from_millis(60));
    let error = client.recognize(huge(), &options).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    nothing_was_sent(&sandbox, &error);
    assert!(error.message().contains("made to fit"), "{error}");
}

#[test]
fn a_cancellation_and_a_close_end_a_call_whose_photo_is_made_to_fit() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let photo = huge();
    for close in [false, true] {
        let cancellation = Cancellation::new();
        let options = on(Vendor::Wechat).cancellation(&cancellation);
        let error = thread::scope(|scope| {
            let photo = Image::from(photo.clone());
            let call = scope.spawn(|| client.recognize(photo, &options).unwrap_err());
            // Long enough for the call to begin, and much shorter than it takes.
            thread::sleep(Duration::from_millis(50));
            match close {
                false => cancellation.cancel(),
                true => client.close(),
            }
            call.join().unwrap()
        });
        // A call that had not begun when the client was closed is refused.
        let has_begun = error.kind() == Kind::Cancelled;
        assert!(has_begun || (close && error.kind() == Kind::Closed), "{error}");
        nothing_was_sent(&sandbox, &error);
    }
}

#[test]
fn a_future_that_is_dropped_while_its_photo_is_made_to_fit_sends_nothing() {
    let sandbox = sandbox();
    let client = AsyncClient::from_json(&sandbox.config().to_string()).unwrap();
    let mut call = Box::pin(client.recognize(Image::bytes(huge()), &on(Vendor::Wechat)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(call.as_mut().poll(&mut context).is_pending());
    drop(call);
    client.blocking().close();
    assert!(sandbox.ledger().iter().all(|entry| entry.operation != Operation::Recognize));
}

#[test]
fn photos_are_made_to_fit_at_once_in_a_batch() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let over = with_size(&load(LARGE), 2 * 1024 * 1024);
    let inputs: Vec<Image> = (0..9)
        .map(|index| match index % 3 {
            0 => Image::bytes(over.clone()),
            1 => Image::bytes(oriented(&load("icbc-debit.jpg"), 3)),
            _ => Image::bytes(load("icbc-debit.jpg")),
        })
        .collect();
    let options = cardwire::BatchOptions::new().call(on(Vendor::Wechat));
    let mut fitted = [false; 9];
    for item in client.recognize_many(inputs, &options) {
        let card: Recognition = item.result.unwrap();
        fitted[item.index] = card.image_fitted().is_some();
    }
    assert_eq!(fitted, [true, true, false, true, true, false, true, true, false]);
}

#[test]
fn what_a_call_says_is_in_its_json() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let given = oriented(&load("icbc-debit.jpg"), 6);
    let card = client.recognize(given.clone(), &on(Vendor::Wechat)).unwrap();
    let document: Value = serde_json::from_str(&card.to_json()).unwrap();
    let fitted = card.image_fitted().unwrap();
    let wanted = json!({
        "bytes_before": given.len(), "bytes_after": fitted.bytes_after,
        "width_before": 1200, "height_before": 760, "width_after": 760, "height_after": 1200,
    });
    assert_eq!(document["image_fitted"], wanted);
}
