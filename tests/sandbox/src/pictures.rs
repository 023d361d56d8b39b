//! The newest pictures that the vendors were given to read, for the page. They are kept in memory alone.

use std::collections::VecDeque;

use crate::images;

/// How many are kept, and how many bytes of all of them.
const KEPT: usize = 100;
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// A picture under the number of its ledger entry.
struct Picture {
    seq: u64,
    media_type: &'static str,
    bytes: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Pictures {
    kept: VecDeque<Picture>,
    size: usize,
}

impl Pictures {
    /// Keeps a picture of a form that browsers show, and drops the oldest where there are too many.
    pub fn keep(&mut self, seq: u64, bytes: Vec<u8>) {
        let Some(media_type) = images::media_type(&bytes) else { return };
        self.size += bytes.len();
        self.kept.push_back(Picture { seq, media_type, bytes });
        while self.kept.len() > KEPT || self.size > KEPT_BYTES {
            let dropped = self.kept.pop_front();
            self.size -= dropped.map_or(self.size, |picture| picture.bytes.len());
        }
    }

    /// Returns the media type and the bytes of the picture of a ledger entry.
    pub fn find(&self, seq: u64) -> Option<(&'static str, &[u8])> {
        let found = self.kept.iter().find(|picture| picture.seq == seq)?;
        Some((found.media_type, &found.bytes))
    }

    /// Returns the numbers of the ledger entries whose pictures are kept.
    pub fn numbers(&self) -> Vec<u64> {
        self.kept.iter().map(|picture| picture.seq).collect()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(size: usize) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff];
        bytes.resize(size, 0);
        bytes
    }

    #[test]
    fn the_newest_are_kept_within_their_number_and_their_bytes() {
        let mut pictures = Pictures::default();
        (1..=130).for_each(|seq| pictures.keep(seq, jpeg(1000)));
        assert_eq!(pictures.numbers(), (31..=130).collect::<Vec<_>>());
        assert_eq!(pictures.find(31).map(|(media_type, _)| media_type), Some("image/jpeg"));
        assert!(pictures.find(30).is_none());
        (131..=140).for_each(|seq| pictures.keep(seq, jpeg(KEPT_BYTES / 4)));
        assert_eq!(pictures.numbers(), [137, 138, 139, 140]);
        assert_eq!(pictures.size, KEPT_BYTES);
        pictures.keep(141, jpeg(KEPT_BYTES + 1));
        assert_eq!((pictures.numbers().len(), pictures.size), (0, 0));
    }

    #[test]
    fn what_no_browser_shows_is_not_kept() {
        let mut pictures = Pictures::default();
        pictures.keep(1, b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec());
        pictures.keep(2, b"II*\0".to_vec());
        assert!(pictures.numbers().is_empty());
    }
}
