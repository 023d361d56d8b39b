use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::card::file::{self, Buffers};
use crate::card::format::{ImageFormat, PHOTO_LIMIT};
use crate::card::header;
use crate::card::text::{self, Meaning};
use crate::config::AddressParts;
use crate::error::Error;

/// A card photo: bytes, a file, or an address that the vendor downloads from.
///
/// A file is read when the call begins. An address is handed to the vendor as it is, where the
/// vendor takes one; the library never downloads it.
///
/// ```
/// use cardwire::Image;
///
/// let in_memory = Image::bytes(vec![0xff, 0xd8, 0xff]);
/// let in_a_file = Image::path("photos/0001.jpg");
/// let fetched_by_the_vendor = Image::url("https://photos.example/0001.jpg");
/// ```
#[derive(Clone)]
pub struct Image(pub(crate) Source);

#[derive(Clone)]
pub(crate) enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    Url(String),
}

impl Image {
    /// The most bytes that are read of a file or taken from a stream: 64 MiB, more than any vendor takes.
    pub const LIMIT: usize = PHOTO_LIMIT;

    /// Returns a photo in memory: JPEG, PNG, BMP or WebP, as a camera or a scanner wrote it.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Image(Source::Bytes(bytes.into()))
    }

    /// Returns a photo in a file.
    ///
    /// Text that is a `data:` address (RFC 2397) is decoded, and a `file:` address is the path in it.
    /// An http address is refused: give it to [`Image::url`].
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Image(Source::Path(path.into()))
    }

    /// Returns whether a file has to be read.
    pub(crate) fn is_path(&self) -> bool {
        matches!(self.0, Source::Path(_))
    }

    /// Returns a photo at an `http` or `https` address that the vendor can reach, or in a `data:`
    /// address, which is decoded here.
    pub fn url(url: impl Into<String>) -> Self {
        Image(Source::Url(url.into()))
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "Image({} bytes)", bytes.len()),
            Source::Path(_) => f.write_str("Image(file)"),
            Source::Url(_) => f.write_str("Image(address)"),
        }
    }
}

impl From<Vec<u8>> for Image {
    fn from(bytes: Vec<u8>) -> Self {
        Image::bytes(bytes)
    }
}

impl From<Bytes> for Image {
    fn from(bytes: Bytes) -> Self {
        Image::bytes(bytes)
    }
}

impl From<&[u8]> for Image {
    fn from(bytes: &[u8]) -> Self {
        Image::bytes(Bytes::copy_from_slice(bytes))
    }
}

impl From<&Path> for Image {
    fn from(path: &Path) -> Self {
        Image::path(path)
    }
}

impl From<PathBuf> for Image {
    fn from(path: PathBuf) -> Self {
        Image::path(path)
    }
}

/// A photo with what its header says.
#[derive(Clone)]
pub(crate) struct Photo {
    pub(crate) bytes: Bytes,
    pub(crate) format: ImageFormat,
    /// Width and height in pixels, where the header says.
    pub(crate) size: Option<(usize, usize)>,
}

/// A photo as a vendor is given it: its bytes, or its address.
#[derive(Clone)]
pub(crate) enum Picture {
    Photo(Photo),
    Url(String),
}

/// The longest image address that is passed on, in bytes: what common HTTP servers take in a request
/// line, less the rest of it.
const URL_LIMIT: usize = 4096;

impl Picture {
    /// Reads the file if there is one, and the header of the image.
    pub(crate) fn load(image: Image) -> Result<Self, Error> {
        Picture::load_into(image, None)
    }

    /// Returns the same; a file is read into a buffer of these.
    pub(crate) fn load_into(image: Image, buffers: Option<&Buffers>) -> Result<Self, Error> {
        match image.0 {
            Source::Bytes(bytes) => Photo::new(bytes).map(Picture::Photo),
            Source::Path(path) => match text::meaning(path)? {
                Meaning::Bytes(bytes) => Photo::new(bytes),
                Meaning::Path(path) => {
                    let bytes = file::read(&path, buffers)?;
                    Photo::new(bytes).map_err(|error| error.with_file(&path, None))
                }
            }
            .map(Picture::Photo),
            Source::Url(url) => match text::data_address(&url) {
                Some(bytes) => Photo::new(bytes?).map(Picture::Photo),
                None => check_url(url).map(Picture::Url),
            },
        }
    }
}

fn check_url(url: String) -> Result<String, Error> {
    let refuse = |found: &str| {
        let expected = "an http or https address that a vendor can reach, of at most 4096 bytes";
        Err(Error::argument("image", expected, found))
    };
    if url.len() > URL_LIMIT {
        return refuse(&format!("{} bytes", url.len()));
    }
    if url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
        return refuse("a file: address, whose path is to be given instead");
    }
    match AddressParts::read(&url) {
        Ok(_) => Ok(url),
        Err(found) => refuse(found),
    }
}

impl Photo {
    pub(crate) fn new(bytes: Bytes) -> Result<Self, Error> {
        let refuse = |found: &str| {
            let expected = format!("a photo as {}", ImageFormat::list(ImageFormat::ALL));
            Error::argument("image", expected, found)
        };
        let format = header::format(&bytes).map_err(refuse)?;
        let size = header::size(format, &bytes).map_err(refuse)?;
        Ok(Photo { bytes, format, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn not_an_image_is_refused_by_name_and_by_its_file() {
        let file = std::env::temp_dir().join(format!("cardwire-image-{}", std::process::id()));
        for bytes in [
            &b""[..],
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00",
            b"hello, this is text",
            &[0xff, 0xd8, 0xff],
            b"\x89PNG\0\0\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\x02\0\0\0",
        ] {
            let error = Picture::load(Image::bytes(bytes.to_vec())).err().unwrap();
            assert_eq!(
                (error.kind(), error.argument_name(), error.path()),
                (Kind::InvalidArgument, Some("image"), None)
            );
            std::fs::write(&file, bytes).unwrap();
            let of_file = Picture::load(Image::path(&file)).err().unwrap();
            assert_eq!(of_file.message(), error.message());
            assert_eq!(of_file.path(), file.to_str());
        }
        std::fs::File::create(&file).unwrap().set_len(65 << 20).unwrap();
        let error = Picture::load(Image::path(&file)).err().unwrap();
        assert_eq!(error.path(), file.to_str());
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn addresses_are_checked_and_kept_as_they_are() {
        let kept = "https://img.example.com/a b.jpg?x=1&y=中";
        assert!(matches!(Picture::load(Image::url(kept)), Ok(Picture::Url(url)) if url == kept));
        for refused in
            ["file:///etc/passwd", "gopher://x/", "card.jpg", " http://x/", "http://x/\r\ny"]
        {
            assert!(Picture::load(Image::url(refused)).is_err(), "{refused}");
        }
    }
}
