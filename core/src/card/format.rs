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
        /// WebP.
        WebP = "webp",
    }
}

impl ImageFormat {
    /// Returns the registered media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Png => "image/png",
            ImageFormat::Bmp => "image/bmp",
            ImageFormat::WebP => "image/webp",
        }
    }

    /// Returns the usual file extension.
    pub const fn extension(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "jpg",
            ImageFormat::Png => "png",
            ImageFormat::Bmp => "bmp",
            ImageFormat::WebP => "webp",
        }
    }

    /// Returns the name for readers.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "JPEG",
            ImageFormat::Png => "PNG",
            ImageFormat::Bmp => "BMP",
            ImageFormat::WebP => "WebP",
        }
    }

    /// Returns the names of several for readers.
    pub(crate) fn list(formats: &[ImageFormat]) -> String {
        let names: Vec<&str> = formats.iter().map(|format| format.title()).collect();
        match names.as_slice() {
            [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            _ => names.concat(),
        }
    }
}
