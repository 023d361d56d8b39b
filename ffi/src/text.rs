//! Text and bytes across the boundary.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;
use std::ptr;
use std::slice;

use zeroize::{Zeroize, Zeroizing};

use crate::error::Failure;

/// A text that C borrows: UTF-8, NUL-terminated, wiped when its object is freed.
///
/// A NUL within the text becomes U+FFFD, so that the text never ends early.
pub(crate) struct Text(Zeroizing<Box<[u8]>>);

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let nuls = text.bytes().filter(|byte| *byte == 0).count();
        // Reserved at once: growing would leave copies behind.
        let mut bytes = Vec::with_capacity(text.len() + nuls * 2 + 1);
        let mut parts = text.split('\0');
        bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            bytes.extend_from_slice("\u{fffd}".as_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes.push(0);
        Text(Zeroizing::new(bytes.into_boxed_slice()))
    }

    /// Takes a text over and wipes the original.
    pub(crate) fn taken(mut text: String) -> Self {
        let taken = Text::new(&text);
        text.zeroize();
        taken
    }

    pub(crate) fn maybe(text: Option<&str>) -> Option<Self> {
        text.map(Text::new)
    }

    pub(crate) fn pointer(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// Returns whether it is that text.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.strip_suffix(b"\0").is_some_and(|bytes| bytes == text.as_bytes())
    }

    /// Returns the length without the NUL at the end.
    pub(crate) fn len(&self) -> usize {
        self.0.len() - 1
    }
}

/// Returns the pointer of a text that may be absent.
pub(crate) fn pointer(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), Text::pointer)
}

/// Returns the length of a text that may be absent.
pub(crate) fn length(text: Option<&Text>) -> usize {
    text.map_or(0, Text::len)
}

/// Returns the caller's bytes. The name of the length is the name of the pointer and `_len`.
///
/// # Safety
/// `length` bytes can be read at `pointer`, and nobody writes to them meanwhile.
pub(crate) unsafe fn bytes_in<'a>(
    pointer: *const u8,
    length: usize,
    name: &'static str,
) -> Result<&'a [u8], Failure> {
    if pointer.is_null() {
        return Err(Failure::null(name, "bytes"));
    }
    if length > usize::MAX / 2 {
        return Err(Failure::argument(format!("{name}_len"), "at most SIZE_MAX / 2", "more"));
    }
    // SAFETY: not NULL, no longer than an object can be, and the caller vouches for the rest.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// Returns the caller's text.
///
/// # Safety
/// As for `bytes_in`.
pub(crate) unsafe fn text_in<'a>(
    pointer: *const c_char,
    length: usize,
    name: &'static str,
) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { bytes_in(pointer.cast(), length, name) }?;
    std::str::from_utf8(bytes).map_err(|_| Failure::argument(name, "UTF-8", "other bytes"))
}

/// Returns the caller's path: bytes where the system's paths are, else UTF-8.
///
/// # Safety
/// As for `bytes_in`.
pub(crate) unsafe fn path_in(
    pointer: *const c_char,
    length: usize,
    name: &'static str,
) -> Result<PathBuf, Failure> {
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        // SAFETY: the caller's promise is the same.
        let bytes = unsafe { bytes_in(pointer.cast(), length, name) }?;
        Ok(PathBuf::from(OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: the caller's promise is the same.
        unsafe { text_in(pointer, length, name) }.map(PathBuf::from)
    }
}

/// Returns the length of the caller's NUL-terminated text; 0 for NULL, which `text_in` refuses by
/// name.
///
/// # Safety
/// `pointer` is NULL, or a NUL can be found by reading on from it.
pub(crate) unsafe fn length_z(pointer: *const c_char) -> usize {
    if pointer.is_null() {
        return 0;
    }
    // SAFETY: not NULL, and the caller vouches for the NUL at the end.
    unsafe { CStr::from_ptr(pointer) }.count_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_does_not_end_a_text_early() {
        let read = |text: &Text| {
            // SAFETY: a Text ends with a NUL.
            unsafe { CStr::from_ptr(text.pointer()) }.to_str().unwrap().to_owned()
        };
        for (given, shown) in [("", ""), ("工商银行", "工商银行"), ("a\0b\0", "a\u{fffd}b\u{fffd}")]
        {
            let text = Text::taken(given.to_owned());
            assert_eq!(read(&text), shown);
            assert_eq!(text.len(), shown.len());
        }
    }

    #[test]
    fn problems_name_the_argument() {
        let told = |result: Result<&str, Failure>| result.err().unwrap().0.message().to_owned();
        let bytes = [0xff_u8, 0];
        let invalid = bytes.as_ptr().cast();
        // SAFETY: NULL and the length are refused before anything is read; `bytes` has a byte.
        unsafe {
            assert_eq!(told(text_in(ptr::null(), 0, "name")), "name: expected bytes, found NULL");
            assert_eq!(
                told(text_in(invalid, 1, "name")),
                "name: expected UTF-8, found other bytes"
            );
            assert_eq!(
                told(text_in(invalid, usize::MAX, "name")),
                "name_len: expected at most SIZE_MAX / 2, found more"
            );
        }
    }
}
