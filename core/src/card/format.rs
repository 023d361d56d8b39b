use crate::slugs::slugs;

/// The most bytes that are read of a file or taken from a stream.
pub(super) const PHOTO_LIMIT: usize = 64 * 1024 * 1024;

slugs! {
    /// An image format, told by its first bytes.
    ImageFormat {
        /// JPEG.
        Jpeg = "jpeg",
        /// PNG.
        Png = "png",
        /// Windows bitmap.
        Bmp = "bmp",
    }
}

impl ImageFormat {
    /// Returns the registered media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Png => "image/png",
            ImageFormat::Bmp => "image/bmp",
        }
    }

    /// Returns the usual file extension.
    pub const fn extension(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "jpg",
            ImageFormat::Png => "png",
            ImageFormat::Bmp => "bmp",
        }
    }
}
