//! The pure parts of a call: sign, encode, parse.

#![allow(missing_docs, reason = "criterion_group makes a public function")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn parts(criterion: &mut Criterion) {
    let signed = [("aliyun_bankocr_key_pair", true, ""), ("aliyun_yhkr_key_pair", false, "")];
    for (vendor, is_photo, _) in cardwire_bench::VENDORS.into_iter().chain(signed) {
        let (prepared, answer) = cardwire_bench::prepared(vendor);
        let mut group = criterion.benchmark_group(vendor);
        group.bench_function("sign", |bencher| bencher.iter(|| prepared.build().is_ok()));
        let built = prepared.build().expect("a request");
        if is_photo {
            group.throughput(Throughput::Bytes(built.encode() as u64));
        }
        group.bench_function("encode", |bencher| bencher.iter(|| built.encode()));
        group.throughput(Throughput::Elements(1));
        group.bench_function("parse", |bencher| bencher.iter(|| prepared.parse(&answer)));
        group.finish();
    }
}

/// The encoder of the photo, and the others that could be used.
fn base64_crates(criterion: &mut Criterion) {
    let photo = std::fs::read(std::env::var("PHOTO").expect("PHOTO names the photo"));
    let photo = photo.expect("a photo");
    let mut text = vec![0; photo.len().div_ceil(3) * 4];
    let mut group = criterion.benchmark_group("base64");
    group.throughput(Throughput::Bytes(photo.len() as u64));
    group.bench_function("base64-simd", |bencher| {
        bencher.iter(|| {
            let out = base64_simd::Out::from_slice(&mut text);
            base64_simd::STANDARD.encode(&photo, out).len()
        });
    });
    group.bench_function("base64", |bencher| {
        bencher.iter(|| STANDARD.encode_slice(&photo, &mut text).expect("room for the text"));
    });
    group.finish();
}

criterion_group!(pure, parts, base64_crates);
criterion_main!(pure);
