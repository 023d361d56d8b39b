//! Signs, encodes and parses a number of times, to be counted by callgrind: bench-pure VENDOR TIMES.

use std::hint::black_box;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (prepared, answer) = cardwire_bench::prepared(&args[1]);
    for _ in 0..args[2].parse().expect("a number") {
        black_box(prepared.build().expect("a request").encode());
        assert!(prepared.parse(&answer));
    }
}
