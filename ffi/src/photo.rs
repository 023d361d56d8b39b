//! The reading of a photo, in the form that C borrows: for recognitions and orders.

use cardwire_core::{ValidThru, Warning};

use crate::codes::Code;
use crate::text::Text;

pub(crate) struct PhotoReading {
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) printed: Option<Text>,
    pub(crate) clarity: i32,
    pub(crate) warnings: Vec<(i32, Text)>,
}

impl PhotoReading {
    pub(crate) fn new(
        valid_thru: Option<&ValidThru>,
        clarity: Option<u8>,
        warnings: &[Warning],
    ) -> Self {
        let told = |warning: &Warning| (warning.kind.number(), Text::new(&warning.code));
        PhotoReading {
            year: valid_thru.and_then(|valid| valid.year).map_or(0, i32::from),
            month: valid_thru.and_then(|valid| valid.month).map_or(0, i32::from),
            printed: valid_thru.map(|valid| Text::new(&valid.printed)),
            clarity: clarity.map_or(-1, i32::from),
            warnings: warnings.iter().map(told).collect(),
        }
    }

    pub(crate) fn warning_kind(&self, index: usize) -> i32 {
        self.warnings.get(index).map_or(0, |(kind, _)| *kind)
    }

    pub(crate) fn warning_code(&self, index: usize) -> Option<&Text> {
        self.warnings.get(index).map(|(_, code)| code)
    }
}
