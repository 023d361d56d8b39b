//! The pure parts of a call: sign, encode, parse.

#![allow(missing_docs, reason = "criterion_group makes a public function")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn parts(criterion: &mut Criterion) {
    for (vendor, is_photo, _) in cardwire_bench::VENDORS {
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

criterion_group!(pure, parts);
criterion_main!(pure);
