//! A photo is read on the thread that asks, and on no other. Alone in its program: other tests would
//! have threads of their own.

#![cfg(target_os = "linux")]

use cardwire_offline::{Options, read};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn a_photo_is_read_on_one_thread() {
    let photo = cardwire_test_images::load(cardwire_test_images::FIRST);
    let (caller, before) = (std::thread::current().id(), threads());
    let asked = std::cell::Cell::new(0);
    let stop = || {
        assert_eq!((std::thread::current().id(), threads()), (caller, before));
        asked.set(asked.get() + 1);
        false
    };
    read(&photo, &Options::default(), &stop).unwrap();
    assert!(asked.get() > 0);
    assert_eq!(threads(), before);
}
