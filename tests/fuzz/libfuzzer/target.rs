//! The target of `cardwire_fuzz` that the environment variable `CARDWIRE_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use cardwire_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("CARDWIRE_TARGET").expect("CARDWIRE_TARGET names a target");
    cardwire_fuzz::find(&name).expect("there is a target of that name")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
