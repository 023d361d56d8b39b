//! The photos of a batch, which can be told apart at the vendor's end: each has a length of its own.

/// Returns the name of a photo.
pub fn reference(index: usize) -> String {
    format!("photos/{index:05}.jpg")
}

/// Returns the photo of this number: three bytes longer than the one before.
pub fn photo(index: usize) -> Vec<u8> {
    let mut photo = cardwire_test_images::load("icbc-debit.jpg");
    photo.resize(photo.len().next_multiple_of(3) + 3 * index, 0);
    photo
}
