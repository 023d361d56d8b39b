//! Bytes as hexadecimal digits.

/// In lower case.
pub(crate) fn lower(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789abcdef")
}

/// In upper case.
pub(crate) fn upper(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789ABCDEF")
}

fn digits(bytes: &[u8], symbols: &[u8; 16]) -> String {
    let digit = |half: u8| symbols.get(usize::from(half)).map_or('0', |symbol| char::from(*symbol));
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_a_byte() {
        assert_eq!(lower(&[0, 1, 0xab, 0xff]), "0001abff");
        assert_eq!(upper(&[0, 1, 0xab, 0xff]), "0001ABFF");
    }
}
