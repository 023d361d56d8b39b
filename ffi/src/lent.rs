//! A caller's photo without a copy of it, for as long as the caller's thread is in the call.

use std::slice;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bytes::Bytes;
use cardwire_core::bindings::ClientExt as _;
use cardwire_core::{CallOptions, Client, Error, Recognition};

/// The caller's memory, while the library reads it.
struct BorrowedPhoto {
    address: *const u8,
    length: usize,
    back: Arc<ReturnFlag>,
}

// SAFETY: the memory is only read, and nobody writes to it before `LoanGuard` is dropped.
unsafe impl Send for BorrowedPhoto {}

impl AsRef<[u8]> for BorrowedPhoto {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `recognize` takes a slice, and does not return while this is alive.
        unsafe { slice::from_raw_parts(self.address, self.length) }
    }
}

impl Drop for BorrowedPhoto {
    fn drop(&mut self) {
        *self.back.lock() = true;
        self.back.told.notify_all();
    }
}

/// A flag that says whether the memory is back.
#[derive(Default)]
struct ReturnFlag {
    is_back: Mutex<bool>,
    told: Condvar,
}

impl ReturnFlag {
    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_back.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps this thread from leaving the call, even by a panic, before the memory is back.
struct LoanGuard(Arc<ReturnFlag>);

impl Drop for LoanGuard {
    fn drop(&mut self) {
        let mut is_back = self.0.lock();
        while !*is_back {
            is_back = self.0.told.wait(is_back).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Reads the card in a photo of the caller's: without a copy where the call ends with everything
/// that it started.
pub(crate) fn recognize(
    client: &Client,
    photo: &[u8],
    options: &CallOptions,
) -> Result<Recognition, Error> {
    if !client.lends() {
        return client.recognize(photo, options);
    }
    let loan = LoanGuard(Arc::default());
    let back = Arc::clone(&loan.0);
    let lent = BorrowedPhoto { address: photo.as_ptr(), length: photo.len(), back };
    client.recognize_lent(Bytes::from_owner(lent), options, || *loan.0.lock())
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use cardwire_core::{Cancellation, Kind};

    use super::*;

    /// Returns a JPEG's header, and much behind it.
    fn photo() -> Vec<u8> {
        let mut photo = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 100, 0, 100, 3];
        photo.resize(1_900_000, 7);
        photo
    }

    #[test]
    fn a_call_that_is_cut_off_gives_the_photo_back_before_it_returns() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let cancellations = [Cancellation::new(), Cancellation::new()];
        let theirs = cancellations.clone();
        // Takes the beginning of each photo and no more, and then ends the call.
        let server = std::thread::spawn(move || {
            theirs.map(|cancellation| {
                let (mut stream, _) = listener.accept().unwrap();
                stream.read_exact(&mut [0; 1000]).unwrap();
                cancellation.cancel();
                stream
            })
        });
        let vendors = [
            r#""vendor":"aliyun_bankocr","app_code":"c""#,
            r#""vendor":"wechat","access_token":"t""#,
        ];
        for (vendor, cancellation) in vendors.into_iter().zip(&cancellations) {
            let config = format!(r#"{{"vendors":[{{{vendor},"base_url":"http://{address}"}}]}}"#);
            let client = Client::from_json(&config).unwrap();
            assert!(client.lends());
            let options = CallOptions::new().cancellation(cancellation);
            let error = recognize(&client, &photo(), &options).unwrap_err();
            assert_eq!(error.kind(), Kind::Cancelled);
        }
        drop(server.join().unwrap());
    }
}
